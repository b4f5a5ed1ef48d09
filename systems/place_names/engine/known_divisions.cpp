#include "place_names/engine/known_divisions.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "place_names/engine/suffix.hpp"

namespace civitas::place_names {

namespace {

constexpr std::string_view table =
#include "divisions_of_china.inc"
    ;

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::u16string_view s) const { return std::hash<std::u16string_view>()(s); }
};

struct Named {
  bool full = false;
  std::vector<DivisionPrefix> codes;
};
struct Names {
  std::unordered_map<std::u16string, Named, Hash, std::equal_to<>> named;
  std::vector<std::uint8_t> longest = std::vector<std::uint8_t>(65536);  // by first character
};

Names read_names() {
  Names names;
  for (const auto line : split(table, '\n')) {
    const auto tab = line.find('\t');
    if (tab == std::string_view::npos || line.starts_with('#')) continue;
    DivisionPrefix prefix;
    std::from_chars(line.data(), line.data() + tab, prefix.digits);
    prefix.length = static_cast<std::uint8_t>(tab);
    std::u16string name;
    for (const char32_t c : to_utf32(line.substr(tab + 1))) name += static_cast<char16_t>(c);
    const Level level = tab == 2 ? Level::province : tab == 4 ? Level::city : Level::county;
    const auto add = [&](std::u16string_view form, bool full) {
      if (form.size() < 2 || form.size() > longest_known_name) return;
      if (form.size() == 2 && form.back() == u'区') return;  // 城区, 郊区: every city has one
      auto& longest = names.longest[form[0]];
      longest = std::max(longest, static_cast<std::uint8_t>(form.size()));
      auto& named = names.named[std::u16string(form)];
      named.full = named.full || full;
      named.codes.push_back(prefix);
    };
    add(name, true);
    for (const auto& cut : cut_name(name, level))
      if (cut.core != name) add(cut.core, false);
  }
  return names;
}

const Names& all_names() {
  static const Names names = read_names();
  return names;
}

}  // namespace

KnownName known_divisions(std::u16string_view name) {
  const auto& named = all_names().named;
  const auto found = named.find(name);
  if (found == named.end()) return {};
  return {found->second.full, found->second.codes};
}

std::size_t longest_known_from(char16_t first) { return all_names().longest[first]; }

}  // namespace civitas::place_names
