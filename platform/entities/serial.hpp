// Running numbers that belong to no field, such as those of approvals within a year.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "sql/connection.hpp"

namespace civitas::entities {

/// The next number of a series, from 1. `series` begins with the system's name: "SYSTEM.approval:2026". A transaction that
/// is rolled back leaves no gap.
Result<std::int64_t> next_serial(sql::Transaction& t, std::string_view series);

}  // namespace civitas::entities
