#include "jobs/jobs.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace civitas::jobs {

namespace {

constexpr std::int64_t most_attempts = 5;
constexpr auto progress_gap = std::chrono::milliseconds(250);

Problem not_found() {
  return problem(Kind::not_found, "jobs.job.not_found", "没有找到这项任务，或您无权查看。",
                 "There is no such job, or you may not see it.");
}

Json stored_json(const sql::Row& row, int column) {
  if (row.is_null(column)) return {};
  return Json::parse(row.text(column)).value_or(Json());
}

}  // namespace

Status Jobs::create_tables(sql::Transaction& t) {
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS jobs_job(id BIGINT PRIMARY KEY,kind TEXT NOT NULL,title_zh TEXT NOT NULL,title_en "
      "TEXT NOT NULL,state TEXT NOT NULL,"
      "done BIGINT NOT NULL,total BIGINT NOT NULL,message_zh TEXT NOT NULL,message_en TEXT NOT NULL,input TEXT NOT "
      "NULL,result TEXT,owner BIGINT NOT NULL,"
      "created_at BIGINT NOT NULL,started_at BIGINT,finished_at BIGINT,attempts BIGINT NOT NULL,cancel_requested "
      "BIGINT NOT NULL,checkpoint TEXT);"
      "CREATE INDEX IF NOT EXISTS jobs_job_state ON jobs_job(state,id);"
      "CREATE TABLE IF NOT EXISTS jobs_schedule(name TEXT PRIMARY KEY,last_run BIGINT NOT NULL)");
}

// --- what a running job calls

Status JobRun::go_on() const {
  if (cancel_) return fail(problem(Kind::cancelled, "jobs.cancelled", "任务已取消。", "The job was cancelled."));
  if (stop_)
    return fail(problem(Kind::cancelled, "jobs.stopping", "服务正在停止，任务将在重启后继续。",
                        "The service is stopping; the job goes on after the restart."));
  return {};
}

void JobRun::set_progress(std::int64_t done, std::int64_t total, Text message) {
  done_ = done;
  total_ = total;
  message_ = std::move(message);
  const auto now = std::chrono::steady_clock::now();
  if (now - written_ < progress_gap) return;
  written_ = now;
  jobs_->write_progress(*this);
}

Status JobRun::save_checkpoint(sql::Transaction& t, const Json& state) {
  CIVITAS_TRY(const auto changed,
              t.execute("UPDATE jobs_job SET checkpoint=? WHERE id=? AND state='running' AND attempts=?",
                        {state.dump(), id, attempt_}));
  if (changed == 0)
    return fail(problem(Kind::cancelled, "jobs.gone", "任务已不再由本进程执行。", "The job is no longer this run's."));
  return {};
}

void Jobs::write_progress(JobRun& job) {
  database_.write(
      [id = job.id, attempt = job.attempt_, done = job.done_, total = job.total_,
       message = job.message_](sql::Transaction& t) -> Status {
        CIVITAS_CHECK(
            t.execute("UPDATE jobs_job SET done=?,total=?,message_zh=?,message_en=? WHERE id=? AND state='running' AND "
                      "attempts=?",
                      {done, total, message.zh, message.en, id, attempt}));
        return {};
      },
      [](Status) {});
}

// --- queueing

Result<std::int64_t> Jobs::enqueue(sql::Transaction& t, std::string_view kind, const Text& title, const Json& input,
                                   std::int64_t owner) {
  const std::int64_t id = ids_.next();
  CIVITAS_CHECK(
      t.execute("INSERT INTO "
                "jobs_job(id,kind,title_zh,title_en,state,done,total,message_zh,message_en,input,owner,created_at,"
                "attempts,cancel_requested) "
                "VALUES(?,?,?,?,'queued',0,0,'','',?,?,?,0,0)",
                {id, kind, title.zh, title.en, input.dump(), owner, clock_.now().micros}));
  t.after_commit([this] { wake(); });
  return id;
}

Result<Json> Jobs::run_here(std::string_view kind, const Text& title, const Json& input, std::int64_t owner) {
  auto job = std::make_shared<JobRun>();
  CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(job->id, enqueue(t, kind, title, input, owner));
    CIVITAS_CHECK(
        t.execute("UPDATE jobs_job SET state='running',attempts=1,started_at=created_at WHERE id=?", {job->id}));
    return {};
  }));
  job->owner = owner;
  job->input = input;
  job->jobs_ = this;
  job->attempt_ = 1;
  run(std::string(kind), *job);
  Json out;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(out, describe(c, job->id));
    return {};
  }));
  return out;
}

void Jobs::wake() {
  const std::lock_guard lock(mutex_);
  look_ = true;
  wake_.notify_all();
}

