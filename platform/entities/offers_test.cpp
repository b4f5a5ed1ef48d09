#include <gtest/gtest.h>

#include "entities/catalog.hpp"
#include "entities/conditions.hpp"
#include "entities/loader.hpp"
#include "entities/process_text.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {
namespace {

const std::string registers_terms = "terms: sex\ntitle: {zh: 性别, en: Sex}\ncodes: [{code: \"1\", title: {zh: 男, en: Male}}, {code: \"2\", title: {zh: 女, en: Female}}]\n";

const std::string event_yaml = R"(entity: event
title: {zh: 事件, en: Event}
title_field: number
fields:
  - {name: number, type: code, rule: "E{serial:4}", title: {zh: 号, en: Number}}
  - {name: text, type: text, required: true, title: {zh: 内容, en: Text}}
  - {name: place, type: point, title: {zh: 位置, en: Place}}
  - {name: count, type: integer, title: {zh: 数, en: Count}}
  - {name: sex, type: term, of: registers/sex, title: {zh: 性别, en: Sex}}
  - {name: kind, type: term, of: kind, title: {zh: 类, en: Kind}}
process:
  initial: new
  states:
    - {name: new, title: {zh: 新, en: New}}
    - {name: open, title: {zh: 在办, en: Open}, kind: final}
  transitions:
    - {name: report, title: {zh: 上报, en: Report}, from: new, to: open, role: [staff, system]}
    - {name: ask, title: {zh: 问, en: Ask}, from: new, to: open, role: [staff, system], form: [text!]}
access: [{role: staff, read: "TRUE"}]
)";

const std::string offer_yaml =
    "  - name: report_event\n"
    "    title: {zh: 上报事件, en: Report an event}\n"
    "    takes:\n"
    "      - {name: text, type: long_text, required: true, title: {zh: 内容, en: Text}}\n"
    "      - {name: place, type: point, title: {zh: 位置, en: Place}}\n"
    "      - {name: sex, type: term, of: registers/sex, title: {zh: 性别, en: Sex}}\n"
    "    gives: [{name: number, type: text, title: {zh: 号, en: Number}}]\n";
const std::string create_yaml =
    "    create: {entity: event, set: {text: text, place: place, sex: sex, kind: \"'a'\"}, step: report, gives: {number: number}}\n";

/// What is said, in English, of a city in which the grid offers this and a hall calls; "" when it is good. Offers begin in
/// line 4 of grid/system.yaml, the transition of the hall is line 21 of hall/report.yaml.
struct Said {
  std::string wrong, remarks;
};
Said said_of(const std::string& offers, const std::string& calls, const std::string& call, const std::string& more = "") {
  const std::string report = R"(entity: report
title: {zh: 反映, en: Report}
title_field: text
fields:
  - {name: text, type: text, title: {zh: 内容, en: Text}}
  - {name: place, type: point, title: {zh: 位置, en: Place}}
  - {name: count, type: integer, title: {zh: 数, en: Count}}
  - {name: sex, type: term, of: registers/sex, title: {zh: 性别, en: Sex}}
  - {name: kind, type: term, of: kind, title: {zh: 类, en: Kind}}
  - {name: passed_to, type: text, title: {zh: 转办号, en: Passed to}}
access: [{role: staff, read: "TRUE"}]
process:
  initial: new
  states:
    - {name: new, title: {zh: 新, en: New}}
    - {name: passed, title: {zh: 已转, en: Passed}, kind: final}
    - {name: done, title: {zh: 办结, en: Done}, kind: final}
  transitions:
    - {name: finish, title: {zh: 办结, en: Finish}, from: new, to: done, role: staff}
    - {name: drop, title: {zh: 放弃, en: Drop}, from: new, to: done, role: staff}
    - {name: pass_on, title: {zh: 转办, en: Pass on}, from: new, to: passed, role: staff)" + call + "}\n";
  const std::string kind = "terms: kind\ntitle: {zh: 类, en: Kind}\ncodes: [{code: a, title: {zh: 甲, en: A}}, {code: b, title: {zh: 乙, en: B}}]\n";
  const std::string narrower = "terms: kind\ntitle: {zh: 类, en: Kind}\ncodes: [{code: a, title: {zh: 甲, en: A}}]\n";
  Mistakes mistakes;
  std::vector<System> systems;
  systems.push_back(read_system("registers", {{"system.yaml", "system: registers\ntitle: {zh: 库, en: Registers}\n"}, {"terms/sex.yaml", registers_terms}}, mistakes));
  systems.push_back(read_system("grid",
                                {{"system.yaml", "system: grid\ntitle: {zh: 网格, en: Grid}\n" + std::string(offers.empty() ? "" : "offers:\n") + offers},
                                 {"event.yaml", event_yaml},
                                 {"terms/kind.yaml", narrower}},
                                mistakes));
  systems.push_back(read_system("hall",
                                {{"system.yaml", "system: hall\ntitle: {zh: 大厅, en: Hall}\n" + std::string(calls.empty() ? "" : "calls:\n") + calls},
                                 {"report.yaml", report},
                                 {"terms/kind.yaml", kind}},
                                mistakes));
  if (!more.empty()) systems.push_back(read_system("other", {{"system.yaml", more}}, mistakes));
  if (!mistakes.none()) return {mistakes.to_problem().message.en, ""};
  const auto catalog = Catalog::make(std::move(systems));
  if (!catalog) return {catalog.error().message.en, ""};
  Said out;
  for (const auto& remark : (*catalog)->remarks()) out.remarks += remark.en + "\n";
  Conditions conditions(**catalog);
  if (const auto checked = conditions.check_all(); !checked) out.wrong = checked.error().message.en;
  return out;
}

