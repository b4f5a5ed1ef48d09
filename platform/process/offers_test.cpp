#include <gtest/gtest.h>

#include "process/test_office.hpp"

namespace civitas::process {
namespace {

constexpr const char* grid_yaml = R"yaml(system: grid
title: {zh: 网格, en: Grid}
roles: [{name: intake, title: {zh: 受理, en: Intake}}]
offers:
  - name: report_event
    title: {zh: 上报事件, en: Report an event}
    takes:
      - {name: text, type: long_text, required: true, title: {zh: 内容, en: Text}}
      - {name: place, type: point, title: {zh: 位置, en: Place}}
      - {name: wanted, type: date, title: {zh: 期望, en: Wanted}}
      - {name: asker, type: ref, to: identity/person, title: {zh: 来人, en: Asker}}
    gives:
      - {name: number, type: text, required: true, title: {zh: 号, en: Number}}
      - {name: since, type: instant, title: {zh: 受理时间, en: Since}}
    create:
      entity: event
      set: {text: text, place: place, asker: asker, class: "first(class, name = '其他')"}
      step: report
      gives: {number: number, since: created_at}
  - name: count_lamps
    title: {zh: 数灯, en: Count lamps}
    takes: [{name: least, type: integer, default: 2, title: {zh: 至少, en: Least}}]
    gives: [{name: lamps, type: integer, required: true, title: {zh: 灯数, en: Lamps}}]
    do: grid.count
  - name: go_round
    title: {zh: 绕圈, en: Go round}
    do: grid.round
)yaml";
constexpr const char* class_yaml = R"yaml(entity: class
title: {zh: 类别, en: Class}
fields: [{name: name, type: text, title: {zh: 名称, en: Name}}]
access: [{role: intake, read: "TRUE"}]
)yaml";
constexpr const char* event_yaml = R"yaml(entity: event
title: {zh: 事件, en: Event}
title_field: number
fields:
  - {name: number, type: code, rule: "SJ{serial:4}", title: {zh: 号, en: Number}}
  - {name: text, type: text, max: 20, required: true, title: {zh: 内容, en: Text}}
  - {name: place, type: point, title: {zh: 位置, en: Place}}
  - {name: class, type: ref, to: class, required: true, title: {zh: 类别, en: Class}}
  - {name: asker, type: ref, to: identity/person, title: {zh: 来人, en: Asker}}
process:
  initial: new
  states:
    - {name: new, title: {zh: 新, en: New}}
    - {name: open, title: {zh: 在办, en: Open}}
    - {name: done, title: {zh: 办结, en: Done}, kind: final}
  transitions:
    - {name: report, title: {zh: 上报, en: Report}, from: new, to: open, role: [intake, system]}
    - {name: finish, title: {zh: 办结, en: Finish}, from: open, to: done, role: intake}
access: [{role: intake, read: "TRUE", create: "TRUE"}]
)yaml";
constexpr const char* hall_yaml = R"yaml(system: hall
title: {zh: 大厅, en: Hall}
roles: [{name: clerk, title: {zh: 办事员, en: Clerk}}]
calls:
  - {name: report_event, takes: [text, place, asker], gives: [number, since]}
  - {name: count_lamps}
  - {name: blow_whistle, optional: true}
)yaml";
constexpr const char* matter_yaml = R"yaml(entity: matter
title: {zh: 反映, en: Matter}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}}
  - {name: text, type: text, title: {zh: 内容, en: Text}}
  - {name: place, type: point, title: {zh: 位置, en: Place}}
  - {name: passed_to, type: text, title: {zh: 转办号, en: Passed to}, read_only: true}
  - {name: passed_at, type: instant, title: {zh: 转办时间, en: Passed at}, read_only: true}
  - {name: lamps, type: integer, title: {zh: 灯数, en: Lamps}, read_only: true}
process:
  initial: new
  states:
    - {name: new, title: {zh: 新, en: New}}
    - {name: noisy, title: {zh: 扰民, en: Noisy}}
    - {name: passed, title: {zh: 已转, en: Passed}, kind: final}
  transitions:
    - {name: pass_on, title: {zh: 转办, en: Pass on}, from: new, to: passed, role: clerk, form: [text], call: {offer: report_event, with: {text: text, place: place, asker: me()}, set: {passed_to: number, passed_at: since}}}
    - {name: count, title: {zh: 数灯, en: Count}, from: new, to: same, role: clerk, side: true, call: {offer: count_lamps, set: {lamps: "lamps + 1"}}}
    - {name: annoy, title: {zh: 扰民, en: Annoy}, from: new, to: noisy, role: clerk, side: true}
    - {name: whistle, title: {zh: 吹哨, en: Whistle}, from: noisy, to: passed, role: clerk, call: {offer: blow_whistle, with: {text: text}}}