Result<Json> Jobs::describe(sql::Connection& c, std::int64_t id) {
  Json out;
  CIVITAS_CHECK(
      c.query("SELECT kind,title_zh,title_en,state,done,total,message_zh,message_en,result FROM jobs_job WHERE id=?",
              {id}, [&](const sql::Row& row) {
                const auto text = [&](int column) {
                  return Text{std::string(row.text(column)), std::string(row.text(column + 1))};
                };
                out = Json(Json::Object{{"id", Json(std::to_string(id))},
                                        {"kind", Json(row.text(0))},
                                        {"title", Json(text(1))},
                                        {"state", Json(row.text(3))},
                                        {"done", Json(row.integer(4))},
                                        {"total", Json(row.integer(5))},
                                        {"message", Json(text(6))},
                                        {"result", stored_json(row, 8)}});
                return sql::Continue::no;
              }));
  if (out.is_null()) return fail(not_found());
  return out;
}

Result<Jobs::Facts> Jobs::facts(sql::Connection& c, std::int64_t id) {
  std::optional<Facts> out;
  CIVITAS_CHECK(c.query("SELECT kind,owner,input FROM jobs_job WHERE id=?", {id}, [&](const sql::Row& row) {
    out = Facts{std::string(row.text(0)), row.integer(1), stored_json(row, 2)};
    return sql::Continue::no;
  }));
  if (!out) return fail(not_found());
  return *out;
}

Status Jobs::cancel(std::int64_t id) {
  CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(
        const auto ended,
        t.execute(
            "UPDATE jobs_job SET state='cancelled',cancel_requested=1,finished_at=? WHERE id=? AND state='queued'",
            {clock_.now().micros, id}));
    if (ended > 0) return {};
    CIVITAS_TRY(const auto asked,
                t.execute("UPDATE jobs_job SET cancel_requested=1 WHERE id=? AND state='running'", {id}));
    if (asked > 0) return {};
    CIVITAS_TRY(const auto known, t.query_integer("SELECT 1 FROM jobs_job WHERE id=?", {id}));
    if (!known) return fail(not_found());
    return fail(problem(Kind::unprocessable, "jobs.job.finished", "任务已经结束，不能取消。",
                        "The job has ended and cannot be cancelled."));
  }));
  const std::lock_guard lock(mutex_);
  if (const auto found = running_.find(id); found != running_.end()) found->second->cancel_ = true;
  return {};
}

// --- working

Status Jobs::recover() {
  return database_.write_now([&](sql::Transaction& t) -> Status {
    const std::int64_t now = clock_.now().micros;
    CIVITAS_CHECK(t.execute(
        "UPDATE jobs_job SET state='cancelled',finished_at=? WHERE state='running' AND cancel_requested=1", {now}));
    CIVITAS_CHECK(t.execute(
        "UPDATE jobs_job SET state='failed',finished_at=?,message_zh='任务多次中断，已停止重试。',"
        "message_en='The job was interrupted too often and is not tried again.' WHERE state='running' AND attempts>=?",
        {now, most_attempts}));
    CIVITAS_CHECK(t.execute("UPDATE jobs_job SET state='queued' WHERE state='running'"));
    return {};
  });
}

Status Jobs::start(int threads) {
  CIVITAS_CHECK(recover());
  {
    const std::lock_guard lock(mutex_);
    stopping_ = false;
    look_ = true;
  }
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  if (!schedules_.empty()) threads_.emplace_back([this] { keep_schedules(); });
  return {};
}

void Jobs::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& [id, job] : running_) job->stop_ = true;
    wake_.notify_all();
  }
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

Result<std::shared_ptr<JobRun>> Jobs::claim(std::string& kind) {
  std::shared_ptr<JobRun> job;
  CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
    job.reset();
    std::vector<std::int64_t> waiting;
    std::vector<std::string> kinds;
    CIVITAS_CHECK(
        t.query("SELECT id,kind FROM jobs_job WHERE state='queued' ORDER BY id", {}, [&](const sql::Row& row) {
          if (!kinds_.contains(std::string(row.text(1)))) return sql::Continue::yes;
          waiting.push_back(row.integer(0));
          kinds.emplace_back(row.text(1));
          return waiting.size() < 20 ? sql::Continue::yes : sql::Continue::no;
        }));
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      CIVITAS_TRY(const auto mine,
                  t.execute("UPDATE jobs_job SET state='running',attempts=attempts+1,started_at=COALESCE(started_at,?) "
                            "WHERE id=? AND state='queued'",
                            {clock_.now().micros, waiting[i]}));
      if (mine == 0) continue;
      auto made = std::make_shared<JobRun>();
      CIVITAS_CHECK(t.query("SELECT input,checkpoint,owner,attempts,done,total FROM jobs_job WHERE id=?", {waiting[i]},
                            [&](const sql::Row& row) {
                              made->input = stored_json(row, 0);
                              made->checkpoint = stored_json(row, 1);
                              made->owner = row.integer(2);
                              made->attempt_ = row.integer(3);
                              made->done_ = row.integer(4);
                              made->total_ = row.integer(5);
                              return sql::Continue::no;
                            }));
      made->id = waiting[i];
      made->jobs_ = this;
      kind = kinds[i];
      job = std::move(made);
      return {};
    }
    return {};
  }));
  return job;
}

