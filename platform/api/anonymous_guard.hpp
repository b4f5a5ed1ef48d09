// What is asked of whoever creates something without being signed in: a puzzle, and patience. Counted by the client's
// address (of IPv6 its /64) and by every telephone number in what is sent.
#pragma once

#include <expected>

#include "api/portal_options.hpp"
#include "api/puzzle.hpp"
#include "entities/catalog.hpp"
#include "http/message.hpp"
#include "identity/identity.hpp"
#include "sql/database.hpp"

namespace civitas::api {

class AnonymousGuard {
 public:
  AnonymousGuard(sql::Database& database, const Clock& clock, identity::Identity& identity,
                 const AnonymousLimits& limits);

  static Status create_tables(sql::Transaction& t);

  struct Admission {
    std::optional<Solved> puzzle;
    std::vector<identity::Counted> counted;
  };
  struct Refusal {
    Problem problem;
    std::int64_t retry_after = 0;  // seconds; 0: not by waiting
  };

  Challenge puzzle() const { return puzzles_.make(); }
  /// Before the writer's turn: the puzzle is solved and no limit is reached. 400 `portal.puzzle.…`, 429
  /// `portal.limit.address`, `portal.limit.phone`.
  std::expected<Admission, Refusal> admit_creation(const http::Request& r, const entities::Entity& e, const Json& body);
  /// The same for a file, which costs no puzzle: it comes before the form it belongs to. 429 `portal.limit.address`.
  std::expected<Admission, Refusal> admit_upload(const http::Request& r);
  /// For a code sent to a telephone, and for wrong codes. 429 `portal.limit.address`, `portal.limit.phone`.
  std::expected<Admission, Refusal> admit_code(const http::Request& r, const std::string& phone);
  std::expected<Admission, Refusal> admit_confirmation(const http::Request& r);
  /// For whoever registers an account. 429 `portal.limit.address`.
  std::expected<Admission, Refusal> admit_registration(const http::Request& r);
  /// In the transaction that creates: uses the puzzle and counts, or fails as above.
  Status count(sql::Transaction& t, const Admission& admission) const;
  /// Counts what went wrong, whatever the limit: a transaction that refuses would take the count back.
  Status count_failure(sql::Transaction& t, const Admission& admission) const;

 private:
  std::expected<Admission, Refusal> within_limits(Admission admission) const;
  identity::Counted by_address(std::string_view what, const http::Request& r, int times = 1) const;
  sql::Database& database_;
  const Clock& clock_;
  identity::Identity& identity_;
  AnonymousLimits limits_;
  Puzzles puzzles_;
};

/// The answer to a refusal, with Retry-After where waiting helps.
http::Response refusal_response(const AnonymousGuard::Refusal& refusal, const http::Request& r);

}  // namespace civitas::api
