// Other names of divisions that the engine brings along (data/other_names.csv): short forms of provinces and
// cities, former counties of Wuhan. A city adds its own through the entries.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "place_names/engine/entry.hpp"

namespace civitas::place_names {

/// Adds the known other names to the entries with those codes; unknown codes are left out.
Status add_known_names(std::vector<Entry>& entries);

}  // namespace civitas::place_names
