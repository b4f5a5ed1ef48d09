// Which counties a road runs through beside the one it is recorded in, from the boundaries on record: addresses name the
// county of the house, not that of the road's record.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "geo/predicates.hpp"
#include "sql/database.hpp"

namespace civitas::place_names {

class CountyBoundaries {
 public:
  /// Reads the boundaries of all counties from the table of divisions.
  static Result<CountyBoundaries> read(sql::Connection& c, const std::string& divisions);
  /// Codes of the counties that the shape (GeoJSON) meets, without `own`; none for a shape that cannot be read.
  std::vector<std::string> crossed(std::string_view shape, std::string_view own) const;

 private:
  struct County {
    std::string code;
    geo::Prepared boundary;
  };
  std::vector<County> counties_;
};

}  // namespace civitas::place_names
