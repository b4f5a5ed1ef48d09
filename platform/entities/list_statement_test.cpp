// The text of a list's statement, and that the values of its placeholders stand in their order.
#include "entities/list_statement.hpp"

#include <gtest/gtest.h>

namespace civitas::entities {
namespace {

std::string values_of(const Clause& c) {
  std::string out;
  for (const auto& p : c.params) out += std::to_string(std::get<std::int64_t>(p)) + " ";
  return out;
}

ListStatement lamps() {
  ListStatement s;
  s.columns = {"t.id,(CASE WHEN t.owner=? THEN 1 ELSE 0 END)", {std::int64_t{7}}};
  s.table = "town_lamp";
  s.joins = " LEFT JOIN town_street r1 ON r1.id=t.street";
  s.order = " ORDER BY t.id DESC";
  s.limit = 21;
  return s;
}

TEST(ListStatement, EveryRow) {
  const Clause text = lamps().text();
  EXPECT_EQ(text.sql,
            "SELECT t.id,(CASE WHEN t.owner=? THEN 1 ELSE 0 END) FROM town_lamp t LEFT JOIN town_street r1 ON "
            "r1.id=t.street ORDER BY t.id DESC LIMIT ?");
  EXPECT_EQ(values_of(text), "7 21 ");
}

TEST(ListStatement, WhatIsAskedStandsBeforeTheOrder) {
  ListStatement s = lamps();
  add_and(s.where, "t.street=?", {std::int64_t{3}});
  add_and(s.where, "t.height>?", {std::int64_t{4}});
  EXPECT_EQ(s.text().sql,
            "SELECT t.id,(CASE WHEN t.owner=? THEN 1 ELSE 0 END) FROM town_lamp t LEFT JOIN town_street r1 ON "
            "r1.id=t.street WHERE t.street=? AND t.height>? ORDER BY t.id DESC LIMIT ?");
  EXPECT_EQ(values_of(s.text()), "7 3 4 21 ");
  EXPECT_EQ(s.count().sql, "SELECT count(*) FROM town_lamp t WHERE t.street=? AND t.height>?");
  EXPECT_EQ(values_of(s.count()), "3 4 ");
}

TEST(ListStatement, AlternativesAreShortListsOfTheirOwn) {
  ListStatement s = lamps();
  s.joins = "";
  add_and(s.where, "t.street=?", {std::int64_t{3}});
  s.alternatives = {{"(t.state=?)", {std::int64_t{1}}}, {"(t.owner=?)", {std::int64_t{7}}}};
  const Clause text = s.text();
  EXPECT_EQ(text.sql,
            "SELECT t.id,(CASE WHEN t.owner=? THEN 1 ELSE 0 END) FROM ("
            "SELECT id FROM (SELECT t.id FROM town_lamp t WHERE (t.state=?) AND t.street=? ORDER BY t.id DESC LIMIT ?) AS p0"
            " UNION "
            "SELECT id FROM (SELECT t.id FROM town_lamp t WHERE (t.owner=?) AND t.street=? ORDER BY t.id DESC LIMIT ?) AS p1"
            ") AS u CROSS JOIN town_lamp t WHERE t.id=u.id ORDER BY t.id DESC LIMIT ?");
  EXPECT_EQ(values_of(text), "7 1 3 21 7 3 21 21 ");
}

TEST(ListStatement, CountsWhatIsThereWithoutAnyCondition) {
  EXPECT_EQ(lamps().count().sql, "SELECT count(*) FROM town_lamp t");
}

}  // namespace
}  // namespace civitas::entities
