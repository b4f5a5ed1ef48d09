#include "plug/typed_record.hpp"

#include "entities/validate.hpp"

namespace civitas::plug {

std::optional<std::int64_t> Reference::id() const { return entities::reference_id(*value_); }

std::int64_t id_of(const Json& record) { return entities::reference_id(record["id"]).value_or(0); }

std::optional<std::int64_t> integer_of(const Json& value) {
  return value.is_integer() ? std::optional(value.as_integer()) : std::nullopt;
}

std::optional<double> number_of(const Json& value) {
  return value.is_number() ? std::optional(value.as_number()) : std::nullopt;
}

std::optional<Date> date_of(const Json& value) { return parse_date(value.as_string()); }

std::optional<Instant> instant_of(const Json& value) { return parse_instant(value.as_string()); }

Json to_json(std::string_view text) { return text.empty() ? Json() : Json(text); }

Json to_json(std::optional<std::int64_t> number) { return number ? Json(*number) : Json(); }

Json to_json(std::optional<double> number) { return number ? Json(*number) : Json(); }

Json to_json(std::optional<Date> day) { return day ? Json(format_date(*day)) : Json(); }

Json to_json(std::optional<Instant> time) { return time ? Json(format_instant(*time)) : Json(); }

Json to_reference(std::optional<std::int64_t> id) { return id ? Json(std::to_string(*id)) : Json(); }

Json to_references(const std::vector<std::int64_t>& ids) {
  Json out = Json::array();
  for (const auto id : ids) out.push(Json(std::to_string(id)));
  return out;
}

}  // namespace civitas::plug
