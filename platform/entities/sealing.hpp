// Fields that are encrypted at rest (`sealed: true`, citizen_id, secret): what stands in their columns, and the digest
// beside it by which equal values are found (`find: exact`), under a key of its own (crypto/field_cipher.hpp).
#pragma once

#include "crypto/field_cipher.hpp"
#include "entities/storage.hpp"
#include "query/schema.hpp"
#include "sql/connection.hpp"

namespace civitas::entities {

/// The one form of a value in which equal ones are equal: X of a citizen number in capitals, a telephone number without
/// blanks and dashes.
std::string normal_form(FieldType type, std::string_view value);

/// How conditions look for the values of a sealed field.
class FieldSealing final : public query::Sealing {
 public:
  FieldSealing(const crypto::FieldCipher* cipher, std::string table, std::string field, FieldType type)
      : cipher_(cipher), table_(std::move(table)), field_(std::move(field)), type_(type) {}
  std::string normal(std::string_view value) const override { return normal_form(type_, value); }
  std::vector<std::string> digests(std::string_view value) const override;

 private:
  const crypto::FieldCipher* cipher_;
  std::string table_, field_;
  FieldType type_;
};

/// What somebody gave, for a trail that others read: sealed fields are masked.
Json for_trail(const Entity& entity, const Json& given);

/// Tokens of a text as words that are found without being read: digests of each, for the index of `q`.
std::string sealed_tokens(const crypto::FieldCipher& cipher, const std::string& table, const Field& field,
                          std::string_view text);

/// Encrypts what stands in clear in columns of fields that are sealed by now, in the table and in its history, and
/// gives digests to what has none (under the current key). How many rows it changed; doing it again changes none.
Result<std::int64_t> seal_stored(sql::Transaction& t, const Storage& storage, const crypto::FieldCipher& cipher);

/// The same for every record type that has such fields.
Status seal_all(sql::Transaction& t, const Catalog& catalog, const crypto::FieldCipher& cipher);

}  // namespace civitas::entities
