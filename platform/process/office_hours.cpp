#include "process/office_hours.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace civitas::process {

namespace {

// Seconds of the day of "08:30"; -1 when it is no time. 24:00 is the end of the day.
int time_of(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  const auto hour = parse_integer(text.substr(0, 2)), minute = parse_integer(text.substr(3));
  if (!hour || !minute || *hour < 0 || *minute < 0 || *minute > 59) return -1;
  const std::int64_t minutes = *hour * 60 + *minute;
  return minutes <= 24 * 60 ? static_cast<int>(minutes * 60) : -1;
}

constexpr int hour = 3600;

}  // namespace

OfficeHours::OfficeHours() : spans_{{8 * hour + hour / 2, 12 * hour}, {14 * hour, 17 * hour + hour / 2}} {}

Result<OfficeHours> OfficeHours::parse(const std::vector<std::string>& spans) {
  OfficeHours out;
  out.spans_.clear();
  for (const std::string& text : spans) {
    const auto dash = text.find('-');
    const Span span{dash == text.npos ? -1 : time_of(trim(std::string_view(text).substr(0, dash))),
                    dash == text.npos ? -1 : time_of(trim(std::string_view(text).substr(dash + 1)))};
    if (span.from < 0 || span.to <= span.from || (!out.spans_.empty() && span.from < out.spans_.back().to))
      return fail(invalid("process.office_hours",
                          "办公时间应写成 [\"08:30-12:00\", \"14:00-17:30\"]，依次排列、互不重叠，而不是“" + text + "”。",
                          "Office hours are written [\"08:30-12:00\", \"14:00-17:30\"], in order and apart, not \"" +
                              text + "\"."));
    out.spans_.push_back(span);
  }
  if (out.spans_.empty())
    return fail(invalid("process.office_hours", "办公时间不能为空。", "The office has to be open at some time."));
  return out;
}

int OfficeHours::seconds_a_day() const { return open_between(0, 24 * hour); }

int OfficeHours::open_between(int from, int to) const {
  int open = 0;
  for (const Span& span : spans_) open += std::max(0, std::min(to, span.to) - std::max(from, span.from));
  return open;
}

}  // namespace civitas::process
