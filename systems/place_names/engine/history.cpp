#include "place_names/engine/history.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "base/strings.hpp"

namespace civitas::place_names {

namespace {

constexpr std::string_view table =
#include "other_names.inc"
    ;

}  // namespace

Status add_known_names(std::vector<Entry>& entries) {
  std::unordered_multimap<std::string_view, OtherName> names;
  for (auto line : split(table, '\n')) {
    const auto fields = split(line, ',');
    if (fields.size() < 3 || fields[0] == "code") continue;
    names.emplace(fields[0], OtherName{std::string(fields[1]),
                                       fields[2] == "old" ? OtherName::Kind::old : OtherName::Kind::alias});
  }
  for (auto& e : entries) {
    auto [first, last] = names.equal_range(e.code);
    for (auto at = first; at != last; ++at) {
      const bool known = std::any_of(e.other_names.begin(), e.other_names.end(),
                                     [&](const OtherName& o) { return o.name == at->second.name; });
      if (!known) e.other_names.push_back(at->second);
    }
  }
  return {};
}

}  // namespace civitas::place_names
