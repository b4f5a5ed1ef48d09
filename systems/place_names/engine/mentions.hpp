// What a text says of the place it means that no candidate has to bear: another city's or county's name (宁夏银川…,
// 天河区…), and customary parts of the city (汉口, 东湖高新区). Read from the beginning of the text and of its pieces, name
// after name, as addresses are written. Private to the engine.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "place_names/engine/cells.hpp"
#include "place_names/engine/index_file.hpp"
#include "place_names/engine/known_divisions.hpp"

namespace civitas::place_names {

/// The customary parts that an index knows.
class CityParts {
 public:
  CityParts() = default;
  CityParts(const IndexFile& index, const CharTable& table);
  struct Part {
    std::u16string name;
    std::vector<std::uint32_t> counties;  // first six digits
    bool holds(std::uint32_t county) const;
  };
  /// The longest part whose name begins at the cell.
  const Part* longest_at(const Cells& cells, std::size_t at) const;

 private:
  std::vector<Part> parts_;  // the longest names first
};

struct Mention {
  std::uint8_t begin = 0, end = 0;        // cells
  const CityParts::Part* part = nullptr;  // else a division
  bool full = false;                      // with its ending
  KnownName known = {};
  /// The place with this code does not lie there.
  bool contradicts(std::uint32_t six_digits) const;
  bool prefecture_or_above() const;
};

struct Mentions {
  std::array<Mention, 8> list;
  std::size_t count = 0;
  const Mention* begin() const { return list.data(); }
  const Mention* end() const { return list.data() + count; }
};

/// Divisions of the index that stand in the text letter by letter, by the cell where they begin: they are no mentions.
struct IndexedNames {
  struct Name {
    std::uint8_t end = 0;
    bool whole = false;  // with its ending
    bool below_province = false;
  };
  std::array<Name, max_cells> at{};
};

void read_mentions(const Cells& cells, const CityParts& parts, const IndexedNames& indexed, Mentions& out);

}  // namespace civitas::place_names
