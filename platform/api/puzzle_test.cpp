#include "api/puzzle.hpp"

#include <gtest/gtest.h>

#include "crypto/digest.hpp"
#include "sql/test_database.hpp"

namespace civitas::api {
namespace {

constexpr int bits = 8;

std::string solve(const Challenge& c) {
  for (int nonce = 0;; ++nonce) {
    const std::string text = c.text + ":" + std::to_string(nonce);
    if (crypto::sha256(text)[0] == '\0') return text;
  }
}

std::string reason(const Result<Solved>& r) { return r ? "" : r.error().reason; }

TEST(Puzzle, ASolutionIsGood) {
  const ManualClock clock{*parse_instant("2026-11-20T01:00:00Z")};
  const Puzzles puzzles(clock, bits);
  EXPECT_EQ(reason(puzzles.check(solve(puzzles.make()))), "");
}

TEST(Puzzle, WhatIsWrongIsSaid) {
  ManualClock clock{*parse_instant("2026-11-20T01:00:00Z")};
  const Puzzles puzzles(clock, bits), before_a_restart(clock, bits);
  const Challenge c = puzzles.make();
  const std::string good = solve(c);
  EXPECT_EQ(reason(puzzles.check("")), "portal.puzzle.missing");
  for (const std::string& bad :
       {std::string("x"), c.text, c.text + ":", c.text + ":a b", c.text + ":" + std::string(41, '1'),
        std::string(200, '.') + ":1", std::string("1.2.3:4")})
    EXPECT_EQ(reason(puzzles.check(bad)), "portal.puzzle.malformed") << bad;
  EXPECT_EQ(reason(puzzles.check(solve(before_a_restart.make()))), "portal.puzzle.unknown");
  // Easier bits, or a later end, are not signed.
  std::string easier = good;
  easier.replace(easier.find(".8."), 3, ".0.");
  EXPECT_EQ(reason(puzzles.check(easier)), "portal.puzzle.unknown");
  std::string wrong = c.text + ":0";
  for (int nonce = 0; crypto::sha256(wrong)[0] == '\0'; ++nonce) wrong = c.text + ":" + std::to_string(nonce);
  EXPECT_EQ(reason(puzzles.check(wrong)), "portal.puzzle.wrong");
  clock.set(clock.now().plus_seconds(16 * 60));
  EXPECT_EQ(reason(puzzles.check(good)), "portal.puzzle.expired");
}

class PuzzleUse : public ::testing::TestWithParam<sql::Dialect> {};
INSTANTIATE_TEST_SUITE_P(Databases, PuzzleUse, sql::each_dialect(), sql::dialect_name);

TEST_P(PuzzleUse, IsUsedOnce) {
  const ManualClock clock{*parse_instant("2026-11-20T01:00:00Z")};
  const Puzzles puzzles(clock, bits);
  const auto solved = puzzles.check(solve(puzzles.make()));
  ASSERT_TRUE(solved);
  sql::TestDatabase database(GetParam());
  ASSERT_TRUE(database.open());
  const auto use = [&](bool then_fail) {
    return database->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(Puzzles::use(t, *solved, clock.now()));
      if (then_fail) return fail(invalid("form", "", ""));
      return {};
    });
  };
  ASSERT_TRUE(database->write_now([](sql::Transaction& t) { return Puzzles::create_tables(t); }));
  // A form that is refused uses nothing up.
  EXPECT_EQ(use(true).error().reason, "form");
  EXPECT_TRUE(use(false));
  EXPECT_EQ(use(false).error().reason, "portal.puzzle.used");
}

}  // namespace
}  // namespace civitas::api
