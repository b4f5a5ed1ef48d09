#include "entities/values.hpp"

#include <cmath>

#include "entities/list_order.hpp"
#include "entities/store.hpp"
#include "entities/validate.hpp"

namespace civitas::entities {

namespace {

std::vector<sql::Param> params_of(const std::vector<sql::Value>& values) { return {values.begin(), values.end()}; }

// A node of a tree that outlives what is made of it.
query::Typed part(const query::Node& node) {
  return query::Typed(std::shared_ptr<const query::Node>(std::shared_ptr<const void>(), &node));
}

bool reads_outer(const query::Node& node, const Json& record, const Json& before, const Entity& e) {
  if (node.outer) {
    const std::string& name = node.through ? node.through->name : node.field->name;
    const Field* f = e.field(name);
    return f ? !same_value(*f, record[name], before[name]) : !(record[name] == before[name]);
  }
  return std::any_of(node.args.begin(), node.args.end(),
                     [&](const auto& arg) { return reads_outer(arg, record, before, e); });
}

}  // namespace

Json wire_value(FieldType type, const query::Value& v) {
  if (const auto* text = std::get_if<std::string>(&v)) return text->empty() ? Json() : Json(*text);
  if (const auto* flag = std::get_if<bool>(&v)) return Json(*flag);
  if (const auto* date = std::get_if<Date>(&v)) {
    if (type == FieldType::instant) return Json(format_instant(start_of_day(*date)));
    return Json(format_date(*date));
  }
  if (const auto* at = std::get_if<Instant>(&v)) {
    if (type == FieldType::date) return Json(format_date(date_in_china(*at)));
    return Json(format_instant(*at));
  }
  if (const auto* shape = std::get_if<geo::Geometry>(&v)) return Json::parse(shape->to_geojson()).value_or(Json());
  if (const auto* list = std::get_if<query::TextList>(&v)) {
    Json out = Json::array();
    for (const auto& item : *list) out.push(Json(item));
    return out;
  }
  if (const auto* integer = std::get_if<std::int64_t>(&v)) {
    if (type == FieldType::ref) return Json(Json::Object{{"id", Json(std::to_string(*integer))}});
    return type == FieldType::decimal ? Json(static_cast<double>(*integer)) : Json(*integer);
  }
  const auto* number = std::get_if<double>(&v);
  constexpr double exact = 9'007'199'254'740'992;
  if (!number || !std::isfinite(*number)) return {};
  if (type != FieldType::integer && type != FieldType::duration) return Json(*number);
  return std::fabs(*number) <= exact ? Json(static_cast<std::int64_t>(std::llround(*number))) : Json();
}

query::Value SteppingRecord::get_through(std::string_view ref, std::string_view field) const {
  const Field* f = entity_.field(ref);
  const Entity* target = f ? store_.catalog().target_of(*f) : nullptr;
  const auto id = f ? reference_id(record_[ref]) : std::nullopt;
  if (!target || !id || !status_) return {};
  auto known = referred_.find(ref);
  if (known == referred_.end()) {
    const Storage& s = store_.storage(*target);
    Json found;
    const sql::Param params[] = {*id};
    status_ = s.query(db_, s.select(false) + " WHERE t.id=?", params, Versions::latest, nullptr,
                      [&](const sql::Row& row) {
                        found = s.read_record(row, s.reading_all());
                        return sql::Continue::no;
                      });
    known = referred_.emplace(std::string(ref), std::move(found)).first;
  }
  return JsonRecord(*target, known->second).get(field);
}

Result<query::Value> Values::first(sql::Connection& db, const Context& context, const query::Node& call,
                                   const query::Record& outer) const {
  const Entity* target = store_.conditions().entity_of(*call.source);
  if (!target) return fail(internal_problem("first() looks in no record type"));
  auto bindings = bindings_for(context.who, context.now);
  bindings.outer = &outer;
  const Storage& s = store_.storage(*target);
  CIVITAS_TRY(const auto condition, store_.conditions().compile(part(call.args[0]), s.dialect(), bindings));
  CIVITAS_TRY(const Sort sort, read_sort(*target, ""));
  Json found;
  const auto params = params_of(condition.clause.params);
  CIVITAS_CHECK(s.query(db,
                        s.select(false) + " WHERE " + condition.clause.sql + order_clause(sort, s.dialect()) +
                            (condition.residual ? "" : " LIMIT 1"),
                        sql::Params(params), Versions::latest, nullptr, [&](const sql::Row& row) {
                          Json record = s.read_record(row, s.reading_all());
                          if (condition.residual && query::evaluate(*condition.residual, JsonRecord(*target, record),
                                                                    bindings) != query::Truth::yes)
                            return sql::Continue::yes;
                          found = std::move(record);
                          return sql::Continue::no;
                        }));
  if (found.is_null()) return query::Value();
  const SteppingRecord view(store_, db, *target, found);
  if (call.args.size() == 1) return view.get("id");
  query::Value value = query::evaluate_expression(part(call.args[1]), view, bindings);
  CIVITAS_CHECK(view.status());
  return value;
}

std::function<query::Value(const query::Node&, const query::Record&)> Values::elsewhere(sql::Connection& db,
                                                                                        const Context& context,
                                                                                        const query::Record& record,
                                                                                        std::int64_t id,
                                                                                        Status& asked) const {
  return [this, &db, &context, &record, id, &asked](const query::Node& call, const query::Record&) -> query::Value {
    if (!asked) return {};
    auto found = call.builtin == query::Builtin::first ? first(db, context, call, record)
                                                       : store_.tallies().value(db, context, call, id);
    if (found) return *std::move(found);
    asked = fail(std::move(found.error()));
    return {};
  };
}

Result<query::Value> Values::evaluate(sql::Connection& db, const Context& context, const Subject& subject,
                                      const std::string& text) const {
  const Entity& e = subject.entity;
  CIVITAS_TRY(const auto typed, store_.conditions().expression(e, text));
  auto bindings = bindings_for(context.who, context.now);
  const Json none;
  const JsonRecord was(e, subject.before ? *subject.before : none);
  if (subject.before) bindings.old = &was;
  const SteppingRecord view(store_, db, e, subject.record);
  Status asked;
  bindings.elsewhere = elsewhere(db, context, view, reference_id(subject.record["id"]).value_or(0), asked);
  query::Value value = query::evaluate_expression(typed, view, bindings);
  CIVITAS_CHECK(asked);
  CIVITAS_CHECK(view.status());
  return value;
}

Result<Json> Values::of(sql::Connection& db, const Context& context, const Subject& subject, const FieldOf& target,
                        const std::string& text) const {
  CIVITAS_TRY(const query::Value found, evaluate(db, context, subject, text));
  Json value = wire_value(target.field.type, found);
  CIVITAS_CHECK(validate_value(store_.catalog(), target.entity, target.field, value));
  return value;
}

Result<Json> Values::computed(sql::Connection& db, const Context& context, const Entity& e, const Field& f,
                              const Json& record) const {
  CIVITAS_TRY(const query::Value found, evaluate(db, context, {e, record}, f.computed));
  return wire_value(f.type, found);
}

Status Values::fill(sql::Connection& db, const Context& context, const Entity& e, Json& record) const {
  for (const auto& f : e.fields) {
    if (f.default_rule.empty() || !record[f.name].is_null()) continue;
    CIVITAS_TRY(Json value, of(db, context, {e, record}, {e, f}, f.default_rule));
    if (!value.is_null()) record.set(f.name, std::move(value));
  }
  return {};
}

Status Values::check_options(sql::Connection& db, const Context& context, const Entity& e, const Json& record,
                             const Json* before) const {
  for (const auto& f : e.fields) {
    if (f.options.empty() || record[f.name].is_null()) continue;
    CIVITAS_TRY(const auto condition, store_.conditions().options(e, f));
    if (before && same_value(f, record[f.name], (*before)[f.name]) &&
        !reads_outer(condition.root(), record, *before, e))
      continue;
    const Json one(Json::Array{record[f.name]});
    for (const auto& chosen : (f.type == FieldType::refs ? record[f.name] : one).as_array())
      CIVITAS_CHECK(check_option(db, context, e, f, record, reference_id(chosen).value_or(0)));
  }
  return {};
}

Status Values::check_option(sql::Connection& db, const Context& context, const Entity& e, const Field& f,
                            const Json& record, std::int64_t chosen) const {
  const Entity& target = *store_.catalog().target_of(f);
  const Storage& s = store_.storage(target);
  const SteppingRecord outer(store_, db, e, record);
  auto bindings = bindings_for(context.who, context.now);
  bindings.outer = &outer;
  CIVITAS_TRY(const auto typed, store_.conditions().options(e, f));
  CIVITAS_TRY(const auto condition, store_.conditions().compile(typed, s.dialect(), bindings));
  auto params = params_of(condition.clause.params);
  params.insert(params.begin(), sql::Param(chosen));
  bool holds = false;
  CIVITAS_CHECK(s.query(db, s.select(false) + " WHERE t.id=? AND " + condition.clause.sql, sql::Params(params),
                        Versions::latest, nullptr, [&](const sql::Row& row) {
                          holds = !condition.residual ||
                                  query::evaluate(*condition.residual,
                                                  JsonRecord(target, s.read_record(row, s.reading_all())),
                                                  bindings) == query::Truth::yes;
                          return sql::Continue::no;
                        }));
  CIVITAS_CHECK(outer.status());
  if (holds) return {};
  return fail(problem(Kind::unprocessable, "entities.field.option",
                      "“" + f.title.zh + "”所选的“" + target.title.zh + "”现在不能选，请重新选择。",
                      "The “" + target.title.en + "” chosen for “" + f.title.en +
                          "” cannot be chosen now; choose another.")
                  .with_field(f.name));
}

}  // namespace civitas::entities
