#include "api/ground.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/strings.hpp"
#include "crypto/digest.hpp"
#include "documents/geojson.hpp"
#include "documents/table_reader.hpp"
#include "geo/geometry.hpp"
#include "geo/overlay.hpp"

namespace civitas::api {

namespace {

using geo::Path;
using geo::PathKind;

// A tile is drawn 512 points wide: half a point is what a line may be simplified by, and less than two are not seen.
constexpr double half_a_point = 4;
constexpr double least_area = 16;

struct Seen {
  std::string_view sort;
  int from;
};
// The zoom of tiles from which on a class is drawn; a map shows them one step closer. Classes are OpenStreetMap's
// (`highway`), `road` what has none.
constexpr Seen roads[] = {{"motorway", 6}, {"trunk", 7},    {"primary", 8}, {"secondary", 9}, {"road", 9},
                          {"tertiary", 10}, {"tunnel", 10}, {"minor", 12},  {"path", 13}};

int first_zoom(std::string_view kind, std::string_view sort) {
  if (kind == "campus") return 10;
  if (kind == "rail") return 9;
  if (kind != "road") return 0;
  for (const auto& one : roads)
    if (one.sort == sort) return one.from;
  return 10;
}

// `colour` goes into the page's canvas as it is.
bool is_colour(std::string_view text) {
  return text.empty() || (text.size() == 7 && text[0] == '#' &&
                          text.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string_view::npos);
}

Problem wrong(std::string reason, const std::string& where, std::string_view zh, std::string_view en) {
  return invalid(std::move(reason), where + "：" + std::string(zh), where + ": " + std::string(en));
}

}  // namespace

Result<Ground> Ground::read(const entities::City& city) {
  Ground out;
  std::string digests;
  for (const auto& file : city.ground) {
    const std::string where = city.name() + "/" + file.file.lexically_relative(city.folder).generic_string();
    CIVITAS_CHECK(out.read_file(file, where));
    const auto bytes = civitas::read_file(file.file);
    digests += file.kind + "\n" + (bytes ? crypto::sha256_hex(*bytes) : "") + "\n";
    if (std::ranges::find(out.kinds_, file.kind) == out.kinds_.end()) out.kinds_.push_back(file.kind);
    if (std::ranges::find(out.sources_, file.source) == out.sources_.end()) out.sources_.push_back(file.source);
  }
  if (!out.empty()) out.version_ = crypto::sha256_hex(digests).substr(0, 16);
  return out;
}

Status Ground::read_file(const entities::GroundFile& file, const std::string& where) {
  if (to_lower_ascii(file.file.extension().string()) == ".geojson") {
    CIVITAS_TRY(const auto reader, documents::FeatureReader::open(file.file));
    for (Json feature;;) {
      CIVITAS_TRY(const bool more, reader->next(feature));
      if (!more) return {};
      const std::string at = where + " " + std::to_string(reader->number());
      const Json& said = feature["properties"];
      auto shape = geo::Geometry::from_geojson(feature["geometry"]);
      if (!shape) return fail(wrong("api.ground.shape", at, shape.error().message.zh, shape.error().message.en));
      CIVITAS_CHECK(add(file, at, {file.kind, said["class"].as_string(), said["colour"].as_string(), said["name"].as_string(), false, {}, {}, {}}, *shape));
    }
  }
  CIVITAS_TRY(const auto reader, documents::open_table(file.file));
  std::vector<documents::Cell> row;
  std::map<std::string, std::size_t> columns;
  for (bool head = true;; head = false) {
    CIVITAS_TRY(const bool more, reader->next(row));
    if (head) {
      for (std::size_t i = 0; more && i < row.size(); ++i) columns.emplace(trim(row[i].text), i);
      if (!columns.contains("wkt"))
        return fail(wrong("api.ground.column", where, "第一行没有 wkt 列。", "the first row has no column wkt."));
      continue;
    }
    if (!more) return {};
    const std::string at = where + " " + std::to_string(reader->row_number());
    const auto cell = [&](const char* name) {
      const auto column = columns.find(name);
      return column == columns.end() || column->second >= row.size() ? std::string() : row[column->second].text;
    };
    auto shape = geo::Geometry::from_wkt(cell("wkt"));
    if (!shape) return fail(wrong("api.ground.shape", at, shape.error().message.zh, shape.error().message.en));
    CIVITAS_CHECK(add(file, at, {file.kind, cell("class"), cell("colour"), cell("name"), false, {}, {}, {}}, *shape));
  }
}

Status Ground::add(const entities::GroundFile& file, const std::string& where, Part part, const geo::Geometry& shape) {
  if (!is_colour(part.colour))
    return fail(wrong("api.ground.colour", where, "colour 应写成 #rrggbb。", "colour is written as #rrggbb."));
  part.box = shape.bounds();
  part.paths = shape.paths();
  const bool border = file.kind == "outline" || file.kind == "boundary";
  for (auto& path : part.paths) {
    // A border is a line: drawn as an area it would show the edges of tiles.
    if (border && (path.kind == PathKind::shell || path.kind == PathKind::hole)) path.kind = PathKind::line;
    part.area = part.area || path.kind == PathKind::shell;
  }
  if (part.area && !part.name.empty())
    if (const auto inside = geo::point_on_surface(shape)) part.label = *inside;
  parts_.push_back(std::move(part));
  return {};
}

Json Ground::describe() const {
  if (empty()) return {};
  Json kinds = Json::array(), sources = Json::array();
  for (const auto& kind : kinds_) kinds.push(Json(kind));
  for (const auto& source : sources_) sources.push(Json(source));
  Json out = Json::object();
  out.set("version", Json(version_)).set("deepest", Json(std::int64_t{deepest_zoom}));
  out.set("kinds", std::move(kinds)).set("sources", std::move(sources));
  return out;
}

std::string Ground::tile(geo::TileId tile) const {
  geo::TileOptions options;
  options.simplify = tile.z >= deepest_zoom ? 1 : half_a_point;
  options.full_detail_zoom = deepest_zoom + 1;
  const geo::Box reach = geo::tile_box(tile, options.buffer_share()), own = geo::tile_box(tile);
  const double unit = (own.max_x - own.min_x) / options.extent;
  // Lines of one class are one feature, whatever their number. Areas stay apart: rounding may make one invalid, and then
  // it alone is built anew.
  std::map<std::tuple<std::string_view, std::string_view, std::string_view, const Part*>, std::vector<Path>> groups;
  std::vector<const Part*> named;
  for (const auto& part : parts_) {
    if (tile.z < first_zoom(part.kind, part.sort) || !reach.intersects(part.box)) continue;
    const double width = (part.box.max_x - part.box.min_x) / unit, height = (part.box.max_y - part.box.min_y) / unit;
    if (part.area && std::max(width, height) < least_area) continue;
    if (!part.name.empty()) named.push_back(&part);
    auto& group = groups[{part.kind, part.sort, part.colour, part.area ? &part : nullptr}];
    group.insert(group.end(), part.paths.begin(), part.paths.end());
  }
  geo::TileWriter writer(tile, options);
  for (const auto& [key, paths] : groups) {
    const auto& [kind, sort, colour, area] = key;
    writer.layer(kind);
    std::vector<geo::TileAttribute> attributes;
    if (!sort.empty()) attributes.push_back({"class", sort});
    if (!colour.empty()) attributes.push_back({"colour", colour});
    writer.add(paths, attributes);
  }
  // A name stands in the middle of an area, in the one tile that holds it, and along a line.
  for (const Part* part : named) {
    const geo::TileAttribute attributes[] = {{"class", std::string_view(part->sort)}, {"name", std::string_view(part->name)}, {"on", std::string_view(part->kind)}};
    writer.layer("names");
    if (!part->area)
      writer.add(part->paths, attributes);
    else if (own.contains(part->label))
      writer.add(part->label, std::nullopt, attributes);
  }
  return writer.finish();
}

}  // namespace civitas::api
