#include "gateway/features.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "gateway/open_filter.hpp"
#include "gateway/openapi.hpp"
#include "gateway/raw_json.hpp"
#include "gateway/representation.hpp"
#include "geo/tile.hpp"
#include "query/parse.hpp"

namespace civitas::gateway {

using entities::Entity;
using entities::FieldType;
using http::Request;
using http::Response;
using http::RouteOptions;

namespace {

constexpr int features_per_tile = 5000;
constexpr std::int64_t extent_age_micros = 600'000'000;
constexpr std::string_view api_type = "application/vnd.oai.openapi+json;version=3.0";

Response answer(Result<Response> result, const Request& r) {
  if (!result) return http::problem_response(result.error(), r);
  tag_answer(r, *result);
  return std::move(*result);
}

// The address that was asked for, with some parameters set: `value` "" leaves one out.
std::string here_with(const Request& r, std::initializer_list<std::pair<std::string_view, std::string_view>> set) {
  std::string query;
  const auto add = [&](std::string_view name, std::string_view value) {
    query += (query.empty() ? "?" : "&") + http::percent_encode(name) + "=" + http::percent_encode(value);
  };
  for (const auto& [name, value] : r.query_parameters)
    if (std::none_of(set.begin(), set.end(), [&](const auto& one) { return one.first == name; })) add(name, value);
  for (const auto& [name, value] : set)
    if (!value.empty()) add(name, value);
  return r.site() + r.target.substr(0, r.target.find('?')) + query;
}

// The same in the other form.
Json alternate(const Request& r, Form form, std::string_view json_type) {
  const bool json = form == Form::json;
  return link(here_with(r, {{"f", json ? "html" : "json"}}), "alternate", json ? "text/html" : json_type,
              json ? "HTML" : "JSON");
}

std::string cut_id(std::string_view text) { return std::string(text.substr(0, 60)); }

// Under a name of before, 308 says where the collection is.
void redirect_former_names(http::Router& router, const entities::Catalog& catalog) {
  router.before([former = former_collections(catalog)](Request& r) -> std::optional<Response> {
    const std::string_view target = r.target;
    for (const std::string_view base : {"/ogc/collections/", "/ogc/tiles/"}) {
      if (!target.starts_with(base)) continue;
      const auto end = std::min(target.find_first_of("/?", base.size()), target.size());
      const auto found = former.find(target.substr(base.size(), end - base.size()));
      if (found == former.end()) break;
      Response out = http::text_response(308, "");
      out.set("Location", std::string(base) + found->second + std::string(target.substr(end)));
      return out;
    }
    return std::nullopt;
  });
}

}  // namespace

std::map<std::string, std::string, std::less<>> former_collections(const entities::Catalog& catalog) {
  std::map<std::string, std::string, std::less<>> out;
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities) {
      if (!e.open_features) continue;
      const std::string id = system.name + "." + e.name;
      out.emplace(e.name, id);
      if (e.was.empty()) continue;
      out.emplace(e.was.substr(e.was.find('/') + 1), id);
      out.emplace(replace_all(e.was, "/", "."), id);
    }
  return out;
}

Features::Features(sql::Database& database, const Clock& clock, entities::Store& store, OpenService& open,
                   std::string version)
    : database_(database), clock_(clock), store_(store), open_(open), version_(std::move(version)) {
  for (const auto& system : store.catalog().systems())
    for (const auto& e : system.entities) {
      if (!e.open_features) continue;
      Collection c;
      c.entity = &e;
      c.id = system.name + "." + e.name;
      const auto* place = store.storage(e).box_field();
      if (place && is_public(e, *place)) c.geometry = place;
      for (const auto& f : e.fields)
        if (is_public(e, f)) {
          c.properties.push_back(&f);
          c.queryables.names.push_back(f.name);
        }
      collections_.push_back(std::move(c));
    }
}

Result<const Collection*> Features::collection_of(const Request& r) const {
  const auto name = r.param("collection");
  for (const auto& c : collections_)
    if (c.id == name) return &c;
  return fail(problem(Kind::not_found, "gateway.ogc.collection", "没有要素集 " + cut_id(name) + "。",
                      "There is no collection " + cut_id(name) + "."));
}

