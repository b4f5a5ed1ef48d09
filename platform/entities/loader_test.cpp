#include "entities/loader.hpp"
#include "entities/schema.hpp"

#include <gtest/gtest.h>

#include "entities/catalog.hpp"
#include "entities/conditions.hpp"

namespace civitas::entities {
namespace {

constexpr const char* system_yaml = R"(system: town
title: {zh: 测试, en: Test}
roles:
  - {name: clerk, title: {zh: 办事员, en: Clerk}}
)";

std::string entity_with(const std::string& fields, const std::string& more = "") {
  return "entity: street\ntitle: {zh: 街, en: Street}\nfields:\n  - {name: name, type: text, title: {zh: 名称, en: "
         "Name}}\n" +
         fields + "access:\n  - {role: public, read: \"TRUE\"}\n  - {role: clerk, read: \"TRUE\"}\n" + more;
}

/// Everything that is said about a system of these files, "" when it is good.
std::string complaints(std::vector<Source> sources) {
  sources.push_back({"system.yaml", system_yaml});
  Mistakes mistakes;
  std::vector<System> systems;
  systems.push_back(read_system("town", sources, mistakes));
  if (!mistakes.none()) return mistakes.to_problem().message.en;
  const auto catalog = Catalog::make(std::move(systems));
  if (!catalog) return catalog.error().message.en;
  Conditions conditions(**catalog);
  const auto checked = conditions.check_all();
  return checked ? "" : checked.error().message.en;
}

std::string complaints_of(const std::string& fields, const std::string& more = "") {
  return complaints({{"street.yaml", entity_with(fields, more)}});
}

TEST(Loader, AcceptsAPlainSystem) {
  EXPECT_EQ(complaints_of(""), "");
  EXPECT_EQ(complaints_of("  - {name: since, type: uncertain_date, title: {zh: 始于, en: Since}}\n"), "");
}

struct Wrong {
  const char* fields;
  const char* says;
};

TEST(Loader, NamesFileLineAndWhatIsWrong) {
  const Wrong all[] = {
      {"  - {name: order, type: integer, title: {zh: 序, en: Order}}\n",
       "town/street.yaml:5: the field name order is a reserved word"},
      {"  - {name: \"x; DROP\", type: text, title: {zh: 序, en: X}}\n",
       "town/street.yaml:5: name has lower-case letters"},
      {"  - {name: version, type: text, title: {zh: 版, en: V}}\n", "two fields would take the column version"},
      {"  - {name: since, type: uncertain_date, title: {zh: 始, en: S}}\n  - {name: since_latest, type: integer, "
       "title: {zh: 终, en: L}}\n",
       "two fields would take the column since_latest"},
      {"  - {name: name, type: text, title: {zh: 名, en: N}}\n", "repeats the name name"},
      {"  - {name: a, type: text, pattern: \"(\", title: {zh: 甲, en: A}}\n",
       "town/street.yaml:5: the pattern is no regular expression of RE2"},
      {"  - {name: a, type: text, pattern: \"(?=x)x\", title: {zh: 甲, en: A}}\n", "invalid perl operator: (?="},
      {"  - {name: a, type: text, min: nan, title: {zh: 甲, en: A}}\n", "min must be a number"},
      {"  - {name: a, type: integer, default: twelve, title: {zh: 甲, en: A}}\n",
       "town/street.yaml:5: default: “A” must be a whole number"},
      {"  - {name: a, type: text, scope: region, title: {zh: 甲, en: A}}\n", "only a ref field may have a scope"},
      {"  - {name: a, type: rows, title: {zh: 甲, en: A}, fields: [{name: b, type: term, of: none, title: {zh: 乙, en: "
       "B}}]}\n",
       "no code list none"},
      {"  - {name: a, type: rows, title: {zh: 甲, en: A}, fields: [{name: b, type: ref, to: none, title: {zh: 乙, en: "
       "B}}]}\n",
       "no entity town/none"},
      {"  - &a {name: a, type: text, title: {zh: 甲, en: A}}\n",
       "town/street.yaml:5: malformed YAML (anchors and aliases"},
  };
  for (const auto& [fields, says] : all)
    EXPECT_NE(complaints_of(fields).find(says), std::string::npos) << fields << complaints_of(fields);
}

TEST(Loader, NamesBecomeTablesAndSoArePlainWords) {
  std::string text = entity_with("");
  text.replace(text.find("street"), 6, "\"s(x)\"");
  EXPECT_NE(complaints({{"street.yaml", text}}).find("entity has lower-case letters"), std::string::npos);
  EXPECT_NE(complaints({{"street.yaml", entity_with("")}, {"street2.yaml", entity_with("")}})
                .find("street2.yaml:1: repeats the entity street"),
            std::string::npos);
  EXPECT_NE(complaints({{"terms/a.yaml",
                         "terms: a\ntitle: {zh: 甲, en: A}\ncodes: [{code: x, title: {zh: 乙, en: B}}, {code: x, "
                         "title: {zh: 乙, en: B}}]\n"}})
                .find("repeats the code x"),
            std::string::npos);
}

TEST(Loader, SymbolsAreThoseThatTheMapKnows) {
  EXPECT_NE(complaints({{"terms/a.yaml",
                         "terms: a\ntitle: {zh: 甲, en: A}\ncodes: [{code: x, title: {zh: 乙, en: B}, symbol: prak}]\n"}})
                .find("there is no symbol prak; did you mean park"),
            std::string::npos);
  EXPECT_NE(complaints({{"street.yaml", entity_with("") + "list: {columns: [name], symbol: nmae}\n"}}).find("nmae"),
            std::string::npos);
  EXPECT_NE(complaints({{"street.yaml", entity_with("") + "list: {columns: [name], symbol: name}\n"}})
                .find("list.symbol must be a term"),
            std::string::npos);
}

TEST(Loader, ProcessesAreChecked) {
  const auto process = [](const std::string& states, const std::string& transitions) {
    return complaints_of("", "process:\n  initial: draft\n  states:\n" + states + "  transitions:\n" + transitions);
  };
  const std::string good =
      "    - {name: draft, title: {zh: 草稿, en: Draft}}\n    - {name: done, kind: final, title: {zh: 办结, en: "
      "Done}}\n";
  const std::string step = "    - {name: finish, title: {zh: 办结, en: Finish}, from: draft, to: done, role: clerk}\n";
  EXPECT_EQ(process(good, step), "");
  EXPECT_NE(process(good + "    - {name: draft, title: {zh: 又, en: Again}}\n", step).find("repeats the name draft"),
            std::string::npos);
  EXPECT_NE(process(good, step + step).find("repeats the name finish"), std::string::npos);
  EXPECT_NE(process(good + "    - {name: lost, kind: final, title: {zh: 丢, en: Lost}}\n", step)
                .find("lost cannot be reached"),
            std::string::npos);
  EXPECT_NE(process(good, "    - {name: finish, title: {zh: 办, en: F}, from: draft, to: dnoe, role: clerk}\n")
                .find("no state dnoe; did you mean done"),
            std::string::npos);
}

TEST(Loader, EveryKeyOfTheSchemaHasALine) {
  std::vector<std::string> missing;
  const Json schema = declarations_schema(&missing);
  for (const auto& key : missing)
    ADD_FAILURE() << key << " has no line in key_descriptions.cpp";
  EXPECT_EQ(schema["definitions"]["entity"]["properties"]["limit"]["description"].as_string(),
            "How many records may refer to one; it holds under a rush.");
}

TEST(Loader, AThousandMistakesAreToldInAFewHundredLines) {
  std::string fields;
  for (int i = 0; i < 5000; ++i) fields += "  - {nmae: x" + std::to_string(i) + "}\n";
  const auto said = complaints_of(fields);
  EXPECT_NE(said.find("unknown key nmae; did you mean name"), std::string::npos);
  EXPECT_LT(said.size(), 40'000u);
}

}  // namespace
}  // namespace civitas::entities
