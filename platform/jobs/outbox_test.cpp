#include "jobs/outbox.hpp"
#include "jobs/test_settle.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace civitas::jobs {
namespace {

// Every test runs on SQLite, and on PostgreSQL when CIVITAS_TEST_POSTGRES names one.
class OutboxTest : public testing::TestWithParam<sql::Dialect> {
 protected:
  void SetUp() override {
    file_ = std::filesystem::temp_directory_path() / ("civitas_outbox_" + std::to_string(getpid()) + ".db");
    remove_files();
    open();
    ASSERT_TRUE(db_->write_now([](sql::Transaction& t) {
      return t.run_script(
          "DROP TABLE IF EXISTS outbox_event; DROP TABLE IF EXISTS outbox_position; DROP TABLE IF EXISTS "
          "outbox_refused;"
          "DROP TABLE IF EXISTS outbox_test_heard; CREATE TABLE outbox_test_heard(n BIGINT,record BIGINT,act TEXT)");
    }));
    ASSERT_TRUE(db_->write_now([](sql::Transaction& t) { return Outbox::create_tables(t); }));
  }
  void TearDown() override {
    db_.reset();
    remove_files();
  }
  void remove_files() {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + suffix);
  }
  void open() {
    db_.reset();
    sql::DatabaseOptions options;
    options.dialect = GetParam();
    options.file = file_;
    options.writers = 3;
    if (options.dialect == sql::Dialect::postgres) options.connection_string = std::getenv("CIVITAS_TEST_POSTGRES");
    auto opened = sql::Database::open(options);
    ASSERT_TRUE(opened) << opened.error().detail;
    db_ = std::move(*opened);
  }
  static Event event(std::int64_t record, std::string entity = "test/thing") {
    return {0, {1000}, 7, std::move(entity), record, "update", 2, "open"};
  }
  void happens(std::int64_t record, std::string entity = "test/thing") {
    ASSERT_TRUE(db_->write_now([&](sql::Transaction& t) { return Outbox::append(t, event(record, entity)); }));
  }
  OnEvent write_down() {
    return [](sql::Transaction& t, const Event& e) -> Status {
      CIVITAS_CHECK(
          t.execute("INSERT INTO outbox_test_heard(n,record,act) VALUES((SELECT count(*) FROM outbox_test_heard),?,?)",
                    {e.record, e.act}));
      return {};
    };
  }
  std::string heard() { return column("SELECT record FROM outbox_test_heard ORDER BY n"); }
  std::string column(std::string_view statement) {
    std::string out;
    EXPECT_TRUE(db_->read([&](sql::Connection& c) {
      return c.query(statement, {}, [&](const sql::Row& row) {
        out += std::string(row.text(0)) + " ";
        return sql::Continue::yes;
      });
    }));
    return out;
  }

  std::filesystem::path file_;
  SystemClock clock_;
  std::unique_ptr<sql::Database> db_;
};

TEST_P(OutboxTest, TellsWhatIsWantedInOrderAndOnce) {
  happens(1);
  Outbox outbox(*db_, clock_);
  Event last;
  outbox.subscribe("test", {"test/thing"}, [&, write = write_down()](sql::Transaction& t, const Event& e) {
    last = e;
    return write(t, e);
  });
  settle(*db_);
  ASSERT_TRUE(outbox.prepare());  // begins here: what was before is not told
  happens(2);
  happens(3, "test/other");
  happens(4);
  settle(*db_);
  ASSERT_TRUE(outbox.deliver());
  settle(*db_);
  ASSERT_TRUE(outbox.deliver());
  EXPECT_EQ(heard(), "2 4 ");
  EXPECT_EQ(last.act, "update");
  EXPECT_EQ(last.who, 7);
  EXPECT_EQ(last.version, 2);
  EXPECT_EQ(last.state, "open");
  EXPECT_EQ(last.at.micros, 1000);
}

TEST_P(OutboxTest, NothingLeavesWithATransactionThatFailed) {
  Outbox outbox(*db_, clock_);
  outbox.subscribe("test", {"test/thing"}, write_down());
  ASSERT_TRUE(outbox.prepare());
  EXPECT_FALSE(db_->write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(Outbox::append(t, event(1)));
    return fail(invalid("test.no", "", ""));
  }));
  happens(2);
  settle(*db_);
  ASSERT_TRUE(outbox.deliver());
  EXPECT_EQ(heard(), "2 ");
}

TEST_P(OutboxTest, RemembersItsPositionAndRemovesWhatEverybodyHasRead) {
  std::atomic<bool> slow_fails = true;
  const auto make = [&] {
    auto made = std::make_unique<Outbox>(*db_, clock_);
    made->subscribe("quick", {"test/thing"}, write_down());
    made->subscribe("slow", {"test/thing"}, [&](sql::Transaction&, const Event& e) -> Status {
      if (slow_fails && e.record == 2) return fail(invalid("test.not_yet", "", ""));
      return {};
    });
    return made;
  };
  auto outbox = make();
  ASSERT_TRUE(outbox->prepare());
  for (int i = 1; i <= 3; ++i) happens(i);
  settle(*db_);
  ASSERT_TRUE(outbox->deliver());
  EXPECT_EQ(heard(), "1 2 3 ");
  EXPECT_EQ(column("SELECT record FROM outbox_event ORDER BY id"), "2 3 ") << "the slow one still needs them";
  outbox = make();
  ASSERT_TRUE(outbox->prepare());
  slow_fails = false;
  settle(*db_);
  ASSERT_TRUE(outbox->deliver());
  EXPECT_EQ(heard(), "1 2 3 ") << "the quick one is told nothing twice";
  EXPECT_EQ(column("SELECT record FROM outbox_event"), "");
  EXPECT_EQ(column("SELECT subscriber FROM outbox_refused"), "");
}

