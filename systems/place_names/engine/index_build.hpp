// Builds the matching index: one file, written beside its target and renamed, so that a running matcher keeps
// the old one until it opens the new.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "place_names/engine/entry.hpp"
#include "place_names/engine/origin.hpp"

namespace civitas::place_names {

enum class KnownNames : std::uint8_t { add, leave_out };

/// A customary part of a city that is no division and that addresses name in its stead: 汉口.
struct CityPart {
  std::string name;
  std::vector<std::string> divisions;  // codes of the counties in which it lies
};

/// As an index holds them: MatcherInfo::parts.
std::string parts_text(const std::vector<CityPart>& parts);

struct IndexOptions {
  /// Weights and thresholds (YAML map of numbers); empty for the built-in ones of data/matching.yaml.
  std::filesystem::path calibration;
  /// Short forms and old names that the engine brings along (history.hpp).
  KnownNames known_names = KnownNames::add;
  /// How far the entries know the city's records.
  Origin origin = {};
  std::vector<CityPart> parts = {};
};

struct IndexSummary {
  std::size_t entries = 0;
  std::size_t bytes = 0;
  double seconds = 0;
  /// Entries whose parent is not among the entries; hung under the nearest ancestor by code, or at the top.
  std::size_t without_parent = 0;
};

/// Entries in any order. Fails with `place_names.index.entry` (bad code, empty name, a code twice; the code
/// as field), `place_names.index.part`, `place_names.index.calibration`, or `base.file.*`.
Result<IndexSummary> build_index(std::vector<Entry> entries, const std::filesystem::path& file,
                                 const IndexOptions& options = {});

}  // namespace civitas::place_names
