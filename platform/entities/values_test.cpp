// Values that declarations give: defaults from other fields, from what is referred to, and from where a point lies; and
// which records a reference may choose. On both databases.
#include <gtest/gtest.h>

#include "entities/test_town.hpp"

namespace civitas::entities {
namespace {

constexpr const char* cell_yaml = R"yaml(entity: cell
title: {zh: 网格, en: Cell}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
  - {name: boundary, type: polygon, title: {zh: 范围, en: Boundary}, required: true}
  - {name: district, type: ref, to: district, title: {zh: 区, en: District}}
  - {name: open, type: boolean, title: {zh: 开放, en: Open}, default: true}
list: {columns: [name], sort: [name]}
access: [{role: clerk, read: "TRUE", create: "TRUE", write: "TRUE"}]
)yaml";

constexpr const char* grade_yaml = R"yaml(entity: grade
title: {zh: 级别, en: Grade}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
  - {name: hours, type: integer, title: {zh: 小时, en: Hours}}
list: {columns: [name], sort: [-name]}
access: [{role: clerk, read: "TRUE", create: "TRUE", write: "TRUE"}]
)yaml";

constexpr const char* report_yaml = R"yaml(entity: report
title: {zh: 上报, en: Report}
title_field: text
fields:
  - {name: text, type: text, title: {zh: 内容, en: Text}, required: true}
  - {name: place, type: point, title: {zh: 位置, en: Place}}
  - {name: cell, type: ref, to: cell, title: {zh: 网格, en: Cell}, default: {value: "first(cell, S_CONTAINS(boundary, $place))"},
     options: "open = TRUE AND ($district IS NULL OR district = $district)"}
  - {name: district, type: ref, to: district, title: {zh: 区, en: District}, default: {value: "cell.district"}}
  - {name: grade, type: ref, to: grade, title: {zh: 级别, en: Grade}}
  - {name: day, type: date, title: {zh: 日期, en: Day}, default: {value: "today()"}}
  - {name: due, type: instant, title: {zh: 期限, en: Due}, default: {value: "add_hours(now(), grade.hours)"}}
  - {name: longest, type: integer, title: {zh: 最长, en: Longest}, default: {value: "first(grade, TRUE, hours * 2)"}}
  - {name: half, type: decimal, title: {zh: 一半, en: Half}, default: {value: "longest / 4"}}
list: {columns: [text], filters: [cell], sort: [text]}
access: [{role: clerk, read: "TRUE", create: "TRUE", write: "TRUE"}]
)yaml";

Json json(std::string_view text) { return Json::parse(text).value(); }

class ValuesTest : public TownTest {
 protected:
  void SetUp() override {
    declare("town/cell.yaml", cell_yaml);
    declare("town/grade.yaml", grade_yaml);
    declare("town/report.yaml", report_yaml);
    TownTest::SetUp();
    west = cell("西格", 114.0, 0);
    east = cell("东格", 114.1, 1);
  }
  std::string cell(const std::string& name, double x, std::size_t district) {
    const auto at = [](double lon, double lat) { return "[" + std::to_string(lon) + "," + std::to_string(lat) + "]"; };
    const auto made = create(clerk, "town/cell",
                             json(R"({"name":")" + name + R"(","boundary":{"type":"Polygon","coordinates":[[)" +
                                  at(x, 30) + "," + at(x + 0.1, 30) + "," + at(x + 0.1, 30.1) + "," + at(x, 30.1) +
                                  "," + at(x, 30) + R"(]]},"district":")" + districts[district] + "\"}"));
    EXPECT_TRUE(made) << made.error().message.en << made.error().detail;
    return made ? (*made)["id"].as_string() : "";
  }
  Result<Json> report(const std::string& members) {
    return create(clerk, "town/report", json(R"({"text":"灯不亮")" + members + "}"));
  }
  std::string west, east;
};

const std::string in_the_east = R"(,"place":{"type":"Point","coordinates":[114.15,30.05]})";

