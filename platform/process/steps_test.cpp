#include <gtest/gtest.h>

#include "process/test_office.hpp"

namespace civitas::process {
namespace {

constexpr const char* kind_yaml = R"(entity: kind
title: {zh: 类别, en: Kind}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}}
  - {name: department, type: ref, to: identity/department, title: {zh: 部门, en: Department}}
access: [{role: clerk, read: "TRUE"}]
)";
constexpr const char* note_yaml = R"(entity: note
title: {zh: 记录, en: Note}
title_field: text
fields:
  - {name: text, type: text, title: {zh: 内容, en: Text}}
  - {name: lamp, type: ref, to: lamp, title: {zh: 路灯, en: Lamp}}
access: [{role: clerk, read: "TRUE"}]
)";
constexpr const char* errand_yaml = R"yaml(entity: errand
title: {zh: 差事, en: Errand}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}}
process:
  initial: open
  states:
    - {name: open, title: {zh: 在办, en: Open}}
    - {name: done, title: {zh: 办结, en: Done}, kind: final}
    - {name: refused, title: {zh: 不办, en: Refused}, kind: rejected}
  transitions:
    - {name: finish, title: {zh: 办结, en: Finish}, from: open, to: done, role: clerk}
    - {name: refuse, title: {zh: 不办, en: Refuse}, from: open, to: refused, role: clerk}
access: [{role: clerk, read: "TRUE"}]
)yaml";
constexpr const char* lamp_yaml = R"yaml(entity: lamp
title: {zh: 路灯, en: Lamp}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
  - {name: kind, type: ref, to: kind, title: {zh: 类别, en: Kind}}
  - {name: department, type: ref, to: identity/department, title: {zh: 部门, en: Department}, read_only: true}
  - {name: worker, type: ref, to: identity/person, title: {zh: 人员, en: Worker}, read_only: true}
  - {name: taken_at, type: instant, title: {zh: 受理时间, en: Taken at}, read_only: true}
  - {name: taken_on, type: date, title: {zh: 受理日期, en: Taken on}, read_only: true}
  - {name: urgent, type: boolean, title: {zh: 急, en: Urgent}, default: false, read_only: true}
  - {name: returns, type: integer, title: {zh: 退回次数, en: Returns}, default: 0, read_only: true}
  - {name: spare, type: text, title: {zh: 曾用名, en: Former name}, read_only: true}
  - {name: result, type: text, title: {zh: 结果, en: Result}, read_only: true}
  - {name: paper, type: text, title: {zh: 文书, en: Paper}, read_only: true}
  - {name: note, type: ref, to: note, title: {zh: 记录, en: Note}, read_only: true}
  - {name: errand, type: ref, to: errand, title: {zh: 差事, en: Errand}, read_only: true}
process:
  initial: new
  limit: 10 working days
  states:
    - {name: new, title: {zh: 新, en: New}, editable: [name]}
    - {name: open, title: {zh: 在办, en: Open}, within: 1 working days}
    - {name: asked, title: {zh: 申请退回, en: Return asked}}
    - {name: papered, title: {zh: 出件, en: Papered}}
    - {name: waiting, title: {zh: 等待, en: Waiting}}
    - {name: done, title: {zh: 办结, en: Done}, kind: final}
    - {name: failed, title: {zh: 未办成, en: Failed}, kind: rejected}
  transitions:
    - name: take
      title: {zh: 受理, en: Take}
      from: new
      to: open
      role: clerk
      form: [result]
      set: {department: kind.department, worker: me(), taken_at: now(), taken_on: today(), spare: old(name)}
    - {name: mark, title: {zh: 标记, en: Mark}, from: open, to: same, role: clerk, side: true, when: "urgent = FALSE", set: {urgent: TRUE}}
    - {name: unmark, title: {zh: 取消, en: Unmark}, from: open, to: open, role: clerk, set: {urgent: FALSE, worker: null}}
    - {name: ask, title: {zh: 申请退回, en: Ask}, from: [open, papered], to: asked, role: clerk}
    - {name: refuse, title: {zh: 不同意, en: Refuse}, from: asked, to: previous, role: chief, set: {returns: "returns + 1"}}
    - {name: paper, title: {zh: 出件, en: Paper}, from: open, to: papered, role: clerk, form: [result!], when: "result <> 'bad'", do: [town.paper, town.stamp]}
    - {name: draft_paper, title: {zh: 拟件, en: Draft}, from: open, to: papered, role: clerk, do: [town.paper], undo: [town.tear]}
    - {name: write, title: {zh: 记录, en: Write}, from: open, to: papered, role: clerk, creates: {entity: note, set: {text: "name", lamp: id}}}
    - {name: send, title: {zh: 派差, en: Send}, from: open, to: waiting, role: clerk, starts: {entity: errand, set: {name: name}, link: errand, when_done: back, when_rejected: fail}}
    - {name: back, title: {zh: 差事办结, en: Errand done}, from: waiting, to: done, role: system}
    - {name: fail, title: {zh: 差事未成, en: Errand failed}, from: waiting, to: failed, role: system}
    - {name: close, title: {zh: 办结, en: Close}, from: papered, to: done, role: clerk}
    - {name: close_by_itself, title: {zh: 自动办结, en: Closed by itself}, from: papered, to: done, auto: true, when: "result = 'simple' OR name = 'simple'"}
    - {name: forget, title: {zh: 逾期, en: Forgotten}, from: asked, to: failed, auto: true, when: "taken_on < today()"}
    - {name: count_on, title: {zh: 计数, en: Count}, from: done, to: same, auto: true, when: "returns < 3 AND result = 'simple'", set: {returns: "returns + 1"}}
