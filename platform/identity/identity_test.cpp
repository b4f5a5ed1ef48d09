#include "identity/identity.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/id.hpp"
#include "crypto/password.hpp"
#include "crypto/totp.hpp"
#include "identity/test_people.hpp"

namespace civitas::identity {
namespace {

class SetClock : public Clock {
 public:
  Instant now() const override { return at; }
  Instant at = *parse_instant("2026-11-21T08:00:00Z");
};

// One person with a password, in a folder of its own.
class IdentityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("civitas-identity-" + random_hex(8));
    std::filesystem::create_directories(folder_);
    sql::DatabaseOptions options;
    options.file = folder_ / "test.db";
    database_ = std::move(*sql::Database::open(options));
    keys_ = std::move(*crypto::KeyStore::open(folder_, clock_, crypto::MissingKeys::create));
    cipher_ = std::make_unique<crypto::FieldCipher>(*keys_);
    ids_ = std::make_unique<IdGenerator>(clock_, 0);
    IdentityOptions with_scopes;
    with_scopes.dimensions = testing::dimensions();
    identity_ = std::make_unique<Identity>(*database_, clock_, *ids_, *cipher_, with_scopes);
    ASSERT_TRUE(database_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(Identity::create_tables(t));
      CIVITAS_CHECK(testing::create_people_tables(t));
      CIVITAS_CHECK(t.run_script("INSERT INTO identity_person(id,account,name,kind) VALUES(7,'li','李','citizen')"));
      return Identity::set_password(t, clock_, 7, crypto::hash_password("first password"), false);
    }));
  }
  void TearDown() override {
    database_->close();
    std::filesystem::remove_all(folder_);
  }
  Result<SessionToken> sign_in(std::string password, std::string totp = "") {
    return identity_->sign_in({"li", std::move(password), std::move(totp), "127.0.0.1", "test"});
  }
  std::string stored_secret() {
    std::string found;
    EXPECT_TRUE(database_->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(const auto text, c.query_text("SELECT totp_secret FROM identity_credential WHERE person=7"));
      found = text.value_or("");
      return {};
    }));
    return found;
  }
  Principal load(std::int64_t person) {
    Principal out;
    EXPECT_TRUE(database_->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(out, Identity::load_principal(c, testing::dimensions(), clock_.now(), person));
      return {};
    }));
    return out;
  }
  std::vector<std::int64_t> holders(std::string_view permission) {
    std::vector<std::int64_t> out;
    EXPECT_TRUE(database_->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(const auto people, Identity::staff_with(c, testing::dimensions(), clock_.now(), permission));
      for (const auto& who : people) out.push_back(who.id);
      return {};
    }));
    return out;
  }
  Status write(const std::function<Status(sql::Transaction&)>& work) { return database_->write_now(work); }
  std::string code(const std::string& secret) {
    return crypto::totp_code(*crypto::from_base32(secret), clock_.at.micros / 1'000'000 / crypto::totp_step_seconds);
  }

  SetClock clock_;
  std::filesystem::path folder_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<crypto::KeyStore> keys_;
  std::unique_ptr<crypto::FieldCipher> cipher_;
  std::unique_ptr<IdGenerator> ids_;
  std::unique_ptr<Identity> identity_;
};

TEST_F(IdentityTest, SecretOfASecondFactorIsSealedAtRest) {
  const auto session = sign_in("first password");
  ASSERT_TRUE(session);
  const Principal li = identity_->who(session->token);
  const auto setup = identity_->begin_totp(li);
  ASSERT_TRUE(setup);
  EXPECT_TRUE(crypto::FieldCipher::is_sealed(stored_secret()));
  EXPECT_EQ(stored_secret().find(setup->secret), std::string::npos);
  ASSERT_TRUE(identity_->confirm_totp(li, code(setup->secret)));
  EXPECT_TRUE(identity_->credential(7)->totp);
  EXPECT_EQ(sign_in("first password").error().reason, "identity.totp.needed");
  clock_.at = clock_.at.plus_seconds(60);
  EXPECT_TRUE(sign_in("first password", code(setup->secret)));
}

