#include "process/declared_jobs.hpp"

#include "base/log.hpp"
#include "base/strings.hpp"
#include "entities/validate.hpp"

namespace civitas::process {

using entities::DeclaredJob;
using entities::Entity;

namespace {

constexpr std::string_view kind = "process.declared";

identity::Principal by_time(const std::string& name) { return identity::system_principal("定时任务 " + name); }

}  // namespace

Status DeclaredJobs::create_tables(sql::Transaction& t) {
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS process_job(name TEXT PRIMARY KEY,due BIGINT NOT NULL,running BIGINT NOT NULL "
      "DEFAULT "
      "0,ran_at BIGINT,outcome TEXT,records BIGINT,failed BIGINT,error TEXT)");
}

std::vector<DeclaredJobs::Known> DeclaredJobs::known() const {
  std::vector<Known> out;
  for (const auto& system : store_.catalog().systems())
    for (const auto& job : system.jobs) out.push_back({&system, &job, system.name + "." + job.name});
  return out;
}

Instant DeclaredJobs::last_due(const DeclaredJob& job, Instant now) const {
  if (job.every_seconds) {
    const std::int64_t step = job.every_seconds * 1'000'000;
    return {now.micros - now.micros % step};
  }
  const std::int64_t minutes =
      *parse_integer(std::string_view(job.at).substr(0, 2)) * 60 + *parse_integer(std::string_view(job.at).substr(3));
  const Date today = date_in_china(now);
  const Instant at{start_of_day(today).micros + minutes * 60'000'000};
  return at <= now ? at : Instant{start_of_day(today.plus_days(-1)).micros + minutes * 60'000'000};
}

void DeclaredJobs::run_by(jobs::Jobs& jobs) {
  jobs.register_kind(std::string(kind), [this](jobs::JobRun& run_of_job) -> Result<Json> {
    return run(run_of_job.input["name"].as_string(), [&] { return run_of_job.go_on(); });
  });
  if (known().empty()) return;
  jobs.every(20, "process.jobs", [this, &jobs]() -> Status {
    CIVITAS_CHECK(queue_due(jobs));
    return {};
  });
}

Result<int> DeclaredJobs::queue_due(jobs::Jobs& jobs) {
  int queued = 0;
  for (const auto& k : known()) {
    const Instant due = last_due(*k.job, clock_.now());
    CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_TRY(const auto row, t.query_row("SELECT due,running FROM process_job WHERE name=?", {k.name}));
      if (!row) {  // a new job begins with its next time
        CIVITAS_CHECK(t.execute("INSERT INTO process_job(name,due) VALUES(?,?)", {k.name, due.micros}));
        return {};
      }
      if (std::get<std::int64_t>((*row)[0]) >= due.micros || std::get<std::int64_t>((*row)[1]) != 0) return {};
      CIVITAS_CHECK(queue(t, jobs, k, due));
      ++queued;
      return {};
    }));
  }
  return queued;
}

Status DeclaredJobs::queue(sql::Transaction& t, jobs::Jobs& jobs, const Known& k, Instant due) {
  CIVITAS_CHECK(t.execute("UPDATE process_job SET due=?,running=1 WHERE name=?", {due.micros, k.name}));
  Text title = k.job->title;
  if (title.empty()) title = {"定时任务 " + k.name, "Scheduled work " + k.name};
  CIVITAS_CHECK(jobs.enqueue(t, kind, title, Json(Json::Object{{"name", Json(k.name)}}), 0));
  return {};
}

Status DeclaredJobs::queue_now(sql::Transaction& t, jobs::Jobs& jobs, const std::string& name) {
  for (const auto& k : known()) {
    if (k.name != name) continue;
    CIVITAS_TRY(const auto running, t.query_integer("SELECT running FROM process_job WHERE name=?", {name}));
    if (running.value_or(0) != 0)
      return fail(problem(Kind::conflict, "process.job.running", "这项任务正在运行。", "This work is running."));
    const Instant due = last_due(*k.job, clock_.now());
    CIVITAS_CHECK(
        t.execute("INSERT INTO process_job(name,due) VALUES(?,?) ON CONFLICT(name) DO NOTHING", {name, due.micros}));
    return queue(t, jobs, k, due);
  }
  return fail(
      problem(Kind::not_found, "process.job.unknown", "没有这项定时任务。", "There is no such scheduled work."));
}

