#include <gtest/gtest.h>

#include "entities/catalog.hpp"
#include "entities/conditions.hpp"
#include "entities/loader.hpp"
#include "entities/process_text.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {
namespace {

constexpr const char* department_yaml = R"(entity: department
title: {zh: 部门, en: Department}
fields: [{name: name, type: text, title: {zh: 名称, en: Name}}]
access: [{role: staff, read: "TRUE"}]
)";
constexpr const char* person_yaml = R"(entity: person
title: {zh: 人员, en: Person}
fields: [{name: name, type: text, title: {zh: 名称, en: Name}}]
access: [{role: staff, read: "TRUE"}]
)";
constexpr const char* note_yaml = R"(entity: note
title: {zh: 记录, en: Note}
title_field: text
fields:
  - {name: text, type: text, title: {zh: 内容, en: Text}}
  - {name: count, type: integer, title: {zh: 数, en: Count}}
access: [{role: clerk, read: "TRUE"}]
)";

/// What is said, in English, of a process with these more states and transitions and these more lines; "" when it is
/// good. The first of these transitions stands in line 18.
std::string said_of(const std::string& transitions, const std::string& states = "", const std::string& more = "") {
  const std::string lamp =
      "entity: lamp\n"
      "title: {zh: 灯, en: Lamp}\n"
      "fields:\n"
      "  - {name: name, type: text, title: {zh: 名, en: Name}}\n"
      "  - {name: count, type: integer, title: {zh: 数, en: Count}}\n"
      "  - {name: seen, type: instant, title: {zh: 见, en: Seen}}\n"
      "  - {name: department, type: ref, to: identity/department, title: {zh: 部门, en: Department}}\n"
      "  - {name: worker, type: ref, to: identity/person, title: {zh: 人, en: Worker}}\n"
      "  - {name: note, type: ref, to: note, title: {zh: 记, en: Note}}\n"
      "access: [{role: clerk, read: \"TRUE\"}]\n"
      "process:\n"
      "  initial: open\n"
      "  states:\n"
      "    - {name: open, title: {zh: 开, en: Open}}\n"
      "    - {name: done, title: {zh: 完, en: Done}, kind: final}\n" +
      states +
      "  transitions:\n"
      "    - {name: finish, title: {zh: 完, en: Finish}, from: open, to: done, role: clerk}\n" +
      transitions + more;
  Mistakes mistakes;
  std::vector<System> systems;
  systems.push_back(read_system("identity",
                                {{"system.yaml", "system: identity\ntitle: {zh: 人, en: People}\n"},
                                 {"department.yaml", department_yaml},
                                 {"person.yaml", person_yaml}},
                                mistakes));
  systems.push_back(read_system("town",
                                {{"system.yaml",
                                  "system: town\ntitle: {zh: 镇, en: Town}\nroles: [{name: clerk, title: {zh: 办, en: "
                                  "Clerk}}]\n"},
                                 {"note.yaml", note_yaml},
                                 {"lamp.yaml", lamp}},
                                mistakes));
  if (!mistakes.none()) return mistakes.to_problem().message.en;
  const auto catalog = Catalog::make(std::move(systems));
  if (!catalog) return catalog.error().message.en;
  Conditions conditions(**catalog);
  const auto checked = conditions.check_all();
  return checked ? "" : checked.error().message.en;
}

std::string step(const std::string& keys, const std::string& ends = "from: open, to: done, role: clerk") {
  return "    - {name: one, title: {zh: 一, en: One}, " + ends + (keys.empty() ? "" : ", ") + keys + "}\n";
}

