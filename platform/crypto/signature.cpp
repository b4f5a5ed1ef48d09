#include "crypto/signature.hpp"

#include <botan/ed25519.h>
#include <botan/pubkey.h>
#include <botan/sm2.h>
#include <botan/system_rng.h>

#include "crypto/bytes.hpp"
#include "crypto/random.hpp"

namespace civitas::crypto {

namespace {

constexpr std::size_t private_size = 32;
constexpr std::size_t signature_size = 64;
constexpr std::size_t sm2_public_size = 65;
constexpr std::size_t ed25519_public_size = 32;

const Botan::EC_Group& sm2_group() {
  static const Botan::EC_Group group("sm2p256v1");
  return group;
}

std::string parameters_of(SignatureAlgorithm algorithm) {
  return algorithm == SignatureAlgorithm::sm2 ? std::string(sm2_default_user) + ",SM3" : "";
}

std::unique_ptr<Botan::Private_Key> load_private(SignatureAlgorithm algorithm, std::string_view bytes) {
  if (bytes.size() != private_size) return nullptr;
  if (algorithm == SignatureAlgorithm::ed25519)
    return std::make_unique<Botan::Ed25519_PrivateKey>(Botan::secure_vector<std::uint8_t>(bytes.begin(), bytes.end()));
  const Botan::BigInt d(bytes_of(bytes), bytes.size());
  if (d.is_zero() || d > sm2_group().get_order() - 2) return nullptr;
  return std::make_unique<Botan::SM2_PrivateKey>(Botan::system_rng(), sm2_group(), d);
}

std::unique_ptr<Botan::Public_Key> load_public(SignatureAlgorithm algorithm, std::string_view bytes) {
  if (algorithm == SignatureAlgorithm::ed25519) {
    if (bytes.size() != ed25519_public_size) return nullptr;
    return std::make_unique<Botan::Ed25519_PublicKey>(bytes_of(bytes), bytes.size());
  }
  if (bytes.size() != sm2_public_size || bytes[0] != '\x04') return nullptr;
  const auto point = sm2_group().OS2ECP(bytes_of(bytes), bytes.size());
  if (point.is_zero() || !point.on_the_curve()) return nullptr;
  return std::make_unique<Botan::SM2_PublicKey>(sm2_group(), point);
}

std::string public_bytes(SignatureAlgorithm algorithm, const Botan::Private_Key& key) {
  if (algorithm == SignatureAlgorithm::ed25519)
    return string_of(dynamic_cast<const Botan::Ed25519_PublicKey&>(key).get_public_key());
  return string_of(dynamic_cast<const Botan::EC_PublicKey&>(key).public_point().encode(Botan::PointGFp::UNCOMPRESSED));
}

Problem bad_key() {
  return problem(Kind::internal, "crypto.signature.bad_key", "签名密钥已损坏或格式不符，请从备份恢复密钥文件。",
                 "The signing key is damaged or has the wrong form; restore the key file from its backup.");
}

}  // namespace

SigningKey make_signing_key(SignatureAlgorithm algorithm) {
  for (;;)
    if (auto key = signing_key_from(algorithm, random_bytes(private_size))) return *std::move(key);
}

Result<SigningKey> signing_key_from(SignatureAlgorithm algorithm, std::string_view private_key) {
  const auto key = load_private(algorithm, private_key);
  if (!key) return fail(bad_key());
  return SigningKey{algorithm, std::string(private_key), public_bytes(algorithm, *key)};
}

Result<std::string> sign(const SigningKey& key, std::string_view message) {
  const auto loaded = load_private(key.algorithm, key.private_key);
  if (!loaded) return fail(bad_key());
  Botan::PK_Signer signer(*loaded, Botan::system_rng(), parameters_of(key.algorithm));
  return string_of(signer.sign_message(bytes_of(message), message.size(), Botan::system_rng()));
}

bool verify(SignatureAlgorithm algorithm, std::string_view public_key, std::string_view message,
            std::string_view signature) {
  if (signature.size() != signature_size) return false;
  try {
    const auto key = load_public(algorithm, public_key);
    if (!key) return false;
    Botan::PK_Verifier verifier(*key, parameters_of(algorithm));
    return verifier.verify_message(bytes_of(message), message.size(), bytes_of(signature), signature.size());
  } catch (const Botan::Exception&) {
    return false;  // a point off the curve, or an encoding that is none
  }
}

}  // namespace civitas::crypto
