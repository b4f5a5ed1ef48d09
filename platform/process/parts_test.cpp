#include <gtest/gtest.h>

#include "process/test_office.hpp"

namespace civitas::process {
namespace {

constexpr const char* paper_yaml = R"yaml(entity: paper
title: {zh: 文件, en: Paper}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}}
  - {name: first, type: ref, to: identity/department, title: {zh: 主办, en: First}}
  - {name: others, type: refs, to: identity/department, title: {zh: 协办, en: Others}}
  - {name: reader, type: ref, to: identity/person, title: {zh: 阅批人, en: Reader}}
process:
  initial: draft
  states:
    - {name: draft, title: {zh: 草稿, en: Draft}}
    - name: signing
      title: {zh: 会签, en: Signing}
      joint: {each: [first, others, reader], within: 2 working days, role: [clerk, chief], then: signed, refused: sent_back}
    - {name: either, title: {zh: 任一签, en: One of them}, joint: {each: [first, others], until: any, opinion: true, then: signed_by_one}}
    - {name: handling, title: {zh: 办理, en: Handling}}
    - {name: done, title: {zh: 办结, en: Done}, kind: final}
  transitions:
    - {name: send, title: {zh: 送会签, en: Send}, from: draft, to: signing, role: clerk}
    - {name: send_to_one, title: {zh: 送签, en: Send to one}, from: draft, to: either, role: clerk}
    - {name: signed, title: {zh: 会签完成, en: Signed}, from: signing, to: handling, role: system, assign: {department: first}}
    - {name: signed_by_one, title: {zh: 已签, en: Signed by one}, from: either, to: handling, role: system, assign: {person: reader}}
    - {name: sent_back, title: {zh: 退回, en: Sent back}, from: signing, to: draft, role: system}
    - {name: take_back, title: {zh: 收回, en: Take back}, from: signing, to: draft, role: chief, side: true}
    - {name: note, title: {zh: 备注, en: Note}, from: handling, to: same, role: [clerk, chief], side: true, anyone: true}
    - {name: finish, title: {zh: 办结, en: Finish}, from: handling, to: done, role: clerk}
flags:
  - {name: unread, title: {zh: 未指定阅批人, en: Nobody reads}, when: "reader IS NULL", tone: warn}
access:
  - {role: clerk, read: "TRUE", create: "TRUE"}
  - {role: chief, read: "TRUE"}
)yaml";

class PartsTest : public OfficeTest {
 protected:
  void SetUp() override {
    declare("town/paper.yaml", paper_yaml);
    OfficeTest::SetUp();
  }
  std::int64_t paper(bool with_reader = false) {
    Values values{{"name", Json("通知")},
                  {"first", Json(std::to_string(roads))},
                  {"others", Json(Json::Array{Json(std::to_string(water)), Json(std::to_string(roads))})}};
    if (with_reader) values.emplace_back("reader", Json(std::to_string(chief.who.id)));
    return opened(clerk, "town/paper", std::move(values));
  }
  std::int64_t sent() {
    const auto id = paper();
    EXPECT_TRUE(step(clerk, "town/paper", id, "send"));
    return id;
  }
  Status sign(const entities::Context& who, std::int64_t id, Values input) {
    return write(who, [&](auto& t, auto& c) { return engine->sign(t, c, entity("town/paper"), id, object(input)); });
  }
  Status agree(const entities::Context& who, std::int64_t id) { return sign(who, id, {{"agree", Json(true)}}); }
  Status add(const entities::Context& who, std::int64_t id, Values input) {
    return write(who,
                 [&](auto& t, auto& c) { return engine->add_party(t, c, entity("town/paper"), id, object(input)); });
  }
  Status drop(const entities::Context& who, std::int64_t id, Values input) {
    return write(who,
                 [&](auto& t, auto& c) { return engine->drop_party(t, c, entity("town/paper"), id, object(input)); });
  }
  Status delegate(const entities::Context& who, std::int64_t id, Json to) {
    return write(who, [&](auto& t, auto& c) {
      return engine->delegate(t, c, entity("town/paper"), id, object({{"to", std::move(to)}}));
    });
  }
  std::string state(std::int64_t id) { return course("town/paper", id)["state"].as_string(); }
  static Json id_of(const entities::Context& who) { return Json(std::to_string(who.who.id)); }
  static Json id_of(std::int64_t id) { return Json(std::to_string(id)); }
};

