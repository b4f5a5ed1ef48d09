// Points in time, calendar dates and the clock. Times are UTC inside and RFC 3339 on the wire; dates are civil dates in
// China Standard Time (UTC+8, no summer time since 1991).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace civitas {

/// Microseconds since 1970-01-01T00:00:00Z.
struct Instant {
  std::int64_t micros = 0;
  auto operator<=>(const Instant&) const = default;
  Instant plus_seconds(std::int64_t seconds) const { return {micros + seconds * 1'000'000}; }
  std::int64_t seconds() const { return micros / 1'000'000; }
};

/// A civil date: days since 1970-01-01.
struct Date {
  std::int32_t days = 0;
  auto operator<=>(const Date&) const = default;
  Date plus_days(int n) const { return {days + n}; }
  int year() const;
  int month() const;
  int day() const;
  int weekday() const;  // 1 Monday … 7 Sunday
};

Date make_date(int year, int month, int day);
/// 2026-11-21; nothing when it is no real date.
std::optional<Date> parse_date(std::string_view text);
std::string format_date(Date date);
/// 2026年11月21日
std::string format_date_zh(Date date);

/// 2026-11-21T03:47:00Z, +08:00 and fractions accepted.
std::optional<Instant> parse_instant(std::string_view text);
/// 2026-11-21T03:47:00.123Z
std::string format_instant(Instant instant);
/// The civil date in China at this instant.
Date date_in_china(Instant instant);
/// Midnight in China at the start of this date.
Instant start_of_day(Date date);

/// A date as sources give it: a day, a month, a year ("1949"), a dynasty or period ("明", "民国时期"), or a bound
/// ("before 1927", "1927年以前", "约1949"). Ordered and compared by the days it can lie between.
struct UncertainDate {
  std::string text;
  Date earliest;
  Date latest;
};
/// Nothing when the text is not understood.
std::optional<UncertainDate> parse_uncertain_date(std::string_view text);

/// Passed in wherever time is needed; tests own it.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  Date today() const { return date_in_china(now()); }
};

/// The machine's clock.
class SystemClock : public Clock {
 public:
  Instant now() const override;
};

/// Stands still until told otherwise.
class ManualClock : public Clock {
 public:
  explicit ManualClock(Instant start) : now_(start) {}
  Instant now() const override { return now_; }
  void set(Instant instant) { now_ = instant; }
  void advance_seconds(std::int64_t seconds) { now_ = now_.plus_seconds(seconds); }

 private:
  Instant now_;
};

}  // namespace civitas
