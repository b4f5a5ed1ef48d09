#include "gateway/feature_query.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "gateway/open_filter.hpp"
#include "gateway/openapi.hpp"
#include "query/parse.hpp"

namespace civitas::gateway {

using entities::FieldType;

namespace {

constexpr int default_page = 10;

Problem wrong(std::string_view name, std::string zh, std::string en) {
  return invalid("gateway.ogc.parameter", std::move(zh), std::move(en)).with_field(std::string(name));
}

Problem unknown(std::string name) {
  name.resize(std::min<std::size_t>(name.size(), 60));
  return wrong(name, "没有参数 " + name + "。", "There is no parameter " + name + ".");
}

query::Expr literal(query::Literal value) {
  query::Expr e;
  e.value = std::move(value);
  return e;
}

query::Expr property(std::string name) {
  query::Expr e;
  e.op = query::Op::property;
  e.name = std::move(name);
  return e;
}

query::Expr operation(query::Op op, query::Expr a, query::Expr b) {
  query::Expr e = both(std::move(a), std::move(b));
  e.op = op;
  return e;
}

Result<Crs> crs_parameter(const http::Request& r, std::string_view name) {
  const auto text = r.query(name);
  if (!text) return Crs::crs84;
  if (const auto crs = parse_crs(*text)) return *crs;
  return fail(
      wrong(name, std::string(name) + " 只支持 " + std::string(crs84_uri) + " 和 " + std::string(epsg4490_uri) + "。",
            std::string(name) + " must be " + std::string(crs84_uri) + " or " + std::string(epsg4490_uri) + "."));
}

Result<query::Expr> property_condition(const entities::Field& f, const std::string& value) {
  query::Literal v = value;
  if (f.type == FieldType::integer) {
    const auto n = parse_integer(value);
    if (!n) return fail(wrong(f.name, f.name + " 应为整数。", f.name + " must be an integer."));
    v = *n;
  } else if (f.type == FieldType::decimal) {
    const auto n = parse_number(value);
    if (!n) return fail(wrong(f.name, f.name + " 应为数字。", f.name + " must be a number."));
    v = *n;
  } else if (f.type == FieldType::boolean) {
    if (value != "true" && value != "false")
      return fail(wrong(f.name, f.name + " 应为 true 或 false。", f.name + " must be true or false."));
    v = value == "true";
  } else if (f.type == FieldType::date) {
    const auto day = parse_date(value);
    if (!day) return fail(wrong(f.name, f.name + " 应为日期。", f.name + " must be a date."));
    v = *day;
  } else if (f.type == FieldType::instant) {
    const auto at = parse_instant(value);
    if (!at) return fail(wrong(f.name, f.name + " 应为时间。", f.name + " must be a time."));
    v = *at;
  }
  return operation(query::Op::eq, property(f.name), literal(std::move(v)));
}

Status read_box(std::string_view text, Crs crs, const entities::Field* geometry, ItemsQuery& out) {
  const auto parts = split(text, ',');
  std::vector<double> n;
  for (const auto part : parts)
    if (const auto number = parse_number(trim(part))) n.push_back(*number);
  const bool three = n.size() == 6;
  if (n.size() != parts.size() || (n.size() != 4 && !three))
    return fail(wrong("bbox", "bbox 应为 4 个或 6 个数字。", "bbox must be 4 or 6 numbers."));
  std::array<double, 4> b = three ? std::array{n[0], n[1], n[3], n[4]} : std::array{n[0], n[1], n[2], n[3]};
  if (crs == Crs::epsg4490) b = {b[1], b[0], b[3], b[2]};
  if (b[1] > b[3] || b[0] < -180 || b[2] > 180 || b[1] < -90 || b[3] > 90 || b[0] > 180 || b[2] < -180)
    return fail(
        wrong("bbox", "bbox 超出范围，或最小值大于最大值；请检查坐标顺序和 bbox-crs。",
              "bbox is out of range, or a minimum exceeds its maximum; check the order of the axes and bbox-crs."));
  if (!geometry) return {};
  const bool wraps = b[0] > b[2];
  if (!wraps) out.list.box = b;
  if (!wraps && geometry->type == FieldType::point) return {};
  // The boxes of lines and areas only narrow the search: what counts is the shape itself.
  Json numbers = Json::array();
  for (double edge : b) numbers.push(Json(edge));
  const Json box(Json::Object{{"bbox", std::move(numbers)}});
  narrow(out.condition,
         operation(query::Op::s_intersects, property(geometry->name), literal(std::make_shared<const Json>(box))));
  return {};
}

Result<Date> day_of(std::string_view text) {
  if (const auto day = parse_date(text)) return *day;
  if (const auto at = parse_instant(text)) return date_in_china(*at);
  return fail(wrong("datetime", "datetime 应为 RFC 3339 时间、日期，或用 / 分隔的区间。",
                    "datetime must be an RFC 3339 time, a date, or an interval with /."));
}

// An interval shows the state of the world at its end; one that is open at the end, the present state.
Status read_datetime(std::string_view text, ItemsQuery& out) {
  const auto slash = text.find('/');
  if (slash == text.npos) {
    CIVITAS_TRY(out.list.as_of, day_of(text));
    return {};
  }
  const auto from = text.substr(0, slash), to = text.substr(slash + 1);
  const auto open = [](std::string_view t) { return t.empty() || t == ".."; };
  std::optional<Date> first;
  if (!open(from)) {
    CIVITAS_TRY(first, day_of(from));
  }
  if (open(to)) return {};
  CIVITAS_TRY(out.list.as_of, day_of(to));
  if (first && *first > *out.list.as_of)
    return fail(wrong("datetime", "datetime 的起点晚于终点。", "datetime begins after its end."));
  return {};
}

Status read_filter(const http::Request& r, ItemsQuery& out) {
  const auto text = r.query("filter");
  const std::string_view language = r.query("filter-lang").value_or("cql2-text");
  // GDAL before 3.9 says cql-text.
  if (language != "cql2-text" && language != "cql-text" && language != "cql2-json")
    return fail(wrong("filter-lang", "filter-lang 应为 cql2-text 或 cql2-json。",
                      "filter-lang must be cql2-text or cql2-json."));
  CIVITAS_TRY(const Crs crs, crs_parameter(r, "filter-crs"));
  if (!text || trim(*text).empty()) return {};
  auto parsed = language == "cql2-json" ? query::parse_json_text(*text) : query::parse_text(*text);
  if (!parsed) return fail(std::move(parsed.error()).with_field("filter"));
  if (crs == Crs::epsg4490) swap_axes(*parsed);
  narrow(out.condition, std::move(*parsed));
  return {};
}

}  // namespace

std::string_view uri_of(Crs crs) { return crs == Crs::crs84 ? crs84_uri : epsg4490_uri; }

std::optional<Crs> parse_crs(std::string_view uri) {
  if (uri == crs84_uri) return Crs::crs84;
  if (uri == epsg4490_uri) return Crs::epsg4490;
  return std::nullopt;
}

bool Queryables::has(std::string_view name) const { return std::find(names.begin(), names.end(), name) != names.end(); }

bool is_simple(FieldType type) {
  switch (type) {
    case FieldType::refs:
    case FieldType::rows:
    case FieldType::files:
    case FieldType::json:
    case FieldType::labels:
    case FieldType::schedule:
    case FieldType::secret:
    case FieldType::citizen_id: return false;
    default: return !entities::is_spatial(type);
  }
}

Json swapped(const Json& value) {
  if (value.is_array()) {
    const auto& items = value.as_array();
    Json out = Json::array();
    const bool position = items.size() >= 2 && items[0].is_number() && items[1].is_number();
    for (std::size_t i = 0; i < items.size(); ++i) out.push(position && i < 2 ? items[1 - i] : swapped(items[i]));
    return out;
  }
  if (!value.is_object()) return value;
  Json out = Json::object();
  for (const auto& [key, member] : value.as_object()) {
    if (key != "bbox") {
      out.set(key, swapped(member));
      continue;
    }
    Json box = Json::array();
    const auto& n = member.as_array();
    const std::size_t half = n.size() / 2;
    for (std::size_t i = 0; i < n.size(); ++i) {
      const std::size_t in_corner = i % std::max<std::size_t>(half, 1);
      box.push(in_corner < 2 ? n[i - in_corner + (1 - in_corner)] : n[i]);
    }
    out.set(key, std::move(box));
  }
  return out;
}

void swap_axes(query::Expr& e) {
  if (const auto* shape = std::get_if<query::GeometryLiteral>(&e.value); shape && *shape)
    e.value = std::make_shared<const Json>(swapped(**shape));
  for (auto& arg : e.args) swap_axes(arg);
}

Status only_parameters(const http::Request& r, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : r.query_parameters)
    if (name != "f" && name != "lang" && std::find(known.begin(), known.end(), name) == known.end())
      return fail(unknown(name));
  return {};
}

