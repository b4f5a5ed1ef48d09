// The clocks of a case in the database: what of the course they need, limits that stand in the data, extensions, what
// happens when one is late, and the nearest end beside the case.
#include <algorithm>
#include <cmath>

#include "base/strings.hpp"
#include "process/engine.hpp"
#include "process/record_title.hpp"

namespace civitas::process {

using entities::ClockDeclaration;
using entities::Context;
using entities::Entity;
using entities::FieldType;
using entities::ProcessDeclaration;
using entities::Transition;

namespace {

// Clock and limit text of every clock of the process whose number stands in the data.
std::vector<std::pair<std::string, std::string>> limits_in_data(const ProcessDeclaration& p) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto add = [&](std::string_view name, const std::string& limit) {
    const auto parsed = parse_limit(limit);
    if (parsed && !parsed->field.empty()) out.emplace_back(name, parsed->field);
  };
  if (!p.limit.empty()) add(entities::limit_clock_name, p.limit);
  for (const auto& clock : p.clocks) add(clock.name, clock.limit);
  return out;
}

bool extends(const ProcessDeclaration& p) {
  return std::any_of(p.transitions.begin(), p.transitions.end(), [](const auto& t) { return !t.extend.empty(); });
}

// A whole number of at least one; fractions are rounded in favour of who has to act.
std::optional<int> amount_of(const sql::Row& row) {
  if (row.is_null(0)) return std::nullopt;
  const double value = row.real(0);
  if (!(value > 0 && value <= 3660)) return std::nullopt;
  return static_cast<int>(std::ceil(value));
}

// The unit in which the clock of this name counts.
Result<DurationUnit> unit_of(const ProcessDeclaration& p, const std::string& name) {
  const auto at = std::find_if(p.clocks.begin(), p.clocks.end(), [&](const auto& c) { return c.name == name; });
  CIVITAS_TRY(const Limit limit, parse_limit(at == p.clocks.end() ? p.limit : at->limit));
  return limit.unit;
}

// What the clocks whose limits stand in the data allow.
Result<std::map<std::string, int>> amounts_of(sql::Connection& c, std::int64_t id) {
  std::map<std::string, int> out;
  CIVITAS_CHECK(c.query("SELECT name,amount FROM process_clock WHERE record=?", {id}, [&](const sql::Row& row) {
    out[std::string(row.text(0))] = static_cast<int>(row.integer(1));
    return sql::Continue::yes;
  }));
  return out;
}

Text title_of_clock(const ProcessDeclaration& p, const std::string& name) {
  for (const auto& clock : p.clocks)
    if (clock.name == name) return clock.title;
  return {"办理时限", "The limit"};
}

}  // namespace

Status Engine::create_clock_tables(sql::Transaction& t) {
  const bool sqlite = t.dialect() == sql::Dialect::sqlite;
  const std::string serial = sqlite ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "BIGSERIAL PRIMARY KEY";
  return t.run_script(
      "CREATE INDEX IF NOT EXISTS process_case_due ON process_case(due_at) WHERE due_at IS NOT NULL;"
      "CREATE TABLE IF NOT EXISTS process_clock(record BIGINT NOT NULL,name TEXT NOT NULL,amount BIGINT NOT NULL,source "
      "TEXT NOT NULL,PRIMARY KEY(record,name));"
      "CREATE TABLE IF NOT EXISTS process_extension(id " +
      serial +
      ",record BIGINT NOT NULL,clock TEXT NOT NULL,at BIGINT NOT NULL,who BIGINT,who_name TEXT,amount BIGINT NOT "
      "NULL,title_zh TEXT,title_en TEXT,comment TEXT);"
      "CREATE INDEX IF NOT EXISTS process_extension_record ON process_extension(record,id)");
}

Result<CaseCourse> Engine::course_of(sql::Connection& c, std::int64_t id, const Case& now,
                                     const ProcessDeclaration& p) {
  CaseCourse out;
  out.state = now.state;
  out.entered_at = now.entered_at;
  out.started_at = now.started_at;
  out.finished_at = now.finished_at;
  if (p.limit.empty() && p.clocks.empty()) return out;
  CIVITAS_CHECK(c.query("SELECT at,transition,to_state FROM process_trace WHERE record=? AND to_state<>'' ORDER BY id",
                        {id}, [&](const sql::Row& row) {
                          out.passages.push_back(
                              {Instant{row.integer(0)}, std::string(row.text(1)), std::string(row.text(2))});
                          return sql::Continue::yes;
                        }));
  if (has_limits_in_data(p)) {
    CIVITAS_TRY(out.amounts, amounts_of(c, id));
  }
  if (extends(p))
    CIVITAS_CHECK(c.query(
        "SELECT clock,at,amount,who_name,title_zh,title_en,comment FROM process_extension WHERE record=? ORDER BY id",
        {id}, [&](const sql::Row& row) {
          out.extensions.push_back({std::string(row.text(0)),
                                    Instant{row.integer(1)},
                                    static_cast<int>(row.integer(2)),
                                    std::string(row.text(3)),
                                    {std::string(row.text(4)), std::string(row.text(5))},
                                    std::string(row.text(6))});
          return sql::Continue::yes;
        }));
  return out;
}

