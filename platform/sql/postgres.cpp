#include <libpq-fe.h>

#include <algorithm>

#include <charconv>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "sql/drivers.hpp"

namespace civitas::sql {

namespace {

constexpr Oid oid_int8 = 20, oid_text = 25, oid_float8 = 701;
constexpr Oid oid_bool = 16, oid_int2 = 21, oid_int4 = 23, oid_float4 = 700, oid_numeric = 1700;

struct ClearResult {
  void operator()(PGresult* r) const { PQclear(r); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

class PostgresRow final : public Row {
 public:
  explicit PostgresRow(PGresult* result) : result_(result), columns_(PQnfields(result)) {}
  void move_to(int row) { row_ = row; }
  int columns() const override { return columns_; }
  bool is_null(int column) const override { return PQgetisnull(result_, row_, column); }
  std::int64_t integer(int column) const override {
    const std::string_view t = text(column);
    std::int64_t value = 0;
    std::from_chars(t.data(), t.data() + t.size(), value);
    return value;
  }
  double real(int column) const override { return parse_number(text(column)).value_or(0); }
  std::string_view text(int column) const override {
    if (PQgetisnull(result_, row_, column)) return {};
    return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
  }
  Value value(int column) const override {
    if (is_null(column)) return {};
    switch (PQftype(result_, column)) {
      case oid_int8:
      case oid_int4:
      case oid_int2: return integer(column);
      case oid_bool: return std::int64_t{text(column) == "t"};
      case oid_float8:
      case oid_float4:
      case oid_numeric: return real(column);
      default: return std::string(text(column));
    }
  }

 private:
  PGresult* result_;
  int columns_;
  int row_ = 0;
};

Problem postgres_problem(const char* sqlstate, std::string words) {
  const std::string_view state = sqlstate ? sqlstate : "";
  words += " [" + std::string(state) + "]";
  if (state == "23505") return unique_problem(std::move(words));
  if (state == "23503") return reference_problem(std::move(words));
  if (state == "53100") return storage_full_problem(std::move(words));
  if (state == "57014" || state == "55P03") return timeout_problem(std::move(words));
  if (state.empty() || state.starts_with("08") || state.starts_with("57") || state.starts_with("53") ||
      state.starts_with("40"))
    return unavailable_problem(std::move(words));
  return internal_problem(std::move(words));
}

bool can_be_run_again(const Status& status) {
  return !status && (status.error().detail.ends_with("[40001]") || status.error().detail.ends_with("[40P01]"));
}

class PostgresConnection final : public Transaction {
 public:
  ~PostgresConnection() override { PQfinish(handle_); }

  static Result<std::unique_ptr<PostgresConnection>> open(const DatabaseOptions& options, bool reader) {
    auto made = std::make_unique<PostgresConnection>();
    made->handle_ = PQconnectdb(options.connection_string.c_str());
    if (PQstatus(made->handle_) != CONNECTION_OK) return fail(unavailable_problem(PQerrorMessage(made->handle_)));
    PQsetNoticeProcessor(made->handle_, [](void*, const char*) {}, nullptr);
    std::string script = "SET client_min_messages=warning; SET timezone='UTC'; SET standard_conforming_strings=on;";
    script +=
        reader ? "" : "SET lock_timeout='15s';";  // whoever holds a lock this long is stuck: the writer is not to be
    if (reader)
      script += "SET default_transaction_read_only=on; SET statement_timeout='" +
                std::to_string(options.read_deadline_seconds) + "s';";
    CIVITAS_CHECK(made->run_script(script));
    return made;
  }

  bool broken() const { return PQstatus(handle_) != CONNECTION_OK; }
  Dialect dialect() const override { return Dialect::postgres; }
  std::int64_t changes() const override { return changes_; }
  using Connection::execute;
  using Connection::query;

  Result<std::int64_t> execute(std::string_view statement, Params params) override {
    CIVITAS_TRY(const ResultPtr result, run(statement, params));
    return parse_integer(PQcmdTuples(result.get())).value_or(0);
  }

  Status query(std::string_view statement, Params params, const OnRow& on_row) override {
    CIVITAS_TRY(const ResultPtr result, run(statement, params));
    PostgresRow row(result.get());
    for (int i = 0; i < PQntuples(result.get()); ++i) {
      row.move_to(i);
      if (on_row(row) == Continue::no) break;
    }
    return {};
  }

  Status defer(std::string_view statement, Params params) override {
    CIVITAS_CHECK(end_appending());
    add(statement, params, {});
    return waiting_.size() < many_waiting ? Status() : flush();
  }

  Status append(const Target& target, Params row, const Explain& explain) override {
    ++changes_;
    if (copying_ == &target) return copy(bound(target.insert, row));
    auto found =
        std::find_if(appended_.begin(), appended_.end(), [&](const Appended& a) { return a.target == &target; });
    if (found == appended_.end()) found = appended_.insert(appended_.end(), {&target, {}, {}});
    found->rows.push_back(bound(target.insert, row));
    found->explain = explain;
    // The first target to have many rows is copied at once, row by row; the others' wait until it ends.
    if (copying_ || found->rows.size() < many_appended) return found->rows.size() < most_appended ? Status() : flush();
    Appended many = std::move(*found);
    appended_.erase(found);
    CIVITAS_CHECK(begin_copy(many));
    for (const Bound& b : many.rows) CIVITAS_CHECK(copy(b));
    return {};
  }

  Status settle() override { return flush(); }
  bool failed() const override { return PQtransactionStatus(handle_) == PQTRANS_INERROR; }

  Status run_script(std::string_view script) override {
    CIVITAS_CHECK(flush());
    return run_alone(script);
  }

  /// Goes to the server together with the first statement.
  void begin(std::string_view statement) {
    forget();
    if (prepared_.size() > prepared_limit && run_script("DEALLOCATE ALL")) prepared_.clear();
    add(statement, {}, {});
  }
  Status commit() {
    CIVITAS_TRY(const ResultPtr result, run("COMMIT", {}));
    // After a failed statement whose problem was passed over, COMMIT succeeds and says ROLLBACK: nothing was kept.
    if (std::string_view(PQcmdStatus(result.get())) != "COMMIT")
      return fail(internal_problem("a failed statement was passed over"));
    return {};
  }
  void rollback() {
    forget();
    (void)run_script("ROLLBACK");
  }

 private:
  // A statement with its values in the text form of the protocol.
  struct Bound {
    std::string text;
    std::vector<Oid> types;  // 0: no value
    std::vector<std::string> values;
    Explain explain;
    std::string key() const {
      std::string out = text;
      out += '\0';
      for (const Oid t : types) out += t == oid_int8 ? 'i' : t == oid_text ? 't' : t == oid_float8 ? 'd' : '0';
      return out;
    }
  };

  struct Appended {
    const Target* target;
    std::vector<Bound> rows;
    Explain explain;
  };

  static Bound bound(std::string_view statement, Params params) {
    Bound out{std::string(statement), std::vector<Oid>(params.size(), 0), std::vector<std::string>(params.size()), {}};
    for (std::size_t i = 0; i < params.size(); ++i) {
      const auto& v = params[i].get();
      if (const auto* integer = std::get_if<std::int64_t>(&v)) {
        out.types[i] = oid_int8;
        out.values[i] = std::to_string(*integer);
      } else if (const auto* real = std::get_if<double>(&v)) {
        out.types[i] = oid_float8;
        char buffer[32];
        const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, *real);
        out.values[i].assign(buffer, end);
      } else if (const auto* text = std::get_if<std::string_view>(&v)) {
        out.types[i] = oid_text;
        out.values[i].assign(*text);
      }
    }
    return out;
  }

  Status check(PGresult* result, std::string_view statement) {
    const auto status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return {};
    std::string words = result ? PQresultErrorMessage(result) : PQerrorMessage(handle_);
    words += " in: " + std::string(statement.substr(0, 2000));
    return fail(postgres_problem(result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr, std::move(words)));
  }

  void add(std::string_view statement, Params params, const Explain& explain) {
    waiting_.push_back(bound(statement, params));
    waiting_.back().explain = explain;
    if (!statement.starts_with("SELECT")) ++changes_;
  }

  Status run_alone(std::string_view script) {
    ++changes_;
    const ResultPtr result(PQexec(handle_, std::string(script).c_str()));
    return check(result.get(), script);
  }

  Result<ResultPtr> run(std::string_view statement, Params params) {
    CIVITAS_CHECK(end_appending());
    add(statement, params, {});
    return send();
  }

  Status flush() {
    CIVITAS_CHECK(end_appending());
    if (!waiting_.empty()) CIVITAS_CHECK(send());
    return {};
  }

  // Of a transaction that is given up.
  void forget() {
    waiting_.clear();
    appended_.clear();
    if (copying_) (void)end_copy("given up");
  }

  // Few appended rows go as statements with what waits, many as a COPY.
  Status end_appending() {
    if (copying_) CIVITAS_CHECK(end_copy(nullptr));
    std::vector<Appended> all;
    all.swap(appended_);
    for (Appended& a : all) {
      if (a.rows.size() < many_appended) {
        for (Bound& row : a.rows) {
          row.explain = a.explain;
          waiting_.push_back(std::move(row));
        }
        continue;
      }
      CIVITAS_CHECK(begin_copy(a));
      for (const Bound& row : a.rows) CIVITAS_CHECK(copy(row));
      CIVITAS_CHECK(end_copy(nullptr));
    }
    return {};
  }

  Status begin_copy(const Appended& a) {
    if (!waiting_.empty()) CIVITAS_CHECK(send());
    const std::string statement = "COPY " + a.target->table + "(" + a.target->columns + ") FROM STDIN";
    const ResultPtr result(PQexec(handle_, statement.c_str()));
    if (PQresultStatus(result.get()) != PGRES_COPY_IN) return check(result.get(), statement);
    copying_ = a.target;
    copy_explain_ = a.explain;
    return {};
  }

  Status copy(const Bound& row) {
    copied_.clear();
    for (std::size_t i = 0; i < row.values.size(); ++i) {
      if (i > 0) copied_ += '\t';
      if (row.types[i] == 0) {
        copied_ += "\\N";
        continue;
      }
      for (const char c : row.values[i]) {
        const char* escaped = c == '\\' ? "\\\\" : c == '\t' ? "\\t" : c == '\n' ? "\\n" : c == '\r' ? "\\r" : nullptr;
        if (escaped)
          copied_ += escaped;
        else
          copied_ += c;
      }
    }
    copied_ += '\n';
    if (PQputCopyData(handle_, copied_.data(), static_cast<int>(copied_.size())) == 1) return {};
    const auto ended = end_copy(nullptr);
    return ended ? fail(unavailable_problem(PQerrorMessage(handle_))) : ended;
  }

  Status end_copy(const char* because) {
    const std::string table = copying_->table;
    copying_ = nullptr;
    if (PQputCopyEnd(handle_, because) != 1) return fail(unavailable_problem(PQerrorMessage(handle_)));
    Status status;
    while (const ResultPtr result{PQgetResult(handle_)})
      if (status) status = check(result.get(), "COPY " + table);
    if (!status && copy_explain_) return fail(copy_explain_(std::move(status.error())));
    return status;
  }

  // Sends what waits in one go and returns the result of the last.
  Result<ResultPtr> send() {
    std::vector<Bound> batch;
    batch.swap(waiting_);
    if (!PQenterPipelineMode(handle_)) return fail(unavailable_problem(PQerrorMessage(handle_)));
    struct Expected {
      const Bound* statement;
      bool is_preparation;
    };
    std::vector<Expected> expected;
    std::vector<std::string> made;
    bool sent = true;
    for (const Bound& b : batch) {
      std::string key = b.key();
      auto known = prepared_.find(key);
      if (known == prepared_.end()) {
        const std::string name = "s" + std::to_string(++serial_);
        sent = sent && PQsendPrepare(handle_, name.c_str(), number_placeholders(b.text).c_str(),
                                     static_cast<int>(b.types.size()), b.types.data());
        expected.push_back({&b, true});
        made.push_back(key);
        known = prepared_.emplace(std::move(key), name).first;
      }
      pointers_.assign(b.types.size(), nullptr);
      lengths_.assign(b.types.size(), 0);
      for (std::size_t i = 0; i < b.types.size(); ++i) {
        if (b.types[i] == 0) continue;
        pointers_[i] = b.values[i].c_str();
        lengths_[i] = static_cast<int>(b.values[i].size());
      }
      sent = sent && PQsendQueryPrepared(handle_, known->second.c_str(), static_cast<int>(b.types.size()),
                                         pointers_.data(), lengths_.data(), nullptr, 0);
      expected.push_back({&b, false});
    }
    sent = sent && PQpipelineSync(handle_);
    Status status;
    ResultPtr last;
    if (!sent) {
      status = fail(unavailable_problem(PQerrorMessage(handle_)));
    } else {
      for (const Expected& e : expected) {
        last.reset(PQgetResult(handle_));
        if (status) {
          status = check(last.get(), e.statement->text);
          if (!status && e.statement->explain) status = fail(e.statement->explain(std::move(status.error())));
        }
        if (!last) break;
        while (const ResultPtr more{PQgetResult(handle_)}) {
        }
      }
      if (!broken()) const ResultPtr synchronised(PQgetResult(handle_));
    }
    if (!PQexitPipelineMode(handle_) && status) status = fail(unavailable_problem(PQerrorMessage(handle_)));
    if (!status) {
      for (const auto& key : made) prepared_.erase(key);
      return fail(std::move(status.error()));
    }
    return last;
  }

  static constexpr std::size_t prepared_limit = 1000, many_waiting = 64, many_appended = 32, most_appended = 2000;
  PGconn* handle_ = nullptr;
  std::unordered_map<std::string, std::string> prepared_;
  int serial_ = 0;
  std::int64_t changes_ = 0;
  std::vector<Bound> waiting_;
  std::vector<Appended> appended_;
  const Target* copying_ = nullptr;  // a COPY to it is under way
  Explain copy_explain_;
  std::string copied_;
  std::vector<const char*> pointers_;
  std::vector<int> lengths_;
};

class PostgresDatabase final : public Database {
 public:
  explicit PostgresDatabase(DatabaseOptions options) : options_(std::move(options)) {}
  ~PostgresDatabase() override { close(); }

