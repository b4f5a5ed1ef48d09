#include "geo/geometry.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "geo/wkt.hpp"

namespace civitas::geo {
namespace {

Result<Geometry> json(std::string_view text, const Limits& limits = {}) {
  return Geometry::from_geojson(*Json::parse(text), limits);
}
std::string reason(const Result<Geometry>& r) { return r ? "accepted" : r.error().reason; }

TEST(Geometry, GeoJsonComesBackAsItWas) {
  for (
      const char* text : {
          R"({"type":"Point","coordinates":[114.3055,30.5928]})",
          R"({"type":"LineString","coordinates":[[114,30],[114.5,30.25],[-0.000000001,0]]})",
          R"({"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]]})",
          R"({"type":"MultiPoint","coordinates":[[1,2],[3,4]]})",
          R"({"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]})",
          R"({"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]})",
          R"({"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},{"type":"LineString","coordinates":[[1,2],[3,4]]}]})",
      }) {
    const auto g = json(text);
    ASSERT_TRUE(g) << text << g.error().message.en;
    EXPECT_EQ(g->to_geojson(), text);
    const auto by_wkb = Geometry::from_wkb(g->to_wkb());
    ASSERT_TRUE(by_wkb) << text;
    EXPECT_EQ(by_wkb->to_geojson(), text);
    const auto by_wkt = Geometry::from_wkt(g->to_wkt());
    ASSERT_TRUE(by_wkt) << g->to_wkt();
    EXPECT_EQ(by_wkt->to_geojson(), text);
    EXPECT_EQ(by_wkt->type(), g->type());
  }
}

TEST(Geometry, WritesNineDecimalsAndDropsHeights) {
  const auto g = json(R"({"type":"Point","coordinates":[114.12345678949,-0.00000000001,23.5]})");
  ASSERT_TRUE(g);
  EXPECT_EQ(g->to_geojson(), R"({"type":"Point","coordinates":[114.123456789,0]})");
}

TEST(Geometry, TellsTypeBoundsAndCount) {
  const auto g = json(R"({"type":"Polygon","coordinates":[[[1,2],[4,2],[4,7],[1,2]]]})");
  ASSERT_TRUE(g);
  EXPECT_EQ(g->type(), GeometryType::polygon);
  EXPECT_EQ(g->bounds(), (Box{1, 2, 4, 7}));
  EXPECT_EQ(g->position_count(), 4u);
  EXPECT_FALSE(g->empty());
  EXPECT_FALSE(g->as_point());
  EXPECT_TRUE(Geometry().empty());
  EXPECT_TRUE(Geometry().bounds().is_none());
  EXPECT_EQ(Geometry().to_geojson(), R"({"type":"GeometryCollection","geometries":[]})");
  EXPECT_EQ(*Geometry::point({114, 30})->as_point(), (Point{114, 30}));
}

TEST(Geometry, RefusesWhatIsNoShapeOnTheEarth) {
  EXPECT_EQ(reason(json("[1,2]")), "geo.geometry.syntax");
  EXPECT_EQ(reason(json(R"({"type":"Feature","geometry":null})")), "geo.geometry.type");
  EXPECT_EQ(reason(json(R"({"type":"Circle","coordinates":[1,2]})")), "geo.geometry.type");
  EXPECT_EQ(reason(json(R"({"type":"Point","coordinates":["1",2]})")), "geo.geometry.coordinates");
  EXPECT_EQ(reason(json(R"({"type":"Point","coordinates":[1]})")), "geo.geometry.coordinates");
  EXPECT_EQ(reason(json(R"({"type":"Point"})")), "geo.geometry.coordinates");
  EXPECT_EQ(reason(json(R"({"type":"Point","coordinates":[]})")), "geo.geometry.empty");
  EXPECT_EQ(reason(json(R"({"type":"MultiPoint","coordinates":[]})")), "geo.geometry.empty");
  EXPECT_EQ(reason(json(R"({"type":"GeometryCollection","geometries":[]})")), "geo.geometry.empty");
  EXPECT_EQ(reason(json(R"({"type":"Point","coordinates":[180.1,2]})")), "geo.geometry.range");
  EXPECT_EQ(reason(json(R"({"type":"Point","coordinates":[30,114]})")), "geo.geometry.range");
  EXPECT_EQ(reason(json(R"({"type":"LineString","coordinates":[[1,2]]})")), "geo.geometry.line_short");
  EXPECT_EQ(reason(json(R"({"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]})")), "geo.geometry.ring_short");
  EXPECT_EQ(reason(json(R"({"type":"Polygon","coordinates":[[[0,0],[1,1],[2,0],[0,1]]]})")), "geo.geometry.ring_open");
  EXPECT_EQ(
      reason(json(R"({"type":"Point","coordinates":[1,2],"crs":{"type":"name","properties":{"name":"EPSG:4526"}}})")),
      "geo.geometry.crs");
  EXPECT_EQ(reason(Geometry::point({std::nan(""), 0})), "geo.geometry.not_finite");
  EXPECT_EQ(reason(Geometry::point({0, INFINITY})), "geo.geometry.not_finite");
  EXPECT_NE(json(R"({"type":"Point","coordinates":[30,114]})").error().message.en.find("longitude first"),
            std::string::npos);
}

