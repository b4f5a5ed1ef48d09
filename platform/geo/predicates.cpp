#include "geo/predicates.hpp"

#include <mutex>

#include "geo/area_index.hpp"
#include "geo/local_projection.hpp"
#include "geo/measure.hpp"

namespace civitas::geo {

namespace {

using detail::context;
using detail::raw;

Result<bool> answer(char code) {
  if (code == 0 || code == 1) return code == 1;
  return fail(problem(Kind::unprocessable, "geo.predicate.failed", "图形无法比较，请先检查并修正无效的图形。",
                      "The shapes cannot be compared; check and correct invalid shapes first.")
                  .with_detail(detail::take_message()));
}

char ask(const GEOSGeometry* a, Relation relation, const GEOSGeometry* b) {
  const auto c = context();
  switch (relation) {
    case Relation::intersects: return GEOSIntersects_r(c, a, b);
    case Relation::contains: return GEOSContains_r(c, a, b);
    case Relation::within: return GEOSWithin_r(c, a, b);
    case Relation::disjoint: return GEOSDisjoint_r(c, a, b);
    case Relation::equals: return GEOSEquals_r(c, a, b);
    case Relation::touches: return GEOSTouches_r(c, a, b);
    case Relation::crosses: return GEOSCrosses_r(c, a, b);
    case Relation::overlaps: return GEOSOverlaps_r(c, a, b);
    case Relation::covers: return GEOSCovers_r(c, a, b);
    case Relation::covered_by: return GEOSCoveredBy_r(c, a, b);
  }
  return 2;
}

bool yes(const Geometry& a, Relation relation, const Geometry& b) { return relate(a, relation, b).value_or(false); }

}  // namespace

Result<bool> relate(const Geometry& a, Relation relation, const Geometry& b) {
  return answer(ask(raw(a), relation, raw(b)));
}

bool intersects(const Geometry& a, const Geometry& b) { return yes(a, Relation::intersects, b); }
bool contains(const Geometry& a, const Geometry& b) { return yes(a, Relation::contains, b); }
bool within(const Geometry& a, const Geometry& b) { return yes(a, Relation::within, b); }
bool disjoint(const Geometry& a, const Geometry& b) { return yes(a, Relation::disjoint, b); }
bool equals(const Geometry& a, const Geometry& b) { return yes(a, Relation::equals, b); }
bool touches(const Geometry& a, const Geometry& b) { return yes(a, Relation::touches, b); }
bool crosses(const Geometry& a, const Geometry& b) { return yes(a, Relation::crosses, b); }
bool overlaps(const Geometry& a, const Geometry& b) { return yes(a, Relation::overlaps, b); }
bool covers(const Geometry& a, const Geometry& b) { return yes(a, Relation::covers, b); }

Result<double> distance(const Geometry& a, const Geometry& b) {
  if (a.empty() || b.empty())
    return fail(invalid("geo.distance.empty", "图形是空的，没有距离。", "An empty shape has no distance."));
  const auto p = a.as_point();
  const auto q = b.as_point();
  if (p && q) return distance(*p, *q);
  CIVITAS_TRY(const bool meet, relate(a, Relation::intersects, b));
  if (meet) return 0.0;

  // Which positions are nearest is decided in a plane in metres where one projection serves both shapes, else
  // in degrees; how far they are is always geodesic.
  Box both = a.bounds();
  both.extend(b.bounds());
  const auto c = context();
  std::vector<Point> nearest;
  const auto find = [&](const GEOSGeometry* g, const GEOSGeometry* h) {
    if (GEOSCoordSequence* found = g && h ? GEOSNearestPoints_r(c, g, h) : nullptr) {
      nearest.resize(2);
      GEOSCoordSeq_copyToBuffer_r(c, found, &nearest[0].x, 0, 0);
      GEOSCoordSeq_destroy_r(c, found);
    }
  };
  if (detail::require_local(both)) {
    const detail::TransverseMercator projection(both.center(), 0);
    const auto plane_a = detail::transform(raw(a), projection, detail::Direction::forward);
    const auto plane_b = detail::transform(raw(b), projection, detail::Direction::forward);
    find(plane_a.get(), plane_b.get());
    for (auto& n : nearest)
      if (const auto back = projection.inverse(n)) n = *back;
  } else {
    find(raw(a), raw(b));
  }
  if (nearest.empty()) return fail(internal_problem("no nearest points: " + detail::take_message()));
  return distance(nearest[0], nearest[1]);
}

struct Prepared::Impl {
  explicit Impl(Geometry g) : shape(std::move(g)), index(shape) { prepared = GEOSPrepare_r(context(), raw(shape)); }
  ~Impl() { GEOSPreparedGeom_destroy_r(detail::forever_context(), prepared); }

