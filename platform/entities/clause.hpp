// Inside this room: pieces of SQL, each with the values of its placeholders in their order, and how they are joined.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sql/connection.hpp"

namespace civitas::entities {

/// A condition, or any other piece of SQL. Empty: nothing is asked.
struct Clause {
  std::string sql;
  std::vector<sql::Value> params;
};

inline void append_params(Clause& to, const std::vector<sql::Value>& more) {
  to.params.insert(to.params.end(), more.begin(), more.end());
}

/// Both hold. `sql` binds at least as closely as AND does.
inline void add_and(Clause& to, std::string_view sql, const std::vector<sql::Value>& params = {}) {
  if (!to.sql.empty()) to.sql += " AND ";
  to.sql += sql;
  append_params(to, params);
}
inline void add_and(Clause& to, const Clause& more) {
  if (!more.sql.empty()) add_and(to, more.sql, more.params);
}

/// One of them holds; the whole stands in brackets before anything is added by AND.
inline void add_or(Clause& to, const Clause& more) {
  if (!to.sql.empty()) to.sql += " OR ";
  to.sql += more.sql;
  append_params(to, more.params);
}

/// As a statement takes them; they look at `values`, which must outlive it.
inline std::vector<sql::Param> params_of(const std::vector<sql::Value>& values) { return {values.begin(), values.end()}; }

}  // namespace civitas::entities
