// When to try again what another system did not take. The waiting itself is the caller's: durable queues keep the
// instant, nothing sleeps.
#pragma once

#include <algorithm>
#include <cstdint>

namespace civitas::outbound {

struct Backoff {
  std::int64_t first_seconds = 30;
  std::int64_t longest_seconds = 3600;
  int attempts = 12;  // then it is given up

  /// Seconds until the next attempt after `made` failed ones: 30, 60, 120, … 3600.
  std::int64_t seconds_after(int made) const {
    std::int64_t wait = first_seconds;
    for (int i = 1; i < made && wait < longest_seconds; ++i) wait *= 2;
    return std::min(wait, longest_seconds);
  }
  bool gives_up(int made) const { return made >= attempts; }
};

}  // namespace civitas::outbound
