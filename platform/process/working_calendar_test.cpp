#include "process/working_calendar.hpp"

#include <gtest/gtest.h>

namespace civitas::process {
namespace {

const WorkingCalendar& calendar() {
  static const WorkingCalendar loaded = WorkingCalendar::load({"platform/process/data/holidays.yaml"}).value();
  return loaded;
}
Date day(std::string_view text) { return parse_date(text).value(); }
Instant at(std::string_view text) { return parse_instant(text).value(); }
std::string plus(std::string_view date, int n) {
  const auto sum = calendar().add_working_days(day(date), n);
  return sum ? format_date(*sum) : sum.error().reason;
}
std::string calendar_plus(std::string_view date, int n) {
  const auto sum = calendar().calendar_deadline(day(date), n);
  return sum ? format_date(*sum) : sum.error().reason;
}

TEST(Calendar, WorkingDaysOfEachYear) {
  // Mondays to Fridays, less those covered by holidays, plus make-up days.
  const auto count = [](int year) {
    int days = 0;
    for (Date date = make_date(year, 1, 1); date.year() == year; date = date.plus_days(1))
      days += calendar().is_working_day(date) ? 1 : 0;
    return days;
  };
  EXPECT_EQ(count(2024), 262 - 19 + 8);
  EXPECT_EQ(count(2025), 261 - 18 + 5);
  EXPECT_EQ(count(2026), 261 - 19 + 6);
}

TEST(Calendar, SpringFestival2026) {
  EXPECT_TRUE(calendar().is_working_day(day("2026-02-13")));
  EXPECT_TRUE(calendar().is_working_day(day("2026-02-14")));  // make-up Saturday
  for (Date date = day("2026-02-15"); date <= day("2026-02-23"); date = date.plus_days(1))
    EXPECT_FALSE(calendar().is_working_day(date)) << format_date(date);
  EXPECT_TRUE(calendar().is_working_day(day("2026-02-24")));
  EXPECT_TRUE(calendar().is_working_day(day("2026-02-28")));  // make-up Saturday
  EXPECT_FALSE(calendar().is_working_day(day("2026-03-01")));
  EXPECT_TRUE(calendar().is_working_day(day("2026-01-04")));  // make-up Sunday
  EXPECT_TRUE(calendar().is_working_day(day("2026-09-20")));  // make-up Sunday
  EXPECT_EQ(calendar().holiday_on(day("2026-02-16"))->zh, "春节");
  EXPECT_FALSE(calendar().holiday_on(day("2026-02-14")));
}

TEST(Calendar, AddsWorkingDaysAcrossTheFestival) {
  EXPECT_EQ(plus("2026-02-12", 1), "2026-02-13");
  EXPECT_EQ(plus("2026-02-12", 2), "2026-02-14");
  EXPECT_EQ(plus("2026-02-12", 3), "2026-02-24");
  EXPECT_EQ(plus("2026-02-12", 7), "2026-02-28");
  EXPECT_EQ(plus("2026-02-12", 8), "2026-03-02");
  EXPECT_EQ(plus("2026-02-17", 1), "2026-02-24");  // an event on a holiday
  EXPECT_EQ(plus("2026-02-17", 0), "2026-02-17");
  EXPECT_EQ(plus("2026-02-24", -1), "2026-02-14");
  EXPECT_EQ(plus("2026-03-02", 20), "2026-03-30");
  EXPECT_EQ(plus("2025-12-31", 1), "2026-01-04");
  EXPECT_EQ(plus("2026-01-05", 4000), "process.calendar.range");
}

TEST(Calendar, BetweenUndoesAdding) {
  for (Date from = day("2026-01-20"); from <= day("2026-03-10"); from = from.plus_days(1))
    for (int n = 1; n <= 30; ++n) {
      const Date to = calendar().add_working_days(from, n).value();
      EXPECT_EQ(calendar().working_days_between(from, to), n);
      EXPECT_EQ(calendar().working_days_between(to, from), -n);
    }
  EXPECT_EQ(calendar().working_days_between(day("2026-02-13"), day("2026-02-13")), 0);
  EXPECT_EQ(calendar().working_days_between(day("2026-02-14"), day("2026-02-23")), 0);
}

TEST(Calendar, CalendarDaysEndOnAWorkingDay) {
  EXPECT_EQ(calendar_plus("2026-03-02", 15), "2026-03-17");
  EXPECT_EQ(calendar_plus("2026-02-05", 15), "2026-02-24");  // 20 February is in the festival
  EXPECT_EQ(calendar_plus("2026-02-09", 5), "2026-02-14");   // a Saturday that is worked
  EXPECT_EQ(calendar_plus("2026-03-02", 5), "2026-03-09");   // a Saturday that is not
  EXPECT_EQ(calendar_plus("2026-12-20", 15), "2027-01-04");
  EXPECT_EQ(calendar_plus("2026-12-25", 7), "2027-01-04");  // New Year is a Friday
  EXPECT_EQ(calendar_plus("2026-03-02", -1), "process.calendar.range");
}

TEST(Calendar, DueIsTheEndOfTheLastDay) {
  const auto due = [](const char* event, const Duration& duration) {
    return format_instant(calendar().due(at(event), duration).value());
  };
  const auto expected = [](const char* text) { return format_instant(at(text)); };
  EXPECT_EQ(due("2026-02-12T23:30:00+08:00", {3, DurationUnit::working_days}), expected("2026-02-25T00:00:00+08:00"));
  EXPECT_EQ(due("2026-02-12T17:00:00Z", {1, DurationUnit::working_days}), expected("2026-02-15T00:00:00+08:00"));
  EXPECT_EQ(due("2026-03-02T09:00:00+08:00", {5, DurationUnit::days}), expected("2026-03-10T00:00:00+08:00"));
  EXPECT_EQ(due("2026-02-14T23:00:00+08:00", {2, DurationUnit::hours}), expected("2026-02-15T01:00:00+08:00"));
}

TEST(Calendar, AYearWithoutItsNoticeIsProvisional) {
  EXPECT_EQ(plus("2026-12-25", 20), "2027-01-25");  // less New Year
  EXPECT_FALSE(calendar().is_working_day(day("2027-01-01")));
  EXPECT_FALSE(calendar().is_working_day(day("2027-02-05")));  // New Year's Eve of the lunar year
  EXPECT_FALSE(calendar().is_working_day(day("2027-02-10")));  // in place of a Sunday of the festival
  EXPECT_TRUE(calendar().is_working_day(day("2027-02-11")));
  EXPECT_FALSE(calendar().is_working_day(day("2023-05-01")));
  EXPECT_TRUE(calendar().is_working_day(day("2036-02-29")));
  EXPECT_TRUE(calendar().provisional(day("2026-12-31"), day("2027-01-01")));
  EXPECT_TRUE(calendar().provisional(day("2027-01-01"), day("2026-12-31")));
  EXPECT_FALSE(calendar().provisional(day("2024-01-01"), day("2026-12-31")));
  EXPECT_EQ(format_date(calendar().settled_to(day("2025-03-01"))), "2026-12-31");
  EXPECT_EQ(format_date(calendar().settled_to(day("2028-03-01"))), "2027-12-31");
  EXPECT_EQ(calendar().source_of(2026), "国办发明电〔2025〕7号");
  EXPECT_EQ(calendar().source_of(2027), "");
}

TEST(Calendar, FingerprintTellsWhatIsLoaded) {
  const auto of = [](const std::string& days) {
    return WorkingCalendar::parse("format: 1\nyears:\n  - {year: 2029, source: x, holidays: [{name: {zh: 元旦, en: New "
                                  "Year}, from: 2029-01-01, to: " +
                                      days + "}]}\n",
                                  "x")
        .value()
        .fingerprint();
  };
  EXPECT_EQ(of("2029-01-01").size(), 16u);
  EXPECT_EQ(of("2029-01-01"), of("2029-01-01"));
  EXPECT_NE(of("2029-01-01"), of("2029-01-02"));
  EXPECT_NE(of("2029-01-01"), of("2029-01-01, worked: [2029-01-06]"));
}

TEST(Calendar, WarnsFromNovemberOn) {
  EXPECT_FALSE(calendar().warning(day("2026-10-31")));
  const auto november = calendar().warning(day("2026-11-01"));
  ASSERT_TRUE(november);
  EXPECT_NE(november->zh.find("2027"), std::string::npos);
  EXPECT_NE(november->en.find("2027"), std::string::npos);
  EXPECT_FALSE(calendar().warning(day("2025-12-31")));
  EXPECT_EQ(calendar().wanted_year(day("2027-06-01")), 2027);
}

TEST(Calendar, DataIsChecked) {
  const auto reason = [](const std::string& holiday) {
    const auto parsed = WorkingCalendar::parse(
        "format: 1\nyears:\n  - year: 2030\n    source: x\n    holidays:\n      - " + holiday + "\n", "test.yaml");
    if (parsed) return std::string();
    EXPECT_NE(parsed.error().message.en.find("test.yaml:"), std::string::npos);
    EXPECT_EQ(parsed.error().message.zh.find("test.yaml:"), 0u);
    return parsed.error().reason;
  };
  const std::string name = "{name: {zh: 元旦, en: New Year}, ";
  EXPECT_EQ(reason(name + "from: 2030-01-01, to: 2030-01-01}"), "");
  EXPECT_EQ(reason(name + "from: 2029-12-31, to: 2030-01-01}"), "");
  EXPECT_EQ(reason(name + "from: 2030-01-01, to: 2030-01-01, worked: [2030-01-05]}"), "");
  for (const std::string bad :
       {"from: 2030-01-02, to: 2030-01-01}", "from: 2030-02-30, to: 2030-03-01}", "from: 2031-01-01, to: 2031-01-01}",
        "from: 2030-01-01}", "from: 2030-01-01, to: 2030-01-01, wroked: []}",
        "from: 2030-01-01, to: 2030-01-01, worked: [2030-01-07]}",
        "from: 2030-01-01, to: 2030-01-06, worked: [2030-01-05]}"})
    EXPECT_EQ(reason(name + bad), "process.calendar.data") << bad;
  EXPECT_EQ(WorkingCalendar::parse("format: 2", "x").error().reason, "process.calendar.data");
  EXPECT_EQ(WorkingCalendar::parse("", "x").error().reason, "process.calendar.data");
  EXPECT_EQ(WorkingCalendar::parse("a: [", "x").error().reason, "base.yaml.syntax");
  EXPECT_FALSE(WorkingCalendar::load({"no/such/file.yaml"}));
}

TEST(Calendar, NoticeReachesBackIntoDecember) {
  const auto parsed = WorkingCalendar::parse(
      "format: 1\nyears:\n"
      "  - {year: 2029, source: x, holidays: [{name: {zh: 元旦, en: New Year}, from: 2029-01-01, to: 2029-01-01}]}\n"
      "  - {year: 2030, source: y, holidays: [{name: {zh: 元旦, en: New Year}, from: 2029-12-31, to: 2030-01-01, "
      "worked: [2029-12-29]}]}\n",
      "x");
  ASSERT_TRUE(parsed) << parsed.error().message.en;
  EXPECT_TRUE(parsed->is_working_day(day("2029-12-29")));   // Saturday
  EXPECT_FALSE(parsed->is_working_day(day("2029-12-31")));  // Monday
}

constexpr auto running = ClockState::running;
constexpr auto stopped = ClockState::stopped;

struct Seen {
  int used, stopped, left;
  std::string due;
  bool operator==(const Seen&) const = default;
};
void PrintTo(const Seen& seen, std::ostream* out) {
  *out << "used " << seen.used << " stopped " << seen.stopped << " left " << seen.left << " due " << seen.due;
}
Seen read(const std::vector<ClockSwitch>& switches, int allowed, std::string_view now) {
  const auto reading = StopClock::make(switches, allowed).value().read(calendar(), at(now)).value();
  return {reading.used, reading.stopped, reading.left, format_date(reading.due)};
}

TEST(Clock, RunsInWorkingDays) {
  const std::vector<ClockSwitch> switches = {{at("2026-02-12T10:00:00+08:00"), running}};
  EXPECT_EQ(read(switches, 5, "2026-02-12T18:00:00+08:00"), (Seen{0, 0, 5, "2026-02-26"}));
  EXPECT_EQ(read(switches, 5, "2026-02-14T09:00:00+08:00"), (Seen{2, 0, 3, "2026-02-26"}));
  EXPECT_EQ(read(switches, 5, "2026-02-20T09:00:00+08:00"), (Seen{2, 0, 3, "2026-02-26"}));
  EXPECT_EQ(read(switches, 5, "2026-02-26T23:59:59+08:00"), (Seen{5, 0, 0, "2026-02-26"}));
  EXPECT_EQ(read(switches, 5, "2026-02-27T00:00:00+08:00"), (Seen{6, 0, -1, "2026-02-26"}));
}

TEST(Clock, StoppedDaysMoveTheDueDate) {
  // Monday 2 March to 5 working days: 9 March; stopped from Wednesday 4 to Friday 6 March.
  const std::vector<ClockSwitch> switches = {{at("2026-03-02T10:00:00+08:00"), running},
                                             {at("2026-03-04T15:00:00+08:00"), stopped},
                                             {at("2026-03-06T09:00:00+08:00"), running}};
  EXPECT_EQ(read(switches, 5, "2026-03-04T14:00:00+08:00"), (Seen{2, 0, 3, "2026-03-09"}));
  EXPECT_EQ(read(switches, 5, "2026-03-04T16:00:00+08:00"), (Seen{1, 1, 4, "2026-03-09"}));  // were it resumed today
  EXPECT_EQ(read(switches, 5, "2026-03-05T12:00:00+08:00"), (Seen{1, 2, 4, "2026-03-10"}));
  EXPECT_EQ(read(switches, 5, "2026-03-06T12:00:00+08:00"), (Seen{2, 2, 3, "2026-03-11"}));
  EXPECT_EQ(read(switches, 5, "2026-03-11T12:00:00+08:00"), (Seen{5, 2, 0, "2026-03-11"}));
  const auto moved = calendar().add_working_days(day("2026-03-02"), 5 + 2).value();
  EXPECT_EQ(format_date(moved), "2026-03-11");
}

TEST(Clock, AStopWithinOneDaySavesNothingAndMidnightBelongsToTheNextDay) {
  EXPECT_EQ(read({{at("2026-03-02T10:00:00+08:00"), running},
                  {at("2026-03-03T09:00:00+08:00"), stopped},
                  {at("2026-03-03T17:00:00+08:00"), running}},
                 5, "2026-03-04T12:00:00+08:00"),
            (Seen{2, 0, 3, "2026-03-09"}));
  EXPECT_EQ(read({{at("2026-03-02T10:00:00+08:00"), running}, {at("2026-03-04T00:00:00+08:00"), stopped}}, 5,
                 "2026-03-04T12:00:00+08:00"),
            (Seen{1, 1, 4, "2026-03-09"}));
}

TEST(Clock, HolidaysAreNeitherUsedNorStopped) {
  // Stopped over the whole Spring Festival, with the make-up Saturdays of 14 and 28 February.
  const std::vector<ClockSwitch> switches = {{at("2026-02-12T10:00:00+08:00"), running},
                                             {at("2026-02-14T10:00:00+08:00"), stopped},
                                             {at("2026-02-28T10:00:00+08:00"), running}};
  EXPECT_EQ(read(switches, 3, "2026-02-28T12:00:00+08:00"), (Seen{2, 5, 1, "2026-03-02"}));
  EXPECT_EQ(read(switches, 3, "2026-02-22T12:00:00+08:00"), (Seen{1, 1, 2, "2026-02-25"}));
}

TEST(Clock, StoppingAfterTheDueDateSavesNothing) {
  const std::vector<ClockSwitch> switches = {{at("2026-03-02T10:00:00+08:00"), running},
                                             {at("2026-03-06T10:00:00+08:00"), stopped}};
  EXPECT_EQ(read(switches, 2, "2026-03-10T12:00:00+08:00"), (Seen{3, 3, -1, "2026-03-04"}));
}

TEST(Clock, StopOnTheDayOfTheStart) {
  const std::vector<ClockSwitch> switches = {{at("2026-03-02T10:00:00+08:00"), running},
                                             {at("2026-03-02T11:00:00+08:00"), stopped}};
  EXPECT_EQ(read(switches, 2, "2026-03-02T12:00:00+08:00"), (Seen{0, 0, 2, "2026-03-04"}));
  EXPECT_EQ(read(switches, 2, "2026-03-04T12:00:00+08:00"), (Seen{0, 2, 2, "2026-03-05"}));
}

TEST(Clock, RefusesWhatIsNoClock) {
  const auto start = at("2026-03-02T10:00:00+08:00");
  EXPECT_EQ(StopClock::make({}, 5).error().reason, "process.clock.switches");
  EXPECT_EQ(StopClock::make({{start, running}}, 5, DurationUnit::hours).error().reason, "process.clock.switches");
  EXPECT_EQ(StopClock::make({{start, running}}, 0).error().reason, "process.clock.switches");
  EXPECT_EQ(StopClock::make({{start, running}, {start.plus_seconds(-1), stopped}}, 5).error().reason,
            "process.clock.switches");
  const auto clock = StopClock::make({{start, running}}, 5).value();
  EXPECT_EQ(clock.read(calendar(), start.plus_seconds(-1)).error().reason, "process.clock.not_started");
}

TEST(Clock, SaysWhatIsProvisional) {
  const auto read_at = [](std::string_view start, int allowed, std::string_view now) {
    return StopClock::make({{at(start), running}}, allowed).value().read(calendar(), at(now)).value();
  };
  EXPECT_FALSE(read_at("2026-12-01T10:00:00+08:00", 20, "2026-12-02T10:00:00+08:00").provisional);
  const auto over = read_at("2026-12-25T10:00:00+08:00", 20, "2026-12-28T10:00:00+08:00");
  EXPECT_TRUE(over.provisional);
  EXPECT_EQ(format_date(over.due), "2027-01-25");
  // What ended before the year is no longer open to change.
  EXPECT_FALSE(read_at("2026-12-01T10:00:00+08:00", 5, "2027-02-01T10:00:00+08:00").provisional);
}

}  // namespace
}  // namespace civitas::process
