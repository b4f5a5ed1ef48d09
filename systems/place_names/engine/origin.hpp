// How far an index file knows the city's records: the last row of the history of divisions and of place names that was
// there when its data were read. What was written since is in the rows behind; another database has another row there.
#pragma once

#include <cstdint>

namespace civitas::place_names {

struct HistoryMark {
  std::int64_t row = 0;  // history_id, 0: none
  std::int64_t at = 0;   // recorded_from of that row, microseconds
  bool operator==(const HistoryMark&) const = default;
};

struct Origin {
  HistoryMark divisions, names;
  bool operator==(const Origin&) const = default;
};

}  // namespace civitas::place_names
