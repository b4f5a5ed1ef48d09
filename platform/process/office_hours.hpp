// When the office is open on a working day: what working hours are counted by.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace civitas::process {

class OfficeHours {
 public:
  /// 08:30-12:00 and 14:00-17:30.
  OfficeHours();
  /// "08:30-12:00", in order and apart, within one day. Fails with `process.office_hours`.
  static Result<OfficeHours> parse(const std::vector<std::string>& spans);

  /// Seconds of the day.
  struct Span {
    int from = 0;
    int to = 0;
  };
  const std::vector<Span>& spans() const { return spans_; }
  int seconds_a_day() const;
  /// Open time between two seconds of the same day.
  int open_between(int from, int to) const;

 private:
  std::vector<Span> spans_;
};

}  // namespace civitas::process
