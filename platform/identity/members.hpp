// Who belongs to a department, for messages and tasks.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "identity/dimension.hpp"
#include "identity/principal.hpp"
#include "sql/connection.hpp"

namespace civitas::identity {

/// The members of staff of a department and those who fill a post of it on that day, not disabled.
Result<std::vector<Principal>> staff_of_department(sql::Connection& c, const Dimensions& dimensions, Instant now,
                                                   std::int64_t department);

}  // namespace civitas::identity
