#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "audit/audit.hpp"
#include "audit/head.hpp"
#include "base/strings.hpp"
#include "crypto/digest.hpp"
#include "sql/test_database.hpp"

namespace civitas::audit {
namespace {

class AuditTest : public testing::TestWithParam<sql::Dialect> {
 protected:
  void SetUp() override {
    mark_entries(signer);
    ASSERT_TRUE(db.open());
    ASSERT_TRUE(db->write_now(create_tables));
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 5; ++i) write("x/" + std::to_string(i));
      ASSERT_EQ(*seal_now(), 5);
    }
  }
  void write(const std::string& object) {
    ASSERT_TRUE(db->write_now([&](sql::Transaction& t) {
      return append(t, {1000}, {7, "张三", "127.0.0.1", "test.act", object, "{}", "r"});
    }));
  }
  Result<std::int64_t> seal_now() { return seal(*db, {2000}, signer, head); }
  void tamper(std::string statement) {
    ASSERT_TRUE(db->write_now([&](sql::Transaction& t) { return t.run_script(statement); }));
  }
  // What an attacker takes away and puts back: the tables as they are now.
  void keep_copy() {
    tamper("CREATE TABLE kept_entry AS SELECT * FROM audit_entry; CREATE TABLE kept_seal AS SELECT * FROM audit_seal");
  }
  void put_copy_back() {
    tamper("DELETE FROM audit_entry; DELETE FROM audit_seal; INSERT INTO audit_entry SELECT * FROM kept_entry;"
           "INSERT INTO audit_seal SELECT * FROM kept_seal");
  }
  Verdict check() {
    Verdict v;
    EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(v, verify(c, signer, head));
      return {};
    }));
    return v;
  }
  static bool says(const Verdict& v, std::string_view words) {
    for (const auto& f : v.findings)
      if (f.en.find(words) != std::string::npos) return true;
    return false;
  }
  Signer signer{
      "k", [](std::string_view m) -> Result<std::string> { return "signed:" + std::string(m); },
      [](std::string_view, std::string_view m, std::string_view s) { return s == "signed:" + std::string(m); },
      [](std::string_view id) -> std::string { return id == "k" ? "a secret of marks" : ""; }};
  sql::TestDatabase db{GetParam()};
  HeadFile head{db.folder / "audit.head"};
};

TEST_P(AuditTest, AWholeTrailHasNoFindings) {
  const Verdict v = check();
  EXPECT_TRUE(v.findings.empty());
  EXPECT_EQ(v.entries, 15);
  EXPECT_EQ(v.batches, 3);
}
TEST_P(AuditTest, FindsAChangedRow) {
  tamper("UPDATE audit_entry SET who_name='李四' WHERE id=7");
  ASSERT_EQ(check().findings.size(), 1u);
}
TEST_P(AuditTest, FindsARemovedRow) {
  tamper("DELETE FROM audit_entry WHERE id=15");
  ASSERT_EQ(check().findings.size(), 1u);
}
TEST_P(AuditTest, FindsAnInsertedRow) {
  tamper("DELETE FROM audit_entry WHERE id=3; INSERT INTO audit_entry(id,at,action) VALUES(3,1,'forged')");
  EXPECT_FALSE(check().findings.empty());
}
TEST_P(AuditTest, FindsARemovedBatchAndAForgedSeal) {
  tamper("DELETE FROM audit_seal WHERE sequence=2");
  EXPECT_FALSE(check().findings.empty());
  tamper("UPDATE audit_seal SET count=4 WHERE sequence=1");
  EXPECT_FALSE(check().findings.empty());
}
TEST_P(AuditTest, ManyEntriesAreSealedBitByBit) {
  // A transaction is never divided where its rows have one position.
  for (const std::int64_t many : {most_rows_sealed_at_once, most_rows_sealed_at_once, std::int64_t{7}})
    ASSERT_TRUE(db->write_now([&](sql::Transaction& t) -> Status {
      for (std::int64_t i = 0; i < many; ++i)
        CIVITAS_CHECK(append(t, {5000}, {1, "张三", "127.0.0.1", "test.many", "x", "{}", "r"}));
      return {};
    }));
  EXPECT_EQ(*seal_now(), most_rows_sealed_at_once);
  EXPECT_EQ(*seal_now(), most_rows_sealed_at_once);
  EXPECT_EQ(*seal_now(), 7);
  EXPECT_EQ(*seal_now(), 0);
  ASSERT_TRUE(db->read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(const Verdict verdict, verify(c, signer, head));
    EXPECT_TRUE(verdict.findings.empty());
    EXPECT_EQ(verdict.unsealed, 0);
    return {};
  }));
}

