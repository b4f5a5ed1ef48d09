#include "audit/audit.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "crypto/digest.hpp"

namespace civitas::audit {

namespace {

// Rows are sealed by position. SQLite has one writer, so its ids grow in order of commit. PostgreSQL's do not: there
// the position is the transaction id, and only those below the oldest running one are settled.
std::string position_column(sql::Dialect d) { return d == sql::Dialect::sqlite ? "id" : "position"; }

constexpr std::string_view columns = "id,at,who,who_name,address,action,object,detail,request";

void add_field(crypto::Digest& digest, std::string_view text) {
  digest.update(std::to_string(text.size()));
  digest.update(":");
  digest.update(text);
}

struct BatchDigest {
  std::string hash;
  std::int64_t count = 0;
};

Result<BatchDigest> digest_rows(sql::Connection& c, std::int64_t from, std::int64_t to, const std::string& previous) {
  const std::string position = position_column(c.dialect());
  crypto::Digest digest(crypto::DigestAlgorithm::sm3);
  add_field(digest, previous);
  BatchDigest out;
  CIVITAS_CHECK(c.query("SELECT " + std::string(columns) + " FROM audit_entry WHERE " + position + ">=? AND " +
                            position + "<? ORDER BY " + position + ",id",
                        {from, to}, [&](const sql::Row& row) {
                          for (int i = 0; i < row.columns(); ++i)
                            add_field(digest, row.is_null(i) ? std::string_view() : row.text(i));
                          ++out.count;
                          return sql::Continue::yes;
                        }));
  out.hash = digest.finish_hex();
  return out;
}

std::string head_message(std::int64_t sequence, std::int64_t from, std::int64_t to, const BatchDigest& batch) {
  return "civitas audit " + std::to_string(sequence) + " " + std::to_string(from) + " " + std::to_string(to) + " " +
         std::to_string(batch.count) + " " + batch.hash;
}

struct Head {
  std::int64_t sequence = 0;
  std::int64_t to = 0;
  std::string hash;
};

Result<Head> last_head(sql::Connection& c) {
  Head head;
  CIVITAS_CHECK(c.query("SELECT sequence,upper_position,hash FROM audit_seal ORDER BY sequence DESC LIMIT 1", {},
                        [&](const sql::Row& row) {
                          head = {row.integer(0), row.integer(1), std::string(row.text(2))};
                          return sql::Continue::no;
                        }));
  return head;
}

}  // namespace

Status create_tables(sql::Transaction& t) {
  const bool sqlite = t.dialect() == sql::Dialect::sqlite;
  const std::string id =
      sqlite ? "id INTEGER PRIMARY KEY AUTOINCREMENT"
             : "id BIGSERIAL PRIMARY KEY, position BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint)";
  CIVITAS_CHECK(t.run_script(
      "CREATE TABLE IF NOT EXISTS audit_entry(" + id +
      ",at BIGINT NOT NULL,who BIGINT,who_name TEXT,address TEXT,action TEXT NOT NULL,object TEXT,detail TEXT,request "
      "TEXT);"
      "CREATE TABLE IF NOT EXISTS audit_seal(sequence BIGINT PRIMARY KEY,lower_position BIGINT NOT NULL,upper_position "
      "BIGINT NOT NULL,"
      "count BIGINT NOT NULL,hash TEXT NOT NULL,key_id TEXT NOT NULL,signature TEXT NOT NULL,at BIGINT NOT NULL);"
      "CREATE INDEX IF NOT EXISTS audit_entry_object ON audit_entry(object,id)"));
  if (!sqlite)
    CIVITAS_CHECK(t.run_script("CREATE INDEX IF NOT EXISTS audit_entry_position ON audit_entry(position,id)"));
  return {};
}

Status append(sql::Transaction& t, Instant at, const Entry& e) {
  static const sql::Target entries("audit_entry", "at,who,who_name,address,action,object,detail,request",
                                   "?,?,?,?,?,?,?,?");
  return t.append(entries, {at.micros, e.who, e.who_name, e.address, e.action, e.object, e.detail, e.request});
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

}  // namespace

Result<std::int64_t> seal(sql::Database& database, Instant now, const Signer& signer) {
  // Entries that are settled do not change: they are digested by a reader, and writers wait only for the seal itself.
  Head head;
  BatchDigest batch;
  std::int64_t to = 0;
  CIVITAS_CHECK(database.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(head, last_head(c));
    CIVITAS_TRY(to, next_end(c, head.to));
    if (to <= head.to) return {};
    CIVITAS_TRY(batch, digest_rows(c, head.to, to, head.hash));
    return {};
  }));
  if (batch.count == 0) return 0;
  CIVITAS_TRY(const std::string signature, signer.sign(head_message(head.sequence + 1, head.to, to, batch)));
  std::int64_t sealed = 0;
  CIVITAS_CHECK(database.write_now([&](sql::Transaction& t) -> Status {
    sealed = 0;
    if (t.dialect() == sql::Dialect::postgres) CIVITAS_CHECK(t.run_script("LOCK TABLE audit_seal IN EXCLUSIVE MODE"));
    CIVITAS_TRY(const Head last, last_head(t));
    if (last.sequence != head.sequence) return {};  // another node was first
    CIVITAS_CHECK(t.execute(
        "INSERT INTO audit_seal(sequence,lower_position,upper_position,count,hash,key_id,signature,at) "
        "VALUES(?,?,?,?,?,?,?,?)",
        {head.sequence + 1, head.to, to, batch.count, batch.hash, signer.key_id, to_hex(signature), now.micros}));
    sealed = batch.count;
    return {};
  }));
  return sealed;
}

