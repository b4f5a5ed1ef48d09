// The keys of this installation: one file `keys.json` (mode 0600) in the data directory, made at the first start.
// Each purpose has one current key and any number of old ones that still read what they wrote. Losing the file means
// losing every encrypted field: it belongs into the backup, kept apart from the data.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace civitas::crypto {

enum class KeyPurpose { field, audit, session, blind_index };
enum class KeyAlgorithm { sm4_gcm, aes_256_gcm, sm2, ed25519, hmac_sm3, hmac_sha256 };

std::string_view purpose_name(KeyPurpose purpose);
std::string_view algorithm_name(KeyAlgorithm algorithm);

/// A key; its secret is wiped from memory when the last holder lets go.
struct Key {
  std::string id;  // letters, digits and '-': "field-3f9a0c1d2b4e"
  KeyPurpose purpose = KeyPurpose::field;
  KeyAlgorithm algorithm = KeyAlgorithm::sm4_gcm;
  std::string secret;
  Instant created;

  Key() = default;
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key();
};
using KeyPtr = std::shared_ptr<const Key>;

/// What to do when there is no key file: `create` at the first start only; a start that already finds data passes
/// `refuse`, else fresh keys would hide that the old ones are gone.
enum class MissingKeys { create, refuse };

/// Safe to use from several threads; several processes may rotate (a lock file beside the keys orders them).
class KeyStore {
 public:
  /// Fails with `crypto.key_store.missing`, `crypto.key_store.exposed` (others than the owner may read or write the
  /// file), `crypto.key_store.damaged`.
  static Result<std::unique_ptr<KeyStore>> open(const std::filesystem::path& data_directory, const Clock& clock,
                                                MissingKeys when_missing);
  /// Fresh keys in memory only: for tests and tools.
  static std::unique_ptr<KeyStore> in_memory(const Clock& clock);

  KeyPtr current(KeyPurpose purpose) const;
  /// nullptr when unknown.
  KeyPtr find(KeyPurpose purpose, std::string_view id) const;
  /// Current key first, then the old ones, newest first.
  std::vector<KeyPtr> all(KeyPurpose purpose) const;

  /// Makes a new current key; the old ones stay for reading. Fails with `crypto.key_store.wrong_algorithm` when the
  /// algorithm does not serve the purpose.
  Result<KeyPtr> rotate(KeyPurpose purpose, KeyAlgorithm algorithm);
  /// With the algorithm of the current key.
  Result<KeyPtr> rotate(KeyPurpose purpose);
  /// Reads the file again, after another process has rotated.
  Status reload();

 private:
  KeyStore(std::filesystem::path file, const Clock& clock) : file_(std::move(file)), clock_(clock) {}
  Status save(const std::vector<KeyPtr>& keys) const;

  std::filesystem::path file_;  // empty: in memory
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<KeyPtr> keys_;  // in order of creation; the last of a purpose is current
};

/// The content of a key file. Fails with `crypto.key_store.damaged`.
Result<std::vector<KeyPtr>> parse_key_file(std::string_view text);

}  // namespace civitas::crypto
