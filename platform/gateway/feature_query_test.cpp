#include "gateway/feature_query.hpp"

#include <gtest/gtest.h>

#include "gateway/open_filter.hpp"
#include "gateway/raw_json.hpp"
#include "query/parse.hpp"

namespace civitas::gateway {
namespace {

using entities::FieldType;

struct World {
  World() {
    entity.history = true;
    const auto add = [&](const char* name, FieldType type) {
      entities::Field f;
      f.name = name;
      f.type = type;
      entity.fields.push_back(f);
    };
    add("name", FieldType::text);
    add("floors", FieldType::integer);
    add("hidden", FieldType::text);
    add("place", FieldType::geometry);
    queryables.names = {"name", "floors", "place"};
  }
  Result<ItemsQuery> read(http::Pairs parameters, FieldType shape = FieldType::point) {
    http::Request r;
    r.query_parameters = std::move(parameters);
    entity.fields[3].type = shape;
    return read_items_query(entity, &entity.fields[3], queryables, r);
  }
  std::string condition(http::Pairs parameters, FieldType shape = FieldType::point) {
    const auto q = read(std::move(parameters), shape);
    if (!q) return q.error().reason + " " + q.error().field;
    return q->condition ? query::to_text(*q->condition) : "";
  }
  entities::Entity entity;
  Queryables queryables;
};

const std::string wgs(crs84_uri), epsg(epsg4490_uri);

TEST(SwapAxes, ExchangesEveryPosition) {
  EXPECT_EQ(swap_axes(R"({"type":"Point","coordinates":[114.25,30.5]})"),
            R"({"type":"Point","coordinates":[30.5,114.25]})");
  EXPECT_EQ(swap_axes(R"({"type":"Polygon","coordinates":[[[1,2],[3,4],[-5.5e-1,6],[1,2]]]})"),
            R"({"type":"Polygon","coordinates":[[[2,1],[4,3],[6,-5.5e-1],[2,1]]]})");
  EXPECT_EQ(swap_axes(R"({"type":"Point","coordinates":[ 1 , 2 , 3 ]})"),
            R"({"type":"Point","coordinates":[2,1 , 3 ]})");
  EXPECT_EQ(swap_axes("null"), "null");
  EXPECT_EQ(swap_axes(R"({"a":"[1,2]"})"), R"({"a":"[1,2]"})");
}

TEST(RawJson, WalksWithoutATree) {
  std::string seen;
  each_member(R"({"a":"x\"}","b":[1,{"c":"]"}],"d":null,"e":-1.5})",
              [&](std::string_view k, std::string_view v) { seen.append(k).append("=").append(v).append(";"); });
  EXPECT_EQ(seen, R"(a="x\"}";b=[1,{"c":"]"}];d=null;e=-1.5;)");
  int count = 0;
  each_element(R"([{"a":1},{"b":[2]},"x,y"])", [&](std::string_view) { ++count; });
  EXPECT_EQ(count, 3);
  EXPECT_EQ(raw_member(R"({"a":{"id":"7"}})", "a"), R"({"id":"7"})");
  each_member("{\"broken", [&](std::string_view, std::string_view) { FAIL(); });
}

TEST(ItemsQuery, BoxFollowsItsAxes) {
  World w;
  const auto lon = w.read({{"bbox", "114,30,115,31"}});
  const auto lat = w.read({{"bbox", "30,114,31,115"}, {"bbox-crs", epsg}});
  ASSERT_TRUE(lon && lat);
  EXPECT_EQ(*lon->list.box, (std::array<double, 4>{114, 30, 115, 31}));
  EXPECT_EQ(*lat->list.box, *lon->list.box);
  EXPECT_EQ(w.condition({{"bbox", "30,114,31,115"}}), "gateway.ogc.parameter bbox");  // latitudes beyond 90
  EXPECT_EQ(w.condition({{"bbox", "1,2,3"}}), "gateway.ogc.parameter bbox");
  EXPECT_EQ(w.condition({{"bbox", "1,2,3,x"}}), "gateway.ogc.parameter bbox");
  const auto tall = w.read({{"bbox", "114,30,-5,115,31,5"}});
  ASSERT_TRUE(tall);
  EXPECT_EQ(*tall->list.box, *lon->list.box);
}