TEST_P(AuditTest, SealsNothingWhenNothingHappened) { EXPECT_EQ(*seal_now(), 0); }

// The seven. Positions are ids on SQLite and transactions on PostgreSQL: rows are named by their ids on both.
TEST_P(AuditTest, FindsATruncatedTail) {
  tamper("DELETE FROM audit_entry WHERE id>10; DELETE FROM audit_seal WHERE sequence=3");
  EXPECT_TRUE(says(check(), "cut off"));
}
TEST_P(AuditTest, FindsATailTruncatedByHalfABatch) {
  tamper("DELETE FROM audit_entry WHERE id>13; DELETE FROM audit_seal WHERE sequence=3");
  EXPECT_TRUE(says(check(), "cut off"));
}
TEST_P(AuditTest, FindsAnEmptiedTrail) {
  tamper("DELETE FROM audit_entry; DELETE FROM audit_seal");
  EXPECT_TRUE(says(check(), "emptied"));
  write("x/after");
  EXPECT_EQ(seal_now().error().reason, "audit.head.differs");
  EXPECT_TRUE(says(check(), "emptied"));
}
TEST_P(AuditTest, FindsADatabaseThatWasRolledBackAndGoesOn) {
  keep_copy();
  for (int round = 0; round < 2; ++round) {
    write("x/secret");
    ASSERT_EQ(*seal_now(), 1);
  }
  put_copy_back();
  EXPECT_TRUE(says(check(), "rolled back"));
  write("x/after");
  EXPECT_EQ(seal_now().error().reason, "audit.head.differs");
  EXPECT_TRUE(says(check(), "rolled back"));
}
TEST_P(AuditTest, FindsADatabaseThatWasRolledBackByOneBatch) {
  keep_copy();
  write("x/secret");
  ASSERT_EQ(*seal_now(), 1);
  put_copy_back();
  EXPECT_TRUE(says(check(), "rolled back"));
  EXPECT_EQ(seal_now().error().reason, "audit.head.differs");
}
TEST_P(AuditTest, FindsAnEntryForgedBeforeARestartAndNeverSealsIt) {
  tamper("INSERT INTO audit_entry(at,who,who_name,action,object,mark) VALUES(1000,7,'李四','forged','x','')");
  EXPECT_TRUE(says(check(), "forged"));
  write("x/good");
  EXPECT_EQ(*seal_now(), 2);
  const Verdict v = check();
  EXPECT_TRUE(says(v, "not written by this product"));
  EXPECT_EQ(v.entries, 16);
}
TEST_P(AuditTest, FindsAForgedEntryWithTheMarkOfAnother) {
  tamper("INSERT INTO audit_entry(at,who,who_name,action,object,mark) SELECT at,who,'李四',action,object,mark FROM "
         "audit_entry WHERE id=4");
  EXPECT_TRUE(says(check(), "forged"));
}
TEST_P(AuditTest, FindsAnEntryThatIsRepeated) {
  tamper("INSERT INTO audit_entry(at,who,who_name,address,action,object,detail,request,mark) SELECT "
         "at,who,who_name,address,action,object,detail,request,mark FROM audit_entry WHERE id=4");
  EXPECT_TRUE(says(check(), "again"));
}
TEST_P(AuditTest, FindsAnEntryPutBeforeTheFirstBatch) {
  if (GetParam() == sql::Dialect::sqlite)
    tamper("INSERT INTO audit_entry(id,at,action) VALUES(-5,1,'forged')");
  else
    tamper("INSERT INTO audit_entry(id,position,at,action) VALUES(-5,-5,1,'forged')");
  EXPECT_TRUE(says(check(), "before the first batch"));
}
TEST_P(AuditTest, FindsASealThatTheHeadDoesNotKnow) {
  const HeadFile another(db.folder / "another.head");
  ASSERT_TRUE(write_file_atomically(another.path(), *read_file(head.path())));
  write("x/good");
  ASSERT_EQ(*seal(*db, {2000}, signer, another), 1);
  EXPECT_TRUE(says(check(), "does not know"));
}
TEST_P(AuditTest, FindsAMissingAndADamagedHead) {
  const std::string whole = *read_file(head.path());
  ASSERT_TRUE(write_file_atomically(head.path(), ""));
  EXPECT_TRUE(says(check(), "no head"));
  std::string changed = whole;
  changed.replace(changed.find("\"count\":5"), 9, "\"count\":4");
  ASSERT_TRUE(write_file_atomically(head.path(), changed));
  EXPECT_TRUE(says(check(), "not written by this installation"));
  const std::string without_first = whole.substr(whole.find('\n') + 1);
  ASSERT_TRUE(write_file_atomically(head.path(), without_first));
  EXPECT_TRUE(says(check(), "not in its place"));
}

