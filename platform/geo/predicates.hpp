// Questions about two shapes (DE-9IM predicates of OGC Simple Features, on plain longitude/latitude) and the
// distance between them. Shapes must be valid (`validity`): on invalid ones an answer may fail with
// `geo.predicate.failed`.
#pragma once

#include <memory>

#include "geo/geometry.hpp"

namespace civitas::geo {

enum class Relation { intersects, contains, within, disjoint, equals, touches, crosses, overlaps, covers, covered_by };

Result<bool> relate(const Geometry& a, Relation relation, const Geometry& b);

// The same by name. A shape that cannot be compared (geo.predicate.failed) counts as "no" here; use `relate`
// where the difference matters.
bool intersects(const Geometry& a, const Geometry& b);
bool contains(const Geometry& a, const Geometry& b);
bool within(const Geometry& a, const Geometry& b);
bool disjoint(const Geometry& a, const Geometry& b);
bool equals(const Geometry& a, const Geometry& b);  // same set of positions, whatever the order
bool touches(const Geometry& a, const Geometry& b);
bool crosses(const Geometry& a, const Geometry& b);
bool overlaps(const Geometry& a, const Geometry& b);
bool covers(const Geometry& a, const Geometry& b);  // contains, and also what lies on the border

/// Shortest way between two shapes, metres along the CGCS2000 ellipsoid; 0 when they meet. Fails with
/// `geo.distance.empty` for an empty shape.
Result<double> distance(const Geometry& a, const Geometry& b);

/// One shape asked many times: its edges are indexed once. Safe for threads; point questions take no lock.
class Prepared {
 public:
  explicit Prepared(Geometry g);
  ~Prepared();
  Prepared(Prepared&&) noexcept;
  Prepared& operator=(Prepared&&) noexcept;

  const Geometry& geometry() const;
  /// Inside or on the border. Only areas cover points here: false for a shape without polygons.
  bool covers(Point p) const;
  bool intersects(const Box& box) const;
  /// relation(this, other); `equals` is answered without the index.
  Result<bool> relate(Relation relation, const Geometry& other) const;
  bool intersects(const Geometry& other) const;
  bool contains(const Geometry& other) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace civitas::geo
