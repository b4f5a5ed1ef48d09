// Working days, deadlines and the clock of a case that can stand still.
//
// Counting is that of the law (Civil Code art. 201 and 203; Administrative Licensing Law art. 82 for working days and
// art. 45 for the time that does not count): the day of the event does not count, the day after is day 1, the last day
// counts to its end. A calendar-day deadline whose last day is no working day ends on the next working day; a
// working-day deadline cannot end on another day. Dates are civil dates in China.
//
// A year whose notice is not loaded is *provisional* (暂定): weekends and the holidays that the law itself gives
// (legal_holidays.hpp), no make-up workdays. What is counted over such a year is said to be provisional and is counted
// again when the notice is loaded: an office cannot stand still because a list is late.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "process/duration.hpp"
#include "process/legal_holidays.hpp"
#include "process/office_hours.hpp"

namespace civitas::process {

class WorkingCalendar {
 public:
  /// Files of the form of data/holidays.yaml; a later one replaces whole years of an earlier one. Fails with
  /// `process.calendar.data` naming file and line, or with the problem of reading it.
  static Result<WorkingCalendar> load(const std::vector<std::filesystem::path>& files);
  static Result<WorkingCalendar> parse(std::string_view yaml, std::string_view name);

  /// Whether the notice of the year is loaded.
  bool has_year(int year) const { return years_.contains(year); }
  /// Whether counting from one date to another, in either direction, meets a provisional year.
  bool provisional(Date from, Date to) const;
  /// The same for what `due` tells. Hours by the clock are never provisional.
  bool provisional(Instant event, const Duration& duration) const;
  /// The last day before the first provisional year from this one on: deadlines after it are provisional.
  Date settled_to(Date today) const;
  /// Differs when what is loaded differs: what was counted before is then counted again.
  std::string fingerprint() const;
  /// The year's notice, "" when the year is absent.
  std::string source_of(int year) const;

  /// A notice may also move days of the December before its year; they hold once that notice is loaded.
  bool is_working_day(Date date) const;
  /// The holiday on this date, in both languages; nothing on other days.
  std::optional<Text> holiday_on(Date date) const;

  /// The `n`th working day after `date`, which itself does not count; n = 0 gives `date` as it is. Negative n counts
  /// back. Fails with `process.calendar.range` when |n| is over 3660.
  Result<Date> add_working_days(Date date, int n) const;
  /// Working days after `from` up to and including `to`: 0 when equal, negative when `to` is earlier (then the days
  /// after `to` up to `from`). For a working day `to` it undoes add_working_days.
  int working_days_between(Date from, Date to) const;
  /// `date` itself when worked, else the next day that is.
  Date next_working_day(Date date) const;
  /// Last day of a period of calendar days that began with an event on `event`, moved to a working day.
  Result<Date> calendar_deadline(Date event, int days) const;
  /// Time on working days while the office is open; nothing when `to` is not later.
  std::int64_t working_seconds(Instant from, Instant to) const;
  /// The first moment at which so much of it has passed.
  Instant add_working_seconds(Instant from, std::int64_t seconds) const;
  void set_office_hours(OfficeHours hours) { hours_ = std::move(hours); }

  /// The last moment of a period: the end (midnight) of its last day, or for hours and minutes exactly so much later.
  /// The clock is overrun from this instant on.
  Result<Instant> due(Instant event, const Duration& duration) const;

  /// What who minds the calendar should read: from 1 November on when next year is provisional, at any time when this
  /// year is.
  std::optional<Text> warning(Date today) const;
  /// The year that `warning` speaks of.
  std::optional<int> wanted_year(Date today) const;

 private:
  struct Year {
    std::string source;
    std::vector<Holiday> holidays;
    std::vector<Date> worked;
  };
  /// The holidays of the notice, or those of the law.
  const std::vector<Holiday>& holidays_of(int year) const;
  static Status parse_into(std::map<int, Year>& years, std::string_view yaml, std::string_view name);

  std::map<int, Year> years_;
  OfficeHours hours_;
};

enum class ClockState { running, stopped };

struct ClockSwitch {
  Instant at;
  ClockState state = ClockState::running;
};

struct ClockReading {
  ClockState state = ClockState::running;
  int used = 0;     // days after the start up to and including today that count
  int stopped = 0;  // days that do not count
  int left = 0;     // allowed - used; 0 on the last day, negative when overdue
  Date due;         // last day: where `used` reaches what is allowed; while the clock stands, as if it resumed today
  bool provisional = false;  // counted over a year whose notice is not loaded
  bool overdue() const { return left < 0; }
};

/// A deadline clock that counts days, working days unless it is told to count all of them, and stands still while the case waits for somebody outside
/// (supplements, hearings, expert opinions).
///
/// Whole days are counted. A day is *stopped* when the clock stands at the end of that day (midnight in China),
/// else it is *used*: a stop that ends the same day saves nothing, a stop over night saves the day it began on, and the
/// day of resuming is used. The day of the start never counts. Each stopped day moves the due date by one; one after
/// the due date saves nothing any more. A period of all days that would end on no working day ends on the next, and
/// what is left of it is told to that day.
class StopClock {
 public:
  /// The first switch starts the clock, in either state; times must not go back. Repeating a state is allowed and
  /// changes nothing. `unit`: working_days or days. Fails with `process.clock.switches`.
  static Result<StopClock> make(std::vector<ClockSwitch> switches, int allowed,
                                DurationUnit unit = DurationUnit::working_days);

  /// The clock at `now`; today counts in the state the clock has now, and switches after `now` are not seen. For a
  /// finished case `now` is the moment it ended. Fails with `process.clock.not_started` before the start.
  Result<ClockReading> read(const WorkingCalendar& calendar, Instant now) const;

 private:
  StopClock(std::vector<ClockSwitch> switches, int allowed, DurationUnit unit)
      : switches_(std::move(switches)), allowed_(allowed), unit_(unit) {}
  /// The state just before `instant`.
  ClockState state_before(Instant instant) const;

  std::vector<ClockSwitch> switches_;
  int allowed_;
  DurationUnit unit_;
};

}  // namespace civitas::process
