#include "base/json_text.hpp"

#include <algorithm>
#include <string>

#include "base/json.hpp"

namespace civitas {

JsonText& JsonText::number(double value) {
  std::string out;
  append_json_number(out, value);
  return plain(out);
}

JsonText& JsonText::escaped(std::string_view value) {
  std::string out;
  append_json_string(out, value);
  return plain(out);
}

void JsonText::grow(std::size_t more) {
  const std::string_view now = view();
  const std::size_t size = std::max(now.size() + more, 2 * static_cast<std::size_t>(end_ - begin_));
  auto made = std::make_unique_for_overwrite<char[]>(size);
  now.copy(made.get(), now.size());
  large_ = std::move(made);
  begin_ = large_.get();
  at_ = begin_ + now.size();
  end_ = begin_ + size;
}

}  // namespace civitas
