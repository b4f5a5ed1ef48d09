// A rule that is declared or changed reaches the records that are there, in small pieces. On both databases.
#include "entities/recompute.hpp"

#include <gtest/gtest.h>

#include "entities/test_town.hpp"

namespace civitas::entities {
namespace {

std::string box_yaml(const std::string& rule) {
  return R"yaml(entity: box
title: {zh: 箱, en: Box}
fields:
  - {name: name, type: text, title: {zh: 名, en: Name}, required: true}
  - {name: height, type: integer, title: {zh: 高, en: Height}}
  - {name: size, type: computed, as: integer, title: {zh: 大小, en: Size}, rule: ")yaml" +
         rule + R"yaml("}
list: {columns: [name], sort: [name]}
access: [{role: clerk, read: "TRUE", create: "TRUE", write: "TRUE"}]
)yaml";
}
constexpr const char* thing_yaml = R"yaml(entity: thing
title: {zh: 物, en: Thing}
fields:
  - {name: name, type: text, title: {zh: 名, en: Name}}
  - {name: box, type: ref, to: box, title: {zh: 箱, en: Box}}
list: {columns: [name], sort: [name]}
access: [{role: clerk, read: "TRUE", create: "TRUE"}]
)yaml";

class RecomputeTest : public TownTest {
 protected:
  void SetUp() override {
    declare("town/box.yaml", box_yaml("height * 2"));
    declare("town/thing.yaml", thing_yaml);
    TownTest::SetUp();
    note();
    ASSERT_TRUE(db->write_now([](sql::Transaction& t) { return jobs::Jobs::create_tables(t); }));
  }
  bool note() {
    bool waits = false;
    const Status done = db->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_TRY(waits, note_rules(t, *catalog));
      return {};
    });
    EXPECT_TRUE(done) << done.error().detail;
    return waits;
  }
  std::string box(int height) {
    const auto made = create(clerk, "town/box", *Json::parse(R"({"name":"箱","height":)" + std::to_string(height) + "}"));
    EXPECT_TRUE(made) << made.error().message.en << made.error().detail;
    return (*made)["id"].as_string();
  }
  Json run() {
    jobs::Jobs work(*db, clock, ids);
    Recompute recompute(*db, *store, clock);
    recompute.register_kind(work);
    const auto done = work.run_here(recompute_kind, Recompute::title(), Json::object(), 0);
    EXPECT_TRUE(done) << done.error().detail;
    return done ? *done : Json();
  }
};

TEST_P(RecomputeTest, AChangedRuleReachesWhatIsThere) {
  std::vector<std::string> all;
  for (int i = 1; i <= 1203; ++i) all.push_back(box(i));
  EXPECT_FALSE(note()) << "the rule is that by which they were made";
  declare("town/box.yaml", box_yaml("height + 1000"));
  load();
  EXPECT_TRUE(note());
  EXPECT_EQ((*get(clerk, "town/box", all.back()))["size"].as_integer(), 2406);
  const std::string newer = box(1);
  EXPECT_EQ((*get(clerk, "town/box", newer))["size"].as_integer(), 1001) << "by its own write";
  const Json done = run();
  EXPECT_EQ(done["state"].as_string(), "done") << done.dump();
  EXPECT_EQ(number("SELECT count(*) FROM town_box WHERE size<>height+1000"), 0);
  EXPECT_EQ((*get(clerk, "town/box", all.front()))["version"].as_integer(), 1) << "no version of its own";
  EXPECT_FALSE(note());
}

TEST_P(RecomputeTest, ACountReachesWhatIsThere) {
  const std::string full = box(1), empty = box(2);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(create(clerk, "town/thing", *Json::parse(R"({"name":"物","box":")" + full + "\"}")));
  declare("town/box.yaml", box_yaml("count(thing.box)"));
  load();
  EXPECT_TRUE(note());
  run();
  EXPECT_EQ((*get(clerk, "town/box", full))["size"].as_integer(), 3);
  EXPECT_EQ((*get(clerk, "town/box", empty))["size"].as_integer(), 0);
}

TEST_P(RecomputeTest, GoesOnWhereItStopped) {
  std::vector<std::string> all;
  for (int i = 1; i <= 600; ++i) all.push_back(box(i));
  declare("town/box.yaml", box_yaml("height + 1000"));
  load();
  EXPECT_TRUE(note());
  // Half of them were done before the process died; they are not looked at again.
  ASSERT_TRUE(db->write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(t.execute("UPDATE entities_rule SET after_id=? WHERE field='size'", {*parse_integer(all[299])}));
    return {};
  }));
  EXPECT_TRUE(note()) << "a restart in between";
  run();
  EXPECT_EQ(number("SELECT count(*) FROM town_box WHERE size=height+1000"), 300);
  EXPECT_EQ((*get(clerk, "town/box", all[299]))["size"].as_integer(), 600);
}

TEST_P(RecomputeTest, NothingWaitsWhereNothingIs) {
  declare("town/box.yaml", box_yaml("height + 3"));
  load();
  EXPECT_FALSE(note());
}

INSTANTIATE_TEST_SUITE_P(Engines, RecomputeTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::entities
