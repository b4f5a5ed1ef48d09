// For rooms whose tables got a column later.
#pragma once

#include <string>

#include "sql/connection.hpp"

namespace civitas::sql {

/// Adds a column to a table that a former version of the program made without it. `type` is as in CREATE TABLE.
Status add_column(Connection& c, const std::string& table, const std::string& name, const std::string& type);

}  // namespace civitas::sql
