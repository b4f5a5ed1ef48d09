// Inside this room: the two drivers, and the problems that both report.
#pragma once

#include <memory>

#include "sql/database.hpp"

namespace civitas::sql {

Result<std::unique_ptr<Database>> open_sqlite(const DatabaseOptions& options);
Result<std::unique_ptr<Database>> open_postgres(const DatabaseOptions& options);

Problem unique_problem(std::string detail);
Problem reference_problem(std::string detail);
Problem storage_full_problem(std::string detail);
Problem unavailable_problem(std::string detail);
Problem timeout_problem(std::string detail);

}  // namespace civitas::sql
