// Brings the database to the declared shape: plan, show, apply, verify. Only additions and declared renames are made;
// what disappeared from the declarations stays in the database and is reported. Applying twice does nothing.
#pragma once

#include <functional>
#include <string>
#include <string_view>
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

/// What another room keeps under the path of a record type ("town/district") gets its new one.
using PathChange = std::function<Status(sql::Transaction&, std::string_view from, std::string_view to)>;

/// The catalogue must outlive the plan. `rooms`: whoever keeps paths, told of each record type that moved (`was:`).
Result<MigrationPlan> plan_migration(const Catalog& catalog, sql::Connection& connection,
                                     const std::vector<PathChange>& rooms = {});
Status apply_migration(const MigrationPlan& plan, sql::Transaction& transaction);

}  // namespace civitas::entities
