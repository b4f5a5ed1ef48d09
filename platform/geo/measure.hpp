// Lengths and areas on the CGCS2000 ellipsoid (GB/T 17798 / EPSG:1024: a = 6378137 m, 1/f = 298.257222101) by
// Karney's geodesics, and the Gauss-Krueger projection in 3-degree zones (EPSG:4513 to 4554) that city
// surveys use. Edges are geodesics between their ends. All functions are safe for threads and need no
// network.
#pragma once

#include <span>

#include "geo/geometry.hpp"

namespace civitas::geo {

inline constexpr double cgcs2000_a = 6378137.0;
inline constexpr double cgcs2000_inverse_flattening = 298.257222101;
inline constexpr int cgcs2000_epsg = 4490;

/// Square metres of all polygons, holes taken away; 0 for points and lines.
double area(const Geometry& g);
/// Metres of all lines, and of the borders of polygons (holes included).
double length(const Geometry& g);
/// Metres between two positions.
double distance(Point a, Point b);

struct Bearing {
  double metres = 0;
  double azimuth = 0;  // at `a`, degrees clockwise from north, 0 <= azimuth < 360
};
Bearing bearing(Point a, Point b);
/// The position reached from `from` after `metres` in direction `azimuth` (degrees clockwise from north).
Point travel(Point from, double azimuth, double metres);

/// Plane coordinates, metres. Surveys write x for north and y for east; the names here leave no doubt.
struct GridPoint {
  double east = 0;
  double north = 0;
};

/// Whether eastings carry the zone number in front (38500000 instead of 500000).
enum class Easting { with_zone, plain };

/// Gauss-Krueger, 3-degree zones of CGCS2000; zone n has its central meridian at 3n degrees east. Zones 25
/// to 45.
class GaussKruger {
 public:
  /// Fails with `geo.projection.zone` outside 25..45.
  static Result<GaussKruger> zone(int number, Easting easting = Easting::with_zone);
  /// The zone a longitude lies in.
  static Result<GaussKruger> zone_at(double longitude, Easting easting = Easting::with_zone);

  int zone_number() const { return zone_; }
  double central_meridian() const { return 3.0 * zone_; }
  /// 4513 (zone 25 with zone number) … 4533, 4534 (central meridian 75E without) … 4554.
  int epsg() const { return (easting_ == Easting::with_zone ? 4513 : 4534) + zone_ - 25; }

  /// Fails with `geo.projection.far` more than 10 degrees from the central meridian.
  Result<GridPoint> forward(Point p) const;
  Result<Point> inverse(GridPoint p) const;
  /// Whole lists, in place of one call for each; fails at the first position that fails.
  Result<std::vector<GridPoint>> forward(std::span<const Point> points) const;
  Result<std::vector<Point>> inverse(std::span<const GridPoint> points) const;

 private:
  GaussKruger(int zone, Easting easting) : zone_(zone), easting_(easting) {}
  double false_easting() const { return 500000.0 + (easting_ == Easting::with_zone ? zone_ * 1e6 : 0); }
  int zone_;
  Easting easting_;
};

}  // namespace civitas::geo
