#include "query/scope.hpp"

namespace civitas::query {

std::string scope_path(std::string_view code) {
  for (const std::size_t cut : {9, 6, 4, 2})
    while (code.size() > cut && code.substr(cut).find_first_not_of('0') == code.npos) code = code.substr(0, cut);
  return std::string(code);
}

}  // namespace civitas::query
