#include <sqlite3.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "base/log.hpp"
#include "sql/drivers.hpp"
#include "sql/sqlite_connection.hpp"
#include "sql/sqlite_log.hpp"

namespace civitas::sql {

namespace {

Problem closing_problem() { return unavailable_problem("the database is closing"); }

struct Job {
  Work work;
  Done done;
  Status outcome;
  std::vector<std::function<void()>> effects;
};

// The log is copied to the database beside the writer from this many pages on. While that never ends, because writes go
// on and on, the writer does the rest itself at the second number: the log begins anew only when all of it is copied.
constexpr int checkpoint_pages = 16'000, most_log_pages = 48'000;

class SqliteDatabase final : public Database {
 public:
  explicit SqliteDatabase(DatabaseOptions options) : options_(std::move(options)) {}
  ~SqliteDatabase() override { close(); }

  Status start() {
    CIVITAS_TRY(writer_, SqliteConnection::open(options_, Access::write));
    CIVITAS_TRY(copier_, SqliteConnection::open(options_, Access::copy));
    CIVITAS_CHECK(writer_->run_script("BEGIN IMMEDIATE; COMMIT"));  // opens the log
    log_ = log_descriptor(writer_->handle());
    sqlite3_wal_hook(writer_->handle(), after_commit, this);
    copying_ = std::thread([this] { run_checkpoints(); });
    answering_ = std::thread([this] { run_answers(); });
    thread_ = std::thread([this] { run_writer(); });
    return {};
  }

  Dialect dialect() const override { return Dialect::sqlite; }

  Status read(const std::function<Status(Connection&)>& work) override {
    CIVITAS_TRY(std::unique_ptr<SqliteConnection> connection, take_reader());
    connection->set_deadline(std::chrono::steady_clock::now() + std::chrono::seconds(options_.read_deadline_seconds));
    Status status = run_reader(*connection, work);
    give_back(std::move(connection));
    return status;
  }

  void write(Work work, Done done) override {
    {
      const std::lock_guard lock(mutex_);
      if (!closing_) {
        queue_.push_back(Job{std::move(work), std::move(done), {}, {}});
        wake_.notify_one();
        return;
      }
    }
    done(fail(closing_problem()));
  }

  void close() override {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      wake_.notify_one();
      copy_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    if (copying_.joinable()) copying_.join();
    {
      const std::lock_guard lock(mutex_);
      written_all_ = true;
      finished_.notify_one();
    }
    if (answering_.joinable()) answering_.join();
    const std::lock_guard lock(readers_mutex_);
    readers_.clear();
    copier_.reset();
    writer_.reset();
  }

  DatabaseCounters counters() const override {
    const std::lock_guard lock(mutex_);
    DatabaseCounters out = counters_;
    out.queued = queue_.size();
    return out;
  }

  Status backup_to(const std::filesystem::path& target) override {
    sqlite3* copy = nullptr;
    if (sqlite3_open(target.c_str(), &copy) != SQLITE_OK) {
      sqlite3_close(copy);
      return fail(unavailable_problem("cannot open " + target.string()));
    }
    CIVITAS_TRY(std::unique_ptr<SqliteConnection> source, take_reader());
    sqlite3_backup* backup = sqlite3_backup_init(copy, "main", source->handle(), "main");
    const int code = backup ? sqlite3_backup_step(backup, -1) : SQLITE_ERROR;
    if (backup) sqlite3_backup_finish(backup);
    sqlite3_close(copy);
    give_back(std::move(source));
    if (code != SQLITE_DONE) return fail(unavailable_problem("backup ended with " + std::to_string(code)));
    return {};
  }

 private:
  static Status run_reader(SqliteConnection& connection, const std::function<Status(Connection&)>& work) {
    CIVITAS_CHECK(connection.execute("BEGIN"));
    Status status;
    try {
      status = work(connection);
    } catch (...) {
      (void)connection.execute("ROLLBACK");
      throw;
    }
    if (connection.in_transaction()) CIVITAS_CHECK(connection.execute("COMMIT"));
    return status;
  }

  Result<std::unique_ptr<SqliteConnection>> take_reader() {
    {
      const std::lock_guard lock(readers_mutex_);
      if (!readers_.empty()) {
        auto taken = std::move(readers_.back());
        readers_.pop_back();
        return taken;
      }
    }
    return SqliteConnection::open(options_, Access::read);
  }

  void give_back(std::unique_ptr<SqliteConnection> connection) {
    const std::lock_guard lock(readers_mutex_);
    if (readers_.size() < static_cast<std::size_t>(options_.readers)) readers_.push_back(std::move(connection));
  }

  void run_writer() {
    std::vector<Job> group;
    while (true) {
      group.clear();
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) return;
        while (!queue_.empty() && group.size() < static_cast<std::size_t>(options_.group_limit)) {
          group.push_back(std::move(queue_.front()));
          queue_.pop_front();
        }
      }
      if (!run_group(group, Isolation::none) && !run_group(group, Isolation::savepoints)) {
        for (Job& job : group) {
          job.outcome = {};
          std::vector<Job> alone;
          alone.push_back(std::move(job));
          if (!run_group(alone, Isolation::none) && alone[0].outcome)
            alone[0].outcome = fail(unavailable_problem("the transaction was undone"));
          job = std::move(alone[0]);
        }
        const std::lock_guard lock(mutex_);
        counters_.reruns += group.size();
      }
      {
        const std::lock_guard lock(mutex_);
        counters_.writes += group.size();
        ++counters_.commits;
        for (Job& job : group) done_.push_back(std::move(job));
        finished_.notify_one();
        if (log_pages_ >= checkpoint_pages && log_pages_ < most_log_pages) {
          log_is_long_ = true;
          copy_.notify_one();
        }
      }
      if (log_pages_ >= most_log_pages) checkpoint(*writer_);
    }
  }