  Status start() {
    CIVITAS_TRY(auto first, PostgresConnection::open(options_, true));
    give_back(std::move(first));
    for (int i = 0; i < options_.writers; ++i) threads_.emplace_back([this] { run_worker(); });
    return {};
  }

  Dialect dialect() const override { return Dialect::postgres; }

  Status read(const std::function<Status(Connection&)>& work) override {
    CIVITAS_TRY(std::unique_ptr<PostgresConnection> connection, take_reader());
    connection->begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    Status status;
    try {
      status = work(*connection);
    } catch (...) {
      connection->rollback();
      throw;
    }
    if (connection->commit()) give_back(std::move(connection));
    return status;
  }

  void write(Work work, Done done) override {
    {
      const std::lock_guard lock(mutex_);
      if (!closing_) {
        queue_.emplace_back(std::move(work), std::move(done));
        wake_.notify_one();
        return;
      }
    }
    done(fail(unavailable_problem("the database is closing")));
  }

  void close() override {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      wake_.notify_all();
    }
    for (auto& thread : threads_)
      if (thread.joinable()) thread.join();
    const std::lock_guard lock(readers_mutex_);
    readers_.clear();
  }

  DatabaseCounters counters() const override {
    const std::lock_guard lock(mutex_);
    DatabaseCounters out = counters_;
    out.queued = queue_.size();
    return out;
  }

