#include "sql/database.hpp"

#include <future>

#include "sql/drivers.hpp"

namespace civitas::sql {

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options) {
  return options.dialect == Dialect::sqlite ? open_sqlite(options) : open_postgres(options);
}

Status Database::write_now(Work work) {
  std::promise<Status> promise;
  auto outcome = promise.get_future();
  write(std::move(work), [&promise](Status status) { promise.set_value(std::move(status)); });
  return outcome.get();
}

Result<std::optional<std::vector<Value>>> Connection::query_row(std::string_view statement,
                                                                std::initializer_list<Param> params) {
  std::optional<std::vector<Value>> found;
  CIVITAS_CHECK(query(statement, params, [&](const Row& row) {
    found.emplace();
    for (int i = 0; i < row.columns(); ++i) found->push_back(row.value(i));
    return Continue::no;
  }));
  return found;
}

Result<std::optional<std::int64_t>> Connection::query_integer(std::string_view statement,
                                                              std::initializer_list<Param> params) {
  std::optional<std::int64_t> found;
  CIVITAS_CHECK(query(statement, params, [&](const Row& row) {
    if (!row.is_null(0)) found = row.integer(0);
    return Continue::no;
  }));
  return found;
}

Result<std::optional<std::string>> Connection::query_text(std::string_view statement,
                                                          std::initializer_list<Param> params) {
  std::optional<std::string> found;
  CIVITAS_CHECK(query(statement, params, [&](const Row& row) {
    if (!row.is_null(0)) found = std::string(row.text(0));
    return Continue::no;
  }));
  return found;
}

std::string number_placeholders(std::string_view statement) {
  std::string out;
  int number = 0;
  char quote = 0;
  for (char c : statement) {
    if (quote) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '?') {
      out += '$';
      out += std::to_string(++number);
      continue;
    }
    out += c;
  }
  return out;
}

Target::Target(std::string table_name, std::string column_names, std::string_view values)
    : table(std::move(table_name)),
      columns(std::move(column_names)),
      insert("INSERT INTO " + table + "(" + columns + ") VALUES(" + std::string(values) + ")") {}

}  // namespace civitas::sql
