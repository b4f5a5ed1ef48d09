#include <gtest/gtest.h>

#include "entities/test_town.hpp"
#include "jobs/test_settle.hpp"
#include "process/engine.hpp"

namespace civitas::process {
namespace {

constexpr const char* templates_yaml = R"(
templates:
  - {name: done, title: {zh: "“{title}”{state}", en: "“{title}”: {state}"}, text: {zh: "{kind}，{count} 件，{who}：{result}", en: "{kind}, {count}, {who}: {result}"}}
)";
constexpr const char* request_yaml = R"yaml(entity: request
title: {zh: 申请, en: Request}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
  - {name: phone, type: phone, title: {zh: 电话, en: Phone}}
  - {name: kind, type: term, of: kind, title: {zh: 类别, en: Kind}}
  - {name: count, type: integer, title: {zh: 件数, en: Count}}
  - {name: result, type: text, title: {zh: 结果, en: Result}}
process:
  initial: open
  states:
    - {name: open, title: {zh: 在办, en: Open}}
    - {name: inner, title: {zh: 内部, en: Inside}}
    - {name: asked, title: {zh: 待补正, en: To be corrected}, editable: [name]}
    - name: done
      title: {zh: 办结, en: Done}
      kind: final
      tell: {to: ["phone:phone", "webhook:city"], template: done, when: "count > 1"}
    - {name: refused, title: {zh: 不予受理, en: Refused}, kind: rejected}
  transitions:
    - {name: move, title: {zh: 转办, en: Move}, from: open, to: inner, role: system}
    - {name: ask, title: {zh: 补正, en: Ask}, from: inner, to: asked, role: system}
    - {name: answer, title: {zh: 已补正, en: Answer}, from: asked, to: inner, role: system}
    - {name: finish, title: {zh: 办结, en: Finish}, from: inner, to: done, role: system, tell: {to: owner, by: [app, sms], template: done}}
    - {name: refuse, title: {zh: 不受理, en: Refuse}, from: inner, to: refused, role: system}
portal:
  group: {zh: 镇上, en: Town}
  title: {zh: 申请, en: Request}
  steps: [[name]]
  follow:
    - {title: {zh: 办理中, en: Being handled}, states: [open, inner, asked]}
    - {title: {zh: 办结, en: Finished}, states: [done]}
access:
  - {role: owner, read: "TRUE", create: "TRUE", write: "TRUE"}
)yaml";

class TellingTest : public entities::DeclaredTest {
 protected:
  TellingTest() : DeclaredTest("2026-03-02T02:00:00Z") {}
  void SetUp() override {
    declare("town/system.yaml", std::string(entities::town_yaml) + templates_yaml);
    declare("town/terms/kind.yaml",
            "terms: kind\ntitle: {zh: 类别, en: Kinds}\ncodes:\n  - {code: road, title: {zh: 道路, en: Road}}\n");
    declare("town/request.yaml", request_yaml);
    DeclaredTest::SetUp();
    ASSERT_TRUE(db->write_now([](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(Engine::create_tables(t));
      return jobs::Outbox::create_tables(t);
    }));
    notify = std::make_unique<notify::Notify>(*db, clock, cipher);
    engine = std::make_unique<Engine>(*store, calendar);
    engine->register_hooks(hooks);
    engine->tell_by(*notify);
    ASSERT_TRUE(hooks.check(*catalog));
    outbox = std::make_unique<jobs::Outbox>(*db, clock);
    engine->follow(*outbox, clock);
    ASSERT_TRUE(outbox->prepare());
  }
  std::int64_t request(std::int64_t count) {
    entities::Context applicant;
    applicant.now = clock.now();
    applicant.who.id = 9;
    applicant.who.standing = identity::Standing::citizen;
    entities::WriteOptions options;
    options.rules = entities::Rules::skip("test");
    const auto made = create(applicant, "town/request",
                             Json(Json::Object{{"name", Json("甲")},
                                               {"phone", Json("13800138000")},
                                               {"kind", Json("road")},
                                               {"count", Json(count)},
                                               {"result", Json("已办")}}),
                             options);
    EXPECT_TRUE(made) << made.error().message.en;
    return std::stoll((*made)["id"].as_string());
  }
  void step(std::int64_t id, std::string_view name) {
    const Status done = db->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(engine->transition(t, {identity::system_principal("某部门"), clock.now(), ""},
                                       entity("town/request"), id, name, Json()));
      return {};
    });
    EXPECT_TRUE(done) << done.error().message.en << done.error().detail;
    jobs::settle(*db);
    EXPECT_TRUE(outbox->deliver());
  }
  std::string lines(const std::string& statement) {
    std::string out;
    EXPECT_TRUE(db->read([&](sql::Connection& c) {
      out.clear();
      return c.query(statement, {}, [&](const sql::Row& row) {
        out += std::string(row.text(0)) + "\n";
        return sql::Continue::yes;
      });
    }));
    return out;
  }
  std::string told() { return lines("SELECT title_en FROM notify_notice WHERE person=9 ORDER BY id"); }

  WorkingCalendar calendar = WorkingCalendar::load({"platform/process/data/holidays.yaml"}).value();
  std::unique_ptr<crypto::KeyStore> keys = crypto::KeyStore::in_memory(clock);
  crypto::FieldCipher cipher{*keys};
  std::unique_ptr<notify::Notify> notify;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<jobs::Outbox> outbox;
};

