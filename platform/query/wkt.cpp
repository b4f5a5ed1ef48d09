#include "query/wkt.hpp"

#include <charconv>
#include <cmath>

#include "geo/wkt.hpp"

namespace civitas::query {

namespace {
struct Kind {
  std::string_view wkt, geojson;
  int levels;  // of arrays around a position; -1 for a collection, -2 for a box
};
constexpr Kind kinds[] = {{"POINT", "Point", 0},
                          {"LINESTRING", "LineString", 1},
                          {"POLYGON", "Polygon", 2},
                          {"MULTIPOINT", "MultiPoint", 1},
                          {"MULTILINESTRING", "MultiLineString", 2},
                          {"MULTIPOLYGON", "MultiPolygon", 3},
                          {"GEOMETRYCOLLECTION", "GeometryCollection", -1},
                          {"BBOX", "bbox", -2}};
constexpr int max_collection_depth = 8;

const Kind* kind_of_word(std::string_view word) {
  if (word.size() < 4 || word.size() > 18) return nullptr;
  for (const auto& kind : kinds)
    if (equal_ignoring_case(kind.wkt, word)) return &kind;
  return nullptr;
}
const Kind* kind_of_type(std::string_view type) {
  for (const auto& kind : kinds)
    if (kind.geojson == type && kind.levels > -2) return &kind;
  return nullptr;
}

// BBOX(west, south, east, north), or with heights six numbers: not WKT, but CQL2's own.
class BoxReader {
 public:
  explicit BoxReader(Lexer& lexer) : lexer_(lexer) {}

  Result<Json> read() {
    CIVITAS_CHECK(lexer_.next());
    if (!lexer_.is_symbol("(")) return fail(wrong("左括号", "an opening parenthesis"));
    CIVITAS_CHECK(lexer_.next());
    Json::Array values;
    for (;;) {
      CIVITAS_TRY(const double value, number());
      values.emplace_back(value);
      if (!lexer_.is_symbol(",") || values.size() == 6) break;
      CIVITAS_CHECK(lexer_.next());
    }
    if (values.size() != 4 && values.size() != 6)
      return fail(wrong("坐标,BBOX 共 4 个或 6 个", "a coordinate (a BBOX has 4 or 6)"));
    if (!lexer_.is_symbol(")")) return fail(wrong("逗号或右括号", "a comma or a closing parenthesis"));
    CIVITAS_CHECK(lexer_.next());
    Json shape;
    shape.set("bbox", std::move(values));
    return shape;
  }

 private:
  Problem wrong(const std::string& zh, const std::string& en) const {
    const std::string found = lexer_.shown();
    return problem_at(lexer_.at, "geometry", "几何此处应有" + zh + (found.empty() ? "。" : ",却是 " + found + "。"),
                      "in a geometry " + en + " should stand here" + (found.empty() ? "." : ", not " + found + "."));
  }
  Result<double> number() {
    const bool minus = lexer_.is_symbol("-");
    if (minus || lexer_.is_symbol("+")) CIVITAS_CHECK(lexer_.next());
    double value = 0;
    if (lexer_.token == Token::integer)
      value = static_cast<double>(lexer_.integer);
    else if (lexer_.token == Token::number)
      value = lexer_.number;
    else
      return fail(wrong("坐标", "a coordinate"));
    CIVITAS_CHECK(lexer_.next());
    return minus ? -value : value;
  }

  Lexer& lexer_;
};

Problem bad_shape(const std::string& where, const std::string& zh, const std::string& en) {
  const std::string zh_where = where.empty() ? "条件中的几何" : where + " 处的几何";
  const std::string en_where = where.empty() ? "A geometry in the condition: " : "The geometry at " + where + ": ";
  return invalid("query.cql2.geometry", zh_where + zh + "。", en_where + en + ".");
}

Status check_positions(const Json& value, int levels, const std::string& where) {
  if (!value.is_array()) return fail(bad_shape(where, "的坐标应为数组", "its coordinates are no array"));
  if (levels == 0) {
    if (value.size() < 2 || value.size() > 3)
      return fail(bad_shape(where, "的每个点应有 2 或 3 个坐标", "a position has 2 or 3 numbers"));
    for (const auto& number : value.as_array())
      if (!number.is_number() || !std::isfinite(number.as_number()))
        return fail(bad_shape(where, "的坐标应为数", "a coordinate is a number"));
    return {};
  }
  for (const auto& item : value.as_array()) CIVITAS_CHECK(check_positions(item, levels - 1, where));
  return {};
}

void write_number(const Json& number, std::string& out) {
  char buffer[32];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number.as_number()).ptr);
}

