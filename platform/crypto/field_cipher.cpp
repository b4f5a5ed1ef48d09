#include "crypto/field_cipher.hpp"

#include <optional>

#include "base/strings.hpp"
#include "crypto/aead.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace civitas::crypto {

namespace {

constexpr std::string_view version = "cf1:";
constexpr std::size_t blind_index_size = 16;

struct Parts {
  std::string_view header;  // with the last colon
  std::string_view key_id;
  std::string_view body;
};

std::optional<Parts> parts_of(std::string_view sealed) {
  if (!sealed.starts_with(version)) return std::nullopt;
  const auto colon = sealed.find(':', version.size());
  if (colon == sealed.npos || colon == version.size()) return std::nullopt;
  return Parts{sealed.substr(0, colon + 1), sealed.substr(version.size(), colon - version.size()),
               sealed.substr(colon + 1)};
}

CipherAlgorithm cipher_of(const Key& key) {
  return key.algorithm == KeyAlgorithm::sm4_gcm ? CipherAlgorithm::sm4_gcm : CipherAlgorithm::aes_256_gcm;
}

std::string index_under(const Key& key, std::string_view entity, std::string_view field, std::string_view value) {
  std::string input;
  input.append(entity).append(".").append(field).append(1, '\0').append(value);
  const auto algorithm = key.algorithm == KeyAlgorithm::hmac_sm3 ? DigestAlgorithm::sm3 : DigestAlgorithm::sha256;
  return to_hex(hmac(algorithm, key.secret, input).substr(0, blind_index_size));
}

Problem tampered() {
  return problem(Kind::internal, "crypto.field.tampered",
                 "加密字段无法通过完整性校验，内容可能被改动或移动过。请从备份恢复该记录并查看审计日志。",
                 "An encrypted field fails its integrity check: it was changed or moved. Restore the record from the "
                 "backup and look into the audit trail.");
}

}  // namespace

std::string FieldCipher::seal(std::string_view plain, const FieldPlace& place) const {
  const auto key = keys_.current(KeyPurpose::field);
  std::string out = std::string(version) + key->id + ":";
  const std::string nonce = random_bytes(aead_nonce_size);
  const std::string sealed = aead_seal(cipher_of(*key), key->secret, nonce, out + place.text(), plain);
  return out + to_base64url(nonce + sealed);
}

Result<std::string> FieldCipher::open(std::string_view sealed, const FieldPlace& place) const {
  const auto parts = parts_of(sealed);
  if (!parts)
    return fail(problem(Kind::internal, "crypto.field.not_sealed",
                        "该字段的内容不是本系统的加密格式，请联系管理员检查数据来源。",
                        "This field does not hold a value in our encrypted form; ask the administrator where it came "
                        "from."));
  const auto key = keys_.find(KeyPurpose::field, parts->key_id);
  if (!key)
    return fail(problem(Kind::internal, "crypto.field.key_missing", "缺少解密该字段所需的密钥，请从备份恢复密钥文件。",
                        "The key that sealed this field is missing; restore the key file from its backup.")
                    .with_detail("key " + std::string(parts->key_id)));
  const auto body = from_base64url(parts->body);
  if (!body || body->size() < aead_nonce_size + aead_tag_size) return fail(tampered().with_detail(place.text()));
  auto plain = aead_open(cipher_of(*key), key->secret, std::string_view(*body).substr(0, aead_nonce_size),
                         std::string(parts->header) + place.text(), std::string_view(*body).substr(aead_nonce_size));
  if (!plain) return fail(tampered().with_detail(place.text()));
  return *std::move(plain);
}

bool FieldCipher::is_sealed(std::string_view text) { return parts_of(text).has_value(); }

bool FieldCipher::needs_reseal(std::string_view sealed) const {
  const auto parts = parts_of(sealed);
  return !parts || parts->key_id != keys_.current(KeyPurpose::field)->id;
}

std::string FieldCipher::blind_index(std::string_view entity, std::string_view field, std::string_view value) const {
  return index_under(*keys_.current(KeyPurpose::blind_index), entity, field, value);
}

std::vector<std::string> FieldCipher::blind_index_candidates(std::string_view entity, std::string_view field,
                                                             std::string_view value) const {
  std::vector<std::string> out;
  for (const auto& key : keys_.all(KeyPurpose::blind_index)) out.push_back(index_under(*key, entity, field, value));
  return out;
}

}  // namespace civitas::crypto
