// Weights and thresholds of the matcher as data. Private to the engine.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "place_names/engine/index_format.hpp"

namespace civitas::place_names {

/// Reads a YAML map with every weight of index_format::Calibration, or with an empty path the built-in values
/// (those of data/matching.yaml). Fails with `place_names.index.calibration`, naming the weight as field.
Result<index_format::Calibration> read_calibration(const std::filesystem::path& file);

}  // namespace civitas::place_names