// What a crash leaves.
TEST_P(AuditTest, EntriesThatWereNotYetSealedSurviveAKillWithoutAlarm) {
  write("x/last");
  EXPECT_TRUE(check().findings.empty());
  mark_entries(signer);  // another process
  EXPECT_TRUE(check().findings.empty());
  EXPECT_EQ(*seal_now(), 1);
  EXPECT_TRUE(check().findings.empty());
}
TEST_P(AuditTest, ASealThatIsOnlyInTheHeadIsMadeGood) {
  write("x/last");
  ASSERT_EQ(*seal_now(), 1);
  tamper("DELETE FROM audit_seal WHERE sequence=4");
  write("x/later");
  EXPECT_TRUE(check().findings.empty());
  EXPECT_EQ(*seal_now(), 1);
  EXPECT_EQ(*seal_now(), 1);
  const Verdict v = check();
  EXPECT_TRUE(v.findings.empty());
  EXPECT_EQ(v.batches, 5);
}
TEST_P(AuditTest, ALineThatWasCutOffIsPassedOver) {
  std::ofstream(head.path(), std::ios::app) << "{\"n\":4,\"seal\":4,\"fr";
  EXPECT_TRUE(check().findings.empty());
  write("x/last");
  EXPECT_EQ(*seal_now(), 1);
  const Verdict v = check();
  EXPECT_TRUE(v.findings.empty());
  EXPECT_EQ(v.batches, 4);
}

// A backup that an operator has put back.
TEST_P(AuditTest, ARestoreThatIsExplainedIsAnEntryAndTheTrailGoesOn) {
  EXPECT_EQ(restored(*db, {2500}, signer, head, "无故").error().reason, "audit.restored.level");
  keep_copy();
  for (int round = 0; round < 2; ++round) {
    write("x/lost");
    ASSERT_EQ(*seal_now(), 1);
  }
  put_copy_back();
  EXPECT_EQ(restored(*db, {2500}, signer, head, " ").error().reason, "audit.restored.because");
  ASSERT_TRUE(restored(*db, {2500}, signer, head, "磁盘损坏，恢复备份"));
  EXPECT_TRUE(check().findings.empty());
  EXPECT_EQ(*seal_now(), 1);
  const Verdict v = check();
  EXPECT_TRUE(v.findings.empty());
  ASSERT_EQ(v.remarks.size(), 1u);
  EXPECT_NE(v.remarks[0].zh.find("磁盘损坏"), std::string::npos);
  tamper("DELETE FROM audit_entry WHERE action='audit.restored'; DELETE FROM audit_seal WHERE sequence=4");
  EXPECT_TRUE(says(check(), "cut off"));
}
TEST_P(AuditTest, ABackupHasTheHeadOfItsDatabase) {
  const std::string part = *head.until(2);
  EXPECT_EQ(std::count(part.begin(), part.end(), '\n'), 2);
  EXPECT_EQ(*head.until(0), "");
}

// A database of a version that knew neither marks nor heads.
TEST_P(AuditTest, ATrailWithoutMarksGoesOnOnceItIsExplained) {
  ASSERT_TRUE(write_file_atomically(head.path(), ""));
  const std::string hash = crypto::sm3_hex("0:");
  tamper("DELETE FROM audit_seal; UPDATE audit_entry SET mark=NULL; INSERT INTO "
         "audit_seal(sequence,lower_position,upper_position,count,hash,key_id,signature,at) "
         "VALUES(1,0,0,0,'" + hash + "','k','" + to_hex("signed:civitas audit 1 0 0 0 " + hash) + "',0)");
  EXPECT_EQ(seal_now().error().reason, "audit.head.differs");
  ASSERT_TRUE(restored(*db, {2500}, signer, head, "升级"));
  EXPECT_EQ(*seal_now(), 1);
  const Verdict v = check();
  EXPECT_TRUE(v.findings.empty());
  EXPECT_EQ(v.entries, 16);
}

INSTANTIATE_TEST_SUITE_P(Each, AuditTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::audit
