#include "process/office_hours.hpp"

#include <gtest/gtest.h>

#include "process/working_calendar.hpp"

namespace civitas::process {
namespace {

Instant at(std::string_view text) { return parse_instant(text).value(); }

TEST(OfficeHours, AreReadAndChecked) {
  EXPECT_EQ(OfficeHours().seconds_a_day(), 7 * 3600);
  EXPECT_EQ(OfficeHours::parse({"09:00-17:00"}).value().seconds_a_day(), 8 * 3600);
  EXPECT_EQ(OfficeHours::parse({"00:00-24:00"}).value().seconds_a_day(), 24 * 3600);
  for (const std::vector<std::string>& bad :
       {std::vector<std::string>{}, {"9-17"}, {"09:00"}, {"17:00-09:00"}, {"09:00-12:00", "11:00-17:00"},
        {"09:00-25:00"}, {"09:60-10:00"}, {"14:00-17:00", "09:00-12:00"}})
    EXPECT_EQ(OfficeHours::parse(bad).error().reason, "process.office_hours");
}

TEST(OfficeHours, WorkingSecondsRunOnlyWhileTheOfficeIsOpen) {
  const auto calendar = WorkingCalendar::load({"platform/process/data/holidays.yaml"}).value();
  const auto hours = [&](std::string_view from, std::string_view to) {
    return static_cast<double>(calendar.working_seconds(at(from), at(to))) / 3600;
  };
  // Friday 20 November 2026.
  EXPECT_EQ(hours("2026-11-20T09:00:00+08:00", "2026-11-20T11:00:00+08:00"), 2);
  EXPECT_EQ(hours("2026-11-20T07:00:00+08:00", "2026-11-20T23:00:00+08:00"), 7);
  EXPECT_EQ(hours("2026-11-20T11:00:00+08:00", "2026-11-20T15:00:00+08:00"), 2);
  EXPECT_EQ(hours("2026-11-20T17:00:00+08:00", "2026-11-23T09:00:00+08:00"), 1);  // over the weekend
  EXPECT_EQ(hours("2026-11-21T09:00:00+08:00", "2026-11-22T20:00:00+08:00"), 0);
  const auto plus = [&](std::string_view from, double more) {
    return format_instant(calendar.add_working_seconds(at(from), static_cast<std::int64_t>(more * 3600)));
  };
  EXPECT_EQ(plus("2026-11-20T09:00:00+08:00", 2), format_instant(at("2026-11-20T11:00:00+08:00")));
  EXPECT_EQ(plus("2026-11-20T17:00:00+08:00", 1), format_instant(at("2026-11-23T09:00:00+08:00")));
  EXPECT_EQ(plus("2026-11-21T10:00:00+08:00", 7), format_instant(at("2026-11-23T17:30:00+08:00")));
  EXPECT_EQ(plus("2026-11-20T09:00:00+08:00", 3), format_instant(at("2026-11-20T12:00:00+08:00")));
  EXPECT_EQ(plus("2026-02-14T17:00:00+08:00", 1), format_instant(at("2026-02-24T09:00:00+08:00")));  // the festival
  for (int minutes = 1; minutes < 3000; minutes += 97) {
    const Instant from = at("2026-11-20T09:17:00+08:00");
    EXPECT_EQ(calendar.working_seconds(from, calendar.add_working_seconds(from, minutes * 60)), minutes * 60);
  }
}

}  // namespace
}  // namespace civitas::process