const std::string good_need = "  - {name: report_event, takes: [text, place], gives: [number]}\n";
const std::string good_call = ", call: {offer: report_event, with: {text: text, place: place}, set: {passed_to: number}}";

TEST(Offers, WhatMayBeSaid) {
  const std::string offer = offer_yaml + create_yaml;
  EXPECT_EQ(said_of(offer, good_need, good_call).wrong, "");
  EXPECT_EQ(said_of(offer, "  - {name: report_event}\n", ", call: {offer: report_event, with: {text: \"'灯'\", sex: sex}}").wrong, "");
  EXPECT_EQ(said_of(offer, "", "").wrong, "") << "an offer that nobody calls";
  EXPECT_EQ(said_of(offer_yaml + "    do: grid.report\n", good_need, good_call).wrong, "");
  const auto absent = said_of("", "  - {name: report_event, optional: true, takes: [text, place]}\n", good_call);
  EXPECT_EQ(absent.wrong, "");
  EXPECT_NE(absent.remarks.find("hall/system.yaml:4: no system of the city offers report_event, which hall calls; its steps are not shown"), absent.remarks.npos) << absent.remarks;
}

TEST(Offers, WhatIsWrongIsNamedWithItsLine) {
  const std::string offer = offer_yaml + create_yaml;
  const auto offers = [&](const std::string& create) { return said_of(offer_yaml + "    " + create + "\n", good_need, good_call).wrong; };
  const auto calls = [&](const std::string& call) { return said_of(offer, "  - {name: report_event}\n", ", call: " + call).wrong; };
  const auto needs = [&](const std::string& need) { return said_of(offer, "  - " + need + "\n", "").wrong; };
  const std::pair<std::string, std::string> all[] = {
      {said_of("", good_need, good_call).wrong, "hall/system.yaml:4: no system of the city offers report_event, which hall calls; install one that does, or write optional: true"},
      {needs("{name: report_evnt}"), "hall/system.yaml:4: no system of the city offers report_evnt, which hall calls; did you mean report_event"},
      {needs("{name: report_event, takes: [text, plcae]}"), "hall/system.yaml:4: report_event does not take plcae; did you mean place"},
      {needs("{name: report_event, takes: [place]}"), "hall/system.yaml:4: report_event requires text, which takes does not name"},
      {needs("{name: report_event, gives: [numbr]}"), "hall/system.yaml:4: report_event does not give numbr; did you mean number"},
      {said_of(offer, "", good_call).wrong, "hall/report.yaml:21: the transition pass_on calls what `calls` of system.yaml does not name: report_event"},
      {calls("{offer: report_event, with: {place: place}}"), "hall/report.yaml:21: the transition pass_on: report_event requires text"},
      {calls("{offer: report_event, with: {text: text, plcae: place}}"), "hall/report.yaml:21: report_event does not take plcae; did you mean place"},
      {calls("{offer: report_event, with: {text: text, place: text}}"), "hall/report.yaml:21: place: “text” gives text, which the field place (point) cannot take"},
      {calls("{offer: report_event, with: {text: count}}"), "hall/report.yaml:21: text: “count” gives"},
      {calls("{offer: report_event, with: {text: text, sex: kind}}"), "hall/report.yaml:21: sex: the field kind has codes of another list (kind, not registers/sex)"},
      {calls("{offer: report_event, with: {text: text, sex: \"'3'\"}}"), "hall/report.yaml:21: "},
      {calls("{offer: report_event, with: {text: text}, set: {passed: number}}"), "hall/report.yaml:21: set of call names no field passed"},
      {calls("{offer: report_event, with: {text: text}, set: {count: number}}"), "hall/report.yaml:21: count: “number” gives text, which the field count (integer) cannot take"},
      {calls("{offer: report_event, with: {text: text}, set: {passed_to: nmber}}"), "hall/report.yaml:21: passed_to: "},
      {said_of(offer, "  - {name: report_event, takes: [text]}\n", ", call: {offer: report_event, with: {text: text, place: place}}").wrong, "hall/report.yaml:21: takes of `calls` does not name place"},
      {offers("create: {entity: evnt}"), "grid/system.yaml:4: create names no entity of this system: evnt; did you mean event"},
      {offers("create: {entity: event, set: {txt: text}}"), "grid/system.yaml:4: event has no field txt; did you mean text"},
      {offers("create: {entity: event, set: {place: place}}"), "grid/system.yaml:4: set of create lacks text, which event requires"},
      {offers("create: {entity: event, set: {text: text, count: place}}"), "grid/system.yaml:4: count: “place” gives"},
      {offers("create: {entity: event, set: {text: text, kind: \"'z'\"}}"), "grid/system.yaml:4: "},
      {offers("create: {entity: event, set: {text: text}, step: reprt}"), "grid/system.yaml:4: event has no transition reprt; did you mean report"},
      {offers("create: {entity: event, set: {text: text}, step: ask}"), "the transition ask must leave the initial state new, be for the role system and ask for nothing"},
      {offers("create: {entity: event, set: {text: text}, gives: {numbr: number}}"), "the offer does not declare to give numbr; did you mean number"},
      {offers("create: {entity: event, set: {text: text}, gives: {number: place}}"), "grid/system.yaml:4: number: “place” gives"},
      {said_of(offer_yaml, good_need, good_call).wrong, "grid/system.yaml:4: either create or do says what it does"},
      {said_of("  - {name: a, title: {zh: 甲, en: A}, do: grid.a, takes: [{name: x, type: rows, title: {zh: 行, en: X}, fields: [{name: y, type: text, title: {zh: 乙, en: Y}}]}]}\n", "", "").wrong, "grid/system.yaml:4: a field of an offer cannot be of the type rows"},
      {said_of("  - {name: a, title: {zh: 甲, en: A}, do: grid.a, takes: [{name: x, type: text, unique: true, title: {zh: 行, en: X}}]}\n", "", "").wrong, "grid/system.yaml:4: a field of an offer has no unique"},
      {said_of("  - {name: a, title: {zh: 甲, en: A}, do: grid.a, takes: [{name: x, type: term, of: sex, title: {zh: 行, en: X}}]}\n", "", "").wrong, "grid/system.yaml:4: no code list sex; did you mean registers/sex"},
      {said_of(offer, good_need, good_call, "system: other\ntitle: {zh: 另, en: Other}\noffers:\n" + offer_yaml + "    do: other.report\n").wrong, "other/system.yaml:4: other offers report_event, which grid offers already: there can be one in a city"},
  };
  for (const auto& [said, wanted] : all) EXPECT_NE(said.find(wanted), said.npos) << "said: " << said << "\nwanted: " << wanted;
}

