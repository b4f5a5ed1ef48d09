// Numbers made from fields of the record and of what it refers to. On both databases.
#include <gtest/gtest.h>

#include "entities/test_town.hpp"

namespace civitas::entities {
namespace {

constexpr const char* road_yaml = R"yaml(entity: road
title: {zh: 路, en: Road}
fields:
  - {name: name, type: text, title: {zh: 名, en: Name}, required: true}
  - {name: opened, type: date, title: {zh: 通车, en: Opened}}
  - {name: grade, type: integer, title: {zh: 等级, en: Grade}}
list: {columns: [name], sort: [name]}
access: [{role: clerk, read: "TRUE", create: "TRUE"}]
)yaml";

std::string sign_yaml(const std::string& rule) {
  return R"yaml(entity: sign
title: {zh: 牌, en: Sign}
title_field: number
fields:
  - {name: number, type: code, title: {zh: 号, en: Number}, rule: ")yaml" +
         rule + R"yaml("}
  - {name: road, type: ref, to: road, title: {zh: 路, en: Road}}
  - {name: day, type: date, title: {zh: 日, en: Day}}
list: {columns: [number], sort: [number]}
access: [{role: clerk, read: "TRUE", create: "TRUE"}]
)yaml";
}

class CodesTest : public TownTest {
 protected:
  void SetUp() override {
    declare("town/road.yaml", road_yaml);
    declare("town/sign.yaml", sign_yaml("{serial}"));
    TownTest::SetUp();
    const auto made = create(clerk, "town/road", *Json::parse(R"({"name":"琴台路","opened":"2024-05-01","grade":3})"));
    ASSERT_TRUE(made) << made.error().message.en;
    road = (*made)["id"].as_string();
  }
  std::string numbered(const std::string& rule, const std::string& more = "") {
    declare("town/sign.yaml", sign_yaml(rule));
    load();
    const auto made = create(clerk, "town/sign", *Json::parse(R"({"day":"2026-11-20","road":")" + road + "\"" + more + "}"));
    return made ? (*made)["number"].as_string() : made.error().reason + " " + made.error().field;
  }
  std::string road;
};

TEST_P(CodesTest, WhatIsReferredToIsWrittenAsPeopleKnowIt) {
  EXPECT_EQ(numbered("{road}-{serial:3}"), "琴台路-001");
  EXPECT_EQ(numbered("{road.opened:0:4}-{serial:3}"), "2024-001");
  EXPECT_EQ(numbered("{road.grade}{serial:2}"), "301");
  EXPECT_EQ(numbered("{day}/{serial:2}"), "2026-11-20/01");
}

TEST_P(CodesTest, WithoutTheValueTheFieldIsNamed) {
  declare("town/sign.yaml", sign_yaml("{road.opened:0:4}-{serial:3}"));
  load();
  const auto made = create(clerk, "town/sign", Json::object());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, "entities.code.incomplete");
  EXPECT_EQ(made.error().field, "road");
  EXPECT_EQ(made.error().kind, Kind::invalid);
}

INSTANTIATE_TEST_SUITE_P(Engines, CodesTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::entities