access:
  - {role: owner, read: "TRUE", create: "TRUE", write: "state = 'new'"}
  - {role: citizen, create: "TRUE"}
  - {role: clerk, read: "TRUE", write: "state = 'papered'"}
  - {role: chief, read: "TRUE"}
before_write: [town.count_before]
after_write: [town.count_after]
)yaml";

class StepsTest : public OfficeTest {
 protected:
  void SetUp() override {
    declare("town/kind.yaml", kind_yaml);
    declare("town/note.yaml", note_yaml);
    declare("town/errand.yaml", errand_yaml);
    declare("town/lamp.yaml", lamp_yaml);
    hooks.add("town.paper", [this](entities::HookCall& call) -> Status {
      seen.push_back((*call.before)["result"].as_string() + ">" + call.record["result"].as_string() + " " +
                     call.record["state"].as_string());
      if (call.record["result"].as_string() == "torn")
        return fail(problem(Kind::unprocessable, "town.torn", "纸破了", "The paper is torn."));
      call.change("paper", Json("P-" + std::to_string(++papers)));
      return {};
    });
    hooks.add("town.stamp", [](entities::HookCall& call) -> Status {
      call.change("paper", Json(call.record["paper"].as_string() + "!"));
      return {};
    });
    hooks.add("town.tear", [](entities::HookCall& call) -> Status {
      call.change("paper", Json());
      return {};
    });
    hooks.add("town.count_before", [this](entities::HookCall&) -> Status {
      ++before_writes;
      return {};
    });
    hooks.add("town.count_after", [this](entities::HookCall& call) -> Status {
      after.push_back(call.record);
      return {};
    });
    OfficeTest::SetUp();
    ASSERT_TRUE(hooks.check(*catalog));
    kind = made("town/kind", {{"name", Json("灯")}, {"department", Json(std::to_string(roads))}});
  }
  std::int64_t lamp(std::string name = "一号") {
    const auto id =
        opened(applicant, "town/lamp", {{"name", Json(std::move(name))}, {"kind", Json(std::to_string(kind))}});
    after.clear();
    before_writes = 0;
    return id;
  }
  std::int64_t taken() {
    const auto id = lamp();
    EXPECT_TRUE(step(clerk, "town/lamp", id, "take"));
    after.clear();
    before_writes = 0;
    return id;
  }
  std::int64_t entries(std::int64_t id) {
    return number("SELECT count(*) FROM audit_entry WHERE object='town/lamp/" + std::to_string(id) + "'");
  }
  std::int64_t events(std::int64_t id) {
    return number("SELECT count(*) FROM outbox_event WHERE record=" + std::to_string(id));
  }
  std::string state(std::int64_t id) { return record("town/lamp", id)["state"].as_string(); }

  std::int64_t kind = 0;
  int papers = 0, before_writes = 0;
  std::vector<std::string> seen;
  std::vector<Json> after;
};

TEST_P(StepsTest, OneStepIsOneVersionOneEntryOneRunOfTheHooks) {
  const auto id = taken();
  const auto entries_before = entries(id), events_before = events(id);
  ASSERT_TRUE(step(clerk, "town/lamp", id, "paper", {{"result", Json("good")}}));
  const Json now = record("town/lamp", id);
  EXPECT_EQ(now["paper"].as_string(), "P-1!") << "what the second action makes of the first one's change";
  EXPECT_EQ(now["version"].as_integer(), 3);
  EXPECT_EQ(entries(id), entries_before + 1);
  EXPECT_EQ(events(id), events_before + 1);
  EXPECT_EQ(before_writes, 1);
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after.front()["paper"].as_string(), "P-1!");
  EXPECT_EQ(seen, (std::vector<std::string>{">good papered"})) << "before: the state before the step";
  EXPECT_EQ(number("SELECT count(*) FROM town_lamp_history WHERE id=" + std::to_string(id)), 3);
}

