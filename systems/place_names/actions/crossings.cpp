#include "place_names/actions/crossings.hpp"

#include "base/json.hpp"

namespace civitas::place_names {

namespace {

Result<geo::Geometry> shape_of(std::string_view geojson) {
  CIVITAS_TRY(const Json json, Json::parse(geojson));
  return geo::Geometry::from_geojson(json);
}

}  // namespace

Result<CountyBoundaries> CountyBoundaries::read(sql::Connection& c, const std::string& divisions) {
  CountyBoundaries out;
  CIVITAS_CHECK(c.query("SELECT code,boundary FROM " + divisions + " WHERE level='county' AND boundary IS NOT NULL", {},
                        [&](const sql::Row& row) {
                          if (auto shape = shape_of(row.text(1)))
                            out.counties_.push_back({std::string(row.text(0)), geo::Prepared(std::move(*shape))});
                          return sql::Continue::yes;
                        }));
  return out;
}

std::vector<std::string> CountyBoundaries::crossed(std::string_view geojson, std::string_view own) const {
  std::vector<std::string> codes;
  const auto shape = shape_of(geojson);
  if (!shape) return codes;
  for (const auto& county : counties_)
    if (county.code != own && county.boundary.intersects(*shape)) codes.push_back(county.code);
  return codes;
}

}  // namespace civitas::place_names
