#include "entities/store.hpp"

#include <algorithm>

#include "audit/audit.hpp"
#include "base/strings.hpp"
#include "entities/json_record.hpp"
#include "entities/recompute.hpp"
#include "jobs/outbox.hpp"

namespace civitas::entities {

namespace {

Problem not_found(const Entity& e) {
  return problem(Kind::not_found, "entities.record.not_found", "没有找到这条“" + e.title.zh + "”，或您无权查看。",
                 "There is no such “" + e.title.en + "”, or you may not see it.");
}

// Who is anonymous may have the right once signed in, unless a rule for everybody refuses this record.
Problem forbidden(const Entity& e, const identity::Principal& who, bool own_rule = false) {
  if (!who.signed_in() && !own_rule)
    return problem(Kind::unauthenticated, "entities.access.sign_in", "请先登录。", "Sign in first.");
  return problem(Kind::forbidden, "entities.access.forbidden", "您没有对这条“" + e.title.zh + "”进行此操作的权限。",
                 "You have no right to do this to this “" + e.title.en + "”.");
}

Problem stale() {
  return problem(Kind::precondition, "entities.record.changed",
                 "在您编辑期间，别人已修改了这条记录。请查看最新内容后再保存。",
                 "Somebody else changed this record while you edited. Look at the latest version, then save again.");
}

Status check_moment(const std::string& text, const char* field) {
  if (parse_uncertain_date(text)) return {};
  return fail(invalid("entities.valid_time", "时间无法理解，可写 2026-11-21、1949、明、1927年以前。",
                      "The time is not understood; write 2026-11-21, 1949, “明”, before 1927.")
                  .with_field(field));
}

// Map tiles are kept up to date for every type with a place, without a hook in its declaration.
Status shape_changed(const Hooks& hooks, const Storage& s, HookCall& call) {
  const Hook* hook = s.box_field() ? hooks.find("map.shape_changed") : nullptr;
  return hook ? (*hook)(call) : Status{};
}

bool is_blank(const Json& value) { return value.is_null() || (value.is_array() && value.size() == 0); }

}  // namespace

Store::Store(std::shared_ptr<const Catalog> catalog, sql::Dialect dialect, IdGenerator& ids, const Hooks& hooks,
             const crypto::FieldCipher* cipher)
    : catalog_(std::move(catalog)),
      dialect_(dialect),
      ids_(ids),
      hooks_(hooks),
      cipher_(cipher),
      conditions_(*catalog_, cipher),
      access_(*catalog_, conditions_) {
  for (const auto& system : catalog_->systems())
    for (const auto& e : system.entities) storages_.emplace(&e, std::make_unique<Storage>(*catalog_, e, dialect, cipher));
}

Status create_tables(sql::Transaction& t) {
  CIVITAS_CHECK(create_rule_table(t));
  return t.run_script("CREATE TABLE IF NOT EXISTS entities_serial(scope TEXT PRIMARY KEY,last BIGINT NOT NULL)");
}

Status Store::run_hook(std::string_view name, HookCall& call) const {
  const Hook* hook = hooks_.find(name);
  if (!hook) return fail(internal_problem("no hook " + std::string(name)));
  return (*hook)(call);
}

Status Store::write_audit(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                          std::string_view action, const Json& detail) const {
  return audit::append(t, c.now,
                       {c.who.id, c.who.name, c.who.address, e.system + "." + e.name + "." + std::string(action),
                        e.path() + "/" + std::to_string(id), detail.dump(), c.request});
}

Status Store::tell_outbox(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                          const std::string& action, std::int64_t version, const Json& record) const {
  if (!announced_.contains(&e)) return {};
  return jobs::Outbox::append(t, {0, c.now, c.who.id, e.path(), id, action, version, record["state"].as_string()});
}

// Unique violations become the field's own problem.
Problem Store::translate(const Entity& e, Problem p) {
  if (p.reason != "sql.unique") return p;
  for (const auto& f : e.fields) {
    if (!f.unique) continue;
    const std::string column = Storage::equal_column(f);
    const bool named = p.detail.find("." + column + ",") != p.detail.npos ||
                       p.detail.find("." + column + " ") != p.detail.npos ||
                       p.detail.find("_unique_" + f.name) != p.detail.npos;
    if (named)
      return problem(Kind::conflict, "entities.field.taken", "“" + f.title.zh + "”已被使用，请换一个。",
                     "“" + f.title.en + "” is taken already; choose another.")
          .with_field(f.name);
  }
  return p;
}

Status Store::check_conditions(const Context& context, const Entity& e, const Json& record, const Json* before,
                               Wanted which) {
  std::vector<Problem> missing;
  auto bindings = bindings_for(context.who, context.now);
  const JsonRecord view(e, record);
  const Json none;
  const JsonRecord was(e, before ? *before : none);
  if (before) bindings.old = &was;
  // A draft may be incomplete; leaving the first state asks for everything. Where creating starts the case, there is
  // no draft.
  const bool draft = e.process && !e.process->starts.empty() && record["state"].as_string() == e.process->initial;
  const auto holds_now = [&](const std::string& text) -> Result<bool> {
    CIVITAS_TRY(const auto condition, conditions_.typed(e, text));
    return query::evaluate(condition, view, bindings) == query::Truth::yes;
  };
  for (const auto& f : e.fields) {
    if (!is_blank(record[f.name]) || draft || f.type == FieldType::code || f.type == FieldType::computed) continue;
    if (which == Wanted::of_people && f.read_only) continue;
    bool wanted = f.required;
    if (!wanted && !f.required_if.empty()) {
      CIVITAS_TRY(wanted, holds_now(f.required_if));
    }
    if (wanted && !f.visible.empty()) {
      CIVITAS_TRY(wanted, holds_now(f.visible));
    }
    if (wanted)
      missing.push_back(
          invalid("entities.field.required", "“" + f.title.zh + "”必须填写。", "“" + f.title.en + "” is required.")
              .with_field(f.name));
  }
  if (!missing.empty()) return fail(combine(std::move(missing)));
  return {};
}

Result<Store::Loaded> Store::load(sql::Connection& c, const Storage& s, std::int64_t id) const {
  Loaded out;
  const sql::Param params[] = {id};
  CIVITAS_CHECK(
      s.query(c, s.select() + " WHERE t.id=?", params, Versions::latest, nullptr, [&](const sql::Row& row) {
        out = {s.read_record(row, s.reading_all()), row.integer(2), row.integer(4)};
        out.record.set("created_by", Json(std::to_string(out.created_by)));
        return sql::Continue::no;
      }));
  if (out.record.is_null()) return fail(not_found(s.entity()));
  return out;
}

Result<Json> Store::get_unrestricted(sql::Connection& c, const Entity& e, std::int64_t id, Reason) {
  CIVITAS_TRY(Loaded found, load(c, storage(e), id));
  return std::move(found.record);
}

Result<bool> Store::holds(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id,
                          const std::string& text, const Json* before) {
  CIVITAS_TRY(const auto typed, conditions_.typed(e, text));
  auto bindings = bindings_for(context.who, context.now);
  const Json none;
  const JsonRecord was(e, before ? *before : none);
  if (before) bindings.old = &was;
  CIVITAS_TRY(const auto condition, conditions_.compile(typed, dialect_, bindings));
  auto params = params_of(condition.clause.params);
  params.insert(params.begin(), sql::Param(id));
  bool found = false;
  CIVITAS_CHECK(c.query("SELECT 1 FROM " + e.table + " t WHERE t.id=? AND " + condition.clause.sql, sql::Params(params),
                        [&](const sql::Row&) {
                          found = true;
                          return sql::Continue::no;
                        }));
  if (found && condition.residual) {
    CIVITAS_TRY(const Loaded found_record, load(c, storage(e), id));
    return query::evaluate(*condition.residual, JsonRecord(e, found_record.record), bindings) == query::Truth::yes;
  }
  return found;
}

Result<bool> Store::may(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id, Act act) {
  auto clause = access_.may(storage(e), act, context.who, context.now);
  if (!clause) return false;
  if (clause->sql == "TRUE") return true;
  auto params = params_of(clause->params);
  params.insert(params.begin(), sql::Param(id));
  bool found = false;
  CIVITAS_CHECK(c.query("SELECT 1 FROM " + e.table + " t WHERE t.id=? AND " + clause->sql, sql::Params(params),
                        [&](const sql::Row&) {
                          found = true;
                          return sql::Continue::no;
                        }));
  return found;
}

Result<NewRecord> Store::prepare(const Context& c, const Entity& e, Json input, const WriteOptions& options) const {
  if (options.rules.kept()) CIVITAS_CHECK(access_.may(storage(e), Act::create, c.who, c.now));
  if (options.valid_from) CIVITAS_CHECK(check_moment(*options.valid_from, "valid_from"));
  CIVITAS_CHECK(validate_input(*catalog_, e, input, options.read_only));
  if (options.rules.kept()) CIVITAS_CHECK(check_writers(c, e, input, nullptr));
  return NewRecord{std::move(input), options};
}

Result<Json> Store::create(sql::Transaction& t, const Context& c, const Entity& e, Json input,
                           const WriteOptions& options) {
  CIVITAS_TRY(NewRecord prepared, prepare(c, e, std::move(input), options));
  return create(t, c, e, prepared);
}

Result<Json> Store::create(sql::Transaction& t, const Context& c, const Entity& e, const NewRecord& prepared) {
  CIVITAS_TRY(Draft made, draft(t, c, e, prepared));
  Json& record = made.made.record;
  CIVITAS_TRY(made.references, read_references(t, storage(e), record));
  CIVITAS_CHECK(resolve_children(t, storage(e), record, nullptr));
  for (const auto& f : e.fields)
    if (f.type == FieldType::code && record[f.name].is_null()) {
      CIVITAS_TRY(std::string code, next_code(t, c, e, f, record, made.references));
      record.set(f.name, Json(std::move(code)));
    }
  CIVITAS_CHECK(write_draft(t, c, e, made));
  return std::move(record);
}

Status Store::create_many(sql::Transaction& t, const Context& c, const Entity& e,
                          const std::vector<NewRecord>& prepared) {
  std::vector<Draft> drafts;
  drafts.reserve(prepared.size());
  for (const NewRecord& one : prepared) {
    CIVITAS_TRY(Draft made, draft(t, c, e, one));
    drafts.push_back(std::move(made));
  }
  CIVITAS_CHECK(read_references_of(t, storage(e), drafts));
  for (Draft& d : drafts) CIVITAS_CHECK(resolve_children(t, storage(e), d.made.record, nullptr));
  CIVITAS_CHECK(number_all(t, c, e, drafts));
  for (Draft& d : drafts) {
    d.one_of_many = true;
    CIVITAS_CHECK(write_draft(t, c, e, d));
  }
  t.touched(e.table, 0);
  if (tallies_.concerns(e))
    for (const Draft& d : drafts) CIVITAS_CHECK(tallies_.recount(t, c, e, nullptr, &d.made.record));
  return t.settle();
}

Result<Store::Draft> Store::draft(sql::Transaction& t, const Context& c, const Entity& e, const NewRecord& given) {
  Draft out;
  out.given = &given;
  const WriteOptions& options = given.options;
  out.id = ids_.next();
  out.made = {given.input, c.now.micros, c.who.id};
  Json& record = out.made.record;
  for (const auto& f : e.fields)
    if (record[f.name].is_null() && !f.default_value.is_null()) record.set(f.name, f.default_value);
  record.set("id", Json(std::to_string(out.id)));
  record.set("created_by", Json(std::to_string(c.who.id)));
  if (e.process) record.set("state", Json(options.new_state.empty() ? e.process->initial : options.new_state));
  record.set("valid_from", Json(options.valid_from.value_or(format_date(date_in_china(c.now)))));
  if (const State* state = e.process ? e.process->state(record["state"].as_string()) : nullptr;
      state && !state->until.empty()) {
    HookCall entering{*this, t, c, e, out.id, nullptr, record, given.input, {}, nullptr};
    CIVITAS_CHECK(run_hook("process.enter", entering));
  }
  CIVITAS_CHECK(values_.fill(t, c, e, record));
  HookCall call = HookCall::of(*this, t, c, e, out.id, record).input(given.input);
  for (const auto& hook : e.before_write) CIVITAS_CHECK(run_hook(hook, call));
  CIVITAS_CHECK(values_.compute(t, c, e, record));
  CIVITAS_CHECK(check_conditions(c, e, record, nullptr));
  CIVITAS_CHECK(tallies_.lock(t, e, nullptr, &record));
  CIVITAS_CHECK(values_.check_options(t, c, e, record, nullptr));
  return out;
}

Status Store::write_draft(sql::Transaction& t, const Context& c, const Entity& e, Draft& d) {
  const Storage& s = storage(e);
  Json& record = d.made.record;
  const WriteOptions& options = d.given->options;
  const bool ruled = options.rules.kept();
  CIVITAS_CHECK(tallies_.check_limits(t, c, e, nullptr, record));
  CIVITAS_TRY(Row row, row_of(c, s, d.made, 1, d.references));
  if (!d.one_of_many) CIVITAS_CHECK(check_unique(t, c, s, row));
  CIVITAS_CHECK(
      t.append(s.record_target(), sql::Params(params_of(row)), [&e](Problem p) { return translate(e, std::move(p)); }));
  CIVITAS_CHECK(write_children(t, s, d.id, 1, nullptr, nullptr, record));
  if (ruled) {
    // The rule is about the record as it now stands: its district, its state.
    CIVITAS_TRY(const bool allowed, may(t, c, e, d.id, Act::create));
    if (!allowed) return fail(forbidden(e, c.who, access_.ever(e, Act::create, c.who)));
  }
  CIVITAS_CHECK(write_indexes(t, s, row, record, false));
  const std::string action = options.action.empty() ? "create" : options.action;
  CIVITAS_CHECK(write_version(t, c, s, std::move(row), action));
  Json detail = Json::object();
  detail.set("title", record[e.title_field]);
  if (!ruled) detail.set("because", Json(options.rules.because()));
  CIVITAS_CHECK(write_audit(t, c, e, d.id, action, detail));
  CIVITAS_CHECK(tell_outbox(t, c, e, d.id, action, 1, record));
  if (!d.one_of_many) t.touched(e.table, d.id);
  if (!d.one_of_many) CIVITAS_CHECK(tallies_.recount(t, c, e, nullptr, &record));
  HookCall call = HookCall::of(*this, t, c, e, d.id, record).input(d.given->input).references(d.references);
  if (e.process) CIVITAS_CHECK(run_hook("process.begin", call));
  for (const auto& hook : e.after_write) CIVITAS_CHECK(run_hook(hook, call));
  CIVITAS_CHECK(shape_changed(hooks_, s, call));
  record.set("version", Json(std::int64_t{1}));
  if (const Hook* hook = e.process ? hooks_.find("process.changed") : nullptr) CIVITAS_CHECK((*hook)(call));
  return {};
}

Result<Json> Store::update(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id, Json changes,
                           const WriteOptions& options) {
  CIVITAS_TRY(Change change, begin_change(t, c, e, id, std::move(changes), options));
  if (!options.new_state.empty()) change.record.set("state", Json(options.new_state));
  const Json before = change.before, given = change.given;
  CIVITAS_TRY(Json record, finish_change(t, c, std::move(change)));
  if (const Hook* hook = e.process ? hooks_.find("process.changed") : nullptr) {
    HookCall call = HookCall::of(*this, t, c, e, id, record).before(before).input(given);
    CIVITAS_CHECK((*hook)(call));
  }
  return record;
}

Result<Store::Change> Store::begin_change(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                                          Json changes, const WriteOptions& options) {
  const Storage& s = storage(e);
  const bool ruled = options.rules.kept();
  if (ruled) CIVITAS_CHECK(get(t, c, e, id));  // 404 for what the caller may not see
  if (ruled) {
    CIVITAS_TRY(const bool allowed, may(t, c, e, id, Act::write));
    if (!allowed) return fail(forbidden(e, c.who));
  }
  if (options.valid_from) CIVITAS_CHECK(check_moment(*options.valid_from, "valid_from"));
  CIVITAS_CHECK(validate_input(*catalog_, e, changes, options.read_only));
  if (tallies_.is_counted(e)) CIVITAS_CHECK(tallies_.lock_target(t, e, id));
  CIVITAS_TRY(Loaded made, load(t, s, id));
  Change out;
  out.entity = &e;
  out.id = id;
  out.version = made.record["version"].as_integer();
  if (options.version && *options.version != out.version) return fail(stale());
  out.created_at = made.created_at;
  out.created_by = made.created_by;
  out.options = options;
  out.before = made.record;
  out.record = std::move(made.record);
  if (ruled) CIVITAS_CHECK(check_writers(c, e, changes, &out.before));
  CIVITAS_CHECK(settle_rows(e, options, out.before, changes));
  merge(out, std::move(changes));
  return out;
}

Status Store::write_row(sql::Transaction& t, const Entity& e, const Row& row, std::int64_t version) const {
  std::vector<sql::Param> params(row.begin() + 1, row.end());
  params.emplace_back(row.front());
  params.emplace_back(version);
  const auto written = t.execute(storage(e).update_statement(), sql::Params(params));
  if (!written) return fail(translate(e, written.error()));
  if (*written == 0) return fail(stale());
  return {};
}

Result<Json> Store::finish_change(sql::Transaction& t, const Context& c, Change change) {
  const Entity& e = *change.entity;
  const Storage& s = storage(e);
  const WriteOptions& options = change.options;
  const bool ruled = options.rules.kept();
  const std::int64_t id = change.id, version = change.version;
  const Json& before = change.before;
  Loaded made{std::move(change.record), change.created_at, change.created_by};
  Json& record = made.record;
  HookCall call = HookCall::of(*this, t, c, e, id, record).before(before).input(change.given);
  for (const auto& hook : e.before_write) CIVITAS_CHECK(run_hook(hook, call));
  CIVITAS_CHECK(values_.compute(t, c, e, record));
  CIVITAS_CHECK(check_conditions(c, e, record, &before));
  CIVITAS_CHECK(tallies_.lock(t, e, &before, &record));
  CIVITAS_CHECK(values_.check_options(t, c, e, record, &before));
  CIVITAS_CHECK(tallies_.check_limits(t, c, e, &before, record));
  CIVITAS_TRY(const References references, read_references(t, s, record));
  CIVITAS_CHECK(resolve_children(t, s, record, &before));

  if (e.history) {
    CIVITAS_CHECK(
        t.defer("UPDATE " + s.history_table() + " SET recorded_to=? WHERE id=? AND recorded_to IS NULL AND version=?",
                {c.now.micros, id, version}));
    if (options.valid_from) {
      const auto until = parse_uncertain_date(*options.valid_from);
      CIVITAS_CHECK(t.defer("UPDATE " + s.table() + " SET valid_to=?,valid_to_day=? WHERE id=?",
                            {*options.valid_from, std::int64_t{until->earliest.days}, id}));
      CIVITAS_CHECK(t.defer(s.history_copy_statement(), {c.now.micros, c.who.id, "end", id}));
      record.set("valid_from", Json(*options.valid_from));
      record.set("valid_to", Json());
    }
  }
  CIVITAS_TRY(Row row, row_of(c, s, made, version + 1, references));
  CIVITAS_CHECK(check_unique(t, c, s, row));
  CIVITAS_CHECK(write_row(t, e, row, version));
  CIVITAS_CHECK(write_children(t, s, id, version + 1, change.placed ? &*change.placed : &before, &before, record));
  if (ruled) {
    CIVITAS_TRY(const bool still, may(t, c, e, id, Act::write));
    if (!still) return fail(forbidden(e, c.who));
  }
  CIVITAS_CHECK(write_indexes(t, s, row, record, true));
  const std::string action = options.action.empty() ? "update" : options.action;
  CIVITAS_CHECK(write_version(t, c, s, std::move(row), action));
  Json changed = Json::array();
  for (const auto& [name, value] : change.given.as_object())
    if (!same_value(*e.field(name), before[name], value)) changed.push(Json(name));
  Json detail = Json::object();
  detail.set("title", record[e.title_field]).set("changed", std::move(changed));
  if (!ruled) detail.set("because", Json(options.rules.because()));
  CIVITAS_CHECK(write_audit(t, c, e, id, action, detail));
  CIVITAS_CHECK(tell_outbox(t, c, e, id, action, version + 1, record));
  t.touched(e.table, id);
  CIVITAS_CHECK(tallies_.recount(t, c, e, &before, &record));
  call.references = &references;
  for (const auto& hook : e.after_write) CIVITAS_CHECK(run_hook(hook, call));
  CIVITAS_CHECK(shape_changed(hooks_, s, call));
  record.set("version", Json(version + 1));
  return std::move(made.record);
}

Status Store::remove(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                     const WriteOptions& options) {
  const Storage& s = storage(e);
  CIVITAS_CHECK(get(t, c, e, id));
  CIVITAS_TRY(const bool allowed, may(t, c, e, id, Act::remove));
  if (!allowed) return fail(forbidden(e, c.who));
  CIVITAS_TRY(const Loaded loaded, load(t, s, id));
  const Json& before = loaded.record;
  CIVITAS_CHECK(tallies_.lock(t, e, &before, nullptr));
  if (options.version && *options.version != before["version"].as_integer()) return fail(stale());
  const std::string until = options.valid_from.value_or(format_date(date_in_china(c.now)));
  CIVITAS_CHECK(check_moment(until, "valid_to"));
  if (e.history) {
    const auto day = parse_uncertain_date(until)->earliest.days;
    CIVITAS_TRY(const auto begin, t.query_integer("SELECT valid_from_day FROM " + s.table() + " WHERE id=?", {id}));
    if (options.valid_from && begin && parse_uncertain_date(until)->latest.days < *begin)
      return fail(invalid("entities.valid_time.order", "valid_to 早于这条记录的生效日期，请填写之后的日期。",
                          "valid_to is before the day from which this record holds; give a later day.")
                      .with_field("valid_to"));
    CIVITAS_CHECK(
        t.execute("UPDATE " + s.history_table() + " SET recorded_to=? WHERE id=? AND recorded_to IS NULL AND version=?",
                  {c.now.micros, id, before["version"].as_integer()}));
    CIVITAS_CHECK(t.execute("UPDATE " + s.table() + " SET version=version+1,valid_to=?,valid_to_day=? WHERE id=?",
                            {until, std::int64_t{day}, id}));
    CIVITAS_CHECK(t.execute(s.history_copy_statement(), {c.now.micros, c.who.id, "delete", id}));
  }
  for (const auto& child : s.children()) CIVITAS_CHECK(child.remove(t, id));
  // References are by id without a constraint in the database: what still points here is refused by name.
  for (const auto& system : catalog_->systems())
    for (const auto& other : system.entities)
      for (const auto& f : other.fields) {
        std::vector<std::string> looks;
        if (const ChildTable* child = storage(other).child(f)) looks = child->users_of(e);
        const bool leads_here = f.type == FieldType::ref && (catalog_->target_of(f) == &e ||
                                                             std::find(f.to_any.begin(), f.to_any.end(), e.path()) !=
                                                                 f.to_any.end());
        if (leads_here)
          looks.push_back("SELECT 1 FROM " + other.table + " WHERE " + f.name + "=? LIMIT 1");
        for (const auto& look : looks) {
          CIVITAS_TRY(const auto used, t.query_integer(look, {id}));
          if (used)
            return fail(
                problem(Kind::conflict, "entities.record.referenced",
                        "不能删除：仍被“" + other.title.zh + "”的“" + f.title.zh + "”引用。",
                        "It cannot be removed: “" + other.title.en + "” still refers to it by “" + f.title.en + "”."));
        }
      }
  CIVITAS_CHECK(t.execute("DELETE FROM " + s.table() + " WHERE id=?", {id}));
  if (s.has_search())
    CIVITAS_CHECK(t.execute(
        "DELETE FROM " + s.search_table() + " WHERE " + (dialect_ == sql::Dialect::sqlite ? "rowid" : "id") + "=?",
        {id}));
  if (s.box_field() && dialect_ == sql::Dialect::sqlite)
    CIVITAS_CHECK(t.execute("DELETE FROM " + s.box_table() + " WHERE id=?", {id}));
  Json detail = Json::object();
  detail.set("title", before[e.title_field]).set("valid_to", Json(until));
  CIVITAS_CHECK(write_audit(t, c, e, id, "delete", detail));
  CIVITAS_CHECK(tell_outbox(t, c, e, id, "delete", before["version"].as_integer() + 1, before));
  t.touched(e.table, id);
  CIVITAS_CHECK(tallies_.recount(t, c, e, &before, nullptr));
  Json gone = Json::object();
  HookCall call = HookCall::of(*this, t, c, e, id, gone).before(before);
  for (const auto& hook : e.after_write) CIVITAS_CHECK(run_hook(hook, call));
  CIVITAS_CHECK(shape_changed(hooks_, s, call));
  return {};
}

}  // namespace civitas::entities
