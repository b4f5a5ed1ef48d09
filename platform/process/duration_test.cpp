#include "process/duration.hpp"

#include <gtest/gtest.h>

namespace civitas::process {
namespace {

TEST(DurationText, Parses) {
  const auto parsed = [](std::string_view text) { return parse_duration(text).value(); };
  EXPECT_EQ(parsed("20 working days"), (Duration{20, DurationUnit::working_days}));
  EXPECT_EQ(parsed(" 1  Working  day "), (Duration{1, DurationUnit::working_days}));
  EXPECT_EQ(parsed("15 days"), (Duration{15, DurationUnit::days}));
  EXPECT_EQ(parsed("2 hours"), (Duration{2, DurationUnit::hours}));
  EXPECT_EQ(parsed("30 minutes"), (Duration{30, DurationUnit::minutes}));
  EXPECT_EQ(parsed("4 working hours"), (Duration{4, DurationUnit::working_hours}));
  EXPECT_EQ(parsed("20个工作日"), (Duration{20, DurationUnit::working_days}));
  EXPECT_EQ(parsed("15日"), (Duration{15, DurationUnit::days}));
  EXPECT_EQ(parsed("2小时"), (Duration{2, DurationUnit::hours}));
  EXPECT_EQ(parsed("30分钟"), (Duration{30, DurationUnit::minutes}));
  for (const auto* bad : {"", "20", "days", "0 days", "-1 days", "3661 days", "99999999999999999999 days", "2.5 hours",
                          "20 weeks", "20 working", "twenty days", "20 days!", "20 working days 1"}) {
    const auto result = parse_duration(bad);
    ASSERT_FALSE(result) << bad;
    EXPECT_EQ(result.error().reason, "process.duration.syntax");
    EXPECT_NE(result.error().message.zh.find("working days"), std::string::npos);
    EXPECT_NE(result.error().message.en.find("working days"), std::string::npos);
  }
  for (const auto unit : {DurationUnit::working_days, DurationUnit::days, DurationUnit::hours, DurationUnit::minutes,
                          DurationUnit::working_hours})
    for (const int amount : {1, 2, 3660}) {
      EXPECT_EQ(parsed(format_duration({amount, unit})), (Duration{amount, unit}));
      EXPECT_EQ(parsed(duration_text({amount, unit}).zh), (Duration{amount, unit}));
    }
}

TEST(LimitText, StandsInTheDeclarationOrInTheData) {
  const auto parsed = [](std::string_view text) { return parse_limit(text).value(); };
  EXPECT_EQ(parsed("20 working days").amount, 20);
  EXPECT_EQ(parsed("class.limit_days working days").field, "class.limit_days");
  EXPECT_EQ(parsed("class.limit_days working days").amount, 0);
  EXPECT_EQ(parsed("class.hours working hours").unit, DurationUnit::working_hours);
  EXPECT_EQ(parsed("extension_days 个工作日").field, "extension_days");
  for (const auto* bad : {"", "class.limit_days", "a.b.c days", "class.days weeks", "1.5 days", "class..days days"})
    EXPECT_EQ(parse_limit(bad).error().reason, "process.duration.syntax") << bad;
}

TEST(WarningText, IsAShareOrATimeBefore) {
  EXPECT_EQ(parse_warning("80%").value().percent, 80);
  EXPECT_EQ(parse_warning("1 working days").value().before, (Duration{1, DurationUnit::working_days}));
  for (const auto* bad : {"0%", "100%", "-5%", "x%", "%", "80"}) EXPECT_FALSE(parse_warning(bad)) << bad;
}

}  // namespace
}  // namespace civitas::process
