#include "gateway/keys.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "crypto/digest.hpp"
#include "gateway/call_log.hpp"

namespace civitas::gateway {
namespace {

class KeysTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("civitas_keys_" + std::to_string(getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    open();
    ASSERT_TRUE(database_->write_now([](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(CallLog::create_tables(t));
      return t.run_script(
          "CREATE TABLE identity_application_key(id INTEGER PRIMARY KEY,department BIGINT,application TEXT,digest "
          "TEXT,services TEXT,per_second BIGINT,per_day BIGINT,disabled BIGINT,"
          "expires_on BIGINT)");
    }));
  }
  void TearDown() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  void open() {
    database_.reset();
    sql::DatabaseOptions options;
    options.file = folder_ / "keys.db";
    auto opened = sql::Database::open(options);
    ASSERT_TRUE(opened) << opened.error().detail;
    database_ = std::move(*opened);
  }
  void run(std::string_view statement, std::initializer_list<sql::Param> params) {
    const std::vector<sql::Param> kept(params);
    const auto done = database_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(t.execute(statement, sql::Params(kept)));
      return {};
    });
    ASSERT_TRUE(done) << done.error().detail;
  }
  void add(std::int64_t id, const std::string& key, const char* services) {
    run("INSERT INTO identity_application_key VALUES(?,7,'map',?,?,50,1000,0,NULL)",
        {id, crypto::sha256_hex(key), services});
  }
  std::string reason(Keys& keys, std::string_view key) {
    const auto found = keys.find(key);
    return found ? "" : found.error().reason;
  }

  std::filesystem::path folder_;
  std::unique_ptr<sql::Database> database_;
  ManualClock clock_{*parse_instant("2026-11-21T02:00:00Z")};
};

TEST_F(KeysTest, FindsByDigestAndRefusesTheRest) {
  add(1, "ck_one", R"(["town.match"])");
  Keys keys(*database_, clock_);
  const auto found = keys.find("ck_one");
  ASSERT_TRUE(found);
  EXPECT_EQ((*found)->id, 1);
  EXPECT_EQ((*found)->department, 7);
  EXPECT_EQ(reason(keys, ""), "gateway.key.missing");
  EXPECT_EQ(reason(keys, "ck_two"), "gateway.key.unknown");
  EXPECT_EQ(reason(keys, std::string(100'000, 'x')), "gateway.key.unknown");
  EXPECT_EQ(reason(keys, crypto::sha256_hex("ck_one")), "gateway.key.unknown");
}

TEST_F(KeysTest, ExpiredAndDisabledKeysOpenNothing) {
  add(1, "ck_one", R"(["*"])");
  run("UPDATE identity_application_key SET expires_on=?", {std::int64_t{date_in_china(clock_.now()).days}});
  Keys keys(*database_, clock_);
  EXPECT_EQ(reason(keys, "ck_one"), "");  // the last day still counts
  clock_.advance_seconds(86'400);
  EXPECT_EQ(reason(keys, "ck_one"), "gateway.key.unknown");
  run("UPDATE identity_application_key SET expires_on=NULL", {});
  keys.forget();
  EXPECT_EQ(reason(keys, "ck_one"), "");
  run("UPDATE identity_application_key SET disabled=1", {});
  EXPECT_EQ(reason(keys, "ck_one"), "");  // kept until told
  keys.forget();
  EXPECT_EQ(reason(keys, "ck_one"), "gateway.key.unknown");
}

TEST_F(KeysTest, NoticesKeysOfAnotherProcess) {
  Keys keys(*database_, clock_);
  EXPECT_EQ(reason(keys, "ck_new"), "gateway.key.unknown");
  add(2, "ck_new", R"(["*"])");
  EXPECT_EQ(reason(keys, "ck_new"), "gateway.key.unknown");  // read a moment ago
  clock_.advance_seconds(2);
  EXPECT_EQ(reason(keys, "ck_new"), "");
  run("DELETE FROM identity_application_key", {});
  clock_.advance_seconds(61);
  EXPECT_EQ(reason(keys, "ck_new"), "gateway.key.unknown");
}

TEST_F(KeysTest, RightsByNameAndByBeginning) {
  Application a;
  a.services = {"town.match", "ogc.*"};
  EXPECT_TRUE(a.may_call("town.match"));
  EXPECT_TRUE(a.may_call("ogc.town.division"));
  EXPECT_FALSE(a.may_call("town.matching"));
  EXPECT_FALSE(a.may_call("ogc"));
  EXPECT_FALSE(a.may_call("ogcx.town.division"));
  a.services = {"*"};
  EXPECT_TRUE(a.may_call("anything"));
}

TEST_F(KeysTest, WhatWasGrantedByAFormerNameIsGrantedByTodays) {
  add(1, "ck_one", R"(["ogc.lamp", "ogc.sign"])");
  Keys keys(*database_, clock_, {{"ogc.lamp", "ogc.town.lamp"}});
  const auto found = keys.find("ck_one");
  ASSERT_TRUE(found);
  EXPECT_TRUE((*found)->may_call("ogc.town.lamp"));
  EXPECT_FALSE((*found)->may_call("ogc.lamp"));
  EXPECT_FALSE((*found)->may_call("ogc.village.lamp"));
  EXPECT_TRUE((*found)->may_call("ogc.sign"));
}

TEST_F(KeysTest, ARestartDoesNotResetTheDay) {
  add(1, "ck_one", R"(["*"])");
  {
    Keys keys(*database_, clock_);
    CallLog log(*database_, clock_);
    for (int i = 0; i < 3; ++i) {
      const auto a = keys.find("ck_one");
      ASSERT_TRUE(a);
      ASSERT_EQ((*a)->meter->admit((*a)->quota, clock_.now()).outcome, Meter::Outcome::admitted);
      log.record({clock_.now(), 1, 7, "s", 200, 10, 100, "127.0.0.1", true});
    }
    log.record({clock_.now(), 1, 7, "s", 429, 1, 50, "127.0.0.1", false});
    ASSERT_TRUE(log.flush());
    ASSERT_TRUE(log.flush());
  }
  open();
  Keys keys(*database_, clock_);
  const auto a = keys.find("ck_one");
  ASSERT_TRUE(a);
  EXPECT_EQ((*a)->meter->used_today(clock_.now()), 3);
  ASSERT_TRUE(database_->read([](sql::Connection& c) -> Status {
    CIVITAS_TRY(const auto row, c.query_row("SELECT calls,errors,bytes FROM gateway_usage"));
    EXPECT_EQ(std::get<std::int64_t>((*row)[0]), 3);
    EXPECT_EQ(std::get<std::int64_t>((*row)[1]), 1);
    EXPECT_EQ(std::get<std::int64_t>((*row)[2]), 350);
    CIVITAS_TRY(const auto calls, c.query_integer("SELECT count(*) FROM gateway_call"));
    EXPECT_EQ(calls, 4);
    return {};
  }));
}

}  // namespace
}  // namespace civitas::gateway
