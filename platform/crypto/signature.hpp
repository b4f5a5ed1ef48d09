// Signatures for the head of the audit chain and for issued papers: SM2 with SM3 (GB/T 32918.2-2016, curve and default
// user id of GB/T 32918.5-2017) and Ed25519 (RFC 8032). Everything is raw, without DER:
//   SM2      private 32 bytes d, public 65 bytes 04||x||y, signature 64 bytes r||s
//   Ed25519  private 32 bytes seed, public 32 bytes, signature 64 bytes
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace civitas::crypto {

enum class SignatureAlgorithm { sm2, ed25519 };

/// The user id that enters every SM2 digest when the parties agreed on no other.
constexpr std::string_view sm2_default_user = "1234567812345678";

struct SigningKey {
  SignatureAlgorithm algorithm = SignatureAlgorithm::sm2;
  std::string private_key;
  std::string public_key;
};

SigningKey make_signing_key(SignatureAlgorithm algorithm = SignatureAlgorithm::sm2);

/// The key pair of a stored private key. Fails with `crypto.signature.bad_key` when it has the wrong length or, for
/// SM2, lies outside 1 … n-2.
Result<SigningKey> signing_key_from(SignatureAlgorithm algorithm, std::string_view private_key);

/// Fails with `crypto.signature.bad_key`.
Result<std::string> sign(const SigningKey& key, std::string_view message);

/// False for a wrong signature and as well for a malformed key or signature.
bool verify(SignatureAlgorithm algorithm, std::string_view public_key, std::string_view message,
            std::string_view signature);

}  // namespace civitas::crypto
