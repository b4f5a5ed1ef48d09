#include "process/clocks.hpp"

#include <gtest/gtest.h>

#include "entities/process_text.hpp"

namespace civitas::process {
namespace {

using entities::ProcessDeclaration;

const WorkingCalendar& calendar() {
  static const WorkingCalendar loaded = WorkingCalendar::load({"platform/process/data/holidays.yaml"}).value();
  return loaded;
}
Instant at(std::string_view day_and_time) {
  return parse_instant("2026-" + std::string(day_and_time) + ":00+08:00").value();
}

ProcessDeclaration declared(const std::string& clocks, const std::string& more = "") {
  return entities::read_process_text(R"(
initial: new
clocks: [)" + clocks + "]\n" + more +
                                         R"(
states:
  - {name: new, title: {zh: 新, en: New}}
  - {name: handling, title: {zh: 处置, en: Handling}}
  - {name: asked, title: {zh: 补正, en: Asked}, kind: stopped}
  - {name: deferred, title: {zh: 缓办, en: Deferred}}
  - {name: done, title: {zh: 办结, en: Done}, kind: final}
transitions:
  - {name: take, title: {zh: 受理, en: Take}, from: [new, asked, deferred], to: handling, role: clerk}
  - {name: ask, title: {zh: 问, en: Ask}, from: handling, to: asked, role: clerk}
  - {name: defer, title: {zh: 缓, en: Defer}, from: handling, to: deferred, role: clerk}
  - {name: finish, title: {zh: 办结, en: Finish}, from: handling, to: done, role: clerk}
)",
                                     "test")
      .value();
}

// Friday 20 November 2026, nine in the morning.
CaseCourse course(std::vector<Passage> more = {}) {
  CaseCourse out;
  out.passages = {{at("11-20T09:00"), "create", "new"}};
  for (auto& passage : more) out.passages.push_back(std::move(passage));
  out.state = out.passages.back().state;
  out.entered_at = out.passages.back().at;
  out.started_at = out.passages.front().at;
  return out;
}

std::string read(const ProcessDeclaration& p, const CaseCourse& c, Instant now) {
  const auto clocks = read_clocks(calendar(), p, c, now);
  if (!clocks) return clocks.error().reason;
  std::string out;
  for (const auto& clock : *clocks) {
    char numbers[120];
    std::snprintf(numbers, sizeof numbers, "%s %g/%d-%g left %g %s", clock.name.c_str(), clock.used, clock.limit,
                  clock.stopped, clock.left, std::string(level_name(clock.level)).c_str());
    out += (out.empty() ? "" : "; ") + std::string(numbers) + " " + format_instant(clock.due_at.plus_seconds(8 * 3600)).substr(5, 11);
  }
  return out;
}

const char* minutes = "{name: answer, title: {zh: 响应, en: Answer}, limit: 30 minutes}";

TEST(Clocks, MinutesRunThroughNightsAndWeekends) {
  const auto p = declared(minutes);
  EXPECT_EQ(read(p, course(), at("11-20T09:10")), "answer 10/30-0 left 20 ok 11-20T09:30");
  EXPECT_EQ(read(p, course(), at("11-20T09:24")), "answer 24/30-0 left 6 warn 11-20T09:30");
  EXPECT_EQ(read(p, course(), at("11-20T09:30")), "answer 30/30-0 left 0 late 11-20T09:30");
  EXPECT_EQ(read(p, course(), at("11-21T09:00")), "answer 1440/30-0 left -1410 late 11-20T09:30");
}

TEST(Clocks, WorkingHoursRunWhileTheOfficeIsOpen) {
  const auto p = declared("{name: repair, title: {zh: 修, en: Repair}, limit: 8 working hours, warn: 2 working hours}");
  EXPECT_EQ(read(p, course(), at("11-20T18:00")), "repair 6.5/8-0 left 1.5 warn 11-23T10:00");
  EXPECT_EQ(read(p, course(), at("11-20T17:00")), "repair 6/8-0 left 2 warn 11-23T10:00");
  EXPECT_EQ(read(p, course(), at("11-20T16:59")), "repair 5.98/8-0 left 2.02 ok 11-23T10:00");
  EXPECT_EQ(read(p, course(), at("11-23T10:00")), "repair 8/8-0 left 0 late 11-23T10:00");
}

