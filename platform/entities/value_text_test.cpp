// Times of the day, durations, labels and opening hours as people write them.
#include <gtest/gtest.h>

#include "entities/value_text.hpp"

namespace civitas::entities {
namespace {

TEST(ValueTextTest, TimesOfTheDay) {
  for (const auto& [typed, kept] : {std::pair{"08:30", "08:30"}, {"8:30", "08:30"}, {"8：30", "08:30"}, {" 23:59 ", "23:59"},
                                    {"8点半", "08:30"}, {"8点30分", "08:30"}, {"8点", "08:00"}, {"14:00:00", "14:00"}})
    EXPECT_EQ(time_of_day(typed).value_or("none"), kept) << typed;
  for (const char* typed : {"", "24:00", "8:60", "8:3", "830", "-1:00", "8:30:20", "noon", "123:00"})
    EXPECT_FALSE(time_of_day(typed)) << typed;
}

TEST(ValueTextTest, Durations) {
  for (const auto& [typed, seconds] :
       {std::pair{"2 hours", 7200}, {"1 hour 30 minutes", 5400}, {"2小时30分", 9000}, {"90 分钟", 5400}, {"3 days", 259200},
        {"1:30", 5400}, {"0:00:20", 20}, {"PT2H30M", 9000}, {"P1DT1S", 86401}, {"5400", 5400}, {"1周", 604800}, {"0", 0}})
    EXPECT_EQ(duration_seconds(typed).value_or(-1), seconds) << typed;
  for (const char* typed : {"", "two hours", "2", "P", "P1M", "P1Y", "1:60", "1:2", "2 hours 5", "99999999999", "-5 days", "PT"})
    if (std::string(typed) != "2") EXPECT_FALSE(duration_seconds(typed)) << typed;
  for (const std::int64_t seconds : {0, 20, 5400, 86399, 360000})
    EXPECT_EQ(duration_seconds(format_duration(seconds)).value_or(-1), seconds) << format_duration(seconds);
}

TEST(ValueTextTest, Labels) {
  EXPECT_EQ(split_labels("积水、内涝；低洼, 易堵 ,，"), (std::vector<std::string>{"积水", "内涝", "低洼", "易堵"}));
  EXPECT_TRUE(split_labels("  ").empty());
}

TEST(ValueTextTest, OpeningHours) {
  Json hours = Json::parse(R"({"except":[{"on":"2026-10-02","hours":["9:00-10:00"]},{"on":"2026-10-01"}],
                               "week":{"tue":[],"mon":["14:00-17:30","8：30-12:00"],"sun":["00:00-24:00"]}})").value();
  EXPECT_FALSE(tidy_schedule(hours));
  EXPECT_EQ(hours.dump(), R"({"week":{"mon":["08:30-12:00","14:00-17:30"],"sun":["00:00-24:00"]},)"
                          R"("except":[{"on":"2026-10-01","hours":[]},{"on":"2026-10-02","hours":["09:00-10:00"]}]})");
  const auto open = [&](const char* at) { return is_open(hours, *parse_instant(at)); };
  EXPECT_TRUE(open("2026-11-23T08:30:00+08:00"));  // a Monday
  EXPECT_FALSE(open("2026-11-23T12:00:00+08:00"));
  EXPECT_TRUE(open("2026-11-22T23:59:59+08:00"));
  EXPECT_FALSE(open("2026-11-24T10:00:00+08:00"));
  EXPECT_FALSE(open("2026-10-01T09:00:00+08:00"));
  EXPECT_TRUE(open("2026-10-02T09:59:00+08:00"));
  for (const char* wrong : {"[]", R"({"week":{"monday":[]}})", R"({"week":{"mon":["8-9"]}})", R"({"weeks":{}})",
                            R"({"week":{"mon":["10:00-09:00"]}})", R"({"week":{"mon":["08:00-10:00","09:00-11:00"]}})",
                            R"({"except":[{"on":"2026-02-30"}]})", R"({"except":[{"on":"2026-02-01"},{"on":"2026-02-01"}]})"}) {
    Json value = Json::parse(wrong).value();
    EXPECT_TRUE(tidy_schedule(value)) << wrong;
  }
}

}  // namespace
}  // namespace civitas::entities
