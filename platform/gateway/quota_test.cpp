#include "gateway/quota.hpp"

#include <gtest/gtest.h>

namespace civitas::gateway {
namespace {

using Outcome = Meter::Outcome;

Instant at(const char* text) { return *parse_instant(text); }
Instant after_micros(Instant t, std::int64_t micros) { return {t.micros + micros}; }

TEST(TokenBucket, HoldsOneSecondsCalls) {
  TokenBucket bucket;
  const Instant start = at("2026-11-21T00:00:00Z");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(bucket.take(10, start), 0) << i;
  EXPECT_EQ(bucket.take(10, start), 100'000);
}

TEST(TokenBucket, FillsEvenly) {
  TokenBucket bucket;
  Instant now = at("2026-11-21T00:00:00Z");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.take(3, now), 0);
  EXPECT_EQ(bucket.take(3, now), 333'334);
  now = after_micros(now, 333'333);
  EXPECT_EQ(bucket.take(3, now), 1);
  now = after_micros(now, 1);
  EXPECT_EQ(bucket.take(3, now), 0);
}

TEST(TokenBucket, NeverHoldsMoreThanASecond) {
  TokenBucket bucket;
  Instant now = at("2026-11-21T00:00:00Z");
  EXPECT_EQ(bucket.take(2, now), 0);
  now = now.plus_seconds(86'400);
  EXPECT_EQ(bucket.take(2, now), 0);
  EXPECT_EQ(bucket.take(2, now), 0);
  EXPECT_GT(bucket.take(2, now), 0);
}

TEST(TokenBucket, AClockThatWentBackAddsNothing) {
  TokenBucket bucket;
  const Instant now = at("2026-11-21T00:00:00Z");
  EXPECT_EQ(bucket.take(1, now), 0);
  EXPECT_GT(bucket.take(1, now.plus_seconds(-100)), 0);
  EXPECT_EQ(bucket.take(1, now.plus_seconds(-99)), 0);
}

TEST(Meter, DayEndsAtMidnightInChina) {
  const Instant evening = at("2026-11-21T15:59:00Z");  // 23:59 in China
  Meter meter(date_in_china(evening), 0);
  const Quota quota{100, 2};
  EXPECT_EQ(meter.admit(quota, evening).outcome, Outcome::admitted);
  EXPECT_EQ(meter.admit(quota, evening).outcome, Outcome::admitted);
  const auto refused = meter.admit(quota, evening);
  EXPECT_EQ(refused.outcome, Outcome::day_used_up);
  EXPECT_EQ(refused.retry_seconds, 60);
  EXPECT_EQ(meter.used_today(evening), 2);
  EXPECT_EQ(meter.admit(quota, evening.plus_seconds(60)).outcome, Outcome::admitted);
  EXPECT_EQ(meter.used_today(evening.plus_seconds(60)), 1);
}

TEST(Meter, CountsWhatWasUsedBeforeTheStart) {
  const Instant now = at("2026-11-21T02:00:00Z");
  Meter meter(date_in_china(now), 9);
  EXPECT_EQ(meter.admit({100, 10}, now).outcome, Outcome::admitted);
  EXPECT_EQ(meter.admit({100, 10}, now).outcome, Outcome::day_used_up);
}

TEST(Meter, RefusedCallsAreNotCounted) {
  const Instant now = at("2026-11-21T02:00:00Z");
  Meter meter(date_in_china(now), 0);
  EXPECT_EQ(meter.admit({1, 10}, now).outcome, Outcome::admitted);
  const auto refused = meter.admit({1, 10}, now);
  EXPECT_EQ(refused.outcome, Outcome::too_fast);
  EXPECT_EQ(refused.retry_seconds, 1);
  EXPECT_EQ(meter.used_today(now), 1);
}

}  // namespace
}  // namespace civitas::gateway
