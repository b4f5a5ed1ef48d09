// The plain way to match names: SQLite's FTS5 with trigrams over the full names, best by bm25.
#pragma once

#include <vector>

#include "generate.hpp"

namespace civitas::bench {

/// Loads the entries into memory, runs a sample of the texts, prints accuracy and rate. It has no verdict:
/// whatever it finds first is taken.
void measure_peer(const std::vector<place_names::Entry>& entries, const std::vector<TestText>& tests,
                  std::size_t sample);

}  // namespace civitas::bench
