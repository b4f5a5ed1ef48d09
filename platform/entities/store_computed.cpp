// Fields that the product computes from the other fields of a record, at every write.
#include <cmath>

#include "entities/json_record.hpp"
#include "entities/store.hpp"
#include "entities/wire_value.hpp"

namespace civitas::entities {

Json wire_value(FieldType type, const query::Value& v) {
  if (const auto* id = std::get_if<std::int64_t>(&v); id && type == FieldType::ref) return Json(std::to_string(*id));
  if (const auto* id = std::get_if<std::int64_t>(&v); id && type == FieldType::refs)
    return Json(Json::Array{Json(std::to_string(*id))});
  if (const auto* at = std::get_if<Instant>(&v)) return Json(format_instant(*at));
  if (const auto* text = std::get_if<std::string>(&v)) return text->empty() ? Json() : Json(*text);
  if (const auto* flag = std::get_if<bool>(&v)) return Json(*flag);
  if (const auto* date = std::get_if<Date>(&v)) return Json(format_date(*date));
  if (const auto* integer = std::get_if<std::int64_t>(&v))
    return type == FieldType::decimal ? Json(static_cast<double>(*integer)) : Json(*integer);
  const auto* number = std::get_if<double>(&v);
  constexpr double exact = 9'007'199'254'740'992;
  if (!number || !std::isfinite(*number)) return {};
  if (type != FieldType::integer) return Json(*number);
  return std::fabs(*number) <= exact ? Json(static_cast<std::int64_t>(std::llround(*number))) : Json();
}

Status Store::compute(const Context& context, const Entity& e, Json& record) {
  for (const auto& f : e.fields) {
    if (f.computed.empty()) continue;
    CIVITAS_TRY(const auto expression, conditions_.expression(e, f.computed));
    record.set(f.name, wire_value(f.type, query::evaluate_expression(expression, JsonRecord(e, record),
                                                                     bindings_for(context.who, context.now))));
  }
  return {};
}

}  // namespace civitas::entities
