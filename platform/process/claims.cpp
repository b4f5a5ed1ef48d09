// Cases held by somebody who can no longer act: disabled, a role or a post taken away. Their claim ends at once.
#include <algorithm>

#include "identity/identity.hpp"
#include "process/engine.hpp"
#include "process/record_title.hpp"

namespace civitas::process {

using entities::Context;
using entities::Entity;
using entities::ProcessDeclaration;

Result<bool> Engine::can_act(sql::Connection& c, const Entity& e, std::int64_t id, Case now, const ProcessDeclaration& p,
                             std::int64_t person, Instant at) {
  CIVITAS_TRY(const auto who, identity::Identity::load_principal(c, store_.catalog().dimensions(), at, person));
  if (who.standing != identity::Standing::staff) return false;
  for (const auto& step : p.transitions) {
    if (!step.leaves(now.state)) continue;
    CIVITAS_TRY(const bool holds, role_holds(c, {who, at, ""}, e, id, step, now.owner));
    if (holds) return true;
  }
  const auto* state = p.state(now.state);
  if (!state || !state->joint) return false;
  CIVITAS_TRY(const auto people, signers(c, e, id, *state->joint, at));
  return std::find(people.begin(), people.end(), person) != people.end();
}

Status Engine::free_if_in_vain(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id, Case& now,
                               const ProcessDeclaration& p) {
  const auto lost = [&](std::int64_t person) -> Result<bool> {
    if (!person || person == c.who.id) return false;
    CIVITAS_TRY(const bool able, can_act(t, e, id, now, p, person, c.now));
    return !able;
  };
  CIVITAS_TRY(const bool claim_lost, lost(now.claimed_by));
  // An applicant to whom the case was given back handles it as such.
  CIVITAS_TRY(const bool assignment_lost, lost(now.person == now.owner ? 0 : now.person));
  if (!claim_lost && !assignment_lost) return {};
  const std::string name = now.claimed_name;
  if (claim_lost) {
    CIVITAS_CHECK(t.execute("UPDATE process_case SET claimed_by=NULL,claimed_name=NULL WHERE record=?", {id}));
    now.claimed_by = 0;
    now.claimed_name.clear();
  }
  if (assignment_lost) {
    CIVITAS_CHECK(t.execute("UPDATE process_case SET person=NULL WHERE record=?", {id}));
    now.person = 0;
  }
  const Context product{identity::system_principal("自动放回"), c.now, c.request};
  CIVITAS_CHECK(add_trace(t, product, e, id, "release",
                          {"自动放回：" + (claim_lost ? name : std::string("指派的人员")) + " 已不能办理",
                           "Freed: " + (claim_lost ? name : std::string("whom it was assigned to")) + " can no longer act"},
                          "", "", "", Json(), false));
  CIVITAS_TRY(const auto people, concerned(t, e, id, now, p, c.now));
  CIVITAS_TRY(const std::string title, title_of(t, e, id));
  for (const auto person : people)
    CIVITAS_CHECK(tell(t, c.now, e, id, person,
                       {{"待办理：“" + title + "”（原办理人已不能办理）",
                         "To be handled: “" + title + "” (who had it can no longer act)"},
                        ""}));
  return {};
}

void Engine::follow_people(jobs::Outbox& outbox) {
  std::vector<std::string> paths;
  for (const char* name : {"person", "post", "role"})
    if (const Entity* e = store_.catalog().entity("identity", name)) {
      store_.announce(*e);
      paths.push_back(e->path());
    }
  if (paths.empty()) return;
  outbox.subscribe("process.people", std::move(paths), [this](sql::Transaction& t, const jobs::Event& event) -> Status {
    const bool one = event.entity == "identity/person";
    std::vector<std::pair<std::string, std::int64_t>> held;
    CIVITAS_CHECK(t.query("SELECT entity,record FROM process_case WHERE finished_at IS NULL AND (claimed_by IS NOT NULL "
                          "OR person IS NOT NULL) AND (?=0 OR claimed_by=? OR person=?) ORDER BY record",
                          {one ? event.record : 0, event.record, event.record}, [&](const sql::Row& row) {
                            held.emplace_back(std::string(row.text(0)), row.integer(1));
                            return sql::Continue::yes;
                          }));
    const Context product{identity::system_principal("自动放回"), event.at, ""};
    for (const auto& [path, id] : held) {
      const Entity* e = store_.catalog().entity_by_path(path);
      if (!e || !e->process) continue;
      CIVITAS_TRY(Case now, load_case_to_change(t, *e, id));
      CIVITAS_TRY(const ProcessDeclaration* p, definition(t, *e, now.definition));
      CIVITAS_CHECK(free_if_in_vain(t, product, *e, id, now, *p));
    }
    return {};
  });
}

}  // namespace civitas::process
