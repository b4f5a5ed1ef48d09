// Cases as those see them who began them: which they have, and what way each has come.
#include "process/engine.hpp"

namespace civitas::process {

Result<std::vector<Engine::Passage>> Engine::course(sql::Connection& c, std::int64_t record) {
  std::vector<Passage> out;
  CIVITAS_CHECK(c.query("SELECT at,to_state FROM process_trace WHERE record=? AND to_state<>'' ORDER BY id", {record},
                        [&](const sql::Row& row) {
                          out.push_back({Instant{row.integer(0)}, std::string(row.text(1))});
                          return sql::Continue::yes;
                        }));
  return out;
}

Result<std::vector<Engine::OwnCase>> Engine::cases_of(sql::Connection& c, std::int64_t person, std::int64_t before,
                                                      int limit) {
  std::vector<OwnCase> out;
  CIVITAS_CHECK(c.query(
      "SELECT entity,state,record,entered_at FROM process_case WHERE owner=? AND record<? ORDER BY record DESC LIMIT ?",
      {person, before, limit}, [&](const sql::Row& row) {
        out.push_back({std::string(row.text(0)), std::string(row.text(1)), row.integer(2), Instant{row.integer(3)}});
        return sql::Continue::yes;
      }));
  return out;
}

}  // namespace civitas::process
