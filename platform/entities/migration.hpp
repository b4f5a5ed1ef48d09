// Brings the database to the declared shape: plan, show, apply, verify. Only additions and declared renames are made;
// what disappeared from the declarations stays in the database and is reported. Applying twice does nothing.
#pragma once

#include <string>
#include <vector>

#include "entities/catalog.hpp"
#include "sql/connection.hpp"

namespace civitas::entities {

struct MigrationStep {
  std::string statement;
  Text why;
};

struct MigrationPlan {
  std::vector<MigrationStep> steps;
  std::vector<Text> remarks;  // what is in the database and no longer declared
};

Result<MigrationPlan> plan_migration(const Catalog& catalog, sql::Connection& connection);
Status apply_migration(const MigrationPlan& plan, sql::Transaction& transaction);

}  // namespace civitas::entities
