#include "process/engine.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "entities/process_text.hpp"
#include "entities/sealing.hpp"
#include "process/record_title.hpp"
#include "process/steps.hpp"
#include "sql/add_column.hpp"

namespace civitas::process {

using entities::Context;
using entities::Entity;
using entities::ProcessDeclaration;
using entities::State;
using entities::StateKind;
using entities::Transition;

namespace {

}  // namespace

Problem not_a_case(const Entity& e) {
  return problem(Kind::not_found, "process.case.none", "“" + e.title.zh + "”没有办理流程。",
                 "“" + e.title.en + "” has no process.");
}

bool ends(const State& s) { return s.kind == StateKind::final || s.kind == StateKind::rejected; }

Result<std::string> comment_of(const Json& input) {
  const Json& given = input["comment"];
  if (given.is_null()) return std::string();
  if (!given.is_string())
    return fail(invalid("entities.field.type", "意见应为文字。", "The comment must be text.").with_field("comment"));
  std::string comment(trim(given.as_string()));
  if (comment.size() > 6000)
    return fail(invalid("process.comment.too_long", "意见最多 2000 字。", "A comment may have at most 2000 characters.")
                    .with_field("comment"));
  for (std::size_t at = 0; at < comment.size();)
    if (is_forbidden_control(next_code_point(comment, at)))
      return fail(invalid("entities.field.control", "意见含有不可见的控制字符，请删除后重新填写。",
                          "The comment contains invisible control characters; remove them.")
                      .with_field("comment"));
  return comment;
}

Status Engine::create_tables(sql::Transaction& t) {
  const bool sqlite = t.dialect() == sql::Dialect::sqlite;
  const std::string serial = sqlite ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "BIGSERIAL PRIMARY KEY";
  CIVITAS_CHECK(notify::Notify::create_tables(t));
  CIVITAS_CHECK(t.run_script(
      "CREATE TABLE IF NOT EXISTS process_case(record BIGINT PRIMARY KEY,entity TEXT NOT NULL,definition TEXT NOT "
      "NULL,state TEXT NOT NULL,owner BIGINT NOT NULL,"
      "started_at BIGINT,entered_at BIGINT NOT NULL,finished_at BIGINT,goes_on_at BIGINT,claimed_by "
      "BIGINT,claimed_name TEXT,urged BIGINT NOT NULL DEFAULT 0,person BIGINT,department BIGINT);"
      "CREATE INDEX IF NOT EXISTS process_case_owner ON process_case(owner,record);"
      "CREATE INDEX IF NOT EXISTS process_case_goes_on ON process_case(goes_on_at) WHERE goes_on_at IS NOT NULL;"
      "CREATE TABLE IF NOT EXISTS process_trace(id " +
      serial +
      ",entity TEXT NOT NULL,record BIGINT NOT NULL,at BIGINT NOT NULL,who BIGINT,who_name TEXT,transition TEXT NOT "
      "NULL,title_zh TEXT,title_en TEXT,from_state TEXT,to_state TEXT,"
      "comment TEXT,fields TEXT,stopped BIGINT NOT NULL,stood TEXT,acting_for BIGINT,acting_for_name TEXT,department BIGINT);"
      "CREATE TABLE IF NOT EXISTS process_part(id " +
      serial +
      ",record BIGINT NOT NULL,entity TEXT NOT NULL,person BIGINT,department BIGINT,opened_at BIGINT NOT NULL,due_at "
      "BIGINT,added_by_name TEXT,agree BIGINT,comment TEXT,signed_at BIGINT,signed_by BIGINT,signed_name TEXT,for_name "
      "TEXT,closed_at BIGINT);"
      "CREATE INDEX IF NOT EXISTS process_part_record ON process_part(record) WHERE closed_at IS NULL;"
      "CREATE TABLE IF NOT EXISTS process_delegation(record BIGINT NOT NULL,from_person BIGINT NOT NULL,entity TEXT NOT "
      "NULL,to_person BIGINT NOT NULL,at BIGINT NOT NULL,until_at BIGINT,PRIMARY KEY(record,from_person));"
      "CREATE INDEX IF NOT EXISTS process_delegation_to ON process_delegation(to_person);"
      "CREATE TABLE IF NOT EXISTS process_started(child BIGINT PRIMARY KEY,parent BIGINT NOT NULL,entity TEXT NOT "
      "NULL,transition TEXT NOT NULL,ended_at BIGINT);"
      "CREATE INDEX IF NOT EXISTS process_started_parent ON process_started(parent);"
      "CREATE INDEX IF NOT EXISTS process_trace_record ON process_trace(record,id);"
      "CREATE INDEX IF NOT EXISTS process_trace_who ON process_trace(who,id);"
      "CREATE TABLE IF NOT EXISTS process_copy(record BIGINT NOT NULL,person BIGINT NOT NULL,entity TEXT NOT NULL,at "
      "BIGINT NOT NULL,by_name TEXT NOT NULL,transition TEXT NOT NULL,"
      "read_at BIGINT,PRIMARY KEY(record,person));"
      "CREATE INDEX IF NOT EXISTS process_copy_person ON process_copy(person,record);"
      "CREATE TABLE IF NOT EXISTS process_watch(record BIGINT PRIMARY KEY,entity TEXT NOT NULL,look_at BIGINT NOT "
      "NULL);"
      "CREATE INDEX IF NOT EXISTS process_watch_look ON process_watch(look_at);"
      "CREATE TABLE IF NOT EXISTS process_reminder(record BIGINT NOT NULL,kind TEXT NOT NULL,due BIGINT NOT NULL,at "
      "BIGINT NOT NULL,PRIMARY KEY(record,kind,due));"
      "CREATE TABLE IF NOT EXISTS process_calendar(fingerprint TEXT NOT NULL);"
      "CREATE TABLE IF NOT EXISTS process_definition(hash TEXT PRIMARY KEY,entity TEXT NOT NULL,text TEXT NOT NULL)"));
  // Databases made before.
  CIVITAS_CHECK(sql::add_column(t, "process_case", "person", "BIGINT"));
  CIVITAS_CHECK(sql::add_column(t, "process_case", "department", "BIGINT"));
  CIVITAS_CHECK(sql::add_column(t, "process_case", "due_at", "BIGINT"));
  CIVITAS_CHECK(sql::add_column(t, "process_trace", "stood", "TEXT"));
  CIVITAS_CHECK(sql::add_column(t, "process_trace", "acting_for", "BIGINT"));
  CIVITAS_CHECK(sql::add_column(t, "process_trace", "acting_for_name", "TEXT"));
  CIVITAS_CHECK(sql::add_column(t, "process_trace", "other_entity", "TEXT"));
  CIVITAS_CHECK(sql::add_column(t, "process_trace", "other_record", "BIGINT"));
  CIVITAS_CHECK(sql::add_column(t, "process_trace", "department", "BIGINT"));
  return create_clock_tables(t);
}

Status Engine::entity_moved(sql::Transaction& t, std::string_view from, std::string_view to) {
  for (const char* table : {"process_case", "process_trace", "process_copy", "process_watch", "process_definition",
                            "process_part", "process_delegation", "process_started"})
    CIVITAS_CHECK(t.execute(std::string("UPDATE ") + table + " SET entity=? WHERE entity=?", {to, from}));
  CIVITAS_CHECK(t.execute("UPDATE process_trace SET other_entity=? WHERE other_entity=?", {to, from}));
  return {};
}

void Engine::register_hooks(entities::Hooks& hooks) {
  hooks.add("process.enter", [this](entities::HookCall& call) -> Status {
    CIVITAS_TRY(const Json values,
                on_entering(*call.entity.process, call.record["state"].as_string(), call.context.now));
    for (const auto& [field, value] : values.as_object()) call.record.set(field, value);
    return {};
  });
  hooks.add("process.begin", [this](entities::HookCall& call) { return begin(call); });
  hooks.add("process.changed", [this](entities::HookCall& call) { return changed(call); });
}

Status Engine::begin(entities::HookCall& call) {
  const Entity& e = call.entity;
  const ProcessDeclaration& p = *e.process;
  CIVITAS_CHECK(call.transaction.execute(
      "INSERT INTO process_definition(hash,entity,text) VALUES(?,?,?) ON CONFLICT(hash) DO NOTHING",
      {p.hash, e.path(), p.text}));
  // Data that the product brings may begin anywhere; a case that is past its start has started.
  const State& state = *p.state(call.record["state"].as_string());
  const bool starts = p.starts.empty() || state.name != p.initial;
  const sql::Param now(call.context.now.micros);
  CIVITAS_TRY(const auto due, first_due(call, p));
  CIVITAS_TRY(const auto goes_on, goes_on_at(state, call.context.now));
  CIVITAS_CHECK(call.transaction.execute(
      "INSERT INTO "
      "process_case(record,entity,definition,state,owner,started_at,entered_at,finished_at,goes_on_at,due_at,urged) "
      "VALUES(?,?,?,?,?,?,?,?,?,?,0)",
      {call.id, e.path(), p.hash, state.name, call.context.who.id, starts ? now : sql::Param(nullptr), now,
       ends(state) ? now : sql::Param(nullptr), goes_on ? sql::Param(goes_on->micros) : sql::Param(nullptr),
       due ? sql::Param(due->micros) : sql::Param(nullptr)}));
  if (state.joint) CIVITAS_CHECK(open_parts(call.transaction, call.context, e, call.record, *state.joint));
  return add_trace(call.transaction, call.context, e, call.id, "create", {"新建", "Created"}, "", state.name, "", Json(),
                   state.kind == StateKind::stopped);
}

Result<Engine::Case> Engine::load_case(sql::Connection& c, const Entity& e, std::int64_t id) {
  std::optional<Case> found;
  CIVITAS_CHECK(
      c.query("SELECT state,definition,owner,started_at,finished_at,entered_at,claimed_by,claimed_name,urged,person,"
              "department FROM process_case WHERE record=?",
              {id}, [&](const sql::Row& row) {
                found.emplace();
                found->state = row.text(0);
                found->definition = row.text(1);
                found->owner = row.integer(2);
                if (!row.is_null(3)) found->started_at = Instant{row.integer(3)};
                if (!row.is_null(4)) found->finished_at = Instant{row.integer(4)};
                found->entered_at = Instant{row.integer(5)};
                found->claimed_by = row.integer(6);
                found->claimed_name = row.text(7);
                found->urged = static_cast<int>(row.integer(8));
                found->person = row.integer(9);
                found->department = row.integer(10);
                return sql::Continue::no;
              }));
  if (!found) return fail(not_a_case(e));
  return *found;
}

Result<Engine::Case> Engine::load_case_to_change(sql::Transaction& t, const Entity& e, std::int64_t id) {
  if (!e.process) return fail(not_a_case(e));
  if (t.dialect() == sql::Dialect::postgres)
    CIVITAS_CHECK(t.query_integer("SELECT record FROM process_case WHERE record=? FOR UPDATE", {id}));
  return load_case(t, e, id);
}

Result<const ProcessDeclaration*> Engine::definition(sql::Connection& c, const Entity& e, const std::string& hash) {
  if (e.process && e.process->hash == hash) return &*e.process;
  const std::lock_guard lock(mutex_);
  if (const auto known = old_definitions_.find(hash); known != old_definitions_.end()) return known->second.get();
  CIVITAS_TRY(const auto text, c.query_text("SELECT text FROM process_definition WHERE hash=?", {hash}));
  if (!text) return fail(internal_problem("no process definition " + hash));
  CIVITAS_TRY(auto made, entities::read_process_text(*text, e.path() + "@" + hash));
  return old_definitions_.emplace(hash, std::make_unique<ProcessDeclaration>(std::move(made))).first->second.get();
}

Result<bool> Engine::role_holds(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id,
                                const Transition& t, std::int64_t owner) {
  const Entity& entity = e;
  for (const auto& role : t.roles) {
    if (role == "owner") {
      if (owner != 0 && owner == context.who.id) return true;
      continue;
    }
    if (!context.who.has_role(entity.system, role)) continue;
    if (context.who.is_system()) return true;
    // The role holds within its data scope: whoever may not read the record under this role may not handle it either.
    for (const auto& rule : e.access) {
      if (rule.role != role || rule.read.empty()) continue;
      CIVITAS_TRY(const bool seen, store_.holds(c, context, e, id, rule.read));
      if (seen) return true;
    }
  }
  return false;
}

Status Engine::add_trace(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                         std::string_view transition, const Text& title, std::string_view from, std::string_view to,
                         const std::string& comment, const Json& fields, bool stopped, const Json& stood,
                         const identity::Principal* for_whom) {
  std::int64_t department = for_whom && for_whom->department ? for_whom->department : c.who.department;
  if (!department && !c.who.departments.empty()) department = c.who.departments.front();  // of a post
  CIVITAS_CHECK(
      t.execute("INSERT INTO "
                "process_trace(entity,record,at,who,who_name,transition,title_zh,title_en,from_state,to_state,comment,"
                "fields,stopped,stood,acting_for,acting_for_name,department) "
                "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                {e.path(), id, c.now.micros, c.who.id, c.who.name, transition, title.zh, title.en, from, to, comment,
                 fields.is_null() ? "" : entities::for_trail(e, fields).dump(), stopped,
                 stood.is_null() ? sql::Param(nullptr) : sql::Param(stood.dump()),
                 for_whom ? sql::Param(for_whom->id) : sql::Param(nullptr),
                 for_whom ? sql::Param(for_whom->name) : sql::Param(nullptr),
                 department ? sql::Param(department) : sql::Param(nullptr)}));
  t.touched(e.table, id);
  return {};
}

