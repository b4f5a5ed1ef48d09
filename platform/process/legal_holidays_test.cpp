#include "process/legal_holidays.hpp"

#include <gtest/gtest.h>

#include "process/working_calendar.hpp"

namespace civitas::process {
namespace {

std::string first_day(int year, std::string_view name) {
  for (const Holiday& holiday : legal_holidays(year))
    if (holiday.name.zh == name) return format_date(holiday.from);
  return "";
}

// As announced by the Purple Mountain Observatory; in 2027 and 2030 the new moon is minutes from midnight.
TEST(LegalHolidays, LunarDays) {
  for (const auto& [year, eve] : std::map<int, std::string>{{2024, "2024-02-09"},
                                                            {2025, "2025-01-28"},
                                                            {2026, "2026-02-16"},
                                                            {2027, "2027-02-05"},
                                                            {2028, "2028-01-25"},
                                                            {2029, "2029-02-12"},
                                                            {2030, "2030-02-02"},
                                                            {2033, "2033-01-30"},
                                                            {2034, "2034-02-18"},
                                                            {2036, "2036-01-27"}})
    EXPECT_EQ(first_day(year, "春节"), eve);
  for (const auto& [year, date] : std::map<int, std::string>{
           {2024, "2024-06-10"}, {2025, "2025-05-31"}, {2026, "2026-06-19"}, {2027, "2027-06-09"}, {2028, "2028-05-28"}})
    EXPECT_EQ(first_day(year, "端午节"), date);
  for (const auto& [year, date] : std::map<int, std::string>{{2024, "2024-09-17"},
                                                             {2025, "2025-10-06"},
                                                             {2026, "2026-09-25"},
                                                             {2027, "2027-09-15"},
                                                             {2028, "2028-10-03"},
                                                             {2033, "2033-09-08"}})
    EXPECT_EQ(first_day(year, "中秋节"), date);
}

TEST(LegalHolidays, Qingming) {
  for (const auto& [year, day] :
       std::map<int, int>{{1999, 5}, {2000, 4}, {2001, 5}, {2003, 5}, {2008, 4}, {2010, 5}, {2019, 5}, {2020, 4}, {2021, 4}, {2022, 5}, {2023, 5},
                          {2024, 4}, {2025, 4}, {2026, 5}, {2027, 5}, {2028, 4}, {2036, 4}})
    EXPECT_EQ(format_date(qingming(year)), format_date(make_date(year, 4, day)));
}

// Every legal day of a published year is free under its notice, and both have as many working days.
TEST(LegalHolidays, AgreeWithThePublishedYears) {
  const auto calendar = WorkingCalendar::load({"platform/process/data/holidays.yaml"}).value();
  for (const int year : {2025, 2026}) {
    int lawful = 0, published = 0;
    const auto holidays = legal_holidays(year);
    for (Date date = make_date(year, 1, 1); date.year() == year; date = date.plus_days(1)) {
      const bool free = std::any_of(holidays.begin(), holidays.end(), [&](const Holiday& h) {
        return h.from <= date && date <= h.to && h.name.zh.find("补假") == std::string::npos;
      });
      EXPECT_FALSE(free && calendar.is_working_day(date)) << format_date(date);
      published += calendar.is_working_day(date) ? 1 : 0;
    }
    const auto law = WorkingCalendar::parse("format: 1\nyears: []\n", "none").value();
    for (Date date = make_date(year, 1, 1); date.year() == year; date = date.plus_days(1))
      lawful += law.is_working_day(date) ? 1 : 0;
    EXPECT_EQ(lawful, published) << year;
  }
}

TEST(LegalHolidays, DaysOnAWeekendAreMadeUpFor) {
  const auto days = [](int year) {
    std::vector<std::string> out;
    for (const Holiday& h : legal_holidays(year))
      if (h.name.zh.find("补假") != std::string::npos) out.push_back(format_date(h.from) + " " + h.name.zh);
    return out;
  };
  // 5 April and 3 October 2026 are at a weekend, and 2 May too.
  EXPECT_EQ(days(2026), (std::vector<std::string>{"2026-04-06 清明节补假", "2026-05-04 劳动节补假", "2026-10-05 国庆节补假"}));
  EXPECT_EQ(days(2027), (std::vector<std::string>{"2027-02-09 春节补假", "2027-02-10 春节补假", "2027-05-03 劳动节补假",
                                                  "2027-05-04 劳动节补假", "2027-10-04 国庆节补假", "2027-10-05 国庆节补假"}));
  // Mid-Autumn and National Day meet on 3 October 2028.
  const auto met = days(2028);
  EXPECT_NE(std::find(met.begin(), met.end(), "2028-10-05 国庆节补假"), met.end());
}

}  // namespace
}  // namespace civitas::process
