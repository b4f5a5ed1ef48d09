// One existing name as the name check sees it, and the kinds of names the law tells apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "place_names/engine/entry.hpp"

namespace civitas::place_names {

/// The kinds of the law (《地名管理条例》 articles 3 and 9): they decide the scope in which a name must be
/// unique.
enum class LegalKind : std::uint8_t {
  division,     // county level and above
  township,     // township, town
  subdistrict,  // 街道
  committee,    // seat of a village or residents' committee
  natural,      // natural feature
  road,         // street, road, lane
  residence,    // residential area
  building,
  park,
  facility,  // transport, water, power, telecommunication, weather
  other,
};
std::string_view legal_kind_name(LegalKind kind);
std::optional<LegalKind> parse_legal_kind(std::string_view name);
/// The legal kind of a division, by level and name (街道 is no township).
LegalKind legal_kind_of(Level level, std::string_view name);
/// The legal kind of a five-digit class code of GB/T 18521.
LegalKind legal_kind_of_category(std::string_view category);

struct ExistingName {
  std::string code;  // 12 or 20 digits
  std::string name;
  std::string division;  // 12-digit code of the division it lies in (for a division: of its parent)
  LegalKind kind = LegalKind::other;
  std::optional<Position> position;
};

/// Which part of two names is compared, and how.
enum class NameKey : std::uint8_t { whole, specific, whole_sound, specific_sound };
inline constexpr std::size_t name_key_count = 4;

}  // namespace civitas::place_names