TEST_F(IdentityTest, SecretsOfAnOlderVersionAreSealedAndStillWork) {
  const std::string secret = crypto::to_base32(crypto::make_totp_secret());
  ASSERT_TRUE(write([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(t.execute("UPDATE identity_credential SET totp_secret=?,totp_on=1 WHERE person=7", {secret}));
    return {};
  }));
  ASSERT_TRUE(identity_->seal_secrets());
  EXPECT_TRUE(crypto::FieldCipher::is_sealed(stored_secret()));
  EXPECT_TRUE(sign_in("first password", code(secret)));
}

TEST_F(IdentityTest, OneTimePasswordEndsSessionsAndOwesANewOne) {
  const auto before = sign_in("first password");
  ASSERT_TRUE(before);
  ASSERT_TRUE(identity_->who(before->token).signed_in());
  const auto given = identity_->make_one_time_password();
  ASSERT_TRUE(write([&](sql::Transaction& t) { return identity_->give(t, 7, given); }));
  EXPECT_FALSE(identity_->who(before->token).signed_in());
  EXPECT_EQ(sign_in("first password").error().reason, "identity.sign_in.refused");

  const auto session = sign_in(given.text);
  ASSERT_TRUE(session);
  EXPECT_TRUE(identity_->caller(session->token).owes_password);
  ASSERT_TRUE(identity_->change_password(identity_->who(session->token), given.text, "second password"));
  const auto after = sign_in("second password");
  ASSERT_TRUE(after);
  EXPECT_FALSE(identity_->caller(after->token).owes_password);
  EXPECT_EQ(sign_in(given.text).error().reason, "identity.sign_in.refused");
}

TEST_F(IdentityTest, ScopesAreWhatIsAssignedWithAllBelow) {
  ASSERT_TRUE(write([&](sql::Transaction& t) {
    // 4 and 5 name each other as parents: that must end.
    return t.run_script(
        "INSERT INTO identity_department VALUES(1,NULL),(2,1),(3,2),(4,5),(5,4),(6,NULL);"
        "INSERT INTO division VALUES(21,'420105000000'),(22,'420105008000'),(23,'420106000000');"
        "INSERT INTO identity_person(id,account,name,kind,department) VALUES(8,'wang','王','staff',1),(9,'wu','吴',"
        "'staff',4);"
        "INSERT INTO identity_person__divisions VALUES(8,22),(8,21);"
        "INSERT INTO identity_person__scopes VALUES(8,'hall','71'),(8,'hall','70'),(8,'department','6'),"
        "(8,'division','23'),(9,'hall',NULL),(9,'gone','1')");
  }));
  const auto wang = load(8), wu = load(9), li = load(7);
  EXPECT_EQ(wang.department, 1);
  EXPECT_EQ(wang.scopes->at("department").records, (std::vector<std::int64_t>{1, 2, 3, 6}));
  EXPECT_EQ(wang.scopes->at("hall").records, (std::vector<std::int64_t>{70, 71}));
  EXPECT_EQ(wang.scopes->at("division").prefixes, (std::vector<std::string>{"420105", "420106"}));
  EXPECT_EQ(wu.scopes->at("department").records, (std::vector<std::int64_t>{4, 5}));
  EXPECT_TRUE(wu.scopes->at("hall").everything);
  EXPECT_FALSE(wu.scopes->contains("gone"));
  EXPECT_EQ(li.department, 0);
  EXPECT_FALSE(li.scopes->contains("department"));
}