TEST_P(ValuesTest, AReportFindsItsCellByThePointAndItsDistrictByTheCell) {
  const auto made = report(in_the_east);
  ASSERT_TRUE(made) << made.error().message.en << made.error().detail;
  EXPECT_EQ((*made)["cell"].dump(), R"({"id":")" + east + R"(","title":"东格"})");
  EXPECT_EQ((*made)["district"]["id"].as_string(), districts[1]);
  EXPECT_EQ((*made)["day"].as_string(), "2026-11-21");
  EXPECT_EQ(*get(clerk, "town/report", (*made)["id"].as_string()), [&] {
    Json same = *get(clerk, "town/report", (*made)["id"].as_string());
    same.set("cell", (*made)["cell"]);
    return same;
  }());
}

TEST_P(ValuesTest, WhereNothingIsFoundTheFieldStaysEmpty) {
  const auto far = report(R"(,"place":{"type":"Point","coordinates":[120,31]})");
  ASSERT_TRUE(far) << far.error().message.en;
  EXPECT_TRUE((*far)["cell"].is_null());
  EXPECT_TRUE((*far)["district"].is_null());
  const auto nowhere = report("");
  ASSERT_TRUE(nowhere) << nowhere.error().message.en;
  EXPECT_TRUE((*nowhere)["cell"].is_null());
  EXPECT_TRUE((*nowhere)["due"].is_null());
  EXPECT_TRUE((*nowhere)["longest"].is_null());
}

TEST_P(ValuesTest, WhatWasGivenStays) {
  const auto made = report(in_the_east + R"(,"cell":")" + west + R"(","day":"2026-01-02")");
  ASSERT_TRUE(made) << made.error().message.en;
  EXPECT_EQ((*made)["cell"]["id"].as_string(), west);
  EXPECT_EQ((*made)["district"]["id"].as_string(), districts[0]);
  EXPECT_EQ((*made)["day"].as_string(), "2026-01-02");
}

TEST_P(ValuesTest, TheFirstIsThatOfTheList) {
  std::string quick;
  for (const auto& [name, hours] : {std::pair{"a", 3}, {"c", 8}, {"b", 5}}) {
    const auto made = create(clerk, "town/grade", json(R"({"name":")" + std::string(name) + R"(","hours":)" + std::to_string(hours) + "}"));
    ASSERT_TRUE(made);
    if (*name == 'a') quick = (*made)["id"].as_string();
  }
  const auto made = report(R"(,"grade":")" + quick + "\"");
  ASSERT_TRUE(made) << made.error().message.en;
  EXPECT_EQ((*made)["due"].as_string(), "2026-11-21T03:00:00.000Z");
  EXPECT_EQ((*made)["longest"].as_integer(), 16);
  EXPECT_EQ((*made)["half"].as_number(), 4);
}

TEST_P(ValuesTest, OnlyWhatMayBeChosenIsTaken) {
  ASSERT_TRUE(update(clerk, "town/cell", west, json(R"({"open":false})")));
  const auto closed = report(R"(,"cell":")" + west + "\"");
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().reason, "entities.field.option");
  EXPECT_EQ(closed.error().field, "cell");
  const auto elsewhere = report(R"(,"cell":")" + east + R"(","district":")" + districts[0] + "\"");
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().reason, "entities.field.option");
  const auto good = report(R"(,"cell":")" + east + "\"");
  ASSERT_TRUE(good) << good.error().message.en;
  const std::string id = (*good)["id"].as_string();
  // A choice that was good stays, until it or what it depends on is changed.
  ASSERT_TRUE(update(clerk, "town/cell", east, json(R"({"open":false})")));
  EXPECT_TRUE(update(clerk, "town/report", id, json(R"({"text":"灯亮了"})")));
  EXPECT_FALSE(update(clerk, "town/report", id, json(R"({"district":")" + districts[2] + "\"}")));
}

