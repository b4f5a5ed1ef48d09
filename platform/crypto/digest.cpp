#include "crypto/digest.hpp"

#include <botan/hash.h>
#include <botan/mac.h>
#include <botan/mem_ops.h>

#include "base/strings.hpp"
#include "crypto/bytes.hpp"

namespace civitas::crypto {

namespace {
const char* botan_name(DigestAlgorithm algorithm) { return algorithm == DigestAlgorithm::sm3 ? "SM3" : "SHA-256"; }
}  // namespace

struct Digest::State {
  std::unique_ptr<Botan::HashFunction> hash;
};

Digest::Digest(DigestAlgorithm algorithm)
    : state_(std::make_unique<State>(State{Botan::HashFunction::create_or_throw(botan_name(algorithm))})) {}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

Digest& Digest::update(std::string_view bytes) {
  state_->hash->update(bytes_of(bytes), bytes.size());
  return *this;
}

std::string Digest::finish() { return string_of(state_->hash->final()); }
std::string Digest::finish_hex() { return to_hex(finish()); }

std::string digest(DigestAlgorithm algorithm, std::string_view bytes) {
  // One of each kept by the thread: to look one up costs more than to hash a short text.
  thread_local Digest sm3(DigestAlgorithm::sm3), sha256(DigestAlgorithm::sha256);
  return (algorithm == DigestAlgorithm::sm3 ? sm3 : sha256).update(bytes).finish();
}
std::string sha256(std::string_view bytes) { return digest(DigestAlgorithm::sha256, bytes); }
std::string sha256_hex(std::string_view bytes) { return to_hex(sha256(bytes)); }
std::string sm3(std::string_view bytes) { return digest(DigestAlgorithm::sm3, bytes); }
std::string sm3_hex(std::string_view bytes) { return to_hex(sm3(bytes)); }

std::string hmac(DigestAlgorithm algorithm, std::string_view key, std::string_view bytes) {
  auto mac = Botan::MessageAuthenticationCode::create_or_throw(std::string("HMAC(") + botan_name(algorithm) + ")");
  mac->set_key(bytes_of(key), key.size());
  mac->update(bytes_of(bytes), bytes.size());
  return string_of(mac->final());
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && Botan::constant_time_compare(bytes_of(a), bytes_of(b), a.size());
}

}  // namespace civitas::crypto
