// Inside of the room: from runs of positions to the whole-number geometry of one vector tile. Not for other
// rooms.
#pragma once

#include <cstdint>
#include <vector>

#include "geo/tile.hpp"

namespace civitas::geo::detail {

/// GeomType of the vector tile specification, section 4.3.4.
enum class TileShape : std::uint32_t { points = 1, lines = 2, areas = 3 };

/// Tile units: x to the east, y to the south, both from the tile's north-west corner.
class TileGrid {
 public:
  TileGrid(TileId tile, const TileOptions& options);

  /// Longitude/latitude of all that is drawn, the buffer included.
  const Box& reach() const { return reach_; }
  /// The commands (section 4.3.1) of all paths of that kind; empty when nothing is left in the tile.
  std::vector<std::uint32_t> encode(TileShape shape, const std::vector<Path>& paths) const;

 private:
  Point project(Point p) const;
  std::vector<Point> project(const std::vector<Point>& run) const;

  Box reach_;
  Box clip_;  // tile units
  double tiles_ = 1;
  double origin_x_ = 0;
  double origin_y_ = 0;
  double extent_ = 4096;
  double tolerance_ = 0;
};

}  // namespace civitas::geo::detail