Status DeclaredJobs::run_one(sql::Transaction& t, const Known& k, const Entity& e, std::int64_t id) {
  const entities::Context context{by_time(k.name), clock_.now(), ""};
  if (!k.job->step.empty()) {
    CIVITAS_CHECK(engine_.transition(t, context, e, id, k.job->step, Json()));
    return {};
  }
  Json record = Json::object();
  if (id) {
    CIVITAS_TRY(record, store_.get_unrestricted(t, e, id, "scheduled work"));
  }
  entities::HookCall call = entities::HookCall::of(store_, t, context, e, id, record).transition(k.job->name);
  return store_.run_hook(k.job->action, call);
}

Result<Json> DeclaredJobs::run(const std::string& name, const std::function<Status()>& go_on) {
  std::optional<Known> found;
  for (const auto& k : known())
    if (k.name == name) found = k;
  std::int64_t records = 0, failed = 0;
  std::string error;
  const auto finish = [&](const Status& outcome) {
    return database_.write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(
          t.execute("UPDATE process_job SET running=0,ran_at=?,outcome=?,records=?,failed=?,error=? WHERE name=?",
                    {clock_.now().micros, outcome && failed == 0 ? "done" : "failed", records, failed,
                     outcome ? error : outcome.error().message.zh, name}));
      return {};
    });
  };
  const auto work = [&]() -> Status {
    if (!found) return {};  // no longer declared
    const Entity* e = found->job->entity.empty() ? nullptr : found->system->entity(found->job->entity);
    std::vector<std::int64_t> ids;
    if (e)
      CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
        ids.clear();
        entities::ListQuery q;
        q.filter = found->job->when;
        q.sort = "id";
        q.limit = 1'000'000;
        CIVITAS_CHECK(store_.each(c, {by_time(name), clock_.now(), ""}, *e, q, [&](const Json& record) -> Status {
          ids.push_back(entities::reference_id(record["id"]).value_or(0));
          return {};
        }));
        return {};
      }));
    else
      ids.push_back(0);
    for (const auto id : ids) {
      CIVITAS_CHECK(go_on());
      const Entity& about = e ? *e : found->system->entities.front();
      const Status done = database_.write_now([&](sql::Transaction& t) { return run_one(t, *found, about, id); });
      if (done) {
        ++records;
        continue;
      }
      // One record that cannot go on does not keep the others back.
      ++failed;
      error = done.error().message.zh;
      log_problem("process.job", done.error());
    }
    return {};
  };
  const Status done = work();
  // A job that only pauses, because the program stops, goes on at the next start.
  if (!done && done.error().reason == "jobs.stopping") return fail(done.error());
  CIVITAS_CHECK(finish(done));
  if (!done) return fail(done.error());
  Json out = Json::object();
  out.set("records", records).set("failed", failed);
  return out;
}

Status DeclaredJobs::list(sql::Connection& c, std::string& out) const {
  JsonWriter w(out);
  w.begin_object().key("items").begin_array();
  for (const auto& k : known()) {
    w.begin_object().key("name").value(k.name).key("system").tree(Json(k.system->title));
    w.key("title").tree(k.job->title.empty() ? Json(Text{k.job->name, k.job->name}) : Json(k.job->title));
    w.key("at").value(k.job->at).key("every_seconds").value(k.job->every_seconds);
    const Instant last = last_due(*k.job, clock_.now());
    const std::int64_t step = k.job->every_seconds ? k.job->every_seconds : 86'400;
    w.key("next_at").value(format_instant(last.plus_seconds(step)));
    bool ran = false;
    CIVITAS_CHECK(c.query("SELECT running,ran_at,outcome,records,failed,error FROM process_job WHERE name=?", {k.name},
                          [&](const sql::Row& row) {
                            w.key("running").value(row.integer(0) != 0);
                            ran = !row.is_null(1);
                            if (!ran) return sql::Continue::no;
                            w.key("ran_at").value(format_instant({row.integer(1)})).key("outcome").value(row.text(2));
                            w.key("records").value(row.integer(3)).key("failed").value(row.integer(4));
                            w.key("error").value(row.text(5));
                            return sql::Continue::no;
                          }));
    w.end_object();
  }
  w.end_array().end_object();
  return {};
}

}  // namespace civitas::process