TEST_P(ValuesTest, AWrongValueIsNamedWhenItIsLoaded) {
  const auto mistake = [&](const std::string& field) {
    std::string text = report_yaml;
    text.replace(text.find("list:"), 0, "  - {" + field + ", title: {zh: 甲, en: A}}\n");
    declare("town/report.yaml", text);
    const auto loaded = declared();
    if (!loaded) return loaded.error().message.en;
    Conditions conditions(**loaded);
    const auto good = conditions.check_all();
    return good ? std::string() : good.error().message.en;
  };
  EXPECT_EQ(mistake(R"y(name: a, type: date, default: {value: "add_days(day, 3)"})y"), "");
  EXPECT_NE(mistake(R"y(name: a, type: date, default: {value: "text"})y").find("which the field a (date) cannot take"),
            std::string::npos);
  EXPECT_NE(mistake(R"y(name: a, type: ref, to: cell, default: {value: "first(grade, TRUE)"})y")
                .find("gives a record of town/grade, which the field a (ref) cannot take"),
            std::string::npos);
  EXPECT_NE(mistake(R"y(name: a, type: text, default: {value: "first(cel, TRUE)"})y").find("is cell meant?"),
            std::string::npos);
  EXPECT_NE(mistake(R"y(name: a, type: text, default: {value: "$text"})y").find("$text belongs into first()"),
            std::string::npos);
  EXPECT_NE(mistake(R"y(name: a, type: text, default: {value: "a"})y").find("put it before"), std::string::npos);
  EXPECT_NE(mistake(R"y(name: a, type: text, default: {valeu: "a"})y").find("default"), std::string::npos);
  EXPECT_NE(mistake(R"y(name: a, type: ref, to: cell, options: "name = $txt")y").find("is text meant?"),
            std::string::npos);
  EXPECT_NE(mistake(R"y(name: a, type: text, options: "name = $text")y").find("only a field of the type ref"),
            std::string::npos);
}

// What a step sets, what a default gives, what is computed: one evaluator knows the same of all of them.
TEST_P(ValuesTest, AValueIsTheSameWhoeverGetsIt) {
  const auto grade = create(clerk, "town/grade", json(R"({"name":"a","hours":3})"));
  ASSERT_TRUE(grade);
  const auto made = report(in_the_east + R"(,"grade":")" + (*grade)["id"].as_string() + "\"");
  ASSERT_TRUE(made) << made.error().message.en;
  const Json record = *get(clerk, "town/report", (*made)["id"].as_string());
  Json before = record;
  before.set("text", Json("灯"));
  const auto value = [&](const std::string& field, const std::string& text) {
    std::string out;
    EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
      const Entity& e = entity("town/report");
      const auto found = store->values().of(c, clerk, {e, record, &before}, *e.field(field), text);
      out = found ? found->dump() : found.error().message.en;
      return {};
    }));
    return out;
  };
  EXPECT_EQ(value("text", "NULL"), "null");
  EXPECT_EQ(value("text", "concat(text, '-', cell.name, ' ', longest)"), R"("灯不亮-东格 6")");
  EXPECT_EQ(value("text", "concat(text, old(text))"), R"("灯不亮灯")");
  EXPECT_EQ(value("text", "concat(text, grade.name, first(cell, name = 'none', name))"), "null");
  EXPECT_EQ(value("cell", "first(cell, NOT S_CONTAINS(boundary, $place))"), R"({"id":")" + west + "\"}");
  EXPECT_EQ(value("longest", "first(grade, TRUE, hours)"), "3");
  EXPECT_EQ(value("longest", "length(upper(text))"), "3");
  // As they stand: with their titles, and what no value of a condition carries.
  EXPECT_EQ(value("cell", "cell"), record["cell"].dump());
  EXPECT_EQ(value("place", "place"), record["place"].dump());
  EXPECT_EQ(value("district", "cell.district"), record["district"].dump());
  EXPECT_EQ(value("day", "add_days(day, 2)"), R"("2026-11-23")");
  EXPECT_EQ(value("due", "day"), R"("2026-11-20T16:00:00.000Z")");
}

TEST_P(ValuesTest, TextsAreJoinedInListsToo) {
  ASSERT_TRUE(report(""));
  ASSERT_TRUE(report(in_the_east));
  ListQuery q;
  q.filter = "concat(text, '/', id) LIKE '灯不亮/%' AND concat(cell.name, '!') = '东格!'";
  const auto found = list(clerk, "town/report", q);
  ASSERT_TRUE(found) << found.error().message.en << found.error().detail;
  EXPECT_EQ((*found)["items"].size(), 1u);
}

TEST_P(ValuesTest, ACallersFilterKnowsNoOtherRecord) {
  ListQuery q;
  q.filter = "text = $text";
  EXPECT_FALSE(list(clerk, "town/report", q));
  q.filter = "cell = first(cell, TRUE)";
  EXPECT_FALSE(list(clerk, "town/report", q));
}

INSTANTIATE_TEST_SUITE_P(Engines, ValuesTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::entities
