#include "geo/overlay.hpp"

#include <cmath>

#include "geo/local_projection.hpp"

namespace civitas::geo {

namespace {

using detail::context;
using detail::Handle;
using detail::raw;

Result<Geometry> finish(GEOSGeometry* made) {
  if (made) return detail::Access::wrap(Handle(made));
  return fail(problem(Kind::unprocessable, "geo.overlay.failed", "图形运算失败，请先检查并修正无效的图形。",
                      "The shapes cannot be combined; check and correct invalid shapes first.")
                  .with_detail(detail::take_message()));
}

Problem empty_shape() { return invalid("geo.overlay.empty", "图形是空的。", "The shape is empty."); }

}  // namespace

Result<Geometry> unite(const Geometry& a, const Geometry& b) { return finish(GEOSUnion_r(context(), raw(a), raw(b))); }

Result<Geometry> unite(std::span<const Geometry> shapes) {
  std::vector<GEOSGeometry*> members;
  members.reserve(shapes.size());
  for (const auto& shape : shapes)
    if (!shape.empty()) members.push_back(GEOSGeom_clone_r(context(), raw(shape)));
  if (members.empty()) return Geometry();
  const Handle all(GEOSGeom_createCollection_r(context(), GEOS_GEOMETRYCOLLECTION, members.data(),
                                               static_cast<unsigned>(members.size())));
  return finish(all ? GEOSUnaryUnion_r(context(), all.get()) : nullptr);
}

Result<Geometry> intersection(const Geometry& a, const Geometry& b) {
  return finish(GEOSIntersection_r(context(), raw(a), raw(b)));
}
Result<Geometry> difference(const Geometry& a, const Geometry& b) {
  return finish(GEOSDifference_r(context(), raw(a), raw(b)));
}
Result<Geometry> symmetric_difference(const Geometry& a, const Geometry& b) {
  return finish(GEOSSymDifference_r(context(), raw(a), raw(b)));
}

namespace {

template <class Work>
Result<Geometry> in_metres(const Geometry& g, Work work) {
  if (g.empty()) return g;
  CIVITAS_CHECK(detail::require_local(g.bounds()));
  CIVITAS_CHECK(require_valid(g));
  const detail::TransverseMercator projection(g.bounds().center(), 0);
  const Handle plane = detail::transform(raw(g), projection, detail::Direction::forward);
  const Handle worked(plane ? work(plane.get()) : nullptr);
  return finish(worked ? detail::transform(worked.get(), projection, detail::Direction::inverse).release() : nullptr);
}

}  // namespace

Result<Geometry> buffer(const Geometry& g, double metres) {
  if (!(std::abs(metres) <= 200'000))
    return fail(invalid("geo.overlay.distance", "缓冲距离应在 200 公里以内。", "The distance must be within 200 km."));
  return in_metres(g, [&](const GEOSGeometry* plane) { return GEOSBuffer_r(context(), plane, metres, 16); });
}

Result<Geometry> simplify(const Geometry& g, double metres) {
  if (!(metres >= 0 && metres <= 200'000))
    return fail(
        invalid("geo.overlay.distance", "简化容差应在 0 到 200 公里之间。", "The tolerance must be 0 to 200 km."));
  return in_metres(g,
                   [&](const GEOSGeometry* plane) { return GEOSTopologyPreserveSimplify_r(context(), plane, metres); });
}

namespace {
Result<Point> as_position(GEOSGeometry* made) {
  CIVITAS_TRY(const auto g, finish(made));
  if (const auto p = g.as_point()) return *p;
  return fail(empty_shape());
}
}  // namespace

Result<Point> centroid(const Geometry& g) {
  if (g.empty()) return fail(empty_shape());
  return as_position(GEOSGetCentroid_r(context(), raw(g)));
}
Result<Point> point_on_surface(const Geometry& g) {
  if (g.empty()) return fail(empty_shape());
  return as_position(GEOSPointOnSurface_r(context(), raw(g)));
}

}  // namespace civitas::geo