TEST_P(StepsTest, AGuardIsAskedBeforeTheActionsAndARefusalChangesNothing) {
  const auto id = taken();
  EXPECT_EQ(reason(step(clerk, "town/lamp", id, "paper", {{"result", Json("bad")}})), "process.transition.guard");
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(reason(step(clerk, "town/lamp", id, "paper", {{"result", Json("torn")}})), "town.torn");
  const Json now = record("town/lamp", id);
  EXPECT_EQ(now["version"].as_integer(), 2);
  EXPECT_TRUE(now["result"].is_null());
  EXPECT_EQ(before_writes, 0);
}

TEST_P(StepsTest, SetsTypedValuesOfTheRecordAndWhatItRefersTo) {
  const auto id = lamp();
  ASSERT_TRUE(step(clerk, "town/lamp", id, "take", {{"result", Json("seen")}}));
  const Json now = record("town/lamp", id);
  EXPECT_EQ(now["department"]["title"].as_string(), "道路科");
  EXPECT_EQ(now["worker"]["title"].as_string(), "clerk");
  EXPECT_EQ(now["taken_at"].as_string(), "2026-03-02T02:00:00.000Z");
  EXPECT_EQ(now["taken_on"].as_string(), "2026-03-02");
  EXPECT_EQ(now["spare"].as_string(), "一号");
  EXPECT_EQ(now["result"].as_string(), "seen");
  EXPECT_EQ(now["version"].as_integer(), 2);
}

TEST_P(StepsTest, AStepThatStaysKeepsHolderAndClock) {
  const auto id = taken();
  ASSERT_TRUE(write(clerk, [&](auto& t, auto& c) { return engine->claim(t, c, entity("town/lamp"), id); }));
  const Json before = course("town/lamp", id);
  minutes(60);
  ASSERT_TRUE(step(clerk, "town/lamp", id, "mark"));
  EXPECT_EQ(reason(step(clerk, "town/lamp", id, "mark")), "process.transition.guard");
  ASSERT_TRUE(step(clerk, "town/lamp", id, "unmark")) << "a step to its own state stays, too";
  const Json now = course("town/lamp", id);
  EXPECT_EQ(now["entered_at"], before["entered_at"]);
  EXPECT_EQ(now["due_at"], before["due_at"]);
  EXPECT_EQ(now["claimed_by"]["name"].as_string(), "clerk");
  EXPECT_TRUE(record("town/lamp", id)["worker"].is_null()) << "null empties a field";
  EXPECT_EQ(reason(step(colleague, "town/lamp", id, "ask")), "process.case.claimed");
}

TEST_P(StepsTest, PreviousLeadsBackWithHolderAndClockOfThen) {
  const auto id = taken();
  ASSERT_TRUE(write(clerk, [&](auto& t, auto& c) { return engine->claim(t, c, entity("town/lamp"), id); }));
  const Json before = course("town/lamp", id);
  minutes(30);
  ASSERT_TRUE(step(clerk, "town/lamp", id, "ask"));
  EXPECT_TRUE(course("town/lamp", id)["claimed_by"].is_null());
  minutes(30);
  ASSERT_TRUE(step(chief, "town/lamp", id, "refuse"));
  const Json now = course("town/lamp", id);
  EXPECT_EQ(now["state"].as_string(), "open");
  EXPECT_EQ(now["entered_at"], before["entered_at"]);
  EXPECT_EQ(now["claimed_by"]["name"].as_string(), "clerk");
  EXPECT_EQ(record("town/lamp", id)["returns"].as_integer(), 1);
  // From another state it leads back to that one.
  ASSERT_TRUE(step(clerk, "town/lamp", id, "paper", {{"result", Json("good")}}));
  ASSERT_TRUE(step(clerk, "town/lamp", id, "ask"));
  ASSERT_TRUE(step(chief, "town/lamp", id, "refuse"));
  EXPECT_EQ(state(id), "papered");
}

TEST_P(StepsTest, ARecallBringsBackWhatTheStepSetAndTheClock) {
  const auto id = taken();
  const Json before = course("town/lamp", id);
  minutes(10);
  ASSERT_TRUE(step(clerk, "town/lamp", id, "ask"));
  ASSERT_TRUE(step(chief, "town/lamp", id, "refuse"));
  EXPECT_EQ(record("town/lamp", id)["returns"].as_integer(), 1);
  const auto recall = [&](const entities::Context& who) {
    return write(who, [&](auto& t, auto& c) { return engine->recall(t, c, entity("town/lamp"), id); });
  };
  EXPECT_EQ(reason(recall(clerk)), "process.recall.late") << "not one's own";
  ASSERT_TRUE(recall(chief));
  EXPECT_EQ(state(id), "asked");
  EXPECT_EQ(record("town/lamp", id)["returns"].as_integer(), 0);
  ASSERT_TRUE(step(chief, "town/lamp", id, "refuse")) << "previous is still the state before";
  EXPECT_EQ(state(id), "open");
  EXPECT_EQ(course("town/lamp", id)["entered_at"], before["entered_at"]);
}