TEST_P(PartsTest, EachPartySignsItsOwnAndThenTheCaseGoesOn) {
  const auto id = sent();
  const Json parts = course("town/paper", id)["parts"];
  ASSERT_EQ(parts.size(), 2u) << "a department that two fields name signs once";
  EXPECT_EQ(parts.as_array()[0]["department"]["name"].as_string(), "道路科");
  EXPECT_EQ(parts.as_array()[0]["due_at"].as_string(), "2026-03-04T16:00:00.000Z");
  EXPECT_EQ(todos(clerk), 1);
  EXPECT_EQ(todos(colleague), 1);
  EXPECT_EQ(reason(agree(applicant, id)), "process.part.none");
  EXPECT_EQ(reason(sign(clerk, id, {})), "entities.field.required");
  EXPECT_EQ(reason(sign(clerk, id, {{"agree", Json("yes")}})), "entities.field.required");
  ASSERT_TRUE(agree(clerk, id));
  EXPECT_EQ(reason(agree(clerk, id)), "process.part.signed");
  EXPECT_EQ(todos(clerk), 0);
  EXPECT_EQ(state(id), "signing");
  ASSERT_TRUE(agree(colleague, id));
  EXPECT_EQ(state(id), "handling");
  EXPECT_EQ(reason(agree(colleague, id)), "process.part.state");
}

TEST_P(PartsTest, OneRefusalSendsItBackWhereAllHaveToAgree) {
  const auto id = sent();
  EXPECT_EQ(reason(sign(clerk, id, {{"agree", Json(false)}})), "entities.field.required") << "a refusal says why";
  ASSERT_TRUE(sign(clerk, id, {{"agree", Json(false)}, {"comment", Json("缺图")}}));
  EXPECT_EQ(state(id), "draft");
  ASSERT_TRUE(step(clerk, "town/paper", id, "send"));
  EXPECT_TRUE(course("town/paper", id)["parts"].as_array()[0]["agree"].is_null()) << "a new round begins";
}

TEST_P(PartsTest, OneIsEnoughWhereAnyMaySign) {
  const auto id = paper(true);
  ASSERT_TRUE(step(clerk, "town/paper", id, "send_to_one"));
  EXPECT_EQ(reason(agree(colleague, id)), "entities.field.required") << "an opinion is asked for";
  ASSERT_TRUE(sign(colleague, id, {{"agree", Json(true)}, {"comment", Json("同意")}}));
  EXPECT_EQ(state(id), "handling");
}

TEST_P(PartsTest, SignersAreAddedAndTakenOff) {
  const auto id = sent();
  EXPECT_EQ(reason(add(applicant, id, {{"person", id_of(chief)}})), "process.case.not_yours");
  EXPECT_EQ(reason(add(clerk, id, {})), "process.part.party");
  EXPECT_EQ(reason(add(clerk, id, {{"department", id_of(roads)}})), "process.part.known");
  EXPECT_EQ(reason(add(clerk, id, {{"person", id_of(applicant)}})), "process.part.person");
  EXPECT_EQ(reason(add(clerk, id, {{"department", Json("1")}})), "process.part.person");
  ASSERT_TRUE(agree(clerk, id));
  EXPECT_EQ(reason(drop(chief, id, {{"department", id_of(roads)}})), "process.part.signed");
  EXPECT_EQ(reason(drop(chief, id, {{"person", id_of(chief)}})), "process.part.party");
  ASSERT_TRUE(drop(chief, id, {{"department", id_of(water)}})) << "what is left has agreed";
  EXPECT_EQ(state(id), "handling");
}