access: [{role: clerk, read: "TRUE", create: "TRUE"}]
)yaml";

class OffersTest : public OfficeTest {
 protected:
  void SetUp() override {
    declare("grid/system.yaml", grid_yaml);
    declare("grid/class.yaml", class_yaml);
    declare("grid/event.yaml", event_yaml);
    declare("hall/system.yaml", hall_yaml);
    declare("hall/matter.yaml", matter_yaml);
    OfficeTest::SetUp();
    made("grid/class", {{"name", Json("路灯")}});
    other = made("grid/class", {{"name", Json("其他")}});
    hall = person("hall_clerk", roads, "hall.clerk");
    engine->offers().add("grid.count", [this](OfferedCall& call) -> Result<Json> {
      asked = call.caller.entity ? call.caller.entity->path() + "." + call.caller.step : "nobody";
      named = call.product.who.name;
      if (answer.is_null())
        return fail(problem(Kind::unprocessable, "grid.dark", "天黑数不了", "It is too dark to count."));
      return answer;
    });
    engine->offers().add("grid.round", [this](OfferedCall& call) -> Result<Json> {
      return engine->offers().call(call.transaction, call.asker, "go_round", Json::object());
    });
    ASSERT_TRUE(engine->offers().check());
  }
  std::int64_t matter(Values values) {
    values.emplace_back("name", Json("一号"));
    return opened(hall, "hall/matter", std::move(values));
  }
  Json trace(const entities::Context& who, std::string_view path, std::int64_t id) {
    std::string out;
    EXPECT_TRUE(db->read([&](sql::Connection& c) { return engine->trace(c, who, entity(path), id, out); }));
    return Json::parse(out).value_or(Json())["entries"];
  }
  std::int64_t events() { return number("SELECT count(*) FROM grid_event"); }
  std::string text(const std::string& statement) {
    std::string out;
    EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(const auto found, c.query_text(statement));
      out = found.value_or("");
      return {};
    }));
    return out;
  }
  Result<Json> call(std::string_view offer, Values takes) {
    Result<Json> out = fail(internal_problem("not run"));
    const Status done = write(hall, [&](sql::Transaction& t, const entities::Context& c) -> Status {
      out = engine->offers().call(t, c, offer, object(std::move(takes)));
      return out ? Status{} : Status(fail(out.error()));
    });
    return out;
  }

  entities::Context hall;
  std::int64_t other = 0;
  Json answer = Json(Json::Object{{"lamps", Json(7)}});
  std::string asked, named;
};

Json here() { return Json::parse(R"({"type":"Point","coordinates":[114.3,30.5]})").value(); }

TEST_P(OffersTest, OneStepIsDoneByTwoSystemsTogether) {
  const auto id = matter({{"place", here()}});
  ASSERT_EQ(may(hall, "hall/matter", id), "pass_on count annoy ");
  ASSERT_TRUE(step(hall, "hall/matter", id, "pass_on", {{"text", Json("灯不亮")}}));
  const Json passed = record("hall/matter", id);
  EXPECT_EQ(passed["state"].as_string(), "passed");
  EXPECT_EQ(passed["passed_to"].as_string(), "SJ0001");
  EXPECT_EQ(passed["passed_at"].as_string(), "2026-03-02T02:00:00.000Z");
  EXPECT_EQ(passed["version"].as_integer(), 2) << "one change";
  ASSERT_EQ(events(), 1);
  const auto event = number("SELECT id FROM grid_event");
  const Json made = record("grid/event", event);
  EXPECT_EQ(made["state"].as_string(), "open") << "the step of the offer was taken";
  EXPECT_EQ(made["text"].as_string(), "灯不亮");
  EXPECT_EQ(made["place"]["coordinates"].as_array()[0].as_number(), 114.3);
  EXPECT_EQ(made["class"]["title"].as_string(), "其他");
  EXPECT_EQ(made["asker"]["title"].as_string(), "hall_clerk") << "on behalf of the person";

  const Json of_caller = trace(hall, "hall/matter", id).as_array().back();
  EXPECT_EQ(of_caller["transition"].as_string(), "offer.call");
  EXPECT_EQ(of_caller["title"]["en"].as_string(), "Passed on: “Report an event”");
  EXPECT_EQ(of_caller["record"]["system"].as_string(), "grid");
  EXPECT_EQ(of_caller["record"]["entity"].as_string(), "event");
  EXPECT_EQ(of_caller["record"]["id"].as_string(), std::to_string(event));
  EXPECT_FALSE(of_caller["record"]["open"].as_bool()) << "a clerk of the hall does not read events";
  const auto intake = person("intake", water, "grid.intake");
  const Json of_event = trace(intake, "grid/event", event).as_array().back();
  EXPECT_EQ(of_event["transition"].as_string(), "offer.called");
  EXPECT_EQ(of_event["by"]["name"].as_string(), "服务 上报事件（hall_clerk）");
  EXPECT_EQ(of_event["record"]["system"].as_string(), "hall");
  EXPECT_EQ(of_event["record"]["id"].as_string(), std::to_string(id));
  const std::string object = "object='grid/event/" + std::to_string(event) + "'";
  EXPECT_NE(text("SELECT detail FROM audit_entry WHERE " + object + " AND action='grid.event.create'")
                .find("offer report_event, called by step pass_on of hall/matter/" + std::to_string(id)),
            std::string::npos);
  EXPECT_EQ(text("SELECT who_name FROM audit_entry WHERE " + object + " AND action='grid.event.create'"), "服务 上报事件（hall_clerk）");
}

