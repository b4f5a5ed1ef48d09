#include "audit/audit.hpp"

#include <algorithm>

#include "audit/batch.hpp"
#include "audit/head.hpp"
#include "audit/mark.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "sql/add_column.hpp"

namespace civitas::audit {

Status create_tables(sql::Transaction& t) {
  const bool sqlite = t.dialect() == sql::Dialect::sqlite;
  const std::string id =
      sqlite ? "id INTEGER PRIMARY KEY AUTOINCREMENT"
             : "id BIGSERIAL PRIMARY KEY, position BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint)";
  CIVITAS_CHECK(t.run_script(
      "CREATE TABLE IF NOT EXISTS audit_entry(" + id +
      ",at BIGINT NOT NULL,who BIGINT,who_name TEXT,address TEXT,action TEXT NOT NULL,object TEXT,detail TEXT,request "
      "TEXT,mark TEXT);"
      "CREATE TABLE IF NOT EXISTS audit_seal(sequence BIGINT PRIMARY KEY,lower_position BIGINT NOT NULL,upper_position "
      "BIGINT NOT NULL,"
      "count BIGINT NOT NULL,hash TEXT NOT NULL,key_id TEXT NOT NULL,signature TEXT NOT NULL,at BIGINT NOT NULL,form "
      "BIGINT NOT NULL DEFAULT 1);"
      "CREATE INDEX IF NOT EXISTS audit_entry_object ON audit_entry(object,id)"));
  // Databases made before entries had marks.
  CIVITAS_CHECK(sql::add_column(t, "audit_entry", "mark", "TEXT"));
  CIVITAS_CHECK(sql::add_column(t, "audit_seal", "form", "BIGINT NOT NULL DEFAULT 1"));
  if (!sqlite)
    CIVITAS_CHECK(t.run_script("CREATE INDEX IF NOT EXISTS audit_entry_position ON audit_entry(position,id)"));
  return {};
}

Status append(sql::Transaction& t, Instant at, const Entry& e) {
  static const sql::Target entries("audit_entry", "at,who,who_name,address,action,object,detail,request,mark",
                                   "?,?,?,?,?,?,?,?,?");
  const std::string moment = std::to_string(at.micros), who = std::to_string(e.who);
  const std::string mark = mark_of({moment, who, e.who_name, e.address, e.action, e.object, e.detail, e.request});
  return t.append(entries, {at.micros, e.who, e.who_name, e.address, e.action, e.object, e.detail, e.request, mark});
}

namespace {

// The end of the next batch: what is settled, and of that no more than is digested in a moment. Equal to `from` when
// there is nothing.
Result<std::int64_t> next_end(sql::Connection& c, std::int64_t from) {
  const bool sqlite = c.dialect() == sql::Dialect::sqlite;
  const std::string position = position_column(c.dialect()), rows = " FROM audit_entry WHERE " + position + ">=?";
  CIVITAS_TRY(const auto any, c.query_integer("SELECT 1" + rows + " LIMIT 1", {from}));
  if (!any) return from;
  CIVITAS_TRY(const auto settled,
              c.query_integer(sqlite ? "SELECT max(id)+1 FROM audit_entry"
                                     : "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"));
  CIVITAS_TRY(const auto full,
              c.query_integer("SELECT " + position + rows + " ORDER BY " + position + " LIMIT 1 OFFSET ?",
                              {from, most_rows_sealed_at_once - 1}));
  const std::int64_t end = std::max(from, settled.value_or(from));
  return full ? std::min(end, *full + 1) : end;
}

Problem differs(const std::optional<HeadLine>& outside, const Seal& inside) {
  const std::string there = std::to_string(outside ? outside->sequence : 0), here = std::to_string(inside.sequence);
  return problem(Kind::conflict, "audit.head.differs",
                 "审计封存头记到第 " + there + " 批，数据库到第 " + here +
                     " 批，内容不一致，暂不封存。若是恢复了备份，请运行 civitas audit restored --because 说明原因。",
                 "The head of the audit trail is at batch " + there + " and the database at batch " + here +
                     ", and they do not agree; nothing is sealed. If a backup was restored, say so with civitas audit "
                     "restored --because.");
}

// Head and database tell of the same trail.
bool level(const std::optional<HeadLine>& outside, const Seal& inside) {
  return outside ? outside->sequence == inside.sequence && outside->hash == inside.hash : inside.sequence == 0;
}

// A seal that was in the head file when the process ended, and not yet in the database.
bool pending(const std::optional<HeadLine>& outside, const Seal& inside) {
  return outside && !outside->restored && outside->sequence == inside.sequence + 1 && outside->from == inside.to;
}

Status insert_seal(sql::Database& database, Instant now, const Signer& signer, Seal made, std::int64_t after) {
  CIVITAS_TRY(const std::string signature, signer.sign(seal_message(made)));
  return database.write_now([&](sql::Transaction& t) -> Status {
    if (t.dialect() == sql::Dialect::postgres) CIVITAS_CHECK(t.run_script("LOCK TABLE audit_seal IN EXCLUSIVE MODE"));
    CIVITAS_TRY(const Seal last, last_seal(t));
    if (last.sequence != after) return {};  // another node was first
    CIVITAS_CHECK(t.execute(
        "INSERT INTO audit_seal(sequence,lower_position,upper_position,count,hash,key_id,signature,at,form) "
        "VALUES(?,?,?,?,?,?,?,?,?)",
        {made.sequence, made.from, made.to, made.count, made.hash, signer.key_id, to_hex(signature), now.micros,
         static_cast<std::int64_t>(made.form)}));
    return {};
  });
}

}  // namespace

Result<std::int64_t> seal(sql::Database& database, Instant now, const Signer& signer, const HeadFile& file) {
  CIVITAS_TRY(const auto lock, file.lock());
  CIVITAS_TRY(const auto outside, file.last(signer));
  // Entries that are settled do not change: they are digested by a reader, and writers wait only for the seal itself.
  Seal last;
  BatchDigest batch;
  std::int64_t to = 0;
  CIVITAS_CHECK(database.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(last, last_seal(c));
    if (pending(outside, last)) {
      to = outside->to;
    } else {
      if (!level(outside, last)) return fail(differs(outside, last));
      CIVITAS_TRY(to, next_end(c, last.to));
    }
    if (to == last.to) return {};
    CIVITAS_TRY(batch, digest_rows(c, last.to, to, last.hash, signer, Form::marked));
    return {};
  }));
  const bool torn = pending(outside, last);
  if (torn && (batch.hash != outside->hash || batch.count != outside->count)) return fail(differs(outside, last));
  if (!torn && batch.count + batch.foreign == 0) return 0;
  if (batch.foreign > 0)
    log_error("audit.foreign", {{"rows", batch.foreign}, {"first", batch.first_foreign}, {"batch", last.sequence + 1}});
  const Seal made{last.sequence + 1, last.to, to, batch.count, batch.hash, "", "", Form::marked};
  if (!torn)
    CIVITAS_CHECK(file.append({outside ? outside->number + 1 : 1, false, made.sequence, made.from, made.to, made.count,
                               made.hash, now, ""},
                              signer));
  CIVITAS_CHECK(insert_seal(database, now, signer, made, last.sequence));
  return batch.count + batch.foreign;
}