TEST(Offers, ACircleIsToldWithItsWay) {
  const auto system = [](const std::string& name, const std::string& other) {
    Mistakes mistakes;
    System out = read_system(
        name,
        {{"system.yaml", "system: " + name + "\ntitle: {zh: 甲, en: A}\noffers:\n  - {name: of_" + name +
                             ", title: {zh: 甲, en: A}, create: {entity: thing, step: go}}\ncalls: [{name: of_" + other + "}]\n"},
         {"thing.yaml", "entity: thing\ntitle: {zh: 物, en: Thing}\nfields: [{name: name, type: text, title: {zh: 名, en: Name}}]\n"
                        "process:\n  initial: new\n  states:\n    - {name: new, title: {zh: 新, en: New}}\n    - {name: gone, title: {zh: 去, en: Gone}, kind: final}\n"
                        "  transitions:\n    - {name: go, title: {zh: 走, en: Go}, from: new, to: gone, role: system, call: {offer: of_" + other + "}}\n"
                        "access: [{role: staff, read: \"TRUE\"}]\n"}},
        mistakes);
    EXPECT_TRUE(mistakes.none()) << mistakes.to_problem().message.en;
    return out;
  };
  std::vector<System> both;
  both.push_back(system("east", "west"));
  both.push_back(system("west", "east"));
  const auto made = Catalog::make(std::move(both));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message.en,
            "east/system.yaml:4: the offers call one another in a circle: of_east → of_west → of_east\n"
            "west/system.yaml:4: the offers call one another in a circle: of_west → of_east → of_west");
}

