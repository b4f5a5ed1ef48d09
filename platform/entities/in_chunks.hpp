// Inside this room: one statement for many values, in lists of one length so that it is prepared once.
#pragma once

#include <string_view>
#include <vector>

#include "sql/connection.hpp"

namespace civitas::entities {

/// Calls `run(places, values)` with "?,?,…" and as many of the values, the last list filled up by repeating its last
/// value.
template <class Run>
Status in_chunks(const std::vector<sql::Param>& values, const Run& run) {
  static constexpr std::string_view places = "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?";
  constexpr std::size_t size = (places.size() + 1) / 2;
  std::vector<sql::Param> chunk;
  for (std::size_t from = 0; from < values.size(); from += size) {
    chunk.assign(values.begin() + static_cast<std::ptrdiff_t>(from),
                 values.begin() + static_cast<std::ptrdiff_t>(std::min(from + size, values.size())));
    chunk.resize(size, chunk.back());
    CIVITAS_CHECK(run(places, sql::Params(chunk)));
  }
  return {};
}

}  // namespace civitas::entities
