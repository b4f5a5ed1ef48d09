#include "api/portal_view.hpp"

#include <gtest/gtest.h>

namespace civitas::api {
namespace {

using entities::Entity;
using entities::StateKind;
using process::Engine;

Entity lamp(bool with_steps = true) {
  Entity e;
  e.portal.emplace();
  if (with_steps)
    e.portal->follow = {{{"收到", "Received"}, {}, {"received"}},
                        {{"处理", "At work"}, {}, {"working", "checking"}},
                        {{"办结", "Done"}, {}, {"done"}}};
  e.process.emplace();
  e.process->initial = "draft";
  const auto state = [&](const char* name, StateKind kind) {
    entities::State s;
    s.name = name;
    s.title = {name, name};
    s.kind = kind;
    e.process->states.push_back(s);
  };
  for (const char* name : {"draft", "received", "working", "checking"}) state(name, StateKind::normal);
  state("done", StateKind::final);
  state("refused", StateKind::rejected);
  return e;
}

// The course as "past 2, now 3, …": what each step is, and the second in which it was reached.
std::string told(const Entity& e, const std::vector<std::string>& states) {
  std::vector<Engine::Passage> passages;
  for (std::size_t i = 0; i < states.size(); ++i)
    passages.push_back({Instant{static_cast<std::int64_t>(i) * 1'000'000}, states[i]});
  const Course course = course_of(e, passages, states.back(), {"现在", "now"});
  std::string out = std::to_string(course.at) + ":";
  for (const auto& step : course.steps.as_array()) {
    out += " " + step["is"].as_string();
    if (step["at"].is_string()) out += step["at"].as_string().substr(17, 2);
  }
  return out;
}

TEST(Course, StepsAreReachedOneAfterTheOther) {
  const Entity e = lamp();
  EXPECT_EQ(told(e, {"draft"}), "0: ahead ahead ahead");
  EXPECT_EQ(told(e, {"draft", "received"}), "1: now01 ahead ahead");
  EXPECT_EQ(told(e, {"draft", "received", "working", "checking"}), "2: past01 now02 ahead");
  EXPECT_EQ(told(e, {"draft", "received", "working", "done"}), "3: past01 past02 past03");
}

TEST(Course, WhatWasSentBackHasNotReachedWhatIsAhead) {
  const Entity e = lamp();
  EXPECT_EQ(told(e, {"received", "working", "received"}), "1: now02 ahead ahead");
  EXPECT_EQ(told(e, {"received", "working", "received", "working"}), "2: past02 now03 ahead");
  EXPECT_EQ(told(e, {"received", "done", "done"}), "3: past00 past past01");
}

TEST(Course, WhatEndedBeforeIsCutOff) {
  const Entity e = lamp();
  EXPECT_EQ(told(e, {"draft", "received", "refused"}), "1: past01 cut cut");
  EXPECT_EQ(told(e, {"draft", "refused"}), "0: cut cut cut");
}

TEST(Course, WithoutDeclaredStepsTheStatesAreTold) {
  const Entity e = lamp(false);
  EXPECT_EQ(told(e, {"received", "working"}), "2: past00 now01");
  EXPECT_EQ(told(e, {"received", "done"}), "2: past00 past01");
}

TEST(Period, InWords) {
  EXPECT_EQ(period_in_words("10 working days")->zh, "10 个工作日");
  EXPECT_EQ(period_in_words("1 day")->en, "1 day");
  EXPECT_FALSE(period_in_words(""));
  EXPECT_FALSE(period_in_words("class.hours working hours"));
}

}  // namespace
}  // namespace civitas::api
