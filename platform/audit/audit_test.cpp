#include <gtest/gtest.h>

#include "audit/audit.hpp"
#include "sql/test_database.hpp"

namespace civitas::audit {
namespace {

class AuditTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(db.open());
    ASSERT_TRUE(db->write_now(create_tables));
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(db->write_now([&](sql::Transaction& t) {
          return append(t, {1000}, {7, "张三", "127.0.0.1", "test.act", "x/" + std::to_string(i), "{}", "r"});
        }));
      ASSERT_EQ(*seal(*db, {2000}, signer), 5);
    }
  }
  void tamper(std::string statement) {
    ASSERT_TRUE(db->write_now([&](sql::Transaction& t) { return t.run_script(statement); }));
  }
  Verdict check() {
    Verdict v;
    EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(v, verify(c, signer));
      return {};
    }));
    return v;
  }
  Signer signer{
      "k", [](std::string_view m) -> Result<std::string> { return "signed:" + std::string(m); },
      [](std::string_view, std::string_view m, std::string_view s) { return s == "signed:" + std::string(m); }};
  sql::TestDatabase db;
};

TEST_F(AuditTest, AWholeTrailHasNoFindings) {
  const Verdict v = check();
  EXPECT_TRUE(v.findings.empty());
  EXPECT_EQ(v.entries, 15);
  EXPECT_EQ(v.batches, 3);
}
TEST_F(AuditTest, FindsAChangedRow) {
  tamper("UPDATE audit_entry SET who_name='李四' WHERE id=7");
  ASSERT_EQ(check().findings.size(), 1u);
}
TEST_F(AuditTest, FindsARemovedRow) {
  tamper("DELETE FROM audit_entry WHERE id=15");
  ASSERT_EQ(check().findings.size(), 1u);
}
TEST_F(AuditTest, FindsAnInsertedRow) {
  tamper("DELETE FROM audit_entry WHERE id=3; INSERT INTO audit_entry(id,at,action) VALUES(3,1,'forged')");
  EXPECT_FALSE(check().findings.empty());
}
TEST_F(AuditTest, FindsARemovedBatchAndAForgedSeal) {
  tamper("DELETE FROM audit_seal WHERE sequence=2");
  EXPECT_FALSE(check().findings.empty());
  tamper("UPDATE audit_seal SET count=4 WHERE sequence=1");
  EXPECT_FALSE(check().findings.empty());
}
TEST_F(AuditTest, ManyEntriesAreSealedBitByBit) {
  constexpr std::int64_t many = 2 * most_rows_sealed_at_once + 7;
  ASSERT_TRUE(db->write_now([&](sql::Transaction& t) -> Status {
    for (std::int64_t i = 0; i < many; ++i)
      CIVITAS_CHECK(append(t, {5000}, {1, "张三", "127.0.0.1", "test.many", "x", "{}", "r"}));
    return {};
  }));
  EXPECT_EQ(*seal(*db, {6000}, signer), most_rows_sealed_at_once);
  EXPECT_EQ(*seal(*db, {6001}, signer), most_rows_sealed_at_once);
  EXPECT_EQ(*seal(*db, {6002}, signer), 7);
  EXPECT_EQ(*seal(*db, {6003}, signer), 0);
  ASSERT_TRUE(db->read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(const Verdict verdict, verify(c, signer));
    EXPECT_TRUE(verdict.findings.empty());
    EXPECT_EQ(verdict.unsealed, 0);
    return {};
  }));
}

TEST_F(AuditTest, SealsNothingWhenNothingHappened) { EXPECT_EQ(*seal(*db, {3000}, signer), 0); }

}  // namespace
}  // namespace civitas::audit