TEST_P(PartsTest, ARecallAndAWayBackLeaveNoOpinions) {
  const auto id = sent();
  ASSERT_TRUE(write(clerk, [&](auto& t, auto& c) { return engine->recall(t, c, entity("town/paper"), id); }));
  EXPECT_EQ(state(id), "draft");
  EXPECT_EQ(todos(colleague), 1) << "the draft, no part";
  ASSERT_TRUE(step(clerk, "town/paper", id, "send"));
  ASSERT_TRUE(agree(colleague, id));
  EXPECT_EQ(reason(write(clerk, [&](auto& t, auto& c) { return engine->recall(t, c, entity("town/paper"), id); })),
            "process.recall.made");
}

TEST_P(PartsTest, AnAssignedCaseIsHandledByWhomItIsAssignedTo) {
  const auto id = sent();
  ASSERT_TRUE(agree(clerk, id));
  ASSERT_TRUE(agree(colleague, id));
  EXPECT_EQ(course("town/paper", id)["assigned"]["department"]["name"].as_string(), "道路科");
  EXPECT_EQ(todos(clerk), 1);
  EXPECT_EQ(todos(colleague), 0);
  EXPECT_EQ(reason(step(colleague, "town/paper", id, "finish")), "process.case.assigned");
  EXPECT_EQ(may(colleague, "town/paper", id), "note ");
  ASSERT_TRUE(step(colleague, "town/paper", id, "note")) << "anyone may";
  ASSERT_TRUE(step(clerk, "town/paper", id, "finish"));
}

TEST_P(PartsTest, AnotherActsInOnesNameUntilThatIsTakenBack) {
  const auto id = sent();
  ASSERT_TRUE(agree(clerk, id));
  EXPECT_EQ(todos(chief), 0);
  EXPECT_EQ(reason(delegate(applicant, id, id_of(chief))), "process.case.not_yours");
  EXPECT_EQ(reason(delegate(colleague, id, id_of(colleague))), "process.delegate.person");
  EXPECT_EQ(reason(delegate(colleague, id, id_of(applicant))), "process.delegate.person");
  EXPECT_EQ(reason(delegate(colleague, id, Json())), "process.delegate.none");
  ASSERT_TRUE(delegate(colleague, id, id_of(chief)));
  EXPECT_EQ(todos(chief), 1);
  ASSERT_TRUE(delegate(colleague, id, Json()));
  EXPECT_EQ(todos(chief), 0);
  EXPECT_EQ(reason(agree(chief, id)), "process.part.none");
  ASSERT_TRUE(delegate(colleague, id, id_of(chief)));
  ASSERT_TRUE(agree(chief, id));
  EXPECT_EQ(state(id), "handling");
  EXPECT_EQ(number("SELECT count(*) FROM process_trace WHERE who_name='chief' AND acting_for_name='colleague' AND record=" +
                   std::to_string(id)),
            1);
}

TEST_P(PartsTest, AStepInTheNameOfWhoHasTheCase) {
  const auto id = sent();
  ASSERT_TRUE(agree(clerk, id));
  ASSERT_TRUE(agree(colleague, id));
  EXPECT_EQ(may(colleague, "town/paper", id), "note ");
  ASSERT_TRUE(delegate(clerk, id, id_of(colleague)));
  EXPECT_EQ(may(colleague, "town/paper", id), "note finish ");
  ASSERT_TRUE(step(colleague, "town/paper", id, "finish"));
  EXPECT_EQ(number("SELECT count(*) FROM process_trace WHERE transition='finish' AND acting_for_name='clerk'"), 1);
}

TEST_P(PartsTest, ACaseWithFlagsSaysSoToTheOffice) {
  const auto id = paper();
  const Json item = tasks(clerk)["items"].as_array()[0];
  ASSERT_EQ(item["flags"].size(), 1u);
  EXPECT_EQ(item["flags"].as_array()[0]["name"].as_string(), "unread");
  EXPECT_EQ(item["flags"].as_array()[0]["tone"].as_string(), "warn");
  EXPECT_TRUE(tasks(applicant)["items"].as_array().empty());
  (void)id;
}

INSTANTIATE_TEST_SUITE_P(Engines, PartsTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::process