TEST(Offers, AStoredStepStillKnowsWhatItCalls) {
  const auto process = read_process_text(
      R"({"initial": "new", "states": [{"name": "new", "title": {"zh": "新", "en": "New"}}, {"name": "done", "title": {"zh": "完", "en": "Done"}, "kind": "final"}],
          "transitions": [{"name": "pass", "title": {"zh": "转", "en": "Pass"}, "from": "new", "to": "done", "role": "staff",
                           "call": {"offer": "report_event", "with": {"text": "text"}, "set": {"number": "number"}}}]})",
      "stored");
  ASSERT_TRUE(process) << process.error().message.en;
  const auto& call = process->transitions.front().call;
  ASSERT_TRUE(call);
  EXPECT_EQ(call->offer, "report_event");
  EXPECT_EQ(call->with.front().value, "text");
  EXPECT_EQ(call->set.front().field, "number");
  EXPECT_TRUE(process->transitions.front().makes());
}

TEST(SharedLists, TheListMeantIsNamed) {
  const auto said = [](const std::string& of, const std::string& type = "term") {
    Mistakes mistakes;
    std::vector<System> systems;
    systems.push_back(read_system("registers", {{"system.yaml", "system: registers\ntitle: {zh: 库, en: Registers}\n"}, {"terms/sex.yaml", registers_terms}}, mistakes));
    systems.push_back(read_system("town",
                                  {{"system.yaml", "system: town\ntitle: {zh: 镇, en: Town}\n"},
                                   {"card.yaml", "entity: card\ntitle: {zh: 卡, en: Card}\ntitle_field: sex\nfields:\n  - {name: sex, type: " + type + ", of: " + of + ", title: {zh: 性别, en: Sex}}\naccess: [{role: staff, read: \"TRUE\"}]\n"},
                                   {"terms/kind.yaml", "terms: kind\ntitle: {zh: 类, en: Kind}\ncodes: [{code: a, title: {zh: 甲, en: A}}]\n"}},
                                  mistakes));
    EXPECT_TRUE(mistakes.none());
    const auto catalog = Catalog::make(std::move(systems));
    if (!catalog) return catalog.error().message.en;
    const Entity& card = *(*catalog)->entity("town", "card");
    return (*catalog)->terms_of(card, card.fields.front())->title.en;
  };
  EXPECT_EQ(said("registers/sex"), "Sex");
  EXPECT_EQ(said("kind"), "Kind");
  EXPECT_EQ(said("sx/sex"), "town/card.yaml:5: no code list sx/sex");
  EXPECT_EQ(said("sex"), "town/card.yaml:5: no code list sex; did you mean registers/sex");
  EXPECT_EQ(said("knd"), "town/card.yaml:5: no code list knd; did you mean kind");
  EXPECT_EQ(said("registers/sx"), "town/card.yaml:5: no code list registers/sx; did you mean registers/sex");
}

}  // namespace
}  // namespace civitas::entities
