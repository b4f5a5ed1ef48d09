// Tables of a system's own, which no record type makes: SQL files in systems/NAME/tables, run once each in the order of
// their names (0001_messages.sql). One file serves both databases, or two do: 0001_messages.sqlite.sql and
// 0001_messages.postgres.sql. A file that has run is never changed; what is to be different comes as a new file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "entities/catalog.hpp"
#include "sql/database.hpp"

namespace civitas::plug {

struct TableScript {
  std::string system, name;  // name: without the folder and the ending, "0001_messages"
  std::string text;
};

/// The scripts of all systems that have not run in this database. Fails with `plug.tables.changed` when one that has run
/// differs now, and with `plug.tables.name` for a table that does not begin with the system's name.
Result<std::vector<TableScript>> plan_tables(const entities::Catalog& catalog, sql::Connection& connection);
/// Runs them; with the records' tables in one transaction.
Status apply_tables(const std::vector<TableScript>& scripts, sql::Transaction& transaction, Instant now);

}  // namespace civitas::plug
