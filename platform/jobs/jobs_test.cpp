#include "jobs/jobs.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/test_clock.hpp"
#include "sql/test_database.hpp"

namespace civitas::jobs {
namespace {

class JobsTest : public testing::TestWithParam<sql::Dialect> {
 protected:
  void SetUp() override {
    db_.options.writers = 2;
    open();
    ASSERT_TRUE(
        db_->write_now([](sql::Transaction& t) { return t.run_script("CREATE TABLE jobs_test_piece(n BIGINT)"); }));
    ASSERT_TRUE(db_->write_now([](sql::Transaction& t) { return Jobs::create_tables(t); }));
  }
  void open() {
    jobs_.reset();
    const Status opened = db_.open();
    ASSERT_TRUE(opened) << opened.error().detail;
    jobs_ = std::make_unique<Jobs>(*db_, clock_, ids_);
  }
  std::int64_t enqueue(std::string_view kind, Json input = Json::object()) {
    std::int64_t id = 0;
    EXPECT_TRUE(db_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_TRY(id, jobs_->enqueue(t, kind, {"导入", "Import"}, input, 42));
      return {};
    }));
    return id;
  }
  Json describe(std::int64_t id) {
    Json out;
    EXPECT_TRUE(db_->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(out, Jobs::describe(c, id));
      return {};
    }));
    return out;
  }
  std::string wait(std::int64_t id, std::initializer_list<std::string_view> states = {"done", "failed", "cancelled"}) {
    std::string state;
    for (int i = 0; i < 2000; ++i) {
      state = describe(id)["state"].as_string();
      for (const auto s : states)
        if (s == state) return state;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return "still " + state;
  }
  std::string pieces() {
    std::string out;
    EXPECT_TRUE(db_->read([&](sql::Connection& c) {
      return c.query("SELECT n FROM jobs_test_piece ORDER BY n", {}, [&](const sql::Row& row) {
        out += std::to_string(row.integer(0)) + " ";
        return sql::Continue::yes;
      });
    }));
    return out;
  }
  // Ten pieces, each committed with its checkpoint; `before` may end the process or the run.
  Runner ten_pieces(std::function<Status(JobRun&, std::int64_t)> before) {
    return [this, before](JobRun& job) -> Result<Json> {
      for (std::int64_t n = job.checkpoint["n"].as_integer() + 1; n <= 10; ++n) {
        CIVITAS_CHECK(job.go_on());
        CIVITAS_CHECK(before(job, n));
        CIVITAS_CHECK(db_->write_now([&](sql::Transaction& t) -> Status {
          CIVITAS_CHECK(t.execute("INSERT INTO jobs_test_piece(n) VALUES(?)", {n}));
          return job.save_checkpoint(t, Json(Json::Object{{"n", Json(n)}}));
        }));
        job.set_progress(n, 10, {"已完成一部分", "Some is done"});
      }
      return Json(Json::Object{{"good", Json(10)}});
    };
  }

  TestClock clock_;
  IdGenerator ids_{clock_};
  sql::TestDatabase db_{GetParam()};
  std::unique_ptr<Jobs> jobs_;
};

TEST_P(JobsTest, RunsAJobAndTellsItsResult) {
  jobs_->register_kind("test", [](JobRun& job) -> Result<Json> {
    EXPECT_EQ(job.owner, 42);
    job.set_progress(3, 3);
    return Json(Json::Object{{"twice", Json(job.input["n"].as_integer() * 2)}});
  });
  const auto before = enqueue("test", Json(Json::Object{{"n", Json(21)}}));
  EXPECT_EQ(describe(before)["state"].as_string(), "queued");
  ASSERT_TRUE(jobs_->start(2));
  const auto after = enqueue("test", Json(Json::Object{{"n", Json(5)}}));
  EXPECT_EQ(wait(before), "done");
  EXPECT_EQ(wait(after), "done");
  const Json told = describe(before);
  EXPECT_EQ(told["result"]["twice"].as_integer(), 42);
  EXPECT_EQ(told["done"].as_integer(), 3);
  EXPECT_EQ(told["total"].as_integer(), 3);
  EXPECT_EQ(told["title"]["zh"].as_string(), "导入");
  EXPECT_EQ(told["id"].as_string(), std::to_string(before));
}

TEST_P(JobsTest, GoesOnAfterKillExactlyBehindItsLastCommittedPiece) {
  const auto id = enqueue("test");
  jobs_.reset();
  db_.reset();
  const pid_t child = fork();
  if (child == 0) {
    open();
    jobs_->register_kind("test", ten_pieces([](JobRun&, std::int64_t n) -> Status {
                           if (n == 5) kill(getpid(), SIGKILL);
                           return {};
                         }));
    (void)jobs_->start();
    std::this_thread::sleep_for(std::chrono::seconds(20));
    _exit(3);
  }
  int how = 0;
  waitpid(child, &how, 0);
  ASSERT_TRUE(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);

  open();
  EXPECT_EQ(describe(id)["state"].as_string(), "running");
  EXPECT_EQ(pieces(), "1 2 3 4 ");
  std::int64_t first = 0;
  jobs_->register_kind("test", ten_pieces([&](JobRun&, std::int64_t n) -> Status {
                         if (first == 0) first = n;
                         return {};
                       }));
  ASSERT_TRUE(jobs_->start());
  EXPECT_EQ(wait(id), "done");
  EXPECT_EQ(first, 5);
  EXPECT_EQ(pieces(), "1 2 3 4 5 6 7 8 9 10 ");
}

