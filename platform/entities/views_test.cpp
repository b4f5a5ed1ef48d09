#include "entities/views.hpp"

#include <gtest/gtest.h>

#include "entities/catalog.hpp"
#include "entities/conditions.hpp"
#include "entities/loader.hpp"
#include "entities/reader.hpp"
#include "entities/test_town.hpp"

namespace civitas::entities {
namespace {

/// What is said, in English, of a lamp with this list and these more lines; "" when it is good. The list stands in line
/// 10, what comes after it begins in line 11.
std::string said_of(const std::string& list, const std::string& more, const std::string& item = "{entity: lamp}") {
  const std::string lamp =
      "entity: lamp\n"
      "title: {zh: 灯, en: Lamp}\n"
      "fields:\n"
      "  - {name: name, type: text, title: {zh: 名, en: Name}}\n"
      "  - {name: above, type: ref, to: lamp, title: {zh: 上, en: Above}}\n"
      "  - {name: made, type: date, title: {zh: 日, en: Made}}\n"
      "  - {name: shape, type: polygon, title: {zh: 形, en: Shape}}\n"
      "  - {name: lit, type: boolean, title: {zh: 亮, en: Lit}}\n"
      "access: [{role: clerk, read: \"TRUE\"}, {role: public, read: \"TRUE\"}]\n"
      "list: " +
      list + "\n" + more;
  Mistakes mistakes;
  std::vector<System> systems;
  systems.push_back(
      read_system("town",
                  {{"system.yaml", std::string(town_yaml) + "menu: [{title: {zh: 灯, en: Lamps}, items: [" + item + "]}]\n"},
                   {"lamp.yaml", lamp}},
                  mistakes));
  if (!mistakes.none()) return mistakes.to_problem().message.en;
  const auto catalog = Catalog::make(std::move(systems));
  if (!catalog) return catalog.error().message.en;
  Conditions conditions(**catalog);
  const auto sound = conditions.check_all();
  return sound ? "" : sound.error().message.en;
}

bool says(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

constexpr const char* course =
    "process: {initial: open, limit: 3 days, states: [{name: open, title: {zh: 开, en: Open}}, {name: done, title: {zh: 完, "
    "en: Done}, kind: final}], transitions: [{name: finish, title: {zh: 完, en: Finish}, from: open, to: done, role: "
    "clerk}]}\n";

TEST(ViewDeclarations, GoodOnes) {
  EXPECT_EQ(said_of("{columns: [name], board: lit, calendar: made, tree: above}",
                    "views:\n"
                    "  - {name: lit, title: {zh: 亮, en: Lit}, when: \"lit = TRUE\", columns: [name, made], layout: calendar, badge: true}\n"
                    "  - {name: dark, title: {zh: 暗, en: Dark}, role: chief, sort: [-made], layout: board}\n"
                    "related: [{entity: lamp, by: above, create: true, title: {zh: 下, en: Below}}]\n",
                    "{entity: lamp, views: true}, {entity: lamp, view: lit}"),
            "");
  EXPECT_EQ(said_of("{columns: [name], board: state}",
                    std::string(course) +
                        "views:\n"
                        "  - {name: late, title: {zh: 超, en: Late}, when: \"case.late = TRUE AND case.person = me()\", sort: [case.due_at], badge: true}\n"),
            "");
}

TEST(ViewDeclarations, WhatIsWrongIsNamedWithFileAndLine) {
  const std::string all = said_of("{columns: [name], board: made, calendar: lit, tree: name}",
                                  "views:\n"
                                  "  - {name: a, title: {zh: 甲, en: A}, columns: [nam], sort: [case.due_at]}\n"
                                  "  - {name: a, title: {zh: 乙, en: B}, sort: [shape], layout: map}\n");
  for (const char* part : {"town/lamp.yaml:10: list.board must be state", "list.calendar: lit must be a date",
                           "list.tree must be a reference", "town/lamp.yaml:12: views.a names nam, which there is not; did you mean name",
                           "views.a.sort names case.due_at", "town/lamp.yaml:13: views.a cannot be sorted by shape",
                           "layout: map, which needs list.map", "repeats the name a"})
    EXPECT_TRUE(says(all, part)) << part << "\n" << all;
  EXPECT_TRUE(says(said_of("{board: state}", ""), "state needs a process"));
  EXPECT_TRUE(says(said_of("{columns: [name]}", "views: [{name: a, title: {zh: 甲, en: A}, role: clark}]\n"), "no role clark"));
  EXPECT_TRUE(says(said_of("{columns: [name]}", "views: [{name: a, title: {zh: 甲, en: A}, when: \"nam = 'x'\"}]\n"),
                   "is name meant"));
  EXPECT_TRUE(says(said_of("{columns: [name]}", "views: [{name: a, title: {zh: 甲, en: A}, when: \"case.late = TRUE\"}]\n"),
                   "no property case"));
  EXPECT_TRUE(says(said_of("{columns: [name]}",
                           "views: [{name: a, title: {zh: 甲, en: A}, badge: true, when: \"S_INTERSECTS(shape, POINT(114 30))\"}]\n"),
                   "the condition of a badge"));
  EXPECT_TRUE(says(said_of("{columns: [name]}", "related: [{entity: lamp, by: name}, {entity: lump, by: above}]\n"),
                   "has no reference name to this type; did you mean above"));
  EXPECT_TRUE(says(said_of("{columns: [name]}", "", "{entity: lamp, view: lit}"), "the menu names no view lit of lamp"));
  EXPECT_TRUE(says(said_of("{columns: [name]}", "", "{page: lamps, views: true}"), "view and views go with an entity"));
}

TEST(ViewDeclarations, ACaseIsReadInListsOnly) {
  const std::string all = said_of("{columns: [name]}",
                                  std::string(course) + "flags: [{name: late, title: {zh: 超, en: Late}, when: \"case.late = TRUE\", tone: bad}]\n");
  EXPECT_EQ(all, "");
  EXPECT_TRUE(says(said_of("{columns: [name]}",
                           std::string(course) + "portal: {public: {list: [name], when: \"case.late = FALSE\"}}\n"),
                   "cannot use case"));
}

class ViewsTest : public TownTest {
 protected:
  ViewsTest() {
    declare("town/lamp.yaml", R"(entity: lamp
title: {zh: 灯, en: Lamp}
fields:
  - {name: name, type: text, title: {zh: 名, en: Name}}
  - {name: watts, type: integer, title: {zh: 瓦, en: Watts}}
list: {columns: [name], sort: [name]}
views:
  - {name: strong, title: {zh: 强, en: Strong}, when: "watts > 50", sort: [-watts]}
  - {name: chiefs, title: {zh: 主, en: Chief's}, role: chief, badge: true}
statistics: [{name: all, title: {zh: 全, en: All}, group: [name]}]
access:
  - {role: public, read: "TRUE"}
  - {role: clerk, read: "TRUE", create: "TRUE"}
)");
  }
};

TEST_P(ViewsTest, AViewNarrowsAndOrdersAListForWhoHasIt) {
  for (const int watts : {40, 60, 100, 80})
    ASSERT_TRUE(create(system, "town/lamp",
                       Json(Json::Object{{"name", Json("L" + std::to_string(watts))}, {"watts", Json(watts)}})));
  ListQuery q;
  q.view = "strong";
  q.total = true;
  q.limit = 2;
  const auto first = list(clerk, "town/lamp", q);
  ASSERT_TRUE(first) << first.error().message.en;
  EXPECT_EQ((*first)["total"].as_integer(), 3);
  EXPECT_EQ((*first)["items"].as_array()[0]["name"].as_string(), "L100");
  EXPECT_EQ((*first)["items"].as_array()[1]["name"].as_string(), "L80");
  q.after = (*first)["next"].as_string();
  const auto second = list(clerk, "town/lamp", q);
  ASSERT_TRUE(second);
  EXPECT_EQ((*second)["items"].as_array()[0]["name"].as_string(), "L60");
  q.after.clear();
  q.filter = "watts < 90";
  EXPECT_EQ((*list(clerk, "town/lamp", q))["total"].as_integer(), 2);
  q.sort = "name";
  EXPECT_EQ((*list(clerk, "town/lamp", q))["items"].as_array()[0]["name"].as_string(), "L60");
  EXPECT_EQ(list(anonymous, "town/lamp", q).error().reason, "entities.view.unknown");
  q.view = "chiefs";
  EXPECT_EQ(list(clerk, "town/lamp", q).error().reason, "entities.view.unknown");
  q.view = "stron";
  EXPECT_NE(list(clerk, "town/lamp", q).error().message.en.find("is strong meant"), std::string::npos);
  q = {};
  q.sort = "case.due_at";
  EXPECT_EQ(list(clerk, "town/lamp", q).error().reason, "entities.list.sort");

  EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
    const Entity& e = entity("town/lamp");
    CIVITAS_TRY(const auto count, store->count_view(c, clerk, e, e.views[0], 1000));
    EXPECT_EQ(count, 3);
    CIVITAS_TRY(const auto some, store->count_view(c, clerk, e, e.views[0], 2));
    EXPECT_EQ(some, 2);
    std::string out;
    CIVITAS_CHECK(store->statistics(c, clerk, e, e.statistics[0], "watts < 90", "strong", out));
    EXPECT_EQ(Json::parse(out).value()["series"].as_array().size(), 2u);
    return {};
  }));
}

INSTANTIATE_TEST_SUITE_P(Engines, ViewsTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::entities
