#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "sql/test_database.hpp"

namespace civitas::sql {
namespace {

class DatabaseTest : public testing::TestWithParam<Dialect> {
 protected:
  void SetUp() override {
    const Status opened = db.open();
    ASSERT_TRUE(opened) << opened.error().detail;
    ASSERT_TRUE(db->write_now([](Transaction& t) {
      return t.run_script("CREATE TABLE sql_test_item(id BIGINT PRIMARY KEY, name TEXT UNIQUE, size DOUBLE PRECISION)");
    }));
  }
  std::int64_t count() {
    std::int64_t n = -1;
    EXPECT_TRUE(db->read([&](Connection& c) -> Status {
      CIVITAS_TRY(auto found, c.query_integer("SELECT count(*) FROM sql_test_item"));
      n = found.value_or(-1);
      return {};
    }));
    return n;
  }
  static Status insert(Transaction& t, std::int64_t id, std::string_view name) {
    CIVITAS_CHECK(t.execute("INSERT INTO sql_test_item(id,name,size) VALUES(?,?,?)", {id, name, nullptr}));
    return {};
  }
  TestDatabase db{GetParam()};
};

TEST_P(DatabaseTest, WritesAndReadsEveryType) {
  ASSERT_TRUE(db->write_now([](Transaction& t) -> Status {
    CIVITAS_CHECK(
        t.execute("INSERT INTO sql_test_item(id,name,size) VALUES(?,?,?)", {9007199254740993, "硚口'?\"", 1.5}));
    return {};
  }));
  ASSERT_TRUE(db->read([](Connection& c) -> Status {
    CIVITAS_TRY(auto row, c.query_row("SELECT id,name,size FROM sql_test_item WHERE name=?", {"硚口'?\""}));
    EXPECT_TRUE(row);
    EXPECT_EQ(std::get<std::int64_t>((*row)[0]), 9007199254740993);
    EXPECT_EQ(std::get<std::string>((*row)[1]), "硚口'?\"");
    EXPECT_EQ(std::get<double>((*row)[2]), 1.5);
    return {};
  }));
}

TEST_P(DatabaseTest, AProblemUndoesOnlyItsOwnWork) {
  std::latch all(40);
  std::atomic<int> good = 0, taken = 0;
  for (int i = 0; i < 40; ++i)
    db->write([i](Transaction& t) { return insert(t, i, i % 4 == 3 ? "same" : "n" + std::to_string(i)); },
              [&](Status s) {
                if (s)
                  ++good;
                else if (s.error().reason == "sql.unique")
                  ++taken;
                all.count_down();
              });
  all.wait();
  EXPECT_EQ(good, 31);
  EXPECT_EQ(taken, 9);
  EXPECT_EQ(count(), 31);
}

TEST_P(DatabaseTest, AProblemAfterAChangeUndoesOnlyItsOwnWork) {
  std::latch all(40);
  std::atomic<int> good = 0, refused = 0, effects = 0;
  for (int i = 0; i < 40; ++i)
    db->write(
        [i, &effects](Transaction& t) -> Status {
          CIVITAS_CHECK(insert(t, i, "n" + std::to_string(i)));
          t.after_commit([&effects] { ++effects; });
          if (i % 5 == 4) return fail(problem(Kind::forbidden, "test.refused", "不行。", "No."));
          return {};
        },
        [&](Status s) {
          s ? ++good : ++refused;
          all.count_down();
        });
  all.wait();
  EXPECT_EQ(good, 32);
  EXPECT_EQ(refused, 8);
  EXPECT_EQ(effects, 32);
  EXPECT_EQ(count(), 32);
}

TEST_P(DatabaseTest, DeferredStatementsAreSeenByTheNextAndFailTheirTransaction) {
  ASSERT_TRUE(db->write_now([](Transaction& t) -> Status {
    for (int i = 0; i < 3; ++i)
      CIVITAS_CHECK(
          t.defer("INSERT INTO sql_test_item(id,name,size) VALUES(?,?,?)", {i, "d" + std::to_string(i), nullptr}));
    CIVITAS_TRY(const auto n, t.query_integer("SELECT count(*) FROM sql_test_item"));
    EXPECT_EQ(n, 3);
    return t.defer("INSERT INTO sql_test_item(id,name,size) VALUES(?,?,?)", {3, "d3", nullptr});
  }));
  EXPECT_EQ(count(), 4);
  const Status twice = db->write_now([](Transaction& t) -> Status {
    CIVITAS_CHECK(insert(t, 4, "d4"));
    return t.defer("INSERT INTO sql_test_item(id,name,size) VALUES(?,?,?)", {5, "d3", nullptr});
  });
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().reason, "sql.unique");
  EXPECT_EQ(count(), 4);
  ASSERT_TRUE(db->write_now([](Transaction& t) { return insert(t, 6, "d6"); }));  // the connection is whole again
}

TEST_P(DatabaseTest, AppendedRowsFewOrManyAreThereForTheNextStatement) {
  static const Target items("sql_test_item", "id,name,size", "?,?,?");
  for (const std::int64_t rows : {1, 31, 32, 33, 5000}) {
    ASSERT_TRUE(db->write_now([&](Transaction& t) -> Status {
      CIVITAS_CHECK(t.execute("DELETE FROM sql_test_item"));
      CIVITAS_CHECK(t.run_script("DROP TABLE IF EXISTS sql_test_log; CREATE TABLE sql_test_log(note TEXT)"));
      static const Target log("sql_test_log", "note", "?");
      for (std::int64_t i = 0; i < rows; ++i) {
        CIVITAS_CHECK(t.append(items, {i, "汉阳\t\n\\N'" + std::to_string(i), 0.5}));
        CIVITAS_CHECK(t.append(log, {nullptr}));
      }
      CIVITAS_CHECK(t.defer("UPDATE sql_test_item SET size=NULL WHERE id=?", {rows - 1}));
      CIVITAS_TRY(const auto count, t.query_integer("SELECT count(*) FROM sql_test_item"));
      EXPECT_EQ(count, rows);
      CIVITAS_TRY(const auto notes, t.query_integer("SELECT count(*) FROM sql_test_log WHERE note IS NULL"));
      EXPECT_EQ(notes, rows);
      CIVITAS_TRY(const auto name, t.query_text("SELECT name FROM sql_test_item WHERE size IS NULL"));
      EXPECT_EQ(name, "汉阳\t\n\\N'" + std::to_string(rows - 1));
      return {};
    })) << rows;
    EXPECT_EQ(count(), rows);
  }
}

TEST_P(DatabaseTest, AnAppendedRowThatFailsIsExplainedAndNothingIsKept) {
  static const Target items("sql_test_item", "id,name,size", "?,?,?");
  const auto explain = [](Problem p) {
    EXPECT_EQ(p.reason, "sql.unique") << p.detail;
    return problem(Kind::conflict, "test.taken", "已有。", "Taken.");
  };
  for (const std::int64_t rows : {2, 100, 3000}) {
    const Status written = db->write_now([&](Transaction& t) -> Status {
      for (std::int64_t i = 0; i < rows; ++i) {
        const std::string name = "n" + std::to_string(i);
        const std::vector<Param> row{i / 2, name, nullptr};  // every id twice
        CIVITAS_CHECK(t.append(items, Params(row), explain));
      }
      return {};
    });
    ASSERT_FALSE(written) << rows;
    EXPECT_EQ(written.error().reason, "test.taken") << written.error().detail;
    EXPECT_EQ(count(), 0);
  }
  ASSERT_TRUE(db->write_now([](Transaction& t) { return insert(t, 1, "after"); }));
  EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseTest, WhatWasNotKeptIsNotAcknowledged) {
  const Status passed_over = db->write_now([](Transaction& t) -> Status {
    CIVITAS_CHECK(insert(t, 1, "a"));
    (void)insert(t, 2, "a");
    return {};
  });
  EXPECT_EQ(count(), passed_over ? 1 : 0);
  EXPECT_EQ(passed_over.has_value(), GetParam() == Dialect::sqlite);
}

TEST_P(DatabaseTest, EffectsFollowOnlyACommit) {
  int effects = 0;
  ASSERT_TRUE(db->write_now([&](Transaction& t) {
    t.after_commit([&] { ++effects; });
    return insert(t, 1, "a");
  }));
  ASSERT_FALSE(db->write_now([&](Transaction& t) {
    t.after_commit([&] { ++effects; });
    return insert(t, 2, "a");
  }));
  EXPECT_EQ(effects, 1);
}

TEST_P(DatabaseTest, AnExceptionIsAnInternalProblem) {
  const Status s = db->write_now([](Transaction& t) -> Status {
    (void)insert(t, 1, "a");
    throw std::runtime_error("bug");
  });
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().kind, Kind::internal);
  EXPECT_EQ(count(), 0);
}

