#include "entities/list_statement.hpp"

namespace civitas::entities {

namespace {

void append(Clause& to, const Clause& more) {
  to.sql += more.sql;
  append_params(to, more.params);
}

}  // namespace

// The ids of the rows that fit any alternative: a union, in which a row that fits two of them stands once.
Clause ListStatement::ids_of_alternatives() const {
  Clause out;
  for (std::size_t i = 0; i < alternatives.size(); ++i) {
    Clause part = alternatives[i];
    add_and(part, where);
    out.sql += (i == 0 ? "SELECT id FROM (SELECT t.id FROM " : " UNION SELECT id FROM (SELECT t.id FROM ") + table +
               " t WHERE ";
    append(out, part);
    out.sql += order + " LIMIT ?) AS p" + std::to_string(i);
    out.params.emplace_back(limit);
  }
  return out;
}

Clause ListStatement::text() const {
  Clause out{"SELECT ", {}};
  append(out, columns);
  out.sql += " FROM ";
  if (alternatives.empty()) {
    out.sql += table + " t" + joins;
    if (!where.sql.empty()) {
      out.sql += " WHERE ";
      append(out, where);
    }
  } else {
    out.sql += "(";
    append(out, ids_of_alternatives());
    out.sql += ") AS u CROSS JOIN " + table + " t" + joins + " WHERE t.id=u.id";
  }
  out.sql += order + " LIMIT ?";
  out.params.emplace_back(limit);
  return out;
}

Clause ListStatement::count() const {
  Clause out{"SELECT count(*) FROM " + table + " t", {}};
  if (where.sql.empty()) return out;
  out.sql += " WHERE ";
  append(out, where);
  return out;
}

}  // namespace civitas::entities
