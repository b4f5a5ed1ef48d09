// Inside this room: what each key of a declaration is for, one line each, as the published JSON Schema shows it in
// editors. The keys themselves are those that the readers ask for (reader.hpp); a test finds one without a line here.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace civitas::entities {

/// Puts a `description` on every property of the schema of this definition ("entity", "system", …); returns the paths
/// of those that have none.
std::vector<std::string> describe_keys(Json& schema, const std::string& definition);

}  // namespace civitas::entities
