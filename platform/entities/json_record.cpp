#include "entities/json_record.hpp"

#include "base/strings.hpp"
#include "base/time.hpp"
#include "entities/sealing.hpp"
#include "entities/validate.hpp"
#include "geo/geometry.hpp"

namespace civitas::entities {

const Field* JsonRecord::field(std::string_view name) const {
  for (const auto& f : fields_)
    if (f.name == name) return &f;
  return nullptr;
}

bool JsonRecord::any_row(std::string_view rows, const std::function<bool(const query::Record&)>& test) const {
  const Field* f = field(rows);
  if (!f || f->type != FieldType::rows) return false;
  for (const auto& row : record_[rows].as_array())
    if (test(JsonRecord(f->fields, row))) return true;
  return false;
}

query::Value JsonRecord::get(std::string_view name) const {
  const Json& v = record_[name];
  if (v.is_null()) return {};
  const Field* f = field(name);
  if (!f) {
    if (name == "id" || name == "created_by" || name == "updated_by") {
      const auto id = reference_id(v);
      return id ? query::Value(*id) : query::Value();
    }
    if (name == "version") return v.as_integer();
    if (name == "created_at" || name == "updated_at") {
      const auto at = parse_instant(v.as_string());
      return at ? query::Value(*at) : query::Value();
    }
    return v.as_string();
  }
  if (f->sealed) return normal_form(f->type, v.as_string());
  switch (f->type) {
    case FieldType::duration:
    case FieldType::integer: return v.as_integer();
    case FieldType::decimal: return v.as_number();
    case FieldType::boolean: return v.as_bool();
    case FieldType::date: {
      const auto date = parse_date(v.as_string());
      return date ? query::Value(*date) : query::Value();
    }
    case FieldType::instant: {
      const auto at = parse_instant(v.as_string());
      return at ? query::Value(*at) : query::Value();
    }
    case FieldType::uncertain_date: {
      const auto span = parse_uncertain_date(v.as_string());
      return span ? query::Value(query::DateSpan{span->earliest, span->latest}) : query::Value();
    }
    case FieldType::ref: {
      const auto id = reference_id(v);
      return id ? query::Value(*id) : query::Value();
    }
    case FieldType::refs: {
      query::TextList list;
      for (const auto& item : v.as_array()) list.push_back(std::to_string(reference_id(item).value_or(0)));
      return list.empty() ? query::Value() : query::Value(std::move(list));
    }
    case FieldType::labels: {
      query::TextList list;
      for (const auto& item : v.as_array()) list.push_back(item.as_string());
      return list.empty() ? query::Value() : query::Value(std::move(list));
    }
    case FieldType::point:
    case FieldType::line:
    case FieldType::polygon:
    case FieldType::geometry: {
      auto shape = geo::Geometry::from_geojson(v);
      return shape ? query::Value(*shape) : query::Value();
    }
    case FieldType::files:
    case FieldType::schedule:
    case FieldType::rows:
    case FieldType::json: return v.dump();
    default: return v.as_string();
  }
}

}  // namespace civitas::entities