Status Engine::claim(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id) {
  CIVITAS_TRY(Case now, load_case_to_change(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  CIVITAS_CHECK(free_if_in_vain(t, c, e, id, now, *p));
  CIVITAS_TRY(const auto possible, actions(t, c, e, id));
  if (possible.empty())
    return fail(problem(Kind::forbidden, "process.case.not_yours", "该件当前不由您办理。",
                        "This case is not yours to handle now."));
  CIVITAS_TRY(
      const auto changed,
      t.execute(
          "UPDATE process_case SET claimed_by=?,claimed_name=? WHERE record=? AND (claimed_by IS NULL OR claimed_by=?)",
          {c.who.id, c.who.name, id, c.who.id}));
  if (changed == 0)
    return fail(
        problem(Kind::conflict, "process.case.claimed", "该件已被他人签收。", "Somebody else has claimed this case."));
  return add_trace(t, c, e, id, "claim", {"签收", "Claimed"}, "", "", "", Json(), false);
}

Status Engine::release(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id) {
  CIVITAS_TRY(const auto changed,
              t.execute("UPDATE process_case SET claimed_by=NULL,claimed_name=NULL WHERE record=? AND claimed_by=?",
                        {id, c.who.id}));
  if (changed == 0)
    return fail(
        problem(Kind::conflict, "process.case.not_claimed", "该件不是由您签收的。", "You have not claimed this case."));
  return add_trace(t, c, e, id, "release", {"放回", "Released"}, "", "", "", Json(), false);
}

Status Engine::transfer(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id, std::int64_t to,
                        const std::string& comment) {
  CIVITAS_TRY(const auto possible, actions(t, c, e, id));
  if (possible.empty())
    return fail(problem(Kind::forbidden, "process.case.not_yours", "该件当前不由您办理。",
                        "This case is not yours to handle now."));
  CIVITAS_TRY(
      const auto name,
      t.query_text("SELECT name FROM identity_person WHERE id=? AND kind='staff' AND (disabled IS NULL OR disabled=0)",
                   {to}));
  if (!name)
    return fail(
        invalid("process.transfer.person", "没有这位工作人员。", "There is no such member of staff.").with_field("to"));
  CIVITAS_TRY(Case now, load_case_to_change(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  CIVITAS_TRY(const bool able, can_act(t, e, id, now, *p, to, c.now));
  if (!able)
    return fail(invalid("process.transfer.person", *name + " 不能办理该件现在的环节，请转给有此权限的人员。",
                        *name + " has no step in this case now; transfer it to somebody who has.")
                    .with_field("to"));
  // Who has it was assigned by a step: that follows, or the new holder could not act.
  CIVITAS_CHECK(
      t.execute("UPDATE process_case SET claimed_by=?,claimed_name=?,person=CASE WHEN person IS NULL THEN NULL ELSE ? "
                "END,department=NULL WHERE record=?",
                {to, *name, to, id}));
  Json fields = Json::object();
  fields.set("to", Json(*name));
  CIVITAS_TRY(const std::string title, title_of(t, e, id));
  if (to != c.who.id)
    CIVITAS_CHECK(
        tell(t, c.now, e, id, to,
             {{c.who.name + " 转给您：“" + title + "”", c.who.name + " transferred “" + title + "” to you"}, comment}));
  return add_trace(t, c, e, id, "transfer", {"转办给 " + *name, "Transferred to " + *name}, "", "", comment, fields,
                   false);
}

Status Engine::urge(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                    const std::string& comment) {
  CIVITAS_CHECK(store_.get(t, c, e, id));
  CIVITAS_TRY(const Case now, load_case(t, e, id));
  if (now.finished_at)
    return fail(
        problem(Kind::unprocessable, "process.urge.finished", "该件已办结，无需催办。", "This case is finished."));
  CIVITAS_CHECK(t.execute("UPDATE process_case SET urged=urged+1 WHERE record=?", {id}));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  CIVITAS_TRY(const auto people, concerned(t, e, id, now, *p, c.now));
  CIVITAS_TRY(const std::string title, title_of(t, e, id));
  for (const auto person : people)
    if (person != c.who.id)
      CIVITAS_CHECK(
          tell(t, c.now, e, id, person, {{"催办：“" + title + "”", "Please hurry: “" + title + "”"}, comment}));
  return add_trace(t, c, e, id, "urge", {"催办", "Urged"}, "", "", comment, Json(), false);
}

Result<std::vector<Action>> Engine::actions(sql::Connection& c, const Context& context, const Entity& e,
                                            std::int64_t id) {
  std::vector<Action> out;
  if (!e.process) return out;
  CIVITAS_TRY(const Case now, load_case(c, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(c, e, now.definition));
  CIVITAS_TRY(const auto delegators, delegators_of(c, id, context));
  for (const auto& t : p->transitions) {
    if (!t.leaves(now.state) || !can_be_done(t)) continue;
    CIVITAS_TRY(bool allowed, role_holds(c, context, e, id, t, now.owner));
    allowed = allowed && may_handle(context, now, t);
    for (const auto& who : delegators) {
      if (allowed) break;
      const Context theirs{who, context.now, context.request};
      CIVITAS_TRY(allowed, role_holds(c, theirs, e, id, t, now.owner));
      allowed = allowed && may_handle(theirs, now, t);
    }
    if (!allowed) continue;
    CIVITAS_TRY(Text why, blocked(c, context, e, id, now, *p, t));
    out.push_back({t.name, t.title, t.form, t.comment, t.comment_required, t.danger, t.side, std::move(why)});
  }
  return out;
}

}  // namespace civitas::process
