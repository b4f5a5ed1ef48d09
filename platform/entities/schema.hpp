// The published form of declarations.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"

namespace civitas::entities {

/// The JSON Schema (draft 7) of every file of a system that `Catalog::load` reads, made by the readers themselves.
Json declarations_schema(std::vector<std::string>* undescribed = nullptr);

}  // namespace civitas::entities
