// A proof of work for whoever creates something without being signed in: it needs no outside service, troubles nobody
// who sends one form, and makes a thousand dear. A challenge is signed and kept nowhere; a solved one is used once.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"
#include "sql/connection.hpp"

namespace civitas::api {

struct Challenge {
  std::string text;
  int bits = 0;
  Instant expires_at;
};

/// A challenge that was solved and waits to be used.
struct Solved {
  std::string challenge;
  Instant expires_at;
};

class Puzzles {
 public:
  static constexpr std::int64_t good_for_seconds = 15 * 60;

  /// `bits`: how many leading zero bits the SHA-256 of "challenge:nonce" has; each doubles the work.
  Puzzles(const Clock& clock, int bits);

  static Status create_tables(sql::Transaction& t);

  Challenge make() const;
  /// `solution`: "challenge:nonce", the nonce 1 to 40 letters or digits. 400 `portal.puzzle.missing`,
  /// `portal.puzzle.malformed`, `portal.puzzle.unknown` (not ours, or of before a restart), `portal.puzzle.expired`,
  /// `portal.puzzle.wrong`.
  Result<Solved> check(std::string_view solution) const;
  /// 400 `portal.puzzle.used` when it was used before. Rolled back with what it was used for.
  static Status use(sql::Transaction& t, const Solved& solved, Instant now);

 private:
  std::string signature_of(std::string_view text) const;
  const Clock& clock_;
  int bits_;
  std::string key_;
};

}  // namespace civitas::api
