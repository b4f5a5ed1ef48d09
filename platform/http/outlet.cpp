#include "http/outlet.hpp"

#include <algorithm>

namespace civitas::http {

void Outlet::wake_once() {
  if (woken_ || !wake_) return;
  woken_ = true;
  wake_();
}

/// The connection may be waiting for a write that never ends: it is told although it knows of bytes that wait.
void Outlet::shut_now() {
  state_ = State::shut;
  pending_ = std::string();
  woken_ = false;
  wake_once();
  wake_ = nullptr;
}

bool Outlet::push(std::string_view first, std::string_view second) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::open) return false;
  const auto before = pending_.size() + in_flight_;
  if (before > 0 && before + first.size() + second.size() > limit_) {
    overflowed_ = true;
    shut_now();
    return false;
  }
  pending_.append(first).append(second);
  wake_once();
  return true;
}

void Outlet::close() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::open) return;
  state_ = State::closing;
  wake_once();
}

void Outlet::shut() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::shut) shut_now();
}

Outlet::State Outlet::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

std::size_t Outlet::waiting() const {
  const std::lock_guard lock(mutex_);
  return pending_.size() + in_flight_;
}

bool Outlet::attach(std::size_t limit, std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  if (attached_) return false;
  attached_ = true;
  limit_ = limit;
  wake_ = std::move(wake);
  return true;
}

Outlet::State Outlet::take(std::string& out) {
  const std::lock_guard lock(mutex_);
  woken_ = false;
  in_flight_ = pending_.size();
  out += pending_;
  // What one burst needed is not kept for ever.
  if (pending_.capacity() > 16 * 1024)
    pending_ = std::string();
  else
    pending_.clear();
  return state_;
}

void Outlet::wrote(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  in_flight_ -= std::min(bytes, in_flight_);
}

bool Outlet::overflowed() const {
  const std::lock_guard lock(mutex_);
  return overflowed_;
}

}  // namespace civitas::http