Result<std::vector<ClockNow>> Engine::clocks_of(sql::Connection& c, std::int64_t id, const Case& now,
                                                const ProcessDeclaration& p, Instant at) {
  CIVITAS_TRY(const CaseCourse course, course_of(c, id, now, p));
  return read_clocks(calendar_, p, course, at);
}

Status Engine::read_limits(sql::Transaction& t, const Entity& e, std::int64_t id, const ProcessDeclaration& p) {
  for (const auto& [clock, path] : limits_in_data(p)) {
    const auto dot = path.find('.');
    const std::string own = path.substr(0, dot);
    const auto* field = e.field(own);
    if (!field) continue;  // checked when the declarations were loaded
    std::optional<std::string> source;
    std::optional<int> amount;
    CIVITAS_CHECK(t.query("SELECT " + own + " FROM " + e.table + " WHERE id=?", {id}, [&](const sql::Row& row) {
      if (!row.is_null(0)) source = row.text(0);
      if (dot == path.npos) amount = amount_of(row);
      return sql::Continue::no;
    }));
    const Entity* target = dot == path.npos ? nullptr : store_.catalog().target_of(*field);
    if (source && target) {
      // What the clock allows was fixed when the record first named this one.
      CIVITAS_TRY(const auto same, t.query_integer("SELECT 1 FROM process_clock WHERE record=? AND name=? AND source=?",
                                                   {id, clock, *source}));
      if (same) continue;
      CIVITAS_CHECK(t.query("SELECT " + path.substr(dot + 1) + " FROM " + target->table + " WHERE id=?",
                            {parse_integer(*source).value_or(0)}, [&](const sql::Row& row) {
                              amount = amount_of(row);
                              return sql::Continue::no;
                            }));
    }
    if (!amount) {
      CIVITAS_CHECK(t.execute("DELETE FROM process_clock WHERE record=? AND name=?", {id, clock}));
      continue;
    }
    CIVITAS_CHECK(t.execute("INSERT INTO process_clock(record,name,amount,source) VALUES(?,?,?,?) ON "
                            "CONFLICT(record,name) DO UPDATE SET amount=excluded.amount,source=excluded.source",
                            {id, clock, *amount, *source}));
  }
  return {};
}

Result<std::optional<Instant>> Engine::first_due(entities::HookCall& call, const ProcessDeclaration& p) {
  const std::string& state = call.record["state"].as_string();
  if (!p.counts_from_creation(state)) return std::nullopt;
  const Instant now = call.context.now;
  CaseCourse course;
  course.passages = {{now, "create", state}};
  course.state = state;
  course.entered_at = now;
  if (p.starts.empty() || state != p.initial) course.started_at = now;
  if (has_limits_in_data(p)) {
    CIVITAS_CHECK(read_limits(call.transaction, call.entity, call.id, p));
    CIVITAS_TRY(course.amounts, amounts_of(call.transaction, call.id));
  }
  CIVITAS_TRY(const auto clocks, read_clocks(calendar_, p, course, now));
  return nearest_due(clocks);
}

bool Engine::has_limits_in_data(const ProcessDeclaration& p) { return !limits_in_data(p).empty(); }

Status Engine::keep_clocks(sql::Transaction& t, const Entity& e, std::int64_t id, const ProcessDeclaration& p,
                           Instant at) {
  CIVITAS_CHECK(read_limits(t, e, id, p));
  CIVITAS_TRY(const Case now, load_case(t, e, id));
  CIVITAS_TRY(const auto clocks, clocks_of(t, id, now, p, at));
  const auto due = nearest_due(clocks);
  CIVITAS_CHECK(t.execute("UPDATE process_case SET due_at=? WHERE record=?",
                          {due ? sql::Param(due->micros) : sql::Param(nullptr), id}));
  return {};
}

