#include "crypto/aead.hpp"

#include <botan/aead.h>
#include <botan/exceptn.h>

#include <stdexcept>

#include "crypto/bytes.hpp"

namespace civitas::crypto {

namespace {
std::unique_ptr<Botan::AEAD_Mode> prepared(CipherAlgorithm algorithm, Botan::Cipher_Dir direction, std::string_view key,
                                           std::string_view nonce, std::string_view associated_data) {
  if (key.size() != aead_key_size(algorithm) || nonce.size() != aead_nonce_size)
    throw std::invalid_argument("aead: wrong size of key or nonce");
  auto mode =
      Botan::AEAD_Mode::create_or_throw(algorithm == CipherAlgorithm::sm4_gcm ? "SM4/GCM" : "AES-256/GCM", direction);
  mode->set_key(bytes_of(key), key.size());
  mode->set_associated_data(bytes_of(associated_data), associated_data.size());
  mode->start(bytes_of(nonce), nonce.size());
  return mode;
}
}  // namespace

std::size_t aead_key_size(CipherAlgorithm algorithm) { return algorithm == CipherAlgorithm::sm4_gcm ? 16 : 32; }

std::string aead_seal(CipherAlgorithm algorithm, std::string_view key, std::string_view nonce,
                      std::string_view associated_data, std::string_view plain) {
  const auto mode = prepared(algorithm, Botan::ENCRYPTION, key, nonce, associated_data);
  Botan::secure_vector<std::uint8_t> buffer(plain.begin(), plain.end());
  mode->finish(buffer);
  return string_of(buffer);
}

std::optional<std::string> aead_open(CipherAlgorithm algorithm, std::string_view key, std::string_view nonce,
                                     std::string_view associated_data, std::string_view sealed) {
  if (sealed.size() < aead_tag_size) return std::nullopt;
  const auto mode = prepared(algorithm, Botan::DECRYPTION, key, nonce, associated_data);
  Botan::secure_vector<std::uint8_t> buffer(sealed.begin(), sealed.end());
  try {
    mode->finish(buffer);
  } catch (const Botan::Invalid_Authentication_Tag&) {
    return std::nullopt;
  }
  return string_of(buffer);
}

}  // namespace civitas::crypto
