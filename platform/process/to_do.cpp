// What waits for whom: by role, by assignment, by part of a joint state, in another's name.
#include <algorithm>

#include "identity/identity.hpp"
#include "process/engine.hpp"

namespace civitas::process {

using entities::Clause;
using entities::Context;
using entities::Entity;
using entities::Transition;

namespace {

void add_state(std::vector<std::string>& names, const std::string& state) {
  if (std::find(names.begin(), names.end(), state) == names.end()) names.push_back(state);
}

void either(Clause& out, const std::string& sql, std::vector<sql::Value> params) {
  out.sql += (out.sql.empty() ? "(" : " OR (") + sql + ")";
  for (auto& p : params) out.params.push_back(std::move(p));
}

std::vector<sql::Value> values_of(const std::vector<std::string>& names) { return {names.begin(), names.end()}; }

// Nothing is in an empty list.
std::string places(std::size_t count) {
  std::string out = count == 0 ? "NULL" : "?";
  for (std::size_t i = 1; i < count; ++i) out += ",?";
  return out;
}

std::string state_in(const std::vector<std::string>& names) { return "k.state IN (" + places(names.size()) + ")"; }

// What waits for this person under their own name.
Clause own(const entities::Catalog& catalog, const Entity& e, const identity::Principal& who) {
  Clause out;
  std::vector<std::string> by_role, by_anyone, by_owner, joint;
  for (const Transition& t : e.process->transitions) {
    if (t.side || (t.call && !catalog.contract(t.call->offer))) continue;
    for (const auto& role : t.roles) {
      const bool holds = role != "owner" && role != "citizen" && role != "public" && who.has_role(e.system, role);
      for (const auto& from : t.from) {
        if (holds) add_state(t.anyone ? by_anyone : by_role, from);
        // The applicant's own to-dos are what waits for the applicant: drafts and corrections, not what could be
        // withdrawn.
        if (role == "owner" && !e.process->state(from)->editable.empty()) add_state(by_owner, from);
      }
    }
  }
  const std::string unclaimed = "(k.claimed_by IS NULL OR k.claimed_by=?)";
  if (!by_role.empty()) {
    auto params = values_of(by_role);
    params.insert(params.end(), {who.id, who.id});
    params.insert(params.end(), who.departments.begin(), who.departments.end());
    either(out, state_in(by_role) + " AND " + unclaimed +
                    " AND ((k.person IS NULL AND k.department IS NULL) OR k.person=? OR k.department IN (" +
                    places(who.departments.size()) + "))",
           std::move(params));
  }
  if (!by_anyone.empty()) {
    auto params = values_of(by_anyone);
    params.emplace_back(who.id);
    either(out, state_in(by_anyone) + " AND " + unclaimed, std::move(params));
  }
  if (!by_owner.empty()) {
    auto params = values_of(by_owner);
    params.insert(params.end(), {who.id, who.id});
    either(out, state_in(by_owner) + " AND k.owner=? AND " + unclaimed, std::move(params));
  }
  bool any_joint = false;
  for (const auto& s : e.process->states) {
    if (!s.joint) continue;
    any_joint = true;
    const auto& roles = s.joint->roles;
    if (roles.empty() ? who.has_role(e.system, "staff")
                      : std::any_of(roles.begin(), roles.end(),
                                    [&](const std::string& role) { return who.has_role(e.system, role); }))
      joint.push_back(s.name);
  }
  const std::string open_part =
      "EXISTS(SELECT 1 FROM process_part q WHERE q.record=k.record AND q.closed_at IS NULL AND q.agree IS NULL AND ";
  if (any_joint) either(out, open_part + "q.person=?)", {who.id});
  if (!joint.empty()) {
    auto params = values_of(joint);
    params.insert(params.end(), who.departments.begin(), who.departments.end());
    either(out, state_in(joint) + " AND " + open_part + "q.department IN (" + places(who.departments.size()) + "))",
           std::move(params));
  }
  return out;
}

}  // namespace

Clause Engine::to_do(const Entity& e, const Context& context,
                     const std::vector<identity::Principal>& delegators) const {
  Clause out = own(store_.catalog(), e, context.who);
  for (const auto& from : delegators) {
    Clause theirs = own(store_.catalog(), e, from);
    if (theirs.sql.empty()) continue;
    theirs.params.insert(theirs.params.end(), {from.id, context.who.id, context.now.micros});
    either(out,
           "(" + theirs.sql +
               ") AND EXISTS(SELECT 1 FROM process_delegation g WHERE g.record=k.record AND g.from_person=? AND "
               "g.to_person=? AND (g.until_at IS NULL OR g.until_at>?))",
           std::move(theirs.params));
  }
  return out;
}

Result<std::vector<identity::Principal>> Engine::delegations_to(sql::Connection& c, const Context& context) {
  std::vector<std::int64_t> people;
  CIVITAS_CHECK(c.query("SELECT DISTINCT from_person FROM process_delegation WHERE to_person=? AND (until_at IS NULL OR "
                        "until_at>?) ORDER BY from_person LIMIT 20",
                        {context.who.id, context.now.micros}, [&](const sql::Row& row) {
                          people.push_back(row.integer(0));
                          return sql::Continue::yes;
                        }));
  std::vector<identity::Principal> out;
  for (const auto person : people) {
    CIVITAS_TRY(auto principal, identity::Identity::load_principal(c, store_.catalog().dimensions(), context.now, person));
    if (principal.standing == identity::Standing::staff) out.push_back(std::move(principal));
  }
  return out;
}

Status Engine::add_holders(sql::Connection& c, std::int64_t id, const Case& found,
                           const entities::State& state, Instant now, Json& out) {
  const auto named = [&](std::int64_t who, const char* table) -> Result<Json> {
    CIVITAS_TRY(const auto name, c.query_text("SELECT name FROM " + std::string(table) + " WHERE id=?", {who}));
    return Json(Json::Object{{"id", Json(std::to_string(who))}, {"name", Json(name.value_or(""))}});
  };
  Json assigned = Json::object();
  if (found.person) {
    CIVITAS_TRY(Json person, named(found.person, "identity_person"));
    assigned.set("person", std::move(person));
  }
  if (found.department) {
    CIVITAS_TRY(Json department, named(found.department, "identity_department"));
    assigned.set("department", std::move(department));
  }
  if (assigned.size() > 0) out.set("assigned", std::move(assigned));
  Json delegated = Json::array();
  CIVITAS_CHECK(c.query(
      "SELECT g.from_person,f.name,g.to_person,w.name,g.until_at FROM process_delegation g JOIN identity_person f ON "
      "f.id=g.from_person JOIN identity_person w ON w.id=g.to_person WHERE g.record=? AND (g.until_at IS NULL OR "
      "g.until_at>?) ORDER BY g.from_person",
      {id, now.micros}, [&](const sql::Row& row) {
        const auto one = [&](int at) {
          return Json(Json::Object{{"id", Json(row.text(at))}, {"name", Json(row.text(at + 1))}});
        };
        Json entry(Json::Object{{"from", one(0)}, {"to", one(2)}});
        if (!row.is_null(4)) entry.set("until", Json(format_instant({row.integer(4)})));
        delegated.push(std::move(entry));
        return sql::Continue::yes;
      }));
  if (delegated.size() > 0) out.set("delegated", std::move(delegated));
  if (!state.joint) return {};
  CIVITAS_TRY(const auto all, parts(c, id));
  Json shown = Json::array();
  for (const auto& p : all) {
    Json part = Json::object();
    part.set("id", Json(std::to_string(p.id)));
    part.set(p.person ? "person" : "department",
             Json(Json::Object{{"id", Json(std::to_string(p.person ? p.person : p.department))},
                               {"name", Json(p.name)}}));
    if (p.due_at)
      part.set("due_at", Json(format_instant(*p.due_at)))
          .set("due_on", Json(format_date(date_in_china({p.due_at->micros - 1}))))
          .set("late", Json(!p.agree && now > *p.due_at));
    if (!p.added_by_name.empty()) part.set("added_by", Json(p.added_by_name));
    part.set("agree", p.agree ? Json(*p.agree) : Json());
    if (p.signed_at)
      part.set("signed_at", Json(format_instant(*p.signed_at)))
          .set("signed_by", Json(p.signed_name))
          .set("comment", Json(p.comment));
    if (!p.for_name.empty()) part.set("for", Json(p.for_name));
    shown.push(std::move(part));
  }
  out.set("parts", std::move(shown));
  out.set("opinion", Json(state.joint->opinion));
  return {};
}

Result<Json> Engine::case_for(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id) {
  CIVITAS_TRY(Json out, case_of(c, e, id, context.now));
  if (out.is_null()) return out;
  if (!context.who.has_role(e.system, "staff"))
    for (const char* inner : {"assigned", "delegated", "parts", "opinion"}) out.erase(inner);
  CIVITAS_TRY(Json rights, rights_in(c, context, e, id));
  out.set("can", std::move(rights));
  return out;
}

Result<Json> Engine::flags_of(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id) {
  Json out = Json::array();
  // A flag may be about what only the office knows.
  if (!context.who.has_role(e.system, "staff")) return out;
  for (const auto& flag : e.flags) {
    CIVITAS_TRY(const bool bears, store_.holds(c, context, e, id, flag.when));
    if (bears)
      out.push(Json(Json::Object{{"name", Json(flag.name)}, {"title", Json(flag.title)}, {"tone", Json(flag.tone)}}));
  }
  return out;
}

}  // namespace civitas::process
