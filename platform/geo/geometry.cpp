#include "geo/geometry.hpp"

#include <cmath>
#include <limits>

#include "geo/geos_context.hpp"

namespace civitas::geo {

Box Box::none() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return {infinity, infinity, -infinity, -infinity};
}
void Box::extend(Point p) {
  min_x = std::min(min_x, p.x);
  min_y = std::min(min_y, p.y);
  max_x = std::max(max_x, p.x);
  max_y = std::max(max_y, p.y);
}
void Box::extend(const Box& b) {
  min_x = std::min(min_x, b.min_x);
  min_y = std::min(min_y, b.min_y);
  max_x = std::max(max_x, b.max_x);
  max_y = std::max(max_y, b.max_y);
}

std::string_view geojson_name(GeometryType type) {
  switch (type) {
    case GeometryType::point: return "Point";
    case GeometryType::line: return "LineString";
    case GeometryType::polygon: return "Polygon";
    case GeometryType::multi_point: return "MultiPoint";
    case GeometryType::multi_line: return "MultiLineString";
    case GeometryType::multi_polygon: return "MultiPolygon";
    default: return "GeometryCollection";
  }
}

GeometryType Geometry::type() const { return shape_ ? shape_->type : GeometryType::collection; }
bool Geometry::empty() const { return !shape_ || shape_->empty; }
Box Geometry::bounds() const { return shape_ ? shape_->bounds : Box::none(); }
std::size_t Geometry::position_count() const { return shape_ ? shape_->positions : 0; }

std::optional<Point> Geometry::as_point() const {
  if (type() != GeometryType::point || empty()) return std::nullopt;
  return Point{shape_->bounds.min_x, shape_->bounds.min_y};
}

std::vector<Geometry> Geometry::parts() const {
  if (empty()) return {};
  if (type() < GeometryType::multi_point) return {*this};
  std::vector<Geometry> result;
  const auto c = detail::context();
  const int members = GEOSGetNumGeometries_r(c, shape_->handle.get());
  for (int i = 0; i < members; ++i) {
    detail::Handle copy(GEOSGeom_clone_r(c, GEOSGetGeometryN_r(c, shape_->handle.get(), i)));
    if (copy) result.push_back(detail::Access::wrap(std::move(copy)));
  }
  return result;
}

std::vector<Path> Geometry::paths() const {
  std::vector<Path> result;
  if (shape_) detail::append_paths(shape_->handle.get(), result);
  return result;
}

Result<Geometry> Geometry::point(Point p) { return detail::build_checked({GeometryType::point, {{p}}, {}}); }

Result<Geometry> Geometry::rectangle(const Box& b) {
  return detail::build_checked(
      {GeometryType::polygon,
       {{{b.min_x, b.min_y}, {b.max_x, b.min_y}, {b.max_x, b.max_y}, {b.min_x, b.max_y}, {b.min_x, b.min_y}}},
       {}});
}

Result<Geometry> Geometry::from_paths(const std::vector<Path>& paths, const Limits& limits) {
  std::vector<detail::Part> parts;
  std::size_t positions = 0;
  for (const auto& path : paths) {
    positions += path.positions.size();
    if (positions > limits.max_positions) return fail(detail::too_large(limits));
    if (path.kind == PathKind::hole) {
      if (parts.empty() || parts.back().type != GeometryType::polygon)
        return fail(invalid("geo.geometry.type", "洞必须跟在它所属的外环之后。",
                            "A hole must come behind the outer ring that it belongs to."));
      parts.back().runs.push_back(path.positions);
      continue;
    }
    const auto type = path.kind == PathKind::point  ? GeometryType::point
                      : path.kind == PathKind::line ? GeometryType::line
                                                    : GeometryType::polygon;
    if (!parts.empty() && parts.front().type != type)
      return fail(invalid("geo.geometry.type", "点、线、面不能混在同一个多部分图形中。",
                          "Points, lines and areas cannot be mixed in one multi-part shape."));
    parts.push_back({type, {path.positions}, {}});
  }
  if (parts.size() == 1) return detail::build_checked(parts.front());
  detail::Part whole;
  if (!parts.empty()) whole.type = static_cast<GeometryType>(static_cast<int>(parts.front().type) + 3);
  whole.members = std::move(parts);
  return detail::build_checked(whole);
}

namespace detail {

namespace {

std::string describe(Point p) {
  std::string text = "(";
  append_json_number(text, p.x);
  text += ", ";
  append_json_number(text, p.y);
  return text + ")";
}

Status check_run(const std::vector<Point>& run) {
  for (const Point p : run) {
    if (!std::isfinite(p.x) || !std::isfinite(p.y))
      return fail(invalid("geo.geometry.not_finite", "坐标中有不是数的值，请检查数据来源。",
                          "A coordinate is not a finite number; check where the data comes from."));
    if (p.x < -180 || p.x > 180 || p.y < -90 || p.y > 90)
      return fail(
          invalid("geo.geometry.range",
                  "坐标 " + describe(p) + " 不是经纬度。请按“经度, 纬度”的顺序以度为单位填写；投影坐标请先换算。",
                  "The position " + describe(p) +
                      " is no longitude and latitude. Give degrees, longitude first; convert plane "
                      "coordinates before."));
  }
  return {};
}

Status check_part(const Part& part) {
  const auto empty = [] {
    return fail(invalid("geo.geometry.empty", "图形是空的，请至少给出一个坐标。",
                        "The shape is empty; give at least one position."));
  };
  if (part.type >= GeometryType::multi_point) {
    if (part.members.empty()) return empty();
    for (const auto& member : part.members) CIVITAS_CHECK(check_part(member));
    return {};
  }
  if (part.runs.empty()) return empty();
  for (const auto& run : part.runs) {
    if (run.empty()) return empty();
    CIVITAS_CHECK(check_run(run));
    if (part.type == GeometryType::line && run.size() < 2)
      return fail(
          invalid("geo.geometry.line_short", "一条线至少要有两个坐标。", "A line needs at least two positions."));
    if (part.type != GeometryType::polygon) continue;
    if (run.size() < 4)
      return fail(invalid("geo.geometry.ring_short", "面的一个环至少要有四个坐标（首尾相同）。",
                          "A ring of an area needs at least four positions, the last equal to the first."));
    if (run.front() != run.back())
      return fail(invalid("geo.geometry.ring_open",
                          "面的一个环没有闭合：起点 " + describe(run.front()) + "，终点 " + describe(run.back()) +
                              "。请让最后一个坐标与第一个相同。",
                          "A ring of an area is open: it starts at " + describe(run.front()) + " and ends at " +
                              describe(run.back()) + ". Make the last position equal to the first."));
  }
  return {};
}

}  // namespace

Problem too_large(const Limits& limits) {
  const auto most = std::to_string(limits.max_positions);
  return problem(Kind::invalid, "geo.geometry.too_large", "图形太大，最多 " + most + " 个坐标，请先简化。",
                 "The shape is too large: at most " + most + " positions. Simplify it first.");
}

Problem too_deep() {
  return invalid("geo.geometry.too_deep", "几何集合嵌套过深，请拆开后再提交。",
                 "Collections are nested too deeply; take them apart first.");
}

Result<Geometry> build_checked(const Part& part) {
  CIVITAS_CHECK(check_part(part));
  Handle handle = build(part);
  if (!handle) return fail(internal_problem("GEOS cannot build a checked shape: " + take_message()));
  return Access::wrap(std::move(handle));
}

}  // namespace detail

}  // namespace civitas::geo
