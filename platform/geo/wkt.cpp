#include "geo/wkt.hpp"

#include <charconv>
#include <cmath>
#include <optional>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "geo/geos_context.hpp"

namespace civitas::geo {

namespace {

using detail::Part;

// A shape as it is read: its part and, where they are given, the heights of its positions, run by run.
struct Read {
  Part part;
  std::vector<std::vector<double>> heights;  // NaN where a position has none
  std::vector<Read> members;                 // instead of those of the part
};

class WktReader {
 public:
  WktReader(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  Result<Read> read(int depth = 0) {
    skip();
    const auto begin = at_;
    const auto name = word();
    std::optional<GeometryType> type;
    for (int i = 0; i <= static_cast<int>(GeometryType::collection); ++i)
      if (name == to_lower_ascii(geojson_name(static_cast<GeometryType>(i)))) type = static_cast<GeometryType>(i);
    if (!type) {
      at_ = begin;
      return fail(name.empty() ? wrong("几何类型，如 POINT", "a geometry such as POINT") : detail::unknown_type(name));
    }
    third_is_height_ = true;
    if (!take_word("zm") && !take_word("z")) third_is_height_ = !take_word("m");
    return body(*type, depth);
  }

  /// Behind the shape, or where the text is wrong.
  std::size_t at() const { return at_; }
  /// Passes over what may stand before a shape; false when it names other coordinates than longitude and latitude.
  bool take_srid() {
    const auto start = to_lower_ascii(trim(text_.substr(0, 64)));
    if (!start.starts_with("srid=")) return true;
    at_ = text_.find(';') + 1;
    return start.starts_with("srid=4490;") || start.starts_with("srid=4326;");
  }
  bool at_end() {
    skip();
    return at_ == text_.size();
  }
  Problem wrong(const std::string& zh, const std::string& en) {
    skip();
    const std::string found(utf8_prefix(text_.substr(at_, 40), 1));
    return invalid("geo.geometry.syntax", "此处应有" + zh + (found.empty() ? "。" : "，却是“" + found + "”。"),
                   en + " should stand here" + (found.empty() ? "." : ", not “" + found + "”."));
  }

 private:
  void skip() {
    static constexpr std::string_view wide_space = "\xE3\x80\x80";  // of a Chinese keyboard
    for (;;)
      if (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r')))
        ++at_;
      else if (text_.substr(at_, wide_space.size()) == wide_space)
        at_ += wide_space.size();
      else
        return;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string word() {
    skip();
    const auto begin = at_;
    while (at_ < text_.size() && ((text_[at_] | 32) >= 'a' && (text_[at_] | 32) <= 'z')) ++at_;
    return to_lower_ascii(text_.substr(begin, at_ - begin));
  }
  bool take_word(std::string_view wanted) {
    const auto before = at_;
    if (word() == wanted) return true;
    at_ = before;
    return false;
  }
  Status open() {
    if (!take('(')) return fail(wrong("左括号", "an opening parenthesis"));
    return {};
  }
  Status close() {
    if (!take(')')) return fail(wrong("逗号或右括号", "a comma or a closing parenthesis"));
    return {};
  }

  Result<Read> body(GeometryType type, int depth) {
    Read shape;
    shape.part.type = type;
    if (take_word("empty")) return shape;
    if (type == GeometryType::point) {
      CIVITAS_CHECK(open());
      CIVITAS_CHECK(position(begin_run(shape)));
      if (!take(')')) return fail(wrong("右括号", "a closing parenthesis"));
      return shape;
    }
    if (type == GeometryType::line) {
      CIVITAS_CHECK(run(shape));
      return shape;
    }
    if (type == GeometryType::collection && depth >= limits_.max_depth) return fail(detail::too_deep());
    CIVITAS_CHECK(open());
    do {
      if (type == GeometryType::polygon) {
        CIVITAS_CHECK(run(shape));
      } else if (type == GeometryType::collection) {
        CIVITAS_TRY(auto member, read(depth + 1));
        shape.members.push_back(std::move(member));
      } else if (type == GeometryType::multi_point && !followed_by_group()) {
        // The older way of writing: MULTIPOINT (1 2, 3 4).
        Read member;
        member.part.type = GeometryType::point;
        CIVITAS_CHECK(position(begin_run(member)));
        shape.members.push_back(std::move(member));
      } else {
        CIVITAS_TRY(auto member, body(detail::member_type(type), depth));
        shape.members.push_back(std::move(member));
      }
    } while (take(','));
    CIVITAS_CHECK(close());
    return shape;
  }

  bool followed_by_group() {
    skip();
    return at_ < text_.size() && (text_[at_] == '(' || (text_[at_] | 32) == 'e');
  }

  static Read& begin_run(Read& shape) {
    shape.part.runs.emplace_back();
    shape.heights.emplace_back();
    return shape;
  }

  Status run(Read& shape) {
    begin_run(shape);
    CIVITAS_CHECK(open());
    do CIVITAS_CHECK(position(shape));
    while (take(','));
    return close();
  }

  // Longitude, latitude, and up to two more.
  Status position(Read& shape) {
    if (++count_ > limits_.max_positions) return fail(detail::too_large(limits_));
    double numbers[4];
    int found = 0;
    while (found < 4) {
      skip();
      const std::size_t begin = at_ + (at_ < text_.size() && text_[at_] == '+' ? 1 : 0);
      const auto [end, error] = std::from_chars(text_.data() + begin, text_.data() + text_.size(), numbers[found]);
      if (error != std::errc()) break;
      at_ = static_cast<std::size_t>(end - text_.data());
      ++found;
    }
    if (found < 2) return fail(wrong("坐标", "a coordinate"));
    shape.part.runs.back().push_back({numbers[0], numbers[1]});
    if (found > 2 && third_is_height_) {
      auto& heights = shape.heights.back();
      heights.resize(shape.part.runs.back().size(), std::nan(""));
      heights.back() = numbers[2];
    }
    return {};
  }

  std::string_view text_;
  const Limits& limits_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
  bool third_is_height_ = true;
};

Part part_of(Read&& shape) {
  for (Read& member : shape.members) shape.part.members.push_back(part_of(std::move(member)));
  return std::move(shape.part);
}

Json position_json(const Read& shape, std::size_t run, std::size_t i) {
  const Point& p = shape.part.runs[run][i];
  Json::Array numbers{Json(p.x), Json(p.y)};
  const auto& heights = shape.heights[run];
  if (i < heights.size() && !std::isnan(heights[i])) numbers.emplace_back(heights[i]);
  return Json(std::move(numbers));
}

Json run_json(const Read& shape, std::size_t run) {
  Json::Array positions;
  for (std::size_t i = 0; i < shape.part.runs[run].size(); ++i) positions.push_back(position_json(shape, run, i));
  return Json(std::move(positions));
}

Json coordinates_json(const Read& shape) {
  const std::size_t runs = shape.part.runs.size();
  if (shape.part.type == GeometryType::point && runs > 0) return position_json(shape, 0, 0);
  if (shape.part.type == GeometryType::line && runs > 0) return run_json(shape, 0);
  Json::Array parts;
  for (std::size_t i = 0; i < runs; ++i) parts.push_back(run_json(shape, i));
  for (const Read& member : shape.members) parts.push_back(coordinates_json(member));
  return Json(std::move(parts));
}

Json shape_json(const Read& shape) {
  Json out;
  out.set("type", Json(std::string(geojson_name(shape.part.type))));
  if (shape.part.type != GeometryType::collection) {
    out.set("coordinates", coordinates_json(shape));
    return out;
  }
  Json::Array members;
  for (const Read& member : shape.members) members.push_back(shape_json(member));
  out.set("geometries", Json(std::move(members)));
  return out;
}

}  // namespace

Result<Json> read_wkt(std::string_view text, std::size_t& bytes, const Limits& limits) {
  WktReader reader(text, limits);
  const auto shape = reader.read();
  bytes = reader.at();
  if (!shape) return fail(shape.error());
  return shape_json(*shape);
}

Result<Geometry> Geometry::from_wkt(std::string_view text, const Limits& limits) {
  WktReader reader(text, limits);
  if (!reader.take_srid()) return fail(detail::wrong_crs());
  auto shape = reader.read();
  if (shape && !reader.at_end()) shape = fail(reader.wrong("结尾", "the end"));
  if (shape) return detail::build_checked(part_of(*std::move(shape)));
  Problem wrong = std::move(shape.error());
  if (wrong.reason == "geo.geometry.syntax") {
    const std::string at = std::to_string(reader.at() + 1);
    wrong.message = {"WKT 第 " + at + " 字节处有误：" + wrong.message.zh, "At byte " + at + " of the WKT: " + wrong.message.en};
  }
  return fail(std::move(wrong));
}

}  // namespace civitas::geo