  Status backup_to(const std::filesystem::path&) override {
    return fail(problem(Kind::unsupported, "sql.backup.postgres", "PostgreSQL 数据库请用 pg_dump 备份。",
                        "Back up a PostgreSQL database with pg_dump."));
  }

 private:
  Result<std::unique_ptr<PostgresConnection>> take_reader() {
    {
      const std::lock_guard lock(readers_mutex_);
      while (!readers_.empty()) {
        auto taken = std::move(readers_.back());
        readers_.pop_back();
        if (!taken->broken()) return taken;
      }
    }
    return PostgresConnection::open(options_, true);
  }

  void give_back(std::unique_ptr<PostgresConnection> connection) {
    const std::lock_guard lock(readers_mutex_);
    if (readers_.size() < static_cast<std::size_t>(options_.readers)) readers_.push_back(std::move(connection));
  }

  void run_worker() {
    std::unique_ptr<PostgresConnection> connection;
    while (true) {
      std::pair<Work, Done> job;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) return;
        job = std::move(queue_.front());
        queue_.pop_front();
      }
      Status outcome;
      std::vector<std::function<void()>> effects;
      for (int attempt = 0; attempt < 5; ++attempt) {
        outcome = run_once(connection, job.first, effects);
        if (!can_be_run_again(outcome)) break;
        const std::lock_guard lock(mutex_);
        ++counters_.reruns;
      }
      if (outcome)
        for (auto& effect : effects) effect();
      job.second(std::move(outcome));
      const std::lock_guard lock(mutex_);
      ++counters_.writes;
      ++counters_.commits;
    }
  }

  Status run_once(std::unique_ptr<PostgresConnection>& connection, const Work& work,
                  std::vector<std::function<void()>>& effects) {
    if (!connection || connection->broken()) {
      CIVITAS_TRY(connection, PostgresConnection::open(options_, false));
    }
    connection->begin("BEGIN");
    Status outcome;
    try {
      outcome = work(*connection);
    } catch (const std::exception& e) {
      outcome = fail(internal_problem(std::string("exception in a transaction: ") + e.what()));
    }
    effects = connection->take_effects();
    if (!outcome) {
      connection->rollback();
      return outcome;
    }
    if (auto committed = connection->commit(); !committed) {
      connection->rollback();
      return committed;
    }
    return {};
  }

  DatabaseOptions options_;
  std::vector<std::thread> threads_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::pair<Work, Done>> queue_;
  bool closing_ = false;
  DatabaseCounters counters_;
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<PostgresConnection>> readers_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_postgres(const DatabaseOptions& options) {
  auto made = std::make_unique<PostgresDatabase>(options);
  CIVITAS_CHECK(made->start());
  return made;
}

}  // namespace civitas::sql
