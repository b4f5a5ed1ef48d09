// Fields that are encrypted at rest: never in clear in the database, found by whole values and by words. On both.
#include <gtest/gtest.h>

#include "crypto/key_store.hpp"
#include "entities/sealing.hpp"
#include "entities/test_town.hpp"

namespace civitas::entities {
namespace {

constexpr const char* resident_yaml = R"yaml(entity: resident
title: {zh: 居民, en: Resident}
title_field: code
fields:
  - {name: code, type: text, title: {zh: 编号, en: Code}, required: true}
  - {name: number, type: citizen_id, title: {zh: 身份证号, en: Number}, unique: true}
  - {name: phone, type: phone, sealed: true, find: exact, masked: true, title: {zh: 电话, en: Phone}}
  - {name: name, type: text, sealed: true, find: words, title: {zh: 姓名, en: Name}}
  - {name: note, type: long_text, sealed: true, title: {zh: 备注, en: Note}}
  - name: family
    type: rows
    title: {zh: 家人, en: Family}
    append: true
    fields:
      - {name: name, type: text, masked: true, title: {zh: 姓名, en: Name}}
      - {name: age, type: integer, title: {zh: 年龄, en: Age}}
  - {name: rating, type: integer, title: {zh: 评级, en: Rating}, write: [chief]}
  - {name: linked, type: ref, to: [district, resident], title: {zh: 关联, en: Linked}}
list: {columns: [code, number, phone], filters: [number, phone], sort: [code]}
access:
  - {role: clerk, read: "TRUE", create: "TRUE", write: "TRUE", remove: "TRUE", unmasked: [number, phone]}
  - {role: chief, read: "TRUE", write: "TRUE"}
)yaml";

Json json(std::string_view text) { return Json::parse(text).value(); }

class SealingTest : public TownTest {
 protected:
  void SetUp() override {
    cipher = &own_cipher;
    declare("town/resident.yaml", resident_yaml);
    TownTest::SetUp();
    chief = clerk;
    chief.who.id = 8;
    chief.who.permissions = {"town.chief"};
  }
  Result<Json> resident(const std::string& members) { return create(clerk, "town/resident", json("{" + members + "}")); }
  std::string codes(const std::string& filter, const std::string& search = "", const Context* who = nullptr) {
    ListQuery q;
    q.filter = filter;
    q.search = search;
    const auto page = list(who ? *who : clerk, "town/resident", q);
    if (!page) return page.error().reason;
    std::string out;
    for (const auto& item : (*page)["items"].as_array()) out += item["code"].as_string();
    return out;
  }
  bool anywhere(const std::string& secret) {
    bool found = false;
    for (const char* column : {"number", "phone", "name", "note"})
      for (const char* table : {"town_resident", "town_resident_history"})
        found = found || number("SELECT count(*) FROM " + std::string(table) + " WHERE " + column + " LIKE '%" + secret + "%'") > 0;
    return found || number("SELECT count(*) FROM audit_entry WHERE detail LIKE '%" + secret + "%'") > 0;
  }
  std::unique_ptr<crypto::KeyStore> keys = crypto::KeyStore::in_memory(clock);
  crypto::FieldCipher own_cipher{*keys};
  Context chief;
};

constexpr const char* one = R"("code":"A","number":"11010519491231002x","phone":"027-85771234","name":"张小三","note":"秘密")";

TEST_P(SealingTest, NothingIsInClearInTheDatabaseAndReadersSeeIt) {
  const auto made = resident(one);
  ASSERT_TRUE(made) << made.error().message.en << made.error().detail;
  const std::string id = (*made)["id"].as_string();
  for (const char* secret : {"11010519491231", "027-8577", "85771234", "张小三", "秘密"}) EXPECT_FALSE(anywhere(secret)) << secret;
  const Json read = *get(clerk, "town/resident", id);
  EXPECT_EQ(read["number"].as_string(), "11010519491231002X");
  EXPECT_EQ(read["name"].as_string(), "张小三");
  EXPECT_EQ(read["note"].as_string(), "秘密");
  ListQuery q;
  EXPECT_EQ((*list(clerk, "town/resident", q))["items"].as_array()[0]["number"].as_string(), "11010519491231002X");
  const Json shown = (*list(chief, "town/resident", q))["items"].as_array()[0];
  EXPECT_EQ(shown["number"].as_string(), "110105********002X");
  EXPECT_EQ(shown["phone"].as_string(), "027*****1234");
  ASSERT_TRUE(update(clerk, "town/resident", id, json(R"({"code":"B"})")));
  std::string history;
  ASSERT_TRUE(db->read([&](sql::Connection& c) {
    return store->history(c, clerk, entity("town/resident"), *parse_integer(id), history);
  })) << history;
  const Json versions = Json::parse(history).value()["versions"];
  EXPECT_EQ(versions.as_array()[0]["changed"].dump(), R"(["code"])");
  EXPECT_EQ(versions.as_array()[1]["record"]["number"].as_string(), "11010519491231002X");
}

TEST_P(SealingTest, FoundByWholeValuesAndByWords) {
  ASSERT_TRUE(resident(one));
  ASSERT_TRUE(resident(R"("code":"B","name":"李四","phone":"13900139000")"));
  EXPECT_EQ(codes("number = '11010519491231002x'"), "A");
  EXPECT_EQ(codes("number <> '11010519491231002X'"), "");
  EXPECT_EQ(codes("phone = '02785771234'"), "A");
  EXPECT_EQ(codes("phone IN ('027 8577 1234', '139-00139000')"), "AB");
  EXPECT_EQ(codes("number IS NULL"), "B");
  EXPECT_EQ(codes("NOT phone = '02785771234'"), "B");
  EXPECT_EQ(codes("phone LIKE '027%'"), "query.cql2.sealed");
  EXPECT_EQ(codes("CASEI(phone) = '1'"), "query.cql2.sealed");
  EXPECT_EQ(codes("name = '李四'"), "B");
  EXPECT_EQ(codes("note = '秘密'"), "query.cql2.sealed");
  EXPECT_EQ(codes("", "小三"), "A");
  EXPECT_EQ(codes("", "李四"), "B");
  EXPECT_EQ(codes("", "王五"), "");
  // Who sees it masked may not find out by asking.
  EXPECT_EQ(codes("phone = '02785771234'", "", &chief), "query.cql2.property");
}

TEST_P(SealingTest, UniqueIsKept) {
  ASSERT_TRUE(resident(one));
  const auto again = resident(R"("code":"C","number":"11010519491231002X")");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "entities.field.taken");
  EXPECT_EQ(again.error().field, "number");
  ASSERT_TRUE(resident(R"("code":"D")"));
  ASSERT_TRUE(resident(R"("code":"E")"));
}

