#include "identity/phone_codes.hpp"

#include <gtest/gtest.h>

#include "sql/test_database.hpp"

namespace civitas::identity {
namespace {

class PhoneCodesTest : public ::testing::TestWithParam<sql::Dialect> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(database_.open());
    ids_ = std::make_unique<IdGenerator>(clock_);
    identity_ = std::make_unique<Identity>(*database_, clock_, *ids_, cipher_);
    codes_ = std::make_unique<PhoneCodes>(*identity_, clock_);
    ASSERT_TRUE(database_->write_now([](sql::Transaction& t) { return PhoneCodes::create_tables(t); }));
  }
  std::string make(const std::string& phone) {
    std::string code;
    EXPECT_TRUE(database_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_TRY(code, codes_->make(t, phone));
      return {};
    }));
    return code;
  }
  bool take(const std::string& phone, const std::string& code) {
    bool good = false;
    EXPECT_TRUE(database_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_TRY(good, codes_->take(t, phone, code));
      return {};
    }));
    return good;
  }
  // Another code than this one.
  static std::string other(std::string code) {
    code[0] = code[0] == '9' ? '0' : static_cast<char>(code[0] + 1);
    return code;
  }
  sql::TestDatabase database_{GetParam()};
  ManualClock clock_{*parse_instant("2026-11-20T01:00:00Z")};
  std::unique_ptr<crypto::KeyStore> keys_ = crypto::KeyStore::in_memory(clock_);
  crypto::FieldCipher cipher_{*keys_};
  std::unique_ptr<IdGenerator> ids_;
  std::unique_ptr<Identity> identity_;
  std::unique_ptr<PhoneCodes> codes_;
};
INSTANTIATE_TEST_SUITE_P(Databases, PhoneCodesTest, sql::each_dialect(), sql::dialect_name);

TEST_P(PhoneCodesTest, ACodeIsGoodOnce) {
  const std::string code = make("13800138000");
  EXPECT_EQ(code.size(), 6u);
  EXPECT_FALSE(take("13900139000", code));
  EXPECT_TRUE(take("13800138000", code));
  EXPECT_FALSE(take("13800138000", code));
}

TEST_P(PhoneCodesTest, FiveTriesAndFiveMinutes) {
  const std::string code = make("13800138000");
  for (int i = 0; i < PhoneCodes::most_tries; ++i) EXPECT_FALSE(take("13800138000", other(code)));
  EXPECT_FALSE(take("13800138000", code));
  const std::string next = make("13800138000");
  clock_.advance_seconds(PhoneCodes::good_for_seconds);
  EXPECT_FALSE(take("13800138000", next));
}

TEST_P(PhoneCodesTest, TheNumberIsKeptAsADigest) {
  make("13800138000");
  ASSERT_TRUE(database_->write_now([&](sql::Transaction& t) { return codes_->remember(t, "13800138000", 7); }));
  ASSERT_TRUE(database_->read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(const auto person, codes_->person(c, "13800138000"));
    EXPECT_EQ(person, 7);
    for (const char* table : {"identity_phone", "identity_phone_code"}) {
      CIVITAS_TRY(const auto name, c.query_text(std::string("SELECT phone FROM ") + table));
      EXPECT_EQ(name->find("138"), std::string::npos) << table;
    }
    return {};
  }));
  // After a change of the key, too.
  ASSERT_TRUE(keys_->rotate(crypto::KeyPurpose::blind_index));
  ASSERT_TRUE(database_->read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(const auto person, codes_->person(c, "13800138000"));
    EXPECT_EQ(person, 7);
    return {};
  }));
}

TEST(PhoneNumber, OneFormOfEach) {
  EXPECT_EQ(PhoneCodes::normal(" +86 138-0013-8000"), "13800138000");
  for (const char* bad :
       {"", "12800138000", "1380013800", "138001380000", "027-85771234", "1380013800x", "++8613800138000"})
    EXPECT_FALSE(PhoneCodes::normal(bad)) << bad;
}

}  // namespace
}  // namespace civitas::identity
