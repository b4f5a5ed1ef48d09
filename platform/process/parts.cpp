// Parts of a joint state (会签): each party signs its own; when enough agree the case goes on.
#include <algorithm>

#include "identity/identity.hpp"
#include "process/engine.hpp"
#include "process/record_title.hpp"
#include "process/steps.hpp"

namespace civitas::process {

using entities::Context;
using entities::Entity;
using entities::JointDeclaration;
using entities::ProcessDeclaration;

namespace {

Problem no_joint_state() {
  return problem(Kind::unprocessable, "process.part.state", "该件当前不在会签环节。",
                 "This case is not being signed jointly now.");
}

// Whether somebody of the department, or the person, can see the record at all.
Problem cannot_see(const std::string& name) {
  return invalid("process.part.person", name + " 无权查看该件，不能参加会签。",
                 name + " may not read this case, so they cannot sign it.");
}

bool may_sign(const JointDeclaration& joint, const Entity& e, const identity::Principal& who) {
  if (joint.roles.empty()) return who.has_role(e.system, "staff");
  return std::any_of(joint.roles.begin(), joint.roles.end(),
                     [&](const std::string& role) { return who.has_role(e.system, role); });
}

bool belongs_to(const Part& part, const JointDeclaration& joint, const Entity& e, const identity::Principal& who) {
  if (part.person != 0) return part.person == who.id;
  return who.in_department(part.department) && may_sign(joint, e, who);
}

Result<std::vector<std::int64_t>> staff_of(sql::Connection& c, std::int64_t department) {
  std::vector<std::int64_t> out;
  CIVITAS_CHECK(c.query("SELECT id FROM identity_person WHERE department=? AND kind='staff' AND (disabled IS NULL OR "
                        "disabled=0) ORDER BY id",
                        {department}, [&](const sql::Row& row) {
                          out.push_back(row.integer(0));
                          return sql::Continue::yes;
                        }));
  return out;
}

}  // namespace

Result<std::vector<Part>> Engine::parts(sql::Connection& c, std::int64_t id) {
  std::vector<Part> out;
  CIVITAS_CHECK(c.query(
      "SELECT p.id,p.person,p.department,coalesce(w.name,d.name),p.opened_at,p.due_at,p.agree,p.comment,p.signed_at,"
      "p.signed_by,p.signed_name,p.added_by_name,p.for_name FROM process_part p LEFT JOIN identity_person w ON w.id=p.person LEFT "
      "JOIN identity_department d ON d.id=p.department WHERE p.record=? AND p.closed_at IS NULL ORDER BY p.id",
      {id}, [&](const sql::Row& row) {
        Part p;
        p.id = row.integer(0);
        p.person = row.integer(1);
        p.department = row.integer(2);
        p.name = row.text(3);
        p.opened_at = Instant{row.integer(4)};
        if (!row.is_null(5)) p.due_at = Instant{row.integer(5)};
        if (!row.is_null(6)) p.agree = row.integer(6) != 0;
        p.comment = row.text(7);
        if (!row.is_null(8)) p.signed_at = Instant{row.integer(8)};
        p.signed_by = row.integer(9);
        p.signed_name = row.text(10);
        p.added_by_name = row.text(11);
        p.for_name = row.text(12);
        out.push_back(std::move(p));
        return sql::Continue::yes;
      }));
  return out;
}

Status Engine::open_part(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                         const JointDeclaration& joint, std::int64_t person, std::int64_t department,
                         const std::string& added_by) {
  std::optional<std::int64_t> due;
  if (!joint.within.empty()) {
    CIVITAS_TRY(const Duration period, parse_duration(joint.within));
    CIVITAS_TRY(const Instant at, calendar_.due(c.now, period));
    due = at.micros;
  }
  CIVITAS_CHECK(t.execute("INSERT INTO process_part(record,entity,person,department,opened_at,due_at,added_by_name) "
                          "VALUES(?,?,?,?,?,?,?)",
                          {id, e.path(), person ? sql::Param(person) : sql::Param(nullptr),
                           department ? sql::Param(department) : sql::Param(nullptr), c.now.micros, due, added_by}));
  return {};
}

Status Engine::open_parts(sql::Transaction& t, const Context& c, const Entity& e, const Json& record,
                          const JointDeclaration& joint) {
  const auto id = entities::reference_id(record["id"]).value_or(0);
  std::vector<std::pair<bool, std::int64_t>> opened;  // a person is named once, whatever fields name them
  const auto open = [&](const entities::Field& f, const Json& value) -> Status {
    const auto party = entities::reference_id(value);
    if (!party) return {};
    const bool person = store_.catalog().target_of(f)->path() == "identity/person";
    if (std::find(opened.begin(), opened.end(), std::pair(person, *party)) != opened.end()) return {};
    opened.emplace_back(person, *party);
    return open_part(t, c, e, id, joint, person ? *party : 0, person ? 0 : *party, "");
  };
  for (const auto& name : joint.each) {
    const auto* f = e.field(name);
    if (!f) return fail(internal_problem("no field " + name + " to sign jointly"));
    if (f->type == entities::FieldType::ref) CIVITAS_CHECK(open(*f, record[name]));
    for (const auto& item : record[name].as_array()) CIVITAS_CHECK(open(*f, item));
  }
  return {};
}

// A recall, or `to: previous`: what was signed then still is.
Status Engine::reopen_parts(sql::Transaction& t, std::int64_t id) {
  CIVITAS_CHECK(t.execute("UPDATE process_part SET closed_at=NULL WHERE record=? AND closed_at=(SELECT max(closed_at) "
                          "FROM process_part WHERE record=?)",
                          {id, id}));
  return {};
}

Status Engine::close_parts(sql::Transaction& t, std::int64_t id, Instant now) {
  CIVITAS_CHECK(
      t.execute("UPDATE process_part SET closed_at=? WHERE record=? AND closed_at IS NULL", {now.micros, id}));
  return {};
}

Result<std::vector<std::int64_t>> Engine::signers(sql::Connection& c, const Entity& e, std::int64_t id,
                                                  const JointDeclaration& joint, Instant at) {
  std::vector<std::int64_t> out;
  CIVITAS_TRY(const auto all, parts(c, id));
  for (const auto& part : all) {
    if (part.agree) continue;
    if (part.person) out.push_back(part.person);
    if (part.department == 0) continue;
    CIVITAS_TRY(const auto members, staff_of(c, part.department));
    for (const auto member : members) {
      CIVITAS_TRY(const auto principal, identity::Identity::load_principal(c, store_.catalog().dimensions(), at, member));
      if (may_sign(joint, e, principal)) out.push_back(member);
    }
  }
  return out;
}

Result<bool> Engine::joint_step(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                                const JointDeclaration& joint) {
  CIVITAS_TRY(const auto all, parts(t, id));
  int agreed = 0, open = 0;
  for (const auto& p : all) {
    if (!p.agree)
      ++open;
    else if (*p.agree)
      ++agreed;
  }
  const int total = static_cast<int>(all.size());
  const int wanted = joint.wanted == 0 ? total : std::min(joint.wanted, total);
  if (agreed >= wanted) return take_if_possible(t, c, e, id, joint.then, "");
  if (agreed + open < wanted && !joint.refused.empty()) return take_if_possible(t, c, e, id, joint.refused, "");
  return false;
}

Status Engine::sign(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id, const Json& input) {
  CIVITAS_TRY(const Case now, load_case_to_change(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  const auto& joint = p->state(now.state)->joint;
  if (!joint) return fail(no_joint_state());
  CIVITAS_TRY(const std::string comment, comment_of(input));
  CIVITAS_TRY(const auto all, parts(t, id));
  const auto wanted = entities::reference_id(input["part"]);
  CIVITAS_TRY(const auto delegators, delegators_of(t, id, c));
  const Part* mine = nullptr;
  const identity::Principal* for_whom = nullptr;
  bool known = false;
  const auto look = [&](const identity::Principal& who, const identity::Principal* delegator) {
    for (const auto& part : all) {
      if (mine || (wanted && part.id != *wanted) || !belongs_to(part, *joint, e, who)) continue;
      known = true;
      if (part.agree) continue;
      mine = &part;
      for_whom = delegator;
    }
  };
  look(c.who, nullptr);
  for (const auto& delegator : delegators) look(delegator, &delegator);
  std::optional<identity::Principal> holder;
  if (mine && !for_whom && c.who.in_own_right && !belongs_to(*mine, *joint, e, *c.who.in_own_right)) {
    holder = holder_of_post(c.who, e, joint->roles);
    for_whom = &*holder;
  }
  if (!mine && known)
    return fail(problem(Kind::conflict, "process.part.signed", "您已签署过，不能重复签署。",
                        "You have signed already."));
  if (!mine)
    return fail(problem(Kind::forbidden, "process.part.none", "该件没有等待您签署的会签。",
                        "There is no part of this case for you to sign."));
  if (!input["agree"].is_bool())
    return fail(invalid("entities.field.required", "请选择同意（true）或不同意（false）。",
                        "Say whether you agree: true or false.")
                    .with_field("agree"));
  if ((joint->opinion || !input["agree"].as_bool()) && comment.empty())
    return fail(invalid("entities.field.required", "请填写意见。", "An opinion is required.").with_field("comment"));
  const bool agree = input["agree"].as_bool();
  CIVITAS_CHECK(t.execute(
      "UPDATE process_part SET agree=?,comment=?,signed_at=?,signed_by=?,signed_name=?,for_name=? WHERE id=?",
      {agree, comment, c.now.micros, c.who.id, c.who.name, for_whom ? for_whom->name : "", mine->id}));
  Json fields = Json::object();
  fields.set("party", Json(mine->name)).set("agree", Json(agree));
  CIVITAS_CHECK(add_trace(t, c, e, id, "sign",
                          agree ? Text{mine->name + " 会签：同意", mine->name + " agrees"}
                                : Text{mine->name + " 会签：不同意", mine->name + " refuses"},
                          "", "", comment, Json(), false, Json(), for_whom));
  CIVITAS_CHECK(store_.write_audit(t, c, e, id, "sign", fields));
  CIVITAS_CHECK(settle(t, c, e, id));
  return {};
}

Result<bool> Engine::has_task(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id) {
  CIVITAS_TRY(const Case now, load_case(c, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(c, e, now.definition));
  for (const auto& step : p->transitions) {
    if (!step.leaves(now.state)) continue;
    CIVITAS_TRY(const bool allowed, role_holds(c, context, e, id, step, now.owner));
    if (allowed && may_handle(context, now, step)) return true;
  }
  const auto& joint = p->state(now.state)->joint;
  if (!joint) return false;
  CIVITAS_TRY(const auto all, parts(c, id));
  return std::any_of(all.begin(), all.end(),
                     [&](const Part& part) { return !part.agree && belongs_to(part, *joint, e, context.who); });
}

Result<Json> Engine::rights_in(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id) {
  CIVITAS_TRY(const Case now, load_case(c, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(c, e, now.definition));
  bool signs = false, parties = false;
  if (const auto& joint = p->state(now.state)->joint) {
    CIVITAS_TRY(const auto all, parts(c, id));
    CIVITAS_TRY(auto people, delegators_of(c, id, context));
    people.push_back(context.who);
    for (const auto& who : people)
      signs = signs || std::any_of(all.begin(), all.end(), [&](const Part& part) {
                return !part.agree && belongs_to(part, *joint, e, who);
              });
    parties = static_cast<bool>(may_change_parts(c, context, e, id, now, *p));
  }
  bool delegates = false;
  if (!now.finished_at && context.who.has_role(e.system, "staff")) {
    CIVITAS_TRY(delegates, has_task(c, context, e, id));
  }
  const bool recalls = static_cast<bool>(last_step(c, context, id, now, *p));
  return Json(Json::Object{{"sign", Json(signs)},
                           {"parties", Json(parties)},
                           {"delegate", Json(delegates)},
                           {"recall", Json(recalls)}});
}

Status Engine::may_change_parts(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id,
                                const Case& now, const ProcessDeclaration& p) {
  for (const auto& step : p.transitions) {
    if (!step.leaves(now.state) && step.to != now.state) continue;
    CIVITAS_TRY(const bool allowed, role_holds(c, context, e, id, step, now.owner));
    if (allowed) return {};
  }
  return fail(problem(Kind::forbidden, "process.case.not_yours", "该件当前不由您办理。",
                      "This case is not yours to handle now."));
}

Status Engine::add_party(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id, const Json& input) {
  CIVITAS_TRY(const Case now, load_case_to_change(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  const auto& joint = p->state(now.state)->joint;
  if (!joint) return fail(no_joint_state());
  CIVITAS_CHECK(may_change_parts(t, c, e, id, now, *p));
  CIVITAS_TRY(const std::string comment, comment_of(input));
  const auto person = entities::reference_id(input["person"]), department = entities::reference_id(input["department"]);
  if (person.has_value() == department.has_value())
    return fail(invalid("process.part.party", "请填写 person 或 department 之一。",
                        "Name either a person or a department.")
                    .with_field("person"));
  CIVITAS_TRY(const auto name,
              person ? t.query_text("SELECT name FROM identity_person WHERE id=? AND kind='staff' AND (disabled IS NULL "
                                    "OR disabled=0)",
                                    {*person})
                     : t.query_text("SELECT name FROM identity_department WHERE id=?", {*department}));
  const char* const field = person ? "person" : "department";
  if (!name)
    return fail(invalid("process.part.person", person ? "没有这位工作人员。" : "没有这个部门。",
                        person ? "There is no such member of staff." : "There is no such department.")
                    .with_field(field));
  CIVITAS_TRY(const auto all, parts(t, id));
  if (std::any_of(all.begin(), all.end(), [&](const Part& part) {
        return person ? part.person == *person : part.department == *department;
      }))
    return fail(problem(Kind::conflict, "process.part.known", *name + " 已在会签名单中。",
                        *name + " is among the signers already."));
  std::vector<std::int64_t> people;
  if (person) {
    people.push_back(*person);
  } else {
    CIVITAS_TRY(people, staff_of(t, *department));
  }
  bool seen = false;
  for (const auto who : people) {
    CIVITAS_TRY(const auto principal, identity::Identity::load_principal(t, store_.catalog().dimensions(), c.now, who));
    if (department && !may_sign(*joint, e, principal)) continue;
    if (store_.get(t, {principal, c.now, ""}, e, id)) {
      seen = true;
      break;
    }
  }
  if (!seen) return fail(cannot_see(*name).with_field(field));
  CIVITAS_CHECK(open_part(t, c, e, id, *joint, person.value_or(0), department.value_or(0), c.who.name));
  CIVITAS_TRY(const std::string title, title_of(t, e, id));
  if (person)
    CIVITAS_CHECK(tell(t, c.now, e, id, *person,
                       {{"请您会签：“" + title + "”", "Please sign: “" + title + "”"}, comment}));
  Json fields = Json::object();
  fields.set("party", Json(*name));
  CIVITAS_CHECK(store_.write_audit(t, c, e, id, "add_party", fields));
  return add_trace(t, c, e, id, "add_party", {"加签：" + *name, "Signer added: " + *name}, "", "", comment, Json(),
                   false);
}

Status Engine::drop_party(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id, const Json& input) {
  CIVITAS_TRY(const Case now, load_case_to_change(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  if (!p->state(now.state)->joint) return fail(no_joint_state());
  CIVITAS_CHECK(may_change_parts(t, c, e, id, now, *p));
  CIVITAS_TRY(const std::string comment, comment_of(input));
  CIVITAS_TRY(const auto all, parts(t, id));
  const auto part = entities::reference_id(input["part"]), person = entities::reference_id(input["person"]),
             department = entities::reference_id(input["department"]);
  const auto found = std::find_if(all.begin(), all.end(), [&](const Part& one) {
    return part ? one.id == *part : person ? one.person == *person : department && one.department == *department;
  });
  if (found == all.end())
    return fail(invalid("process.part.party", "会签名单中没有这一方。", "They are not among the signers.")
                    .with_field(part ? "part" : person ? "person" : "department"));
  if (found->agree)
    return fail(problem(Kind::unprocessable, "process.part.signed", found->name + " 已签署，不能减签。",
                        found->name + " has signed and cannot be taken off."));
  if (all.size() == 1)
    return fail(problem(Kind::unprocessable, "process.part.last", "会签至少要有一方。",
                        "At least one party has to sign."));
  const std::string name = found->name;
  CIVITAS_CHECK(t.execute("UPDATE process_part SET closed_at=? WHERE id=?", {c.now.micros, found->id}));
  Json fields = Json::object();
  fields.set("party", Json(name));
  CIVITAS_CHECK(store_.write_audit(t, c, e, id, "drop_party", fields));
  CIVITAS_CHECK(add_trace(t, c, e, id, "drop_party", {"减签：" + name, "Signer taken off: " + name}, "", "", comment,
                          Json(), false));
  CIVITAS_CHECK(settle(t, c, e, id));
  return {};
}

}  // namespace civitas::process
