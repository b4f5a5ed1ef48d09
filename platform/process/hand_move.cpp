// Cases that nothing would move any more, as when the program's own step or the case they wait for is gone: the system
// administrator moves them by hand, with a reason, never into an end. Who decides about a case decides how it ends.
#include <algorithm>

#include "process/engine.hpp"
#include "process/record_title.hpp"
#include "process/steps.hpp"

namespace civitas::process {

using entities::Context;
using entities::Entity;
using entities::ProcessDeclaration;
using entities::State;
using entities::StateKind;
using entities::Transition;

namespace {

constexpr std::size_t most_shown = 200;

// By whom or what the step is taken besides the product itself; one for `system` alone is taken by a declared job.
bool somebody_takes(const entities::System& system, const Entity& e, const Transition& t) {
  if (t.automatic) return true;
  for (const auto& role : t.roles) {
    if (role != "system") return true;
    for (const auto& job : system.jobs)
      if (job.entity == e.name && job.step == t.name) return true;
  }
  return e.inbound && e.inbound->step == t.name;
}

}  // namespace

Result<bool> Engine::can_go_on(sql::Connection& c, const Entity& e, std::int64_t id, const std::string& state,
                               const ProcessDeclaration& p) {
  const State* s = p.state(state);
  if (!s) return false;
  const auto takes = [&](const std::string& name) {
    const Transition* t = p.transition(name);
    return t && t->leaves(state);
  };
  if (s->joint && (takes(s->joint->then) || takes(s->joint->refused))) return true;
  if (takes(s->then)) {
    // Cases that began in such a state before first states had periods wait for nothing.
    CIVITAS_TRY(const auto waits, c.query_integer("SELECT 1 FROM process_case WHERE record=? AND goes_on_at IS NOT NULL", {id}));
    if (waits) return true;
  }
  for (const auto& clock : p.clocks)
    if (takes(clock.late.go)) return true;
  const auto& system = *store_.catalog().system(e.system);
  for (const auto& t : p.transitions)
    if (t.leaves(state) && !t.stays() && somebody_takes(system, e, t)) return true;
  CIVITAS_TRY(const auto waits,
              c.query_integer("SELECT 1 FROM process_started s JOIN process_case k ON k.record=s.child "
                              "WHERE s.parent=? AND s.ended_at IS NULL LIMIT 1",
                              {id}));
  return waits.has_value();
}

Status Engine::standing_still(sql::Connection& c, std::string& out) {
  struct Group {
    std::string entity, definition, state;
  };
  std::vector<Group> groups;
  CIVITAS_CHECK(c.query("SELECT DISTINCT entity,definition,state FROM process_case WHERE finished_at IS NULL ORDER BY 1,3",
                        {}, [&](const sql::Row& row) {
                          groups.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))});
                          return sql::Continue::yes;
                        }));
  Json items = Json::array();
  for (const auto& g : groups) {
    const Entity* e = store_.catalog().entity_by_path(g.entity);
    if (!e || !e->process) continue;
    CIVITAS_TRY(const ProcessDeclaration* p, definition(c, *e, g.definition));
    // Of most states it is plain by the definition alone; what time or another case moves is asked of each.
    CIVITAS_TRY(const bool all_go_on, can_go_on(c, *e, 0, g.state, *p));
    if (all_go_on) continue;
    std::vector<std::pair<std::int64_t, Instant>> cases;
    CIVITAS_CHECK(c.query("SELECT record,entered_at FROM process_case WHERE finished_at IS NULL AND entity=? AND "
                          "definition=? AND state=? ORDER BY entered_at LIMIT " + std::to_string(most_shown),
                          {g.entity, g.definition, g.state}, [&](const sql::Row& row) {
                            cases.emplace_back(row.integer(0), Instant{row.integer(1)});
                            return sql::Continue::yes;
                          }));
    for (const auto& [id, since] : cases) {
      CIVITAS_TRY(const bool goes_on, can_go_on(c, *e, id, g.state, *p));
      if (goes_on || items.size() >= most_shown) continue;
      const State* now = p->state(g.state);
      Json states = Json::array();
      for (const auto& s : p->states)
        if (!ends(s) && s.name != g.state)
          states.push(Json(Json::Object{{"name", Json(s.name)}, {"title", Json(s.title)}}));
      items.push(Json(Json::Object{{"entity", Json(g.entity)},
                                   {"id", Json(std::to_string(id))},
                                   {"title", Json(e->title)},
                                   {"state", Json(now ? now->title : Text{g.state, g.state})},
                                   {"since", Json(format_instant(since))},
                                   {"states", std::move(states)}}));
    }
  }
  out = Json(Json::Object{{"items", std::move(items)}}).dump();
  return {};
}

Status Engine::move_by_hand(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id, const Json& input) {
  CIVITAS_TRY(const Case now, load_case_to_change(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  CIVITAS_TRY(const std::string comment, comment_of(input));
  if (comment.empty())
    return fail(invalid("entities.field.required", "请写明为什么人工调整。", "Say why the case is moved by hand.")
                    .with_field("comment"));
  CIVITAS_TRY(const bool goes_on, can_go_on(t, e, id, now.state, *p));
  if (now.finished_at || goes_on)
    return fail(problem(Kind::unprocessable, "process.move.goes_on", "这个件还能正常办理，不能人工调整。",
                        "This case can go on as declared and is not moved by hand."));
  const State* to = p->state(input["to"].as_string());
  if (!to || ends(*to) || to->name == now.state)
    return fail(problem(Kind::unprocessable, "process.move.state", "请选择这个流程中另一个未办结的状态。",
                        "Choose another state of this process that is no end.")
                    .with_field("to"));
  entities::WriteOptions options;
  options.read_only = entities::ReadOnly::accept;
  options.action = "move_by_hand";
  options.rules = entities::Rules::skip("moved by hand: " + comment);
  CIVITAS_TRY(auto change, store_.begin_change(t, c, e, id, Json::object(), options));
  CIVITAS_TRY(Json entering, on_entering(*p, to->name, c.now));
  CIVITAS_CHECK(store_.add_to(change, std::move(entering)));
  change.record.set("state", Json(to->name));
  CIVITAS_TRY(const Json record, store_.finish_change(t, c, std::move(change)));
  CIVITAS_CHECK(enter(t, *p, id, {to->name, c.now, 0, "", 0, 0}, c.now));
  if (const State* from = p->state(now.state); from && from->joint) CIVITAS_CHECK(close_parts(t, id, c.now));
  if (to->joint) CIVITAS_CHECK(open_parts(t, c, e, record, *to->joint));
  CIVITAS_CHECK(add_trace(t, c, e, id, "move_by_hand", {"人工调整", "Moved by hand"}, now.state, to->name, comment, Json(),
                          to->kind == StateKind::stopped));
  CIVITAS_CHECK(keep_clocks(t, e, id, *p, c.now));
  CIVITAS_TRY(const Case then, load_case(t, e, id));
  CIVITAS_CHECK(watch(t, e, id, then, *p));
  if (now.owner && now.owner != c.who.id) {
    CIVITAS_TRY(const std::string title, title_of(t, e, id));
    CIVITAS_CHECK(tell(t, c.now, e, id, now.owner,
                       {{"“" + title + "”：" + to->title.zh + "（由系统管理员人工调整）",
                         "“" + title + "”: " + to->title.en + " (moved by hand by the system administrator)"},
                        ""}));
  }
  CIVITAS_TRY(const bool moved, settle(t, c, e, id));
  static_cast<void>(moved);
  return {};
}

}  // namespace civitas::process
