// Inside this room: batches of the trail, read and digested.
#pragma once

#include "audit/audit.hpp"

namespace civitas::audit {

/// Rows are sealed by position. SQLite has one writer, so its ids grow in order of commit. PostgreSQL's do not: there
/// the position is the transaction id, and only those below the oldest running one are settled.
std::string position_column(sql::Dialect dialect);

/// Batches of the first form were made before entries had marks, and hold all rows; those of the second hold the rows
/// that this product wrote.
enum class Form { all = 1, marked = 2 };

struct BatchDigest {
  std::string hash;
  std::int64_t count = 0;
  std::int64_t foreign = 0;        // rows without a valid mark: not digested
  std::int64_t first_foreign = 0;  // the id of one
};

/// Of the positions [from, to), after the batch with the digest `previous`.
Result<BatchDigest> digest_rows(sql::Connection& c, std::int64_t from, std::int64_t to, const std::string& previous,
                                const Signer& signer, Form form);

/// A row of audit_seal.
struct Seal {
  std::int64_t sequence = 0;  // 0: none yet
  std::int64_t from = 0, to = 0, count = 0;
  std::string hash, key_id, signature;
  Form form = Form::all;
};
/// What is signed of it.
std::string seal_message(const Seal& seal);
Result<Seal> last_seal(sql::Connection& c);
Result<std::vector<Seal>> all_seals(sql::Connection& c);

}  // namespace civitas::audit
