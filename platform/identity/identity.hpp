// Signing in and knowing who asks: credentials, sessions, second factors, lock-out. People, departments and roles
// themselves are declared records (systems/identity); their tables are read here by name.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/id.hpp"
#include "base/json.hpp"
#include "crypto/field_cipher.hpp"
#include "identity/dimension.hpp"
#include "identity/principal.hpp"
#include "sql/database.hpp"

namespace civitas::identity {

struct SignIn {
  std::string account, password, totp;
  std::string address, agent;  // of the client, shown in the session list
};

struct SessionToken {
  std::string token;  // goes into the cookie; only its digest is stored
  std::int64_t person = 0;
};

struct IdentityOptions {
  int idle_minutes = 60;   // a session ends after so long without a request
  int longest_hours = 12;  // and after so long in any case
  int failures_before_lock = 5;
  int lock_minutes = 15;
  int one_time_hours = 24;  // how long a one-time password can be used
  Dimensions dimensions;    // of data scopes
};

class Identity {
 public:
  /// `cipher` seals the secrets of second factors at rest.
  Identity(sql::Database& database, const Clock& clock, IdGenerator& ids, const crypto::FieldCipher& cipher,
           IdentityOptions options = {});

  static Status create_tables(sql::Transaction& t);
  /// Seals what an older version stored in clear; run once at every start.
  Status seal_secrets();

  /// 401 `identity.sign_in.refused` (the same for an unknown account and a wrong password), 401 `identity.totp.needed`,
  /// 401 `identity.password.expired` for a one-time password whose time is over, 429 `identity.sign_in.locked`. Blocks:
  /// hashes the password before it writes.
  Result<SessionToken> sign_in(const SignIn& attempt);
  /// A new session for somebody who has proved who they are; nothing for a person who is disabled.
  Result<std::optional<SessionToken>> begin_session(sql::Transaction& t, std::int64_t person, std::string_view address,
                                                    std::string_view agent);
  void sign_out(std::string_view token);
  struct Caller {
    Principal who;               // anonymous when the token is unknown, ended or the person is disabled
    bool owes_password = false;  // signed in with a one-time password: may only choose a new one
  };
  Caller caller(std::string_view token) { return caller(token, Use::yes); }
  Principal who(std::string_view token) { return caller(token).who; }
  /// As `caller`, but no use of the session: whoever only listens does not keep it from ending.
  Caller look(std::string_view token) { return caller(token, Use::no); }

  /// Sets the password of a person; `must_change` asks for a new one at the next sign-in, which has to come before
  /// `until`.
  static Status set_password(sql::Transaction& t, const Clock& clock, std::int64_t person,
                             std::string_view password_hash, bool must_change,
                             std::optional<Instant> until = std::nullopt);
  Status change_password(const Principal& who, std::string_view old_password, std::string_view new_password);

  /// What an administrator reads to a person who lost theirs: a hash is ready, so that nothing is computed inside the
  /// writer.
  struct OneTimePassword {
    std::string text, hash;
    Instant until;
  };
  OneTimePassword make_one_time_password() const;
  /// Sets it, opens the lock and ends every session of the person.
  Status give(sql::Transaction& t, std::int64_t person, const OneTimePassword& password);

  struct Credential {
    bool must_change_password = false;
    bool totp = false;
  };
  Result<Credential> credential(std::int64_t person);

  struct TotpSetup {
    std::string secret, uri;
  };
  Result<TotpSetup> begin_totp(const Principal& who);
  Status confirm_totp(const Principal& who, std::string_view code);
  Status end_totp(const Principal& who, std::string_view code);

  /// {"items":[…]} of a person's sessions; `current` is the caller's token.
  Result<std::string> sessions(std::int64_t person, std::string_view current);
  Status end_session(std::int64_t person, std::string_view session_id);

  /// Reads roles and data scopes of a person. Used for sessions, and for jobs that act on someone's behalf.
  /// `now`: whoever stands in for the holder of a post does so on the days of absence.
  static Result<Principal> load_principal(sql::Connection& c, const Dimensions& dimensions, Instant now,
                                          std::int64_t person);
  /// The members of staff, not disabled, who hold a permission set such as "system.role", by themselves or by a post.
  static Result<std::vector<Principal>> staff_with(sql::Connection& c, const Dimensions& dimensions, Instant now,
                                                   std::string_view permission);
  /// A keyed digest of what is counted or looked up but not kept in clear, such as a telephone number.
  std::string pseudonym(std::string_view kind, std::string_view value) const {
    return cipher_.blind_index("identity", kind, value);
  }
  /// The same under every key of the installation, the current first: for looking up what an older key wrote.
  std::vector<std::string> pseudonyms(std::string_view kind, std::string_view value) const {
    return cipher_.blind_index_candidates("identity", kind, value);
  }
  /// Forgets cached principals after people, roles or departments changed.
  void forget() { generation_.fetch_add(1); }

 private:
  enum class Use { yes, no };
  Caller caller(std::string_view token, Use use);
  crypto::FieldPlace totp_place(std::int64_t person) const;
  Result<std::optional<std::string>> totp_secret(std::int64_t person, std::string_view stored) const;
  void forget_sessions(std::int64_t person);

  struct Cached {
    Principal principal;
    bool owes_password = false;
    std::string id;
    Instant created, seen;
    Instant read;  // when its principal was
    std::uint64_t generation = 0;
  };
  sql::Database& database_;
  const Clock& clock_;
  IdGenerator& ids_;
  const crypto::FieldCipher& cipher_;
  IdentityOptions options_;
  std::atomic<std::uint64_t> generation_{1};
  std::mutex mutex_;
  std::unordered_map<std::string, Cached> sessions_;
};

}  // namespace civitas::identity