TEST_P(SealingTest, AFieldThatIsSealedLaterIsEncryptedWithItsHistory) {
  std::string text = resident_yaml;
  text.replace(text.find(", sealed: true, find: exact, masked: true"), 41, "");
  declare("town/resident.yaml", text);
  load();
  ASSERT_TRUE(resident(one));
  EXPECT_TRUE(anywhere("027-8577"));
  declare("town/resident.yaml", resident_yaml);
  load();
  const auto seal = [&] { return db->write_now([&](sql::Transaction& t) { return seal_all(t, *catalog, own_cipher); }); };
  ASSERT_TRUE(seal());
  EXPECT_FALSE(anywhere("027-8577"));
  EXPECT_EQ(codes("phone = '02785771234'"), "A");
  ASSERT_TRUE(seal());
}

TEST_P(SealingTest, RowsAreOnlyAddedAndMasksComeBack) {
  const auto made = resident(R"("code":"A","family":[{"name":"王大伟","age":40}])");
  ASSERT_TRUE(made) << made.error().message.en;
  const std::string id = (*made)["id"].as_string();
  EXPECT_EQ((*get(chief, "town/resident", id))["family"].dump(), R"([{"name":"王**","age":40}])");
  ASSERT_TRUE(update(chief, "town/resident", id, json(R"({"family":[{"name":"王**","age":40},{"name":"王小明"}]})")));
  const auto changed = update(clerk, "town/resident", id, json(R"({"family":[{"name":"改名","age":40},{"name":"王小明"}]})"));
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().reason, "entities.field.append");
  EXPECT_FALSE(update(clerk, "town/resident", id, json(R"({"family":[]})")));
  WriteOptions step;
  step.adds_rows = true;
  ASSERT_TRUE(update(clerk, "town/resident", id, json(R"({"family":[{"name":"三"}]})"), step));
  EXPECT_EQ(number("SELECT count(*) FROM town_resident__family"), 3);
  EXPECT_EQ(number("SELECT count(*) FROM town_resident__family WHERE name LIKE '%*%'"), 0);
}

