// Counts and sums of what refers to a record, and limits that hold when many write at once. On both databases.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "entities/test_town.hpp"

namespace civitas::entities {
namespace {

constexpr const char* slot_yaml = R"yaml(entity: slot
title: {zh: 时段, en: Slot}
title_field: label
fields:
  - {name: label, type: text, title: {zh: 时段, en: Slot}, required: true}
  - {name: quota, type: integer, title: {zh: 号源, en: Quota}}
  - {name: free, type: computed, as: integer, rule: "quota - count(booking.slot, open = TRUE)", title: {zh: 余号, en: Left}}
  - {name: people, type: computed, as: integer, rule: "sum(booking.slot, people)", title: {zh: 人数, en: People}}
  - name: desks
    type: rows
    title: {zh: 窗口, en: Desks}
    fields:
      - {name: code, type: text, title: {zh: 号, en: Code}}
      - {name: minutes, type: integer, title: {zh: 分钟, en: Minutes}}
  - {name: minutes, type: computed, as: integer, rule: "sum(desks.minutes)", title: {zh: 总分钟, en: Minutes}}
  - {name: long_desks, type: computed, as: integer, rule: "count(desks, minutes > 30)", title: {zh: 长窗口, en: Long}}
list: {columns: [label, free], filters: [free], sort: [label]}
access: [{role: clerk, read: "TRUE", create: "TRUE", write: "TRUE", remove: "TRUE"}]
)yaml";

constexpr const char* booking_yaml = R"yaml(entity: booking
title: {zh: 预约, en: Booking}
title_field: name
fields:
  - {name: name, type: text, title: {zh: 姓名, en: Name}, required: true}
  - {name: slot, type: ref, to: slot, title: {zh: 时段, en: Slot}, required: true, options: "free > 0"}
  - {name: people, type: integer, title: {zh: 人数, en: People}, default: 1}
  - {name: open, type: boolean, title: {zh: 有效, en: Open}, default: true}
list: {columns: [name], sort: [name]}
limit: {of: slot, at_most: slot.quota, while: "open = TRUE"}
access: [{role: clerk, read: "TRUE", create: "slot.free > 0", write: "TRUE", remove: "TRUE"}]
)yaml";

Json json(std::string_view text) { return Json::parse(text).value(); }

class TalliesTest : public TownTest {
 protected:
  void SetUp() override {
    declare("town/slot.yaml", slot_yaml);
    declare("town/booking.yaml", booking_yaml);
    TownTest::SetUp();
  }
  std::string slot(int quota) {
    const auto made = create(clerk, "town/slot", json(R"({"label":"上午","quota":)" + std::to_string(quota) + "}"));
    EXPECT_TRUE(made) << made.error().message.en << made.error().detail;
    return made ? (*made)["id"].as_string() : "0";
  }
  Result<Json> book(const std::string& slot_id, const std::string& more = "") {
    return create(clerk, "town/booking", json(R"({"name":"张三","slot":")" + slot_id + "\"" + more + "}"));
  }
  std::int64_t free_places(const std::string& id) { return (*get(clerk, "town/slot", id))["free"].as_integer(); }
};

TEST_P(TalliesTest, ACountFollowsWhatRefersHere) {
  const std::string a = slot(2), b = slot(5);
  EXPECT_EQ(free_places(a), 2);
  const auto first = book(a, R"(,"people":3)");
  ASSERT_TRUE(first) << first.error().message.en << first.error().detail;
  EXPECT_EQ(free_places(a), 1);
  EXPECT_EQ((*get(clerk, "town/slot", a))["people"].as_integer(), 3);
  ASSERT_TRUE(book(a));
  EXPECT_EQ(free_places(a), 0);
  const auto third = book(a);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().reason, "entities.field.option");
  // Moved to another, then given up, then removed.
  const std::string id = (*first)["id"].as_string();
  ASSERT_TRUE(update(clerk, "town/booking", id, json(R"({"slot":")" + b + "\"}")));
  EXPECT_EQ(free_places(a), 1);
  EXPECT_EQ(free_places(b), 4);
  ASSERT_TRUE(update(clerk, "town/booking", id, json(R"({"open":false})")));
  EXPECT_EQ(free_places(b), 5);
  ASSERT_TRUE(remove(clerk, "town/booking", id));
  EXPECT_EQ((*get(clerk, "town/slot", b))["people"].as_integer(), 0);
  // What is counted does not make versions of the slot, and its own change keeps the count.
  EXPECT_EQ((*get(clerk, "town/slot", a))["version"].as_integer(), 1);
  ASSERT_TRUE(update(clerk, "town/slot", a, json(R"({"quota":10})")));
  EXPECT_EQ(free_places(a), 9);
  ListQuery q;
  q.filter = "free >= 9";
  EXPECT_EQ((*list(clerk, "town/slot", q))["items"].size(), 1u);
}

