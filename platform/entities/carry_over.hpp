// Inside this room: what a field of rows or of several references held as JSON in a column of the record, before such
// fields had tables of their own, is brought there with its versions.
#pragma once

#include "entities/catalog.hpp"
#include "sql/connection.hpp"

namespace civitas::entities {

/// The tables of the field are there and empty. What no longer fits a column of the row is left out; so are references
/// of the latest version to records that are gone. The old column keeps what it has.
Status carry_over(const Catalog& catalog, const Entity& entity, const Field& field, const std::string& column,
                  sql::Transaction& t);

}  // namespace civitas::entities
