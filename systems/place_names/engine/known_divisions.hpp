// The provinces, prefectures and counties of all China by name (data/divisions_of_china.tsv), so that an index of one city
// sees that a text names another one. Private to the engine.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace civitas::place_names {

/// A code of two, four or six digits.
struct DivisionPrefix {
  std::uint32_t digits = 0;
  std::uint8_t length = 0;
  /// Whether a code, of which these are the first six digits, lies inside.
  bool holds(std::uint32_t six_digits) const {
    return six_digits / (length == 2 ? 10000u : length == 4 ? 100u : 1u) == digits;
  }
  bool holds(const DivisionPrefix& other) const {
    return other.length >= length && holds(other.digits * (other.length == 2 ? 10000u : other.length == 4 ? 100u : 1u));
  }
};

struct KnownName {
  bool full = false;  // with its ending: 长沙市, and not 长沙
  std::span<const DivisionPrefix> codes;
};

/// The divisions of this name; no codes when there is none. Any thread; the table is read at the first call.
KnownName known_divisions(std::u16string_view name);

/// Of all names, and of those that begin with a character (0: none does).
inline constexpr std::size_t longest_known_name = 16;
std::size_t longest_known_from(char16_t first);

}  // namespace civitas::place_names