TEST(ItemsQuery, ShapesAreComparedWholeAndAcrossTheDateLine) {
  World w;
  EXPECT_EQ(w.condition({{"bbox", "114,30,115,31"}}, FieldType::point), "");
  EXPECT_NE(w.condition({{"bbox", "114,30,115,31"}}, FieldType::polygon).find("S_INTERSECTS(place,"),
            std::string::npos);
  const auto wrapped = w.read({{"bbox", "170,-10,-170,10"}});
  ASSERT_TRUE(wrapped);
  EXPECT_FALSE(wrapped->list.box);
  EXPECT_TRUE(wrapped->condition);
}

TEST(ItemsQuery, PropertiesAreTypedAndHiddenOnesUnknown) {
  World w;
  EXPECT_EQ(w.condition({{"name", "东湖' OR 1=1"}}), "name = '东湖'' OR 1=1'");
  EXPECT_EQ(w.condition({{"floors", "3"}, {"name", "x"}}), "floors = 3 AND name = 'x'");
  EXPECT_EQ(w.condition({{"floors", "three"}}), "gateway.ogc.parameter floors");
  EXPECT_EQ(w.condition({{"hidden", "x"}}), "gateway.ogc.parameter hidden");
  EXPECT_EQ(w.condition({{"place", "x"}}), "gateway.ogc.parameter place");
  EXPECT_EQ(w.condition({{"nothing", "x"}}), "gateway.ogc.parameter nothing");
}

TEST(ItemsQuery, FilterFollowsItsLanguageAndAxes) {
  World w;
  const std::string lonlat = w.condition({{"filter", "S_INTERSECTS(place,POINT(114 30))"}});
  EXPECT_EQ(w.condition({{"filter", "S_INTERSECTS(place,POINT(30 114))"}, {"filter-crs", epsg}}), lonlat);
  EXPECT_EQ(
      w.condition(
          {{"filter", R"({"op":"s_intersects","args":[{"property":"place"},{"type":"Point","coordinates":[30,114]}]})"},
           {"filter-lang", "cql2-json"},
           {"filter-crs", epsg}}),
      lonlat);
  EXPECT_EQ(w.condition({{"filter", "S_INTERSECTS(place,BBOX(30,114,31,115))"}, {"filter-crs", epsg}}),
            w.condition({{"filter", "S_INTERSECTS(place,BBOX(114,30,115,31))"}}));
  EXPECT_EQ(w.condition({{"filter", "a = 1"}, {"filter-lang", "sql"}}), "gateway.ogc.parameter filter-lang");
  EXPECT_EQ(w.condition({{"filter", "a = 1"}, {"filter-crs", "EPSG:3857"}}), "gateway.ogc.parameter filter-crs");
  EXPECT_EQ(w.condition({{"filter", "a ="}}).substr(0, 11), "query.cql2.");
}

TEST(ItemsQuery, LimitAndTime) {
  World w;
  EXPECT_EQ(w.read({})->list.limit, 10);
  EXPECT_EQ(w.read({{"limit", "5000"}})->list.limit, 1000);
  EXPECT_EQ(w.condition({{"limit", "0"}}), "gateway.ogc.parameter limit");
  EXPECT_EQ(w.condition({{"limit", "x"}}), "gateway.ogc.parameter limit");
  EXPECT_EQ(*w.read({{"datetime", "1949-10-01"}})->list.as_of, *parse_date("1949-10-01"));
  EXPECT_EQ(*w.read({{"datetime", "../1949-10-01T16:00:00Z"}})->list.as_of, *parse_date("1949-10-02"));
  EXPECT_FALSE(w.read({{"datetime", "1949-10-01/.."}})->list.as_of);
  EXPECT_EQ(w.condition({{"datetime", "1949-10-01/1948-01-01"}}), "gateway.ogc.parameter datetime");
  EXPECT_EQ(w.condition({{"datetime", "yesterday"}}), "gateway.ogc.parameter datetime");
}

TEST(OpenFilter, NoConditionLeadsOut) {
  World w;
  w.entity.open_filter = "name = 'open'";
  EXPECT_FALSE(query::parse_text("TRUE) OR (TRUE"));
  const auto wanted = query::parse_text("floors = 1 OR floors = 2");
  ASSERT_TRUE(wanted);
  const auto whole = query::parse_text(within_open_rows(w.entity, *wanted));
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->op, query::Op::and_);
  EXPECT_EQ(within_open_rows(w.entity, std::nullopt), "name = 'open'");
}

}  // namespace
}  // namespace civitas::gateway
