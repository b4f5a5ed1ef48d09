// What a person says of a table before it is read: which sheet, which row is the head, which column goes to which field.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace civitas::exchange {

struct ImportChoice {
  std::string sheet;           // "": the only one that has rows
  std::uint64_t head_row = 0;  // from 1 as the office program counts; 0: the first row with content
  bool headless = false;       // there is no head: the first row is a record; `columns` say what is what
  /// Field ("name", of points "spot.longitude") and column: letters ("B"), of GeoJSON the property, or "#", the number
  /// of the row. When any are given, other columns are passed over; when none, every head must be known.
  std::vector<std::pair<std::string, std::string>> columns;
  Json values = Json::object();  // fields that are the same in every row, in the form of the REST interface

  bool names_columns() const { return !columns.empty(); }
};

/// {"sheet","head_row","columns":{field: column},"values":{field: value}}, all optional, head_row 0 where there is
/// no head; fails with
/// `exchange.import.choice`.
Result<ImportChoice> choice_of(const Json& json);
Json to_json(const ImportChoice& choice);

}  // namespace civitas::exchange
