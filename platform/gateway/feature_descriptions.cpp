// What the OGC interface says of itself: conformance, collections, queryables, its OpenAPI document and the entries of
// the city's.
#include "gateway/features.hpp"
#include "gateway/openapi.hpp"
#include "gateway/representation.hpp"

namespace civitas::gateway {

using entities::FieldType;

namespace {

const char* geometry_format(FieldType type) {
  switch (type) {
    case FieldType::point: return "geometry-point";
    case FieldType::line: return "geometry-linestring-or-multilinestring";
    case FieldType::polygon: return "geometry-polygon-or-multipolygon";
    default: return "geometry-any";
  }
}

}  // namespace

Json Features::conformance() {
  Json out = Json::array();
  const auto add = [&](std::string_view standard, std::initializer_list<std::string_view> classes) {
    for (const auto c : classes)
      out.push(Json("http://www.opengis.net/spec/" + std::string(standard) + "/conf/" + std::string(c)));
  };
  add("ogcapi-features-1/1.0", {"core", "oas30", "geojson", "html"});
  add("ogcapi-features-2/1.0", {"crs"});
  add("ogcapi-features-3/1.0", {"queryables", "queryables-query-parameters", "filter", "features-filter"});
  add("cql2/1.0",
      {"cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
       "accent-insensitive-comparison", "basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions",
       "temporal-functions", "array-functions", "property-property", "arithmetic"});
  return out;
}

Json Features::describe(const Collection& c, const std::string& base, http::Language language) {
  const std::string here = base + "/ogc/collections/" + c.id;
  Json out = Json::object();
  out.set("id", c.id).set("title", in(language, c.entity->title)).set("itemType", "feature");
  Json spatial = Json::object();
  if (const auto box = extent(c)) {
    Json b = Json::array();
    for (double edge : *box) b.push(Json(edge));
    spatial.set("bbox", Json(Json::Array{std::move(b)})).set("crs", crs84_uri);
  } else {
    spatial.set("bbox", Json(Json::Array{Json(Json::Array{Json(-180), Json(-90), Json(180), Json(90)})}))
        .set("crs", crs84_uri);
  }
  Json all = Json::object();
  all.set("spatial", std::move(spatial));
  if (c.entity->history)
    all.set("temporal", Json(Json::Object{{"interval", Json(Json::Array{Json(Json::Array{Json(), Json()})})}}));
  out.set("extent", std::move(all));
  out.set("crs", Json(Json::Array{Json(crs84_uri), Json(epsg4490_uri)})).set("storageCrs", epsg4490_uri);
  Json links = Json::array();
  links.push(link(here, "self", "application/json", in(language, c.entity->title)));
  links.push(link(here + "/items", "items", geojson, "GeoJSON"));
  links.push(link(here + "/items?f=html", "items", "text/html", "HTML"));
  links.push(link(here + "/queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables", "application/schema+json",
                  "Queryables"));
  if (c.geometry) {
    Json tiles = link(base + "/ogc/tiles/" + c.id + "/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}",
                      "item", "application/vnd.mapbox-vector-tile", "Vector tiles");
    tiles.set("templated", true);
    links.push(std::move(tiles));
  }
  out.set("links", std::move(links));
  return out;
}

Json Features::queryables(const Collection& c, const std::string& base, http::Language language) const {
  Json properties = Json::object();
  for (const auto* f : c.properties) {
    Json p;
    if (entities::is_spatial(f->type)) {
      p = Json(Json::Object{{"title", in(language, f->title)}, {"format", geometry_format(f->type)}});
      if (f == c.geometry) p.set("x-ogc-role", "primary-geometry");
    } else {
      if (!is_simple(f->type) || f->sealed) continue;
      p = field_schema(&store_.catalog(), *c.entity, *f, Direction::write);
      p.set("title", in(language, f->title));
    }
    properties.set(f->name, std::move(p));
  }
  Json out = Json::object();
  out.set("$schema", "https://json-schema.org/draft/2020-12/schema")
      .set("$id", base + "/ogc/collections/" + c.id + "/queryables");
  out.set("type", "object")
      .set("title", in(language, c.entity->title))
      .set("properties", std::move(properties))
      .set("additionalProperties", false);
  return out;
}

void Features::publish(const Collection& c) {
  const std::string path = "/ogc/collections/" + c.id + "/items";
  Interface i;
  i.name = c.service();
  i.title = {c.entity->title.zh + "要素服务", c.entity->title.en + ": features"};
  i.description = {"OGC API – Features 要素集，GeoJSON；支持 CQL2 条件、CRS84 和 EPSG:4490。",
                   "A collection of OGC API – Features in GeoJSON; CQL2 filters, CRS84 and EPSG:4490."};
  i.path = path;
  i.media_type = geojson;
  const auto text = [](const char* name, const char* zh, const char* en) {
    return Parameter{name, {zh, en}, false, false, {}};
  };
  const auto words = [](std::vector<std::string_view> values) {
    Json list = Json::array();
    for (const auto v : values) list.push(Json(v));
    return Json(Json::Object{{"type", "string"}, {"enum", std::move(list)}});
  };
  Json limit(Json::Object{{"type", "integer"}, {"minimum", 1}, {"maximum", largest_page}, {"default", 10}});
  i.parameters = {
      {"limit", {"每页条数，最多 1000", "features of a page, at most 1000"}, false, false, std::move(limit)},
      text("bbox", "范围，坐标顺序依 bbox-crs", "a box, axes in the order of bbox-crs"),
      text("datetime", "某日的情况；区间取其终点", "as the world was on a day; of an interval, at its end"),
      {"crs",
       {"结果的坐标参照系", "coordinate reference system of the answer"},
       false,
       false,
       words({crs84_uri, epsg4490_uri})},
      {"bbox-crs",
       {"bbox 的坐标参照系", "coordinate reference system of bbox"},
       false,
       false,
       words({crs84_uri, epsg4490_uri})},
      text("filter", "CQL2 条件", "a condition in CQL2"),
      {"filter-lang",
       {"条件的写法", "encoding of the filter"},
       false,
       false,
       words({"cql2-text", "cql2-json", "cql-text"})},
      {"filter-crs",
       {"条件中坐标的参照系", "coordinate reference system of the filter"},
       false,
       false,
       words({crs84_uri, epsg4490_uri})},
      text("after", "翻页位置，取自 next 链接", "page position, from the link `next`"),
      {"total",
       {"true 时给出 numberMatched", "true: also numberMatched"},
       false,
       false,
       Json(Json::Object{{"type", "boolean"}})}};
  for (const auto* f : c.properties)
    if (is_simple(f->type) && !f->sealed)
      i.parameters.push_back({f->name, f->title, false, false, field_schema(nullptr, *c.entity, *f, Direction::write)});
  open_.describe(i);
  Interface one = i;
  one.title = {c.entity->title.zh + "单个要素", c.entity->title.en + ": one feature"};
  one.path = path + "/{feature}";
  one.parameters = {
      {"feature", {"要素标识", "identifier of the feature"}, true, true, {}}, i.parameters[3], i.parameters[2]};
  open_.describe(std::move(one));
  if (!c.geometry) return;
  Interface tile;
  tile.name = c.service();
  tile.title = {c.entity->title.zh + "矢量切片", c.entity->title.en + ": vector tiles"};
  tile.description = {"Mapbox 矢量切片，WebMercatorQuad。", "Mapbox vector tiles in WebMercatorQuad."};
  tile.path = "/ogc/tiles/" + c.id + "/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}";
  tile.media_type = "application/vnd.mapbox-vector-tile";
  const Json number(Json::Object{{"type", "integer"}, {"minimum", 0}});
  tile.parameters = {{"tileMatrix", {"级别", "zoom"}, true, true, number},
                     {"tileRow", {"行，自北向南", "row, from the north"}, true, true, number},
                     {"tileCol", {"列", "column"}, true, true, number}};
  tile.response = Json(Json::Object{{"type", "string"}, {"format", "binary"}});
  open_.describe(std::move(tile));
}

// OpenAPI 3.0, as Part 1 asks for and its clients read: paths from the landing page on.
Json Features::document(const std::string& base) const {
  std::vector<Interface> own;
  const auto fixed = [&](const char* path, const char* zh, const char* en) {
    Interface i;
    i.name = "ogc";
    i.title = {zh, en};
    i.path = path;
    own.push_back(std::move(i));
  };
  fixed("/", "首页", "Landing page");
  fixed("/conformance", "符合性", "Conformance");
  fixed("/collections", "要素集列表", "Collections");
  for (const auto& c : collections_) {
    fixed(("/collections/" + c.id).c_str(), "要素集", "Collection");
    fixed(("/collections/" + c.id + "/queryables").c_str(), "可查询的属性", "Queryables");
  }
  for (auto i : open_.interfaces())
    if (i.path.starts_with("/ogc/")) {
      i.path.erase(0, 4);
      own.push_back(std::move(i));
    }
  Json out = open_document(own, version_);
  out.set("openapi", "3.0.3").set("servers", Json(Json::Array{Json(Json::Object{{"url", base + "/ogc"}})}));
  Json info = out["info"];
  info.set("title", "Civitas OGC API – Features 政通要素服务");
  // `identifier` of a licence came with 3.1.
  info.set("license", Json(Json::Object{{"name", "see the operator of this installation"}}));
  out.set("info", std::move(info));
  return out;
}

}  // namespace civitas::gateway
