// Work that takes long: rows of jobs_job, done by threads of this process, durable. A job that was running when the
// process died is queued again at the next start (at most five times) and goes on from its last checkpoint.
//
// The checkpoint is written inside the transaction of the work itself (`JobRun::save_checkpoint`), so that after kill
// -9 a job continues exactly behind its last committed piece. One process works on one database.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/id.hpp"
#include "base/json.hpp"
#include "sql/database.hpp"

namespace civitas::jobs {

class Jobs;

/// What a running job sees.
class JobRun {
 public:
  std::int64_t id = 0;
  std::int64_t owner = 0;
  Json input;
  Json checkpoint;  // of an earlier run; null on the first

  /// For the progress bar; written at most four times a second. `total` 0: not known.
  void set_progress(std::int64_t done, std::int64_t total, Text message = {});
  /// Part of the work's own transaction. Fails with `jobs.gone` when the job is no longer this run's.
  Status save_checkpoint(sql::Transaction& t, const Json& state);
  /// Somebody cancelled the job, or the process is stopping: return soon.
  bool cancelled() const { return cancel_ || stop_; }
  /// `cancelled` as a problem to be returned: `jobs.cancelled` or `jobs.stopping`.
  Status go_on() const;

 private:
  friend class Jobs;
  Jobs* jobs_ = nullptr;
  std::int64_t attempt_ = 0;
  std::atomic<bool> cancel_ = false;
  std::atomic<bool> stop_ = false;
  std::int64_t done_ = 0, total_ = 0;
  Text message_;
  std::chrono::steady_clock::time_point written_{};
};

/// Does the job and returns its result, a JSON object. Runs outside any transaction.
using Runner = std::function<Result<Json>(JobRun&)>;

class Jobs {
 public:
  Jobs(sql::Database& database, const Clock& clock, IdGenerator& ids) : database_(database), clock_(clock), ids_(ids) {}
  ~Jobs() { stop(); }
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  static Status create_tables(sql::Transaction& t);

  /// Before `start`. A queued job of an unknown kind waits.
  void register_kind(std::string name, Runner runner) { kinds_[std::move(name)] = std::move(runner); }
  /// The job begins after the transaction has committed.
  Result<std::int64_t> enqueue(sql::Transaction& t, std::string_view kind, const Text& title, const Json& input,
                               std::int64_t owner);

  /// Queues again what a dead process left running, then works.
  Status start(int threads = 1);
  /// Asks running jobs to pause and waits for them; they go on at the next start.
  void stop();

  /// Does a job in this thread, for the command line, and returns what `describe` says of it. A server that starts
  /// meanwhile would take it over as after a crash: one of the two then stops at its next checkpoint.
  Result<Json> run_here(std::string_view kind, const Text& title, const Json& input, std::int64_t owner);

  /// {"id","kind","title","state","done","total","message","result"}; 404 `jobs.job.not_found`.
  static Result<Json> describe(sql::Connection& c, std::int64_t id);
  struct Facts {
    std::string kind;
    std::int64_t owner = 0;
    Json input;
  };
  static Result<Facts> facts(sql::Connection& c, std::int64_t id);
  /// A queued job is cancelled at once, a running one when it next looks; a finished one stays (422
  /// `jobs.job.finished`).
  Status cancel(std::int64_t id);

  /// Calls `work` about every `seconds`, also across restarts (the time of the last call is kept under `name`). Before
  /// `start`. A call that fails is logged.
  void every(std::int64_t seconds, std::string name, std::function<Status()> work);
  /// Calls what is due by the clock; `start` does so once a second.
  void run_due();

 private:
  friend class JobRun;
  struct Schedule {
    std::int64_t seconds;
    std::string name;
    std::function<Status()> work;
  };
  Status recover();
  void work();
  void keep_schedules();
  Result<std::shared_ptr<JobRun>> claim(std::string& kind);
  void run(const std::string& kind, JobRun& job);
  Status finish(JobRun& job, const Result<Json>& outcome);
  void write_progress(JobRun& job);
  void wake();

  sql::Database& database_;
  const Clock& clock_;
  IdGenerator& ids_;
  std::map<std::string, Runner> kinds_;
  std::vector<Schedule> schedules_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool look_ = false;
  std::map<std::int64_t, std::shared_ptr<JobRun>> running_;
  std::vector<std::thread> threads_;
};

}  // namespace civitas::jobs
