// Working days, deadlines and the clock of a case that can stand still.
//
// Counting is that of the law (Civil Code art. 201 and 203; Administrative Licensing Law art. 82 for working days and
// art. 45 for the time that does not count): the day of the event does not count, the day after is day 1, the last day
// counts to its end. A calendar-day deadline whose last day is no working day ends on the next working day; a
// working-day deadline cannot end on another day. Dates are civil dates in China.
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

namespace civitas::process {

enum class DurationUnit { working_days, days, hours };

/// "20 working days", "15 days", "2 hours": a positive whole number up to 3660 and a unit, singular or plural; also
/// "20个工作日", "15日", "15天", "2小时".
struct Duration {
  int amount = 0;
  DurationUnit unit = DurationUnit::working_days;
  bool operator==(const Duration&) const = default;
};
/// Fails with `process.duration.syntax`, showing the text and the forms that are understood.
Result<Duration> parse_duration(std::string_view text);
/// The English form that parse_duration reads.
std::string format_duration(const Duration& duration);
Text duration_text(const Duration& duration);

/// Every function that meets a year without data fails with `process.calendar.year_missing`, which names the year.
class WorkingCalendar {
 public:
  /// Files of the form of data/holidays.yaml; a later one replaces whole years of an earlier one. Fails with
  /// `process.calendar.data` naming file and line, or with the problem of reading it.
  static Result<WorkingCalendar> load(const std::vector<std::filesystem::path>& files);
  static Result<WorkingCalendar> parse(std::string_view yaml, std::string_view name);

  bool has_year(int year) const { return years_.contains(year); }
  /// The year's notice, "" when the year is absent.
  std::string source_of(int year) const;

  /// A notice may also move days of the December before its year; they hold once that notice is loaded.
  Result<bool> is_working_day(Date date) const;
  /// The holiday on this date, in both languages; nothing on other days.
  std::optional<Text> holiday_on(Date date) const;

  /// The `n`th working day after `date`, which itself does not count; n = 0 gives `date` as it is. Negative n counts
  /// back. Fails with `process.calendar.range` when |n| is over 3660.
  Result<Date> add_working_days(Date date, int n) const;
  /// Working days after `from` up to and including `to`: 0 when equal, negative when `to` is earlier (then the days
  /// after `to` up to `from`). For a working day `to` it undoes add_working_days.
  Result<int> working_days_between(Date from, Date to) const;
  /// `date` itself when worked, else the next day that is.
  Result<Date> next_working_day(Date date) const;
  /// Last day of a period of calendar days that began with an event on `event`, moved to a working day.
  Result<Date> calendar_deadline(Date event, int days) const;
  /// The last moment of a period: the end (midnight) of its last day, or for hours exactly so many hours later. The
  /// clock is overrun from this instant on.
  Result<Instant> due(Instant event, const Duration& duration) const;

  /// What the administrator should read: from 1 December on when next year is absent; at any time when this year is, or
  /// when `last_open_deadline` lies in a year that is absent.
  std::optional<Text> warning(Date today, std::optional<Date> last_open_deadline = std::nullopt) const;

 private:
  struct Holiday {
    Text name;
    Date from;
    Date to;
  };
  struct Year {
    std::string source;
    std::vector<Holiday> holidays;
    std::vector<Date> worked;
  };
  static Status parse_into(std::map<int, Year>& years, std::string_view yaml, std::string_view name);

  std::map<int, Year> years_;
};

enum class ClockState { running, stopped };

struct ClockSwitch {
  Instant at;
  ClockState state = ClockState::running;
};

struct ClockReading {
  ClockState state = ClockState::running;
  int used = 0;     // working days after the start up to and including today that count
  int stopped = 0;  // working days that do not count
  int left = 0;     // allowed - used; 0 on the last day, negative when overdue
  Date due;         // last day: where `used` reaches what is allowed; while the clock stands, as if it resumed today
  bool overdue() const { return left < 0; }
};

/// The deadline clock of a case: it runs in working days and stands still while the case waits for somebody outside
/// (supplements, hearings, expert opinions).
///
/// Whole days are counted. A working day is *stopped* when the clock stands at the end of that day (midnight in China),
/// else it is *used*: a stop that ends the same day saves nothing, a stop over night saves the day it began on, and the
/// day of resuming is used. The day of the start never counts. Each stopped working day moves the due date by one;
/// one after the due date saves nothing any more.
class StopClock {
 public:
  /// The first switch starts the clock and must be `running`; times must not go back. Repeating a state is allowed and
  /// changes nothing. Fails with `process.clock.switches`.
  static Result<StopClock> make(std::vector<ClockSwitch> switches, int allowed_working_days);

  /// The clock at `now`; today counts in the state the clock has now, and switches after `now` are not seen. For a
  /// finished case `now` is the moment it ended. Fails with `process.clock.not_started` before the start and with the
  /// problems of the calendar.
  Result<ClockReading> read(const WorkingCalendar& calendar, Instant now) const;

 private:
  StopClock(std::vector<ClockSwitch> switches, int allowed) : switches_(std::move(switches)), allowed_(allowed) {}
  /// The state just before `instant`.
  ClockState state_before(Instant instant) const;

  std::vector<ClockSwitch> switches_;
  int allowed_;
};

}  // namespace civitas::process
