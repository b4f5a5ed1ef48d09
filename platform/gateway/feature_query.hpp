// The parameters of an OGC API – Features items request (Part 1 core, Part 2 CRS, Part 3 filtering) as a query of the
// store.
#pragma once

#include <optional>

#include "entities/store.hpp"
#include "http/message.hpp"
#include "query/ast.hpp"

namespace civitas::gateway {

/// Longitude first, or latitude first as the EPSG register has it. The numbers are the same: CGCS2000 and WGS 84 differ
/// by less than a survey's accuracy.
enum class Crs { crs84, epsg4490 };
inline constexpr std::string_view crs84_uri = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
inline constexpr std::string_view epsg4490_uri = "http://www.opengis.net/def/crs/EPSG/0/4490";
std::string_view uri_of(Crs crs);
std::optional<Crs> parse_crs(std::string_view uri);

struct ItemsQuery {
  entities::ListQuery list;              // without its filter
  std::optional<query::Expr> condition;  // filter, property parameters and bbox together
  Crs crs = Crs::crs84;
};

/// What a caller may ask by: public fields that conditions can name.
struct Queryables {
  std::vector<std::string> names;
  bool has(std::string_view name) const;
};
/// Fields of a type that `name=value` can compare.
bool is_simple(entities::FieldType type);

/// 400 `gateway.ogc.parameter` names the parameter that is unknown or wrong; a limit beyond 1000 is lowered.
Result<ItemsQuery> read_items_query(const entities::Entity& entity, const entities::Field* geometry,
                                    const Queryables& queryables, const http::Request& request);
/// Only these query parameters may be there.
Status only_parameters(const http::Request& request, std::initializer_list<std::string_view> known);

/// Positions of the geometries in a condition, from latitude/longitude to longitude/latitude.
void swap_axes(query::Expr& condition);
Json swapped(const Json& geometry);

}  // namespace civitas::gateway
