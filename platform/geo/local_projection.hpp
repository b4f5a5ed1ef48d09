// Inside of the room: transverse Mercator on the CGCS2000 ellipsoid, for work in metres. Not for other rooms.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "geo/geos_context.hpp"

namespace civitas::geo::detail {

class TransverseMercator {
 public:
  TransverseMercator(Point center, double false_easting);
  ~TransverseMercator();
  TransverseMercator(TransverseMercator&&) noexcept;

  /// Nothing where the projection has no answer. x is east, y north, metres.
  std::optional<Point> forward(Point p) const;
  std::optional<Point> inverse(Point p) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

enum class Direction { forward, inverse };
/// The same shape with every position projected; null when one cannot be.
Handle transform(const GEOSGeometry* g, const TransverseMercator& projection, Direction direction);

/// `geo.overlay.too_wide` for a box that one local projection does not serve.
Status require_local(const Box& box);

}  // namespace civitas::geo::detail
