#include "geo/local_projection.hpp"

#include <proj.h>

#include <cmath>
#include <cstdio>

#include "geo/measure.hpp"

namespace civitas::geo::detail {

namespace {
struct ThreadProj {
  PJ_CONTEXT* context = proj_context_create();
  ThreadProj() { proj_log_level(context, PJ_LOG_NONE); }
  ~ThreadProj() { proj_context_destroy(context); }
};
PJ_CONTEXT* proj_context() {
  thread_local ThreadProj instance;
  return instance.context;
}
}  // namespace

struct TransverseMercator::Impl {
  PJ* pj = nullptr;
  ~Impl() { proj_destroy(pj); }
};

TransverseMercator::TransverseMercator(Point center, double false_easting) : impl_(std::make_unique<Impl>()) {
  char definition[200];
  std::snprintf(definition, sizeof definition,
                "+proj=tmerc +lon_0=%.12f +lat_0=%.12f +x_0=%.3f +k=1 +a=%.3f +rf=%.9f +units=m", center.x, center.y,
                false_easting, cgcs2000_a, cgcs2000_inverse_flattening);
  impl_->pj = proj_create(proj_context(), definition);
}
TransverseMercator::~TransverseMercator() = default;
TransverseMercator::TransverseMercator(TransverseMercator&&) noexcept = default;

std::optional<Point> TransverseMercator::forward(Point p) const {
  proj_errno_reset(impl_->pj);
  const auto out = proj_trans(impl_->pj, PJ_FWD, proj_coord(proj_torad(p.x), proj_torad(p.y), 0, 0));
  if (!std::isfinite(out.xy.x) || !std::isfinite(out.xy.y)) return std::nullopt;
  return Point{out.xy.x, out.xy.y};
}
std::optional<Point> TransverseMercator::inverse(Point p) const {
  proj_errno_reset(impl_->pj);
  const auto out = proj_trans(impl_->pj, PJ_INV, proj_coord(p.x, p.y, 0, 0));
  if (!std::isfinite(out.lp.lam) || !std::isfinite(out.lp.phi)) return std::nullopt;
  return Point{proj_todeg(out.lp.lam), proj_todeg(out.lp.phi)};
}

namespace {
bool transform_part(Part& part, const TransverseMercator& projection, Direction direction) {
  for (auto& run : part.runs)
    for (auto& p : run) {
      const auto moved = direction == Direction::forward ? projection.forward(p) : projection.inverse(p);
      if (!moved) return false;
      p = *moved;
    }
  for (auto& member : part.members)
    if (!transform_part(member, projection, direction)) return false;
  return true;
}
}  // namespace

Handle transform(const GEOSGeometry* g, const TransverseMercator& projection, Direction direction) {
  if (GEOSisEmpty_r(context(), g)) return Handle(GEOSGeom_clone_r(context(), g));
  Part part = take_apart(g);
  // An empty member cannot be projected and shows nothing.
  std::erase_if(part.members, [](const Part& m) { return m.members.empty() && (m.runs.empty() || m.runs[0].empty()); });
  if (!transform_part(part, projection, direction)) return nullptr;
  return build(part);
}

Status require_local(const Box& box) {
  if (box.is_none() || (box.max_x - box.min_x <= 10 && box.max_y - box.min_y <= 10)) return {};
  return fail(invalid("geo.overlay.too_wide", "图形跨度超过 10 度，不能按米计算，请分块处理。",
                      "The shape is wider than 10 degrees and cannot be worked on in metres. Split it."));
}

}  // namespace civitas::geo::detail
