// Inside this room: YAML into declarations, one function a file kind.
#pragma once

#include <filesystem>

#include "entities/declaration.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

System load_system(const std::filesystem::path& folder, Mistakes& mistakes);

}  // namespace civitas::entities