TEST(Geometry, HoldsTheLimits) {
  EXPECT_EQ(reason(json(R"({"type":"MultiPoint","coordinates":[[1,2],[1,2],[1,2]]})", {.max_positions = 2})),
            "geo.geometry.too_large");
  EXPECT_EQ(reason(Geometry::from_wkt("LINESTRING(1 2,3 4,5 6)", {.max_positions = 2})), "geo.geometry.too_large");
  EXPECT_EQ(reason(Geometry::from_wkb(Geometry::from_wkt("LINESTRING(1 2,3 4,5 6)")->to_wkb(), {.max_positions = 2})),
            "geo.geometry.too_large");
  std::string nested;
  for (int i = 0; i < 10'000; ++i) nested += "GEOMETRYCOLLECTION(";
  EXPECT_EQ(reason(Geometry::from_wkt(nested)), "geo.geometry.too_deep");
  std::string wkb;
  for (int i = 0; i < 10'000; ++i) wkb += std::string("\1\7\0\0\0\1\0\0\0", 9);
  EXPECT_EQ(reason(Geometry::from_wkb(wkb)), "geo.geometry.too_deep");
  // A count of four thousand million positions in nine bytes.
  EXPECT_EQ(reason(Geometry::from_wkb(std::string("\1\2\0\0\0\xff\xff\xff\xff", 9))), "geo.geometry.too_large");
  EXPECT_EQ(reason(Geometry::from_wkb(std::string("\1\2\0\0\0\x40\0\0\0", 9))), "geo.geometry.syntax");
}

TEST(Geometry, ReadsBigEndianEwkbAndIsoHeights) {
  // POINT(114 30) big endian; EWKB little endian with SRID 4490; ISO POINT Z.
  const std::string x("\x40\x5c\x80\0\0\0\0\0", 8);
  const std::string y("\x40\x3e\0\0\0\0\0\0", 8);
  const std::string x_little(x.rbegin(), x.rend());
  const std::string y_little(y.rbegin(), y.rend());
  const auto big = Geometry::from_wkb(std::string("\0\0\0\0\1", 5) + x + y);
  ASSERT_TRUE(big);
  EXPECT_EQ(*big->as_point(), (Point{114, 30}));
  const auto ewkb = Geometry::from_wkb(std::string("\1\1\0\0\x20\x8a\x11\0\0", 9) + x_little + y_little);
  ASSERT_TRUE(ewkb);
  EXPECT_EQ(*ewkb->as_point(), (Point{114, 30}));
  const auto iso = Geometry::from_wkb(std::string("\1\xe9\3\0\0", 5) + x_little + y_little + x_little);
  ASSERT_TRUE(iso);
  EXPECT_EQ(*iso->as_point(), (Point{114, 30}));
  EXPECT_EQ(reason(Geometry::from_wkb(std::string("\1\1\0\0\x20\x11\x0f\0\0", 9) + x_little + y_little)),
            "geo.geometry.crs");
  EXPECT_EQ(reason(Geometry::from_wkb(std::string("\0\0\0\0\1", 5) + x + y + "x")), "geo.geometry.syntax");
}

TEST(Geometry, ReadsWktAsOthersWriteIt) {
  EXPECT_EQ(Geometry::from_wkt(" srid=4490; multipoint z (1 2 3, 4 5 6) ")->to_wkt(), "MULTIPOINT ((1 2),(4 5))");
  EXPECT_EQ(Geometry::from_wkt("MULTIPOINT((1 2),(4 5))")->position_count(), 2u);
  EXPECT_EQ(reason(Geometry::from_wkt("POINT(1 2) x")), "geo.geometry.syntax");
  EXPECT_EQ(reason(Geometry::from_wkt("POINT(1)")), "geo.geometry.syntax");
  EXPECT_EQ(reason(Geometry::from_wkt("POINT(nan 2)")), "geo.geometry.not_finite");
  EXPECT_EQ(reason(Geometry::from_wkt("POLYGON EMPTY")), "geo.geometry.empty");
  EXPECT_EQ(reason(Geometry::from_wkt("")), "geo.geometry.syntax");
}

TEST(Geometry, ReadsWktInsideALongerText) {
  const auto read = [](std::string_view text, std::size_t rest, const Limits& limits = {}) {
    std::size_t bytes = 0;
    const auto shape = read_wkt(text, bytes, limits);
    EXPECT_EQ(text.size() - bytes, rest) << text;
    return shape ? shape->dump() : shape.error().reason + ": " + shape.error().message.en;
  };
  EXPECT_EQ(read("POINT(1 2), other)", 8), R"({"type":"Point","coordinates":[1,2]})");
  EXPECT_EQ(read("Point Z (+1 -2 3)", 0), R"({"type":"Point","coordinates":[1,-2,3]})");
  EXPECT_EQ(read("LINESTRING M(1 2 9,3 4 9)", 0), R"({"type":"LineString","coordinates":[[1,2],[3,4]]})");
  EXPECT_EQ(read("LINESTRING(1 2,3 4 5)", 0), R"({"type":"LineString","coordinates":[[1,2],[3,4,5]]})");
  EXPECT_EQ(read("MULTIPOINT(1 2,3 4)x", 1), R"({"type":"MultiPoint","coordinates":[[1,2],[3,4]]})");
  EXPECT_EQ(read("POLYGON((0 0,1 0,1 1,0 0),(2 2))", 0),
            R"({"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]],[[2,2]]]})");
  EXPECT_EQ(read("GEOMETRYCOLLECTION(POINT(1 2),MULTIPOLYGON EMPTY)", 0),
            R"({"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},)"
            R"({"type":"MultiPolygon","coordinates":[]}]})");
  EXPECT_EQ(read("POINT EMPTY AND", 4), R"({"type":"Point","coordinates":[]})");
  EXPECT_EQ(read("POINT(1)", 1), "geo.geometry.syntax: a coordinate should stand here, not “)”.");
  EXPECT_EQ(read("POINT(1 2", 0), "geo.geometry.syntax: a closing parenthesis should stand here.");
  EXPECT_EQ(read("GEOMETRYCOLLECTION(GEOMETRYCOLLECTION(POINT(1 2)))", 13, {.max_depth = 1}).substr(0, 21), "geo.geometry.too_deep");
  EXPECT_TRUE(Geometry::from_wkt("POINT(1)").error().message.en.starts_with("At byte 8 of the WKT: "));
}

