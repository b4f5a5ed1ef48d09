#include "entities/columns.hpp"

#include "base/time.hpp"
#include "entities/validate.hpp"
#include "geo/geometry.hpp"

namespace civitas::entities {

const char* sql_type(ColumnType type, sql::Dialect dialect) {
  if (type == ColumnType::integer) return "BIGINT";
  if (type == ColumnType::real) return "DOUBLE PRECISION";
  // Text is ordered by code point in both databases.
  return dialect == sql::Dialect::postgres ? "TEXT COLLATE \"C\"" : "TEXT";
}

std::vector<Column> columns_of(const Field& f) {
  const std::string& n = f.name;
  switch (f.type) {
    case FieldType::integer:
    case FieldType::boolean:
    case FieldType::date:
    case FieldType::duration:
    case FieldType::instant: return {{n, ColumnType::integer}};
    case FieldType::decimal: return {{n, ColumnType::real}};
    case FieldType::uncertain_date:
      return {{n, ColumnType::text}, {n + "_earliest", ColumnType::integer}, {n + "_latest", ColumnType::integer}};
    case FieldType::ref:
      if (f.scope_path) return {{n, ColumnType::integer}, {n + "_path", ColumnType::text}};
      return {{n, ColumnType::integer}};
    case FieldType::point:
    case FieldType::line:
    case FieldType::polygon:
    case FieldType::geometry:
      return {{n, ColumnType::text},
              {n + "_min_x", ColumnType::real},
              {n + "_min_y", ColumnType::real},
              {n + "_max_x", ColumnType::real},
              {n + "_max_y", ColumnType::real}};
    case FieldType::rows:
    case FieldType::refs: return {};
    default: return {{n, ColumnType::text}};
  }
}

void append_cells(const Field& f, const Json& v, std::vector<sql::Value>& out) {
  switch (f.type) {
    case FieldType::duration:
    case FieldType::integer: out.emplace_back(v.as_integer()); break;
    case FieldType::decimal: out.emplace_back(v.as_number()); break;
    case FieldType::boolean: out.emplace_back(std::int64_t{v.as_bool()}); break;
    case FieldType::date: out.emplace_back(std::int64_t{parse_date(v.as_string()).value_or(Date{}).days}); break;
    case FieldType::instant: out.emplace_back(parse_instant(v.as_string()).value_or(Instant{}).micros); break;
    case FieldType::uncertain_date: {
      const auto span = parse_uncertain_date(v.as_string());
      out.emplace_back(v.as_string());
      out.emplace_back(span ? sql::Value(std::int64_t{span->earliest.days}) : sql::Value());
      out.emplace_back(span ? sql::Value(std::int64_t{span->latest.days}) : sql::Value());
      break;
    }
    case FieldType::ref: out.emplace_back(reference_id(v).value_or(0)); break;
    case FieldType::point:
    case FieldType::line:
    case FieldType::polygon:
    case FieldType::geometry: {
      const geo::Box box = geo::bounds_of_geojson(v);
      out.emplace_back(v.dump());
      for (double edge : {box.min_x, box.min_y, box.max_x, box.max_y}) out.emplace_back(edge);
      break;
    }
    case FieldType::files:
    case FieldType::labels:
    case FieldType::schedule:
    case FieldType::json: out.emplace_back(v.dump()); break;
    default: out.emplace_back(v.as_string());
  }
}

void write_cell(JsonText& out, const Field& f, const sql::Row& row, int at) {
  switch (f.type) {
    case FieldType::duration:
    case FieldType::integer: out.number(row.integer(at)); break;
    case FieldType::decimal: out.number(row.real(at)); break;
    case FieldType::boolean: out.boolean(row.integer(at) != 0); break;
    case FieldType::date: out.text(format_date({static_cast<std::int32_t>(row.integer(at))})); break;
    case FieldType::instant: out.instant({row.integer(at)}); break;
    case FieldType::ref:
      out.plain("{\"id\":").id(row.integer(at)).plain(",\"title\":").text(row.text(at + 1)).plain("}");
      break;
    case FieldType::refs:
    case FieldType::rows:
    case FieldType::files:
    case FieldType::labels:
    case FieldType::schedule:
    case FieldType::json:
    case FieldType::point:
    case FieldType::line:
    case FieldType::polygon:
    case FieldType::geometry: out.plain(row.text(at)); break;
    default: out.text(row.text(at));
  }
}

bool same_value(const Field& f, const Json& a, const Json& b) {
  if (f.type == FieldType::ref) return a.is_null() == b.is_null() && reference_id(a) == reference_id(b);
  if (f.type != FieldType::refs && f.type != FieldType::rows) return a == b;
  if (a.size() != b.size()) return false;
  const auto &left = a.as_array(), &right = b.as_array();
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (f.type == FieldType::refs) {
      if (reference_id(left[i]) != reference_id(right[i])) return false;
      continue;
    }
    for (const auto& inner : f.fields)
      if (!same_value(inner, left[i][inner.name], right[i][inner.name])) return false;
  }
  return true;
}

}  // namespace civitas::entities
