// The clocks of a case: how each reads at a moment, given what happened to the case.
//
// Whole days (working days, days) are counted as the law does, see working_calendar.hpp: the day of the start does not
// count; a day on which the clock stands at its end is *stopped* and moves the due date; a stop that ends on the day it
// began saves nothing. Hours and minutes run by the second, working hours while the office is open.
//
// A clock stands in the states of its `stops_in`, runs only in those of `counts_in`, and without either stands in states
// of kind `stopped`. It begins where `starts` says (the first time this transition is taken or this state entered), else
// with `counts_in` the first time such a state is entered, else with the process. While it stands, its end is told as
// if it resumed now. Extensions add to what is allowed, also to a clock that has run out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "entities/declaration.hpp"
#include "process/working_calendar.hpp"

namespace civitas::process {

/// A step, as far as clocks care.
struct Passage {
  Instant at;
  std::string transition;  // "create" for the first
  std::string state;       // entered
};

struct Extension {
  std::string clock;
  Instant at;
  int amount = 0;  // in the unit of the clock
  std::string by;
  Text step;
  std::string comment;
};

struct CaseCourse {
  std::vector<Passage> passages;  // in order
  std::string state;              // where it stands
  Instant entered_at;             // since when
  std::optional<Instant> started_at;   // by `starts` of the process; nothing: not begun
  std::optional<Instant> finished_at;
  std::vector<Extension> extensions;
  std::map<std::string, int> amounts;  // of clocks whose limit stands in the data
};

enum class ClockLevel { ok, warn, late, stopped, done };
std::string_view level_name(ClockLevel level);

struct ClockNow {
  std::string name;  // limit_clock_name, step_clock_name, or as declared
  Text title;
  const entities::ClockDeclaration* declared = nullptr;  // nullptr: `limit:` or `within:`
  DurationUnit unit = DurationUnit::working_days;
  int limit = 0;  // with extensions
  ClockLevel level = ClockLevel::ok;
  Instant due_at;  // overrun from this instant on
  double used = 0, stopped = 0, left = 0;  // in `unit`; left is negative when overrun
  bool provisional = false;
  std::optional<Instant> warn_at;  // of a running clock; in the past when it was
  bool announces = false;          // somebody is told at `warn_at`
  std::vector<Extension> extensions;
  /// The last day, in China.
  Date due_on() const { return date_in_china({due_at.micros - 1}); }
};

/// Those that have begun, in declared order: `limit`, the declared ones, the current state's. Fails with
/// `process.duration.syntax` for a definition that says what is not understood.
Result<std::vector<ClockNow>> read_clocks(const WorkingCalendar& calendar, const entities::ProcessDeclaration& p,
                                          const CaseCourse& course, Instant now);

/// The nearest end of those that run.
std::optional<Instant> nearest_due(const std::vector<ClockNow>& clocks);

/// When somebody is warned before `due`, so much before; working days as the clock counts them: the day on which so many
/// are left.
Result<Instant> instant_before(const WorkingCalendar& calendar, Instant due, const Duration& before);

}  // namespace civitas::process