TEST_P(OffersTest, WhatIsRefusedChangesNeither) {
  const auto id = matter({});
  const Status empty = step(hall, "hall/matter", id, "pass_on");
  EXPECT_EQ(reason(empty), "across.offer.takes");
  EXPECT_EQ(empty.error().field, "text") << "shown at the caller's own field";
  EXPECT_EQ(empty.error().message.en, "“Report an event” cannot be done: “Text” is required.");
  const Status longer = step(hall, "hall/matter", id, "pass_on", {{"text", Json("一二三四五六七八九十一二三四五六七八九十一")}});
  EXPECT_EQ(reason(longer), "entities.field.too_long") << "what the record made does not take";
  EXPECT_EQ(events(), 0);
  EXPECT_EQ(record("hall/matter", id)["version"].as_integer(), 1);
  answer = Json();
  EXPECT_EQ(reason(step(hall, "hall/matter", id, "count")), "grid.dark");
}

TEST_P(OffersTest, AnActionOfCppServes) {
  const auto id = matter({});
  ASSERT_TRUE(step(hall, "hall/matter", id, "count"));
  EXPECT_EQ(record("hall/matter", id)["lamps"].as_integer(), 8);
  EXPECT_EQ(asked, "hall/matter.count");
  EXPECT_EQ(named, "服务 数灯（hall_clerk）");
  const Status recalled = write(hall, [&](auto& t, auto& c) { return engine->recall(t, c, entity("hall/matter"), id); });
  EXPECT_EQ(reason(recalled), "process.recall.made");
  answer = Json(Json::Object{{"lapms", Json(7)}});
  EXPECT_EQ(reason(step(hall, "hall/matter", id, "count")), "base.internal") << "a fault of who serves";
}

TEST_P(OffersTest, CppCallsToo) {
  const auto given = call("report_event", {{"text", Json("灯不亮")}, {"wanted", Json("2026-03-05")}});
  ASSERT_TRUE(given) << given.error().message.en;
  EXPECT_EQ((*given)["number"].as_string(), "SJ0001");
  EXPECT_EQ(events(), 1);
  const auto counted = call("count_lamps", {});
  ASSERT_TRUE(counted);
  EXPECT_EQ((*counted)["lamps"].as_integer(), 7);
  EXPECT_EQ(asked, "nobody");
  EXPECT_EQ(call("blow_whistle", {}).error().reason, "across.offer.absent");
  EXPECT_EQ(call("report_event", {{"txet", Json("x")}}).error().reason, "across.offer.takes");
  EXPECT_EQ(call("report_event", {{"text", Json("x")}, {"wanted", Json("soon")}}).error().reason, "across.offer.takes");
  EXPECT_EQ(call("go_round", {}).error().reason, "across.offer.circle");
}

TEST_P(OffersTest, AStepThatNobodyServesIsNotThere) {
  const auto id = matter({});
  ASSERT_TRUE(step(hall, "hall/matter", id, "annoy"));
  EXPECT_EQ(may(hall, "hall/matter", id), "");
  EXPECT_EQ(todos(hall), 0);
  const Status refused = step(hall, "hall/matter", id, "whistle");
  EXPECT_EQ(reason(refused), "across.offer.absent");
  EXPECT_EQ(refused.error().kind, Kind::unprocessable);
}

TEST_P(OffersTest, AnActionThatIsNotThereIsNamedAtTheStart) {
  Engine fresh(*store, calendar);
  const Status checked = fresh.offers().check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().reason, "entities.declaration");
  EXPECT_NE(checked.error().message.en.find("grid/system.yaml:20: no action grid.count"), std::string::npos)
      << checked.error().message.en;
}

INSTANTIATE_TEST_SUITE_P(Engines, OffersTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::process
