#include "entities/tallies.hpp"

#include <algorithm>

#include "entities/json_record.hpp"
#include "entities/store.hpp"

namespace civitas::entities {

namespace {

// Every count() and sum() over other records in an expression.
void collect(const query::Node& node, std::vector<const query::Node*>& out) {
  if ((node.builtin == query::Builtin::count || node.builtin == query::Builtin::sum) && node.source) out.push_back(&node);
  for (const auto& arg : node.args) collect(arg, out);
}

query::Typed part(const query::Node& node) {
  return query::Typed(std::shared_ptr<const query::Node>(std::shared_ptr<const void>(), &node));
}

std::string number_text(double value) {
  std::string out;
  append_json_number(out, value);
  return out;
}

}  // namespace

Tallies::Tallies(Store& store) : store_(store) {
  for (const auto& system : store.catalog().systems())
    for (const auto& e : system.entities)
      for (const auto& f : e.fields) {
        if (f.computed.empty()) continue;
        const auto rule = store.conditions().expression(e, f.computed);
        if (!rule) continue;  // said when the conditions are checked
        std::vector<const query::Node*> calls;
        collect(rule->root(), calls);
        for (const query::Node* call : calls) {
          targets_[&f] = &e;
          auto& of_type = kept_[store.conditions().entity_of(*call->source)];
          const bool known = std::any_of(of_type.begin(), of_type.end(), [&](const Kept& k) {
            return k.computed == &f && k.reference == call->field->name;
          });
          if (!known) of_type.push_back({&e, &f, call->field->name});
        }
      }
}

bool Tallies::is_counted(const Entity& target) const {
  return !targets_.empty() &&
         std::any_of(target.fields.begin(), target.fields.end(), [&](const Field& f) { return keeps(f); });
}

std::vector<std::pair<const Entity*, std::int64_t>> Tallies::touched(const Entity& referring, const Json* before,
                                                                     const Json* after) const {
  std::vector<std::pair<const Entity*, std::int64_t>> out;
  const auto add = [&](const Entity* target, const std::string& reference) {
    for (const Json* record : {before, after})
      if (record)
        if (const auto id = reference_id((*record)[reference])) out.emplace_back(target, *id);
  };
  if (const auto found = kept_.find(&referring); found != kept_.end())
    for (const Kept& k : found->second) add(k.target, k.reference);
  for (const auto& limit : referring.limits)
    if (const Field* f = referring.field(limit.of)) add(store_.catalog().target_of(*f), limit.of);
  // In one order everywhere, so that no two writers wait for one another.
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first->table, a.second) < std::tie(b.first->table, b.second);
  });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Status Tallies::lock_target(sql::Transaction& t, const Entity& target, std::int64_t id) const {
  if (t.dialect() == sql::Dialect::sqlite) return {};
  CIVITAS_CHECK(t.query_integer("SELECT 1 FROM " + target.table + " WHERE id=? FOR UPDATE", {id}));
  return {};
}

Status Tallies::lock(sql::Transaction& t, const Entity& referring, const Json* before, const Json* after) const {
  if (t.dialect() == sql::Dialect::sqlite || !concerns(referring)) return {};
  for (const auto& [target, id] : touched(referring, before, after)) CIVITAS_CHECK(lock_target(t, *target, id));
  return {};
}

