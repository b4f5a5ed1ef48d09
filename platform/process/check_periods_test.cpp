#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "process/check.hpp"

namespace civitas::process {
namespace {

namespace fs = std::filesystem;

// What is said of a record type with these clocks and this way to extend them, by the loader or by the check of periods.
std::string said(const std::string& clocks, const std::string& extend = "") {
  const fs::path folder = fs::temp_directory_path() / ("civitas_periods_" + std::to_string(getpid()));
  fs::create_directories(folder / "town");
  std::ofstream(folder / "town/system.yaml")
      << "system: town\ntitle: {zh: 测试, en: Test}\nroles:\n  - {name: clerk, title: {zh: 办, en: Clerk}}\n";
  std::ofstream(folder / "town/kind.yaml") << R"yaml(entity: kind
title: {zh: 类, en: Kind}
fields:
  - {name: name, type: text, title: {zh: 名, en: Name}}
  - {name: hours, type: integer, title: {zh: 时, en: Hours}}
access:
  - {role: clerk, read: "TRUE"}
)yaml";
  std::ofstream(folder / "town/request.yaml") << R"yaml(entity: request
title: {zh: 申请, en: Request}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}}
  - {name: kind, type: ref, to: kind, title: {zh: 类, en: Kind}}
  - {name: more, type: integer, title: {zh: 延, en: More}}
  - {name: late, type: boolean, title: {zh: 迟, en: Late}}
process:
  initial: new
  clocks: [)yaml" << clocks << R"yaml(]
  states:
    - {name: new, title: {zh: 新, en: New}}
    - {name: done, title: {zh: 办结, en: Done}, kind: final}
  transitions:
    - {name: finish, title: {zh: 办结, en: Finish}, from: new, to: done, role: clerk)yaml" << extend << R"yaml(}
access:
  - {role: clerk, read: "TRUE"}
)yaml";
  const auto catalog = entities::Catalog::load(folder);
  fs::remove_all(folder);
  if (!catalog) return catalog.error().message.en;
  entities::Conditions conditions(**catalog);
  if (const Status sound = conditions.check_all(); !sound) return sound.error().message.en;
  const Status checked = check_periods(**catalog);
  return checked ? "" : checked.error().message.en;
}

const std::string answer = "name: answer, title: {zh: 答, en: Answer}, ";

TEST(ClockDeclarations, GoodOnes) {
  EXPECT_EQ(said(""), "");
  EXPECT_EQ(said("{" + answer + "limit: 30 minutes}"), "");
  EXPECT_EQ(said("{" + answer + "limit: kind.hours working hours, starts: finish, stops_in: [new], warn: 80%, late: {tell: "
                                "[clerk, owner, holder], set: {late: \"TRUE\"}, go: finish}}",
                 ", extend: more working hours, clock: answer"),
            "");
  EXPECT_EQ(said("{" + answer + "limit: more hours}", ", extend: 30 minutes, clock: answer"), "");
}

TEST(ClockDeclarations, WhatIsWrongIsNamedWithFileAndLine) {
  const struct {
    std::string clocks, extend, says;
  } all[] = {
      {"{" + answer + "limit: 30 parsecs}", "", "request.yaml:10: The period \"30 parsecs\" is not understood"},
      {"{" + answer + "limit: kind.name hours}", "", "the period names kind.name, which is no field with a number"},
      {"{" + answer + "limit: kind.huors hours}", "", "the period names kind.huors"},
      {"{" + answer + "limit: 1 hours, starts: finsh}", "", "no state or transition finsh; did you mean finish"},
      {"{" + answer + "limit: 1 hours, stops_in: [nw]}", "", "no state nw; did you mean new"},
      {"{" + answer + "limit: 1 hours, stops_in: [new], counts_in: [done]}", "", "either stops_in or counts_in"},
      {"{" + answer + "limit: 1 hours, warn: 120%}", "", "The warning \"120%\" is not understood"},
      {"{" + answer + "limit: 1 hours, late: {go: fnish}}", "", "no transition fnish; did you mean finish"},
      {"{" + answer + "limit: 1 hours, late: {set: {lat: \"TRUE\"}}}", "", "no field lat; did you mean late"},
      {"{" + answer + "limit: 1 hours, late: {set: {late: \"'x'\"}}}", "", "request.yaml:10"},
      {"{" + answer + "limit: 1 hours, late: {tell: [clrk]}}", "", "request.yaml:10: tell.to names clrk, which is not there; did you mean clerk"},
      {"{name: step, title: {zh: 步, en: Step}, limit: 1 hours}", "", "the clock name step is taken"},
      {"{" + answer + "limit: 1 hours}", ", extend: 2 hours", "no clock limit"},
      {"{" + answer + "limit: 1 hours}", ", extend: 2 days, clock: answer", "extend has to use the same unit"},
      {"{" + answer + "limit: 1 hours}", ", extend: kind.hours hours, clock: answer", "no field with a number"},
      {"{" + answer + "limit: 1 hours}", ", clock: answer", "has clock without extend"},
  };
  for (const auto& one : all)
    EXPECT_NE(said(one.clocks, one.extend).find(one.says), std::string::npos)
        << one.clocks << one.extend << "\n" << said(one.clocks, one.extend);
}

}  // namespace
}  // namespace civitas::process