std::optional<Features::Box> Features::extent(const Collection& c) {
  if (!c.geometry) return std::nullopt;
  const Instant now = clock_.now();
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = extents_.find(&c);
        known != extents_.end() && now.micros - known->second.at.micros < extent_age_micros)
      return known->second.box;
  }
  std::optional<Box> box;
  const Status done = database_.read([&](sql::Connection& db) -> Status {
    CIVITAS_TRY(const auto typed, store_.conditions().typed(*c.entity, c.entity->open_filter));
    CIVITAS_TRY(const auto open, store_.conditions().compile(typed, db.dialect(), entities::bindings_for({}, now)));
    const std::string n = "t." + c.geometry->name;
    const std::vector<sql::Param> params(open.clause.params.begin(), open.clause.params.end());
    return db.query("SELECT min(" + n + "_min_x),min(" + n + "_min_y),max(" + n + "_max_x),max(" + n + "_max_y) FROM " +
                        c.entity->table + " t WHERE " + open.clause.sql,
                    sql::Params(params), [&](const sql::Row& row) {
                      if (!row.is_null(0)) box = Box{row.real(0), row.real(1), row.real(2), row.real(3)};
                      return sql::Continue::no;
                    });
  });
  if (!done) return std::nullopt;
  const std::lock_guard lock(mutex_);
  extents_[&c] = {now, box};
  return box;
}

Result<Response> Features::items(Request& r, const Collection& c) {
  CIVITAS_TRY(const Form form, wanted_form(r));
  CIVITAS_TRY(ItemsQuery q, read_items_query(*c.entity, c.geometry, c.queryables, r));
  q.list.filter = within_open_rows(*c.entity, q.condition);
  std::string list;
  CIVITAS_CHECK(database_.read([&](sql::Connection& db) -> Status {
    list.clear();
    return store_.list(db, {identity::Principal{}, clock_.now(), r.id}, *c.entity, q.list, list);
  }));
  std::string_view records, next, total;
  each_member(list, [&](std::string_view key, std::string_view value) {
    if (key == "items") records = value;
    if (key == "next") next = value;
    if (key == "total") total = value;
  });
  const std::string here = r.site() + "/ogc/collections/" + c.id;
  std::string out;
  out.reserve(list.size() + list.size() / 4 + 1024);
  out += "{\"type\":\"FeatureCollection\",\"timeStamp\":\"" + format_instant(clock_.now());
  const std::size_t after_stamp = out.size();  // two answers that differ in it alone are the same to who has one
  out += "\",\"features\":[";
  int count = 0;
  each_element(records, [&](std::string_view record) {
    if (count++) out += ',';
    write_feature(out, store_.catalog(), c, record, q.crs, r.language());
  });
  out += "],\"numberReturned\":" + std::to_string(count);
  if (!total.empty()) {
    out += ",\"numberMatched\":";
    out += total;
  }
  Json links = Json::array();
  links.push(link(r.site() + r.target, "self", form == Form::json ? geojson : "text/html"));
  links.push(alternate(r, form, geojson));
  links.push(link(here, "collection", "application/json", in(r.language(), c.entity->title)));
  if (next.starts_with('"')) {
    const auto cursor = Json::parse(next);
    if (cursor)
      links.push(link(here_with(r, {{"after", cursor->as_string()}}), "next",
                      form == Form::json ? geojson : "text/html", "next"));
  }
  out += ",\"links\":" + links.dump() + "}";
  const std::string significant = (form == Form::json ? "json" : "html") + out.substr(after_stamp);
  Response response = represent(form, std::move(out), links, in(r.language(), c.entity->title), geojson);
  response.set("Content-Crs", "<" + std::string(uri_of(q.crs)) + ">");
  tag_answer(r, response, significant);
  return response;
}

