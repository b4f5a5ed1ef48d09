#include "sql/sqlite_connection.hpp"

#include "sql/drivers.hpp"
#include "sql/sqlite_log.hpp"

namespace civitas::sql {

namespace {

constexpr std::size_t statement_limit = 1000;

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement), columns_(sqlite3_column_count(statement)) {}
  int columns() const override { return columns_; }
  bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  double real(int column) const override { return sqlite3_column_double(statement_, column); }
  std::string_view text(int column) const override {
    // By the value: the two calls by column would each look it up, take the connection's lock and check for errors.
    sqlite3_value* value = sqlite3_column_value(statement_, column);
    const auto* data = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return data ? std::string_view(data, static_cast<std::size_t>(sqlite3_value_bytes(value))) : std::string_view();
  }
  Value value(int column) const override {
    switch (sqlite3_column_type(statement_, column)) {
      case SQLITE_NULL: return {};
      case SQLITE_INTEGER: return integer(column);
      case SQLITE_FLOAT: return real(column);
      default: return std::string(text(column));
    }
  }

 private:
  sqlite3_stmt* statement_;
  int columns_;
};

// A statement goes back to its cache unbound, whatever happened while it ran.
class Reset {
 public:
  explicit Reset(sqlite3_stmt* statement) : statement_(statement) {}
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;
  ~Reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3_stmt* statement_;
};

void bind(sqlite3_stmt* statement, int index, const Param& param) {
  const auto& v = param.get();
  if (const auto* i = std::get_if<std::int64_t>(&v))
    sqlite3_bind_int64(statement, index, *i);
  else if (const auto* d = std::get_if<double>(&v))
    sqlite3_bind_double(statement, index, *d);
  else if (const auto* s = std::get_if<std::string_view>(&v))
    // The caller's text outlives the call, and Reset unbinds it.
    sqlite3_bind_text64(statement, index, s->data() ? s->data() : "", s->size(), SQLITE_STATIC, SQLITE_UTF8);
  else
    sqlite3_bind_null(statement, index);
}

}  // namespace

Problem sqlite_problem(sqlite3* handle, int code) {
  const std::string words = std::string(sqlite3_errmsg(handle)) + " (" + std::to_string(code) + ")";
  switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return unique_problem(words);
    case SQLITE_CONSTRAINT_FOREIGNKEY: return reference_problem(words);
    default: break;
  }
  switch (code & 0xFF) {
    case SQLITE_FULL: return storage_full_problem(words);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY: return unavailable_problem(words);
    case SQLITE_INTERRUPT: return timeout_problem(words);
    default: return internal_problem(words);
  }
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const DatabaseOptions& options, Access access) {
  // Statistics of memory would be one lock for all threads at each allocation. Refused when another library came first:
  // then they are kept.
  static const int without_statistics = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)without_statistics;
  std::unique_ptr<SqliteConnection> made(new SqliteConnection());
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (access == Access::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE);
  const int code = sqlite3_open_v2(options.file.c_str(), &made->handle_, flags,
                                   access == Access::write ? log_file_system() : nullptr);
  if (code != SQLITE_OK) return fail(sqlite_problem(made->handle_, code));
  sqlite3_busy_timeout(made->handle_, 10'000);
  // LIKE is case sensitive as CQL2 wants it, which also lets it use an index.
  std::string script =
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA case_sensitive_like=ON;"
      "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY; PRAGMA cell_size_check=ON;"
      "PRAGMA cache_size=-" +
      std::to_string(options.cache_mib * 1024) + ";";
  if (access == Access::read)
    script += "PRAGMA query_only=ON;";
  else
    script +=
        "PRAGMA journal_size_limit=134217728; PRAGMA cache_size=-" + std::to_string(options.cache_mib * 8 * 1024) + ";";
  CIVITAS_CHECK(made->run_script(script));
  if (access == Access::read)
    sqlite3_progress_handler(
        made->handle_, 20'000,
        [](void* self) {
          return std::chrono::steady_clock::now() > static_cast<SqliteConnection*>(self)->deadline_ ? 1 : 0;
        },
        made.get());
  return made;
}

SqliteConnection::~SqliteConnection() {
  for (auto& [text, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

Result<sqlite3_stmt*> SqliteConnection::prepare(std::string_view statement, Params params) {
  auto found = statements_.find(statement);
  if (found == statements_.end()) {
    if (statements_.size() >= statement_limit) {
      // Nested queries may be running on some: only idle ones can go.
      std::erase_if(statements_, [](auto& entry) {
        if (sqlite3_stmt_busy(entry.second)) return false;
        sqlite3_finalize(entry.second);
        return true;
      });
    }
    sqlite3_stmt* made = nullptr;
    const int code = sqlite3_prepare_v3(handle_, statement.data(), static_cast<int>(statement.size()),
                                        SQLITE_PREPARE_PERSISTENT, &made, nullptr);
    if (code != SQLITE_OK) {
      Problem p = sqlite_problem(handle_, code);
      p.detail += " in: " + std::string(statement);
      return fail(std::move(p));
    }
    if (!made) return fail(internal_problem("empty statement"));
    found = statements_.emplace(std::string(statement), made).first;
  }
  sqlite3_stmt* ready = found->second;
  if (sqlite3_stmt_busy(ready))
    return fail(internal_problem("statement is already running: " + std::string(statement)));
  if (static_cast<std::size_t>(sqlite3_bind_parameter_count(ready)) != params.size())
    return fail(internal_problem("wrong number of parameters for: " + std::string(statement)));
  for (std::size_t i = 0; i < params.size(); ++i) bind(ready, static_cast<int>(i) + 1, params[i]);
  return ready;
}

Result<std::int64_t> SqliteConnection::execute(std::string_view statement, Params params) {
  CIVITAS_TRY(sqlite3_stmt * ready, prepare(statement, params));
  const Reset reset(ready);
  int code;
  while ((code = sqlite3_step(ready)) == SQLITE_ROW) {
  }
  if (code != SQLITE_DONE) return fail(sqlite_problem(handle_, code));
  return sqlite3_changes64(handle_);
}

Status SqliteConnection::query(std::string_view statement, Params params, const OnRow& on_row) {
  CIVITAS_TRY(sqlite3_stmt * ready, prepare(statement, params));
  const Reset reset(ready);
  const SqliteRow row(ready);
  int code;
  while ((code = sqlite3_step(ready)) == SQLITE_ROW)
    if (on_row(row) == Continue::no) return {};
  if (code != SQLITE_DONE) return fail(sqlite_problem(handle_, code));
  return {};
}

Status SqliteConnection::run_script(std::string_view script) {
  const int code = sqlite3_exec(handle_, std::string(script).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(sqlite_problem(handle_, code));
  return {};
}

}  // namespace civitas::sql
