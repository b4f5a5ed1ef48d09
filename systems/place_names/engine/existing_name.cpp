#include "place_names/engine/existing_name.hpp"

#include <array>

namespace civitas::place_names {

namespace {

constexpr std::array<std::string_view, 11> kind_names{"division", "township", "subdistrict", "committee",
                                                      "natural",  "road",     "residence",   "building",
                                                      "park",     "facility", "other"};

}  // namespace

std::string_view legal_kind_name(LegalKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::optional<LegalKind> parse_legal_kind(std::string_view name) {
  for (std::size_t i = 0; i < kind_names.size(); ++i)
    if (kind_names[i] == name) return static_cast<LegalKind>(i);
  return std::nullopt;
}

LegalKind legal_kind_of(Level level, std::string_view name) {
  switch (level) {
    case Level::province:
    case Level::city:
    case Level::county: return LegalKind::division;
    case Level::township:
      return name.ends_with("镇") || name.ends_with("乡") || name.ends_with("苏木") ? LegalKind::township
                                                                                    : LegalKind::subdistrict;
    case Level::village: return LegalKind::committee;
    case Level::place: return LegalKind::other;
  }
  return LegalKind::other;
}

LegalKind legal_kind_of_category(std::string_view c) {
  if (c.starts_with("1")) return LegalKind::natural;
  if (c.starts_with("212") || c.starts_with("213") || c.starts_with("214")) return LegalKind::division;
  if (c.starts_with("215")) return LegalKind::township;
  if (c.starts_with("216") || c.starts_with("2761") || c.starts_with("2762")) return LegalKind::committee;
  if (c.starts_with("218") || c.starts_with("2351")) return LegalKind::road;
  if (c.starts_with("22")) return LegalKind::residence;
  if (c.starts_with("23") || c.starts_with("24")) return LegalKind::facility;
  if (c.starts_with("252") || c.starts_with("253")) return LegalKind::park;
  if (c.starts_with("26")) return LegalKind::building;
  return LegalKind::other;
}

}  // namespace civitas::place_names
