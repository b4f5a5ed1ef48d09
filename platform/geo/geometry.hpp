// Shapes on the earth: points, lines, polygons and their multiples, in longitude and latitude (degrees,
// CGCS2000 = EPSG:4490, longitude first). OGC Simple Features; read and written as GeoJSON (RFC 7946), WKB
// and WKT.
//
// A Geometry never changes, so copies share it and threads may use one shape at the same time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace civitas::geo {

namespace detail {
struct Shape;
struct Access;
}  // namespace detail

/// A position: x is the longitude, y the latitude, in degrees.
struct Point {
  double x = 0;
  double y = 0;
  bool operator==(const Point&) const = default;
};

/// A rectangle along the axes, borders included. `none()` is the box of nothing.
struct Box {
  double min_x = 0;
  double min_y = 0;
  double max_x = 0;
  double max_y = 0;

  static Box none();
  bool is_none() const { return min_x > max_x || min_y > max_y; }
  bool contains(Point p) const { return p.x >= min_x && p.x <= max_x && p.y >= min_y && p.y <= max_y; }
  bool intersects(const Box& b) const {
    return min_x <= b.max_x && b.min_x <= max_x && min_y <= b.max_y && b.min_y <= max_y;
  }
  void extend(Point p);
  void extend(const Box& b);
  Point center() const { return {(min_x + max_x) / 2, (min_y + max_y) / 2}; }
  bool operator==(const Box&) const = default;
};

enum class GeometryType { point, line, polygon, multi_point, multi_line, multi_polygon, collection };

/// "Point", "LineString", … as GeoJSON writes it.
std::string_view geojson_name(GeometryType type);

/// What is read from outside is held within these limits (`geo.geometry.too_large`, `geo.geometry.too_deep`).
struct Limits {
  std::size_t max_positions = 100'000;
  int max_depth = 4;  // of collections in collections
};

enum class PathKind { point, line, shell, hole };

/// One run of positions of a shape. A shell is followed by its holes; rings repeat their first position at
/// the end.
struct Path {
  PathKind kind = PathKind::point;
  std::vector<Point> positions;
};

class Geometry {
 public:
  /// The empty shape (an empty collection). Shapes from outside are never empty; results of overlay may be.
  Geometry() = default;

  /// The readers refuse what is no shape on the earth, with `Kind::invalid` and one of these reasons:
  /// geo.geometry.{syntax, type, crs, coordinates, not_finite, range, empty, line_short, ring_short,
  /// ring_open, too_large, too_deep}. Heights and measures are dropped. They do not look for crossings: see
  /// `validity`.
  static Result<Geometry> from_geojson(const Json& json, const Limits& limits = {});
  /// ISO WKB and EWKB (SRID 4490, 4326 or none), either byte order.
  static Result<Geometry> from_wkb(std::string_view bytes, const Limits& limits = {});
  static Result<Geometry> from_wkt(std::string_view text, const Limits& limits = {});

  static Result<Geometry> point(Point p);
  static Result<Geometry> rectangle(const Box& box);
  /// A shape of the given runs of positions: all points, all lines, or polygons (shells each with their holes
  /// behind).
  static Result<Geometry> from_paths(const std::vector<Path>& paths, const Limits& limits = {});

  /// GeoJSON text with at most 9 decimals (a tenth of a millimetre), without trailing zeros.
  std::string to_geojson() const;
  void to_geojson(std::string& out) const;
  /// ISO WKB, little endian, two dimensions.
  std::string to_wkb() const;
  std::string to_wkt() const;

  GeometryType type() const;
  bool empty() const;
  /// `Box::none()` for the empty shape.
  Box bounds() const;
  std::size_t position_count() const;
  /// The position of a single point.
  std::optional<Point> as_point() const;
  /// The members of a multi-part shape or collection, one level deep; a single shape gives itself.
  std::vector<Geometry> parts() const;
  /// All runs of positions, collections opened.
  std::vector<Path> paths() const;

 private:
  friend struct detail::Access;
  std::shared_ptr<const detail::Shape> shape_;
};

/// The box of GeoJSON that is known to be a shape, without building it; `Box::none()` for what has no positions.
Box bounds_of_geojson(const Json& shape);

/// What makes a shape unusable for overlay and area, and where.
struct Fault {
  std::string reason;  // geo.validity.{self_crossing, ring_self_touching, hole_outside, nested_holes,
                       // nested_shells, disconnected, duplicate_rings, too_few_positions, other}
  Text message;
  Point place;
};

/// Nothing when the shape is valid in the sense of OGC Simple Features; otherwise the first fault. Nothing is
/// repaired: whoever drew the shape decides what was meant.
std::optional<Fault> validity(const Geometry& g);

/// `validity` as a Status: `Kind::invalid` with the fault's reason and a sentence that names the place.
Status require_valid(const Geometry& g);

}  // namespace civitas::geo
