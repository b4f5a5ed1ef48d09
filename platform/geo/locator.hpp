// Which areas contain a position, which meet a box: for "in which division does this lie". Built once, then
// read by any number of threads without a lock. A packed Hilbert R-tree finds candidates, an index of edges
// answers exactly (borders count as inside: a position on a common border lies in both areas).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "geo/geometry.hpp"

namespace civitas::geo {

class Locator {
 public:
  struct Area {
    std::int64_t id = 0;
    Geometry shape;  // polygon or multi-polygon
  };

  Locator();
  ~Locator();
  Locator(Locator&&) noexcept;
  Locator& operator=(Locator&&) noexcept;

  /// Fails with `geo.locator.not_area` for a shape that is no polygon. One id may come several times.
  static Result<Locator> build(const std::vector<Area>& areas);

  /// Ids of the areas that contain the position, smallest area first (the most precise answer), each once.
  std::vector<std::int64_t> containing(Point p) const;
  /// Ids of the areas that have a position in common with the box, ascending, each once.
  std::vector<std::int64_t> intersecting(const Box& box) const;
  std::size_t size() const;
  Box bounds() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace civitas::geo
