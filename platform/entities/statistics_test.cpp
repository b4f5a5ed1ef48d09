// What statistics may name, and what they count: groups by China's days, one step on, percentiles, days without records.
// On both databases.
#include <gtest/gtest.h>

#include "entities/test_town.hpp"

namespace civitas::entities {
namespace {

constexpr const char* desk_yaml = R"yaml(entity: desk
title: {zh: 窗口, en: Desk}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
  - {name: floor, type: integer, title: {zh: 楼层, en: Floor}}
list: {columns: [name], sort: [name]}
access: [{role: clerk, read: "TRUE", create: "TRUE"}, {role: chief, read: "TRUE", fields: [name]}]
)yaml";

const std::string call_yaml = R"yaml(entity: call
title: {zh: 叫号, en: Call}
title_field: text
fields:
  - {name: text, type: text, title: {zh: 内容, en: Text}}
  - {name: desk, type: ref, to: desk, title: {zh: 窗口, en: Desk}}
  - {name: minutes, type: integer, title: {zh: 分钟, en: Minutes}}
  - {name: at, type: instant, title: {zh: 时间, en: At}}
  - {name: day, type: date, title: {zh: 日期, en: Day}}
  - {name: urgent, type: boolean, title: {zh: 加急, en: Urgent}}
  - {name: phone, type: phone, masked: true, title: {zh: 电话, en: Phone}}
  - {name: tags, type: labels, title: {zh: 标签, en: Tags}}
list: {columns: [text], sort: [text]}
access: [{role: clerk, read: "TRUE", create: "TRUE"}, {role: chief, read: "TRUE"}]
statistics:
)yaml";

constexpr const char* all = R"yaml(
  - {name: days, title: {zh: 日, en: D}, group: [at], chart: line}
  - {name: months, title: {zh: 月, en: M}, group: ["day:month"], chart: line}
  - {name: hours, title: {zh: 时, en: H}, group: ["at:hour"]}
  - {name: weekdays, title: {zh: 周, en: W}, group: ["at:weekday"]}
  - {name: floors, title: {zh: 楼, en: F}, group: [desk.floor, urgent], measure: "sum:minutes"}
  - {name: share, title: {zh: 率, en: R}, group: [desk], measure: 'ratio("urgent = TRUE")'}
  - {name: rank, title: {zh: 位, en: P}, group: [desk], measure: "percentile(minutes, 75)"}
  - {name: quickest, title: {zh: 快, en: Q}, group: [desk], measure: avg(minutes), top: 2, order: least}
  - {name: quietest, title: {zh: 闲, en: Q}, group: [desk], top: 1, order: least}
  - {name: middle, title: {zh: 中, en: P}, measure: median(minutes), filter: "minutes < 100"}
  - {name: lately, title: {zh: 近, en: L}, filter: "at > add_days(now(), -7)"}
)yaml";

Json json(std::string_view text) { return Json::parse(text).value(); }

class StatisticsTest : public TownTest {
 protected:
  void SetUp() override {
    declare("town/desk.yaml", desk_yaml);
    declare("town/call.yaml", call_yaml + all);
    TownTest::SetUp();
    chief = clerk;
    chief.who.id = 8;
    chief.who.permissions = {"town.chief"};
    for (int i : {1, 2}) {
      const auto made =
          create(clerk, "town/desk", json(R"({"name":"窗)" + std::to_string(i) + R"(","floor":)" + std::to_string(i) + "}"));
      EXPECT_TRUE(made) << made.error().message.en << made.error().detail;
      desks.push_back((*made)["id"].as_string());
    }
  }
  void call(const std::string& members) {
    const auto made = create(clerk, "town/call", json(R"({"text":"甲")" + members + "}"));
    EXPECT_TRUE(made) << made.error().message.en << made.error().detail;
  }
  Result<Json> count(const std::string& name, const Context& c, const std::string& filter = "") {
    std::string out;
    const Entity& e = entity("town/call");
    for (const auto& s : e.statistics)
      if (s.name == name) {
        CIVITAS_CHECK(db->read(
            [&](sql::Connection& connection) { return store->statistics(connection, c, e, s, filter, "", out); }));
        return Json::parse(out);
      }
    return fail(internal_problem("no such statistics"));
  }
  // "key,key=value" of each point.
  std::string series(const std::string& name, const std::string& filter = "") {
    const auto found = count(name, clerk, filter);
    if (!found) return found.error().message.en + found.error().detail;
    std::string out;
    for (const auto& p : (*found)["series"].as_array()) {
      if (!out.empty()) out += " ";
      for (std::size_t i = 0; i < p["key"].size(); ++i)
        out += (i ? "," : "") + (p["key"].as_array()[i].is_null() ? std::string("-") : p["key"].as_array()[i].as_string());
      out += "=" + p["value"].dump();
    }
    return out;
  }
  std::string mistakes(const std::string& statistics) {
    declare("town/call.yaml", call_yaml + "  - {name: x, title: {zh: 甲, en: X}, " + statistics + "}\n");
    const auto made = declared();
    if (!made) return made.error().message.en;
    Conditions conditions(**made);
    const auto sound = conditions.check_all();
    return sound ? "" : sound.error().message.en;
  }
  Context chief;
  std::vector<std::string> desks;
};

