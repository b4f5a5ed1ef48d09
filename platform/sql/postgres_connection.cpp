#include "sql/postgres_connection.hpp"

#include <charconv>

#include "base/strings.hpp"

namespace civitas::sql {

namespace {

constexpr Oid oid_bool = 16, oid_int2 = 21, oid_int4 = 23, oid_float4 = 700, oid_numeric = 1700;
constexpr std::size_t prepared_limit = 1000;

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

}  // namespace

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const DatabaseOptions& options, bool reader) {
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

Result<std::int64_t> PostgresConnection::execute(std::string_view statement, Params params) {
  CIVITAS_TRY(const ResultPtr result, run(statement, params));
  return parse_integer(PQcmdTuples(result.get())).value_or(0);
}

Status PostgresConnection::query(std::string_view statement, Params params, const OnRow& on_row) {
  CIVITAS_TRY(const ResultPtr result, run(statement, params));
  PostgresRow row(result.get());
  for (int i = 0; i < PQntuples(result.get()); ++i) {
    row.move_to(i);
    if (on_row(row) == Continue::no) break;
  }
  return {};
}

Status PostgresConnection::run_script(std::string_view script) {
  CIVITAS_CHECK(flush());
  return run_alone(script);
}

void PostgresConnection::begin(std::string_view statement) {
  forget();
  if (prepared_.size() > prepared_limit && run_script("DEALLOCATE ALL")) prepared_.clear();
  add(statement, {}, {});
}

Status PostgresConnection::commit() {
  CIVITAS_TRY(const ResultPtr result, run("COMMIT", {}));
  // After a failed statement whose problem was passed over, COMMIT succeeds and says ROLLBACK: nothing was kept.
  if (std::string_view(PQcmdStatus(result.get())) != "COMMIT")
    return fail(internal_problem("a failed statement was passed over"));
  return {};
}

void PostgresConnection::rollback() {
  forget();
  (void)run_script("ROLLBACK");
}

Status PostgresConnection::check(PGresult* result, std::string_view statement) {
  const auto status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return {};
  std::string words = result ? PQresultErrorMessage(result) : PQerrorMessage(handle_);
  words += " in: " + std::string(statement.substr(0, 2000));
  return fail(postgres_problem(result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr, std::move(words)));
}

Status PostgresConnection::run_alone(std::string_view script) {
  ++changes_;
  const ResultPtr result(PQexec(handle_, std::string(script).c_str()));
  return check(result.get(), script);
}

}  // namespace civitas::sql