  static int after_commit(void* self, sqlite3*, const char*, int pages) {
    static_cast<SqliteDatabase*>(self)->log_pages_ = pages;
    return SQLITE_OK;
  }

  // A checkpoint that cannot be made now is made after a later commit.
  static void checkpoint(SqliteConnection& c) {
    (void)sqlite3_wal_checkpoint_v2(c.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }

  void run_checkpoints() {
    while (true) {
      {
        std::unique_lock lock(mutex_);
        copy_.wait(lock, [&] { return closing_ || log_is_long_; });
        if (closing_) return;
      }
      checkpoint(*copier_);
      const std::lock_guard lock(mutex_);
      log_is_long_ = false;
    }
  }

  // What follows a commit, in its order, while the writer goes on with the next group: the disk first, once for all
  // that was committed since the last time.
  void run_answers() {
    std::vector<Job> jobs;
    while (true) {
      jobs.clear();
      {
        std::unique_lock lock(mutex_);
        finished_.wait(lock, [&] { return written_all_ || !done_.empty(); });
        if (done_.empty()) return;
        jobs.swap(done_);
      }
      if (log_ >= 0) wait_for_disk(log_);
      for (Job& job : jobs) {
        if (job.outcome)
          for (auto& effect : job.effects) effect();
        job.done(std::move(job.outcome));
      }
    }
  }

  // A savepoint makes full-text search write out its part of the index, so a group goes without them: a member that
  // fails before it changed anything needs none. When one fails later the group is run again with savepoints.
  enum class Isolation { none, savepoints };

  // True when every member has its outcome; false when the whole transaction was undone and nothing was committed.
  bool run_group(std::vector<Job>& group, Isolation isolation) {
    SqliteConnection& c = *writer_;
    if (Status begun = begin(c); !begun) {
      for (Job& job : group) job.outcome = begun;
      return true;
    }
    const bool alone = group.size() == 1;
    for (Job& job : group) {
      const bool savepoint = !alone && isolation == Isolation::savepoints;
      if (savepoint && !c.execute("SAVEPOINT work")) return undo(c, group);
      const std::int64_t changes = c.changes();
      c.tell_touches_to(watcher());
      job.outcome = run_work(job, c);
      job.effects = c.take_effects();
      if (!c.in_transaction()) return alone ? true : undo(c, group);
      if (alone) {
        if (job.outcome) break;
        (void)c.execute("ROLLBACK");
        return true;
      }
      if (!savepoint) {
        if (!job.outcome && c.changes() != changes) return undo(c, group);
        continue;
      }
      if (!job.outcome && !c.execute("ROLLBACK TO work")) return undo(c, group);
      if (!c.execute("RELEASE work")) return undo(c, group);
    }
    if (auto committed = commit(c); !committed) {
      if (alone) {
        group[0].outcome = fail(committed.error());
        if (c.in_transaction()) (void)c.execute("ROLLBACK");
        return true;
      }
      return undo(c, group);
    }
    return true;
  }

  static Status begin(SqliteConnection& c) {
    CIVITAS_CHECK(c.execute("BEGIN IMMEDIATE"));
    return {};
  }

  Status commit(SqliteConnection& c) {
    std::optional<CommitsDoNotWait> left_to_the_answers;
    if (log_ >= 0) left_to_the_answers.emplace(c.handle());
    CIVITAS_CHECK(c.execute("COMMIT"));
    return {};
  }

  static Status run_work(Job& job, SqliteConnection& c) {
    try {
      return job.work(c);
    } catch (const std::exception& e) {
      return fail(internal_problem(std::string("exception in a transaction: ") + e.what()));
    }
  }

  static bool undo(SqliteConnection& c, std::vector<Job>& group) {
    if (c.in_transaction()) (void)c.execute("ROLLBACK");
    for (Job& job : group) job.effects.clear();
    return false;
  }

  DatabaseOptions options_;
  std::unique_ptr<SqliteConnection> writer_, copier_;
  std::thread thread_, answering_, copying_;
  mutable std::mutex mutex_;
  std::condition_variable wake_, copy_;
  int log_ = -1;       // descriptor
  int log_pages_ = 0;  // the writer's
  bool log_is_long_ = false;
  std::deque<Job> queue_;
  std::condition_variable finished_;
  std::vector<Job> done_;  // committed or undone, not yet answered
  bool written_all_ = false;
  bool closing_ = false;
  DatabaseCounters counters_;
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<SqliteConnection>> readers_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const DatabaseOptions& options) {
  auto made = std::make_unique<SqliteDatabase>(options);
  CIVITAS_CHECK(made->start());
  return made;
}

}  // namespace civitas::sql
