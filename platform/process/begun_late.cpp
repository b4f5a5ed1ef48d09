// A record type gets a process while it has records already: their cases begin when the program first knows of it.
#include "entities/reference.hpp"
#include "process/engine.hpp"

namespace civitas::process {

namespace {

// A definition is kept with the first case, so a type without one has no cases yet.
Result<std::vector<std::pair<std::int64_t, std::int64_t>>> records_without_case(sql::Connection& c,
                                                                               const entities::Entity& e) {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;  // id, who made it
  CIVITAS_TRY(const auto known, c.query_integer("SELECT 1 FROM process_definition WHERE entity=? LIMIT 1", {e.path()}));
  if (known) return out;
  CIVITAS_CHECK(c.query("SELECT id,created_by FROM " + e.table + " ORDER BY id", {}, [&](const sql::Row& row) {
    out.emplace_back(row.integer(0), row.integer(1));
    return sql::Continue::yes;
  }));
  return out;
}

}  // namespace

Result<int> Engine::begin_late(sql::Database& database, Instant now) {
  int begun = 0;
  for (const auto& system : store_.catalog().systems())
    for (const auto& e : system.entities) {
      if (!e.process) continue;
      std::vector<std::pair<std::int64_t, std::int64_t>> waiting;
      CIVITAS_CHECK(database.read([&](sql::Connection& c) -> Status {
        CIVITAS_TRY(waiting, records_without_case(c, e));
        return {};
      }));
      if (waiting.empty()) continue;
      CIVITAS_CHECK(database.write_now([&](sql::Transaction& t) -> Status {
        const entities::Context product{identity::system_principal("启用办理流程"), now, ""};
        for (const auto& [id, owner] : waiting) {
          CIVITAS_TRY(Json record, store_.get_unrestricted(t, e, id, "its case begins"));
          record.set("state", Json(e.process->initial));
          for (const std::string& table : {e.table, store_.storage(e).history_table()})
            if (e.history || table == e.table)
              CIVITAS_CHECK(t.execute("UPDATE " + table + " SET state=? WHERE id=?" +
                                          (table == e.table ? "" : " AND recorded_to IS NULL"),
                                      {e.process->initial, id}));
          entities::HookCall call = entities::HookCall::of(store_, t, product, e, id, record);
          CIVITAS_CHECK(begin(call));
          CIVITAS_CHECK(t.execute("UPDATE process_case SET owner=? WHERE record=?", {owner, id}));
        }
        return {};
      }));
      begun += static_cast<int>(waiting.size());
    }
  return begun;
}

}  // namespace civitas::process