TEST_P(StepsTest, WhatAStepHasMadeIsNotLeftByARecall) {
  const auto recall = [&](std::int64_t id) {
    return write(clerk, [&](auto& t, auto& c) { return engine->recall(t, c, entity("town/lamp"), id); });
  };
  const auto id = taken();
  ASSERT_TRUE(step(clerk, "town/lamp", id, "paper", {{"result", Json("good")}}));
  EXPECT_EQ(reason(recall(id)), "process.recall.made");
  EXPECT_EQ(state(id), "papered");
  const auto second = taken();
  ASSERT_TRUE(step(clerk, "town/lamp", second, "write"));
  EXPECT_EQ(reason(recall(second)), "process.recall.made");
  const auto third = taken();
  ASSERT_TRUE(step(clerk, "town/lamp", third, "draft_paper"));
  EXPECT_FALSE(record("town/lamp", third)["paper"].is_null());
  ASSERT_TRUE(recall(third)) << "undo takes it back";
  EXPECT_TRUE(record("town/lamp", third)["paper"].is_null());
  EXPECT_EQ(state(third), "open");
}

TEST_P(StepsTest, MakesARecordAndLinksIt) {
  const auto id = taken();
  ASSERT_TRUE(step(clerk, "town/lamp", id, "write"));
  const Json lamp = record("town/lamp", id);
  EXPECT_EQ(lamp["note"]["title"].as_string(), "一号");
  EXPECT_EQ(lamp["version"].as_integer(), 3);
  const Json note = record("town/note", *entities::reference_id(lamp["note"]));
  EXPECT_EQ(note["lamp"]["id"].as_string(), std::to_string(id));
}

TEST_P(StepsTest, ACaseThatWasStartedMovesWhoWaitsForIt) {
  for (const bool well : {true, false}) {
    const auto id = taken();
    ASSERT_TRUE(step(clerk, "town/lamp", id, "send"));
    EXPECT_EQ(state(id), "waiting");
    const auto errand = *entities::reference_id(record("town/lamp", id)["errand"]);
    ASSERT_TRUE(step(clerk, "town/errand", errand, well ? "finish" : "refuse"));
    EXPECT_EQ(state(id), well ? "done" : "failed");
  }
}

TEST_P(StepsTest, AutomaticStepsFollowWhatMakesTheirGuardTrue) {
  const auto id = taken();
  ASSERT_TRUE(step(clerk, "town/lamp", id, "paper", {{"result", Json("simple")}}));
  EXPECT_EQ(state(id), "done");
  const Json now = record("town/lamp", id);
  EXPECT_EQ(now["returns"].as_integer(), 3) << "until its guard holds no more";
  EXPECT_EQ(number("SELECT count(*) FROM process_trace WHERE transition='count_on' AND who_name='自动办理' AND record=" +
                   std::to_string(id)),
            3);
  EXPECT_EQ(may(clerk, "town/lamp", id), "");
}

TEST_P(StepsTest, AutomaticStepsFollowAChangeOfTheRecord) {
  const auto id = taken();
  ASSERT_TRUE(step(clerk, "town/lamp", id, "paper", {{"result", Json("good")}}));
  clerk.now = clock.now();
  const auto written = update(clerk, "town/lamp", std::to_string(id), object({{"name", Json("simple")}}));
  ASSERT_TRUE(written) << written.error().message.en;
  EXPECT_EQ((*written)["state"].as_string(), "done") << "the answer is the record as the steps left it";
  EXPECT_EQ((*written)["version"].as_integer(), 5);
}

TEST_P(StepsTest, AutomaticStepsAreTakenWhenTheirTimeHasCome) {
  const auto id = taken();
  ASSERT_TRUE(step(clerk, "town/lamp", id, "ask"));
  EXPECT_EQ(engine->look_again(*db, clock.now()).value_or(-1), 0);
  minutes(24 * 60);
  EXPECT_EQ(engine->look_again(*db, clock.now()).value_or(-1), 1);
  EXPECT_EQ(state(id), "failed");
  EXPECT_EQ(engine->look_again(*db, clock.now()).value_or(-1), 0);
}

TEST_P(StepsTest, TasksAreWhatHasToBeDone) {
  const auto id = taken();
  EXPECT_EQ(todos(clerk), 1);
  EXPECT_EQ(may(clerk, "town/lamp", id), "mark unmark ask paper draft_paper write send ");
}

INSTANTIATE_TEST_SUITE_P(Engines, StepsTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::process
