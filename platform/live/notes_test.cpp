#include "live/notes.hpp"

#include <gtest/gtest.h>

namespace civitas::live {
namespace {

using std::chrono::seconds;

const Monotonic now = std::chrono::steady_clock::now();

TEST(Notes, keeps_nothing_of_what_nobody_listens_to) {
  Notes notes({"town_street", "town_shop"});
  EXPECT_FALSE(notes.touched("town_street", 1));
  notes.listen({*notes.subject("town_street")});
  EXPECT_TRUE(notes.touched("town_street", 1));
  EXPECT_FALSE(notes.touched("town_shop", 2));
  EXPECT_FALSE(notes.touched("unknown", 3));
  EXPECT_EQ(notes.last(), 1U);
  EXPECT_FALSE(notes.subject("unknown"));
}

TEST(Notes, tells_what_was_missed_in_order_and_each_once) {
  Notes notes({"a", "b"});
  notes.listen({0, 1});
  for (const std::int64_t id : {5, 6, 5, 7}) notes.touched("a", id);
  notes.touched("b", 5);
  const Missed missed = notes.since(0, {0});
  EXPECT_FALSE(missed.lost);
  EXPECT_EQ(missed.upto, 5U);
  std::vector<std::int64_t> ids;
  for (const auto& note : missed.notes) ids.push_back(note.id);
  EXPECT_EQ(ids, (std::vector<std::int64_t>{6, 5, 7}));
  EXPECT_EQ(notes.since(0, {0, 1}).notes.size(), 4U);
  EXPECT_TRUE(notes.since(4, {0}).notes.empty());
  EXPECT_TRUE(notes.since(5, {0, 1}).notes.empty());
  EXPECT_EQ(notes.last_of({0}), 4U);
  EXPECT_EQ(notes.last_of({0, 1}), 5U);
}

TEST(Notes, says_when_what_was_missed_is_no_longer_known) {
  Notes notes({"a"}, 3);
  notes.listen({0});
  for (std::int64_t id = 1; id <= 5; ++id) notes.touched("a", id);
  EXPECT_TRUE(notes.since(1, {0}).lost);
  EXPECT_FALSE(notes.since(2, {0}).lost);
  EXPECT_EQ(notes.since(2, {0}).notes.size(), 3U);
  EXPECT_FALSE(notes.resume(notes.position(1), {0}));
  EXPECT_EQ(notes.resume(notes.position(2), {0}), 2U);
}

TEST(Notes, a_position_is_of_one_start_of_the_program) {
  Notes notes({"a"}), others({"a"});
  notes.listen({0});
  others.listen({0});
  EXPECT_EQ(notes.resume(notes.position(0), {0}), 0U);
  EXPECT_FALSE(others.resume(notes.position(0), {0}));
  for (const char* wrong : {"", "-", "x-1", "-1", "1"}) EXPECT_FALSE(notes.resume(wrong, {0})) << wrong;
  EXPECT_FALSE(notes.resume(notes.position(0) + "x", {0}));
  EXPECT_FALSE(notes.resume(notes.position(1), {0})) << "not yet";
}

TEST(Notes, goes_on_for_a_while_for_who_comes_back) {
  Notes notes({"a", "b"}, 100, seconds(60));
  notes.listen({0});
  notes.touched("a", 1);
  const std::string position = notes.position(notes.last());
  notes.leave({0}, now);
  notes.forget(now + seconds(59));
  EXPECT_TRUE(notes.touched("a", 2));
  EXPECT_EQ(notes.resume(position, {0}), 1U);
  EXPECT_FALSE(notes.resume(position, {0, 1})) << "nobody listened to b";
  notes.forget(now + seconds(60));
  EXPECT_FALSE(notes.touched("a", 3));
  EXPECT_FALSE(notes.resume(position, {0})) << "3 is not noted";
  notes.listen({0});
  EXPECT_FALSE(notes.resume(position, {0}));
  EXPECT_EQ(notes.resume(notes.position(notes.last()), {0}), 2U);
}

}  // namespace
}  // namespace civitas::live
