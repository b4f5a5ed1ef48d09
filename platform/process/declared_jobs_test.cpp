#include "process/declared_jobs.hpp"

#include <gtest/gtest.h>

#include "entities/test_town.hpp"

namespace civitas::process {
namespace {

constexpr const char* jobs_yaml = R"(
jobs:
  - {name: nightly, at: "02:00", for: request, when: "state = 'open'", step: close}
  - {name: often, every: 10 minutes, do: town.often}
)";
constexpr const char* request_yaml = R"yaml(entity: request
title: {zh: 申请, en: Request}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
  - {name: ready, type: boolean, title: {zh: 就绪, en: Ready}, default: true}
process:
  initial: open
  states:
    - {name: open, title: {zh: 在办, en: Open}}
    - {name: done, title: {zh: 办结, en: Done}, kind: final}
  transitions:
    - {name: close, title: {zh: 办结, en: Close}, from: open, to: done, role: system, when: "ready = TRUE"}
access:
  - {role: owner, read: "TRUE", create: "TRUE"}
)yaml";

class DeclaredJobsTest : public entities::DeclaredTest {
 protected:
  DeclaredJobsTest() : DeclaredTest("2026-03-02T02:00:00Z") {}
  void SetUp() override {
    declare("town/system.yaml", std::string(entities::town_yaml) + jobs_yaml);
    declare("town/request.yaml", request_yaml);
    DeclaredTest::SetUp();
    ASSERT_TRUE(db->write_now([](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(Engine::create_tables(t));
      CIVITAS_CHECK(jobs::Jobs::create_tables(t));
      return DeclaredJobs::create_tables(t);
    }));
    engine = std::make_unique<Engine>(*store, calendar);
    engine->register_hooks(hooks);
    hooks.add("town.often", [this](entities::HookCall& call) -> Status {
      ++often;
      return call.id == 0 ? Status{} : fail(internal_problem("no record is meant"));
    });
    ASSERT_TRUE(hooks.check(*catalog));
    work = std::make_unique<jobs::Jobs>(*db, clock, ids);
    scheduled = std::make_unique<DeclaredJobs>(*db, clock, *store, *engine);
  }
  std::string request(bool ready) {
    entities::WriteOptions options;
    options.rules = entities::Rules::skip("test");
    const auto made = create({identity::system_principal("test"), clock.now(), ""}, "town/request",
                             Json(Json::Object{{"name", Json("甲")}, {"ready", Json(ready)}}), options);
    EXPECT_TRUE(made) << made.error().message.en;
    return (*made)["id"].as_string();
  }
  int due() {
    const auto queued = scheduled->queue_due(*work);
    EXPECT_TRUE(queued) << queued.error().detail;
    return queued.value_or(-1);
  }
  Json run(const std::string& name) {
    const auto done = scheduled->run(name, [] { return Status{}; });
    EXPECT_TRUE(done) << done.error().detail;
    return done.value_or(Json());
  }

  WorkingCalendar calendar = WorkingCalendar::load({"platform/process/data/holidays.yaml"}).value();
  std::unique_ptr<Engine> engine;
  std::unique_ptr<jobs::Jobs> work;
  std::unique_ptr<DeclaredJobs> scheduled;
  int often = 0;
};

INSTANTIATE_TEST_SUITE_P(, DeclaredJobsTest, sql::each_dialect(), sql::dialect_name);

TEST_P(DeclaredJobsTest, ANewOneBeginsWithItsNextTimeAndMissedTimesAreMadeUpOnce) {
  EXPECT_EQ(due(), 0);
  clock.advance_seconds(601);
  EXPECT_EQ(due(), 1) << "ten minutes have passed; two at night has not come";
  EXPECT_EQ(due(), 0) << "it is on its way";
  run("town.often");
  EXPECT_EQ(due(), 0);
  clock.advance_seconds(3 * 86'400);
  EXPECT_EQ(due(), 2) << "three nights and hundreds of ten minutes: each once";
  run("town.often");
  run("town.nightly");
  EXPECT_EQ(due(), 0);
  EXPECT_EQ(often, 2);
}

TEST_P(DeclaredJobsTest, EachRecordTakesItsStepAndOneThatCannotKeepsNobodyBack) {
  const auto good = request(true), bad = request(false), other = request(true);
  const Json done = run("town.nightly");
  EXPECT_EQ(done["records"].as_integer(), 2);
  EXPECT_EQ(done["failed"].as_integer(), 1);
  EXPECT_EQ(number("SELECT count(*) FROM process_case WHERE state='done'"), 2);
  EXPECT_EQ(run("town.nightly")["records"].as_integer(), 0);
}

TEST_P(DeclaredJobsTest, IsListedAndRunByHand) {
  const auto queue = [&](const std::string& name) {
    return db->write_now([&](sql::Transaction& t) { return scheduled->queue_now(t, *work, name); });
  };
  EXPECT_EQ(queue("town.none").error().reason, "process.job.unknown");
  EXPECT_TRUE(queue("town.nightly"));
  EXPECT_EQ(queue("town.nightly").error().reason, "process.job.running");
  run("town.nightly");
  std::string out;
  ASSERT_TRUE(db->read([&](sql::Connection& c) { return scheduled->list(c, out); }));
  const Json listed = *Json::parse(out);
  const Json& first = listed["items"].as_array()[0];
  EXPECT_EQ(first["name"].as_string(), "town.nightly");
  EXPECT_EQ(first["outcome"].as_string(), "done");
  EXPECT_EQ(first["next_at"].as_string(), "2026-03-02T18:00:00.000Z");
}

}  // namespace
}  // namespace civitas::process
