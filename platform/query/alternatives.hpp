// A condition as several whose union is the same, each of which an index can answer in the order of a list:
// `state IN ('a','b') AND division IN my_divisions()` becomes one for 'a' and one for 'b'.
#pragma once

#include <vector>

#include "query/typed.hpp"

namespace civitas::query {

/// At least one; at most `most`, else the condition itself alone. A record may fit several of them.
std::vector<Typed> alternatives(const Typed& condition, std::size_t most);

}  // namespace civitas::query