TEST_P(JobsTest, PausesWhenTheProcessStopsAndGoesOn) {
  std::atomic<int> reached = 0;
  const auto slow = ten_pieces([&](JobRun& job, std::int64_t n) -> Status {
    reached = static_cast<int>(n);
    while (n == 4 && !job.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return job.go_on();
  });
  jobs_->register_kind("test", slow);
  ASSERT_TRUE(jobs_->start());
  const auto id = enqueue("test");
  while (reached < 4) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  jobs_->stop();
  EXPECT_EQ(describe(id)["state"].as_string(), "queued");
  EXPECT_EQ(pieces(), "1 2 3 ");
  jobs_->register_kind("test", ten_pieces([](JobRun&, std::int64_t) -> Status { return {}; }));
  ASSERT_TRUE(jobs_->start());
  EXPECT_EQ(wait(id), "done");
  EXPECT_EQ(pieces(), "1 2 3 4 5 6 7 8 9 10 ");
}

TEST_P(JobsTest, CancelsRunningAndQueuedJobs) {
  const auto queued = enqueue("nobody_knows");
  EXPECT_TRUE(jobs_->cancel(queued));
  EXPECT_EQ(describe(queued)["state"].as_string(), "cancelled");

  std::atomic<bool> began = false;
  jobs_->register_kind("test", ten_pieces([&](JobRun& job, std::int64_t n) -> Status {
                         began = n == 3;
                         while (n == 3 && !job.cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
                         return job.go_on();
                       }));
  ASSERT_TRUE(jobs_->start());
  const auto id = enqueue("test");
  while (!began) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_TRUE(jobs_->cancel(id));
  EXPECT_EQ(wait(id), "cancelled");
  EXPECT_EQ(pieces(), "1 2 ");
  const auto again = jobs_->cancel(id);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "jobs.job.finished");
  const auto none = jobs_->cancel(12345);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().reason, "jobs.job.not_found");
}

TEST_P(JobsTest, AFailureKeepsItsSentence) {
  jobs_->register_kind("fails", [](JobRun&) -> Result<Json> {
    return fail(invalid("test.wrong", "文件不对。", "The file is wrong.").with_field("file"));
  });
  jobs_->register_kind("throws", [](JobRun&) -> Result<Json> { throw std::runtime_error("secret words"); });
  ASSERT_TRUE(jobs_->start());
  const auto fails = enqueue("fails"), throws = enqueue("throws");
  EXPECT_EQ(wait(fails), "failed");
  EXPECT_EQ(describe(fails)["message"]["zh"].as_string(), "文件不对。");
  EXPECT_EQ(describe(fails)["result"]["reason"].as_string(), "test.wrong");
  EXPECT_EQ(wait(throws), "failed");
  EXPECT_EQ(describe(throws).dump().find("secret words"), std::string::npos);
}

TEST_P(JobsTest, StopsTryingAfterFiveInterruptions) {
  const auto id = enqueue("test");
  const auto set_attempts = [&](std::int64_t n) {
    ASSERT_TRUE(db_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(t.execute("UPDATE jobs_job SET state='running',attempts=? WHERE id=?", {n, id}));
      return {};
    }));
  };
  set_attempts(4);
  ASSERT_TRUE(jobs_->start());
  EXPECT_EQ(describe(id)["state"].as_string(), "queued");
  jobs_->stop();
  set_attempts(5);
  ASSERT_TRUE(jobs_->start());
  EXPECT_EQ(describe(id)["state"].as_string(), "failed");
}

TEST_P(JobsTest, ARolledBackTransactionQueuesNothing) {
  jobs_->register_kind("test", [](JobRun&) -> Result<Json> { return Json::object(); });
  ASSERT_TRUE(jobs_->start());
  std::int64_t id = 0;
  EXPECT_FALSE(db_->write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(id, jobs_->enqueue(t, "test", {"甲", "A"}, Json::object(), 1));
    return fail(invalid("test.no", "", ""));
  }));
  EXPECT_FALSE(db_->read([&](sql::Connection& c) -> Status {
    CIVITAS_CHECK(Jobs::describe(c, id));
    return {};
  }));
}

TEST_P(JobsTest, SchedulesRunWhenTheyAreDue) {
  ManualClock clock(Instant{1'700'000'000'000'000});
  int hourly = 0, failing = 0;
  const auto make = [&] {
    auto made = std::make_unique<Jobs>(*db_, clock, ids_);
    made->every(3600, "hourly", [&]() -> Status {
      ++hourly;
      return {};
    });
    made->every(60, "failing", [&]() -> Status {
      ++failing;
      throw std::runtime_error("no");
    });
    return made;
  };
  auto jobs = make();
  jobs->run_due();
  jobs->run_due();
  EXPECT_EQ(hourly, 1);
  EXPECT_EQ(failing, 1);
  clock.advance_seconds(61);
  jobs = make();  // the process began anew
  jobs->run_due();
  EXPECT_EQ(hourly, 1);
  EXPECT_EQ(failing, 2);
  clock.advance_seconds(3600);
  jobs->run_due();
  EXPECT_EQ(hourly, 2);
}

INSTANTIATE_TEST_SUITE_P(Engines, JobsTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::jobs
