// What people see of a case: where it stands and how its clock runs, its trace, and the to-do lists.
#include <algorithm>
#include <set>

#include "process/engine.hpp"

namespace civitas::process {

using entities::Context;
using entities::Entity;
using entities::ProcessDeclaration;
using entities::State;
using entities::StateKind;

namespace {

// What a clock of working days tells under the names of before there were several.
void set_limit(Json& out, const ClockNow& clock) {
  out.set("limit_days", Json(clock.limit))
      .set("used_days", Json(static_cast<std::int64_t>(clock.used)))
      .set("stopped_days", Json(static_cast<std::int64_t>(clock.stopped)))
      .set("left_days", Json(static_cast<std::int64_t>(clock.left)));
}

}  // namespace

Result<Json> Engine::case_of(sql::Connection& c, const Entity& e, std::int64_t id, Instant now) {
  if (!e.process) return Json();
  CIVITAS_TRY(const Case found, load_case(c, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(c, e, found.definition));
  const State& state = *p->state(found.state);
  Json out = Json::object();
  out.set("state", Json(found.state))
      .set("state_title", Json(state.title))
      .set("entered_at", Json(format_instant(found.entered_at)));
  if (found.claimed_by)
    out.set("claimed_by",
            Json(Json::Object{{"id", Json(std::to_string(found.claimed_by))}, {"name", Json(found.claimed_name)}}));
  else
    out.set("claimed_by", Json());
  out.set("urged", Json(found.urged));
  CIVITAS_CHECK(add_holders(c, id, found, state, now, out));
  CIVITAS_TRY(const auto clocks, clocks_of(c, id, found, *p, now));
  bool provisional = false;
  Json told = Json::array();
  const bool waits = state.kind == StateKind::stopped;
  ClockLevel level = found.finished_at ? ClockLevel::done : waits ? ClockLevel::stopped : ClockLevel::ok;
  const ClockNow* nearest = nullptr;
  for (const ClockNow& clock : clocks) {
    told.push(clock_json(clock));
    provisional = provisional || (clock.provisional && clock.level != ClockLevel::done);
    if (clock.name == entities::limit_clock_name && clock.unit == DurationUnit::working_days) set_limit(out, clock);
    const bool runs = clock.level != ClockLevel::stopped && clock.level != ClockLevel::done;
    // While a case waits for somebody outside, that one's time says nothing of the office's.
    const bool counts = runs && !(waits && clock.name == entities::step_clock_name);
    if (counts && clock.level != ClockLevel::ok && level != ClockLevel::late) level = clock.level;
    if (runs && (!nearest || clock.due_at < nearest->due_at)) nearest = &clock;
  }
  if (!nearest && !clocks.empty()) nearest = &clocks.front();
  if (nearest) {
    out.set("due_on", Json(format_date(nearest->due_on())));
    out.set("due_at", Json(format_instant(nearest->due_at)));
  }
  if (!state.after.empty() && !found.finished_at) {
    CIVITAS_TRY(const Duration period, parse_duration(state.after));
    provisional = provisional || calendar_.provisional(found.entered_at, period);
  }
  out.set("clocks", std::move(told)).set("provisional", Json(provisional)).set("level", Json(std::string(level_name(level))));
  return out;
}

Status Engine::trace(sql::Connection& c, const Context& context, const Entity& e, std::int64_t id, std::string& out) {
  CIVITAS_CHECK(store_.get(c, context, e, id));
  // A citizen sees the course, not who in the office said what to whom.
  const bool staff = context.who.has_role(e.system, "staff");
  std::vector<Made> others;  // records that calls between systems led to, or came from
  if (staff)
    CIVITAS_CHECK(c.query("SELECT other_entity,other_record FROM process_trace WHERE record=? AND other_record IS NOT NULL",
                          {id}, [&](const sql::Row& row) {
                            others.push_back({store_.catalog().entity_by_path(row.text(0)), row.integer(1)});
                            return sql::Continue::yes;
                          }));
  std::set<std::int64_t> readable;
  for (const Made& other : others) {
    if (!other.entity) continue;
    CIVITAS_TRY(const bool may, store_.may(c, context, *other.entity, other.id, entities::Act::read));
    if (may) readable.insert(other.id);
  }
  JsonWriter w(out);
  w.begin_object().key("entries").begin_array();
  CIVITAS_CHECK(
      c.query("SELECT at,who,who_name,transition,title_zh,title_en,from_state,to_state,comment,fields,acting_for_name,"
              "other_entity,other_record FROM process_trace WHERE record=? ORDER BY id",
              {id}, [&](const sql::Row& row) {
                const bool own = row.integer(1) == context.who.id && context.who.id != 0;
                if (!staff && row.text(7).empty() && !own) return sql::Continue::yes;
                w.begin_object().key("at").value(format_instant({row.integer(0)}));
                w.key("by").begin_object();
                if (staff || own) w.key("id").value(row.text(1)).key("name").value(row.text(2));
                w.end_object();
                if (staff && !row.is_null(10)) w.key("for").value(row.text(10));
                w.key("transition").value(row.text(3));
                w.key("title").begin_object().key("zh").value(row.text(4)).key("en").value(row.text(5)).end_object();
                w.key("from").value(row.text(6)).key("to").value(row.text(7));
                if (staff || own) w.key("comment").value(row.text(8));
                if (staff && !row.text(9).empty()) w.key("fields").raw(row.text(9));
                if (const Entity* other = staff ? store_.catalog().entity_by_path(row.text(11)) : nullptr)
                  w.key("record")
                      .begin_object()
                      .key("system")
                      .value(other->system)
                      .key("entity")
                      .value(other->name)
                      .key("id")
                      .value(row.text(12))
                      .key("title")
                      .tree(Json(other->title))
                      .key("open")
                      .value(readable.contains(row.integer(12)))
                      .end_object();
                w.end_object();
                return sql::Continue::yes;
              }));
  w.end_array().end_object();
  return {};
}

Status Engine::tasks(sql::Connection& c, const Context& context, Box box, int limit, std::int64_t after,
                     std::string& out) {
  struct Found {
    std::int64_t id, at;
    const Entity* entity;
    std::string title, number;
    std::string copied_by;
    bool read = false;
  };
  std::vector<Found> found;
  std::map<std::string, std::int64_t> counts{
      {"todo", 0}, {"done", 0}, {"closed", 0}, {"copied", 0}, {"copied_unread", 0}};
  CIVITAS_TRY(const auto delegated, delegations_to(c, context));
  for (const auto& system : store_.catalog().systems()) {
    for (const auto& e : system.entities) {
      if (!e.process) continue;
      auto plan = store_.access().read(store_.storage(e), context.who, context.now);
      if (!plan) continue;
      const entities::Clause mine = to_do(e, context, delegated);
      const auto run = [&](const std::string& condition, std::vector<sql::Value> values, const std::string& name,
                           bool wanted) -> Status {
        std::vector<sql::Value> all = plan->where.params;
        all.insert(all.end(), values.begin(), values.end());
        std::vector<sql::Param> params(all.begin(), all.end());
        const std::string from = " FROM process_case k JOIN " + e.table + " t ON t.id=k.record WHERE k.entity='" +
                                 e.path() + "' AND " + plan->where.sql + " AND " + condition;
        CIVITAS_CHECK(c.query("SELECT count(*)" + from, sql::Params(params), [&](const sql::Row& row) {
          counts[name] += row.integer(0);
          return sql::Continue::no;
        }));
        if (!wanted) return {};
        const auto* number = e.field("number");
        params.emplace_back(after ? after : INT64_MAX);
        params.emplace_back(limit);
        return c.query("SELECT k.record,k.entered_at,t." + e.title_field + (number ? ",t.number" : ",''") + from +
                           " AND k.record<? ORDER BY k.record DESC LIMIT ?",
                       sql::Params(params), [&](const sql::Row& row) {
                         found.push_back({row.integer(0), row.integer(1), &e, std::string(row.text(2)),
                                          std::string(row.text(3)), "", false});
                         return sql::Continue::yes;
                       });
      };
      if (!mine.sql.empty())
        CIVITAS_CHECK(run("k.finished_at IS NULL AND (" + mine.sql + ")", mine.params, "todo", box == Box::todo));
      const std::string handled = "EXISTS(SELECT 1 FROM process_trace h WHERE h.record=k.record AND h.who=?)";
      CIVITAS_CHECK(run("k.finished_at IS NULL AND " + handled, {context.who.id}, "done", box == Box::done));
      CIVITAS_CHECK(run("k.finished_at IS NOT NULL AND " + handled, {context.who.id}, "closed", box == Box::closed));
      const std::string copied = "EXISTS(SELECT 1 FROM process_copy h WHERE h.record=k.record AND h.person=?";
      CIVITAS_CHECK(run(copied + ")", {context.who.id}, "copied", box == Box::copied));
      CIVITAS_CHECK(run(copied + " AND h.read_at IS NULL)", {context.who.id}, "copied_unread", false));
    }
  }
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.id > b.id; });
  const bool more = found.size() > static_cast<std::size_t>(limit);
  if (more) found.resize(static_cast<std::size_t>(limit));
  if (box == Box::copied)
    for (auto& f : found)
      CIVITAS_CHECK(c.query("SELECT at,by_name,read_at FROM process_copy WHERE record=? AND person=?",
                            {f.id, context.who.id}, [&](const sql::Row& row) {
                              f.at = row.integer(0);
                              f.copied_by = row.text(1);
                              f.read = !row.is_null(2);
                              return sql::Continue::no;
                            }));
  JsonWriter w(out);
  w.begin_object().key("items").begin_array();
  for (const auto& f : found) {
    CIVITAS_TRY(const Json state, case_of(c, *f.entity, f.id, context.now));
    w.begin_object()
        .key("system")
        .value(f.entity->system)
        .key("entity")
        .value(f.entity->name)
        .key("id")
        .value(std::to_string(f.id));
    w.key("title")
        .value(f.title)
        .key("number")
        .value(f.number)
        .key("state")
        .tree(state["state"])
        .key("state_title")
        .tree(state["state_title"]);
    if (box == Box::copied) w.key("copied_by").value(f.copied_by).key("read").value(f.read);
    CIVITAS_TRY(const Json flags, flags_of(c, context, *f.entity, f.id));
    if (flags.size() > 0) w.key("flags").tree(flags);
    w.key("case").tree(state).key("at").value(format_instant({f.at})).end_object();
  }
  w.end_array().key("next");
  if (more)
    w.value(std::to_string(found.back().id));
  else
    w.null();
  w.key("counts").begin_object();
  for (const auto& [name, count] : counts) w.key(name).value(count);
  w.end_object().end_object();
  return {};
}

