// Inside this room: what shows that an entry was written by this product. Each carries a keyed digest of its fields and
// of a number that no other entry has; a row put into the table by other hands has none, or that of another row.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.hpp"

namespace civitas::audit {

/// at, who, who_name, address, action, object, detail, request: as text.
using MarkedFields = std::vector<std::string_view>;

/// The mark of a new entry of this process: "KEY:NUMBER:DIGEST"; "" when nobody marks (`mark_entries`).
std::string mark_of(const MarkedFields& fields);
bool is_marked(std::string_view mark, const MarkedFields& fields, const Signer& signer);

}  // namespace civitas::audit