TEST_P(StatisticsTest, DaysAreThoseOfChinaAndEmptyOnesAreFilled) {
  call(R"(,"at":"2026-11-18T15:59:59Z","day":"2026-09-30")");
  call(R"(,"at":"2026-11-18T16:00:00Z","day":"2026-11-01")");
  call(R"(,"at":"2026-11-20T20:30:00Z","day":"2026-11-30")");
  EXPECT_EQ(series("days"), "2026-11-18=1 2026-11-19=1 2026-11-20=0 2026-11-21=1");
  EXPECT_EQ(series("months"), "2026-09=1 2026-10=0 2026-11=2");
  EXPECT_NE(series("hours").find(" 4=1 "), std::string::npos) << series("hours");
  EXPECT_EQ(series("weekdays"), "1=0 2=0 3=1 4=1 5=0 6=1 7=0");
  EXPECT_EQ(series("lately"), "=3");
}

TEST_P(StatisticsTest, APointLeadsToItsRecords) {
  call(R"(,"at":"2026-11-18T15:59:59Z","minutes":1)");
  call(R"(,"at":"2026-11-18T16:00:00Z","minutes":2,"urgent":true,"desk":")" + desks[0] + "\"");
  call(R"(,"minutes":3)");
  for (const char* name : {"days", "months", "hours", "weekdays", "floors", "share"}) {
    const auto found = count(name, clerk, "minutes < 3");
    ASSERT_TRUE(found) << name << found.error().message.en << found.error().detail;
    for (const auto& p : (*found)["series"].as_array()) {
      ListQuery q;
      q.filter = p["drill"].as_string();
      q.total = true;
      const auto listed = list(clerk, "town/call", q);
      ASSERT_TRUE(listed) << name << " " << q.filter << " " << listed.error().message.en << listed.error().detail;
      EXPECT_EQ((*listed)["total"].as_integer(), p["records"].as_integer()) << name << " " << q.filter;
    }
  }
}

TEST_P(StatisticsTest, MeasuresGoOneStepOnAndRanksAreInterpolated) {
  call(R"(,"minutes":10,"urgent":true,"desk":")" + desks[0] + "\"");
  call(R"(,"minutes":20,"urgent":false,"desk":")" + desks[0] + "\"");
  call(R"(,"minutes":40,"urgent":true,"desk":")" + desks[1] + "\"");
  call(R"(,"desk":")" + desks[1] + "\"");
  call(R"(,"minutes":500)");
  EXPECT_EQ(series("floors"), "-,-=500 2,1=40 2,-=null 1,0=20 1,1=10");
  EXPECT_EQ(series("share"), desks[0] + "=0.5 " + desks[1] + "=0.5 -=0");
  EXPECT_EQ(series("rank"), "-=500 " + desks[1] + "=40 " + desks[0] + "=17.5");
  EXPECT_EQ(series("middle"), "=20");
  EXPECT_EQ(series("middle", "minutes < 40"), "=15");
  const auto titled = count("share", clerk);
  ASSERT_TRUE(titled);
  EXPECT_EQ((*titled)["series"].as_array()[0]["title"].as_array()[0].as_string(), "窗1");
  EXPECT_EQ((*titled)["unit"].as_string(), "share");
}

