#include "gateway/push.hpp"

#include "base/json_pointer.hpp"
#include "base/log.hpp"
#include "crypto/message_signature.hpp"
#include "entities/validate.hpp"

namespace civitas::gateway {

using entities::Entity;

namespace {

constexpr int most_stuck_shown = 100;

identity::Principal by_push() { return identity::system_principal("push"); }

Problem refused(int status, const std::string& said) {
  const std::string detail = std::to_string(status) + " " + said.substr(0, 300);
  const bool passes = status >= 500 || status == 408 || status == 425 || status == 429;
  return problem(passes ? Kind::unavailable : Kind::unprocessable, "gateway.push.refused",
                 "对方系统没有收下（" + std::to_string(status) + "）。",
                 "The other system did not take it (" + std::to_string(status) + ").")
      .with_detail(detail);
}

}  // namespace

Pushes::Pushes(sql::Database& database, const Clock& clock, entities::Store& store, outbound::Client& client,
               std::map<std::string, PushTarget> targets)
    : database_(database), clock_(clock), store_(store), client_(client), targets_(std::move(targets)) {
  for (const auto& system : store.catalog().systems())
    for (const auto& e : system.entities)
      for (const auto& push : e.pushes) pushes_.push_back({&e, &push, e.path() + "/" + push.name});
}

Status Pushes::create_tables(sql::Transaction& t) {
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS gateway_push(push TEXT NOT NULL,record BIGINT NOT NULL,version BIGINT NOT NULL,taken "
      "BIGINT,state TEXT NOT NULL,at BIGINT NOT NULL,attempts BIGINT NOT NULL DEFAULT 0,next_at BIGINT NOT NULL,error "
      "TEXT,PRIMARY KEY(push,record));"
      "CREATE INDEX IF NOT EXISTS gateway_push_waiting ON gateway_push(push,at,record) WHERE state='waiting'");
}

void Pushes::follow(jobs::Outbox& outbox) {
  for (const auto& d : pushes_) {
    store_.announce(*d.entity);
    outbox.subscribe("gateway.push " + d.name, {d.entity->path()},
                     [this, &d](sql::Transaction& t, const jobs::Event& event) {
                       return changed(t, d, event.record, event.version, event.act != "delete");
                     });
  }
}

Status Pushes::changed(sql::Transaction& t, const Declared& d, std::int64_t record, std::int64_t version, bool exists) {
  bool fits = exists;
  if (exists && !d.push->when.empty()) {
    const auto holds = store_.holds(t, {by_push(), clock_.now(), ""}, *d.entity, record, d.push->when);
    if (!holds && holds.error().kind != Kind::not_found) return fail(holds.error());
    fits = holds && *holds;
  }
  if (!fits) {
    CIVITAS_TRY(const auto known,
                t.query_integer("SELECT 1 FROM gateway_push WHERE push=? AND record=?", {d.name, record}));
    if (!known) return {};
  }
  const std::int64_t now = clock_.now().micros;
  CIVITAS_CHECK(t.execute(
      "INSERT INTO gateway_push(push,record,version,state,at,next_at) VALUES(?,?,?,'waiting',?,?) ON "
      "CONFLICT(push,record) "
      "DO UPDATE SET version=excluded.version,at=CASE WHEN gateway_push.state='waiting' THEN gateway_push.at ELSE "
      "excluded.at END,state='waiting',attempts=0,next_at=excluded.next_at,error=NULL",
      {d.name, record, version, now, now}));
  t.after_commit([this] {
    {
      const std::lock_guard lock(mutex_);
      look_ = true;
    }
    wake_.notify_all();
  });
  return {};
}

Result<int> Pushes::reconcile() {
  int queued = 0;
  for (const auto& d : pushes_) {
    std::map<std::int64_t, std::int64_t> there;
    std::vector<std::pair<std::int64_t, std::int64_t>> missing;
    CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
      there.clear();
      missing.clear();
      entities::ListQuery q;
      q.filter = d.push->when;
      q.sort = "id";
      q.limit = 10'000'000;
      CIVITAS_CHECK(store_.each(c, {by_push(), clock_.now(), ""}, *d.entity, q, [&](const Json& record) -> Status {
        there.emplace(entities::reference_id(record["id"]).value_or(0), record["version"].as_integer());
        return {};
      }));
      std::map<std::int64_t, std::int64_t> kept;
      // A negative number: what was taken last is that the record has gone.
      CIVITAS_CHECK(c.query("SELECT record,coalesce(taken,0),state FROM gateway_push WHERE push=?", {d.name},
                            [&](const sql::Row& row) {
                              if (row.text(2) == "taken")
                                kept.emplace(row.integer(0), row.integer(1));
                              else
                                kept.emplace(row.integer(0), INT64_MAX);  // waits or is stuck: nothing to add
                              return sql::Continue::yes;
                            }));
      for (const auto& [record, version] : there)
        if (const auto at = kept.find(record); at == kept.end() || at->second < version)
          missing.emplace_back(record, version);
      for (const auto& [record, taken] : kept)
        if (taken > 0 && taken != INT64_MAX && !there.contains(record)) missing.emplace_back(record, taken + 1);
      return {};
    }));
    for (std::size_t at = 0; at < missing.size(); at += 500)
      CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
        for (std::size_t i = at; i < std::min(at + 500, missing.size()); ++i)
          CIVITAS_CHECK(changed(t, d, missing[i].first, missing[i].second, there.contains(missing[i].first)));
        return {};
      }));
    queued += static_cast<int>(missing.size());
  }
  return queued;
}

