// How often somebody who is not signed in may do something: counted by address, telephone or whatever names them, in
// windows that begin with the first attempt. Kept in the database, so that a restart gives nobody a fresh day; names
// are digests under a key of the installation, so that the table tells nobody's telephone or address.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "sql/connection.hpp"

namespace civitas::identity {

/// At most `most` times in so many seconds.
struct Allowance {
  std::int64_t seconds = 0;
  int most = 0;
};

/// One that is counted: who, and what they are allowed.
struct Counted {
  std::string name;  // "create.address:5f2a…"
  std::vector<Allowance> allowed;
};

Status create_attempt_tables(sql::Transaction& t);

/// The seconds until `who` may try again; nothing while they may. Counts nothing.
Result<std::optional<std::int64_t>> must_wait(sql::Connection& c, const Counted& who, Instant now);

/// Counts an attempt. The same answer as `must_wait`: several at once are told apart here, in the transaction.
Result<std::optional<std::int64_t>> count_attempt(sql::Transaction& t, const Counted& who, Instant now);

}  // namespace civitas::identity
