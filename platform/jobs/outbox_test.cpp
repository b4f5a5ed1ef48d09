#include "jobs/outbox.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

#include "base/test_clock.hpp"
#include "jobs/test_settle.hpp"
#include "sql/test_database.hpp"

namespace civitas::jobs {
namespace {

class OutboxTest : public testing::TestWithParam<sql::Dialect> {
 protected:
  void SetUp() override {
    db_.options.writers = 3;
    open();
    ASSERT_TRUE(db_->write_now([](sql::Transaction& t) {
      return t.run_script("CREATE TABLE outbox_test_heard(n BIGINT,record BIGINT,act TEXT)");
    }));
    ASSERT_TRUE(db_->write_now([](sql::Transaction& t) { return Outbox::create_tables(t); }));
  }
  void open() {
    const Status opened = db_.open();
    ASSERT_TRUE(opened) << opened.error().detail;
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

  TestClock clock_;
  sql::TestDatabase db_{GetParam()};
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

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OutboxOnPostgres);
INSTANTIATE_TEST_SUITE_P(Engines, OutboxOnPostgres, sql::only_postgres(), sql::dialect_name);
INSTANTIATE_TEST_SUITE_P(Engines, OutboxTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::jobs
