// Records that a step makes, and cases that it starts and waits for.
#include "entities/process_references.hpp"
#include "process/engine.hpp"
#include "process/steps.hpp"

namespace civitas::process {

using entities::Context;
using entities::Entity;
using entities::MadeRecord;
using entities::ProcessDeclaration;
using entities::StateKind;
using entities::Transition;

Status Engine::make_records(sql::Transaction& t, const Context& c, entities::Store::Change& change,
                            const Transition& step) {
  const Entity& e = *change.entity;
  const auto make = [&](const MadeRecord& made) -> Result<std::int64_t> {
    const Entity* of = entities::entity_of(store_.catalog(), e, made);
    if (!of) return fail(internal_problem("no entity " + made.entity + " to be made by " + step.name));
    Json values = Json::object();
    for (const auto& v : made.set) {
      const auto* field = of->field(v.field);
      if (!field) return fail(internal_problem("no field " + v.field + " of " + made.entity));
      CIVITAS_TRY(Json value, store_.values().of(t, c, {e, change.record, &change.before}, *field, v.value));
      if (!value.is_null()) values.set(v.field, std::move(value));
    }
    entities::WriteOptions options;
    options.read_only = entities::ReadOnly::accept;
    options.rules = entities::Rules::skip("step " + step.name + " of " + e.path() + "/" + std::to_string(change.id));
    const Context product{identity::system_principal("办理环节 " + step.title.zh + "（" + c.who.name + "）"), c.now, c.request};
    CIVITAS_TRY(const Json record, store_.create(t, product, *of, std::move(values), options));
    const auto id = entities::reference_id(record["id"]).value_or(0);
    if (const auto* link = entities::link_of(store_.catalog(), e, made)) {
      Json links = Json::object();
      links.set(link->name, Json(std::to_string(id)));
      CIVITAS_CHECK(store_.add_to(change, std::move(links)));
    }
    return id;
  };
  if (step.creates) CIVITAS_CHECK(make(*step.creates));
  if (step.starts) {
    CIVITAS_TRY(const auto child, make(*step.starts));
    CIVITAS_CHECK(t.execute("INSERT INTO process_started(child,parent,entity,transition) VALUES(?,?,?,?)",
                            {child, change.id, e.path(), step.name}));
  }
  return {};
}

Result<bool> Engine::hear_of_started(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                                     const ProcessDeclaration& p) {
  bool waits = false;
  for (const auto& step : p.transitions) waits = waits || step.starts.has_value();
  if (!waits) return false;
  struct Ended {
    std::int64_t child = 0;
    std::string by, entity, state, definition;
  };
  std::vector<Ended> all;
  CIVITAS_CHECK(
      t.query("SELECT s.child,s.transition,k.entity,k.state,k.definition FROM process_started s JOIN process_case k ON "
              "k.record=s.child WHERE s.parent=? AND s.ended_at IS NULL AND k.finished_at IS NOT NULL ORDER BY s.child",
              {id}, [&](const sql::Row& row) {
                all.push_back({row.integer(0), std::string(row.text(1)), std::string(row.text(2)),
                               std::string(row.text(3)), std::string(row.text(4))});
                return sql::Continue::yes;
              }));
  for (const auto& ended : all) {
    CIVITAS_CHECK(
        t.execute("UPDATE process_started SET ended_at=? WHERE child=?", {c.now.micros, ended.child}));
    const Transition* step = p.transition(ended.by);
    const Entity* child = store_.catalog().entity_by_path(ended.entity);
    if (!step || !step->starts || !child) continue;
    CIVITAS_TRY(const ProcessDeclaration* course, definition(t, *child, ended.definition));
    const auto* state = course->state(ended.state);
    const bool well = state && state->kind == StateKind::final;
    const std::string& next = well ? step->starts->done : step->starts->rejected;
    if (next.empty()) continue;
    CIVITAS_TRY(const bool took,
                take_if_possible(t, c, e, id, next, "“" + child->title.zh + "”：" + (state ? state->title.zh : "")));
    if (took) return true;
  }
  return false;
}

Status Engine::tell_starter(sql::Transaction& t, const Context& c, std::int64_t id) {
  std::int64_t parent = 0;
  std::string path;
  CIVITAS_CHECK(
      t.query("SELECT s.parent,s.entity FROM process_started s JOIN process_case k ON k.record=s.child WHERE s.child=? "
              "AND s.ended_at IS NULL AND k.finished_at IS NOT NULL",
              {id}, [&](const sql::Row& row) {
                parent = row.integer(0);
                path = row.text(1);
                return sql::Continue::no;
              }));
  const Entity* e = parent ? store_.catalog().entity_by_path(path) : nullptr;
  if (e && e->process) CIVITAS_CHECK(settle(t, c, *e, parent));
  return {};
}

}  // namespace civitas::process
