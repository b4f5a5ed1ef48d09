#include "geo/tile.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace civitas::geo {

namespace {
constexpr double pi = std::numbers::pi;

double side(int zoom) { return static_cast<double>(std::uint32_t{1} << zoom); }

std::uint32_t cell(double unit, int zoom) {
  const double n = side(zoom);
  const double at = unit * n;
  return at > 0 ? static_cast<std::uint32_t>(std::min(std::floor(at), n - 1)) : 0;
}
}  // namespace

Result<TileId> make_tile(std::int64_t z, std::int64_t x, std::int64_t y) {
  if (z >= 0 && z <= max_zoom && x >= 0 && y >= 0 && x < (std::int64_t{1} << z) && y < (std::int64_t{1} << z))
    return TileId{static_cast<int>(z), static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)};
  return fail(invalid("geo.tile.address", "没有这个瓦片：级别应在 0 到 24 之间，行列号应小于 2 的级别次方。",
                      "There is no such tile: the zoom is 0 to 24, and x and y are below 2 to the power of it."));
}

Point to_unit_mercator(Point p) {
  const double latitude = std::clamp(p.y, -mercator_max_latitude, mercator_max_latitude) * pi / 180;
  const double s = std::sin(latitude);
  return {p.x / 360 + 0.5, std::clamp(0.5 - std::log((1 + s) / (1 - s)) / (4 * pi), 0.0, 1.0)};
}

Point from_unit_mercator(Point p) { return {(p.x - 0.5) * 360, std::atan(std::sinh(pi * (1 - 2 * p.y))) * 180 / pi}; }

Point to_web_mercator(Point p) {
  constexpr double half = pi * 6378137.0;
  const Point unit = to_unit_mercator(p);
  return {(2 * unit.x - 1) * half, (1 - 2 * unit.y) * half};
}

TileId tile_at(Point p, int zoom) {
  const Point unit = to_unit_mercator(p);
  return {zoom, cell(unit.x, zoom), cell(unit.y, zoom)};
}

Box tile_box(TileId t, double buffer) {
  const double n = side(t.z);
  const Point north_west = from_unit_mercator({(t.x - buffer) / n, (t.y - buffer) / n});
  const Point south_east = from_unit_mercator({(t.x + 1 + buffer) / n, (t.y + 1 + buffer) / n});
  return {north_west.x, south_east.y, south_east.x, north_west.y};
}

std::optional<TileRange> tiles_touched(const Box& box, int zoom, double buffer) {
  if (box.is_none()) return std::nullopt;
  const Point north_west = to_unit_mercator({box.min_x, box.max_y});
  const Point south_east = to_unit_mercator({box.max_x, box.min_y});
  // A little more than the buffer: rounding must not lose a tile whose edge the box just meets.
  const double margin = buffer / side(zoom) + 1e-12;
  return TileRange{zoom, cell(north_west.x - margin, zoom), cell(north_west.y - margin, zoom),
                   cell(south_east.x + margin, zoom), cell(south_east.y + margin, zoom)};
}

}  // namespace civitas::geo
