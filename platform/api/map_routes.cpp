// Vector tiles of any record type with a place, by the access rules of whoever asks. Tiles that everybody sees alike
// are kept.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "api/service.hpp"
#include "base/strings.hpp"
#include "crypto/digest.hpp"
#include "geo/overlay.hpp"
#include "geo/tile.hpp"

namespace civitas::api {

using entities::Context;
using entities::Entity;

namespace {

// What one tile can usefully show; beyond that the map is told to zoom in by thinning, lowest identifiers first.
constexpr int features_per_tile = 5000;

// Seen from afar a tile holds a whole city. What every record has of its own, such as a code, would be most of its bytes
// and nobody reads it there; values that many share cost little.
constexpr int all_columns_from = 12;
bool is_own_word(const entities::Field* field) {
  using entities::FieldType;
  return field && (field->type == FieldType::text || field->type == FieldType::long_text || field->type == FieldType::code);
}

// How large a record is on the ground, for maps to write the names of large things first: the diagonal of its box.
std::int64_t size_in_metres(const geo::Box& box) {
  const geo::Point low = geo::to_web_mercator({box.min_x, box.min_y}), high = geo::to_web_mercator({box.max_x, box.max_y});
  const double shrunk = std::cos(box.center().y * std::numbers::pi / 180);
  return std::llround(std::hypot(high.x - low.x, high.y - low.y) * shrunk);
}

// The codes that say how a record is drawn; nullptr where the type does not say.
const entities::TermList* symbols_of(const entities::Catalog& catalog, const Entity& e) {
  const entities::Field* field = e.list.symbol.empty() ? nullptr : e.field(e.list.symbol);
  return field ? catalog.terms_of(e, *field) : nullptr;
}

// Empty where the code has no symbol, or the caller may not read it.
std::string_view symbol_of(const entities::TermList* list, const Json& value) {
  const entities::TermCode* code = list && value.is_string() ? list->find(value.as_string()) : nullptr;
  return code ? std::string_view(code->symbol) : std::string_view();
}

Result<geo::TileId> tile_of(const Request& r) {
  std::string_view y = r.param("y");
  if (y.ends_with(".mvt")) y.remove_suffix(4);
  return geo::make_tile(parse_integer(r.param("z")).value_or(-1), parse_integer(r.param("x")).value_or(-1),
                        parse_integer(y).value_or(-1));
}

Result<std::optional<Date>> moment_of(const Request& r) {
  const auto day = r.query("as_of");
  if (!day) return std::optional<Date>();
  if (const auto read = parse_uncertain_date(*day)) return std::optional(read->earliest);
  return fail(invalid("api.parameter", "as_of 应为日期，如 1949-10-01 或 1949。",
                      "as_of must be a date such as 1949-10-01 or 1949.")
                  .with_field("as_of"));
}

// Kept tiles are shared, so only those are kept that show every row and all listed columns: they are alike for everybody
// who may ask for them, and one name per record type is enough to drop them when a place changes.
bool is_alike_for_all(const Entity& e, const Context& c, const entities::ReadPlan& plan) {
  const bool every_row = std::any_of(e.access.begin(), e.access.end(), [&](const auto& rule) {
    return rule.read == "TRUE" && rule.role != "owner" && c.who.has_role(e.system, rule.role);
  });
  const auto shown = [&](const std::string& name) {
    const auto* f = e.field(name);
    const auto at = f ? static_cast<std::size_t>(f - e.fields.data()) : 0;
    return !f || (!plan.groups.front().reading.hidden[at] && plan.groups.front().reading.in_clear[at]);
  };
  return every_row && plan.groups.size() == 1 && shown(e.title_field) &&
         (e.list.symbol.empty() || shown(e.list.symbol)) && std::all_of(e.list.columns.begin(), e.list.columns.end(), shown);
}

// An area lies in many tiles; its name is written once, in the tile that holds a point inside of it.
bool holds_label(const geo::Geometry& shape, const geo::Box& tile) {
  if (shape.type() != geo::GeometryType::polygon && shape.type() != geo::GeometryType::multi_polygon) return false;
  const auto inside = geo::point_on_surface(shape);
  return inside && inside->x >= tile.min_x && inside->x < tile.max_x && inside->y >= tile.min_y && inside->y < tile.max_y;
}

void add_feature(geo::TileWriter& writer, const geo::TileId& tile, const Entity& e, const std::string& place,
                 const entities::TermList* symbols, const Json& record) {
  const auto shape = geo::Geometry::from_geojson(record[place]);
  if (!shape) return;
  std::vector<geo::TileAttribute> attributes{{"id", std::string_view(record["id"].as_string())},
                                             {"title", std::string_view(record[e.title_field].as_string())}};
  for (const auto& column : e.list.columns) {
    if (tile.z < all_columns_from && is_own_word(e.field(column))) continue;
    const Json& v = record[column];
    if (v.is_string())
      attributes.push_back({column, std::string_view(v.as_string())});
    else if (v.is_integer())
      attributes.push_back({column, v.as_integer()});
    else if (v.is_object() && v["title"].is_string())
      attributes.push_back({column, std::string_view(v["title"].as_string())});
  }
  if (const auto symbol = symbol_of(symbols, record[e.list.symbol]); !symbol.empty())
    attributes.push_back({"symbol", symbol});
  if (const auto size = size_in_metres(shape->bounds()); size > 0) attributes.push_back({"size", size});
  if (holds_label(*shape, geo::tile_box(tile))) attributes.push_back({"labelled", std::int64_t{1}});
  writer.add(*shape, parse_integer(record["id"].as_string()), attributes);
}

Result<std::string> draw_tile(Parts& p, const Context& c, const Entity& e, const geo::TileId& tile, entities::ListQuery q) {
  const std::string& place = p.store.storage(e).box_field()->name;
  const entities::TermList* symbols = symbols_of(p.store.catalog(), e);
  geo::TileOptions options;
  if (tile.z < all_columns_from) options.simplify = 4;  // half a point of a tile drawn 512 points wide
  geo::TileWriter writer(tile, options);
  writer.layer(e.name);
  const geo::Box box = geo::tile_box(tile, geo::TileOptions{}.buffer_share());
  q.box = {box.min_x, box.min_y, box.max_x, box.max_y};
  q.sort = "id";
  q.limit = features_per_tile;
  CIVITAS_CHECK(p.database.read([&](sql::Connection& db) -> Status {
    CIVITAS_CHECK(p.store.each(db, c, e, q, [&](const Json& record) -> Status {
      add_feature(writer, tile, e, place, symbols, record);
      return {};
    }));
    return {};
  }));
  return writer.finish();
}

Response tile_response(const std::string& bytes) {
  Response out;
  out.status = bytes.empty() ? 204 : 200;
  out.body = bytes;
  out.set("Content-Type", "application/vnd.mapbox-vector-tile");
  out.set("Cache-Control", "private, no-cache");
  if (!bytes.empty()) out.set("ETag", "\"" + crypto::sha256_hex(bytes).substr(0, 32) + "\"");
  return out;
}

Result<Response> answer_tile(Parts& p, const Context& c, const Request& r) {
  CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
  const auto& storage = p.store.storage(*e);
  if (!storage.box_field())
    return fail(
        problem(Kind::not_found, "entities.map.none", "这种记录没有空间位置。", "This record type has no place."));
  CIVITAS_TRY(const geo::TileId tile, tile_of(r));
  CIVITAS_TRY(const auto plan, p.store.access().read(storage, c.who, c.now));
  CIVITAS_CHECK(only_parameters(r, {"filter", "filter-lang", "as_of", "stamp"}));
  entities::ListQuery q;
  CIVITAS_TRY(q.filter, filter_of(r));
  CIVITAS_TRY(q.as_of, moment_of(r));
  const bool keep = !q.as_of && q.filter.empty() && is_alike_for_all(*e, c, plan);
  const geo::TileKey key{e->path(), tile};
  geo::TileCache::Bytes bytes = keep ? p.tiles.find(key) : nullptr;
  if (!bytes) {
    auto render = p.tiles.begin(key);
    CIVITAS_TRY(std::string drawn, draw_tile(p, c, *e, tile, std::move(q)));
    bytes = std::make_shared<const std::string>(std::move(drawn));
    if (keep) render.store(bytes);
  }
  return tile_response(*bytes);
}

}  // namespace

void Service::add_map_routes(http::Router& router) {
  router.add_simple(http::Method::get, "/api/v1/{system}/{entity}/tiles/{z}/{x}/{y}",
                    http::RouteOptions("by the access rules of the record type"), [this](Request& r) {
                      auto answer = answer_tile(parts_, context(r), r);
                      return answer ? *std::move(answer) : http::problem_response(answer.error(), r);
                    });
}

}  // namespace civitas::api
