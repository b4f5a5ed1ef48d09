// Inside this room: what a message calls a record.
#pragma once

#include "entities/store.hpp"

namespace civitas::process {

Result<std::string> title_of(sql::Connection& c, const entities::Entity& e, std::int64_t id);

}  // namespace civitas::process
