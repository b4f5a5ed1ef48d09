#include <gtest/gtest.h>

#include "entities/test_town.hpp"
#include "identity/identity.hpp"
#include "process/engine.hpp"

namespace civitas::process {
namespace {

constexpr const char* plan_yaml = R"yaml(entity: plan
title: {zh: 规划, en: Plan}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
  - {name: ends_on, type: date, title: {zh: 公示至, en: In notice until}, read_only: true}
process:
  initial: draft
  limit: 20 working days
  states:
    - {name: draft, title: {zh: 草稿, en: Draft}, within: 5 working days}
    - {name: noticed, title: {zh: 公示, en: Noticed}, kind: stopped, after: 7 days, until: ends_on, then: end}
    - {name: done, title: {zh: 办结, en: Done}, kind: final}
  transitions:
    - {name: publish, title: {zh: 公示, en: Publish}, from: draft, to: noticed, role: clerk}
    - {name: end, title: {zh: 期满, en: End}, from: noticed, to: done, role: system}
access:
  - {role: clerk, read: "TRUE", create: "TRUE"}
)yaml";

constexpr const char* of_2027 = R"yaml(format: 1
years:
  - {year: 2026, source: x, holidays: [{name: {zh: 元旦, en: New Year}, from: 2026-01-01, to: 2026-01-01}]}
  - {year: 2027, source: y, holidays: [{name: {zh: 元旦, en: New Year}, from: )yaml";

class CalendarChangeTest : public entities::TownTest {
 protected:
  void SetUp() override {
    declare("town/plan.yaml", plan_yaml);
    TownTest::SetUp();
    ASSERT_TRUE(db->write_now([](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(t.run_script("DROP TABLE identity_person;CREATE TABLE identity_person(id BIGINT PRIMARY KEY,name "
                                 "TEXT,kind TEXT,disabled BIGINT)"));
      return Engine::create_tables(t);
    }));
    with(WorkingCalendar::load({"platform/process/data/holidays.yaml"}).value());
  }
  void with(WorkingCalendar loaded) {
    calendar = std::make_unique<WorkingCalendar>(std::move(loaded));
    engine = std::make_unique<Engine>(*store, *calendar);
    engine->register_hooks(hooks);
  }
  void load_2027(const std::string& days) {
    const auto parsed = WorkingCalendar::parse(of_2027 + days + "}]}\n", "test");
    ASSERT_TRUE(parsed) << parsed.error().message.en;
    with(*parsed);
  }
  int recount() {
    const auto moved = engine->recount(*db, clock.now());
    EXPECT_TRUE(moved) << moved.error().detail;
    return moved.value_or(-1);
  }
  std::string published_plan() {
    const auto made = create(clerk, "town/plan", Json(Json::Object{{"name", Json("规划")}}));
    EXPECT_TRUE(made) << made.error().message.en;
    const std::string id = (*made)["id"].as_string();
    const Status done = db->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(engine->transition(t, clerk, entity("town/plan"), *parse_integer(id), "publish", Json()));
      return {};
    });
    EXPECT_TRUE(done) << done.error().message.en << done.error().detail;
    return id;
  }
  std::string ends_on(const std::string& id) {
    const auto plan = get(clerk, "town/plan", id);
    return plan ? (*plan)["ends_on"].as_string() : plan.error().message.en;
  }
  Json case_of(const std::string& id) {
    Json out;
    EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(out, engine->case_of(c, entity("town/plan"), *parse_integer(id), clock.now()));
      return {};
    }));
    return out;
  }
  void day(std::string_view date) {
    clock.set(*parse_instant(std::string(date) + "T02:00:00Z"));
    clerk.now = system.now = clock.now();
  }

  std::unique_ptr<WorkingCalendar> calendar;
  std::unique_ptr<Engine> engine;
};

TEST_P(CalendarChangeTest, APeriodIsWrittenIntoTheRecordAndSaysWhenItIsProvisional) {
  day("2026-11-16");
  const auto settled = published_plan();
  EXPECT_EQ(ends_on(settled), "2026-11-23");
  EXPECT_FALSE(case_of(settled)["provisional"].as_bool()) << case_of(settled).dump();
  day("2026-12-25");
  const auto open = published_plan();
  EXPECT_EQ(ends_on(open), "2027-01-04") << "New Year is a Friday, and nothing more is known of it";
  EXPECT_TRUE(case_of(open)["provisional"].as_bool());
}

TEST_P(CalendarChangeTest, IsCountedAgainOnceWhenTheYearIsLoaded) {
  day("2026-12-25");
  const auto id = published_plan();
  EXPECT_EQ(recount(), 0);
  load_2027("2027-01-01, to: 2027-01-05");
  EXPECT_EQ(recount(), 1);
  EXPECT_EQ(ends_on(id), "2027-01-06");
  EXPECT_FALSE(case_of(id)["provisional"].as_bool());
  EXPECT_EQ(number("SELECT goes_on_at FROM process_case"), start_of_day(make_date(2027, 1, 7)).micros);
  EXPECT_EQ(number("SELECT count(*) FROM process_trace WHERE transition='calendar'"), 1);
  EXPECT_EQ(recount(), 0);
}

TEST_P(CalendarChangeTest, AnAnnouncedPeriodIsNeverCutShort) {
  day("2026-12-25");
  const auto id = published_plan();
  load_2027("2026-12-31, to: 2026-12-31, worked: [2026-12-26]");  // 1 January is worked now
  EXPECT_EQ(recount(), 0);
  EXPECT_EQ(ends_on(id), "2027-01-04");
}

INSTANTIATE_TEST_SUITE_P(Engines, CalendarChangeTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::process
