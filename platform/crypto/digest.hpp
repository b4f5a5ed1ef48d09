// Digests and keyed digests: SHA-256 (FIPS 180-4), SM3 (GB/T 32905-2016) and HMAC (RFC 2104) over both.
// Digests are raw bytes (32 for both); the hex forms are lower case.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace civitas::crypto {

enum class DigestAlgorithm { sha256, sm3 };

/// A digest fed piece by piece, for files and streams.
class Digest {
 public:
  explicit Digest(DigestAlgorithm algorithm);
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  Digest& update(std::string_view bytes);
  /// The digest of everything since the last finish; the object is then empty and can be used again.
  std::string finish();
  std::string finish_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string digest(DigestAlgorithm algorithm, std::string_view bytes);
std::string sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);
std::string sm3(std::string_view bytes);
std::string sm3_hex(std::string_view bytes);

/// A key of any length, also empty; keys shorter than 16 bytes protect little.
std::string hmac(DigestAlgorithm algorithm, std::string_view key, std::string_view bytes);

/// Compares in a time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace civitas::crypto
