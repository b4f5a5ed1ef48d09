#include "entities/meaning_check.hpp"

#include <gtest/gtest.h>

#include "entities/loader.hpp"
#include "entities/test_town.hpp"

namespace civitas::entities {
namespace {

// What is said, in English, of a permit with this access, these states and steps; "" when it is good.
std::string said_of(const std::string& access, const std::string& more, const std::string& fields = "") {
  const std::string permit =
      "entity: permit\n"
      "title: {zh: 证, en: Permit}\n"
      "title_field: name\n"
      "fields:\n"
      "  - {name: name, type: text, title: {zh: 名, en: Name}}\n"
      "  - {name: kind, type: term, of: kind, title: {zh: 类, en: Kind}}\n"
      "  - {name: size, type: integer, title: {zh: 大, en: Size}}\n" +
      fields + "access: [" + access + "]\n" + more;
  Mistakes mistakes;
  std::vector<System> systems;
  systems.push_back(read_system(
      "town",
      {{"system.yaml", town_yaml},
       {"terms/kind.yaml",
        "terms: kind\ntitle: {zh: 类, en: Kind}\ncodes: [{code: street, title: {zh: 街, en: Street}}, {code: park, title: {zh: 园, en: Park}}]\n"},
       {"permit.yaml", permit}},
      mistakes));
  systems.push_back(read_system(
      "identity",
      {{"system.yaml", "system: identity\ntitle: {zh: 人, en: People}\n"},
       {"department.yaml",
        "entity: department\ntitle: {zh: 部门, en: Department}\nfields: [{name: name, type: text, title: {zh: 名, en: Name}}]\naccess: [{role: public, read: \"TRUE\"}]\n"}},
      mistakes));
  if (!mistakes.none()) return mistakes.to_problem().message.en;
  const auto catalog = Catalog::make(std::move(systems));
  if (!catalog) return catalog.error().message.en;
  Conditions conditions(**catalog);
  const auto sound = conditions.check_all();
  return sound ? "" : sound.error().message.en;
}

std::string course(const std::string& state, const std::string& step) {
  return "process:\n  initial: open\n  states:\n    - {name: open, title: {zh: 开, en: Open}" + state +
         "}\n    - {name: done, title: {zh: 完, en: Done}, kind: final}\n  transitions:\n    - {name: finish, title: {zh: 完, en: "
         "Finish}, from: open, to: done, role: clerk" +
         step + "}\n";
}

const std::string clerk = R"({role: clerk, read: "TRUE"})";

bool says(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

TEST(MeaningCheck, GoodOnes) {
  EXPECT_EQ(said_of(clerk, course("", ", when: \"kind = 'street' AND size > 3 AND size < 9\"")), "");
  EXPECT_EQ(said_of("{role: clerk, read: \"state IN ('open', 'done')\"}", course("", ", when: \"kind IN ('street','park')\"")), "");
}

TEST(MeaningCheck, ACodeThatTheListHasNot) {
  const std::string said = said_of(clerk, course("", ", when: \"kind = 'strete'\""));
  EXPECT_TRUE(says(said, "town/permit.yaml:15: the code list kind has no code strete; did you mean street")) << said;
  EXPECT_TRUE(says(said_of("{role: clerk, read: \"kind IN ('street', 'prak')\"}", ""), "no code prak; did you mean park"));
  EXPECT_TRUE(says(said_of("{role: clerk, read: \"state = 'opne'\"}", course("", "")), "permit has no state opne; did you mean open"));
}

TEST(MeaningCheck, AGuardThatCannotHold) {
  for (const std::string when :
       {"1 = 2", "size > 5 AND size < 3", "kind = 'street' AND kind = 'park'", "state = 'done'", "size IS NULL AND FALSE",
        "kind IN ('street') AND kind <> 'street'", "NOT (state = 'open')", "size BETWEEN 7 AND 3"})
    EXPECT_TRUE(says(said_of(clerk, course("", ", when: \"" + when + "\"")), "the guard of the transition finish can never hold"))
        << when << ": " << said_of(clerk, course("", ", when: \"" + when + "\""));
  for (const std::string when : {"size > 3 OR size < 1", "kind <> 'street'", "state = 'open'", "size >= 3 AND size <= 3", "size = 3"})
    EXPECT_EQ(said_of(clerk, course("", ", when: \"" + when + "\"")), "") << when;
}

TEST(MeaningCheck, AStepWhoseRoleCannotReadThere) {
  const std::string said = said_of("{role: clerk, read: \"state = 'done'\"}", course("", ""));
  EXPECT_TRUE(says(said, "the transition finish is for clerk, who can never read the record in the state open")) << said;
}

TEST(MeaningCheck, SignersThatCannotRead) {
  const std::string joint =
      ", joint: {each: [first], role: chief, until: all, then: finish}";
  const std::string field = "  - {name: first, type: ref, to: identity/department, title: {zh: 一, en: First}}\n";
  const std::string said = said_of(clerk + ", {role: chief, read: \"state = 'done'\"}", course(joint, ""), field);
  EXPECT_TRUE(says(said, "the signers of the joint state open cannot read the record")) << said;
}

TEST(MeaningCheck, OpenNeedsThePublic) {
  EXPECT_TRUE(says(said_of(clerk, "open: {attributes: true}\n"), "access has no such rule"));
  EXPECT_TRUE(says(said_of(clerk + R"(, {role: public, read: "TRUE", fields: [name]})", "open: {features: true, filter: \"size > 1\"}\n"),
                   "open.filter knows what the public may read only"));
  EXPECT_EQ(said_of(clerk + R"(, {role: public, read: "TRUE"})", "open: {attributes: true, filter: \"size > 1\"}\n"), "");
}

TEST(MeaningCheck, FieldsThatNobodyCouldFill) {
  EXPECT_TRUE(says(said_of(clerk, "", "  - {name: x, type: integer, title: {zh: X, en: X}, min: 9, max: 3}\n"),
                   "permit.yaml:8: the field x: min is above max"));
  const std::string nobody_fills = "  - {name: x, type: text, title: {zh: X, en: X}, required: true, read_only: true}\n";
  EXPECT_EQ(said_of(clerk, "", nobody_fills), "") << "made by the product alone";
  EXPECT_TRUE(says(said_of(R"({role: clerk, read: "TRUE", create: "TRUE"})", "", nobody_fills),
                   "required and read_only without a default"));
  EXPECT_TRUE(says(said_of(clerk, "list: {columns: [name], filters: [x]}\n", "  - {name: x, type: json, title: {zh: X, en: X}}\n"),
                   "filters names x, by which nothing can be filtered"));
}

TEST(MeaningCheck, PeriodsThatLeadNowhere) {
  EXPECT_TRUE(says(said_of(clerk, course(", then: finish", "")), "has `then` without `after`"));
  EXPECT_TRUE(says(said_of(clerk, course(", after: 3 days", "")), "has `after` without `then`"));
}

TEST(MeaningCheck, GlyphsThatAreDrawn) {
  const std::string said = said_of(clerk + R"(, {role: citizen, create: "TRUE"}, {role: owner, read: "TRUE"})",
                                   "portal: {group: {zh: 街, en: Streets}, glyph: camra, steps: [[name]]}\n" + course("", ""));
  EXPECT_TRUE(says(said, "glyph cannot be camra; did you mean camera")) << said;
}

}  // namespace
}  // namespace civitas::entities
