// The systems with C++ that this program was built with.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "plug/system.hpp"

namespace civitas::app {

struct InstalledSystem {
  std::string_view name;  // of its folder
  std::unique_ptr<plug::System> (*make)(plug::Parts parts);
};

/// The list is written by the build.
const std::vector<InstalledSystem>& installed_systems();

}  // namespace civitas::app
