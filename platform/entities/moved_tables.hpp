// Inside this room: record types that have another path than before (`was: town/district`). Their tables get the
// new name with all that is in them, their numbering goes on, and the rooms that keep paths are told.
#pragma once

#include <map>
#include <set>
#include <string>

#include "entities/migration.hpp"

namespace civitas::entities {

/// The indexes of a table that were made from a declaration: an operator's own are named otherwise.
Result<std::set<std::string>> indexes_of(sql::Connection& c, const std::string& table);

class MovedTables {
 public:
  /// What gives the tables of a record type that moved their new names; none where it did not, or has already.
  /// `relations` are the names of all tables and indexes, and become those of after these steps.
  Result<std::vector<MigrationStep>> plan(sql::Connection& c, const Entity& entity, std::set<std::string>& relations,
                                          const std::vector<PathChange>& rooms);
  /// The name that a table has until the steps are done.
  const std::string& stored(const std::string& table) const {
    const auto found = before_.find(table);
    return found == before_.end() ? table : found->second;
  }

 private:
  std::map<std::string, std::string> before_;  // new name: old name
};

}  // namespace civitas::entities
