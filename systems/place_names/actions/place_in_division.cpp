#include "place_names/actions/place_in_division.hpp"

#include <cmath>

#include "geo/predicates.hpp"
#include "registers/records.hpp"

namespace civitas::place_names {

using registers::records::Division;

namespace {
// The boundaries on record are drawn to about 100 m; what is nearer than twice that may lie on either side.
constexpr double accuracy_m = 200;
}  // namespace

Result<std::optional<PlaceFinding>> compare_place(sql::Connection& db, entities::Store& store, std::int64_t division,
                                                  const geo::Geometry& place) {
  const auto& divisions = plug::declaration_of<Division>(store.catalog());
  const auto record = store.get_unrestricted(db, divisions, division, "the boundary of a division is public");
  if (!record)
    return record.error().kind == Kind::not_found ? Result<std::optional<PlaceFinding>>(std::nullopt)
                                                  : fail(record.error());
  const Division found(*record);
  if (found.boundary().is_null()) return std::nullopt;
  CIVITAS_TRY(const auto boundary, geo::Geometry::from_geojson(found.boundary()));
  if (geo::covers(boundary, place)) return std::nullopt;
  const std::string name(found.name());
  CIVITAS_TRY(const double metres, geo::distance(boundary, place));
  if (metres <= accuracy_m)
    return PlaceFinding{Severity::warn,
                        {"所绘位置有一部分在“" + name + "”之外，请核对位置和所在政区。",
                         "A part of the place lies outside of “" + name + "”; check the place and the division."}};
  const std::string km = std::to_string(std::max(1L, std::lround(metres / 1000)));
  return PlaceFinding{Severity::block,
                      {"所绘位置全部在“" + name + "”之外，相距约 " + km + " 千米。请重新标绘，或改选所在政区。",
                       "The place lies wholly outside of “" + name + "”, about " + km +
                           " km away. Draw it again or choose another division."}};
}

Json to_json(const PlaceFinding& finding) {
  Json out = Json::object();
  out.set("rule", Json("place_division")).set("title", Json(Text{"位置与政区不符", "Place and division differ"}));
  out.set("severity", Json(finding.severity == Severity::block ? "block" : "warn"))
      .set("message", Json(finding.message));
  return out;
}

}  // namespace civitas::place_names
