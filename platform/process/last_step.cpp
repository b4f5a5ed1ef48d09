#include "process/last_step.hpp"

namespace civitas::process {

Result<std::optional<TakenStep>> last_step(sql::Connection& c, std::int64_t record, std::string_view transition) {
  std::optional<TakenStep> out;
  CIVITAS_CHECK(c.query("SELECT who_name,at FROM process_trace WHERE record=? AND transition=? ORDER BY id DESC LIMIT 1",
                        {record, transition}, [&](const sql::Row& row) {
                          out = TakenStep{std::string(row.text(0)), Instant{row.integer(1)}};
                          return sql::Continue::no;
                        }));
  return out;
}

}  // namespace civitas::process