Status Tallies::check_limits(sql::Transaction& t, const Context& context, const Entity& e, const Json* before,
                             const Json& after) const {
  for (const auto& limit : e.limits) {
    const Field& f = *e.field(limit.of);
    const auto target = reference_id(after[f.name]);
    if (!target) continue;
    auto bindings = bindings_for(context.who, context.now);
    CIVITAS_TRY(const auto counted, store_.conditions().typed(e, limit.when));
    const auto counts = [&](const Json& record) {
      return query::evaluate(counted, JsonRecord(e, record), bindings) == query::Truth::yes;
    };
    if (!counts(after)) continue;
    if (before && same_value(f, (*before)[f.name], after[f.name]) && counts(*before)) continue;
    CIVITAS_TRY(const query::Value value, store_.values().evaluate(t, context, {e, after, before}, limit.at_most));
    const auto* whole = std::get_if<std::int64_t>(&value);
    const auto* part_of = std::get_if<double>(&value);
    if (!whole && !part_of) continue;  // no number: no limit
    const double at_most = whole ? static_cast<double>(*whole) : *part_of;
    CIVITAS_TRY(const auto condition, store_.conditions().compile(counted, t.dialect(), bindings));
    std::vector<sql::Param> params{*target, reference_id(after["id"]).value_or(0)};
    params.insert(params.end(), condition.clause.params.begin(), condition.clause.params.end());
    std::int64_t there = 0;
    CIVITAS_CHECK(t.query("SELECT count(*) FROM " + e.table + " t WHERE t." + f.name + "=? AND t.id<>? AND " +
                              condition.clause.sql,
                          sql::Params(params), [&](const sql::Row& row) {
                            there = row.integer(0);
                            return sql::Continue::no;
                          }));
    if (static_cast<double>(there) + 1 > at_most)
      return fail(problem(Kind::unprocessable, "entities.limit.full",
                          "所选“" + f.title.zh + "”的名额已满（共 " + number_text(at_most) + " 个），请选别的。",
                          "The “" + f.title.en + "” chosen is full (" + number_text(at_most) +
                              " in all); choose another.")
                      .with_field(f.name));
  }
  return {};
}

Status Tallies::recount(sql::Transaction& t, const Context& context, const Entity& referring, const Json* before,
                        const Json* after) const {
  const auto found = kept_.find(&referring);
  if (found == kept_.end()) return {};
  for (const Kept& k : found->second) {
    std::vector<std::int64_t> ids;
    for (const Json* record : {before, after})
      if (record)
        if (const auto id = reference_id((*record)[k.reference]);
            id && std::find(ids.begin(), ids.end(), *id) == ids.end())
          ids.push_back(*id);
    for (const auto id : ids) {
      const Storage& s = store_.storage(*k.target);
      CIVITAS_TRY(const Json record, s.find(t, id));
      if (record.is_null()) continue;
      CIVITAS_TRY(const Json value,
                  store_.values().of(t, context, {*k.target, record}, *k.computed, k.computed->computed));
      std::vector<sql::Value> cells;
      if (value.is_null())
        cells.emplace_back();
      else
        append_cells(*k.computed, value, cells);
      CIVITAS_CHECK(t.defer("UPDATE " + k.target->table + " SET " + k.computed->name + "=? WHERE id=?",
                            {sql::Param(cells.front()), sql::Param(id)}));
      t.touched(k.target->table, id);
    }
  }
  return {};
}

Result<query::Value> Tallies::value(sql::Connection& db, const Context& context, const query::Node& call,
                                    std::int64_t id) const {
  const Entity* referring = store_.conditions().entity_of(*call.source);
  if (!referring) return fail(internal_problem("a count of no record type"));
  const bool sums = call.builtin == query::Builtin::sum;
  std::string statement = sums ? "SELECT sum(t." + call.args[0].field->column + ")" : std::string("SELECT count(*)");
  statement += " FROM " + referring->table + " t WHERE t." + call.field->column + "=?";
  std::vector<sql::Value> values{id};
  if (call.args.size() > (sums ? 1U : 0U)) {
    CIVITAS_TRY(const auto condition, store_.conditions().compile(part(call.args.back()), db.dialect(),
                                                                  bindings_for(context.who, context.now)));
    statement += " AND " + condition.clause.sql;
    values.insert(values.end(), condition.clause.params.begin(), condition.clause.params.end());
  }
  const std::vector<sql::Param> params(values.begin(), values.end());
  query::Value out;
  CIVITAS_CHECK(db.query(statement, sql::Params(params), [&](const sql::Row& row) {
    if (sums)
      out = row.is_null(0) ? 0.0 : row.real(0);
    else
      out = row.integer(0);
    return sql::Continue::no;
  }));
  return out;
}

}  // namespace civitas::entities