TEST_P(DatabaseTest, ReadersCannotWrite) {
  EXPECT_FALSE(db->read([](Connection& c) -> Status {
    CIVITAS_CHECK(c.execute("INSERT INTO sql_test_item(id) VALUES(1)"));
    return {};
  }));
}

TEST_P(DatabaseTest, RefusesWritesAfterClose) {
  db->close();
  const Status s = db->write_now([](Transaction& t) { return insert(t, 1, "a"); });
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().reason, "sql.unavailable");
}

INSTANTIATE_TEST_SUITE_P(Engines, DatabaseTest, each_dialect(), dialect_name);

// A full disk rolls the whole group back in SQLite: the innocent are run again and kept.
TEST(SqliteFaults, AFullDiskHurtsOnlyWhoFilledIt) {
  TestDatabase db;
  ASSERT_TRUE(db.open());
  ASSERT_TRUE(
      db->write_now([](Transaction& t) { return t.run_script("CREATE TABLE x(a TEXT); PRAGMA max_page_count=200"); }));
  std::latch all(3);
  std::atomic<int> good = 0, full = 0;
  const auto done = [&](Status s) {
    if (s)
      ++good;
    else if (s.error().reason == "sql.storage_full")
      ++full;
    all.count_down();
  };
  const auto put = [](std::size_t size) {
    return [size](Transaction& t) -> Status {
      CIVITAS_CHECK(t.execute("INSERT INTO x(a) VALUES(?)", {std::string(size, 'x')}));
      return {};
    };
  };
  db->write(put(10), done);
  db->write(put(10'000'000), done);
  db->write(put(20), done);
  all.wait();
  EXPECT_EQ(good, 2);
  EXPECT_EQ(full, 1);
  db.reset();  // whose thread still holds the latch
}

