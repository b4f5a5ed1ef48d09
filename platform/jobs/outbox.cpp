#include "jobs/outbox.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace civitas::jobs {

namespace {

constexpr int batch = 100;
constexpr std::string_view columns = "id,at,who,entity,record,act,version,state";

struct Position {
  std::int64_t transaction = 0;  // PostgreSQL only
  std::int64_t id = 0;
};

bool sqlite(const sql::Connection& c) { return c.dialect() == sql::Dialect::sqlite; }

// Behind the position of two parameters, and no longer able to be preceded by a row that commits later.
std::string settled_after(const sql::Connection& c) {
  return sqlite(c) ? "?<=0 AND id>?"
                   : "(position,id)>(?,?) AND position<pg_snapshot_xmin(pg_current_snapshot())::text::bigint";
}

std::string in_order(const sql::Connection& c) { return sqlite(c) ? " ORDER BY id" : " ORDER BY position,id"; }

Result<Position> position_of(sql::Connection& c, const std::string& subscriber, bool lock) {
  Position found;
  CIVITAS_CHECK(c.query(std::string("SELECT position,event FROM outbox_position WHERE subscriber=?") +
                            (lock && !sqlite(c) ? " FOR UPDATE" : ""),
                        {subscriber}, [&](const sql::Row& row) {
                          found = {row.integer(0), row.integer(1)};
                          return sql::Continue::no;
                        }));
  return found;
}

Status move_to(sql::Transaction& t, const std::string& subscriber, const Position& p) {
  CIVITAS_CHECK(
      t.execute("UPDATE outbox_position SET position=?,event=? WHERE subscriber=?", {p.transaction, p.id, subscriber}));
  return {};
}

// Where a new subscriber begins: behind everything that has committed.
Result<Position> end_of(sql::Connection& c) {
  Position out;
  const char* text = sqlite(c) ? "SELECT 0,seq FROM sqlite_sequence WHERE name='outbox_event'"
                               : "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint-1,9223372036854775807";
  CIVITAS_CHECK(c.query(text, {}, [&](const sql::Row& row) {
    out = {row.integer(0), row.integer(1)};
    return sql::Continue::no;
  }));
  return out;
}

struct Placed {
  Event event;
  Position position;
};

Result<std::vector<Placed>> read_after(sql::Connection& c, const Position& from, int limit) {
  std::vector<Placed> out;
  CIVITAS_CHECK(c.query("SELECT " + std::string(columns) + (sqlite(c) ? ",0" : ",position") +
                            " FROM outbox_event WHERE " + settled_after(c) + in_order(c) + " LIMIT ?",
                        {from.transaction, from.id, limit}, [&](const sql::Row& row) {
                          Event e{row.integer(0), {row.integer(1)},         row.integer(2), std::string(row.text(3)),
                                  row.integer(4), std::string(row.text(5)), row.integer(6), std::string(row.text(7))};
                          const Position at{row.integer(8), e.id};
                          out.push_back({std::move(e), at});
                          return sql::Continue::yes;
                        }));
  return out;
}

// A dump restored into another PostgreSQL meets transaction ids that begin anew: what is kept moves below them, in its
// order.
Status settle_restored(sql::Transaction& t) {
  if (sqlite(t)) return {};
  CIVITAS_TRY(
      const auto highest,
      t.query_integer(
          "SELECT GREATEST((SELECT max(position) FROM outbox_event),(SELECT max(position) FROM outbox_position))"));
  CIVITAS_TRY(const auto now, t.query_integer("SELECT pg_current_xact_id()::text::bigint"));
  if (!highest || *highest <= now.value_or(0)) return {};
  CIVITAS_CHECK(t.execute("UPDATE outbox_event SET position=position-?", {*highest}));
  CIVITAS_CHECK(t.execute("UPDATE outbox_position SET position=position-?", {*highest}));
  return {};
}

}  // namespace

Status Outbox::create_tables(sql::Transaction& t) {
  const std::string id =
      sqlite(t) ? "id INTEGER PRIMARY KEY AUTOINCREMENT"
                : "id BIGSERIAL PRIMARY KEY,position BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint)";
  CIVITAS_CHECK(t.run_script("CREATE TABLE IF NOT EXISTS outbox_event(" + id +
                             ",at BIGINT NOT NULL,who BIGINT NOT NULL,entity TEXT NOT NULL,record BIGINT NOT NULL,act "
                             "TEXT NOT NULL,version BIGINT NOT NULL,state TEXT NOT NULL);"
                             "CREATE TABLE IF NOT EXISTS outbox_position(subscriber TEXT PRIMARY KEY,position BIGINT "
                             "NOT NULL,event BIGINT NOT NULL);"
                             "CREATE TABLE IF NOT EXISTS outbox_refused(subscriber TEXT NOT NULL,event BIGINT NOT "
                             "NULL,at BIGINT NOT NULL,entity TEXT NOT NULL,record BIGINT NOT NULL,"
                             "act TEXT NOT NULL,version BIGINT NOT NULL,reason TEXT NOT NULL,detail TEXT NOT NULL)"));
  if (!sqlite(t))
    CIVITAS_CHECK(t.run_script("CREATE INDEX IF NOT EXISTS outbox_event_position ON outbox_event(position,id)"));
  return {};
}

Status Outbox::entity_moved(sql::Transaction& t, std::string_view from, std::string_view to) {
  CIVITAS_CHECK(t.execute("UPDATE outbox_event SET entity=? WHERE entity=?", {to, from}));
  return {};
}

Status Outbox::append(sql::Transaction& t, const Event& e) {
  static const sql::Target events("outbox_event", "at,who,entity,record,act,version,state", "?,?,?,?,?,?,?");
  return t.append(events, {e.at.micros, e.who, e.entity, e.record, e.act, e.version, e.state});
}

