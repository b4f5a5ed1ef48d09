#include <gtest/gtest.h>

#include "entities/subscriptions.hpp"
#include "identity/identity.hpp"
#include "jobs/test_settle.hpp"
#include "process/test_people.hpp"

namespace civitas::process {
namespace {

constexpr const char* subscriptions_yaml = R"(subscriptions:
  - {to: town/request, acts: [finish, delete], do: identity.count}
)";
constexpr const char* request_yaml = R"yaml(entity: request
title: {zh: 申请, en: Request}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
  - {name: division, type: ref, to: registers/division, scope: division, title: {zh: 政区, en: Division}}
process:
  initial: draft
  starts: submit
  limit: 10 working days
  remind: 2 working days
  states:
    - {name: draft, title: {zh: 草稿, en: Draft}, editable: [name]}
    - {name: review, title: {zh: 审核, en: Review}, within: 5 working days}
    - {name: waiting, title: {zh: 待补正, en: To be corrected}, kind: stopped, within: 5 working days, remind: 1 working days, editable: [name]}
    - {name: done, title: {zh: 办结, en: Done}, kind: final}
  transitions:
    - {name: submit, title: {zh: 提交, en: Submit}, from: [draft, waiting], to: review, role: owner}
    - {name: ask, title: {zh: 补正, en: Ask}, from: review, to: waiting, role: clerk, copies: [chief]}
    - {name: finish, title: {zh: 办结, en: Finish}, from: [review], to: done, role: clerk}
access:
  - {role: owner, read: "TRUE", create: "TRUE", write: "TRUE", remove: "TRUE"}
  - {role: clerk, read: "division IN my_divisions()"}
  - {role: chief, read: "TRUE"}
)yaml";

class FollowTest : public PeopleTest {
 protected:
  void SetUp() override {
    declare_people(subscriptions_yaml);
    declare("town/system.yaml", entities::town_yaml);
    declare("town/request.yaml", request_yaml);
    PeopleTest::SetUp();
    hooks.add("identity.count", [this](entities::HookCall& call) -> Status {
      counted.push_back(call.transition + " " + call.record["name"].as_string() + " " +
                        call.record["state"].as_string());
      return {};
    });
    ASSERT_TRUE(hooks.check(*catalog));
    outbox = std::make_unique<jobs::Outbox>(*db, clock);
    engine->follow(*outbox, clock);
    entities::subscribe_declared(*store, clock, *outbox);
    ASSERT_TRUE(outbox->prepare());

    const auto here = create("registers/division", {{"code", Json("420105000000")}, {"name", Json("甲区")}});
    const auto there = create("registers/division", {{"code", Json("420106000000")}, {"name", Json("乙区")}});
    const auto clerks =
        create("identity/role", {{"name", Json("办事员")}, {"permissions", Json(Json::Array{Json("town.clerk")})}});
    const auto chiefs =
        create("identity/role", {{"name", Json("主任")}, {"permissions", Json(Json::Array{Json("town.chief")})}});
    division = here;
    clerk = person("clerk", clerks, here);
    neighbour = person("neighbour", clerks, there);
    chief = person("chief", chiefs, here);
    applicant = create("identity/person",
                       {{"account", Json("applicant")}, {"name", Json("applicant")}, {"kind", Json("citizen")}});
  }
  std::int64_t create(std::string_view path, std::map<std::string, Json> values) {
    Json input = Json::object();
    for (auto& [name, value] : values) input.set(name, std::move(value));
    entities::WriteOptions options;
    options.rules = entities::Rules::skip("test");
    const auto made = DeclaredTest::create(as(applicant), path, input, options);
    EXPECT_TRUE(made) << made.error().message.en << made.error().detail;
    return made ? *parse_integer((*made)["id"].as_string()) : 0;
  }
  std::int64_t person(std::string name, std::int64_t role, std::int64_t scope) {
    return create("identity/person", {{"account", Json(name)},
                                      {"name", Json(name)},
                                      {"kind", Json("staff")},
                                      {"roles", Json(Json::Array{Json(std::to_string(role))})},
                                      {"divisions", Json(Json::Array{Json(std::to_string(scope))})}});
  }
  entities::Context as(std::int64_t id) {
    entities::Context c;
    c.now = clock.now();
    if (id) {
      EXPECT_TRUE(db->read([&](sql::Connection& connection) -> Status {
        CIVITAS_TRY(c.who, identity::Identity::load_principal(connection, catalog->dimensions(), clock.now(), id));
        return {};
      }));
    }
    return c;
  }
  void deliver() {
    jobs::settle(*db);
    EXPECT_TRUE(outbox->deliver());
  }
  const entities::Entity& request() { return entity("town/request"); }
  Status step(std::int64_t who, std::int64_t id, std::string_view name, Json input = Json()) {
    const auto context = as(who);
    const Status done = db->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(engine->transition(t, context, request(), id, name, input));
      return {};
    });
    if (done) deliver();
    return done;
  }
  std::int64_t submitted(std::string name) {
    const auto id =
        create("town/request", {{"name", Json(std::move(name))}, {"division", Json(std::to_string(division))}});
    EXPECT_TRUE(step(applicant, id, "submit"));
    return id;
  }
  int remind() {
    const auto looked = engine->remind(*db, clock.now());
    EXPECT_TRUE(looked) << looked.error().detail;
    return looked.value_or(-1);
  }
  // The English titles of what a person was told, oldest first.
  std::string told(std::int64_t person) {
    std::string out;
    EXPECT_TRUE(db->read([&](sql::Connection& c) {
      return c.query("SELECT title_en FROM notify_notice WHERE person=? ORDER BY id", {person},
                     [&](const sql::Row& row) {
                       out += std::string(row.text(0)) + "\n";
                       return sql::Continue::yes;
                     });
    }));
    return out;
  }
  void day(std::string_view date) {
    clock.set(*parse_instant(std::string(date) + "T02:00:00Z"));
  }  // ten in the morning

  std::unique_ptr<jobs::Outbox> outbox;
  std::int64_t division = 0, clerk = 0, neighbour = 0, chief = 0, applicant = 0;
  std::vector<std::string> counted;
};