TEST(Clocks, StandInTheStatesTheySayAndMoveTheirEnd) {
  const auto p = declared(
      "{name: a, title: {zh: 甲, en: A}, limit: 4 hours, stops_in: [deferred]}, "
      "{name: b, title: {zh: 乙, en: B}, limit: 4 hours}, "
      "{name: c, title: {zh: 丙, en: C}, limit: 4 hours, counts_in: [handling]}");
  auto c = course({{at("11-20T10:00"), "take", "handling"}, {at("11-20T11:00"), "defer", "deferred"}});
  EXPECT_EQ(read(p, c, at("11-20T12:00")),
            "a 2/4-1 left 2 stopped 11-20T14:00; b 3/4-0 left 1 ok 11-20T13:00; c 1/4-1 left 3 stopped 11-20T15:00");
  c = course({{at("11-20T10:00"), "take", "handling"}, {at("11-20T11:00"), "ask", "asked"}, {at("11-20T12:30"), "take", "handling"}});
  EXPECT_EQ(read(p, c, at("11-20T13:00")),
            "a 4/4-0 left 0 late 11-20T13:00; b 2.5/4-1.5 left 1.5 ok 11-20T14:30; c 1.5/4-1.5 left 2.5 ok 11-20T15:30");
}

TEST(Clocks, BeginWhereTheyAreTold) {
  const auto p = declared(
      "{name: a, title: {zh: 甲, en: A}, limit: 2 hours, starts: take}, "
      "{name: b, title: {zh: 乙, en: B}, limit: 2 hours, starts: handling}");
  EXPECT_EQ(read(p, course(), at("11-20T10:00")), "");
  const auto c = course({{at("11-20T10:00"), "take", "handling"}});
  EXPECT_EQ(read(p, c, at("11-20T10:30")), "a 0.5/2-0 left 1.5 ok 11-20T12:00; b 0.5/2-0 left 1.5 ok 11-20T12:00");
}

TEST(Clocks, DaysOfBothKinds) {
  const auto p = declared(
      "{name: w, title: {zh: 工, en: W}, limit: 5 working days, warn: 80%}, "
      "{name: d, title: {zh: 日, en: D}, limit: 8 days, warn: 1 days}");
  // The 28th is a Saturday: what counts all days ends on the Monday after.
  EXPECT_EQ(read(p, course(), at("11-24T10:00")), "w 2/5-0 left 3 ok 11-28T00:00; d 4/8-0 left 6 ok 12-01T00:00");
  EXPECT_EQ(read(p, course(), at("11-26T10:00")), "w 4/5-0 left 1 warn 11-28T00:00; d 6/8-0 left 4 ok 12-01T00:00");
  EXPECT_EQ(read(p, course(), at("11-29T10:00")), "w 5/5-0 left 0 late 11-28T00:00; d 9/8-0 left 1 warn 12-01T00:00");
}

TEST(Clocks, ExtensionsAddAlsoToWhatHasRunOut) {
  const auto p = declared(minutes);
  auto c = course();
  c.extensions = {{"answer", at("11-20T09:40"), 20, "主任", {"同意", "Grant"}, "缺料"}, {"other", at("11-20T09:40"), 20, "", {}, ""}};
  EXPECT_EQ(read(p, c, at("11-20T09:45")), "answer 45/50-0 left 5 warn 11-20T09:50");
  EXPECT_EQ(read_clocks(calendar(), p, c, at("11-20T09:45"))->at(0).extensions.size(), 1u);
}

TEST(Clocks, LimitsInTheData) {
  const auto p = declared("{name: answer, title: {zh: 响应, en: Answer}, limit: class.minutes minutes}",
                          "limit: class.days working days\n");
  auto c = course();
  EXPECT_EQ(read(p, c, at("11-20T09:10")), "") << "what the data do not say yet has no clock";
  c.amounts = {{"answer", 15}, {"limit", 3}};
  EXPECT_EQ(read(p, c, at("11-20T09:10")), "limit 0/3-0 left 3 ok 11-26T00:00; answer 10/15-0 left 5 ok 11-20T09:15");
}

TEST(Clocks, WhatIsFinishedStaysAsItWas) {
  const auto p = declared(minutes);
  auto c = course({{at("11-20T09:05"), "take", "handling"}, {at("11-20T09:20"), "finish", "done"}});
  c.finished_at = at("11-20T09:20");
  EXPECT_EQ(read(p, c, at("12-20T09:00")), "answer 20/30-0 left 10 done 11-20T09:30");
  EXPECT_FALSE(nearest_due(*read_clocks(calendar(), p, c, at("12-20T09:00"))));
}

}  // namespace
}  // namespace civitas::process