TEST(LoaderSteps, WhatMayBeSaid) {
  for (const std::string& good :
       {step("set: {count: \"count + 1\", seen: now(), worker: me(), name: \"'x'\", note: null}"),
        step("set: {department: department, worker: NULL, name: note.text, count: note.count}"),
        step("set: {seen: today(), note: \"first(note, count > 1)\", count: \"length(name)\", name: \"concat(name, '-', count)\"}"),
        step("", "from: open, to: same, role: clerk, side: true"),
        step("", "from: open, to: previous, role: clerk, anyone: true"),
        step("", "from: open, to: done, auto: true, when: \"count > 3\""),
        step("", "from: open, to: same, auto: true, when: \"count < 3\", set: {count: \"count + 1\"}"),
        step("assign: {department: department}"), step("assign: {person: worker}"), step("creates: note"),
        step("creates: {entity: note, set: {text: name}, link: note}, undo: []"),
        step("starts: {entity: lamp, set: {name: name}}")})
    EXPECT_EQ(said_of(good), "") << good;
  EXPECT_EQ(said_of(step("", "from: signing, to: done, role: system"),
                    "    - {name: signing, title: {zh: 签, en: S}, joint: {each: [department, worker], until: 1, then: "
                    "one}}\n    - {name: way, title: {zh: 路, en: W}}\n",
                    "    - {name: a, title: {zh: 甲, en: A}, from: open, to: way, role: clerk}\n"
                    "    - {name: b, title: {zh: 乙, en: B}, from: way, to: signing, role: clerk}\n"
                    "flags: [{name: many, title: {zh: 多, en: Many}, when: \"count > 9\", tone: bad}]\n"),
            "");
}

TEST(LoaderSteps, WhatIsWrongIsNamedWithItsLine) {
  const std::pair<std::string, std::string> all[] = {
      {step("set: {conut: 1}"), "town/lamp.yaml:18: set names no field conut; did you mean count"},
      {step("set: {count: nmae}"), "town/lamp.yaml:18: set count: "},
      {step("set: {count: name}"), "town/lamp.yaml:18: set count: “name” gives text, which the field count (integer)"},
      {step("set: {seen: name}"), "set seen: “name” gives text, which the field seen (instant) cannot take"},
      {step("set: {worker: department}"), "set worker: “department” gives a record of identity/department"},
      {step("set: {note: \"first(note, text = 'x', id)\", worker: \"first(note, TRUE)\"}"),
       "set worker: “first(note, TRUE)” gives a record of town/note"},
      {step("set: {count: \"count(lamp.nothing)\"}"), "lamp.nothing is no reference to this record type"},
      {step("set: {count: id}"), "set count: “id” gives the key of a record"},
      {step("set: {note: took_part(me())}"), "set note: "},
      {step("set: [count]"), "town/lamp.yaml:18: set must be a map"},
      {step("assign: {person: department}"), "assign: the field department must refer to a person"},
      {step("assign: {}"), "assign names a person or a department"},
      {step("creates: nope"), "town/lamp.yaml:18: no entity nope; did you mean note"},
      {step("creates: {entity: note, set: {txet: name}}"), "note has no field txet; did you mean text"},
      {step("creates: {entity: note, set: {count: name}}"), "set count: “name” gives text"},
      {step("creates: {entity: note, link: worker}"), "link: the field worker must refer to note"},
      {step("starts: note"), "starts: note has no process"},
      {step("starts: {entity: lamp, when_done: finsh}"), "when_done names no transition finsh; did you mean finish"},
      {step("starts: {entity: lamp, when_done: finish}"), "the transition finish of when_done does not leave the state"},
      {step("undo: [x]"), "has undo but no do, creates, starts or call"},
      {step("", "from: open, to: same, auto: true, when: \"count > 3\""), "it would never stop"},
      {step("", "from: open, to: same, auto: true, set: {count: 1}"), "needs a guard"},
      {step("form: [name!]", "from: open, to: done, auto: true"), "nobody fills in its form"},
      {step("", "from: open, to: done"), "names no role"},
      {step("", "from: open, to: smae, role: clerk"), "no state smae"},
  };
  for (const auto& [transition, says] : all)
    EXPECT_NE(said_of(transition).find(says), std::string::npos) << transition << said_of(transition);
}

