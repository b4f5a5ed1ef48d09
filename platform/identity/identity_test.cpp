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
    identity_ = std::make_unique<Identity>(*database_, clock_, *ids_, *cipher_);
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

TEST_F(IdentityTest, DepartmentsBelowOnesOwnAreInScope) {
  ASSERT_TRUE(write([&](sql::Transaction& t) {
    // 4 and 5 name each other as parents: that must end.
    return t.run_script(
        "INSERT INTO identity_department VALUES(1,NULL),(2,1),(3,2),(4,5),(5,4),(6,NULL);"
        "INSERT INTO identity_person(id,account,name,kind,department) VALUES(8,'wang','王','staff',1),(9,'wu','吴',"
        "'staff',4)");
  }));
  ASSERT_TRUE(database_->read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(const Principal wang, Identity::load_principal(c, 8));
    EXPECT_EQ(wang.department, 1);
    EXPECT_EQ(wang.scopes->at("department").records, (std::vector<std::int64_t>{1, 2, 3}));
    CIVITAS_TRY(const Principal wu, Identity::load_principal(c, 9));
    EXPECT_EQ(wu.scopes->at("department").records, (std::vector<std::int64_t>{4, 5}));
    CIVITAS_TRY(const Principal li, Identity::load_principal(c, 7));
    EXPECT_EQ(li.department, 0);
    EXPECT_FALSE(li.scopes->contains("department"));
    return {};
  }));
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
