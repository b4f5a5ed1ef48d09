// What the matcher and the name check know about one place: a division (12-digit code) or a standard place
// name (20-digit code), where it hangs in the division tree, and every other name people use for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace civitas::place_names {

/// Levels of the division tree (GB/T 2260, GB/T 10114, statistics bureau), and `place` for a standard place
/// name that is no division: a road, a bridge, a residential area.
enum class Level : std::uint8_t { province = 1, city = 2, county = 3, township = 4, village = 5, place = 6 };

std::string_view level_name(Level level);  // "province" … "place"
std::optional<Level> parse_level(std::string_view name);

struct OtherName {
  enum class Kind : std::uint8_t {
    alias,  // still used: short form, nickname
    old,    // historical: 黄陂县 for 黄陂区
  };
  std::string name;
  Kind kind = Kind::alias;
};

/// WGS84 / CGCS2000 degrees.
struct Position {
  double lon = 0;
  double lat = 0;
  bool operator==(const Position&) const = default;
};

struct Entry {
  std::string code;  // 12 or 20 digits
  std::string name;  // standard name, simplified characters
  Level level = Level::village;
  std::string parent;  // code of the parent, "" at the top
  std::vector<OtherName> other_names;
  std::optional<Position> position;
  std::vector<std::string> runs_through;  // codes of counties beside its parent, for a road that is longer than one
};

}  // namespace civitas::place_names