TEST_P(TalliesTest, ALimitIsKept) {
  const std::string a = slot(1), b = slot(1);
  const auto first = book(a);
  ASSERT_TRUE(first);
  const auto given_up = book(b, R"(,"open":false)");
  ASSERT_TRUE(given_up) << given_up.error().message.en;
  ASSERT_TRUE(book(b));
  const auto again = update(clerk, "town/booking", (*given_up)["id"].as_string(), json(R"({"open":true})"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "entities.limit.full");
  EXPECT_NE(again.error().message.en.find("1 in all"), std::string::npos);
  // What has its place may be changed.
  EXPECT_TRUE(update(clerk, "town/booking", (*first)["id"].as_string(), json(R"({"name":"李四"})")));
}

TEST_P(TalliesTest, ManyAtOnceFitAsWell) {
  const std::string a = slot(2);
  const auto import_of = [&](std::size_t count) {
    return db->write_now([&](sql::Transaction& t) -> Status {
      std::vector<NewRecord> all;
      for (std::size_t i = 0; i < count; ++i) {
        CIVITAS_TRY(NewRecord one, store->prepare(clerk, entity("town/booking"),
                                                  json(R"({"name":"王五","slot":")" + a + "\"}")));
        all.push_back(std::move(one));
      }
      return store->create_many(t, clerk, entity("town/booking"), all);
    });
  };
  EXPECT_FALSE(import_of(3));
  EXPECT_EQ(free_places(a), 2);
  EXPECT_TRUE(import_of(2));
  EXPECT_EQ(free_places(a), 0);
}

TEST_P(TalliesTest, OwnRowsAreCountedAndSummed) {
  const auto made = create(clerk, "town/slot",
                           json(R"({"label":"下午","quota":1,"desks":[{"code":"1","minutes":20},{"code":"2","minutes":40},{"code":"3"}]})"));
  ASSERT_TRUE(made) << made.error().message.en;
  EXPECT_EQ((*made)["minutes"].as_integer(), 60);
  EXPECT_EQ((*made)["long_desks"].as_integer(), 1);
}

TEST_P(TalliesTest, ARushTakesAsManyAsThereAreAndNoMore) {
  const std::string a = slot(20);
  std::atomic<int> taken = 0, full = 0, other = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k) {
        const auto made = book(a);
        if (made)
          ++taken;
        else if (made.error().reason == "entities.limit.full" || made.error().reason == "entities.field.option" ||
                 made.error().reason == "entities.access.forbidden")
          ++full;
        else
          ++other;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, 20);
  EXPECT_EQ(full, 980);
  EXPECT_EQ(other, 0);
  EXPECT_EQ(free_places(a), 0);
  EXPECT_EQ(number("SELECT count(*) FROM town_booking"), 20);
}

TEST_P(TalliesTest, WrongCountsAndLimitsAreNamed) {
  const auto mistake = [&](const std::string& rule, const std::string& limit) {
    std::string slots = slot_yaml, bookings = booking_yaml;
    const std::string old_rule = "quota - count(booking.slot, open = TRUE)", old_limit = "{of: slot, at_most: slot.quota, while: \"open = TRUE\"}";
    if (!rule.empty()) slots.replace(slots.find(old_rule), old_rule.size(), rule);
    if (!limit.empty()) bookings.replace(bookings.find(old_limit), old_limit.size(), limit);
    declare("town/slot.yaml", slots);
    declare("town/booking.yaml", bookings);
    const auto loaded = declared();
    if (!loaded) return loaded.error().message.en;
    const auto good = Conditions(**loaded).check_all();
    return good ? std::string() : good.error().message.en;
  };
  EXPECT_EQ(mistake("", "[{of: slot, at_most: 3}, {of: slot, at_most: slot.quota * 2}]"), "");
  EXPECT_NE(mistake("count(booking.name)", "").find("booking.name is no reference to this record type"),
            std::string::npos);
  EXPECT_NE(mistake("sum(booking.slot, name)", "").find("a field of numbers"), std::string::npos);
  EXPECT_NE(mistake("count(booking.slot, created_at > now())", "").find("that people fill in"), std::string::npos);
  EXPECT_NE(mistake("count(nothing.slot)", "").find("nothing.slot is no reference"), std::string::npos);
  EXPECT_NE(mistake("", "{of: name, at_most: 3}").find("field of the type ref"), std::string::npos);
  EXPECT_NE(mistake("", "{of: slot, at_most: slot.label}").find("must be a number"), std::string::npos);
  EXPECT_NE(mistake("", "{of: slot, at_most: 3, while: \"slot.quota > 1\"}").find("own fields and its state only"),
            std::string::npos);
}

TEST_P(TalliesTest, AnyValueCountsWhatRefersHere) {
  const std::string a = slot(9);
  ASSERT_TRUE(book(a, R"(,"people":3)"));
  ASSERT_TRUE(book(a, R"(,"people":2,"open":false)"));
  const Json record = *get(clerk, "town/slot", a);
  const auto value = [&](const std::string& text) {
    std::string out;
    EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
      const Entity& e = entity("town/slot");
      const auto found = store->values().of(c, clerk, {e, record}, *e.field("quota"), text);
      out = found ? found->dump() : found.error().message.en;
      return {};
    }));
    return out;
  };
  EXPECT_EQ(value("count(booking.slot)"), "2");
  EXPECT_EQ(value("quota - count(booking.slot, open = TRUE)"), "8");
  EXPECT_EQ(value("sum(booking.slot, people) + 1"), "6");
}

INSTANTIATE_TEST_SUITE_P(Engines, TalliesTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::entities
