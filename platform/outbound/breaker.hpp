// A host that fails again and again is left alone for a while, so that nobody waits for it and it can recover: after
// `failures` in a row calls are refused for `rest_seconds`; then one call is let through, whose outcome decides.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/time.hpp"

namespace civitas::outbound {

struct BreakerOptions {
  int failures = 5;
  int rest_seconds = 30;
};

class Breaker {
 public:
  explicit Breaker(const Clock& clock, BreakerOptions options = {}) : clock_(clock), options_(options) {}

  /// Whether a call may go out now; who was told yes reports `succeeded` or `failed`.
  bool admit(const std::string& host);
  void succeeded(const std::string& host);
  void failed(const std::string& host);

 private:
  struct Host {
    int failures = 0;
    Instant closed_until;
  };
  const Clock& clock_;
  BreakerOptions options_;
  std::mutex mutex_;
  std::map<std::string, Host> hosts_;  // only those that failed last
};

}  // namespace civitas::outbound
