#include "geo/extent.hpp"

#include "geo/overlay.hpp"
#include "geo/predicates.hpp"

namespace civitas::geo {

struct Extent::Impl {
  Geometry area;
  Prepared accepted;
};

Result<Extent> Extent::make(const Geometry& area, double tolerance_metres) {
  if (area.empty() || (area.type() != GeometryType::polygon && area.type() != GeometryType::multi_polygon))
    return fail(invalid("geo.extent.not_area", "城市范围必须是面。", "The extent of the city must be a polygon."));
  CIVITAS_CHECK(require_valid(area));
  Geometry accepted = area;
  if (tolerance_metres > 0) {
    CIVITAS_TRY(accepted, buffer(area, tolerance_metres));
  }
  Extent extent;
  extent.impl_ = std::make_shared<const Impl>(Impl{area, Prepared(std::move(accepted))});
  return extent;
}

const Geometry& Extent::area() const { return impl_->area; }
bool Extent::contains(Point p) const { return impl_->accepted.covers(p); }

Status Extent::check(Point p) const {
  if (contains(p)) return {};
  if (contains({p.y, p.x}))
    return fail(invalid("geo.extent.swapped", "经度和纬度写反了，请把两个数对调（经度在前）。",
                        "Longitude and latitude are exchanged; write the longitude first."));
  return fail(invalid("geo.extent.outside", "位置不在本市范围内，请核对坐标。",
                      "The position is outside of the city. Check the coordinates."));
}

Status Extent::check(const Geometry& g) const {
  if (g.empty())
    return fail(invalid("geo.geometry.empty", "图形是空的，请至少给出一个坐标。",
                        "The shape is empty; give at least one position."));
  for (const auto& path : g.paths())
    for (const Point p : path.positions) CIVITAS_CHECK(check(p));
  return {};
}

}  // namespace civitas::geo
