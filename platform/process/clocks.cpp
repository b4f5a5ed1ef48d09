#include "process/clocks.hpp"

#include <algorithm>
#include <cmath>

namespace civitas::process {

using entities::ClockDeclaration;
using entities::ProcessDeclaration;
using entities::StateKind;

namespace {

constexpr int usual_warning = 2;  // working days, of a `limit:` whose process declares no `remind`
constexpr int usual_percent = 80;

bool holds(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool runs_in(const ProcessDeclaration& p, const ClockDeclaration& clock, std::string_view state) {
  if (!clock.counts_in.empty()) return holds(clock.counts_in, state);
  if (!clock.stops_in.empty()) return !holds(clock.stops_in, state);
  const auto* s = p.state(state);
  return !s || s->kind != StateKind::stopped;
}

std::optional<Instant> start_of(const ClockDeclaration& clock, const CaseCourse& course) {
  const auto first = [&](auto fits) -> std::optional<Instant> {
    const auto at = std::find_if(course.passages.begin(), course.passages.end(), fits);
    return at == course.passages.end() ? std::nullopt : std::optional(at->at);
  };
  if (!clock.starts.empty())
    return first([&](const Passage& p) { return p.transition == clock.starts || p.state == clock.starts; });
  if (!clock.counts_in.empty()) return first([&](const Passage& p) { return holds(clock.counts_in, p.state); });
  return course.started_at;
}

std::vector<ClockSwitch> switches_of(const ProcessDeclaration& p, const ClockDeclaration& clock,
                                     const CaseCourse& course, Instant start) {
  std::vector<ClockSwitch> out;
  const auto state_of = [&](std::string_view state) {
    return runs_in(p, clock, state) ? ClockState::running : ClockState::stopped;
  };
  for (const Passage& passage : course.passages) {
    if (passage.at <= start)
      out.assign(1, {start, state_of(passage.state)});
    else
      out.push_back({passage.at, state_of(passage.state)});
  }
  if (out.empty()) out.push_back({start, state_of(course.state)});
  return out;
}

// Days: whole ones.
Status count_days(const WorkingCalendar& calendar, std::vector<ClockSwitch> switches, Instant now, ClockNow& out,
                  bool& running) {
  CIVITAS_TRY(const auto clock, StopClock::make(std::move(switches), out.limit, out.unit));
  CIVITAS_TRY(const ClockReading reading, clock.read(calendar, now));
  running = reading.state == ClockState::running;
  out.used = reading.used;
  out.stopped = reading.stopped;
  out.left = reading.left;
  out.due_at = start_of_day(reading.due.plus_days(1));
  out.provisional = reading.provisional;
  return {};
}

// Hours and minutes: by the second.
void count_seconds(const WorkingCalendar& calendar, const std::vector<ClockSwitch>& switches, Instant now,
                   ClockNow& out, bool& running) {
  const bool office = out.unit == DurationUnit::working_hours;
  const auto measure = [&](Instant from, Instant to) {
    return office ? calendar.working_seconds(from, to) : to.seconds() - from.seconds();
  };
  const auto advance = [&](Instant from, std::int64_t seconds) {
    return office ? calendar.add_working_seconds(from, seconds) : from.plus_seconds(seconds);
  };
  const std::int64_t unit = seconds_of({1, out.unit}), allowed = unit * out.limit;
  std::int64_t used = 0, stopped = 0;
  std::optional<Instant> reached;
  for (std::size_t i = 0; i < switches.size() && switches[i].at <= now; ++i) {
    const Instant end = i + 1 < switches.size() ? std::min(switches[i + 1].at, now) : now;
    const std::int64_t part = measure(switches[i].at, end);
    running = switches[i].state == ClockState::running;
    if (!running) {
      stopped += part;
      continue;
    }
    if (!reached && used + part >= allowed) reached = advance(switches[i].at, allowed - used);
    used += part;
  }
  const auto in_units = [&](std::int64_t seconds) {
    const double exact = static_cast<double>(seconds) / static_cast<double>(unit);
    return std::round(exact * 100) / 100;
  };
  out.used = in_units(used);
  out.stopped = in_units(stopped);
  out.left = in_units(allowed - used);
  out.due_at = reached.value_or(advance(now, allowed - used));
  out.provisional = office && calendar.provisional(date_in_china(switches.front().at), out.due_on());
}

// When the running clock has used this share of what is allowed.
Result<Instant> instant_of_share(const WorkingCalendar& calendar, const ClockNow& clock, int percent, Instant now) {
  if (in_days(clock.unit)) {
    const int days = static_cast<int>(std::ceil(clock.limit * percent / 100.0));
    if (clock.unit == DurationUnit::days) return start_of_day(clock.due_on().plus_days(days - clock.limit));
    CIVITAS_TRY(const Date day, calendar.add_working_days(clock.due_on(), days - clock.limit));
    return start_of_day(day);
  }
  const auto wait = static_cast<std::int64_t>(
      std::llround((clock.limit * percent / 100.0 - clock.used) * static_cast<double>(seconds_of({1, clock.unit}))));
  if (wait <= 0) return now;
  return clock.unit == DurationUnit::working_hours ? calendar.add_working_seconds(now, wait) : now.plus_seconds(wait);
}

struct Reader {
  const WorkingCalendar& calendar;
  const ProcessDeclaration& p;
  const CaseCourse& course;
  Instant now;  // of a finished case its end

  Status warn(ClockNow& out, const std::string& warn) const {
    if (warn.empty()) {
      if (out.name == entities::step_clock_name) return {};
      if (out.name == entities::limit_clock_name && out.unit == DurationUnit::working_days) {
        CIVITAS_TRY(out.warn_at, instant_before(calendar, out.due_at, {usual_warning, out.unit}));
        return {};
      }
      CIVITAS_TRY(out.warn_at, instant_of_share(calendar, out, usual_percent, now));
      return {};
    }
    CIVITAS_TRY(const Warning when, parse_warning(warn));
    if (when.before) {
      CIVITAS_TRY(out.warn_at, instant_before(calendar, out.due_at, *when.before));
    } else {
      CIVITAS_TRY(out.warn_at, instant_of_share(calendar, out, when.percent, now));
    }
    out.announces = true;
    return {};
  }

  Result<ClockNow> read(ClockNow out, std::vector<ClockSwitch> switches, const std::string& warning) const {
    bool running = true;
    for (const Extension& extension : course.extensions) {
      if (extension.clock != out.name) continue;
      out.limit += extension.amount;
      out.extensions.push_back(extension);
    }
    if (in_days(out.unit))
      CIVITAS_CHECK(count_days(calendar, std::move(switches), now, out, running));
    else
      count_seconds(calendar, switches, now, out, running);
    if (course.finished_at) {
      out.level = ClockLevel::done;
    } else if (!running) {
      out.level = ClockLevel::stopped;
    } else {
      CIVITAS_CHECK(warn(out, warning));
      out.level = now >= out.due_at                        ? ClockLevel::late
                  : out.warn_at && now >= *out.warn_at ? ClockLevel::warn
                                                           : ClockLevel::ok;
    }
    return out;
  }
};

}  // namespace

std::string_view level_name(ClockLevel level) {
  switch (level) {
    case ClockLevel::ok: return "ok";
    case ClockLevel::warn: return "warn";
    case ClockLevel::late: return "late";
    case ClockLevel::stopped: return "stopped";
    case ClockLevel::done: return "done";
  }
  return "";
}

Result<Instant> instant_before(const WorkingCalendar& calendar, Instant due, const Duration& before) {
  if (before.unit == DurationUnit::hours || before.unit == DurationUnit::minutes)
    return due.plus_seconds(-seconds_of(before));
  const Date last = date_in_china({due.micros - 1});
  if (before.unit == DurationUnit::days) return start_of_day(last.plus_days(-before.amount));
  if (before.unit == DurationUnit::working_days) {
    CIVITAS_TRY(const Date day, calendar.add_working_days(last, -before.amount));
    return start_of_day(day);
  }
  // Working hours back from the end: the moment after which so many of them are left.
  Instant begin = start_of_day(last);
  while (calendar.working_seconds(begin, due) < seconds_of(before)) begin = begin.plus_seconds(-24 * 3600);
  return calendar.add_working_seconds(begin, calendar.working_seconds(begin, due) - seconds_of(before));
}

Result<std::vector<ClockNow>> read_clocks(const WorkingCalendar& calendar, const ProcessDeclaration& p,
                                          const CaseCourse& course, Instant now) {
  const Reader reader{calendar, p, course, course.finished_at.value_or(now)};
  std::vector<ClockNow> out;
  const auto add = [&](const ClockDeclaration& clock, const ClockDeclaration* declared,
                       const std::string& warning) -> Status {
    const auto start = start_of(clock, course);
    if (!start || *start > reader.now) return {};
    CIVITAS_TRY(const Limit limit, parse_limit(clock.limit));
    int amount = limit.amount;
    if (!limit.field.empty()) {
      const auto known = course.amounts.find(clock.name);
      if (known == course.amounts.end()) return {};  // the data do not say yet
      amount = known->second;
    }
    ClockNow made;
    made.name = clock.name;
    made.title = clock.title;
    made.declared = declared;
    made.unit = limit.unit;
    made.limit = amount;
    CIVITAS_TRY(made, reader.read(std::move(made), switches_of(p, clock, course, *start), warning));
    out.push_back(std::move(made));
    return {};
  };
  if (!p.limit.empty()) {
    ClockDeclaration whole;
    whole.name = entities::limit_clock_name;
    whole.title = {"全部办理", "the whole case"};
    whole.limit = p.limit;
    CIVITAS_CHECK(add(whole, nullptr, p.remind));
  }
  for (const ClockDeclaration& clock : p.clocks) CIVITAS_CHECK(add(clock, &clock, clock.warn));
  const auto* state = p.state(course.state);
  if (state && !state->within.empty() && !course.finished_at) {
    CIVITAS_TRY(const Duration within, parse_duration(state->within));
    ClockNow step;
    step.name = entities::step_clock_name;
    step.title = state->title;
    step.unit = within.unit;
    step.limit = within.amount;
    CIVITAS_TRY(step, reader.read(std::move(step), {{course.entered_at, ClockState::running}},
                                  state->remind.empty() ? p.remind : state->remind));
    // A period shorter than its warning needs none: the task itself has just arrived.
    if (step.warn_at && *step.warn_at <= course.entered_at) {
      step.warn_at.reset();
      step.announces = false;
      if (step.level == ClockLevel::warn) step.level = ClockLevel::ok;
    }
    out.push_back(std::move(step));
  }
  return out;
}

std::optional<Instant> nearest_due(const std::vector<ClockNow>& clocks) {
  std::optional<Instant> out;
  for (const ClockNow& clock : clocks)
    if (clock.level != ClockLevel::stopped && clock.level != ClockLevel::done)
      out = out ? std::min(*out, clock.due_at) : clock.due_at;
  return out;
}

}  // namespace civitas::process