Result<Response> Features::item(Request& r, const Collection& c) {
  CIVITAS_TRY(const Form form, wanted_form(r));
  CIVITAS_CHECK(only_parameters(r, {"crs", "datetime"}));
  CIVITAS_TRY(ItemsQuery q, read_items_query(*c.entity, c.geometry, c.queryables, r));
  const auto missing = problem(Kind::not_found, "entities.record.not_found", "没有找到这条记录，或未公开。",
                               "There is no such record, or it is not public.");
  const auto id = parse_integer(r.param("feature"));
  if (!id || *id <= 0) return fail(missing);
  CIVITAS_TRY(auto condition, query::parse_text("id = " + std::to_string(*id)));
  q.list.filter = within_open_rows(*c.entity, condition);
  q.list.limit = 1;
  std::string list;
  CIVITAS_CHECK(database_.read([&](sql::Connection& db) -> Status {
    list.clear();
    return store_.list(db, {identity::Principal{}, clock_.now(), r.id}, *c.entity, q.list, list);
  }));
  std::string_view record;
  each_element(raw_member(list, "items"), [&](std::string_view found) { record = found; });
  if (record.empty()) return fail(missing);
  const std::string collection = r.site() + "/ogc/collections/" + c.id;
  Json links = Json::array();
  links.push(link(r.site() + r.target, "self", form == Form::json ? geojson : "text/html"));
  links.push(alternate(r, form, geojson));
  links.push(link(collection, "collection", "application/json", in(r.language(), c.entity->title)));
  std::string out;
  write_feature(out, store_.catalog(), c, record, q.crs, r.language(), links.dump());
  Response response = represent(form, std::move(out), links, in(r.language(), c.entity->title), geojson);
  response.set("Content-Crs", "<" + std::string(uri_of(q.crs)) + ">");
  return response;
}

Result<Response> Features::tile(Request& r, const Collection& c) {
  CIVITAS_CHECK(only_parameters(r, {}));
  if (r.param("matrix") != "WebMercatorQuad" || !c.geometry)
    return fail(problem(Kind::not_found, "gateway.ogc.tiles", "只提供 WebMercatorQuad 切片。",
                        "There are tiles of WebMercatorQuad only."));
  CIVITAS_TRY(const geo::TileId id,
              geo::make_tile(parse_integer(r.param("z")).value_or(-1), parse_integer(r.param("x")).value_or(-1),
                             parse_integer(r.param("y")).value_or(-1)));
  geo::TileWriter writer(id);
  writer.layer(c.id);
  entities::ListQuery q;
  const geo::Box box = geo::tile_box(id, geo::TileOptions{}.buffer_share());
  q.box = {box.min_x, box.min_y, box.max_x, box.max_y};
  q.sort = "id";
  q.limit = features_per_tile;
  q.filter = c.entity->open_filter;
  CIVITAS_CHECK(database_.read([&](sql::Connection& db) -> Status {
    CIVITAS_CHECK(
        store_.each(db, {identity::Principal{}, clock_.now(), r.id}, *c.entity, q, [&](const Json& record) -> Status {
          const auto shape = geo::Geometry::from_geojson(record[c.geometry->name]);
          if (!shape) return {};
          std::vector<geo::TileAttribute> attributes{{"id", std::string_view(record["id"].as_string())}};
          for (const auto* f : c.properties) {
            const Json& v = record[f->name];
            if (v.is_string())
              attributes.push_back({f->name, std::string_view(v.as_string())});
            else if (v.is_integer())
              attributes.push_back({f->name, v.as_integer()});
            else if (f->type == FieldType::ref && v.is_object())
              attributes.push_back({f->name, std::string_view(v["title"].as_string())});
          }
          writer.add(*shape, parse_integer(record["id"].as_string()), attributes);
          return {};
        }));
    return {};
  }));
  Response out;
  out.body = writer.finish();
  out.status = out.body.empty() ? 204 : 200;
  out.set("Content-Type", "application/vnd.mapbox-vector-tile");
  return out;
}

