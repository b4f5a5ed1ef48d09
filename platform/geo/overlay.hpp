// New shapes from shapes. Overlay works on plain longitude/latitude; whatever takes metres works in a
// transverse Mercator projection around the middle of the shape and refuses shapes wider than 10 degrees
// (`geo.overlay.too_wide`). Shapes must be valid: overlay may fail with `geo.overlay.failed`
// (Kind::unprocessable) on others, buffer and simplify refuse them as `require_valid` does.
#pragma once

#include <span>

#include "geo/geometry.hpp"

namespace civitas::geo {

Result<Geometry> unite(const Geometry& a, const Geometry& b);
/// Union of many at once; much faster than one by one.
Result<Geometry> unite(std::span<const Geometry> shapes);
Result<Geometry> intersection(const Geometry& a, const Geometry& b);
/// What of `a` is not in `b`.
Result<Geometry> difference(const Geometry& a, const Geometry& b);
Result<Geometry> symmetric_difference(const Geometry& a, const Geometry& b);

/// Everything within `metres` of the shape; a negative number shrinks areas. At most 200 km. Round ends, 16
/// segments a quarter circle: the outline is up to 0.12 % short of the distance.
Result<Geometry> buffer(const Geometry& g, double metres);
/// Fewer positions, at most about `metres` away from the old line; areas stay valid, no part vanishes.
Result<Geometry> simplify(const Geometry& g, double metres);

/// Centre of mass of the parts of highest dimension; may lie outside a bent shape. Fails for the empty shape
/// with `geo.overlay.empty`.
Result<Point> centroid(const Geometry& g);
/// A position certainly on the shape, for labels.
Result<Point> point_on_surface(const Geometry& g);

}  // namespace civitas::geo
