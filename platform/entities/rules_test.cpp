#include "entities/rules.hpp"

#include <gtest/gtest.h>

#include <concepts>

namespace civitas::entities {
namespace {

static_assert(std::convertible_to<const char (&)[5], Reason>);
static_assert(!std::convertible_to<const char (&)[1], Reason>, "an empty literal is no reason");
static_assert(!std::convertible_to<const char*, Reason>);

TEST(Rules, AreKeptUnlessThereIsAReason) {
  EXPECT_TRUE(Rules::keep().kept());
  EXPECT_TRUE(Rules().kept());
  const Rules skipped = Rules::skip("first start");
  EXPECT_FALSE(skipped.kept());
  EXPECT_EQ(skipped.because(), "first start");
  EXPECT_EQ(Rules::skip("step " + std::string("accept")).because(), "step accept");
}

TEST(Rules, AnEmptyReasonIsNone) { EXPECT_THROW(Rules::skip(std::string()), std::invalid_argument); }

}  // namespace
}  // namespace civitas::entities
