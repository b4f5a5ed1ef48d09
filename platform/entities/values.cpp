#include "entities/values.hpp"

#include <cmath>
#include <limits>

#include "base/strings.hpp"
#include "entities/list_order.hpp"
#include "entities/list_statement.hpp"
#include "entities/stepping_record.hpp"
#include "entities/store.hpp"
#include "entities/validate.hpp"

namespace civitas::entities {

namespace {

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
    const Json id(std::to_string(*integer));
    if (type == FieldType::ref) return Json(Json::Object{{"id", id}});
    if (type == FieldType::refs) return Json(Json::Array{id});
    return type == FieldType::decimal ? Json(static_cast<double>(*integer)) : Json(*integer);
  }
  const auto* number = std::get_if<double>(&v);
  constexpr double exact = 9'007'199'254'740'992;
  if (!number || !std::isfinite(*number)) return {};
  if (type != FieldType::integer && type != FieldType::duration) return Json(*number);
  return std::fabs(*number) <= exact ? Json(static_cast<std::int64_t>(std::llround(*number))) : Json();
}

bool is_nothing(std::string_view value) { return value == "NULL" || value == "null"; }

std::optional<FieldOf> field_as_it_stands(const Catalog& catalog, const Entity& subject, const query::Node& value) {
  const bool own = value.op == query::Op::property && value.builtin == query::Builtin::none;
  if (!own && value.builtin != query::Builtin::old) return std::nullopt;
  const Field* reference = value.through ? subject.field(value.through->name) : nullptr;
  const Entity* of = reference ? catalog.target_of(*reference) : value.through ? nullptr : &subject;
  const Field* field = of ? of->field(value.field->name) : nullptr;
  if (!field) return std::nullopt;
  return FieldOf{*of, *field};
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
  ListStatement statement;
  statement.columns.sql = s.selected();
  statement.table = s.table();
  statement.joins = s.joins();
  statement.where = condition.clause;
  statement.order = order_clause(sort, s.dialect());
  statement.limit = condition.residual ? std::numeric_limits<std::int64_t>::max() : 1;
  const Clause text = statement.text();
  const auto params = params_of(text.params);
  Json found;
  CIVITAS_CHECK(s.query(db, text.sql, params, Versions::latest, nullptr, [&](const sql::Row& row) {
    Json record = s.read_record(row, s.reading_all());
    if (condition.residual &&
        query::evaluate(*condition.residual, JsonRecord(*target, record), bindings) != query::Truth::yes)
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

Result<query::Value> Values::evaluate(sql::Connection& db, const Context& context, const Subject& subject,
                                      const query::Typed& value) const {
  auto bindings = bindings_for(context.who, context.now);
  const Json none;
  const JsonRecord was(subject.entity, subject.before ? *subject.before : none);
  if (subject.before) bindings.old = &was;
  const SteppingRecord view(store_, db, subject.entity, subject.record);
  Status asked;
  bindings.elsewhere = [&](const query::Node& call, const query::Record&) -> query::Value {
    if (!asked) return {};
    auto found = call.builtin == query::Builtin::first
                     ? first(db, context, call, view)
                     : store_.tallies().value(db, context, call, reference_id(subject.record["id"]).value_or(0));
    if (found) return *std::move(found);
    asked = fail(std::move(found.error()));
    return {};
  };
  query::Value made = query::evaluate_expression(value, view, bindings);
  CIVITAS_CHECK(asked);
  CIVITAS_CHECK(view.status());
  return made;
}

Result<query::Value> Values::evaluate(sql::Connection& db, const Context& context, const Subject& subject,
                                      const std::string& text) const {
  CIVITAS_TRY(const auto typed, store_.conditions().expression(subject.entity, text));
  return evaluate(db, context, subject, typed);
}

Result<Json> Values::of(sql::Connection& db, const Context& context, const Subject& subject, const Field& field,
                        const std::string& text) const {
  if (is_nothing(text)) return Json();
  CIVITAS_TRY(const auto typed, store_.conditions().expression(subject.entity, text));
  const query::Node& root = typed.root();
  // A field as it stands keeps what no value of a condition carries: files, rows, dates that are uncertain.
  const auto copied = field_as_it_stands(store_.catalog(), subject.entity, root);
  if (copied && copied->field.type == field.type) {
    static const Json none;
    const SteppingRecord view(store_, db, subject.entity, subject.record);
    const Json& from = root.through                              ? view.referred(root.through->name)
                       : root.builtin != query::Builtin::old ? subject.record
                       : subject.before                      ? *subject.before
                                                             : none;
    Json value = from[copied->field.name];
    CIVITAS_CHECK(view.status());
    return value;
  }
  CIVITAS_TRY(const query::Value found, evaluate(db, context, subject, typed));
  return wire_value(field.type, found);
}

Status Values::compute(sql::Connection& db, const Context& context, const Entity& e, Json& record) const {
  for (const auto& f : e.fields) {
    if (f.computed.empty()) continue;
    CIVITAS_TRY(Json value, of(db, context, {e, record}, f, f.computed));
    record.set(f.name, std::move(value));
  }
  return {};
}

Status Values::fill(sql::Connection& db, const Context& context, const Entity& e, Json& record) const {
  for (const auto& f : e.fields) {
    if (f.default_rule.empty() || !record[f.name].is_null()) continue;
    CIVITAS_TRY(Json value, of(db, context, {e, record}, f, f.default_rule));
    CIVITAS_CHECK(validate_value(store_.catalog(), e, f, value));
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
  CIVITAS_CHECK(s.query(
      db, s.select() + " WHERE t.id=? AND " + condition.clause.sql, params, Versions::latest, nullptr,
      [&](const sql::Row& row) {
        holds = !condition.residual || query::evaluate(*condition.residual,
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
