// For tests whose threads wait: a clock that runs, from a day of its own.
#pragma once

#include <chrono>

#include "base/time.hpp"

namespace civitas {

/// Begins on 2026-11-20, a Friday, at nine in the morning in China.
class TestClock final : public Clock {
 public:
  Instant now() const override {
    const auto run = std::chrono::steady_clock::now() - start_;
    return {start_of_day(make_date(2026, 11, 20)).plus_seconds(9 * 3600).micros +
            std::chrono::duration_cast<std::chrono::microseconds>(run).count()};
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace civitas
