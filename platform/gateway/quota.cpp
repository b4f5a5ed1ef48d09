#include "gateway/quota.hpp"

#include <algorithm>

namespace civitas::gateway {

namespace {

constexpr std::int64_t one_call = 1'000'000;

}  // namespace

std::int64_t TokenBucket::take(std::int64_t per_second, Instant now) {
  const std::int64_t full = per_second * one_call;
  if (microcalls_ < 0) {
    microcalls_ = full;
  } else {
    // More than a second fills the bucket whatever it held; the bound also keeps the product small.
    const std::int64_t passed = std::clamp<std::int64_t>(now.micros - filled_at_, 0, 1'000'000);
    microcalls_ = std::min(full, microcalls_ + passed * per_second);
  }
  filled_at_ = now.micros;
  if (microcalls_ >= one_call) {
    microcalls_ -= one_call;
    return 0;
  }
  if (per_second <= 0) return 1'000'000;
  return (one_call - microcalls_ + per_second - 1) / per_second;
}

Meter::Answer Meter::admit(const Quota& quota, Instant now) {
  const std::lock_guard lock(mutex_);
  const Date today = date_in_china(now);
  if (today != day_) {
    day_ = today;
    used_ = 0;
  }
  if (used_ >= quota.per_day) {
    const std::int64_t left = start_of_day(today.plus_days(1)).micros - now.micros;
    return {Outcome::day_used_up, std::max<std::int64_t>(1, (left + 999'999) / 1'000'000)};
  }
  if (const std::int64_t wait = bucket_.take(quota.per_second, now))
    return {Outcome::too_fast, std::max<std::int64_t>(1, (wait + 999'999) / 1'000'000)};
  ++used_;
  return {};
}

std::int64_t Meter::used_today(Instant now) {
  const std::lock_guard lock(mutex_);
  return date_in_china(now) == day_ ? used_ : 0;
}

}  // namespace civitas::gateway
