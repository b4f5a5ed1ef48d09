// One-time codes for a telephone (NIST SP 800-63B 5.1.3, out of band): six digits, five minutes, five tries, used once.
// Neither the number nor the code is kept in clear. Whether a number is known here cannot be told from any answer.
#pragma once

#include <optional>
#include <string>

#include "identity/identity.hpp"

namespace civitas::identity {

class PhoneCodes {
 public:
  static constexpr int good_for_seconds = 300;
  static constexpr int most_tries = 5;

  PhoneCodes(const Identity& identity, const Clock& clock) : identity_(identity), clock_(clock) {}

  static Status create_tables(sql::Transaction& t);

  /// A mobile number of the mainland, without +86, blanks and hyphens; nothing for anything else.
  static std::optional<std::string> normal(std::string_view text);

  /// A new code, instead of one that was asked for before.
  Result<std::string> make(sql::Transaction& t, const std::string& phone) const;
  /// Counts a try, also in a transaction that then says no: it has to be committed. True once, for the right code.
  Result<bool> take(sql::Transaction& t, const std::string& phone, std::string_view code) const;

  /// The person who signs in with this number: the one who did so first. An account that only names the number among
  /// its data is somebody's claim and is not found here.
  Result<std::optional<std::int64_t>> person(sql::Connection& c, const std::string& phone) const;
  /// Whoever works for the city signs in with a password and a second factor, not with what rings in a pocket.
  static Result<bool> is_citizen(sql::Connection& c, std::int64_t person);
  Status remember(sql::Transaction& t, const std::string& phone, std::int64_t person) const;

 private:
  std::string digest_of(const std::string& phone, std::string_view code) const;
  const Identity& identity_;
  const Clock& clock_;
};

}  // namespace civitas::identity
