#include "text/ideographs.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "base/utf8.hpp"
#include "text/embedded.hpp"

namespace civitas::text {

namespace {

using Equivalents = std::vector<std::pair<char32_t, char32_t>>;  // sorted as the table is

char32_t code_point(std::string_view hex) {
  std::uint32_t value = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  return value;
}

const Equivalents& equivalents() {
  static const Equivalents all = [] {
    Equivalents list;
    each_row<2>(equivalents_table(),
                [&](const auto& row) { list.emplace_back(code_point(row[0]), code_point(row[1])); });
    return list;
  }();
  return all;
}

/// Whether the code point lies in a block that the table speaks of.
bool may_be_equivalent(char32_t c) {
  return (c >= 0x2E80 && c <= 0x2FD5) || (c >= 0x31C0 && c <= 0x31EF) || (c >= 0xE000 && c <= 0xFAFF) ||
         (c >= 0x2F800 && c <= 0x2FA1F);
}

}  // namespace

char32_t unified_ideograph(char32_t c) {
  if (!may_be_equivalent(c)) return c;
  const auto& all = equivalents();
  const auto found = std::lower_bound(all.begin(), all.end(), c, [](const auto& e, char32_t at) { return e.first < at; });
  return found != all.end() && found->first == c ? found->second : c;
}

std::string unify_ideographs(std::string_view text) {
  std::string out;
  std::size_t kept = 0;  // bytes before stand in `out`
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0xE2 || (lead > 0xE3 && lead < 0xEE)) {  // of one or two bytes, or an ordinary ideograph
      ++at;
      continue;
    }
    const std::size_t begin = at;
    const char32_t c = next_code_point(text, at), plain = unified_ideograph(c);
    if (plain == c) continue;
    out.append(text, kept, begin - kept);
    append_utf8(out, plain);
    kept = at;
  }
  if (kept == 0) return std::string(text);
  return out.append(text, kept);
}

}  // namespace civitas::text
