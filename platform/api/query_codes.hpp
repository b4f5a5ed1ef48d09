// Query codes: whoever sends something without an account gets a code and follows the case by it. Only the digest of a
// code is kept, so that who reads the database cannot ask in the sender's name.
#pragma once

#include <optional>

#include "entities/store.hpp"

namespace civitas::api {

Status create_query_code_tables(sql::Transaction& t);

/// Whether a record that is created anonymously gets a code: its type is a service of the portal with `sign_in:
/// none`.
bool gives_query_code(const entities::Entity& e);

/// A new code for a record: 16 hexadecimal digits.
Result<std::string> give_query_code(sql::Transaction& t, const entities::Entity& e, std::int64_t record);

struct Coded {
  const entities::Entity* entity;
  std::int64_t id;
};
/// The record that a code was given for, also one of those that a record type kept itself before (`former_codes`).
/// 404 `portal.code.unknown`.
Result<Coded> find_by_query_code(sql::Connection& c, const entities::Store& store, std::string_view code);

}  // namespace civitas::api
