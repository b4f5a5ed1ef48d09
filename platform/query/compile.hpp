// From a checked condition to SQL with bound parameters only: no text of the condition reaches the SQL.
//
//   SELECT … FROM place_name AS t WHERE <sql>
//
// The SQL is true for exactly the records for which `evaluate` gives yes, unless `residual` is set: then it is true for
// those and perhaps more, and the caller evaluates the residual on each row. That happens with spatial predicates (SQL
// filters by the four box columns), ACCENTI, CASEI with letters beyond A-Z, `^`, and functions without SQL.
//
// Indexes that serve it: equality, IN, ranges; LIKE 'prefix%' becomes a range on the column; `division IN
// my_divisions()` a range per granted subtree on the scope column; `created_at = DATE('…')` a range of microseconds.
// No pragma is needed: LIKE is GLOB in SQLite, so letter case counts. Limits: `query.cql2.complex` when the SQL would
// be longer than 256 KB or have more than 30,000 parameters.
#pragma once

#include <variant>

#include "query/evaluate.hpp"

namespace civitas::query {

enum class Dialect : std::uint8_t { sqlite, postgres };

using Param = std::variant<std::nullptr_t, std::int64_t, double, std::string>;

struct Compiled {
  std::string sql;  // a boolean expression; placeholders are `?` in the order of `params`
  std::vector<Param> params;
  std::optional<Typed> residual;
};

Result<Compiled> compile(const Typed& condition, Dialect dialect, const Bindings& bindings);

}  // namespace civitas::query