Status Engine::extend(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                      const ProcessDeclaration& p, const Transition& step, const std::string& comment) {
  CIVITAS_TRY(const Limit longer, parse_limit(step.extend));
  const std::string clock = step.extends_clock();
  std::optional<int> amount = longer.amount;
  if (!longer.field.empty()) {
    amount.reset();
    CIVITAS_CHECK(t.query("SELECT " + longer.field + " FROM " + e.table + " WHERE id=?", {id}, [&](const sql::Row& row) {
      amount = amount_of(row);
      return sql::Continue::no;
    }));
    if (!amount) {
      const auto* field = e.field(longer.field);
      const Text title = field ? field->title : Text{longer.field, longer.field};
      return fail(invalid("process.extend.amount", "“" + title.zh + "”应为 1 至 3660 的数，才能延期。",
                          "“" + title.en + "” must be a number from 1 to 3660 to extend the time.")
                      .with_field(longer.field));
    }
  }
  CIVITAS_TRY(const DurationUnit unit, unit_of(p, clock));
  // Minutes on a clock of hours and the like: the clock counts in its own unit.
  int in_clock = *amount;
  if (unit != longer.unit) in_clock = longer.unit == DurationUnit::hours ? *amount * 60 : (*amount + 59) / 60;
  CIVITAS_CHECK(t.execute(
      "INSERT INTO process_extension(record,clock,at,who,who_name,amount,title_zh,title_en,comment) "
      "VALUES(?,?,?,?,?,?,?,?,?)",
      {id, clock, c.now.micros, c.who.id, c.who.name, in_clock, step.title.zh, step.title.en, comment}));
  const Text by = duration_text({*amount, longer.unit}), what = title_of_clock(p, clock);
  return add_trace(t, c, e, id, "extend", {"“" + what.zh + "”延长" + by.zh, "“" + what.en + "” extended by " + by.en}, "",
                   "", comment, Json(), false);
}

Status Engine::tell_late(sql::Transaction& t, const Entity& e, std::int64_t id, const Case& now,
                         const ProcessDeclaration& p, const ClockNow& clock, const Message& message, Instant at) {
  if (clock.declared && !clock.declared->late.tell.empty()) {
    Occasion occasion;
    occasion.kind = "late";
    occasion.state = p.state(now.state)->title;
    occasion.due = clock.due_on();
    occasion.title = message.title;
    return tell_declared(t, at, e, id, clock.declared->late.tell, occasion);
  }
  CIVITAS_TRY(const auto people, concerned(t, e, id, now, p, at));
  for (const auto person : people) CIVITAS_CHECK(tell(t, at, e, id, person, message));
  return {};
}

Status Engine::act_late(sql::Transaction& t, const Entity& e, std::int64_t id, const ClockDeclaration& clock,
                        Instant at) {
  const Context product{identity::system_principal("超期自动办理"), at, ""};
  CIVITAS_TRY(const Case now, load_case(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, now.definition));
  Given given;
  if (!clock.late.set.empty()) {
    CIVITAS_TRY(const Json record, store_.get_unrestricted(t, e, id, "what a clock that has run out sets"));
    for (const auto& v : clock.late.set) {
      const auto* field = e.field(v.field);
      if (!field) return fail(internal_problem("no field " + v.field + " to set by the clock " + clock.name));
      CIVITAS_TRY(Json value, store_.values().of(t, product, {e, record}, *field, v.value));
      given.also.set(v.field, std::move(value));
    }
  }
  const Transition* step = clock.late.go.empty() ? nullptr : p->transition(clock.late.go);
  bool goes = step && step->leaves(now.state);
  if (goes && !step->when.empty()) {
    CIVITAS_TRY(goes, store_.holds(t, product, e, id, step->when));
  }
  if (goes) {
    CIVITAS_CHECK(take(t, product, e, id, now, *p, *step, std::move(given)));
    CIVITAS_CHECK(settle(t, product, e, id));
  } else if (!given.also.as_object().empty()) {
    entities::WriteOptions options;
    options.read_only = entities::ReadOnly::accept;
    options.action = "late";
    options.rules = entities::Rules::skip("a clock has run out");
    CIVITAS_CHECK(store_.update(t, product, e, id, std::move(given.also), options));
  }
  return {};
}

Json clock_json(const ClockNow& clock) {
  const auto number = [](double value) {
    return value == std::floor(value) ? Json(static_cast<std::int64_t>(value)) : Json(value);
  };
  Json extensions = Json::array();
  for (const auto& x : clock.extensions)
    extensions.push(Json(Json::Object{{"at", Json(format_instant(x.at))},
                                      {"by", Json(x.by)},
                                      {"amount", Json(x.amount)},
                                      {"step", Json(x.step)},
                                      {"comment", Json(x.comment)}}));
  Json out = Json::object();
  out.set("name", Json(clock.name))
      .set("title", Json(clock.title))
      .set("unit", Json(std::string(unit_name(clock.unit))))
      .set("limit", Json(clock.limit))
      .set("used", number(clock.used))
      .set("stopped", number(clock.stopped))
      .set("left", number(clock.left))
      .set("level", Json(std::string(level_name(clock.level))))
      .set("due_at", Json(format_instant(clock.due_at)))
      .set("due_on", Json(format_date(clock.due_on())))
      .set("provisional", Json(clock.provisional))
      .set("extensions", std::move(extensions));
  return out;
}

}  // namespace civitas::process