Result<ItemsQuery> read_items_query(const entities::Entity& entity, const entities::Field* geometry,
                                    const Queryables& queryables, const http::Request& r) {
  ItemsQuery out;
  out.list.limit = default_page;
  out.list.sort = "id";
  static constexpr std::string_view known[] = {"limit",       "bbox",       "bbox-crs", "crs",   "datetime", "filter",
                                               "filter-lang", "filter-crs", "after",    "total", "f",        "lang"};
  for (const auto& [name, value] : r.query_parameters) {
    if (std::find(std::begin(known), std::end(known), name) != std::end(known)) continue;
    const auto* f = entity.field(name);
    if (!f || !queryables.has(name) || !is_simple(f->type) || f->sealed) return fail(unknown(name));
    CIVITAS_TRY(auto condition, property_condition(*f, value));
    narrow(out.condition, std::move(condition));
  }
  if (const auto limit = r.query("limit")) {
    const auto n = parse_integer(*limit);
    if (!n || *n < 1)
      return fail(wrong("limit", "limit 应为 1 到 1000 的整数。", "limit must be an integer from 1 to 1000."));
    out.list.limit = static_cast<int>(std::min<std::int64_t>(*n, largest_page));
  }
  CIVITAS_TRY(out.crs, crs_parameter(r, "crs"));
  CIVITAS_TRY(const Crs box_crs, crs_parameter(r, "bbox-crs"));
  if (const auto box = r.query("bbox")) CIVITAS_CHECK(read_box(*box, box_crs, geometry, out));
  if (const auto when = r.query("datetime"); when && entity.history) CIVITAS_CHECK(read_datetime(*when, out));
  CIVITAS_CHECK(read_filter(r, out));
  out.list.after = r.query("after").value_or("");
  out.list.total = r.query("total").value_or("") == "true";
  return out;
}

}  // namespace civitas::gateway
