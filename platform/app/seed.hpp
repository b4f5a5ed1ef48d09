// What a fresh installation begins with: the administrators' roles and one administrator; with --demo the data and
// people of the city's demo/ folder, or without one of every system's.
#pragma once

#include "entities/store.hpp"
#include "exchange/exchange.hpp"
#include "jobs/jobs.hpp"
#include "sql/database.hpp"

namespace civitas::app {

/// One administrator with a one-time password, which is returned to be shown once.
Result<std::string> seed_administrator(sql::Database& database, entities::Store& store, const Clock& clock);

struct Seeding {
  sql::Database& database;
  entities::Store& store;
  const Clock& clock;
  exchange::Importer& importer;
  jobs::Jobs& jobs;
};

/// Reads demo/demo.yaml of the city's folder, or without one of each system: roles, people, and tables of records, which
/// are imported as anybody's are (a column `valid_from` says since when a record holds), in the order in which they refer
/// to each other. A row that is wrong is named.
Status seed_demo(Seeding seeding);

}  // namespace civitas::app
