#include "outbound/breaker.hpp"

namespace civitas::outbound {

bool Breaker::admit(const std::string& host) {
  const std::lock_guard lock(mutex_);
  const auto found = hosts_.find(host);
  if (found == hosts_.end() || found->second.failures < options_.failures) return true;
  Host& h = found->second;
  if (clock_.now() < h.closed_until) return false;
  // One call tries it; should it never report back, another does after the next rest.
  h.closed_until = clock_.now().plus_seconds(options_.rest_seconds);
  return true;
}

void Breaker::succeeded(const std::string& host) {
  const std::lock_guard lock(mutex_);
  hosts_.erase(host);
}

void Breaker::failed(const std::string& host) {
  const std::lock_guard lock(mutex_);
  Host& h = hosts_[host];
  ++h.failures;
  if (h.failures >= options_.failures) h.closed_until = clock_.now().plus_seconds(options_.rest_seconds);
}

}  // namespace civitas::outbound
