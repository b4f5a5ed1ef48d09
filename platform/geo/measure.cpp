#include "geo/measure.hpp"

#include <geodesic.h>

#include <cmath>

#include "geo/local_projection.hpp"

namespace civitas::geo {

namespace {

const geod_geodesic& ellipsoid() {
  static const geod_geodesic instance = [] {
    geod_geodesic g;
    geod_init(&g, cgcs2000_a, 1 / cgcs2000_inverse_flattening);
    return g;
  }();
  return instance;
}

double ring_area(const std::vector<Point>& ring) {
  geod_polygon polygon;
  geod_polygon_init(&polygon, 0);
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) geod_polygon_addpoint(&ellipsoid(), &polygon, ring[i].y, ring[i].x);
  double result = 0;
  geod_polygon_compute(&ellipsoid(), &polygon, 0, 1, &result, nullptr);
  return std::abs(result);
}

}  // namespace

double area(const Geometry& g) {
  double total = 0;
  for (const auto& path : g.paths()) {
    if (path.kind == PathKind::shell) total += ring_area(path.positions);
    if (path.kind == PathKind::hole) total -= ring_area(path.positions);
  }
  return total;
}

double length(const Geometry& g) {
  double total = 0;
  for (const auto& path : g.paths())
    for (std::size_t i = 1; i < path.positions.size(); ++i) total += distance(path.positions[i - 1], path.positions[i]);
  return total;
}

double distance(Point a, Point b) {
  double metres = 0;
  geod_inverse(&ellipsoid(), a.y, a.x, b.y, b.x, &metres, nullptr, nullptr);
  return metres;
}

Bearing bearing(Point a, Point b) {
  Bearing result;
  geod_inverse(&ellipsoid(), a.y, a.x, b.y, b.x, &result.metres, &result.azimuth, nullptr);
  if (result.azimuth < 0) result.azimuth += 360;
  if (result.azimuth >= 360) result.azimuth = 0;
  return result;
}

Point travel(Point from, double azimuth, double metres) {
  Point result;
  geod_direct(&ellipsoid(), from.y, from.x, azimuth, metres, &result.y, &result.x, nullptr);
  return result;
}

namespace {
Problem too_far() {
  return invalid("geo.projection.far", "位置离该投影带的中央经线太远（超过 10 度），请核对带号或坐标。",
                 "The position is more than 10 degrees from the zone's central meridian. Check the zone or "
                 "the position.");
}
}  // namespace

Result<GaussKruger> GaussKruger::zone(int number, Easting easting) {
  if (number < 25 || number > 45)
    return fail(invalid("geo.projection.zone", "三度带带号应在 25 到 45 之间。",
                        "The number of a 3-degree zone is between 25 and 45."));
  return GaussKruger(number, easting);
}

Result<GaussKruger> GaussKruger::zone_at(double longitude, Easting easting) {
  if (!std::isfinite(longitude) || std::abs(longitude) > 180) return zone(0, easting);
  return zone(static_cast<int>(std::floor((longitude + 1.5) / 3)), easting);
}

Result<std::vector<GridPoint>> GaussKruger::forward(std::span<const Point> points) const {
  const detail::TransverseMercator projection({central_meridian(), 0}, false_easting());
  std::vector<GridPoint> result;
  result.reserve(points.size());
  for (const Point p : points) {
    if (!(std::abs(p.x - central_meridian()) <= 10) || !(std::abs(p.y) <= 90)) return fail(too_far());
    const auto moved = projection.forward(p);
    if (!moved) return fail(too_far());
    result.push_back({moved->x, moved->y});
  }
  return result;
}

Result<std::vector<Point>> GaussKruger::inverse(std::span<const GridPoint> points) const {
  const detail::TransverseMercator projection({central_meridian(), 0}, false_easting());
  std::vector<Point> result;
  result.reserve(points.size());
  for (const GridPoint p : points) {
    const auto moved = projection.inverse({p.east, p.north});
    if (!moved || std::abs(moved->x - central_meridian()) > 10.000001) return fail(too_far());
    result.push_back(*moved);
  }
  return result;
}

Result<GridPoint> GaussKruger::forward(Point p) const {
  CIVITAS_TRY(const auto all, forward(std::span<const Point>(&p, 1)));
  return all.front();
}
Result<Point> GaussKruger::inverse(GridPoint p) const {
  CIVITAS_TRY(const auto all, inverse(std::span<const GridPoint>(&p, 1)));
  return all.front();
}

}  // namespace civitas::geo
