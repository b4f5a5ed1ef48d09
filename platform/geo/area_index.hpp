// Inside of the room: exact point and box questions about the polygons of one shape, without locks. Not for
// other rooms.
#pragma once

#include <vector>

#include "geo/geometry.hpp"

namespace civitas::geo::detail {

/// The edges of all rings, sorted into horizontal bands: a question looks at the edges of one band (point) or
/// of the bands that a box crosses. Even-odd rule; the border counts as inside.
class AreaIndex {
 public:
  explicit AreaIndex(const Geometry& g);

  bool has_area() const { return !edges_.empty(); }
  bool covers(Point p) const;
  bool intersects(const Box& box) const;

 private:
  struct Edge {
    Point a;
    Point b;
  };
  std::size_t band_of(double y) const;

  Box bounds_ = Box::none();
  double scale_ = 0;  // bands a degree
  std::vector<Edge> edges_;
  std::vector<std::uint32_t> band_begin_;
  std::vector<std::uint32_t> band_edges_;
};

}  // namespace civitas::geo::detail
