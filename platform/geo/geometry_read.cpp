// Readers of one intermediate form (`Part`); that of WKT is in wkt.cpp. They are our own, not those of GEOS: those recurse and
// allocate as the input says.
#include <bit>
#include <cstring>
#include <optional>

#include "base/strings.hpp"
#include "geo/geos_context.hpp"

namespace civitas::geo {

namespace {

using detail::Part;
using detail::unknown_type;
using detail::wrong_crs;

class JsonReader {
 public:
  explicit JsonReader(const Limits& limits) : limits_(limits) {}

  Result<Part> read(const Json& json, int depth) {
    if (!json.is_object())
      return fail(invalid("geo.geometry.syntax", "几何应为 GeoJSON 对象。", "A shape must be a GeoJSON object."));
    if (json.find("crs") && !json["crs"].is_null()) {
      const auto& name = json["crs"]["properties"]["name"].as_string();
      if (!name.ends_with(":CRS84") && !name.ends_with(":4490") && !name.ends_with(":4326")) return fail(wrong_crs());
    }
    const auto& name = json["type"].as_string();
    std::optional<GeometryType> type;
    for (int i = 0; i <= static_cast<int>(GeometryType::collection); ++i)
      if (name == geojson_name(static_cast<GeometryType>(i))) type = static_cast<GeometryType>(i);
    if (!type) return fail(unknown_type(name));
    if (*type != GeometryType::collection) return coordinates(*type, json["coordinates"]);

    if (depth >= limits_.max_depth) return fail(detail::too_deep());
    const auto& members = json["geometries"];
    if (!members.is_array())
      return fail(invalid("geo.geometry.coordinates", "GeometryCollection 缺少 geometries 数组。",
                          "The GeometryCollection lacks its array \"geometries\"."));
    Part part;
    for (const auto& member : members.as_array()) {
      CIVITAS_TRY(auto read_member, read(member, depth + 1));
      part.members.push_back(std::move(read_member));
    }
    return part;
  }

 private:
  static Problem malformed(std::string_view name) {
    return invalid("geo.geometry.coordinates",
                   std::string(name) + " 的 coordinates 格式不对，坐标应为 [经度, 纬度] 数字数组。",
                   "The coordinates of the " + std::string(name) +
                       " are malformed; a position is an array of numbers [longitude, latitude].");
  }

  Result<Part> coordinates(GeometryType type, const Json& json) {
    Part part;
    part.type = type;
    if (!json.is_array()) return fail(malformed(geojson_name(type)));
    if (type == GeometryType::point) {
      if (json.size() != 0) {
        CIVITAS_TRY(const Point p, position(json, type));
        part.runs.push_back({p});
      }
    } else if (type == GeometryType::line) {
      CIVITAS_CHECK(run(json, type, part));
    } else if (type == GeometryType::polygon) {
      for (const auto& ring : json.as_array()) CIVITAS_CHECK(run(ring, type, part));
    } else {
      for (const auto& member : json.as_array()) {
        CIVITAS_TRY(auto read_member, coordinates(detail::member_type(type), member));
        part.members.push_back(std::move(read_member));
      }
    }
    return part;
  }

  Status run(const Json& json, GeometryType type, Part& part) {
    if (!json.is_array()) return fail(malformed(geojson_name(type)));
    auto& positions = part.runs.emplace_back();
    if (json.size() > limits_.max_positions) return fail(detail::too_large(limits_));
    positions.reserve(json.size());
    for (const auto& item : json.as_array()) {
      CIVITAS_TRY(const Point p, position(item, type));
      positions.push_back(p);
    }
    return {};
  }

  Result<Point> position(const Json& json, GeometryType type) {
    const auto& numbers = json.as_array();
    if (numbers.size() < 2 || numbers.size() > 4) return fail(malformed(geojson_name(type)));
    for (const auto& number : numbers)
      if (!number.is_number()) return fail(malformed(geojson_name(type)));
    if (++count_ > limits_.max_positions) return fail(detail::too_large(limits_));
    return Point{numbers[0].as_number(), numbers[1].as_number()};
  }

  const Limits& limits_;
  std::size_t count_ = 0;
};

class WkbReader {
 public:
  WkbReader(std::string_view bytes, const Limits& limits) : bytes_(bytes), limits_(limits) {}

  Result<Part> read_all() {
    CIVITAS_TRY(auto part, read(0, std::nullopt));
    if (at_ != bytes_.size()) return fail(malformed());
    return part;
  }

 private:
  static Problem malformed() {
    return invalid("geo.geometry.syntax", "WKB 数据损坏或不完整。", "The WKB is damaged or incomplete.");
  }

  bool u32(std::uint32_t& v) {
    if (bytes_.size() - at_ < 4) return false;
    std::memcpy(&v, bytes_.data() + at_, 4);
    at_ += 4;
    if (swap_) v = __builtin_bswap32(v);
    return true;
  }
  double number() {
    std::uint64_t bits = 0;
    std::memcpy(&bits, bytes_.data() + at_, 8);
    at_ += 8;
    return std::bit_cast<double>(swap_ ? __builtin_bswap64(bits) : bits);
  }