TEST_P(FollowTest, RemindsBeforeADeadlineAndWhenItHasPassedOnce) {
  submitted("甲");  // Monday: to be reviewed by Monday 9
  EXPECT_EQ(remind(), 1);
  EXPECT_EQ(remind(), 0) << "nothing to look at before the day comes";
  EXPECT_EQ(told(clerk), "");
  day("2026-03-04");
  remind();
  EXPECT_EQ(told(clerk), "");
  day("2026-03-05");  // two working days are left
  remind();
  remind();
  const std::string near = "Due soon: “甲” (Review, due 2026-03-09)\n";
  EXPECT_EQ(told(clerk), near);
  day("2026-03-09");
  remind();
  EXPECT_EQ(told(clerk), near) << "the last day counts to its end";
  day("2026-03-10");
  remind();
  engine = std::make_unique<Engine>(*store, calendar);  // the process began anew
  remind();
  EXPECT_EQ(told(clerk), near + "Overdue: “甲” (Review, due 2026-03-09)\n");
  EXPECT_EQ(told(neighbour), "") << "another district's clerk may not handle it";
  EXPECT_EQ(told(chief), "") << "the chief has no step here";
  day("2026-03-12");  // the whole: ten working days end on Monday 16
  remind();
  EXPECT_TRUE(told(clerk).ends_with("Due soon: “甲” (the whole case, due 2026-03-16)\n")) << told(clerk);
}

TEST_P(FollowTest, RemindsTheApplicantWhileTheCaseWaitsAndNotByTheClockThatStands) {
  const auto id = submitted("甲");
  ASSERT_TRUE(step(clerk, id, "ask"));
  EXPECT_EQ(told(applicant), "“甲”: To be corrected\n");
  day("2026-03-06");  // one working day before Monday 9
  remind();
  day("2026-03-20");  // longer than the whole may take
  remind();
  EXPECT_EQ(told(applicant),
            "“甲”: To be corrected\nDue soon: “甲” (To be corrected, due 2026-03-09)\nOverdue: “甲” (To be corrected, "
            "due 2026-03-09)\n");
  EXPECT_EQ(told(clerk), "");
}

TEST_P(FollowTest, WhatIsDoneIsNotReminded) {
  const auto id = submitted("甲");
  ASSERT_TRUE(step(clerk, id, "finish"));
  day("2026-05-20");
  EXPECT_EQ(remind(), 0);
  EXPECT_EQ(told(clerk), "");
  EXPECT_EQ(told(applicant), "“甲”: Done\n");
}

TEST_P(FollowTest, TheRoleOfATransitionGetsACopy) {
  const auto id = submitted("甲");
  ASSERT_TRUE(step(clerk, id, "ask"));
  EXPECT_EQ(told(chief), "A copy for you: “甲”\n");
  deliver();
  std::string box;
  const auto context = as(chief);
  ASSERT_TRUE(db->read([&](sql::Connection& c) { return engine->tasks(c, context, Box::copied, 10, 0, box); }));
  const auto items = Json::parse(box);
  ASSERT_TRUE(items);
  ASSERT_EQ((*items)["items"].size(), 1u) << box;
  EXPECT_FALSE((*items)["items"].as_array()[0]["read"].as_bool());
}

TEST_P(FollowTest, AnotherSystemHearsWhatItSubscribedTo) {
  const auto id = submitted("甲");
  EXPECT_TRUE(counted.empty()) << "submitting was not asked for";
  ASSERT_TRUE(step(clerk, id, "finish"));
  ASSERT_EQ(counted.size(), 1u);
  EXPECT_EQ(counted[0], "finish 甲 done");
  const auto other = submitted("乙");
  ASSERT_TRUE(db->write_now([&](sql::Transaction& t) { return store->remove(t, as(applicant), request(), other); }));
  deliver();
  ASSERT_EQ(counted.size(), 2u);
  EXPECT_EQ(counted[1], "delete  ");
  EXPECT_EQ(remind(), 0);
}

// Who may act is heard of, so that nobody who may not holds a case.
TEST_P(FollowTest, OnlyAnnouncedEntitiesWriteEvents) {
  create("identity/person", {{"account", Json("x")}, {"name", Json("x")}, {"kind", Json("citizen")}});
  std::int64_t events = -1;
  ASSERT_TRUE(db->read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(const auto count, c.query_integer("SELECT count(*) FROM outbox_event WHERE entity NOT IN ('identity/person',"
                                            "'identity/post','identity/role')"));
    events = count.value_or(-1);
    return {};
  }));
  EXPECT_EQ(events, 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, FollowTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::process
