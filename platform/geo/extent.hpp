// The area that a city's data must lie in. A swapped longitude and latitude, or a point of another city, is
// found when it is entered and not when the map looks odd.
#pragma once

#include <memory>

#include "geo/geometry.hpp"

namespace civitas::geo {

class Extent {
 public:
  /// `area` is the city's border; positions up to `tolerance_metres` outside of it are still accepted.
  /// Fails with `geo.extent.not_area` when it is no polygon, and as `require_valid` and `buffer` do.
  static Result<Extent> make(const Geometry& area, double tolerance_metres = 0);

  bool contains(Point p) const;
  /// `geo.extent.outside`; `geo.extent.swapped` when the position would be inside with its numbers exchanged.
  Status check(Point p) const;
  /// All positions of the shape must be inside.
  Status check(const Geometry& g) const;
  const Geometry& area() const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

}  // namespace civitas::geo
