// Inside this room: what the files about steps share.
#pragma once

#include "entities/declaration.hpp"

namespace civitas::process {

/// 404: the record type has no process.
Problem not_a_case(const entities::Entity& e);
bool ends(const entities::State& s);

}  // namespace civitas::process