Result<std::string> Pushes::message(sql::Connection& c, const Declared& d, const Row& row) const {
  const Entity& e = *d.entity;
  auto found = store_.get_unrestricted(c, e, row.record, "push " + d.name);
  if (!found && found.error().kind != Kind::not_found) return fail(found.error());
  bool fits = found.has_value();
  if (fits && !d.push->when.empty()) {
    CIVITAS_TRY(fits, store_.holds(c, {by_push(), clock_.now(), ""}, e, row.record, d.push->when));
  }
  if (!fits && !row.taken_before) return std::string();
  Json out = Json::object(), data = Json::object();
  if (fits)
    for (const auto& v : d.push->map) set_at_pointer(data, v.pointer, (*found)[v.field]);
  out.set("type", e.system + "." + e.name).set("id", std::to_string(row.record));
  out.set("version", found ? (*found)["version"] : Json(row.version));
  out.set("at", format_instant(clock_.now())).set("gone", !fits).set("data", std::move(data));
  return out.dump();
}

Result<int> Pushes::deliver() {
  int done = 0;
  for (const auto& d : pushes_) {
    const auto target = targets_.find(d.push->to);
    if (target == targets_.end()) continue;  // waits until it is configured
    for (int i = 0; i < 100; ++i) {
      {
        const std::lock_guard lock(mutex_);
        if (stopping_) return done;
      }
      CIVITAS_TRY(const bool sent, deliver_one(d, target->second));
      if (!sent) break;
      ++done;
    }
  }
  return done;
}

// False when there is nothing to do now for this push.
Result<bool> Pushes::deliver_one(const Declared& d, const PushTarget& to) {
  std::optional<Row> next;
  std::string body;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    next.reset();
    CIVITAS_CHECK(c.query(
        "SELECT record,version,next_at,attempts,coalesce(taken,0) FROM gateway_push WHERE push=? AND "
        "state='waiting' ORDER BY at,record LIMIT 1",
        {d.name}, [&](const sql::Row& row) {
          next =
              Row{row.integer(0), row.integer(1), row.integer(2), static_cast<int>(row.integer(3)), row.integer(4) > 0};
          return sql::Continue::no;
        }));
    if (!next || next->next_at > clock_.now().micros) return {};
    CIVITAS_TRY(body, message(c, d, *next));
    return {};
  }));
  if (!next || next->next_at > clock_.now().micros) return false;
  Status outcome;
  if (!body.empty()) {
    outbound::Call call;
    call.method = "POST";
    call.url = to.url;
    call.body = body;
    const std::string id = d.name + "/" + std::to_string(next->record) + "/" + std::to_string(next->version);
    const std::int64_t now = clock_.now().seconds();
    call.headers = {{"Content-Type", "application/json"},
                    {"webhook-id", id},
                    {"webhook-timestamp", std::to_string(now)},
                    {"webhook-signature", crypto::sign_message(crypto::message_secret(to.secret), id, now, body)}};
    const auto answer = client_.call(call);
    if (!answer)
      outcome = fail(answer.error());
    else if (!answer->good())
      outcome = fail(refused(answer->status, answer->body));
  }
  const bool gone = body.find("\"gone\":true") != std::string::npos;
  Row sent = *next;
  if (gone) sent.version = -sent.version;
  CIVITAS_CHECK(settle(d, sent, outcome, body.empty()));
  return outcome.has_value() || !outbound::is_passing(outcome.error());
}

