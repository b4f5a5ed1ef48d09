// Who belongs to a department, for messages and tasks.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "identity/principal.hpp"
#include "sql/connection.hpp"

namespace civitas::identity {

/// The members of staff of a department, not disabled.
Result<std::vector<Principal>> staff_of_department(sql::Connection& c, std::int64_t department);

}  // namespace civitas::identity