void Features::add_routes(http::Router& router) {
  const auto open_route = [&](std::string_view path, std::function<Result<Response>(Request&, Form)> work) {
    router.add_simple(http::Method::get, path, RouteOptions("public: describes what is published"),
                      [work = std::move(work)](Request& r) {
                        return answer(
                            [&]() -> Result<Response> {
                              CIVITAS_CHECK(only_parameters(r, {}));
                              CIVITAS_TRY(const Form form, wanted_form(r));
                              return work(r, form);
                            }(),
                            r);
                      });
  };
  for (const auto& c : collections_) publish(c);
  redirect_former_names(router, store_.catalog());

  open_route("/ogc", [](Request& r, Form form) -> Result<Response> {
    const std::string base = r.site() + "/ogc";
    Json links = Json::array();
    links.push(link(base, "self", "application/json", "JSON"));
    links.push(alternate(r, form, "application/json"));
    links.push(link(base + "/api", "service-desc", api_type, "OpenAPI"));
    links.push(link(base + "/api?f=html", "service-doc", "text/html", "OpenAPI"));
    links.push(link(base + "/conformance", "conformance", "application/json", "Conformance"));
    links.push(link(base + "/conformance", "http://www.opengis.net/def/rel/ogc/1.0/conformance", "application/json",
                    "Conformance"));
    links.push(link(base + "/collections", "data", "application/json", "Collections"));
    links.push(link(base + "/collections?f=html", "data", "text/html", "Collections"));
    const bool en = r.language() == http::Language::en;
    const std::string title = en ? "Civitas open geographic data" : "政通开放地理数据";
    Json out = Json::object();
    out.set("title", title)
        .set("description", en ? "Features need an application key in the header X-Civitas-Key."
                               : "读取要素须在请求头 X-Civitas-Key 中提供应用密钥。")
        .set("links", links);
    return represent(form, out.dump(), links, title);
  });
  open_route("/ogc/conformance", [](Request& r, Form form) -> Result<Response> {
    Json out = Json::object();
    out.set("conformsTo", conformance());
    return represent(form, out.dump(), Json(Json::Array{link(r.site() + "/ogc", "up", "application/json")}),
                     "Conformance");
  });
  open_route("/ogc/api", [this](Request& r, Form form) -> Result<Response> {
    return represent(form, document(r.site()).dump(),
                     Json(Json::Array{link(r.site() + "/ogc", "up", "application/json")}), "OpenAPI", api_type);
  });
  open_route("/ogc/collections", [this](Request& r, Form form) -> Result<Response> {
    const std::string base = r.site();
    Json links = Json::array(), shown = Json::array(), list = Json::array();
    links.push(link(base + "/ogc/collections", "self", "application/json", "JSON"));
    links.push(alternate(r, form, "application/json"));
    shown = links;
    for (const auto& c : collections_) {
      list.push(describe(c, base, r.language()));
      shown.push(link(base + "/ogc/collections/" + c.id + "?f=html", "collection", "text/html",
                      in(r.language(), c.entity->title)));
    }
    Json out = Json::object();
    out.set("links", links)
        .set("collections", std::move(list))
        .set("crs", Json(Json::Array{Json(crs84_uri), Json(epsg4490_uri)}));
    return represent(form, out.dump(), shown, "Collections");
  });
  open_route("/ogc/collections/{collection}", [this](Request& r, Form form) -> Result<Response> {
    CIVITAS_TRY(const Collection* c, collection_of(r));
    Json out = describe(*c, r.site(), r.language()), links = out["links"];
    links.push(alternate(r, form, "application/json"));
    out.set("links", std::move(links));
    return represent(form, out.dump(), out["links"], in(r.language(), c->entity->title));
  });
  open_route("/ogc/collections/{collection}/queryables", [this](Request& r, Form form) -> Result<Response> {
    CIVITAS_TRY(const Collection* c, collection_of(r));
    const Json links(
        Json::Array{link(r.site() + "/ogc/collections/" + c->id, "collection", "application/json")});
    return represent(form, queryables(*c, r.site(), r.language()).dump(), links, "Queryables",
                     "application/schema+json");
  });

  using Work = Result<Response> (Features::*)(Request&, const Collection&);
  const auto keyed = [&](std::string_view path, Work work) {
    router.add_simple(
        http::Method::get, path, RouteOptions("application key granted ogc.<collection>"), [this, work](Request& r) {
          const auto c = collection_of(r);
          if (!c) return http::problem_response(c.error(), r);
          return open_.guard(r, (*c)->service(),
                             [&](Request& request, const Application&) { return (this->*work)(request, **c); });
        });
  };
  keyed("/ogc/collections/{collection}/items", &Features::items);
  keyed("/ogc/collections/{collection}/items/{feature}", &Features::item);
  keyed("/ogc/tiles/{collection}/{matrix}/{z}/{y}/{x}", &Features::tile);
}

}  // namespace civitas::gateway
