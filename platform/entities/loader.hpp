// Inside this room: YAML into declarations, one function a file kind.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "entities/declaration.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

/// One file of a system: its path inside the folder ("sign.yaml", "terms/sign_kind.yaml") and its text.
struct Source {
  std::string path;
  std::string text;
};

System read_system(const std::string& name, const std::vector<Source>& sources, Mistakes& mistakes);
System load_system(const std::filesystem::path& folder, Mistakes& mistakes);

}  // namespace civitas::entities
