// Authenticated encryption with associated data: SM4-GCM (RFC 8998, GB/T 32907-2016 block cipher) and AES-256-GCM
// (NIST SP 800-38D). The bare primitive; stored values go through FieldCipher, which chooses keys and nonces.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace civitas::crypto {

enum class CipherAlgorithm { sm4_gcm, aes_256_gcm };

constexpr std::size_t aead_nonce_size = 12;
constexpr std::size_t aead_tag_size = 16;

/// 16 bytes for SM4, 32 for AES-256.
std::size_t aead_key_size(CipherAlgorithm algorithm);

/// Ciphertext followed by the 16-byte tag. A nonce must never serve twice under one key. Throws when the key or
/// nonce has another size than declared: that is a bug of the caller.
std::string aead_seal(CipherAlgorithm algorithm, std::string_view key, std::string_view nonce,
                      std::string_view associated_data, std::string_view plain);
/// Nothing when the tag does not fit: wrong key, changed text or another place.
std::optional<std::string> aead_open(CipherAlgorithm algorithm, std::string_view key, std::string_view nonce,
                                     std::string_view associated_data, std::string_view sealed);

}  // namespace civitas::crypto