TEST_P(OutboxTest, WhatCannotBeHandledIsPutAsideInTheEnd) {
  Outbox outbox(*db_, clock_);
  int tried = 0;
  outbox.subscribe("test", {"test/thing"}, [&, write = write_down()](sql::Transaction& t, const Event& e) -> Status {
    CIVITAS_CHECK(write(t, e));
    if (e.record != 2) return {};
    ++tried;
    throw std::runtime_error("cannot");
  });
  ASSERT_TRUE(outbox.prepare());
  for (int i = 1; i <= 3; ++i) happens(i);
  settle(*db_);
  for (int i = 1; i < Outbox::most_attempts; ++i) ASSERT_TRUE(outbox.deliver());
  EXPECT_EQ(heard(), "1 ") << "order is kept: nothing passes the one that fails";
  settle(*db_);
  ASSERT_TRUE(outbox.deliver());
  EXPECT_EQ(heard(), "1 3 ");
  EXPECT_GE(tried, Outbox::most_attempts);
  EXPECT_EQ(column("SELECT record FROM outbox_refused"), "2 ");
  EXPECT_EQ(column("SELECT record FROM outbox_event"), "");
}

TEST_P(OutboxTest, AfterKillEveryEventHasBeenHandledOnce) {
  {
    Outbox outbox(*db_, clock_);
    outbox.subscribe("test", {"test/thing"}, write_down());
    ASSERT_TRUE(outbox.prepare());
    for (int i = 1; i <= 250; ++i) happens(i);
    settle(*db_);
  }
  db_.reset();
  const pid_t child = fork();
  if (child == 0) {
    open();
    Outbox outbox(*db_, clock_);
    outbox.subscribe("test", {"test/thing"}, [write = write_down()](sql::Transaction& t, const Event& e) {
      if (e.record == 150) kill(getpid(), SIGKILL);  // in the middle of the second batch
      return write(t, e);
    });
    (void)outbox.start();
    std::this_thread::sleep_for(std::chrono::seconds(20));
    _exit(3);
  }
  int how = 0;
  waitpid(child, &how, 0);
  ASSERT_TRUE(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
  open();
  EXPECT_EQ(column("SELECT count(*) FROM outbox_test_heard"), "100 ");
  Outbox outbox(*db_, clock_);
  outbox.subscribe("test", {"test/thing"}, write_down());
  ASSERT_TRUE(outbox.start());
  std::string all;
  for (int i = 1; i <= 250; ++i) all += std::to_string(i) + " ";
  for (int i = 0; i < 400 && heard() != all; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(25));
  EXPECT_EQ(heard(), all);
}

// What SQLite cannot have: it has one writer and counts no transactions.
class OutboxOnPostgres : public OutboxTest {};

// A transaction that began earlier may commit later, with a smaller id.
TEST_P(OutboxOnPostgres, ATransactionThatCommitsLateIsNotPassedOver) {
  Outbox outbox(*db_, clock_);
  outbox.subscribe("test", {"test/thing"}, write_down());
  ASSERT_TRUE(outbox.prepare());
  std::atomic<bool> written = false, go_on = false;
  std::thread late([&] {
    EXPECT_TRUE(db_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(Outbox::append(t, event(1)));
      CIVITAS_CHECK(t.query_integer("SELECT 1"));  // what was deferred is on its way now
      written = true;
      while (!go_on) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      return {};
    }));
  });
  while (!written) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  happens(2);
  ASSERT_TRUE(outbox.deliver());
  EXPECT_EQ(heard(), "") << "the second may not pass the first, which is still running";
  go_on = true;
  late.join();
  settle(*db_);
  ASSERT_TRUE(outbox.deliver());
  EXPECT_EQ(heard(), "1 2 ");
}

TEST_P(OutboxOnPostgres, ADumpRestoredElsewhereGoesOn) {
  Outbox outbox(*db_, clock_);
  outbox.subscribe("test", {"test/thing"}, write_down());
  ASSERT_TRUE(outbox.prepare());
  happens(1);
  happens(2);
  const std::string far = std::to_string(std::int64_t{1} << 50);
  ASSERT_TRUE(db_->write_now([&](sql::Transaction& t) {
    return t.run_script("UPDATE outbox_event SET position=position+" + far +
                        "; UPDATE outbox_position SET position=position+" + far);
  }));
  ASSERT_TRUE(outbox.deliver());
  EXPECT_EQ(heard(), "");
  ASSERT_TRUE(outbox.prepare());  // as at the next start
  happens(3);
  settle(*db_);
  ASSERT_TRUE(outbox.deliver());
  EXPECT_EQ(heard(), "1 2 3 ");
}

std::vector<sql::Dialect> postgres_if_there() {
  if (std::getenv("CIVITAS_TEST_POSTGRES")) return {sql::Dialect::postgres};
  return {};
}
std::vector<sql::Dialect> dialects() {
  std::vector<sql::Dialect> out = postgres_if_there();
  out.insert(out.begin(), sql::Dialect::sqlite);
  return out;
}
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OutboxOnPostgres);
INSTANTIATE_TEST_SUITE_P(Databases, OutboxOnPostgres, testing::ValuesIn(postgres_if_there()),
                         [](const auto&) { return "Postgres"; });
INSTANTIATE_TEST_SUITE_P(Databases, OutboxTest, testing::ValuesIn(dialects()),
                         [](const auto& each) { return each.param == sql::Dialect::sqlite ? "Sqlite" : "Postgres"; });

}  // namespace
}  // namespace civitas::jobs
