// 委托: one's task in a case is done by another, in one's name, until it is taken back.
#include "identity/identity.hpp"
#include "process/engine.hpp"
#include "process/record_title.hpp"

namespace civitas::process {

using entities::Context;
using entities::Entity;

Result<std::vector<identity::Principal>> Engine::delegators_of(sql::Connection& c, std::int64_t id,
                                                               const Context& context) {
  std::vector<identity::Principal> out;
  std::vector<std::int64_t> people;
  CIVITAS_CHECK(c.query("SELECT from_person FROM process_delegation WHERE record=? AND to_person=? AND (until_at IS NULL "
                        "OR until_at>?) ORDER BY from_person",
                        {id, context.who.id, context.now.micros}, [&](const sql::Row& row) {
                          people.push_back(row.integer(0));
                          return sql::Continue::yes;
                        }));
  for (const auto person : people) {
    CIVITAS_TRY(auto principal, identity::Identity::load_principal(c, store_.catalog().dimensions(), context.now, person));
    if (principal.standing == identity::Standing::staff) out.push_back(std::move(principal));
  }
  return out;
}

Status Engine::delegate(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id, const Json& input) {
  CIVITAS_TRY(const Case now, load_case_to_change(t, e, id));
  CIVITAS_TRY(const std::string comment, comment_of(input));
  const auto to = entities::reference_id(input["to"]);
  if (input["to"].is_null()) {
    CIVITAS_TRY(const auto ended, t.execute("DELETE FROM process_delegation WHERE record=? AND from_person=?",
                                            {id, c.who.id}));
    if (ended == 0)
      return fail(problem(Kind::conflict, "process.delegate.none", "您没有委托他人办理该件；委托时请填写 to。",
                          "You have not delegated this case; to delegate it, say to whom (to)."));
    CIVITAS_CHECK(store_.write_audit(t, c, e, id, "delegate", Json::object()));
    return add_trace(t, c, e, id, "take_back", {"收回委托", "Delegation taken back"}, "", "", comment, Json(), false);
  }
  if (now.finished_at)
    return fail(problem(Kind::unprocessable, "process.delegate.finished", "该件已办结，无需委托。",
                        "This case is finished."));
  CIVITAS_TRY(const bool concerned, has_task(t, c, e, id));
  if (!concerned)
    return fail(problem(Kind::forbidden, "process.case.not_yours", "该件当前不由您办理。",
                        "This case is not yours to handle now."));
  const auto wrong = [](std::string zh, std::string en) {
    return fail(invalid("process.delegate.person", std::move(zh), std::move(en)).with_field("to"));
  };
  if (!to || *to == c.who.id) return wrong("请选择另一位工作人员。", "Choose another member of staff.");
  CIVITAS_TRY(const auto person, identity::Identity::load_principal(t, store_.catalog().dimensions(), c.now, *to));
  if (person.standing != identity::Standing::staff)
    return wrong("没有这位工作人员。", "There is no such member of staff.");
  if (!store_.get(t, {person, c.now, ""}, e, id))
    return wrong(person.name + " 无权查看该件，不能委托。", person.name + " may not read this case.");
  sql::Param until(nullptr);
  if (!input["until"].is_null()) {
    const auto at = parse_instant(input["until"].as_string());
    if (!at || *at <= c.now)
      return fail(invalid("process.delegate.until", "until 应为以后的时间，如 2026-11-21T08:00:00Z。",
                          "until is a time still to come, such as 2026-11-21T08:00:00Z.")
                      .with_field("until"));
    until = at->micros;
  }
  CIVITAS_CHECK(t.execute(
      "INSERT INTO process_delegation(record,entity,from_person,to_person,at,until_at) VALUES(?,?,?,?,?,?) ON "
      "CONFLICT(record,from_person) DO UPDATE SET to_person=excluded.to_person,at=excluded.at,until_at=excluded.until_at",
      {id, e.path(), c.who.id, *to, c.now.micros, until}));
  CIVITAS_TRY(const std::string title, title_of(t, e, id));
  CIVITAS_CHECK(tell(t, c.now, e, id, *to,
                     {{c.who.name + " 委托您办理：“" + title + "”", c.who.name + " asks you to act for them: “" + title + "”"},
                      comment}));
  Json fields = Json::object();
  fields.set("to", Json(person.name));
  CIVITAS_CHECK(store_.write_audit(t, c, e, id, "delegate", fields));
  return add_trace(t, c, e, id, "delegate", {"委托 " + person.name + " 代办", "Delegated to " + person.name}, "", "",
                   comment, Json(), false);
}

}  // namespace civitas::process
