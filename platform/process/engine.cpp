#include "process/engine.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "entities/process_text.hpp"
#include "process/record_title.hpp"

namespace civitas::process {

using entities::Context;
using entities::Entity;
using entities::ProcessDeclaration;
using entities::State;
using entities::StateKind;
using entities::Transition;

namespace {

Problem not_a_case(const Entity& e) {
  return problem(Kind::not_found, "process.case.none", "“" + e.title.zh + "”没有办理流程。",
                 "“" + e.title.en + "” has no process.");
}

Problem wrong_state(const State* now, const Transition& t) {
  const Text at = now ? now->title : Text{};
  return problem(Kind::unprocessable, "process.transition.state",
                 "当前状态为“" + at.zh + "”，不能“" + t.title.zh + "”。可能已有人办理，请刷新后查看。",
                 "The case stands at “" + at.en + "”, so “" + t.title.en +
                     "” is not possible. Somebody may have handled it; reload.");
}

bool leaves(const Transition& t, std::string_view state) {
  return std::find(t.from.begin(), t.from.end(), state) != t.from.end();
}

bool ends(const State& s) { return s.kind == StateKind::final || s.kind == StateKind::rejected; }

}  // namespace

Result<std::string> comment_of(const Json& input) {
  const Json& given = input["comment"];
  if (given.is_null()) return std::string();
  if (!given.is_string())
    return fail(invalid("entities.field.type", "意见应为文字。", "The comment must be text.").with_field("comment"));
  const std::string& comment = given.as_string();
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
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS process_case(record BIGINT PRIMARY KEY,entity TEXT NOT NULL,definition TEXT NOT "
      "NULL,state TEXT NOT NULL,owner BIGINT NOT NULL,"
      "started_at BIGINT,entered_at BIGINT NOT NULL,finished_at BIGINT,goes_on_at BIGINT,claimed_by "
      "BIGINT,claimed_name TEXT,urged BIGINT NOT NULL DEFAULT 0);"
      "CREATE INDEX IF NOT EXISTS process_case_owner ON process_case(owner,record);"
      "CREATE INDEX IF NOT EXISTS process_case_goes_on ON process_case(goes_on_at) WHERE goes_on_at IS NOT NULL;"
      "CREATE TABLE IF NOT EXISTS process_trace(id " +
      serial +
      ",entity TEXT NOT NULL,record BIGINT NOT NULL,at BIGINT NOT NULL,who BIGINT,who_name TEXT,transition TEXT NOT "
      "NULL,title_zh TEXT,title_en TEXT,from_state TEXT,to_state TEXT,"
      "comment TEXT,fields TEXT,stopped BIGINT NOT NULL);"
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
      "CREATE TABLE IF NOT EXISTS process_definition(hash TEXT PRIMARY KEY,entity TEXT NOT NULL,text TEXT NOT NULL)");
}

Status Engine::entity_moved(sql::Transaction& t, std::string_view from, std::string_view to) {
  for (const char* table : {"process_case", "process_trace", "process_copy", "process_watch", "process_definition"})
    CIVITAS_CHECK(t.execute(std::string("UPDATE ") + table + " SET entity=? WHERE entity=?", {to, from}));
  return {};
}

void Engine::register_hooks(entities::Hooks& hooks) {
  hooks.add("process.begin", [this](entities::HookCall& call) { return begin(call); });
}

Status Engine::begin(entities::HookCall& call) {
  const Entity& e = call.entity;
  const ProcessDeclaration& p = *e.process;
  CIVITAS_CHECK(call.transaction.execute(
      "INSERT INTO process_definition(hash,entity,text) VALUES(?,?,?) ON CONFLICT(hash) DO NOTHING",
      {p.hash, e.path(), p.text}));
  const bool starts = p.starts.empty();
  CIVITAS_CHECK(call.transaction.execute(
      "INSERT INTO process_case(record,entity,definition,state,owner,started_at,entered_at,urged) "
      "VALUES(?,?,?,?,?,?,?,0)",
      {call.id, e.path(), p.hash, p.initial, call.context.who.id,
       starts ? sql::Param(call.context.now.micros) : sql::Param(nullptr), call.context.now.micros}));
  return add_trace(call.transaction, call.context, e, call.id, "create", {"新建", "Created"}, "", p.initial, "", Json(),
                   p.state(p.initial)->kind == StateKind::stopped);
}

Result<Engine::Case> Engine::load_case(sql::Connection& c, const Entity& e, std::int64_t id) {
  std::optional<Case> found;
  CIVITAS_CHECK(
      c.query("SELECT state,definition,owner,started_at,finished_at,entered_at,claimed_by,claimed_name,urged FROM "
              "process_case WHERE record=?",
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
                return sql::Continue::no;
              }));
  if (!found) return fail(not_a_case(e));
  return *found;
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
                         const std::string& comment, const Json& fields, bool stopped) {
  CIVITAS_CHECK(
      t.execute("INSERT INTO "
                "process_trace(entity,record,at,who,who_name,transition,title_zh,title_en,from_state,to_state,comment,"
                "fields,stopped) "
                "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
                {e.path(), id, c.now.micros, c.who.id, c.who.name, transition, title.zh, title.en, from, to, comment,
                 fields.is_null() ? "" : fields.dump(), stopped}));
  return {};
}

