// How much an application may still call: a bucket that fills by the granted calls each second, and a count for the
// civil day in China.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/time.hpp"

namespace civitas::gateway {

/// Holds at most one second's calls and fills evenly. Kept in microcalls, so that nothing is lost to rounding.
class TokenBucket {
 public:
  /// Takes one call, or says in how many microseconds there will be one. A clock that went back adds nothing.
  std::int64_t take(std::int64_t per_second, Instant now);

 private:
  std::int64_t microcalls_ = -1;  // -1: never asked, so full
  std::int64_t filled_at_ = 0;
};

struct Quota {
  std::int64_t per_second = 0;
  std::int64_t per_day = 0;
};

/// What one application has used up. Safe for threads.
class Meter {
 public:
  enum class Outcome { admitted, too_fast, day_used_up };
  struct Answer {
    Outcome outcome = Outcome::admitted;
    std::int64_t retry_seconds = 0;  // at least 1 when refused
  };

  /// `used_today` is what was counted before the program started.
  Meter(Date today, std::int64_t used_today) : day_(today), used_(used_today) {}
  /// Counts the call when it is admitted, and only then.
  Answer admit(const Quota& quota, Instant now);
  std::int64_t used_today(Instant now);

 private:
  std::mutex mutex_;
  TokenBucket bucket_;
  Date day_;
  std::int64_t used_;
};

}  // namespace civitas::gateway