Result<std::int64_t> last_sealed(sql::Connection& c) {
  CIVITAS_TRY(const Seal last, last_seal(c));
  return last.sequence;
}

Status restored(sql::Database& database, Instant now, const Signer& signer, const HeadFile& file,
                const std::string& because) {
  if (trim(because).empty() || because.size() > 1'000)
    return fail(invalid("audit.restored.because", "请用 1 到 1000 字节说明原因。", "Give the reason in 1 to 1000 bytes."));
  CIVITAS_TRY(const auto lock, file.lock());
  CIVITAS_TRY(const auto outside, file.last(signer));
  Seal last;
  std::int64_t to = 0;
  BatchDigest before_marks;
  CIVITAS_CHECK(database.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(last, last_seal(c));
    // A trail of a version that knew no marks ends with a batch of its own kind.
    if (last.sequence == 0 || last.form == Form::marked) return {};
    CIVITAS_TRY(const auto first_marked,
                c.query_integer("SELECT min(" + position_column(c.dialect()) + ") FROM audit_entry WHERE mark<>''"));
    CIVITAS_TRY(to, next_end(c, last.to));
    to = std::min(to, first_marked.value_or(to));
    if (to <= last.to) return {};
    CIVITAS_TRY(before_marks, digest_rows(c, last.to, to, last.hash, signer, Form::all));
    return {};
  }));
  if (level(outside, last) || pending(outside, last))
    return fail(problem(Kind::conflict, "audit.restored.level", "审计封存头与数据库一致，无需说明。",
                        "The head of the audit trail agrees with the database; there is nothing to explain."));
  if (before_marks.count > 0) {
    const Seal made{last.sequence + 1, last.to, to, before_marks.count, before_marks.hash, "", "", Form::all};
    CIVITAS_CHECK(insert_seal(database, now, signer, made, last.sequence));
    last = made;
  }
  const Json detail = Json::object()
                          .set("because", Json(because))
                          .set("head", Json(outside ? outside->sequence : 0))
                          .set("database", Json(last.sequence));
  CIVITAS_CHECK(database.write_now([&](sql::Transaction& t) {
    return append(t, now, {0, "command line", "", "audit.restored", "", detail.dump(), ""});
  }));
  return file.append({outside ? outside->number + 1 : 1, true, last.sequence, last.from, last.to, last.count, last.hash,
                      now, because},
                     signer);
}

Sealer::Sealer(sql::Database& database, const Clock& clock, Signer signer, const HeadFile& head)
    : database_(database), clock_(clock), signer_(std::move(signer)), head_(head), thread_([this] { run(); }) {}

Sealer::~Sealer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Sealer::run() {
  std::string told;  // the reason of the problem that lasts
  std::unique_lock lock(mutex_);
  for (bool last = false; !last;) {
    last = stopping_;
    lock.unlock();
    const auto sealed = seal(database_, clock_.now(), signer_, head_);
    const std::string reason = sealed ? "" : sealed.error().reason;
    if (!sealed && reason != told) log_problem("audit.seal", sealed.error());
    told = reason;
    lock.lock();
    if (sealed && *sealed >= most_rows_sealed_at_once) continue;
    if (!last) wake_.wait_for(lock, std::chrono::milliseconds(500), [&] { return stopping_; });
  }
}

}  // namespace civitas::audit
