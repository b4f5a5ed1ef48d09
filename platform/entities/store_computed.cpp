// Computed fields of records that were there before their rule.
#include "entities/columns.hpp"
#include "entities/store.hpp"

namespace civitas::entities {

Result<std::optional<std::int64_t>> Store::recompute(sql::Transaction& t, const Context& context, const Entity& e,
                                                     const std::vector<const Field*>& fields, std::int64_t after,
                                                     int most) {
  // Whoever writes one of them meanwhile waits, or is waited for.
  if (t.dialect() == sql::Dialect::postgres)
    CIVITAS_CHECK(t.query("SELECT id FROM " + e.table + " WHERE id>? ORDER BY id LIMIT ? FOR UPDATE", {after, most},
                          [](const sql::Row&) { return sql::Continue::yes; }));
  const Storage& s = storage(e);
  std::vector<Json> records;
  const sql::Param params[] = {after, most};
  CIVITAS_CHECK(s.query(t, s.select() + " WHERE t.id>? ORDER BY t.id LIMIT ?", params, Versions::latest, nullptr,
                        [&](const sql::Row& row) {
                          records.push_back(s.read_record(row, s.reading_all()));
                          return sql::Continue::yes;
                        }));
  std::optional<std::int64_t> last;
  for (Json& record : records) {
    last = reference_id(record["id"]).value_or(0);
    const Json before = record;
    CIVITAS_CHECK(values_.compute(t, context, e, record));
    for (const Field* f : fields) {
      const Json& value = record[f->name];
      if (same_value(*f, before[f->name], value)) continue;
      std::vector<sql::Value> cells;
      if (value.is_null())
        cells.emplace_back();
      else
        append_cells(*f, value, cells);
      CIVITAS_CHECK(t.defer("UPDATE " + e.table + " SET " + f->name + "=? WHERE id=?",
                            {sql::Param(cells.front()), sql::Param(*last)}));
    }
  }
  CIVITAS_CHECK(t.settle());
  return last;
}

}  // namespace civitas::entities
