#include "process/legal_holidays.hpp"

#include <unicode/calendar.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

namespace civitas::process {

namespace {

// The day of this month and day of the Chinese calendar (months from 1; never one of a leap month) on or after `from`.
Date lunar_day(Date from, int month, int day) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone("Asia/Shanghai"));
  const std::unique_ptr<icu::Calendar> chinese(
      icu::Calendar::createInstance(*zone, icu::Locale("zh@calendar=chinese"), status));
  constexpr std::int64_t half_a_day = 12 * 3600;
  constexpr int longest_year = 385;
  for (int after = 0; U_SUCCESS(status) && after < longest_year; ++after) {
    const Date date = from.plus_days(after);
    chinese->setTime(static_cast<double>(start_of_day(date).plus_seconds(half_a_day).micros / 1000), status);
    if (chinese->get(UCAL_MONTH, status) == month - 1 && chinese->get(UCAL_DATE, status) == day &&
        chinese->get(UCAL_IS_LEAP_MONTH, status) == 0 && U_SUCCESS(status))
      return date;
  }
  return from;  // ICU without its data: the festival is not known, its place in the year is
}

// ICU finds new moons to some minutes only. Where one falls that close to midnight in China, the almanac (GB/T 33661) has
// the say: 2027-02-06 23:56 and 2030-02-03 00:07. Up to 2070 no other holiday is told otherwise by the two.
Date spring_festival(int year) {
  if (year == 2027) return make_date(2027, 2, 6);
  if (year == 2030) return make_date(2030, 2, 3);
  return lunar_day(make_date(year, 1, 20), 1, 1);
}

}  // namespace

Date qingming(int year) {
  const int since = year - 2000;
  const auto floor_div = [](int a, int b) { return a >= 0 ? a / b : -((-a + b - 1) / b); };
  // 29 February of 2000 itself comes before Qingming and belongs to the constant.
  const int leap_days = floor_div(since, 4) - (floor_div(year, 100) - 20) + (floor_div(year, 400) - 5);
  return make_date(year, 4, static_cast<int>(std::floor(0.2422 * since + 4.81)) - leap_days);
}

std::vector<Holiday> legal_holidays(int year) {
  const Date spring = spring_festival(year);
  const auto one = [](Text name, Date date) { return Holiday{std::move(name), date, date}; };
  std::vector<Holiday> out = {
      one({"元旦", "New Year"}, make_date(year, 1, 1)),
      {{"春节", "Spring Festival"}, spring.plus_days(-1), spring.plus_days(2)},
      one({"清明节", "Qingming"}, qingming(year)),
      {{"劳动节", "Labour Day"}, make_date(year, 5, 1), make_date(year, 5, 2)},
      one({"端午节", "Dragon Boat Festival"}, lunar_day(make_date(year, 5, 20), 5, 5)),
      one({"中秋节", "Mid-Autumn Festival"}, lunar_day(make_date(year, 9, 1), 8, 15)),
      {{"国庆节", "National Day"}, make_date(year, 10, 1), make_date(year, 10, 3)},
  };
  std::set<Date> free;
  for (const Holiday& holiday : out)
    for (Date date = holiday.from; date <= holiday.to; date = date.plus_days(1)) free.insert(date);
  std::vector<Holiday> made_up;
  std::set<Date> seen;
  for (const Holiday& holiday : out)
    for (Date date = holiday.from; date <= holiday.to; date = date.plus_days(1)) {
      const bool first = seen.insert(date).second;
      if (first && date.weekday() < 6) continue;
      Date instead = holiday.to.plus_days(1);
      while (instead.weekday() >= 6 || free.contains(instead)) instead = instead.plus_days(1);
      free.insert(instead);
      made_up.push_back(
          one({holiday.name.zh + "补假", "In place of a day of " + holiday.name.en}, instead));
    }
  out.insert(out.end(), made_up.begin(), made_up.end());
  std::stable_sort(out.begin(), out.end(), [](const Holiday& a, const Holiday& b) { return a.from < b.from; });
  return out;
}

}  // namespace civitas::process
