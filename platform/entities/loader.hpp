// YAML into declarations, one function a file kind. Inside this room; others load a whole Catalog, but for the
// generator of typed records (plug/records), which reads one system alone.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "entities/city.hpp"
#include "entities/declaration.hpp"
#include "entities/overlay.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

/// One file of a system: its path inside the folder ("sign.yaml", "terms/sign_kind.yaml"), its text, and what the city
/// changes of it.
struct Source {
  std::string path;
  std::string text;
  std::optional<OverlayFile> overlay = std::nullopt;
};

System read_system(const std::string& name, const std::vector<Source>& sources, Mistakes& mistakes);
System load_system(const std::filesystem::path& folder, const City& city, Mistakes& mistakes);
/// Overlays of a city for systems that are not there are mistakes.
void check_overlays(const City& city, const std::vector<System>& systems, Mistakes& mistakes);

}  // namespace civitas::entities
