// Vector tiles of any record type with a place, by the access rules of whoever asks. Tiles that everybody sees alike
// are kept.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "api/service.hpp"
#include "base/strings.hpp"
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

// What the code of a record says of how it is drawn; empty where the type does not say, or the caller may not read it.
std::string_view symbol_of(const entities::TermList* list, const Json& value) {
  const entities::TermCode* code = list && value.is_string() ? list->find(value.as_string()) : nullptr;
  return code ? std::string_view(code->symbol) : std::string_view();
}

}  // namespace

void Service::add_map_routes(http::Router& router) {
  Parts& p = parts_;
  router.add_simple(
      http::Method::get, "/api/v1/{system}/{entity}/tiles/{z}/{x}/{y}",
      http::RouteOptions("by the access rules of the record type"), [this, &p](Request& r) {
        const auto answer = [&]() -> Result<Response> {
          const Context c = context(r);
          CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
          const auto& storage = p.store.storage(*e);
          if (!storage.box_field())
            return fail(problem(Kind::not_found, "entities.map.none", "这种记录没有空间位置。",
                                "This record type has no place."));
          std::string_view y = r.param("y");
          if (y.ends_with(".mvt")) y.remove_suffix(4);
          CIVITAS_TRY(const geo::TileId tile,
                      geo::make_tile(parse_integer(r.param("z")).value_or(-1), parse_integer(r.param("x")).value_or(-1),
                                     parse_integer(y).value_or(-1)));
          CIVITAS_TRY(const auto plan, p.store.access().read(storage, c.who, c.now));
          CIVITAS_CHECK(only_parameters(r, {"filter", "filter-lang", "as_of", "stamp"}));
          CIVITAS_TRY(const std::string filter, filter_of(r));
          // Kept tiles are shared, so only those are kept that show every row and all listed columns: they are alike
          // for everybody who may ask for them, and one name per record type is enough to drop them when a place
          // changes.
          const auto& rules = e->access;
          const bool every_row = std::any_of(rules.begin(), rules.end(), [&](const auto& rule) {
            return rule.read == "TRUE" && rule.role != "owner" && c.who.has_role(e->system, rule.role);
          });
          const auto shown = [&](const std::string& name) {
            const auto* f = e->field(name);
            const auto at = f ? static_cast<std::size_t>(f - e->fields.data()) : 0;
            return !f || (!plan.groups.front().reading.hidden[at] && plan.groups.front().reading.in_clear[at]);
          };
          std::optional<Date> as_of;
          if (const auto day = r.query("as_of")) {
            const auto read = parse_uncertain_date(*day);
            if (!read)
              return fail(invalid("api.parameter", "as_of 应为日期，如 1949-10-01 或 1949。",
                                  "as_of must be a date such as 1949-10-01 or 1949.")
                              .with_field("as_of"));
            as_of = read->earliest;
          }
          const entities::Field* drawn_by = e->list.symbol.empty() ? nullptr : e->field(e->list.symbol);
          const entities::TermList* symbols = drawn_by ? p.store.catalog().terms_of(*e, *drawn_by) : nullptr;
          const bool keep = !as_of && every_row && plan.groups.size() == 1 && filter.empty() && shown(e->title_field) &&
                            (!drawn_by || shown(e->list.symbol)) &&
                            std::all_of(e->list.columns.begin(), e->list.columns.end(), shown);
          const std::string layer = e->path();
          const geo::TileKey key{layer, tile};
          geo::TileCache::Bytes bytes = keep ? p.tiles.find(key) : nullptr;
          if (!bytes) {
            auto render = p.tiles.begin(key);
            geo::TileOptions options;
            if (tile.z < all_columns_from) options.simplify = 4;  // half a point of a tile drawn 512 points wide
            geo::TileWriter writer(tile, options);
            writer.layer(e->name);
            entities::ListQuery q;
            const geo::Box box = geo::tile_box(tile, geo::TileOptions{}.buffer_share());
            q.box = {box.min_x, box.min_y, box.max_x, box.max_y};
            q.sort = "id";
            q.limit = features_per_tile;
            q.filter = filter;
            q.as_of = as_of;
            CIVITAS_CHECK(p.database.read([&](sql::Connection& db) -> Status {
              CIVITAS_TRY(const auto next, p.store.each(db, c, *e, q, [&](const Json& record) -> Status {
                auto shape = geo::Geometry::from_geojson(record[storage.box_field()->name]);
                if (!shape) return {};
                std::vector<geo::TileAttribute> attributes{
                    {"id", std::string_view(record["id"].as_string())},
                    {"title", std::string_view(record[e->title_field].as_string())}};
                for (const auto& column : e->list.columns) {
                  if (tile.z < all_columns_from && is_own_word(e->field(column))) continue;
                  const Json& v = record[column];
                  if (v.is_string())
                    attributes.push_back({column, std::string_view(v.as_string())});
                  else if (v.is_integer())
                    attributes.push_back({column, v.as_integer()});
                  else if (v.is_object() && v["title"].is_string())
                    attributes.push_back({column, std::string_view(v["title"].as_string())});
                }
                if (const auto symbol = symbol_of(symbols, record[e->list.symbol]); !symbol.empty())
                  attributes.push_back({"symbol", symbol});
                if (const auto size = size_in_metres(shape->bounds()); size > 0) attributes.push_back({"size", size});
                // An area lies in many tiles; its name is written once, in the tile that holds a point inside of it.
                if (shape->type() == geo::GeometryType::polygon || shape->type() == geo::GeometryType::multi_polygon) {
                  const auto inside = geo::point_on_surface(*shape);
                  const geo::Box own = geo::tile_box(tile);
                  if (inside && inside->x >= own.min_x && inside->x < own.max_x && inside->y >= own.min_y &&
                      inside->y < own.max_y)
                    attributes.push_back({"labelled", std::int64_t{1}});
                }
                writer.add(*shape, parse_integer(record["id"].as_string()), attributes);
                return {};
              }));
              (void)next;
              return {};
            }));
            bytes = std::make_shared<const std::string>(writer.finish());
            if (keep) render.store(bytes);
          }
          Response out;
          out.status = bytes->empty() ? 204 : 200;
          out.body = *bytes;
          out.set("Content-Type", "application/vnd.mapbox-vector-tile");
          out.set("Cache-Control", "private, no-cache");
          return out;
        }();
        return answer ? *answer : http::problem_response(answer.error(), r);
      });
}

}  // namespace civitas::api
