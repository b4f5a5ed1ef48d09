// `civitas check`: all that a start would stumble over, told before it, and what is worth knowing besides.
#pragma once

#include <vector>

#include "app/configuration.hpp"

namespace civitas::app {

/// Loads the declarations and checks them, the hooks that they name, and the demonstration. Fails with
/// `entities.declaration`, a line a mistake; returns what is worth knowing and no mistake, as steps without a scenario.
/// The parts of the program are put together in a folder for the moment; no engine is started.
Result<std::vector<Text>> check_declarations(const Configuration& configuration);

}  // namespace civitas::app
