#include "query/parse.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/strings.hpp"

namespace civitas::query {
namespace {

struct Pair {
  const char* text;
  const char* json;
};

// Every rule of the grammar once, on records of a city.
const Pair pairs[] = {
    {"kind = 'road'", R"({"op":"=","args":[{"property":"kind"},"road"]})"},
    {"kind <> 'road'", R"({"op":"<>","args":[{"property":"kind"},"road"]})"},
    {"floors < 3", R"({"op":"<","args":[{"property":"floors"},3]})"},
    {"floors > 3", R"({"op":">","args":[{"property":"floors"},3]})"},
    {"floors <= 3", R"({"op":"<=","args":[{"property":"floors"},3]})"},
    {"floors >= -3.5e2", R"({"op":">=","args":[{"property":"floors"},-350.0]})"},
    {"5 = floors", R"({"op":"=","args":[5,{"property":"floors"}]})"},
    {"vanished = TRUE", R"({"op":"=","args":[{"property":"vanished"},true]})"},
    {"vanished", R"({"property":"vanished"})"},
    {"TRUE", "true"},
    {"a = 1 AND b = 2 AND c = 3",
     R"({"op":"and","args":[{"op":"=","args":[{"property":"a"},1]},{"op":"=","args":[{"property":"b"},2]},{"op":"=","args":[{"property":"c"},3]}]})"},
    {"a = 1 OR b = 2 AND NOT c = 3",
     R"({"op":"or","args":[{"op":"=","args":[{"property":"a"},1]},{"op":"and","args":[{"op":"=","args":[{"property":"b"},2]},{"op":"not","args":[{"op":"=","args":[{"property":"c"},3]}]}]}]})"},
    {"(a = 1 OR b = 2) AND c = 3",
     R"({"op":"and","args":[{"op":"or","args":[{"op":"=","args":[{"property":"a"},1]},{"op":"=","args":[{"property":"b"},2]}]},{"op":"=","args":[{"property":"c"},3]}]})"},
    {"NOT (NOT a)", R"({"op":"not","args":[{"op":"not","args":[{"property":"a"}]}]})"},
    {"name LIKE '中山%'", R"({"op":"like","args":[{"property":"name"},"中山%"]})"},
    {"NOT name LIKE '100\\%'", R"({"op":"not","args":[{"op":"like","args":[{"property":"name"},"100\\%"]}]})"},
    {"CASEI(name) LIKE CASEI('%road')",
     R"({"op":"like","args":[{"op":"casei","args":[{"property":"name"}]},{"op":"casei","args":["%road"]}]})"},
    {"ACCENTI(name) = ACCENTI('Lüshun')",
     R"({"op":"=","args":[{"op":"accenti","args":[{"property":"name"}]},{"op":"accenti","args":["Lüshun"]}]})"},
    {"floors BETWEEN 2 AND 5", R"({"op":"between","args":[{"property":"floors"},2,5]})"},
    {"kind IN ('road','lane')", R"({"op":"in","args":[{"property":"kind"},["road","lane"]]})"},
    {"division IN my_divisions()", R"({"op":"in","args":[{"property":"division"},{"op":"my_divisions","args":[]}]})"},
    {"photos IS NULL", R"({"op":"isNull","args":[{"property":"photos"}]})"},
    {"NOT photos IS NULL", R"({"op":"not","args":[{"op":"isNull","args":[{"property":"photos"}]}]})"},
    {"(a = 1) IS NULL", R"({"op":"isNull","args":[{"op":"=","args":[{"property":"a"},1]}]})"},
    {"a + b - 2 > c * 3 / 4",
     R"({"op":">","args":[{"op":"-","args":[{"op":"+","args":[{"property":"a"},{"property":"b"}]},2]},{"op":"/","args":[{"op":"*","args":[{"property":"c"},3]},4]}]})"},
    {"a - (b - c) = a ^ 2",
     R"({"op":"=","args":[{"op":"-","args":[{"property":"a"},{"op":"-","args":[{"property":"b"},{"property":"c"}]}]},{"op":"^","args":[{"property":"a"},2]}]})"},
    {"a % 2 = b div 3",
     R"({"op":"=","args":[{"op":"%","args":[{"property":"a"},2]},{"op":"div","args":[{"property":"b"},3]}]})"},
    {"named_on > DATE('1949-10-01')", R"({"op":">","args":[{"property":"named_on"},{"date":"1949-10-01"}]})"},
    {"changed >= TIMESTAMP('2026-11-21T03:47:00.25Z')",
     R"({"op":">=","args":[{"property":"changed"},{"timestamp":"2026-11-21T03:47:00.25Z"}]})"},
    {"T_AFTER(named_on,DATE('1949-10-01'))",
     R"({"op":"t_after","args":[{"property":"named_on"},{"date":"1949-10-01"}]})"},
    {"T_DURING(INTERVAL(valid_from,valid_to),INTERVAL('1949-10-01','..'))",
     R"({"op":"t_during","args":[{"interval":[{"property":"valid_from"},{"property":"valid_to"}]},{"interval":["1949-10-01",".."]}]})"},
    {"T_METBY(INTERVAL('..','2000-01-01T00:00:00Z'),INTERVAL(valid_from,valid_to))",
     R"({"op":"t_metBy","args":[{"interval":["..","2000-01-01T00:00:00Z"]},{"interval":[{"property":"valid_from"},{"property":"valid_to"}]}]})"},
    {"S_INTERSECTS(place,POINT(113.4 22.5))",
     R"({"op":"s_intersects","args":[{"property":"place"},{"type":"Point","coordinates":[113.4,22.5]}]})"},
    {"S_WITHIN(place,BBOX(113,22,114,23))",
     R"({"op":"s_within","args":[{"property":"place"},{"bbox":[113,22,114,23]}]})"},
    {"S_CROSSES(place,LINESTRING(113 22,114 23))",
     R"({"op":"s_crosses","args":[{"property":"place"},{"type":"LineString","coordinates":[[113,22],[114,23]]}]})"},
    {"S_OVERLAPS(place,POLYGON((113 22,114 22,114 23,113 22),(113.1 22.1,113.2 22.1,113.2 22.2,113.1 22.1)))",
     R"({"op":"s_overlaps","args":[{"property":"place"},{"type":"Polygon","coordinates":[[[113,22],[114,22],[114,23],[113,22]],[[113.1,22.1],[113.2,22.1],[113.2,22.2],[113.1,22.1]]]}]})"},
    {"S_EQUALS(place,MULTIPOINT((113 22),(114 23)))",
     R"({"op":"s_equals","args":[{"property":"place"},{"type":"MultiPoint","coordinates":[[113,22],[114,23]]}]})"},
    {"S_TOUCHES(place,MULTILINESTRING((113 22,114 23),(1 2,3 4)))",
     R"({"op":"s_touches","args":[{"property":"place"},{"type":"MultiLineString","coordinates":[[[113,22],[114,23]],[[1,2],[3,4]]]}]})"},
    {"S_DISJOINT(place,MULTIPOLYGON(((113 22,114 22,114 23,113 22))))",
     R"({"op":"s_disjoint","args":[{"property":"place"},{"type":"MultiPolygon","coordinates":[[[[113,22],[114,22],[114,23],[113,22]]]]}]})"},
    {"S_CONTAINS(place,GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,3 4)))",
     R"({"op":"s_contains","args":[{"property":"place"},{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},{"type":"LineString","coordinates":[[1,2],[3,4]]}]}]})"},
    {"S_EQUALS(place,POINT Z(1 2 3))",
     R"({"op":"s_equals","args":[{"property":"place"},{"type":"Point","coordinates":[1,2,3]}]})"},
    {"A_CONTAINS(tags,('old','alley'))", R"({"op":"a_contains","args":[{"property":"tags"},["old","alley"]]})"},
    {"A_CONTAINEDBY(tags,())", R"({"op":"a_containedBy","args":[{"property":"tags"},[]]})"},
    {"A_OVERLAPS(tags,('a',TRUE,1.5))", R"({"op":"a_overlaps","args":[{"property":"tags"},["a",true,1.5]]})"},
    {"any(signs,state = 'installed')",
     R"({"op":"any","args":[{"property":"signs"},{"op":"=","args":[{"property":"state"},"installed"]}]})"},
    {"division.code = '442000'", R"({"op":"=","args":[{"property":"division.code"},"442000"]})"},
    {"\"in\" = 1 AND 地名 = '孙文西路' AND eo:cloud = 1",
     R"({"op":"and","args":[{"op":"=","args":[{"property":"in"},1]},{"op":"=","args":[{"property":"地名"},"孙文西路"]},{"op":"=","args":[{"property":"eo:cloud"},1]}]})"},
    {"note = 'it''s \\\\ a\\ttab'", R"({"op":"=","args":[{"property":"note"},"it's \\ a\ttab"]})"},
};

TEST(Parse, TextAndJsonAreTheSameTree) {
  for (const auto& [text, json] : pairs) {
    const auto from_text = parse_text(text);
    ASSERT_TRUE(from_text) << text << ": " << from_text.error().message.en;
    const auto from_json = parse_json_text(json);
    ASSERT_TRUE(from_json) << json << ": " << from_json.error().message.en;
    EXPECT_TRUE(equal(*from_text, *from_json)) << text << "\n" << to_json(*from_text).dump() << "\n" << json;
    const auto again = parse_text(to_text(*from_json));
    ASSERT_TRUE(again) << to_text(*from_json);
    EXPECT_TRUE(equal(*again, *from_json)) << to_text(*from_json);
    const auto json_again = parse_json(to_json(*from_text));
    ASSERT_TRUE(json_again);
    EXPECT_TRUE(equal(*json_again, *from_text)) << text;
  }
}

TEST(Parse, OtherSpellings) {
  const Pair same[] = {
      {"name not like 'A%'", "NOT name LIKE 'A%'"},
      {"floors NOT BETWEEN 1 and 2", "NOT floors BETWEEN 1 AND 2"},
      {"kind NOT IN ('a')", "NOT kind IN ('a')"},
      {"photos IS NOT NULL", "NOT photos IS NULL"},
      {"- a * 2 = 1", "-1 * a * 2 = 1"},
      {"s_intersects(place, point(1 2))", "S_INTERSECTS(place,POINT(1 2))"},
      {"a=.5 and b=5.", "a = 0.5 AND b = 5.0"},
      {"((a)) = ((1))", "a = 1"},
      {"d = date('2020-02-29')", "d = DATE('2020-02-29')"},
      {"date = 1 AND point = 2 AND interval = 3", "date = 1 AND \"point\" = 2 AND interval = 3"},
      {"x = 'it\\'s'", "x = 'it''s'"},
      {"S_EQUALS(place,MULTIPOINT(1 2,3 4))", "S_EQUALS(place,MULTIPOINT((1 2),(3 4)))"},
      {"a = TIMESTAMP('2020-01-01T08:00:00+08:00')", "a = TIMESTAMP('2020-01-01T00:00:00Z')"},
  };
  for (const auto& [text, canonical] : same) {
    const auto expr = parse_text(text);
    ASSERT_TRUE(expr) << text << ": " << expr.error().message.en;
    EXPECT_EQ(to_text(*expr), canonical);
  }
}

struct Wrong {
  const char* text;
  const char* reason;
  int character;
};

TEST(Parse, ErrorsNameTheCharacter) {
  const Wrong wrong[] = {
      {"", "query.cql2.syntax", 1},
      {"名称 = ", "query.cql2.syntax", 6},
      {"名称 = '孙文", "query.cql2.string", 6},
      {"名称 == 1", "query.cql2.syntax", 5},
      {"地名 = 1 且 x", "query.cql2.syntax", 8},
      {"地名 = (1", "query.cql2.syntax", 8},
      {"地名 = “路”", "query.cql2.character", 6},
      {"长度\uff08地名\uff09 = 1", "query.cql2.character", 3},
      {"a = 1; b", "query.cql2.character", 6},
      {"a = 12x", "query.cql2.number", 5},
      {"a = 1e999", "query.cql2.number", 5},
      {"a NOT 3", "query.cql2.syntax", 7},
      {"a IN ()", "query.cql2.arguments", 6},
      {"a IN CASEI('x')", "query.cql2.syntax", 6},
      {"a IN A_CONTAINS(b,('x'))", "query.cql2.syntax", 6},
      {"a BETWEEN 1 OR 2", "query.cql2.syntax", 13},
      {"a < b < c", "query.cql2.syntax", 7},
      {"d = DATE('2021-02-29')", "query.cql2.date", 10},
      {"d = TIMESTAMP('2021-02-28')", "query.cql2.date", 15},
      {"S_INTERSECTS(p)", "query.cql2.arguments", 1},
      {"S_INTERSECTS(p,POINT(1))", "query.cql2.geometry", 23},
      {"T_AFTER(d,INTERVAL('..'))", "query.cql2.syntax", 24},
      {"a = '\x01'", "query.cql2.character", 6},
  };
  for (const auto& [text, reason, character] : wrong) {
    const auto expr = parse_text(text);
    ASSERT_FALSE(expr) << text;
    EXPECT_EQ(expr.error().reason, reason) << text << ": " << expr.error().message.en;
    EXPECT_TRUE(expr.error().message.en.starts_with("At character " + std::to_string(character) + " "))
        << text << ": " << expr.error().message.en;
    EXPECT_NE(expr.error().message.zh.find("第 " + std::to_string(character) + " 个字符"), std::string::npos);
  }
  EXPECT_NE(parse_text("长度\uff08地名\uff09 = 1").error().message.en.find("( is meant"), std::string::npos);
}

TEST(Parse, NodesKnowWhereTheyStand) {
  const auto expr = parse_text("地名 = '路' AND floors > 3");
  ASSERT_TRUE(expr);
  const Expr& floors = expr->args[1].args[0];
  EXPECT_EQ(floors.at.character, 13u);
  EXPECT_EQ(floors.at.byte, 19u);
  const auto json = parse_json(to_json(*expr));
  ASSERT_TRUE(json);
  EXPECT_EQ(json->args[1].args[0].at.character, 13u);
}

TEST(Parse, HostileInputIsRefusedQuickly) {
  const auto start = std::chrono::steady_clock::now();
  const auto reason = [](const std::string& text) {
    const auto expr = parse_text(text);
    return expr ? "accepted" : expr.error().reason;
  };
  EXPECT_EQ(reason(std::string(1'000'000, '(')), "query.cql2.length");
  EXPECT_EQ(reason(std::string(100'000, '(')), "query.cql2.depth");
  std::string nots, sums = "a = 1", many = "a", minus = "a = ", chain = "a = 1";
  for (int i = 0; i < 20'000; ++i) nots += "NOT ";
  for (int i = 0; i < 20'000; ++i) sums += "+1";
  for (int i = 0; i < 30'000; ++i)
    many +=
        ","
        "a";
  for (int i = 0; i < 50'000; ++i) minus += "-";
  for (int i = 0; i < 8'000; ++i) chain += " OR a = 1";
  EXPECT_EQ(reason(nots), "query.cql2.depth");
  EXPECT_EQ(reason(sums), "query.cql2.depth");
  EXPECT_EQ(reason("f(" + many + ")"), "query.cql2.nodes");
  EXPECT_EQ(reason(minus), "query.cql2.syntax");
  EXPECT_EQ(reason(chain), "query.cql2.nodes");
  EXPECT_EQ(reason("a = '\xff'"), "query.cql2.character");
  std::string json = "1";
  for (int i = 0; i < 9'000; ++i) json = "[" + json + "]";
  EXPECT_FALSE(parse_json_text(json));
  std::string nested = "true";
  for (int i = 0; i < 105; ++i) nested = R"({"op":"not","args":[)" + nested + "]}";
  const auto deep = parse_json_text(nested);
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().reason, "query.cql2.depth");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST(Parse, JsonErrorsNameThePointer) {
  const Wrong wrong[] = {
      {R"({"op":"and","args":[true,{"op":"=","args":[1]}]})", "query.cql2.arguments", 0},
      {R"({"op":"and","args":[true,{"property":"1x"}]})", "query.cql2.syntax", 0},
      {R"({"op":"and","args":[true,{"date":"2020"}]})", "query.cql2.date", 0},
      {R"({"op":"and","args":[true,{"type":"Circle"}]})", "query.cql2.geometry", 0},
      {R"({"op":"and","args":[true,{"op":"&&","args":[]}]})", "query.cql2.operator", 0},
      {R"({"op":"and","args":[true,null]})", "query.cql2.syntax", 0},
      {R"({"op":"and","args":[true,{"bbox":[1,2,3,"4"]}]})", "query.cql2.geometry", 0},
  };
  for (const auto& [text, reason, unused] : wrong) {
    const auto expr = parse_json_text(text);
    ASSERT_FALSE(expr) << text;
    EXPECT_EQ(expr.error().reason, reason) << text;
    EXPECT_NE(expr.error().message.en.find("/args/1"), std::string::npos) << expr.error().message.en;
  }
}

// The standard's own examples, when a copy of cql2/standard/schema/examples of the OGC repository is at hand.
TEST(Parse, ExamplesOfTheStandard) {
  const char* folder = std::getenv("CIVITAS_CQL2_EXAMPLES");
  if (folder == nullptr) GTEST_SKIP() << "CIVITAS_CQL2_EXAMPLES names no folder";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(folder) / "text")) {
    const auto text = read_file(entry.path());
    ASSERT_TRUE(text);
    const auto expr = parse_text(*text);
    ASSERT_TRUE(expr) << entry.path() << ": " << expr.error().message.en;
    const auto again = parse_text(to_text(*expr));
    ASSERT_TRUE(again) << to_text(*expr);
    EXPECT_TRUE(equal(*expr, *again)) << to_text(*expr);
    std::string name = entry.path().stem().string();
    name = name.substr(0, name.find("-alt"));
    const auto json = read_file(std::filesystem::path(folder) / "json" / (name + ".json"));
    ASSERT_TRUE(json) << name;
    const auto from_json = parse_json_text(*json);
    ASSERT_TRUE(from_json) << name << ": " << from_json.error().message.en;
    if (!equal(*expr, *from_json)) ADD_FAILURE() << entry.path() << "\n" << to_json(*expr).dump() << "\n" << *json;
    ++count;
  }
  EXPECT_GT(count, 80);
}

}  // namespace
}  // namespace civitas::query