  Status run(std::size_t count, std::size_t dimensions, Part& part) {
    if (count > limits_.max_positions - count_) return fail(detail::too_large(limits_));
    if (count > (bytes_.size() - at_) / (8 * dimensions)) return fail(malformed());
    count_ += count;
    auto& positions = part.runs.emplace_back();
    positions.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      Point p;
      p.x = number();
      p.y = number();
      at_ += 8 * (dimensions - 2);
      positions.push_back(p);
    }
    return {};
  }

  Result<Part> read(int depth, std::optional<GeometryType> wanted) {
    if (at_ >= bytes_.size() || static_cast<unsigned char>(bytes_[at_]) > 1) return fail(malformed());
    const bool little = bytes_[at_++] == 1;
    swap_ = little != (std::endian::native == std::endian::little);
    const bool swap = swap_;
    std::uint32_t code = 0;
    if (!u32(code)) return fail(malformed());
    std::size_t dimensions = 2 + (code >> 31 & 1) + (code >> 30 & 1);
    if (code & 0x20000000) {
      std::uint32_t srid = 0;
      if (!u32(srid)) return fail(malformed());
      if (srid != 0 && srid != 4490 && srid != 4326) return fail(wrong_crs());
    }
    code &= 0x1fffffff;
    if (dimensions == 2 && code >= 1000 && code < 4000) {
      dimensions += code / 1000 == 3 ? 2 : 1;
      code %= 1000;
    }
    if (code < 1 || code > 7) return fail(unknown_type(std::to_string(code)));
    Part part;
    part.type = static_cast<GeometryType>(code - 1);
    if (wanted && part.type != *wanted) return fail(malformed());

    if (part.type == GeometryType::point) {
      CIVITAS_CHECK(run(1, dimensions, part));
      return part;
    }
    std::uint32_t count = 0;
    if (!u32(count)) return fail(malformed());
    if (part.type == GeometryType::line) {
      CIVITAS_CHECK(run(count, dimensions, part));
    } else if (part.type == GeometryType::polygon) {
      for (std::uint32_t i = 0; i < count; ++i) {
        std::uint32_t positions = 0;
        if (!u32(positions)) return fail(malformed());
        CIVITAS_CHECK(run(positions, dimensions, part));
      }
    } else {
      const bool collection = part.type == GeometryType::collection;
      if (collection && depth >= limits_.max_depth) return fail(detail::too_deep());
      for (std::uint32_t i = 0; i < count; ++i) {
        CIVITAS_TRY(auto member, collection ? read(depth + 1, std::nullopt) : read(depth, detail::member_type(part.type)));
        part.members.push_back(std::move(member));
        swap_ = swap;
      }
    }
    return part;
  }

  std::string_view bytes_;
  const Limits& limits_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
  bool swap_ = false;
};

void extend_by(const Json& coordinates, Box& box) {
  const auto& items = coordinates.as_array();
  if (items.size() >= 2 && items[0].is_number()) return box.extend(Point{items[0].as_number(), items[1].as_number()});
  for (const auto& item : items) extend_by(item, box);
}

}  // namespace

namespace detail {

Problem unknown_type(std::string_view name) {
  // The name is data from outside: only a short, plain one is repeated.
  std::string shown;
  for (const char c : name.substr(0, 32))
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) shown += c;
  return invalid("geo.geometry.type",
                 "不认识的几何类型“" + shown +
                     "”。应为 Point、LineString、Polygon、对应的 Multi… 或 GeometryCollection；"
                     "要素（Feature）请取其 geometry。",
                 "Unknown geometry type \"" + shown +
                     "\". Use Point, LineString, Polygon, their Multi… or GeometryCollection; of a Feature give its "
                     "geometry.");
}

Problem wrong_crs() {
  return invalid("geo.geometry.crs", "只接受经纬度坐标（CGCS2000，EPSG:4490；或 EPSG:4326）。请先换算坐标系。",
                 "Only longitude and latitude (CGCS2000, EPSG:4490; or EPSG:4326) are accepted. Convert first.");
}

}  // namespace detail

Result<Geometry> Geometry::from_geojson(const Json& json, const Limits& limits) {
  CIVITAS_TRY(const auto part, JsonReader(limits).read(json, 0));
  return detail::build_checked(part);
}
Result<Geometry> Geometry::from_wkb(std::string_view bytes, const Limits& limits) {
  CIVITAS_TRY(const auto part, WkbReader(bytes, limits).read_all());
  return detail::build_checked(part);
}
Box bounds_of_geojson(const Json& shape) {
  Box out = Box::none();
  extend_by(shape["coordinates"], out);
  for (const auto& member : shape["geometries"].as_array()) out.extend(bounds_of_geojson(member));
  return out;
}

}  // namespace civitas::geo