TEST_P(StatisticsTest, RanksFromTheLeastOn) {
  call(R"(,"minutes":10,"desk":")" + desks[0] + "\"");
  call(R"(,"minutes":20,"desk":")" + desks[0] + "\"");
  call(R"(,"minutes":5,"desk":")" + desks[1] + "\"");
  call(R"(,"minutes":500)");
  call("");
  EXPECT_EQ(series("quickest"), desks[1] + "=5 " + desks[0] + "=15");
  EXPECT_EQ(series("quietest"), desks[1] + "=1");
  const auto cut = count("quickest", clerk);
  ASSERT_TRUE(cut);
  EXPECT_EQ((*cut)["left_out"].as_integer(), 1);
}

TEST_P(StatisticsTest, WhatOneMayNotReadIsNotCountedBy) {
  const auto refused = count("floors", chief);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "entities.statistics.unreadable");
  EXPECT_EQ(refused.error().kind, Kind::invalid);
  EXPECT_TRUE(count("share", chief));
  EXPECT_FALSE(count("share", anonymous));
}

TEST_P(StatisticsTest, MistakesAreNamedAtLoad) {
  EXPECT_EQ(mistakes("group: [desk]"), "");
  const auto says = [&](const std::string& statistics, const std::string& part) {
    const std::string said = mistakes(statistics);
    EXPECT_NE(said.find(part), std::string::npos) << statistics << ": " << said;
    EXPECT_NE(said.find("town/call.yaml:1"), std::string::npos) << said;
  };
  says("group: [dsek]", "did you mean desk");
  says("group: [desk.flor]", "did you mean floor");
  says("group: [text.flor]", "no reference");
  says("group: [phone]", "masked");
  says("group: [tags]", "cannot group by tags");
  says("group: [state]", "no field state");
  says("group: [\"at:week\"]", "day, month, hour or weekday");
  says("group: [\"day:hour\"]", "no hours");
  says("group: [\"desk:day\"]", "no time or day");
  says("group: [desk, at, day]", "two fields at most");
  says("measure: avg(text)", "no number");
  says("measure: \"sum:minuts\"", "did you mean minutes");
  says("measure: average(minutes)", "measure is count");
  says("measure: \"percentile(minutes, 900)\"", "from 0 to 100");
  says("measure: sum", "sum(");
  says("measure: 'ratio(\"urgnt = TRUE\")'", "urgnt");
  says("filter: \"minuts > 3\"", "minuts");
  says("filter: \"ACCENTI(text) = 'a'\"", "database decides");
  says("group: [desk], chart: number", "one number");
  says("top: 0", "from 1 to 1000");
  says("order: lest", "did you mean least");
}

TEST_P(StatisticsTest, DashboardsNameWhatIsThere) {
  const auto says = [&](const std::string& panel, const std::string& part) {
    declare("town/system.yaml", std::string(town_yaml) + town_scopes_yaml +
                                    "dashboards:\n  - {name: d, title: {zh: 甲, en: D}, ratio: 3:1, role: clerk, panels: [" +
                                    panel + "]}\n");
    const auto made = declared();
    if (part.empty()) {
      EXPECT_TRUE(made) << made.error().message.en;
      if (made) {
        EXPECT_EQ((*made)->system("town")->dashboard("d")->width, 3);
      }
      return;
    }
    ASSERT_FALSE(made) << panel;
    EXPECT_NE(made.error().message.en.find(part), std::string::npos) << made.error().message.en;
  };
  says("{entity: call, statistics: days}", "");
  says("{entity: call, statistics: day}", "did you mean days");
  says("{entity: calls, statistics: days}", "did you mean call");
  says("{entity: call, chart: bar}", "without statistics");
  says("{entity: call, chart: number}", "needs a title");
  says("{entity: call, chart: map, title: {zh: 甲, en: M}}", "no list.map");
  says("{entity: call, statistics: days, chart: number}", "shows one number");
  says("{entity: call, statistics: days, span: 9}", "from 1 to 6");
  says("", "has no panels");
}

INSTANTIATE_TEST_SUITE_P(Engines, StatisticsTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::entities
