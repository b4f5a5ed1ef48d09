#include "process/duration.hpp"

#include <algorithm>
#include <array>

#include "base/strings.hpp"

namespace civitas::process {

namespace {

constexpr int max_amount = 3660;

struct Form {
  std::string_view text;
  DurationUnit unit;
};
constexpr std::array forms = {
    Form{"working days", DurationUnit::working_days},   Form{"working day", DurationUnit::working_days},
    Form{"个工作日", DurationUnit::working_days},       Form{"工作日", DurationUnit::working_days},
    Form{"days", DurationUnit::days},                   Form{"day", DurationUnit::days},
    Form{"日", DurationUnit::days},                     Form{"天", DurationUnit::days},
    Form{"working hours", DurationUnit::working_hours}, Form{"working hour", DurationUnit::working_hours},
    Form{"个工作小时", DurationUnit::working_hours},    Form{"工作小时", DurationUnit::working_hours},
    Form{"hours", DurationUnit::hours},                 Form{"hour", DurationUnit::hours},
    Form{"小时", DurationUnit::hours},                  Form{"个小时", DurationUnit::hours},
    Form{"minutes", DurationUnit::minutes},             Form{"minute", DurationUnit::minutes},
    Form{"分钟", DurationUnit::minutes},
};

std::optional<DurationUnit> parse_unit(std::string_view text) {
  std::string unit;  // with single spaces
  for (const auto word : split(text, ' '))
    if (!word.empty()) unit += (unit.empty() ? "" : " ") + std::string(word);
  const auto form = std::find_if(forms.begin(), forms.end(), [&](const Form& f) { return f.text == unit; });
  return form == forms.end() ? std::nullopt : std::optional(form->unit);
}

Problem not_understood(std::string_view text, std::string_view more_zh, std::string_view more_en) {
  return invalid("process.duration.syntax",
                 "看不懂期限“" + std::string(text) +
                     "”。请写成“20 working days”（20个工作日）、“15 days”（15日）、“2 hours”（2小时）、“30 "
                     "minutes”（30分钟）或“4 working hours”（4个工作小时），数字为1至3660" +
                     std::string(more_zh) + "。",
                 "The period \"" + std::string(text) +
                     "\" is not understood. Write \"20 working days\", \"15 days\", \"2 hours\", \"30 minutes\" or \"4 "
                     "working hours\", with a whole number from 1 to 3660" +
                     std::string(more_en) + ".");
}

bool is_field_path(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.empty() || parts.size() > 2) return false;
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    return !part.empty() && part[0] >= 'a' && part[0] <= 'z' && std::all_of(part.begin(), part.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
  });
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const std::string lower = to_lower_ascii(trim(text));
  const std::string_view all = lower;
  std::size_t digits = 0;
  while (digits < all.size() && all[digits] >= '0' && all[digits] <= '9') ++digits;
  const auto unit = parse_unit(all.substr(digits));
  const auto amount = digits > 0 && digits <= 4 ? parse_integer(all.substr(0, digits)) : std::nullopt;
  if (!unit || !amount || *amount < 1 || *amount > max_amount) return fail(not_understood(text, "", ""));
  return Duration{static_cast<int>(*amount), *unit};
}

Result<Limit> parse_limit(std::string_view text) {
  if (const auto fixed = parse_duration(text)) return Limit{fixed->amount, "", fixed->unit};
  const std::string lower = to_lower_ascii(trim(text));
  const auto space = lower.find(' ');
  if (space != lower.npos && is_field_path(std::string_view(lower).substr(0, space)))
    if (const auto unit = parse_unit(std::string_view(lower).substr(space)))
      return Limit{0, lower.substr(0, space), *unit};
  return fail(not_understood(text, "；数字也可以是字段，例如“class.limit_days working days”",
                             "; a field may stand for the number, such as \"class.limit_days working days\""));
}

Result<Warning> parse_warning(std::string_view text) {
  const std::string_view all = trim(text);
  if (!all.ends_with('%')) {
    CIVITAS_TRY(const Duration before, parse_duration(all));
    return Warning{0, before};
  }
  const auto percent = parse_integer(trim(all.substr(0, all.size() - 1)));
  if (!percent || *percent < 1 || *percent > 99)
    return fail(invalid("process.warning.syntax", "看不懂预警“" + std::string(text) + "”，例如 80% 或 1 working days。",
                        "The warning \"" + std::string(text) + "\" is not understood; write 80% or 1 working days."));
  return Warning{static_cast<int>(*percent), std::nullopt};
}

std::string format_duration(const Duration& duration) {
  const std::string s = duration.amount == 1 ? "" : "s";
  const std::string amount = std::to_string(duration.amount);
  switch (duration.unit) {
    case DurationUnit::working_days: return amount + " working day" + s;
    case DurationUnit::days: return amount + " day" + s;
    case DurationUnit::hours: return amount + " hour" + s;
    case DurationUnit::minutes: return amount + " minute" + s;
    case DurationUnit::working_hours: return amount + " working hour" + s;
  }
  return amount;
}

Text duration_text(const Duration& duration) {
  const std::string amount = std::to_string(duration.amount);
  switch (duration.unit) {
    case DurationUnit::working_days: return {amount + "个工作日", format_duration(duration)};
    case DurationUnit::days: return {amount + "日", format_duration(duration)};
    case DurationUnit::hours: return {amount + "小时", format_duration(duration)};
    case DurationUnit::minutes: return {amount + "分钟", format_duration(duration)};
    case DurationUnit::working_hours: return {amount + "个工作小时", format_duration(duration)};
  }
  return {amount, amount};
}

std::string_view unit_name(DurationUnit unit) {
  switch (unit) {
    case DurationUnit::working_days: return "working_days";
    case DurationUnit::days: return "days";
    case DurationUnit::hours: return "hours";
    case DurationUnit::minutes: return "minutes";
    case DurationUnit::working_hours: return "working_hours";
  }
  return "";
}

bool in_days(DurationUnit unit) { return unit == DurationUnit::working_days || unit == DurationUnit::days; }

std::int64_t seconds_of(const Duration& duration) {
  return std::int64_t{duration.amount} * (duration.unit == DurationUnit::minutes ? 60 : 3600);
}

}  // namespace civitas::process