TEST_P(SealingTest, AFieldsOwnWriters) {
  const auto refused = resident(R"("code":"A","rating":3)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "entities.field.write");
  EXPECT_EQ(refused.error().kind, Kind::forbidden);
  const auto made = resident(R"("code":"A")");
  ASSERT_TRUE(made);
  const std::string id = (*made)["id"].as_string();
  EXPECT_FALSE(update(clerk, "town/resident", id, json(R"({"rating":3})")));
  ASSERT_TRUE(update(chief, "town/resident", id, json(R"({"rating":3})")));
  EXPECT_TRUE(update(clerk, "town/resident", id, json(R"({"rating":3,"code":"B"})")));
}

TEST_P(SealingTest, AReferenceToOneOfSeveralTypes) {
  const auto a = resident(R"("code":"A","linked":")" + districts[1] + "\"");
  ASSERT_TRUE(a) << a.error().message.en << a.error().detail;
  const auto b = resident(R"("code":"B","linked":")" + (*a)["id"].as_string() + "\"");
  ASSERT_TRUE(b) << b.error().message.en;
  EXPECT_EQ((*get(clerk, "town/resident", (*a)["id"].as_string()))["linked"].dump(),
            R"({"id":")" + districts[1] + R"(","title":"区2","type":"town/district"})");
  EXPECT_EQ((*get(clerk, "town/resident", (*b)["id"].as_string()))["linked"].dump(),
            R"({"id":")" + (*a)["id"].as_string() + R"(","title":"A","type":"town/resident"})");
  EXPECT_EQ(codes("linked = " + districts[1]), "A");
  EXPECT_FALSE(resident(R"("code":"C","linked":"999")"));
  const auto held = remove(clerk, "town/resident", (*a)["id"].as_string());
  ASSERT_FALSE(held);
  EXPECT_EQ(held.error().reason, "entities.record.referenced");
}

TEST_P(SealingTest, WrongDeclarationsAreNamed) {
  const auto mistake = [&](const std::string& field) {
    std::string text = resident_yaml;
    text.insert(text.find("list:"), "  - {" + field + ", title: {zh: 甲, en: A}}\n");
    declare("town/resident.yaml", text);
    const auto loaded = declared();
    return loaded ? std::string() : loaded.error().message.en;
  };
  EXPECT_EQ(mistake("name: a, type: phone, sealed: true"), "");
  EXPECT_NE(mistake("name: a, type: integer, sealed: true").find("may be sealed"), std::string::npos);
  EXPECT_NE(mistake("name: a, type: text, find: exact").find("belongs to a sealed field"), std::string::npos);
  EXPECT_NE(mistake("name: a, type: text, sealed: true, unique: true").find("needs find: exact"), std::string::npos);
  EXPECT_NE(mistake("name: a, type: text, sealed: true, search: true").find("write find: words"), std::string::npos);
  EXPECT_NE(mistake("name: a, type: code, rule: \"{phone}\"").find("encrypted at rest"), std::string::npos);
  EXPECT_NE(mistake("name: a, type: text, append: true").find("only a field of rows"), std::string::npos);
  EXPECT_NE(mistake("name: a, type: text, write: [nobody]").find("no role nobody"), std::string::npos);
  EXPECT_NE(mistake("name: a, type: refs, to: [district, resident]").find("one of several types"), std::string::npos);
  EXPECT_NE(mistake("name: a, type: ref, to: [district, nothing]").find("no entity town/nothing"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Engines, SealingTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::entities