TEST_F(IdentityTest, ADeputyStandsInOnTheDaysOfAbsence) {
  ASSERT_TRUE(write([&](sql::Transaction& t) -> Status {
    const std::int64_t from = parse_date("2026-11-23")->days, until = parse_date("2026-11-24")->days;
    CIVITAS_CHECK(t.execute("INSERT INTO identity_post VALUES(50,8,9,2,0,?,?),(51,9,7,NULL,1,NULL,NULL)", {from, until}));
    CIVITAS_CHECK(Identity::set_password(t, clock_, 9, crypto::hash_password("first password"), false));
    return t.run_script(
        "INSERT INTO identity_department VALUES(1,NULL),(2,NULL),(3,2);"
        "INSERT INTO identity_role VALUES(30,'[\"town.clerk\",\"town.chief\"]'),(31,'[\"town.clerk\"]'),(32,'[\"town.reader\"]');"
        "INSERT INTO identity_person(id,account,name,kind,department) VALUES(8,'wang','王','staff',1),(9,'wu','吴',"
        "'staff',1);"
        "INSERT INTO identity_person__roles VALUES(9,31);"
        "INSERT INTO identity_post__roles VALUES(50,30),(51,32)");
  }));
  EXPECT_EQ(load(8).permissions, (std::vector<std::string>{"town.chief", "town.clerk"}));
  EXPECT_EQ(load(8).scopes->at("department").records, (std::vector<std::int64_t>{1, 2, 3}));
  // A post of one's own counts every day; its scope, too.
  EXPECT_EQ(load(9).permissions, (std::vector<std::string>{"town.clerk", "town.reader"}));
  EXPECT_TRUE(load(9).scopes->at("division").everything);
  EXPECT_EQ(load(9).acting_for("town", "chief"), nullptr);
  EXPECT_EQ(holders("town.chief"), (std::vector<std::int64_t>{8}));
  EXPECT_EQ(holders("town.reader"), (std::vector<std::int64_t>{9}));

  const auto session = identity_->sign_in({"wu", "first password", "", "127.0.0.1", "test"});
  ASSERT_TRUE(session);
  EXPECT_FALSE(identity_->who(session->token).has_role("town", "chief"));
  clock_.at = *parse_instant("2026-11-22T16:00:00Z");  // midnight in China
  const Principal deputy = load(9);
  EXPECT_TRUE(deputy.has_role("town", "chief"));
  ASSERT_NE(deputy.acting_for("town", "chief"), nullptr);
  EXPECT_EQ(deputy.acting_for("town", "chief")->person, 8);
  EXPECT_EQ(deputy.acting_for("town", "chief")->name, "王");
  EXPECT_EQ(deputy.acting_for("town", "clerk"), nullptr);  // in one's own right
  EXPECT_EQ(deputy.scopes->at("department").records, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(holders("town.chief"), (std::vector<std::int64_t>{8, 9}));
  clock_.at = *parse_instant("2026-11-24T15:59:59Z");
  EXPECT_TRUE(load(9).has_role("town", "chief"));
  clock_.at = *parse_instant("2026-11-24T16:00:00Z");
  EXPECT_FALSE(load(9).has_role("town", "chief"));
}

// Seconds before and after midnight: a session knows the new day without waiting.
TEST_F(IdentityTest, SessionsLearnOfANewDayAtOnce) {
  clock_.at = *parse_instant("2026-11-22T15:59:50Z");
  ASSERT_TRUE(write([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(t.execute("INSERT INTO identity_post VALUES(50,8,7,NULL,0,?,NULL)",
                            {std::int64_t{parse_date("2026-11-23")->days}}));
    return t.run_script(
        "INSERT INTO identity_role VALUES(30,'[\"town.chief\"]');INSERT INTO identity_post__roles VALUES(50,30)");
  }));
  const auto session = sign_in("first password");
  ASSERT_TRUE(session);
  EXPECT_FALSE(identity_->who(session->token).has_role("town", "chief"));
  clock_.at = clock_.at.plus_seconds(15);
  EXPECT_TRUE(identity_->who(session->token).has_role("town", "chief"));
}

TEST_F(IdentityTest, OneTimePasswordExpires) {
  const auto given = identity_->make_one_time_password();
  ASSERT_TRUE(write([&](sql::Transaction& t) { return identity_->give(t, 7, given); }));
  clock_.at = given.until;
  const auto late = sign_in(given.text);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().reason, "identity.password.expired");
}

}  // namespace
}  // namespace civitas::identity