void Outbox::subscribe(std::string name, std::vector<std::string> entities, OnEvent handler) {
  subscribers_.push_back({std::move(name), std::move(entities), std::move(handler), 0});
}

Status Outbox::prepare() {
  return database_.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(settle_restored(t));
    std::vector<std::string> former;
    CIVITAS_CHECK(t.query("SELECT subscriber FROM outbox_position", {}, [&](const sql::Row& row) {
      if (std::none_of(subscribers_.begin(), subscribers_.end(),
                       [&](const Subscriber& s) { return s.name == row.text(0); }))
        former.emplace_back(row.text(0));
      return sql::Continue::yes;
    }));
    for (const auto& name : former) CIVITAS_CHECK(t.execute("DELETE FROM outbox_position WHERE subscriber=?", {name}));
    for (const auto& s : subscribers_) {
      CIVITAS_TRY(const Position end, end_of(t));
      CIVITAS_CHECK(t.execute(
          "INSERT INTO outbox_position(subscriber,position,event) VALUES(?,?,?) ON CONFLICT(subscriber) DO NOTHING",
          {s.name, end.transaction, end.id}));
    }
    return {};
  });
}

Result<bool> Outbox::waiting(const Subscriber& s) {
  bool found = false;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(const Position from, position_of(c, s.name, false));
    CIVITAS_TRY(const auto any, c.query_integer("SELECT 1 FROM outbox_event WHERE " + settled_after(c) + " LIMIT 1",
                                                {from.transaction, from.id}));
    found = any.has_value();
    return {};
  }));
  return found;
}

// A batch in one transaction; when an event of it fails, one event in each, so that those before it are delivered.
Status Outbox::deliver_to(Subscriber& s, bool& anything) {
  const auto wanted = [&](const Event& e) {
    return std::find(s.entities.begin(), s.entities.end(), e.entity) != s.entities.end();
  };
  int limit = batch;
  for (;;) {
    CIVITAS_TRY(const bool more, waiting(s));
    if (!more) return {};
    std::optional<Problem> refusal;
    bool passed = false;
    const bool give_up = limit == 1 && s.attempts + 1 >= most_attempts;
    const Status done = database_.write_now([&](sql::Transaction& t) -> Status {
      refusal.reset();
      passed = false;
      CIVITAS_TRY(const Position from, position_of(t, s.name, true));
      CIVITAS_TRY(const auto events, read_after(t, from, limit));
      for (const auto& [event, position] : events) {
        if (!wanted(event)) continue;
        Status handled;
        try {
          handled = s.handler(t, event);
        } catch (const std::exception& e) {
          handled = fail(internal_problem(e.what()));
        }
        if (handled) continue;
        refusal = handled.error();
        return handled;
      }
      passed = !events.empty();
      return passed ? move_to(t, s.name, events.back().position) : Status{};
    });
    if (done) {
      if (!passed) return {};
      anything = true;
      s.attempts = 0;
      continue;
    }
    if (!refusal) return done;  // the database itself: tried again at the next call
    if (limit > 1) {
      limit = 1;
      continue;
    }
    ++s.attempts;
    if (!give_up) return {};
    CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_TRY(const Position from, position_of(t, s.name, true));
      CIVITAS_TRY(const auto events, read_after(t, from, 1));
      if (events.empty()) return {};
      const Event& e = events[0].event;
      CIVITAS_CHECK(
          t.execute("INSERT INTO outbox_refused(subscriber,event,at,entity,record,act,version,reason,detail) "
                    "VALUES(?,?,?,?,?,?,?,?,?)",
                    {s.name, e.id, clock_.now().micros, e.entity, e.record, e.act, e.version, refusal->reason,
                     refusal->detail.empty() ? refusal->message.en : refusal->detail}));
      return move_to(t, s.name, events[0].position);
    }));
    log_error("outbox.refused", {{"subscriber", s.name}, {"reason", refusal->reason}, {"detail", refusal->detail}});
    s.attempts = 0;
    anything = true;
  }
}

Status Outbox::deliver() {
  const std::lock_guard lock(delivering_);
  bool anything = false;
  Status first;
  for (auto& s : subscribers_)
    if (const Status done = deliver_to(s, anything); !done && first) first = done;
  if (anything) CIVITAS_CHECK(trim());
  return first;
}

Status Outbox::trim() {
  return database_.write_now([&](sql::Transaction& t) -> Status {
    std::optional<Position> lowest;
    CIVITAS_CHECK(t.query("SELECT position,event FROM outbox_position ORDER BY position,event LIMIT 1", {},
                          [&](const sql::Row& row) {
                            lowest = {row.integer(0), row.integer(1)};
                            return sql::Continue::no;
                          }));
    if (!lowest) return {};
    CIVITAS_CHECK(t.execute(
        std::string("DELETE FROM outbox_event WHERE ") + (sqlite(t) ? "?<=0 AND id<=?" : "(position,id)<=(?,?)"),
        {lowest->transaction, lowest->id}));
    return {};
  });
}

Status Outbox::start() {
  CIVITAS_CHECK(prepare());
  if (subscribers_.empty()) return {};
  stopping_ = false;
  thread_ = std::thread([this] { run(); });
  return {};
}

void Outbox::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Outbox::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    if (const Status done = deliver(); !done) log_problem("outbox.deliver", done.error());
    lock.lock();
    // Events may come from other processes of the same installation, so it looks instead of being called.
    wake_.wait_for(lock, std::chrono::milliseconds(300), [&] { return stopping_; });
  }
}

}  // namespace civitas::jobs
