#include "identity/attempt_limits.hpp"

#include <algorithm>

namespace civitas::identity {

namespace {

constexpr std::int64_t second = 1'000'000;

std::optional<std::int64_t> longer(std::optional<std::int64_t> a, std::int64_t ends, Instant now) {
  const std::int64_t wait = std::max<std::int64_t>(1, (ends - now.micros + second - 1) / second);
  return a ? std::max(*a, wait) : wait;
}

}  // namespace

Status create_attempt_tables(sql::Transaction& t) {
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS identity_attempt(name TEXT NOT NULL,period BIGINT NOT NULL,ends BIGINT NOT NULL,used "
      "BIGINT NOT NULL,PRIMARY KEY(name,period));"
      "CREATE INDEX IF NOT EXISTS identity_attempt_ends ON identity_attempt(ends)");
}

Result<std::optional<std::int64_t>> must_wait(sql::Connection& c, const Counted& who, Instant now) {
  std::optional<std::int64_t> wait;
  CIVITAS_CHECK(c.query("SELECT period,ends,used FROM identity_attempt WHERE name=? AND ends>?", {who.name, now.micros},
                        [&](const sql::Row& row) {
                          for (const auto& a : who.allowed)
                            if (a.seconds == row.integer(0) && row.integer(2) >= a.most)
                              wait = longer(wait, row.integer(1), now);
                          return sql::Continue::yes;
                        }));
  return wait;
}

Result<std::optional<std::int64_t>> count_attempt(sql::Transaction& t, const Counted& who, Instant now) {
  std::optional<std::int64_t> wait;
  for (const auto& a : who.allowed) {
    // One row a window: it begins again with the first attempt after its end.
    CIVITAS_TRY(
        const auto row,
        t.query_row("INSERT INTO identity_attempt(name,period,ends,used) VALUES(?,?,?,1) ON CONFLICT(name,period) "
                    "DO UPDATE SET used=CASE WHEN identity_attempt.ends<=? THEN 1 ELSE identity_attempt.used+1 END,"
                    "ends=CASE WHEN identity_attempt.ends<=? THEN excluded.ends ELSE identity_attempt.ends END "
                    "RETURNING used,ends",
                    {who.name, a.seconds, now.micros + a.seconds * second, now.micros, now.micros}));
    if (row && std::get<std::int64_t>((*row)[0]) > a.most) wait = longer(wait, std::get<std::int64_t>((*row)[1]), now);
  }
  CIVITAS_CHECK(t.execute("DELETE FROM identity_attempt WHERE ends<?", {now.micros - 60 * second}));
  return wait;
}

}  // namespace civitas::identity
