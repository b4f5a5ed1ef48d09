#include <charconv>
#include <cmath>
#include <cstring>

#include "geo/geos_context.hpp"

namespace civitas::geo {

namespace {

using detail::Part;

void append_number(std::string& out, double v) {
  char buffer[352];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::fixed, 9);
  while (end[-1] == '0') --end;
  if (end[-1] == '.') --end;
  if (end - buffer == 2 && buffer[0] == '-' && buffer[1] == '0') {
    out += '0';
    return;
  }
  out.append(buffer, end);
}

template <class Items, class Write>
void append_list(std::string& out, char open, char close, const Items& items, Write write) {
  out += open;
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    write(item);
  }
  out += close;
}

void append_json_run(std::string& out, const std::vector<Point>& run) {
  append_list(out, '[', ']', run, [&](Point p) {
    out += '[';
    append_number(out, p.x);
    out += ',';
    append_number(out, p.y);
    out += ']';
  });
}

void append_json_coordinates(std::string& out, const Part& part) {
  switch (part.type) {
    case GeometryType::point:
      if (part.runs.empty() || part.runs[0].empty()) {
        out += "[]";
        break;
      }
      out += '[';
      append_number(out, part.runs[0][0].x);
      out += ',';
      append_number(out, part.runs[0][0].y);
      out += ']';
      break;
    case GeometryType::line: append_json_run(out, part.runs[0]); break;
    case GeometryType::polygon:
      append_list(out, '[', ']', part.runs, [&](const auto& run) { append_json_run(out, run); });
      break;
    default:
      append_list(out, '[', ']', part.members, [&](const Part& member) { append_json_coordinates(out, member); });
  }
}

void append_json(std::string& out, const Part& part) {
  out += R"({"type":")";
  out += geojson_name(part.type);
  if (part.type == GeometryType::collection) {
    out += R"(","geometries":)";
    append_list(out, '[', ']', part.members, [&](const Part& member) { append_json(out, member); });
  } else {
    out += R"(","coordinates":)";
    append_json_coordinates(out, part);
  }
  out += '}';
}

std::string_view wkt_name(GeometryType type) {
  switch (type) {
    case GeometryType::point: return "POINT";
    case GeometryType::line: return "LINESTRING";
    case GeometryType::polygon: return "POLYGON";
    case GeometryType::multi_point: return "MULTIPOINT";
    case GeometryType::multi_line: return "MULTILINESTRING";
    case GeometryType::multi_polygon: return "MULTIPOLYGON";
    default: return "GEOMETRYCOLLECTION";
  }
}

void append_wkt(std::string& out, const Part& part);

void append_wkt_run(std::string& out, const std::vector<Point>& run) {
  append_list(out, '(', ')', run, [&](Point p) {
    append_number(out, p.x);
    out += ' ';
    append_number(out, p.y);
  });
}

void append_wkt_body(std::string& out, const Part& part) {
  if (part.members.empty() && (part.runs.empty() || part.runs[0].empty())) {
    out += "EMPTY";
    return;
  }
  switch (part.type) {
    case GeometryType::point:
    case GeometryType::line: append_wkt_run(out, part.runs[0]); break;
    case GeometryType::polygon:
      append_list(out, '(', ')', part.runs, [&](const auto& run) { append_wkt_run(out, run); });
      break;
    case GeometryType::collection:
      append_list(out, '(', ')', part.members, [&](const Part& member) { append_wkt(out, member); });
      break;
    default: append_list(out, '(', ')', part.members, [&](const Part& member) { append_wkt_body(out, member); });
  }
}

void append_wkt(std::string& out, const Part& part) {
  out += wkt_name(part.type);
  out += ' ';
  append_wkt_body(out, part);
}

void append_u32(std::string& out, std::size_t v) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(v >> shift & 255);
}
void append_double(std::string& out, double v) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &v, sizeof bits);
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(bits >> shift & 255);
}
void append_wkb_points(std::string& out, const std::vector<Point>& run) {
  for (const Point p : run) {
    append_double(out, p.x);
    append_double(out, p.y);
  }
}

void append_wkb(std::string& out, const Part& part) {
  out += '\1';
  append_u32(out, static_cast<std::size_t>(part.type) + 1);
  switch (part.type) {
    case GeometryType::point:
      if (part.runs.empty() || part.runs[0].empty())
        append_wkb_points(out, {{std::nan(""), std::nan("")}});
      else
        append_wkb_points(out, part.runs[0]);
      break;
    case GeometryType::line:
      append_u32(out, part.runs[0].size());
      append_wkb_points(out, part.runs[0]);
      break;
    case GeometryType::polygon:
      append_u32(out, part.runs.size());
      for (const auto& run : part.runs) {
        append_u32(out, run.size());
        append_wkb_points(out, run);
      }
      break;
    default:
      append_u32(out, part.members.size());
      for (const auto& member : part.members) append_wkb(out, member);
  }
}

}  // namespace

void Geometry::to_geojson(std::string& out) const { append_json(out, detail::take_apart(detail::raw(*this))); }

std::string Geometry::to_geojson() const {
  std::string out;
  to_geojson(out);
  return out;
}

std::string Geometry::to_wkt() const {
  std::string out;
  append_wkt(out, detail::take_apart(detail::raw(*this)));
  return out;
}

std::string Geometry::to_wkb() const {
  std::string out;
  out.reserve(32 + 16 * position_count());
  append_wkb(out, detail::take_apart(detail::raw(*this)));
  return out;
}

}  // namespace civitas::geo
