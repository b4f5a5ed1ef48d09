// Work that time begins (`jobs:` of a system.yaml), on the clock that is passed in. When its time has come a job of the
// room `jobs` is queued, which survives a restart and goes on where it was. A time that passed while nobody served is
// made up once, not as often as it passed.
#pragma once

#include "jobs/jobs.hpp"
#include "process/engine.hpp"

namespace civitas::process {

class DeclaredJobs {
 public:
  DeclaredJobs(sql::Database& database, const Clock& clock, entities::Store& store, Engine& engine)
      : database_(database), clock_(clock), store_(store), engine_(engine) {}

  static Status create_tables(sql::Transaction& t);
  /// Before `jobs.start()`: registers the kind of work and looks every twenty seconds for what is due.
  void run_by(jobs::Jobs& jobs);
  /// Queues what is due; returns how many.
  Result<int> queue_due(jobs::Jobs& jobs);
  /// Queues a job now, whatever its time; 404 `process.job.unknown`, 409 `process.job.running`.
  Status queue_now(sql::Transaction& t, jobs::Jobs& jobs, const std::string& name);
  /// Does it in this thread: {"records": n, "failed": n}.
  Result<Json> run(const std::string& name, const std::function<Status()>& go_on);
  /// {"items":[{"name","title","system","at","every_seconds","next_at","ran_at","outcome","records","failed","error"}]}
  Status list(sql::Connection& c, std::string& out) const;

 private:
  struct Known {
    const entities::System* system;
    const entities::DeclaredJob* job;
    std::string name;  // "grid.close_old"
  };
  std::vector<Known> known() const;
  /// The last moment at or before `now` when it was to run.
  Instant last_due(const entities::DeclaredJob& job, Instant now) const;
  Status queue(sql::Transaction& t, jobs::Jobs& jobs, const Known& k, Instant due);
  Status run_one(sql::Transaction& t, const Known& k, const entities::Entity& e, std::int64_t id);

  sql::Database& database_;
  const Clock& clock_;
  entities::Store& store_;
  Engine& engine_;
};

}  // namespace civitas::process
