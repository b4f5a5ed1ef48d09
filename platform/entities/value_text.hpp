// Values that people write as text and that are kept in one form: times of the day, durations, labels, opening hours.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/problem.hpp"
#include "base/time.hpp"

namespace civitas::entities {

/// "8:30", "08：30", "8点半", "8点30分" as "08:30"; nothing for what is no time of a day.
std::optional<std::string> time_of_day(std::string_view text);

/// Seconds. "2 hours", "1 hour 30 minutes", "2小时30分", "90 分钟", "3 days", "1:30" (hours and minutes), "PT2H30M" (ISO
/// 8601 without years and months, whose length differs), "5400".
std::optional<std::int64_t> duration_seconds(std::string_view text);
/// "2:30", "49:00", "0:00:20": hours, minutes, and seconds where there are some; what `duration_seconds` reads.
std::string format_duration(std::int64_t seconds);

/// Words as somebody types them in one line: "积水、内涝；低洼".
std::vector<std::string> split_labels(std::string_view text);

/// Opening hours in their one form: {"week": {"mon": ["08:30-12:00", "14:00-17:30"], …}, "except": [{"on":
/// "2026-10-01", "hours": []}]}, days in order, hours in order and apart. The sentence when it is not.
std::optional<Text> tidy_schedule(Json& schedule);
/// Whether it is open then, in China's time. A day that is not named is closed.
bool is_open(const Json& schedule, Instant at);

}  // namespace civitas::entities