INSTANTIATE_TEST_SUITE_P(, TellingTest, sql::each_dialect(), sql::dialect_name);

TEST_P(TellingTest, ApplicantsHearTheStepsOfTheirCourseAndWhatWaitsForThem) {
  const auto id = request(1);
  step(id, "move");
  EXPECT_EQ(told(), "") << "inside the office";
  step(id, "ask");
  EXPECT_EQ(told(), "“甲”: To be corrected\n");
  step(id, "answer");
  step(id, "refuse");
  EXPECT_EQ(told(), "“甲”: To be corrected\n“甲”: Refused\n") << "an end outside the course";
}

TEST_P(TellingTest, WhatIsDeclaredForTheApplicantStandsInThePlaceOfTheRest) {
  const auto id = request(1);
  step(id, "move");
  step(id, "finish");
  EXPECT_EQ(told(), "“甲”: Done\n");
  EXPECT_EQ(lines("SELECT text FROM notify_notice"), "道路，1 件，某部门：已办\n");
  EXPECT_EQ(lines("SELECT channel FROM notify_message"), "") << "the condition of the state's message does not hold";
}

TEST_P(TellingTest, AddressesOfTheRecordAndOfTheConfiguration) {
  const auto id = request(2);
  step(id, "move");
  step(id, "finish");
  EXPECT_EQ(lines("SELECT channel FROM notify_message ORDER BY id"), "sms\nwebhook\n");
  EXPECT_EQ(lines("SELECT kind FROM notify_message ORDER BY id LIMIT 1"), "town.done\n");
  EXPECT_EQ(lines("SELECT about FROM notify_message ORDER BY id LIMIT 1"), "town/request/" + std::to_string(id) + "\n");
}

TEST_P(TellingTest, AClockTellsInItsOwnWords) {
  const auto id = request(1);
  entities::Tell tell;
  tell.to = {"owner", "phone:phone"};
  Occasion late;
  late.kind = "late";
  late.title = {"已超期", "Overdue"};
  ASSERT_TRUE(db->write_now([&](sql::Transaction& t) {
    return engine->tell_declared(t, clock.now(), entity("town/request"), id, {tell}, late);
  }));
  EXPECT_EQ(told(), "Overdue\n");
  EXPECT_EQ(lines("SELECT kind FROM notify_message"), "town.late\n");
  EXPECT_TRUE(db->write_now([&](sql::Transaction& t) {
    return engine->tell_declared(t, clock.now(), entity("town/request"), 12345, {tell}, late);
  })) << "a record that is gone is no failure";
}

}  // namespace
}  // namespace civitas::process
