// The data tables of this room as they are in data/, part of the program. For use inside the room only.
#pragma once

#include <string_view>

namespace civitas::text {

std::string_view characters_table();      // character, readings, level in the standard table
std::string_view words_table();           // word, reading
std::string_view place_readings_table();  // our readings of place names: word, reading, source
std::string_view shapes_table();          // character, Cangjie code, four corners, strokes
std::string_view alike_table();           // curated pairs of characters taken for one another
std::string_view generics_table();        // generic terms
std::string_view whole_names_table();     // names that end like a generic term and have none
std::string_view equivalents_table();     // code points that stand for an ordinary ideograph

/// Calls `row(columns)` for every line that is not empty and no comment ('#'); missing columns are empty.
template <std::size_t columns, class Row>
void each_row(std::string_view table, Row row) {
  for (std::size_t at = 0; at < table.size();) {
    std::size_t end = table.find('\n', at);
    if (end == std::string_view::npos) end = table.size();
    std::string_view line = table.substr(at, end - at);
    at = end + 1;
    if (line.empty() || line.front() == '#') continue;
    std::string_view fields[columns];
    for (std::size_t i = 0; i < columns; ++i) {
      const std::size_t tab = line.find('\t');
      fields[i] = line.substr(0, tab);
      if (tab == std::string_view::npos) break;
      line.remove_prefix(tab + 1);
    }
    row(fields);
  }
}

}  // namespace civitas::text