TEST(LoaderSteps, AutomaticStepsRoundInACircleAreRefused) {
  EXPECT_NE(said_of("    - {name: there, title: {zh: 去, en: T}, from: open, to: way, auto: true}\n"
                    "    - {name: back, title: {zh: 回, en: B}, from: way, to: open, auto: true}\n",
                    "    - {name: way, title: {zh: 路, en: W}}\n")
                .find("comes round to where it starts"),
            std::string::npos);
}

TEST(LoaderSteps, JointStatesAreChecked) {
  const auto joint = [](const std::string& keys) {
    return said_of("    - {name: to_sign, title: {zh: 送, en: T}, from: open, to: signing, role: clerk}\n"
                   "    - {name: signed, title: {zh: 签, en: S}, from: signing, to: done, role: system}\n",
                   "    - {name: signing, title: {zh: 签, en: S}, joint: {" + keys + "}}\n");
  };
  EXPECT_EQ(joint("each: department, then: signed"), "");
  const std::pair<std::string, std::string> all[] = {
      {"then: signed", "each of joint is missing"},
      {"each: department", "then is missing"},
      {"each: name, then: signed", "joint: the field name must refer to departments or persons"},
      {"each: departmnet, then: signed", "joint names no field departmnet; did you mean department"},
      {"each: department, then: finish", "the transition finish of then does not leave the state signing"},
      {"each: department, then: signed, refused: signed", "cannot be the same transition"},
      {"each: department, then: signed, until: some", "until is all, any, or a number"},
      {"each: department, then: signed, role: clark", "no role clark"},
  };
  for (const auto& [keys, says] : all) EXPECT_NE(joint(keys).find(says), std::string::npos) << keys << joint(keys);
}

TEST(LoaderSteps, FlagsAreChecked) {
  const auto flag = [](const std::string& keys) { return said_of("", "", "flags: [{" + keys + "}]\n"); };
  EXPECT_EQ(flag("name: a, title: {zh: 甲, en: A}, when: \"count > 1\""), "");
  EXPECT_NE(flag("name: a, title: {zh: 甲, en: A}").find("when is missing"), std::string::npos);
  EXPECT_NE(flag("name: a, title: {zh: 甲, en: A}, when: \"count >\"").find("town/lamp.yaml"), std::string::npos);
  EXPECT_NE(flag("name: a, title: {zh: 甲, en: A}, when: \"TRUE\", tone: red").find("tone cannot be red"),
            std::string::npos);
}

TEST(LoaderSteps, AStoredDefinitionIsReadBackTheSame) {
  Mistakes mistakes;
  const auto node = parse_yaml(
      "initial: a\nstates:\n  - {name: a, title: {zh: 甲, en: A}, joint: {each: [d], until: any, within: 1 days, then: "
      "t}}\ntransitions:\n"
      "  - {name: t, title: {zh: 乙, en: T}, from: a, to: previous, auto: true, side: true, set: {u: TRUE, n: 1, x: null, "
      "c: \"c + 1\"}, creates: note, undo: []}\n",
      "test");
  ASSERT_TRUE(node);
  const Json text = node->to_json();
  const auto process = read_process_text(text.dump(), "test");
  ASSERT_TRUE(process) << process.error().message.en;
  const Transition& t = process->transitions.front();
  EXPECT_TRUE(t.automatic && t.side && t.goes_back() && t.creates && t.undo && t.undo->empty());
  ASSERT_EQ(t.set.size(), 4u);
  EXPECT_EQ(t.set[0].value, "TRUE");
  EXPECT_EQ(t.set[1].value, "1");
  EXPECT_EQ(t.set[2].value, "NULL");
  EXPECT_EQ(t.set[3].value, "c + 1");
  EXPECT_EQ(process->states.front().joint->wanted, 1);
  EXPECT_EQ(read_process_text(process->text, "test")->hash, process->hash);
}

}  // namespace
}  // namespace civitas::entities
