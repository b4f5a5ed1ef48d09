// Passwords: Argon2id hashes (RFC 9106) in the PHC string form, and the policy for new passwords.
// A password is the bytes that were typed; callers pass UTF-8. Hashing takes some 50 ms and 19 MiB on purpose: do it
// before entering the writer of the database.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace civitas::crypto {

/// The cost of one hash. The defaults are OWASP's minimum for Argon2id.
struct PasswordCost {
  std::size_t memory_kib = 19456;
  std::size_t passes = 2;
  std::size_t lanes = 1;
  bool operator==(const PasswordCost&) const = default;
};

/// "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>", 16 bytes of salt, 32 bytes of hash.
std::string hash_password(std::string_view password, const PasswordCost& cost = {});

struct PasswordCheck {
  bool matches = false;
  bool needs_rehash = false;  // matches, but was hashed at another cost: hash again and store
};

/// Compares in constant time. A stored text that is no Argon2id hash, or asks for more than 1 GiB, 64 passes or
/// 16 lanes, matches nothing and takes as long as an unknown account.
PasswordCheck verify_password(std::string_view password, std::string_view stored, const PasswordCost& cost = {});

/// The same work for an account that does not exist, so that the time of the answer does not tell.
void verify_dummy(std::string_view password, const PasswordCost& cost = {});

/// A new password must have at least 8 characters with letters and digits, or at least 12 of any kind; at most 128;
/// it must not contain the account name (either way round), be mostly repetition or a keyboard or counting sequence,
/// or be a common password with the usual decorations. Fails with `crypto.password.*`: encoding, too_short, too_long,
/// control, contains_account, repeated, sequence, common.
Status check_password_policy(std::string_view password, std::string_view account);

}  // namespace civitas::crypto