Result<std::vector<Engine::DueCase>> Engine::due(sql::Connection& c, Instant now, int limit) {
  struct Ended {
    const Entity* entity;
    std::int64_t record;
    std::string state, definition;
  };
  std::vector<Ended> ended;
  CIVITAS_CHECK(
      c.query("SELECT entity,record,state,definition FROM process_case WHERE goes_on_at IS NOT NULL AND goes_on_at<=? "
              "ORDER BY goes_on_at",
              {now.micros}, [&](const sql::Row& row) {
                const Entity* e = store_.catalog().entity_by_path(row.text(0));
                if (e && e->process)
                  ended.push_back({e, row.integer(1), std::string(row.text(2)), std::string(row.text(3))});
                return sql::Continue::yes;
              }));
  // What its guard keeps back, as while an objection is open, takes nobody else's turn.
  const Context product{identity::system_principal("期满自动办理"), now, ""};
  std::vector<DueCase> out;
  for (const auto& one : ended) {
    if (static_cast<int>(out.size()) >= limit) break;
    CIVITAS_TRY(const ProcessDeclaration* p, definition(c, *one.entity, one.definition));
    const State* s = p->state(one.state);
    const auto* step = s ? p->transition(s->then) : nullptr;
    if (!step) continue;
    if (!step->when.empty()) {
      CIVITAS_TRY(const bool good, store_.holds(c, product, *one.entity, one.record, step->when));
      if (!good) continue;
    }
    out.push_back({one.entity->path(), one.record, s->then});
  }
  return out;
}

}  // namespace civitas::process
