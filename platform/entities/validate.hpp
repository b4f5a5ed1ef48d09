// Checks what somebody typed against the declaration and brings it into its stored form (trimmed text, references as
// {"id": …}). Every wrong field is reported at once.
#pragma once

#include "entities/catalog.hpp"

namespace civitas::entities {

/// Checks one value; null passes (whether it is required is the record's business).
Status validate_value(const Catalog& catalog, const Entity& entity, const Field& field, Json& value);

/// Checks the members of `input`: no unknown ones, none that only the product sets (unless `may_set_read_only`).
enum class ReadOnly { refuse, accept };
Status validate_input(const Catalog& catalog, const Entity& entity, Json& input, ReadOnly read_only);

/// A problem of one row of a field of rows: its sentence names the row from 1, its field becomes the JSON pointer
/// "/rows/0/cell" (RFC 6901).
Problem in_row(const Field& rows, std::size_t index, Problem inner);

/// One problem out of several: the first one's sentence, all of them in `errors`.
Problem combine(std::vector<Problem> problems);

/// GB 11643: 17 digits, a real birth date and the check character.
bool is_citizen_id(std::string_view text);

/// A record reference as the wire has it: "123" or {"id":"123",…}.
std::optional<std::int64_t> reference_id(const Json& value);

}  // namespace civitas::entities
