// Periods as declarations and laws write them: an amount and a unit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace civitas::process {

/// Working hours run only while the office is open (office_hours.hpp); hours and minutes always do.
enum class DurationUnit { working_days, days, hours, minutes, working_hours };

/// "20 working days", "15 days", "2 hours", "30 minutes", "4 working hours": a positive whole number up to 3660 and a
/// unit, singular or plural; also "20个工作日", "15日", "15天", "2小时", "30分钟", "4个工作小时".
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

/// "working_days", "hours", …: as interfaces name the unit.
std::string_view unit_name(DurationUnit unit);
/// Counted in whole days; otherwise in seconds.
bool in_days(DurationUnit unit);
/// Of a unit that is not counted in days.
std::int64_t seconds_of(const Duration& duration);

/// A period whose amount stands in the declaration, or in the data: "class.limit_days working days" is the number in
/// that field of the record, or of a record that it refers to.
struct Limit {
  int amount = 0;     // 0: in the data
  std::string field;  // "limit_days" or "class.limit_days"
  DurationUnit unit = DurationUnit::working_days;
};
/// Fails with `process.duration.syntax`.
Result<Limit> parse_limit(std::string_view text);

/// When somebody is warned: after this share of the time ("80%"), or this long before the end ("2 working days").
struct Warning {
  int percent = 0;  // 0: by `before`
  std::optional<Duration> before;
};
/// Fails with `process.warning.syntax` or `process.duration.syntax`. 1 % to 99 %.
Result<Warning> parse_warning(std::string_view text);

}  // namespace civitas::process
