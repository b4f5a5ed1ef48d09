// Map tiles: the WebMercatorQuad matrix (OGC 17-083r4, "XYZ") and the writer of Mapbox Vector Tiles 2.1.
// Positions are longitude/latitude; the 10 to 20 cm between CGCS2000 and WGS 84 do not matter on a web map.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "geo/geometry.hpp"

namespace civitas::geo {

inline constexpr int max_zoom = 24;
/// The latitude at which the square map ends, north and south.
inline constexpr double mercator_max_latitude = 85.051128779806604;

/// A tile; y counts from north to south.
struct TileId {
  int z = 0;
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  bool operator==(const TileId&) const = default;
};

/// `geo.tile.address` unless 0 <= z <= max_zoom and x, y < 2^z.
Result<TileId> make_tile(std::int64_t z, std::int64_t x, std::int64_t y);

/// A rectangle of tiles of one zoom, ends included.
struct TileRange {
  int z = 0;
  std::uint32_t min_x = 0;
  std::uint32_t min_y = 0;
  std::uint32_t max_x = 0;
  std::uint32_t max_y = 0;
  std::uint64_t count() const { return (std::uint64_t{max_x} - min_x + 1) * (std::uint64_t{max_y} - min_y + 1); }
  bool contains(TileId t) const { return t.z == z && t.x >= min_x && t.x <= max_x && t.y >= min_y && t.y <= max_y; }
  bool operator==(const TileRange&) const = default;
};

/// Position on the square map: 0..1 from west to east, 0..1 from north to south (beyond the last latitude:
/// clamped).
Point to_unit_mercator(Point p);
Point from_unit_mercator(Point p);
/// Metres of EPSG:3857.
Point to_web_mercator(Point p);

TileId tile_at(Point p, int zoom);
/// Longitude/latitude of a tile; `buffer` widens it by that share of its side.
Box tile_box(TileId tile, double buffer = 0);
/// The tiles that show something of the box when each shows `buffer` of its side beyond its edge. Nothing for
/// an empty box. Constant work.
std::optional<TileRange> tiles_touched(const Box& box, int zoom, double buffer = 0);

struct TileOptions {
  std::uint32_t extent = 4096;  // units of a tile's side
  std::uint32_t buffer = 64;    // units shown beyond the edge, so that strokes are not cut
  double simplify = 1.0;        // positions nearer than this to the line are left out, in units; 0 keeps all
  int full_detail_zoom = 18;    // from here on nothing is left out
  double buffer_share() const { return static_cast<double>(buffer) / extent; }
};

using TileValue = std::variant<std::string_view, std::int64_t, double, bool>;

struct TileAttribute {
  std::string_view key;
  TileValue value;
};

/// Collects features and writes one vector tile. Shapes are projected, clipped, thinned and rounded to the
/// tile's grid; parts that vanish are dropped, rings wind as the standard demands, areas that rounding made
/// invalid are rebuilt for the drawing. Not for several threads at once.
class TileWriter {
 public:
  explicit TileWriter(TileId tile, TileOptions options = {});
  ~TileWriter();
  TileWriter(TileWriter&&) noexcept;
  TileWriter& operator=(TileWriter&&) noexcept;

  /// Further features go into this layer; a name may come again.
  void layer(std::string_view name);
  /// True when something of the shape is in the tile. A negative id counts as none. A collection becomes one
  /// feature for each of points, lines and areas. `layer` must have been called.
  bool add(const Geometry& shape, std::optional<std::int64_t> id, std::span<const TileAttribute> attributes);
  bool add(Point point, std::optional<std::int64_t> id, std::span<const TileAttribute> attributes);
  /// Runs of several shapes as one feature, which draws much quicker than one of each. All of one kind; shells are
  /// followed by their holes. What lies outside of the tile is best left out before.
  bool add(const std::vector<Path>& paths, std::span<const TileAttribute> attributes);

  std::size_t feature_count() const;
  /// The bytes of the tile (application/vnd.mapbox-vector-tile), without compression; empty when nothing is
  /// in it.
  std::string finish() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace civitas::geo