  Geometry shape;
  detail::AreaIndex index;
  // GEOS fills indexes of a prepared shape, and their scratch space, while answering.
  std::mutex mutex;
  const GEOSPreparedGeometry* prepared = nullptr;
};

Prepared::Prepared(Geometry g) : impl_(std::make_unique<Impl>(std::move(g))) {}
Prepared::~Prepared() = default;
Prepared::Prepared(Prepared&&) noexcept = default;
Prepared& Prepared::operator=(Prepared&&) noexcept = default;

const Geometry& Prepared::geometry() const { return impl_->shape; }
bool Prepared::covers(Point p) const { return impl_->index.covers(p); }

bool Prepared::intersects(const Box& box) const {
  if (box.is_none() || !impl_->shape.bounds().intersects(box)) return false;
  if (impl_->index.intersects(box)) return true;
  if (impl_->shape.type() == GeometryType::polygon || impl_->shape.type() == GeometryType::multi_polygon) return false;
  detail::Part part{GeometryType::polygon,
                    {{{box.min_x, box.min_y},
                      {box.max_x, box.min_y},
                      {box.max_x, box.max_y},
                      {box.min_x, box.max_y},
                      {box.min_x, box.min_y}}},
                    {}};
  if (box.min_x == box.max_x || box.min_y == box.max_y)
    part = {GeometryType::line, {{{box.min_x, box.min_y}, {box.max_x, box.max_y}}}, {}};
  if (box.min_x == box.max_x && box.min_y == box.max_y) part = {GeometryType::point, {{{box.min_x, box.min_y}}}, {}};
  const auto rectangle = detail::build(part);
  return rectangle && GEOSIntersects_r(context(), raw(impl_->shape), rectangle.get()) == 1;
}

Result<bool> Prepared::relate(Relation relation, const Geometry& other) const {
  if (relation == Relation::equals || !impl_->prepared) return geo::relate(impl_->shape, relation, other);
  const std::lock_guard lock(impl_->mutex);
  const auto c = context();
  const auto* p = impl_->prepared;
  const auto* g = raw(other);
  switch (relation) {
    case Relation::intersects: return answer(GEOSPreparedIntersects_r(c, p, g));
    case Relation::contains: return answer(GEOSPreparedContains_r(c, p, g));
    case Relation::within: return answer(GEOSPreparedWithin_r(c, p, g));
    case Relation::disjoint: return answer(GEOSPreparedDisjoint_r(c, p, g));
    case Relation::touches: return answer(GEOSPreparedTouches_r(c, p, g));
    case Relation::crosses: return answer(GEOSPreparedCrosses_r(c, p, g));
    case Relation::overlaps: return answer(GEOSPreparedOverlaps_r(c, p, g));
    case Relation::covers: return answer(GEOSPreparedCovers_r(c, p, g));
    default: return answer(GEOSPreparedCoveredBy_r(c, p, g));
  }
}
bool Prepared::intersects(const Geometry& other) const { return relate(Relation::intersects, other).value_or(false); }
bool Prepared::contains(const Geometry& other) const { return relate(Relation::contains, other).value_or(false); }

}  // namespace civitas::geo