Status Engine::enter(sql::Transaction& t, const Context& c, const Entity&, std::int64_t id, const ProcessDeclaration& p,
                     std::string_view state, bool starts_clock, std::int64_t claimed_by) {
  const State& s = *p.state(state);
  std::optional<std::int64_t> goes_on;
  if (!s.after.empty()) {
    CIVITAS_TRY(const Duration period, parse_duration(s.after));
    CIVITAS_TRY(const Instant due, calendar_.due(c.now, period));
    goes_on = due.micros;
  }
  CIVITAS_CHECK(
      t.execute("UPDATE process_case SET "
                "state=?,entered_at=?,finished_at=?,goes_on_at=?,claimed_by=?,claimed_name=?,urged=0 WHERE record=?",
                {state, c.now.micros, ends(s) ? sql::Param(c.now.micros) : sql::Param(nullptr), goes_on,
                 claimed_by ? sql::Param(claimed_by) : sql::Param(nullptr),
                 claimed_by ? sql::Param(c.who.name) : sql::Param(nullptr), id}));
  if (starts_clock)
    CIVITAS_CHECK(
        t.execute("UPDATE process_case SET started_at=? WHERE record=? AND started_at IS NULL", {c.now.micros, id}));
  return {};
}

Result<Json> Engine::transition(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                                std::string_view name, Json input) {
  if (!e.process) return fail(not_a_case(e));
  CIVITAS_CHECK(store_.get(t, c, e, id));
  if (t.dialect() == sql::Dialect::postgres)
    CIVITAS_CHECK(t.query_integer("SELECT record FROM process_case WHERE record=? FOR UPDATE", {id}));
  CIVITAS_TRY(const Case now, load_case(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  const Transition* step = p->transition(name);
  if (!step)
    return fail(problem(Kind::not_found, "process.transition.unknown", "没有这个办理动作。", "There is no such step."));
  if (!leaves(*step, now.state)) return fail(wrong_state(p->state(now.state), *step));
  CIVITAS_TRY(const bool allowed, role_holds(t, c, e, id, *step, now.owner));
  if (!allowed)
    return fail(problem(Kind::forbidden, "process.transition.forbidden", "您没有“" + step->title.zh + "”的权限。",
                        "You have no right to “" + step->title.en + "”."));
  if (now.claimed_by && now.claimed_by != c.who.id && !c.who.is_system() && now.owner != c.who.id)
    return fail(problem(Kind::conflict, "process.case.claimed",
                        "该件已由 " + now.claimed_name + " 签收，请先由其放回或转办。",
                        "This case is claimed by " + now.claimed_name + ", who has to release or transfer it first."));

  if (!input.is_object() && !input.is_null())
    return fail(invalid("entities.body.object", "请求内容应为 JSON 对象。", "The body must be a JSON object."));
  CIVITAS_TRY(const std::string comment, comment_of(input));
  std::vector<Problem> missing;
  if (step->comment_required && comment.empty())
    missing.push_back(
        invalid("entities.field.required", "请填写意见。", "A comment is required.").with_field("comment"));
  if (input.is_null()) input = Json::object();
  const Json copies = input["copies"];
  for (const char* own : {"comment", "copies"}) input.erase(own);
  for (const auto& [field, value] : input.as_object())
    if (std::none_of(step->form.begin(), step->form.end(), [&](const auto& f) { return f.name == field; }))
      return fail(invalid("process.transition.form", "这一步不能填写 " + field.substr(0, 60) + "。",
                          field.substr(0, 60) + " is not part of this step.")
                      .with_field(field.substr(0, 60)));
  for (const auto& f : step->form)
    if (f.required &&
        (input[f.name].is_null() || input[f.name].as_string().find_first_not_of(" \n\t") == std::string::npos) &&
        !input[f.name].is_object() && !input[f.name].is_number() && !input[f.name].is_bool() &&
        !input[f.name].is_array()) {
      const auto* field = e.field(f.name);
      missing.push_back(invalid("entities.field.required", "“" + (field ? field->title.zh : f.name) + "”必须填写。",
                                "“" + (field ? field->title.en : f.name) + "” is required.")
                            .with_field(f.name));
    }
  if (!missing.empty()) return fail(entities::combine(std::move(missing)));

  const Json form = input;
  entities::WriteOptions options;
  options.read_only = entities::ReadOnly::accept;
  options.action = std::string(name);
  options.without_rules_because = "transition " + std::string(name);
  options.new_state = step->to;
  Json was;
  if (step->when.find("old(") != std::string::npos) {
    CIVITAS_TRY(was, store_.get_unrestricted(t, e, id, "old() in the guard"));
  }
  CIVITAS_TRY(Json record, store_.update(t, c, e, id, std::move(input), options));
  if (!step->when.empty()) {
    CIVITAS_TRY(const bool good, store_.holds(t, c, e, id, step->when, was.is_null() ? nullptr : &was));
    if (!good) {
      Text words = step->when_message;
      if (words.empty())
        words = {"“" + step->title.zh + "”的条件尚不具备。",
                 "The condition of “" + step->title.en + "” does not hold yet."};
      return fail(problem(Kind::unprocessable, "process.transition.guard", words.zh, words.en));
    }
  }
  for (const auto& action : step->actions) {
    Json before = record;
    entities::HookCall call{store_, t, c, e, id, &before, record, form, std::string(name), nullptr};
    CIVITAS_CHECK(store_.run_hook(action, call));
  }
  CIVITAS_CHECK(enter(t, c, e, id, *p, step->to, p->starts == name, 0));
  CIVITAS_CHECK(add_trace(t, c, e, id, name, step->title, now.state, step->to, comment, form,
                          p->state(step->to)->kind == StateKind::stopped));
  CIVITAS_CHECK(copy_to_named(t, c, e, id, copies, name));
  return store_.get_unrestricted(t, e, id, "the answer to the transition");
}

Status Engine::claim(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id) {
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
  CIVITAS_CHECK(t.execute("UPDATE process_case SET claimed_by=?,claimed_name=? WHERE record=?", {to, *name, id}));
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

Status Engine::recall(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id) {
  CIVITAS_TRY(const Case now, load_case(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  std::string from;
  bool own = false;
  std::int64_t last = 0;
  CIVITAS_CHECK(t.query(
      "SELECT id,who,from_state,to_state FROM process_trace WHERE record=? AND to_state<>'' ORDER BY id DESC LIMIT 1",
      {id}, [&](const sql::Row& row) {
        last = row.integer(0);
        own = row.integer(1) == c.who.id;
        from = row.text(2);
        return sql::Continue::no;
      }));
  CIVITAS_TRY(const auto touched,
              t.query_integer("SELECT 1 FROM process_trace WHERE record=? AND id>? AND transition='claim' LIMIT 1",
                              {id, last}));
  if (!own || from.empty() || touched || now.finished_at)
    return fail(problem(Kind::conflict, "process.recall.late", "只能撤回自己刚提交、对方尚未签收办理的件。",
                        "Only your own last step can be recalled, and only while nobody has claimed the case."));
  entities::WriteOptions options;
  options.action = "recall";
  options.without_rules_because = "recall";
  options.new_state = from;
  CIVITAS_CHECK(store_.update(t, c, e, id, Json::object(), options));
  CIVITAS_CHECK(enter(t, c, e, id, *p, from, false, 0));
  return add_trace(t, c, e, id, "recall", {"撤回", "Recalled"}, now.state, from, "", Json(),
                   p->state(from)->kind == StateKind::stopped);
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
  for (const auto& t : p->transitions) {
    if (!leaves(t, now.state)) continue;
    CIVITAS_TRY(const bool allowed, role_holds(c, context, e, id, t, now.owner));
    if (allowed) out.push_back({t.name, t.title, t.form, t.comment, t.comment_required, t.danger});
  }
  return out;
}

}  // namespace civitas::process
