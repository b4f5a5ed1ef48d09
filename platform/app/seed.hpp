// What a fresh installation begins with: the administrators' roles and one administrator; with --demo the data and
// people of every system's demo/ folder.
#pragma once

#include "entities/store.hpp"
#include "sql/database.hpp"

namespace civitas::app {

/// One administrator with a one-time password, which is returned to be shown once.
Result<std::string> seed_administrator(sql::Database& database, entities::Store& store, const Clock& clock);

/// What the demonstration city is called: `city: {title}` in a system's demo/demo.yaml; empty without one.
Text demo_title(const entities::Catalog& catalog);

/// Reads demo/demo.yaml of each system: tables of records (CSV, columns named like fields) and people.
Status seed_demo(sql::Database& database, entities::Store& store, const Clock& clock);

/// Records of one entity from a CSV file whose header names fields; references are given by the code, title or account
/// of their target. `key` names the column that tells records already there. Returns the number created.
Result<std::int64_t> load_table(sql::Database& database, entities::Store& store, const Clock& clock,
                                const entities::Entity& entity, const std::filesystem::path& file,
                                const std::string& key);

}  // namespace civitas::app
