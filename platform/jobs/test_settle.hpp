// For tests of what the outbox delivers: on PostgreSQL an event is settled when no older transaction runs in the whole
// cluster, and tests of other rooms run beside these.
#pragma once

#include <chrono>
#include <thread>

#include "sql/database.hpp"

namespace civitas::jobs {

inline void settle(sql::Database& database) {
  if (database.dialect() == sql::Dialect::sqlite) return;
  for (int i = 0; i < 6000; ++i) {
    bool open = false;
    (void)database.read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(const auto found,
                  c.query_integer("SELECT 1 FROM outbox_event WHERE "
                                  "position>=pg_snapshot_xmin(pg_current_snapshot())::text::bigint LIMIT 1"));
      open = found.has_value();
      return {};
    });
    if (!open) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace civitas::jobs