TEST(Geometry, BuildsFromPathsAndTakesApart) {
  const auto g = Geometry::from_wkt("MULTIPOLYGON(((0 0,4 0,4 4,0 0),(2 1,3 1,3 2,2 1)),((9 9,8 9,8 8,9 9)))");
  ASSERT_TRUE(g);
  const auto again = Geometry::from_paths(g->paths());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->to_wkt(), g->to_wkt());
  ASSERT_EQ(g->parts().size(), 2u);
  EXPECT_EQ(g->parts()[1].to_wkt(), "POLYGON ((9 9,8 9,8 8,9 9))");
  EXPECT_EQ(reason(Geometry::from_paths({})), "geo.geometry.empty");
}

TEST(Validity, NamesTheFaultAndItsPlace) {
  const auto bow_tie = validity(*Geometry::from_wkt("POLYGON((0 0,2 2,2 0,0 2,0 0))"));
  ASSERT_TRUE(bow_tie);
  EXPECT_EQ(bow_tie->reason, "geo.validity.self_crossing");
  EXPECT_EQ(bow_tie->place, (Point{1, 1}));
  EXPECT_EQ(bow_tie->message.zh, "边界自相交");

  const auto reason_of = [](const char* wkt) { return validity(*Geometry::from_wkt(wkt))->reason; };
  EXPECT_EQ(reason_of("POLYGON((0 0,4 0,4 4,0 4,0 0),(5 5,6 5,6 6,5 5))"), "geo.validity.hole_outside");
  EXPECT_EQ(reason_of("POLYGON((0 0,9 0,9 9,0 9,0 0),(1 1,8 1,8 8,1 8,1 1),(2 2,3 2,3 3,2 2))"),
            "geo.validity.nested_holes");
  EXPECT_EQ(reason_of("MULTIPOLYGON(((0 0,9 0,9 9,0 9,0 0)),((1 1,2 1,2 2,1 1)))"), "geo.validity.nested_shells");
  EXPECT_EQ(reason_of("LINESTRING(1 1,1 1)"), "geo.validity.too_few_positions");
  EXPECT_FALSE(validity(*Geometry::from_wkt("POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 1))")));

  const auto status = require_valid(*Geometry::from_wkt("POLYGON((0 0,2 2,2 0,0 2,0 0))"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, Kind::invalid);
  EXPECT_NE(status.error().message.en.find("1, 1"), std::string::npos);
}

TEST(Geometry, OneShapeServesManyThreads) {
  const auto shared = *Geometry::from_wkt("POLYGON((0 0,9 0,9 9,0 9,0 0),(1 1,8 1,8 8,1 8,1 1))");
  std::vector<std::jthread> threads;
  std::atomic<int> right = 0;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&right, copy = shared] {
      for (int n = 0; n < 200; ++n)
        if (!validity(copy) && Geometry::from_wkb(copy.to_wkb())->position_count() == 10) ++right;
    });
  threads.clear();
  EXPECT_EQ(right, 800);
}

}  // namespace
}  // namespace civitas::geo
