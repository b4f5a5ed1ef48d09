// Expected numbers are from independent implementations: geographiclib-geodesic 2.2.0 (JavaScript) for
// geodesics, closed formulas of the ellipsoid for cells, gdaltransform (GDAL with EPSG:4490 -> EPSG:4526) for
// the projection.
#include "geo/measure.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "geo/extent.hpp"
#include "geo/overlay.hpp"
#include "geo/predicates.hpp"

namespace civitas::geo {
namespace {

Geometry wkt(std::string_view text) { return *Geometry::from_wkt(text); }

TEST(Measure, GeodesicAreaAndLength) {
  const auto cell = wkt("POLYGON((114 30,115 30,115 31,114 31,114 30))");
  EXPECT_NEAR(area(cell), 10642455822.1556, 1);
  EXPECT_NEAR(length(cell), 413711.766030, 1e-5);
  EXPECT_NEAR(length(wkt("LINESTRING(114 30,114 31,115 31)")), 206364.866382, 1e-5);
  EXPECT_EQ(area(wkt("LINESTRING(114 30,114 31)")), 0);
}

TEST(Measure, HolesAndWindingDoNotMatter) {
  const double whole = 10642455822.155579;
  const double hole = 425701027.55330444;
  EXPECT_NEAR(area(wkt("POLYGON((114 30,115 30,115 31,114 31,114 30),(114.4 30.4,114.6 30.4,114.6 30.6,114.4 "
                       "30.6,114.4 30.4))")),
              whole - hole, 1);
  EXPECT_NEAR(area(wkt("POLYGON((114 30,114 31,115 31,115 30,114 30),(114.4 30.4,114.6 30.4,114.6 30.6,114.4 "
                       "30.6,114.4 30.4))")),
              whole - hole, 1);
}

TEST(Measure, CellBetweenParallelsMatchesTheClosedFormula) {
  // With many positions along the parallels the geodesic cell tends to the exact one, b²Δλ/2 (q(φ2) - q(φ1)).
  Path ring{PathKind::shell, {}};
  for (int i = 0; i <= 1000; ++i) ring.positions.push_back({114 + i / 1000.0, 30});
  for (int i = 1000; i >= 0; --i) ring.positions.push_back({114 + i / 1000.0, 31});
  ring.positions.push_back({114, 30});
  EXPECT_NEAR(area(*Geometry::from_paths({ring})), 10642393438.71232, 200);
}

TEST(Measure, DistanceBearingTravel) {
  const Point wuhan{114.3055, 30.5928};
  const Point beijing{116.4074, 39.9042};
  EXPECT_NEAR(distance(wuhan, beijing), 1050528.005821, 1e-5);
  EXPECT_NEAR(bearing(wuhan, beijing).azimuth, 9.894467817814, 1e-9);
  EXPECT_GT(bearing(beijing, wuhan).azimuth, 180);
  const Point there = travel({114.3, 30.6}, 90, 500);
  EXPECT_NEAR(there.x, 114.30521373290333, 1e-11);
  EXPECT_NEAR(there.y, 30.59999989554382, 1e-11);
  EXPECT_NEAR(distance({114, 30}, {114, 31}), 110860.925564, 1e-5);
}

TEST(GaussKruger, AgreesWithGdal) {
  const auto zone = GaussKruger::zone_at(114.3);
  ASSERT_TRUE(zone);
  EXPECT_EQ(zone->zone_number(), 38);
  EXPECT_EQ(zone->epsg(), 4526);
  EXPECT_EQ(GaussKruger::zone(38, Easting::plain)->epsg(), 4547);
  const struct {
    Point p;
    GridPoint g;
  } rows[] = {{{114.3, 30.6}, {38528770.2372557, 3386666.25056236}},
              {{113.7, 31.2}, {38471408.6318649, 3453187.33601967}},
              {{115.05, 29.97}, {38601343.9153606, 3317251.74988947}}};
  for (const auto& row : rows) {
    const auto g = zone->forward(row.p);
    ASSERT_TRUE(g);
    EXPECT_NEAR(g->east, row.g.east, 1e-4);
    EXPECT_NEAR(g->north, row.g.north, 1e-4);
    const auto back = zone->inverse(*g);
    ASSERT_TRUE(back);
    EXPECT_NEAR(back->x, row.p.x, 1e-10);
    EXPECT_NEAR(back->y, row.p.y, 1e-10);
  }
  EXPECT_NEAR(GaussKruger::zone(38, Easting::plain)->forward({114.3, 30.6})->east, 528770.2372557, 1e-4);
}

TEST(GaussKruger, RefusesWhatIsFar) {
  EXPECT_EQ(GaussKruger::zone(24).error().reason, "geo.projection.zone");
  EXPECT_EQ(GaussKruger::zone_at(10).error().reason, "geo.projection.zone");
  EXPECT_EQ(GaussKruger::zone(38)->forward({130, 30}).error().reason, "geo.projection.far");
  EXPECT_EQ(GaussKruger::zone(38)->forward({NAN, 30}).error().reason, "geo.projection.far");
  // Plane coordinates of zone 38 read without the zone number.
  EXPECT_EQ(GaussKruger::zone(38)->inverse({528770, 3386666}).error().reason, "geo.projection.far");
}

TEST(Predicates, Relations) {
  const auto square = wkt("POLYGON((0 0,4 0,4 4,0 4,0 0))");
  const auto inner = wkt("POLYGON((1 1,2 1,2 2,1 2,1 1))");
  const auto neighbour = wkt("POLYGON((4 0,8 0,8 4,4 4,4 0))");
  const auto shifted = wkt("POLYGON((2 2,6 2,6 6,2 6,2 2))");
  const auto line = wkt("LINESTRING(-1 1,5 1)");
  EXPECT_TRUE(contains(square, inner));
  EXPECT_TRUE(within(inner, square));
  EXPECT_FALSE(within(square, inner));
  EXPECT_TRUE(touches(square, neighbour));
  EXPECT_FALSE(overlaps(square, neighbour));
  EXPECT_TRUE(overlaps(square, shifted));
  EXPECT_TRUE(crosses(line, square));
  EXPECT_TRUE(intersects(line, square));
  EXPECT_TRUE(disjoint(inner, neighbour));
  EXPECT_TRUE(equals(square, wkt("POLYGON((4 4,0 4,0 0,2 0,4 0,4 4))")));
  EXPECT_FALSE(contains(square, wkt("POINT(0 0)")));
  EXPECT_TRUE(covers(square, wkt("POINT(0 0)")));
  const Prepared prepared(square);
  for (const auto relation :
       {Relation::intersects, Relation::contains, Relation::within, Relation::disjoint, Relation::equals,
        Relation::touches, Relation::crosses, Relation::overlaps, Relation::covers, Relation::covered_by})
    for (const auto* other : {&square, &inner, &neighbour, &shifted, &line})
      EXPECT_EQ(prepared.relate(relation, *other).value(), relate(square, relation, *other).value());
  EXPECT_TRUE(prepared.covers({0, 0}));
  EXPECT_TRUE(prepared.covers({4, 2}));
  EXPECT_FALSE(prepared.covers({4.0000001, 2}));
  EXPECT_TRUE(Prepared(line).intersects(Box{0, 0, 1, 2}));
  EXPECT_TRUE(Prepared(line).intersects(Box{0, 1, 0, 1}));
  EXPECT_FALSE(Prepared(line).intersects(Box{0, 2, 1, 3}));
}

TEST(Predicates, DistanceInMetres) {
  const auto square = wkt("POLYGON((114 30,114.1 30,114.1 30.1,114 30.1,114 30))");
  EXPECT_EQ(*distance(square, wkt("POINT(114.05 30.05)")), 0);
  EXPECT_NEAR(*distance(square, wkt("POINT(114.11 30.05)")), distance(Point{114.1, 30.05}, Point{114.11, 30.05}), 0.01);
  // Counted in degrees the upper point would be nearer; on the earth the left one is.
  const auto corner = wkt("MULTIPOINT((113.99 30.05),(114.05 30.1095))");
  EXPECT_NEAR(*distance(square, corner), distance(Point{114, 30.05}, Point{113.99, 30.05}), 0.01);
  EXPECT_EQ(distance(square, Geometry()).error().reason, "geo.distance.empty");
}

TEST(Overlay, UnionIntersectionDifference) {
  const auto a = wkt("POLYGON((0 0,4 0,4 4,0 4,0 0))");
  const auto b = wkt("POLYGON((2 2,6 2,6 6,2 6,2 2))");
  EXPECT_TRUE(equals(*intersection(a, b), wkt("POLYGON((2 2,4 2,4 4,2 4,2 2))")));
  EXPECT_TRUE(equals(*difference(a, b), wkt("POLYGON((0 0,4 0,4 2,2 2,2 4,0 4,0 0))")));
  EXPECT_TRUE(equals(*unite(a, b), wkt("POLYGON((0 0,4 0,4 2,6 2,6 6,2 6,2 4,0 4,0 0))")));
  EXPECT_EQ(symmetric_difference(a, b)->parts().size(), 2u);
  const Geometry many[] = {a, b, Geometry()};
  EXPECT_TRUE(equals(*unite(many), *unite(a, b)));
  EXPECT_TRUE(intersection(a, wkt("POINT(9 9)"))->empty());
  EXPECT_EQ(*centroid(a), (Point{2, 2}));
  EXPECT_EQ(centroid(Geometry()).error().reason, "geo.overlay.empty");
  const auto bent = wkt("POLYGON((0 0,9 0,9 9,8 9,8 1,0 1,0 0))");
  EXPECT_FALSE(Prepared(bent).covers(*centroid(bent)));
  EXPECT_TRUE(Prepared(bent).covers(*point_on_surface(bent)));
}

TEST(Overlay, BufferIsMetresInEveryDirection) {
  const Point center{114.3, 30.6};
  const auto circle = buffer(*Geometry::point(center), 1000);
  ASSERT_TRUE(circle);
  double least = 1e9;
  double most = 0;
  const auto outline = circle->paths();
  for (const Point p : outline[0].positions) {
    least = std::min(least, distance(center, p));
    most = std::max(most, distance(center, p));
  }
  EXPECT_NEAR(least, 1000, 0.01);
  EXPECT_NEAR(most, 1000, 0.01);
  EXPECT_NEAR(area(*circle), std::numbers::pi * 1e6, 0.005 * std::numbers::pi * 1e6);
  EXPECT_TRUE(buffer(*circle, -1100)->empty());
  EXPECT_EQ(buffer(wkt("LINESTRING(100 30,120 30)"), 10).error().reason, "geo.overlay.too_wide");
  EXPECT_EQ(buffer(wkt("POLYGON((0 0,2 2,2 0,0 2,0 0))"), 10).error().reason, "geo.validity.self_crossing");
  EXPECT_EQ(buffer(*circle, NAN).error().reason, "geo.overlay.distance");
}

TEST(Overlay, SimplifyKeepsTheShape) {
  const auto circle = *buffer(*Geometry::point({114.3, 30.6}), 1000);
  const auto simple = simplify(circle, 50);
  ASSERT_TRUE(simple);
  EXPECT_LT(simple->position_count(), circle.position_count() / 2);
  EXPECT_FALSE(validity(*simple));
  EXPECT_NEAR(area(*simple), area(circle), 0.1 * area(circle));
}

TEST(Extent, FindsForeignAndSwappedPositions) {
  const auto city = Extent::make(wkt("POLYGON((113.7 29.9,115.1 29.9,115.1 31.4,113.7 31.4,113.7 29.9))"), 100);
  ASSERT_TRUE(city);
  EXPECT_TRUE(city->check(Point{114.3, 30.6}));
  EXPECT_TRUE(city->check(Point{113.6995, 30.6}));
  EXPECT_EQ(city->check(Point{113.69, 30.6}).error().reason, "geo.extent.outside");
  EXPECT_EQ(city->check(Point{30.6, 114.3}).error().reason, "geo.extent.swapped");
  EXPECT_EQ(city->check(wkt("LINESTRING(114 30,116.4 39.9)")).error().reason, "geo.extent.outside");
  EXPECT_EQ(Extent::make(wkt("POINT(1 1)")).error().reason, "geo.extent.not_area");
  EXPECT_EQ(Extent::make(wkt("POLYGON((0 0,2 2,2 0,0 2,0 0))")).error().reason, "geo.validity.self_crossing");
}

}  // namespace
}  // namespace civitas::geo