Sealer::Sealer(sql::Database& database, const Clock& clock, Signer signer)
    : database_(database), clock_(clock), signer_(std::move(signer)), thread_([this] { run(); }) {}

Sealer::~Sealer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Sealer::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const auto sealed = seal(database_, clock_.now(), signer_);
    if (!sealed) log_problem("audit.seal", sealed.error());
    lock.lock();
    if (sealed && *sealed >= most_rows_sealed_at_once) continue;
    wake_.wait_for(lock, std::chrono::milliseconds(500), [&] { return stopping_; });
  }
}

Result<Verdict> verify(sql::Connection& c, const Signer& signer) {
  struct Seal {
    std::int64_t sequence, from, to, count;
    std::string hash, key_id, signature;
  };
  std::vector<Seal> seals;
  CIVITAS_CHECK(c.query(
      "SELECT sequence,lower_position,upper_position,count,hash,key_id,signature FROM audit_seal ORDER BY sequence", {},
      [&](const sql::Row& row) {
        seals.push_back({row.integer(0), row.integer(1), row.integer(2), row.integer(3), std::string(row.text(4)),
                         std::string(row.text(5)), std::string(row.text(6))});
        return sql::Continue::yes;
      }));
  Verdict out;
  const auto finding = [&](std::string zh, std::string en) { out.findings.push_back({std::move(zh), std::move(en)}); };
  std::string previous;
  std::int64_t expected = 1, reached = 0;
  for (const Seal& s : seals) {
    const std::string which = std::to_string(s.sequence);
    if (s.sequence != expected)
      finding("缺少第 " + std::to_string(expected) + " 批封存", "batch " + std::to_string(expected) + " is missing");
    if (s.from != reached)
      finding("第 " + which + " 批与前一批不相接", "batch " + which + " does not follow the one before");
    CIVITAS_TRY(const BatchDigest batch, digest_rows(c, s.from, s.to, previous));
    const std::string range = std::to_string(s.from) + "–" + std::to_string(s.to - 1);
    if (batch.count != s.count)
      finding("第 " + which + " 批（" + range + "）应有 " + std::to_string(s.count) + " 行，实有 " +
                  std::to_string(batch.count) + " 行：有行被删除或插入",
              "batch " + which + " (" + range + ") should have " + std::to_string(s.count) + " rows and has " +
                  std::to_string(batch.count) + ": rows were removed or inserted");
    else if (batch.hash != s.hash)
      finding("第 " + which + " 批（" + range + "）的内容被改动",
              "a row of batch " + which + " (" + range + ") was changed");
    const auto signature = from_hex(s.signature);
    const BatchDigest sealed{s.hash, s.count};
    if (!signature || !signer.verify(s.key_id, head_message(s.sequence, s.from, s.to, sealed), *signature))
      finding("第 " + which + " 批的签名无效", "the signature of batch " + which + " is not valid");
    previous = s.hash;
    expected = s.sequence + 1;
    reached = s.to;
    out.entries += batch.count;
    ++out.batches;
  }
  CIVITAS_TRY(
      const auto unsealed,
      c.query_integer("SELECT count(*) FROM audit_entry WHERE " + position_column(c.dialect()) + ">=?", {reached}));
  out.unsealed = unsealed.value_or(0);
  return out;
}

}  // namespace civitas::audit