void write_positions(const Json& value, int levels, bool bracketed, std::string& out) {
  if (levels == 0) {
    if (bracketed) out += '(';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ' ';
      write_number(value.as_array()[i], out);
    }
    if (bracketed) out += ')';
    return;
  }
  out += '(';
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (i > 0) out += ',';
    write_positions(value.as_array()[i], levels - 1, bracketed, out);
  }
  out += ')';
}

bool has_height(const Json& coordinates) {
  const Json* at = &coordinates;
  while (at->is_array() && at->size() > 0 && at->as_array().front().is_array()) at = &at->as_array().front();
  return at->size() == 3;
}
}  // namespace

bool is_geometry_word(std::string_view word) { return kind_of_word(word) != nullptr; }

Result<Json> parse_geometry(Lexer& lexer) {
  if (kind_of_word(lexer.word)->levels == -2) return BoxReader(lexer).read();
  std::size_t bytes = 0;
  auto shape = geo::read_wkt(lexer.rest(), bytes, {.max_depth = max_collection_depth});
  if (!shape) {
    const Text& said = shape.error().message;
    const bool deep = shape.error().reason == "geo.geometry.too_deep";
    return fail(problem_at(lexer.behind(bytes), deep ? "depth" : "geometry", said.zh, said.en));
  }
  CIVITAS_CHECK(check_geometry_json(*shape, ""));
  CIVITAS_CHECK(lexer.continue_behind(bytes));
  return shape;
}

Status check_geometry_json(const Json& shape, const std::string& where, int depth) {
  if (const Json* box = shape.find("bbox"); box != nullptr && shape.find("type") == nullptr) {
    if (!box->is_array() || (box->size() != 4 && box->size() != 6))
      return fail(bad_shape(where, ":bbox 应有 4 或 6 个数", "a bbox has 4 or 6 numbers"));
    for (const auto& number : box->as_array())
      if (!number.is_number() || !std::isfinite(number.as_number()))
        return fail(bad_shape(where, ":bbox 应为数", "a bbox has numbers"));
    return {};
  }
  const Kind* kind = kind_of_type(shape["type"].as_string());
  if (kind == nullptr) return fail(bad_shape(where, "类型不认识", "its type is unknown"));
  if (depth > max_collection_depth) return fail(bad_shape(where, "集合嵌套过深", "collections are nested too deeply"));
  if (kind->levels == -1) {
    if (!shape["geometries"].is_array()) return fail(bad_shape(where, "缺少 geometries", "geometries is missing"));
    for (const auto& part : shape["geometries"].as_array()) CIVITAS_CHECK(check_geometry_json(part, where, depth + 1));
    return {};
  }
  const Json& coordinates = shape["coordinates"];
  if (kind->levels == 0 && coordinates.is_array() && coordinates.size() == 0) return {};
  CIVITAS_CHECK(check_positions(coordinates, kind->levels, where));
  const auto ring = [&](const Json& line) {
    return line.size() == 0 || (line.size() >= 4 && line.as_array().front() == line.as_array().back());
  };
  const Json::Array one{coordinates};
  const auto& polygons = kind->geojson == "MultiPolygon" ? coordinates.as_array() : one;
  if (kind->geojson == "Polygon" || kind->geojson == "MultiPolygon")
    for (const auto& polygon : polygons)
      for (const auto& line : polygon.as_array())
        if (!ring(line))
          return fail(bad_shape(where, "的环应首尾相接,至少 4 点", "a ring is closed and has at least 4 positions"));
  const Json::Array one_line{coordinates};
  const auto& lines = kind->geojson == "MultiLineString" ? coordinates.as_array() : one_line;
  if (kind->geojson == "LineString" || kind->geojson == "MultiLineString")
    for (const auto& line : lines)
      if (line.size() == 1) return fail(bad_shape(where, "的线至少 2 点", "a line has at least 2 positions"));
  return {};
}

void write_wkt(const Json& shape, std::string& out) {
  if (const Json* box = shape.find("bbox"); box != nullptr && shape.find("type") == nullptr) {
    out += "BBOX(";
    for (std::size_t i = 0; i < box->size(); ++i) {
      if (i > 0) out += ',';
      write_number(box->as_array()[i], out);
    }
    out += ')';
    return;
  }
  const Kind* kind = kind_of_type(shape["type"].as_string());
  if (kind == nullptr) return;
  out += kind->wkt;
  const Json& content = shape[kind->levels == -1 ? "geometries" : "coordinates"];
  if (content.size() == 0) {
    out += " EMPTY";
    return;
  }
  if (kind->levels == -1) {
    out += '(';
    for (std::size_t i = 0; i < content.size(); ++i) {
      if (i > 0) out += ',';
      write_wkt(content.as_array()[i], out);
    }
    out += ')';
    return;
  }
  if (has_height(content)) out += " Z";
  write_positions(content, kind->levels, kind->geojson == "MultiPoint" || kind->levels == 0, out);
}

}  // namespace civitas::query