void Jobs::work() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      // Now and then it looks without being called: another process of the same installation may have queued a job.
      wake_.wait_for(lock, std::chrono::seconds(5), [&] { return stopping_ || look_; });
      if (stopping_) return;
      look_ = false;
    }
    for (;;) {
      std::string kind;
      auto job = claim(kind);
      if (!job) {
        log_problem("jobs.claim_failed", job.error());
        break;
      }
      if (!*job) break;
      {
        const std::lock_guard lock(mutex_);
        running_[(*job)->id] = *job;
        if (stopping_) (*job)->stop_ = true;
        look_ = true;  // the other threads look, too
        wake_.notify_one();
      }
      // A wish to cancel that came between the claim and the line above reached only the row.
      (void)database_.read([&](sql::Connection& c) -> Status {
        CIVITAS_TRY(const auto asked,
                    c.query_integer("SELECT cancel_requested FROM jobs_job WHERE id=?", {(*job)->id}));
        if (asked.value_or(0) != 0) (*job)->cancel_ = true;
        return {};
      });
      run(kind, **job);
      const std::lock_guard lock(mutex_);
      running_.erase((*job)->id);
      if (stopping_) return;
    }
  }
}

void Jobs::run(const std::string& kind, JobRun& job) {
  Result<Json> outcome = fail(internal_problem("the job gave no outcome"));
  try {
    outcome = kinds_.at(kind)(job);
  } catch (const std::exception& e) {
    outcome = fail(internal_problem(std::string("exception in job ") + kind + ": " + e.what()));
  }
  if (!outcome && outcome.error().kind == Kind::internal)
    log_error("jobs.failed", {{"kind", kind}, {"job", std::to_string(job.id)}, {"detail", outcome.error().detail}});
  if (auto written = finish(job, outcome); !written)
    log_error("jobs.outcome_not_written", {{"job", std::to_string(job.id)}, {"detail", written.error().detail}});
}

Status Jobs::finish(JobRun& job, const Result<Json>& outcome) {
  return database_.write_now([&](sql::Transaction& t) -> Status {
    const std::int64_t now = clock_.now().micros;
    if (outcome) {
      CIVITAS_CHECK(
          t.execute("UPDATE jobs_job SET state='done',result=?,done=?,total=?,message_zh=?,message_en=?,finished_at=? "
                    "WHERE id=? AND attempts=?",
                    {outcome->dump(), job.done_, std::max(job.total_, job.done_), job.message_.zh, job.message_.en, now,
                     job.id, job.attempt_}));
      return {};
    }
    const Problem& p = outcome.error();
    if (p.reason == "jobs.stopping") {
      // A pause is no failure and counts as no attempt.
      CIVITAS_CHECK(t.execute("UPDATE jobs_job SET state='queued',attempts=attempts-1 WHERE id=? AND attempts=?",
                              {job.id, job.attempt_}));
      return {};
    }
    const bool cancelled = p.reason == "jobs.cancelled";
    Json result;
    if (!cancelled) result = Json(Json::Object{{"reason", Json(p.reason)}, {"field", Json(p.field)}});
    CIVITAS_CHECK(t.execute(
        "UPDATE jobs_job SET state=?,result=?,done=?,message_zh=?,message_en=?,finished_at=? WHERE id=? AND attempts=?",
        {cancelled ? "cancelled" : "failed",
         result.is_null() ? std::optional<std::string>() : std::optional<std::string>(result.dump()), job.done_,
         p.message.zh, p.message.en, now, job.id, job.attempt_}));
    return {};
  });
}

// --- schedules

void Jobs::every(std::int64_t seconds, std::string name, std::function<Status()> work) {
  schedules_.push_back({seconds, std::move(name), std::move(work)});
}

void Jobs::run_due() {
  for (const auto& s : schedules_) {
    bool due = false;
    const auto claimed = database_.read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(const auto last, c.query_integer("SELECT last_run FROM jobs_schedule WHERE name=?", {s.name}));
      due = !last || clock_.now().micros - *last >= s.seconds * 1'000'000;
      return {};
    });
    if (!claimed || !due) continue;
    // The time is taken before the work, so that work that fails is tried at its next turn and not at once.
    const auto noted = database_.write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(
          t.execute("INSERT INTO jobs_schedule(name,last_run) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET "
                    "last_run=excluded.last_run",
                    {s.name, clock_.now().micros}));
      return {};
    });
    if (!noted) continue;
    Status done;
    try {
      done = s.work();
    } catch (const std::exception& e) {
      done = fail(internal_problem(e.what()));
    }
    if (!done)
      log_error("jobs.schedule_failed",
                {{"name", s.name}, {"reason", done.error().reason}, {"detail", done.error().detail}});
  }
}

void Jobs::keep_schedules() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, std::chrono::seconds(1), [&] { return stopping_; })) return;
    }
    run_due();
  }
}

}  // namespace civitas::jobs
