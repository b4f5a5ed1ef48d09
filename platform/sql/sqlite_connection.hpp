// Inside this room: one SQLite handle with its prepared statements.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <string>
#include <unordered_map>

#include "sql/database.hpp"

namespace civitas::sql {

Problem sqlite_problem(sqlite3* handle, int code);

enum class Access { read, write, copy };  // copy: only checkpoints

class SqliteConnection final : public Transaction {
 public:
  static Result<std::unique_ptr<SqliteConnection>> open(const DatabaseOptions& options, Access access);
  ~SqliteConnection() override;

  Dialect dialect() const override { return Dialect::sqlite; }
  using Connection::execute;
  using Connection::query;
  Result<std::int64_t> execute(std::string_view statement, Params params) override;
  Status query(std::string_view statement, Params params, const OnRow& on_row) override;
  Status run_script(std::string_view script) override;
  using Transaction::defer;
  Status defer(std::string_view statement, Params params) override {
    CIVITAS_CHECK(execute(statement, params));
    return {};
  }
  using Transaction::append;
  Status append(const Target& target, Params row, const Explain& explain) override {
    auto done = execute(target.insert, row);
    if (!done) return fail(explain ? explain(std::move(done.error())) : std::move(done.error()));
    return {};
  }
  Status settle() override { return {}; }
  bool failed() const override { return false; }

  sqlite3* handle() { return handle_; }
  std::int64_t changes() const override { return sqlite3_total_changes64(handle_); }
  bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  /// Stops readers' statements that run past this moment.
  void set_deadline(std::chrono::steady_clock::time_point at) { deadline_ = at; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
  };
  SqliteConnection() = default;
  Result<sqlite3_stmt*> prepare(std::string_view statement, Params params);

  sqlite3* handle_ = nullptr;
  std::unordered_map<std::string, sqlite3_stmt*, TextHash, std::equal_to<>> statements_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
};

}  // namespace civitas::sql