// What was answered is in the files at that moment: a copy of them holds it, as they are after a power cut.
TEST(SqliteFaults, WhatWasAnsweredIsInTheFiles) {
  TestDatabase db, copy;
  ASSERT_TRUE(db.open());
  ASSERT_TRUE(
      db->write_now([](Transaction& t) { return t.run_script("CREATE TABLE x(id INTEGER PRIMARY KEY, a TEXT)"); }));
  std::int64_t next = 0;
  for (const std::size_t size : {1u, 5'000u, 400'000u, 3'000'000u}) {
    ASSERT_TRUE(db->write_now([&](Transaction& t) -> Status {
      for (int i = 0; i < 10; ++i)
        CIVITAS_CHECK(t.execute("INSERT INTO x(id,a) VALUES(?,?)", {++next, std::string(size, 'x')}));
      return {};
    }));
    for (const char* suffix : {"", "-wal"})
      std::filesystem::copy_file(db.options.file.string() + suffix, copy.options.file.string() + suffix,
                                 std::filesystem::copy_options::overwrite_existing);
    std::filesystem::remove(copy.options.file.string() + "-shm");
    ASSERT_TRUE(copy.open());
    ASSERT_TRUE(copy->read([&](Connection& c) -> Status {
      CIVITAS_TRY(const auto rows, c.query_integer("SELECT count(*) FROM x"));
      EXPECT_EQ(rows, next);
      CIVITAS_TRY(const auto sound, c.query_text("PRAGMA integrity_check"));
      EXPECT_EQ(sound, "ok");
      return {};
    }));
    copy.reset();
  }
}

// The log is copied to the database while writes go on, and begins anew: it does not grow with what is written.
TEST(SqliteFaults, TheLogDoesNotGrowWithoutEnd) {
  TestDatabase db;
  ASSERT_TRUE(db.open());
  ASSERT_TRUE(
      db->write_now([](Transaction& t) { return t.run_script("CREATE TABLE x(id INTEGER PRIMARY KEY, a TEXT)"); }));
  std::uintmax_t longest = 0;
  for (int i = 0; i < 150; ++i) {  // 600 MB in all
    ASSERT_TRUE(db->write_now([&](Transaction& t) -> Status {
      CIVITAS_CHECK(t.execute("INSERT OR REPLACE INTO x(id,a) VALUES(?,?)",
                              {i % 4, std::string(4'000'000, static_cast<char>('a' + i % 26))}));
      return {};
    }));
    longest = std::max(longest, std::filesystem::file_size(db.options.file.string() + "-wal"));
  }
  EXPECT_LT(longest, 250'000'000u);
}

TEST(Placeholders, AreNumberedOutsideQuotes) {
  EXPECT_EQ(number_placeholders("a=? AND b='?' AND \"c?\"=?"), "a=$1 AND b='?' AND \"c?\"=$2");
}

}  // namespace
}  // namespace civitas::sql
