// Values encrypted at rest, one by one. The stored text is
//   cf1:<key id>:<base64url of nonce (12) + ciphertext + tag (16)>
// "cf1" is the version of this form; the cipher (SM4-GCM or AES-256-GCM) is that of the key. Header and place are
// authenticated: a value copied into another field or record does not open. Nonces are random, so a key must be
// rotated before it has sealed 2^32 values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/key_store.hpp"

namespace civitas::crypto {

/// Where a value lives: "person.id_number:4503599627370497".
struct FieldPlace {
  std::string entity;
  std::string field;
  std::string record_id;
  std::string text() const { return entity + "." + field + ":" + record_id; }
};

class FieldCipher {
 public:
  explicit FieldCipher(const KeyStore& keys) : keys_(keys) {}

  std::string seal(std::string_view plain, const FieldPlace& place) const;
  /// Fails with `crypto.field.not_sealed` (another form or version), `crypto.field.key_missing`,
  /// `crypto.field.tampered` (wrong place, changed text).
  Result<std::string> open(std::string_view sealed, const FieldPlace& place) const;

  static bool is_sealed(std::string_view text);
  /// True when a key that is no longer current sealed it: seal again in the background after a rotation.
  bool needs_reseal(std::string_view sealed) const;

  /// What stands in the indexed column beside a sealed value, so that equality can be searched: 16 bytes of HMAC over
  /// field and value under the blind-index key, as hexadecimal. Equal values show as equal; the caller brings the
  /// value to its normal form first.
  std::string blind_index(std::string_view entity, std::string_view field, std::string_view value) const;
  /// The same under every key, current first: search for any of them until all rows are indexed anew.
  std::vector<std::string> blind_index_candidates(std::string_view entity, std::string_view field,
                                                  std::string_view value) const;

 private:
  const KeyStore& keys_;
};

}  // namespace civitas::crypto