Status Pushes::settle(const Declared& d, const Row& row, const Status& outcome, bool nothing_to_send) {
  if (!outcome) log_problem("gateway.push", outcome.error());
  const std::int64_t version = row.version < 0 ? -row.version : row.version;
  return database_.write_now([&](sql::Transaction& t) -> Status {
    if (nothing_to_send) {
      CIVITAS_CHECK(
          t.execute("DELETE FROM gateway_push WHERE push=? AND record=? AND version=?", {d.name, row.record, version}));
      return {};
    }
    if (outcome) {
      // Changed again meanwhile: it goes on waiting, for the newer form.
      CIVITAS_CHECK(
          t.execute("UPDATE gateway_push SET taken=?,state=CASE WHEN version=? THEN 'taken' ELSE state "
                    "END,attempts=0,error=NULL WHERE push=? AND record=?",
                    {row.version, version, d.name, row.record}));
      return {};
    }
    const int attempts = row.attempts + 1;
    const bool waits = outbound::is_passing(outcome.error()) && !backoff_.gives_up(attempts);
    const std::string error = outcome.error().message.zh + " " + outcome.error().detail.substr(0, 300);
    CIVITAS_CHECK(t.execute(
        "UPDATE gateway_push SET state=?,attempts=?,next_at=?,error=? WHERE push=? AND record=? AND version=?",
        {waits ? "waiting" : "stuck", attempts, clock_.now().plus_seconds(backoff_.seconds_after(attempts)).micros,
         error, d.name, row.record, version}));
    return {};
  });
}

Status Pushes::list(sql::Connection& c, std::string& out) const {
  JsonWriter w(out);
  w.begin_object().key("items").begin_array();
  for (const auto& d : pushes_) {
    w.begin_object().key("name").value(d.name).key("to").value(d.push->to);
    w.key("title").tree(Json(d.push->title.empty() ? d.entity->title : d.push->title));
    w.key("configured").value(targets_.contains(d.push->to));
    std::int64_t counts[3] = {0, 0, 0};
    static constexpr const char* states[3] = {"waiting", "stuck", "taken"};
    std::optional<std::int64_t> oldest;
    CIVITAS_CHECK(c.query("SELECT state,count(*),min(at) FROM gateway_push WHERE push=? GROUP BY state", {d.name},
                          [&](const sql::Row& row) {
                            for (int i = 0; i < 3; ++i)
                              if (row.text(0) == states[i]) counts[i] = row.integer(1);
                            if (row.text(0) == "waiting") oldest = row.integer(2);
                            return sql::Continue::yes;
                          }));
    for (int i = 0; i < 3; ++i) w.key(states[i]).value(counts[i]);
    w.key("oldest").tree(oldest ? Json(format_instant({*oldest})) : Json()).end_object();
  }
  w.end_array().key("stuck").begin_array();
  for (const auto& d : pushes_)
    CIVITAS_CHECK(c.query(
        "SELECT g.record,g.error,g.attempts,g.at,r." + d.entity->title_field + " FROM gateway_push g LEFT JOIN " +
            d.entity->table + " r ON r.id=g.record WHERE g.push=? AND g.state='stuck' ORDER BY g.at LIMIT " +
            std::to_string(most_stuck_shown),
        {d.name}, [&](const sql::Row& row) {
          w.begin_object().key("push").value(d.name).key("record").id(row.integer(0));
          w.key("link").value("/" + d.entity->path() + "/" + std::to_string(row.integer(0)));
          w.key("title").value(row.is_null(4) ? "" : row.text(4));
          w.key("error").value(row.is_null(1) ? "" : row.text(1)).key("attempts").value(row.integer(2));
          w.key("at").value(format_instant({row.integer(3)})).end_object();
          return sql::Continue::yes;
        }));
  w.end_array().end_object();
  return {};
}

Status Pushes::send_again(sql::Transaction& t, std::string_view push, std::int64_t record) {
  CIVITAS_TRY(
      const auto changed_rows,
      t.execute("UPDATE gateway_push SET state='waiting',attempts=0,next_at=?,error=NULL WHERE push=? AND record=? AND "
                "state='stuck'",
                {clock_.now().micros, push, record}));
  if (changed_rows == 0)
    return fail(problem(Kind::not_found, "gateway.push.unknown", "没有这条搁置的推送。", "Nothing of this is stuck."));
  t.after_commit([this] { wake_.notify_all(); });
  return {};
}

void Pushes::start() {
  if (pushes_.empty() || thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = false;
  }
  thread_ = std::thread([this] { run(); });
}

void Pushes::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// Looks once a second as well: what waits for its time, and a clock that was moved, wake nobody.
void Pushes::run() {
  for (;;) {
    if (const auto done = deliver(); !done) log_problem("gateway.push", done.error());
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::chrono::seconds(1), [&] { return stopping_ || look_; });
    look_ = false;
    if (stopping_) return;
  }
}

}  // namespace civitas::gateway
