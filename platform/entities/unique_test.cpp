// Fields that are unique together, and only for a while. On both databases.
#include <gtest/gtest.h>

#include "entities/test_town.hpp"

namespace civitas::entities {
namespace {

constexpr const char* booking_yaml = R"yaml(entity: booking
title: {zh: 预约, en: Booking}
title_field: number
fields:
  - {name: number, type: text, title: {zh: 号码, en: Number}, required: true}
  - {name: phone, type: phone, title: {zh: 电话, en: Phone}, unique: {with: [district, day], while: "open = TRUE"}}
  - {name: district, type: ref, to: district, title: {zh: 区, en: District}}
  - {name: day, type: date, title: {zh: 日期, en: Day}}
  - {name: open, type: boolean, title: {zh: 有效, en: Open}, default: true}
  - {name: room, type: text, title: {zh: 房间, en: Room}, unique: [district, day]}
list: {columns: [number], sort: [number]}
access:
  - {role: clerk, read: "TRUE", create: "TRUE", write: "TRUE"}
  - {role: chief, create: "TRUE"}
)yaml";

Json json(std::string_view text) { return Json::parse(text).value(); }

class UniqueTest : public TownTest {
 protected:
  void SetUp() override {
    declare("town/booking.yaml", booking_yaml);
    TownTest::SetUp();
  }
  Result<Json> book(const std::string& number, const std::string& phone, std::size_t district, const std::string& more = "",
                    const Context* who = nullptr) {
    return create(who ? *who : clerk, "town/booking",
                  json(R"({"number":")" + number + R"(","phone":")" + phone + R"(","day":"2026-11-23","district":")" +
                       districts[district] + "\"" + more + "}"));
  }
};

TEST_P(UniqueTest, SeveralFieldsTogetherAndOnlyWhileTheConditionHolds) {
  const auto first = book("A1", "13800138000", 0);
  ASSERT_TRUE(first) << first.error().message.en;
  EXPECT_TRUE(book("A2", "13800138000", 1));
  const auto second = book("A3", "13800138000", 0);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "entities.field.taken");
  EXPECT_EQ(second.error().field, "phone");
  EXPECT_NE(second.error().message.en.find("by “A1”"), std::string::npos) << second.error().message.en;
  ASSERT_TRUE(update(clerk, "town/booking", (*first)["id"].as_string(), json(R"({"open":false})")));
  EXPECT_TRUE(book("A4", "13800138000", 0));
  // What is given back must be free.
  const auto again = update(clerk, "town/booking", (*first)["id"].as_string(), json(R"({"open":true})"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "entities.field.taken");
}

TEST_P(UniqueTest, WhoMayNotReadTheOtherIsNotToldItsTitle) {
  Context chief = clerk;
  chief.who.permissions = {"town.chief"};
  ASSERT_TRUE(book("A1", "13800138000", 0));
  const auto second = book("A3", "13800138000", 0, "", &chief);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "entities.field.taken");
  EXPECT_EQ(second.error().message.en.find("A1"), std::string::npos);
}

TEST_P(UniqueTest, TheIndexKeepsItToo) {
  ASSERT_TRUE(book("A1", "13800138000", 0, R"(,"room":"甲")"));
  const auto many = db->write_now([&](sql::Transaction& t) -> Status {
    std::vector<NewRecord> all;
    CIVITAS_TRY(NewRecord one,
                store->prepare(clerk, entity("town/booking"),
                               json(R"({"number":"A2","room":"甲","day":"2026-11-23","district":")" + districts[0] + "\"}")));
    all.push_back(std::move(one));
    return store->create_many(t, clerk, entity("town/booking"), all);
  });
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().reason, "entities.field.taken");
  EXPECT_EQ(many.error().field, "room");
  EXPECT_TRUE(book("A3", "13800138001", 1, R"(,"room":"甲")"));
}

TEST_P(UniqueTest, AConditionDeclaredLaterHoldsForWhatIsThere) {
  std::string text = booking_yaml;
  const std::string rule = ", unique: {with: [district, day], while: \"open = TRUE\"}";
  text.erase(text.find(rule), rule.size());
  declare("town/booking.yaml", text);
  load();
  ASSERT_TRUE(book("A1", "13800138000", 0));
  ASSERT_TRUE(book("A2", "13800138000", 0, R"(,"open":false)"));
  declare("town/booking.yaml", booking_yaml);
  EXPECT_GT(load(), 0u);
  EXPECT_FALSE(book("A3", "13800138000", 0));
}

TEST_P(UniqueTest, WrongDeclarationsAreNamed) {
  const auto mistake = [&](const std::string& unique) {
    std::string text = booking_yaml;
    text.replace(text.find("[district, day]}"), 16, unique + "}");
    const std::string rule = "unique: [district, day]";
    const auto at = text.find(rule);
    if (at != text.npos) text.replace(at, rule.size(), "unique: " + unique);
    declare("town/booking.yaml", text);
    const auto loaded = declared();
    if (!loaded) return loaded.error().message.en;
    const auto good = Conditions(**loaded).check_all();
    return good ? std::string() : good.error().message.en;
  };
  EXPECT_NE(mistake("[distric]").find("did you mean district"), std::string::npos);
  EXPECT_NE(mistake("{with: [day], while: \"day > today()\"}").find("own fields and its state only"), std::string::npos);
  EXPECT_NE(mistake("{with: [day], while: \"district.level = 1\"}").find("own fields and its state only"),
            std::string::npos);
  EXPECT_NE(mistake("{within: day}").find("within"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Engines, UniqueTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::entities
