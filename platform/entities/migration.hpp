// Brings the database to the declared shape: plan, show, apply, verify. Only additions and declared renames are made;
// what disappeared from the declarations stays in the database and is reported. Applying twice does nothing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "entities/catalog.hpp"
#include "sql/connection.hpp"

namespace civitas::entities {

struct MigrationStep {
  std::string statement;
  Text why;
  std::function<Status(sql::Transaction&)>
      work;  // where no statement can do it; the statement then names it as a comment
};

struct MigrationPlan {
  std::vector<MigrationStep> steps;
  std::vector<Text> remarks;  // what is in the database and no longer declared
};

/// The catalogue must outlive the plan.
Result<MigrationPlan> plan_migration(const Catalog& catalog, sql::Connection& connection);
Status apply_migration(const MigrationPlan& plan, sql::Transaction& transaction);

}  // namespace civitas::entities
