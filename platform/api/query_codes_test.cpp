#include "api/query_codes.hpp"

#include <gtest/gtest.h>

#include "entities/test_town.hpp"

namespace civitas::api {
namespace {

class QueryCodes : public entities::DeclaredTest {
 protected:
  void SetUp() override {
    declare("town/system.yaml", "system: town\ntitle: {zh: 镇, en: Town}\n");
    declare("town/remark.yaml", R"(entity: remark
title: {zh: 留言, en: Remark}
title_field: text
fields:
  - {name: text, type: text, title: {zh: 留言, en: Text}, required: true}
  - {name: code, type: text, title: {zh: 查询码, en: Code}, unique: true, read_only: true}
portal: {group: {zh: 镇, en: Town}, steps: [[text]], sign_in: none, former_codes: code}
access:
  - {role: public, create: "TRUE"}
)");
    DeclaredTest::SetUp();
    system.who = identity::system_principal("test");
    system.now = clock.now();
    ASSERT_TRUE(db->write_now([](sql::Transaction& t) { return create_query_code_tables(t); }));
  }
  std::int64_t remark(const std::string& former = "") {
    entities::WriteOptions options;
    options.read_only = entities::ReadOnly::accept;
    Json input = Json::object();
    input.set("text", Json("花坛"));
    if (!former.empty()) input.set("code", Json(former));
    const auto made = create(system, "town/remark", input, options);
    EXPECT_TRUE(made) << made.error().message.en;
    return made ? *parse_integer((*made)["id"].as_string()) : 0;
  }
  std::string found(const std::string& code) {
    std::string out;
    EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
      const auto coded = find_by_query_code(c, *store, code);
      out = coded ? std::to_string(coded->id) : coded.error().reason;
      return {};
    }));
    return out;
  }
  entities::Context system;
};
INSTANTIATE_TEST_SUITE_P(Databases, QueryCodes, sql::each_dialect(), sql::dialect_name);

TEST_P(QueryCodes, ACodeFindsItsRecordAndIsKeptAsADigest) {
  const std::int64_t id = remark();
  std::string code;
  ASSERT_TRUE(db->write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(code, give_query_code(t, entity("town/remark"), id));
    return {};
  }));
  EXPECT_EQ(code.size(), 16u);
  EXPECT_EQ(found(code), std::to_string(id));
  EXPECT_EQ(found(" " + code + "\n"), std::to_string(id));
  ASSERT_TRUE(db->read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(const auto kept, c.query_text("SELECT digest FROM api_query_code"));
    EXPECT_NE(kept, code);
    return {};
  }));
}

TEST_P(QueryCodes, ACodeOfBeforeGoesOnWorking) {
  const std::int64_t id = remark("0123456789abcdef");
  EXPECT_EQ(found("0123456789abcdef"), std::to_string(id));
}

TEST_P(QueryCodes, EverythingElseIsUnknown) {
  remark();
  for (const std::string& code : {std::string(), std::string("short"), std::string("' OR '1'='1"),
                                  std::string("fedcba9876543210"), std::string(41, 'a')})
    EXPECT_EQ(found(code), "portal.code.unknown") << code;
}

}  // namespace
}  // namespace civitas::api
