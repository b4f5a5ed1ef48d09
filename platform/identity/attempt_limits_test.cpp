#include "identity/attempt_limits.hpp"

#include <gtest/gtest.h>

#include "sql/test_database.hpp"

namespace civitas::identity {
namespace {

class AttemptLimits : public ::testing::TestWithParam<sql::Dialect> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(database_.open());
    ASSERT_TRUE(database_->write_now([](sql::Transaction& t) { return create_attempt_tables(t); }));
  }
  // The seconds to wait after one more attempt; 0: none.
  std::int64_t attempt(const std::string& name) {
    std::optional<std::int64_t> wait;
    EXPECT_TRUE(database_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_TRY(wait, count_attempt(t, {name, allowed_}, clock_.now()));
      return {};
    }));
    return wait.value_or(0);
  }
  std::int64_t waits(const std::string& name) {
    std::optional<std::int64_t> wait;
    EXPECT_TRUE(database_->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(wait, must_wait(c, {name, allowed_}, clock_.now()));
      return {};
    }));
    return wait.value_or(0);
  }
  sql::TestDatabase database_{GetParam()};
  ManualClock clock_{*parse_instant("2026-11-20T01:00:00Z")};
  std::vector<Allowance> allowed_{{60, 2}, {3'600, 3}};
};
INSTANTIATE_TEST_SUITE_P(Databases, AttemptLimits, sql::each_dialect(), sql::dialect_name);

TEST_P(AttemptLimits, EndWithTheirWindow) {
  EXPECT_EQ(attempt("a"), 0);
  EXPECT_EQ(waits("a"), 0);
  EXPECT_EQ(attempt("a"), 0);
  EXPECT_EQ(waits("a"), 60);
  EXPECT_EQ(waits("b"), 0);
  EXPECT_EQ(attempt("a"), 60);
  clock_.advance_seconds(59);
  EXPECT_EQ(waits("a"), 3541);  // the hour is used up as well by now
  clock_.advance_seconds(3'541);
  EXPECT_EQ(waits("a"), 0);
  EXPECT_EQ(attempt("a"), 0);
}

TEST_P(AttemptLimits, SurviveARestart) {
  EXPECT_EQ(attempt("a"), 0);
  EXPECT_EQ(attempt("a"), 0);
  ASSERT_TRUE(database_.open());
  EXPECT_EQ(waits("a"), 60);
}

}  // namespace
}  // namespace civitas::identity
