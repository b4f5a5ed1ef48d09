// When the year's holidays are loaded: what was counted provisionally is counted again, and who has to load them is told.
#include "identity/identity.hpp"
#include "process/engine.hpp"

namespace civitas::process {

using entities::Context;
using entities::Entity;
using entities::ProcessDeclaration;
using entities::State;

Result<Json> Engine::on_entering(const ProcessDeclaration& p, std::string_view state, Instant now) const {
  Json out = Json::object();
  const State& s = *p.state(state);
  if (s.until.empty()) return out;
  CIVITAS_TRY(const Duration period, parse_duration(s.after));
  CIVITAS_TRY(const Instant end, calendar_.due(now, period));
  out.set(s.until, Json(format_date(date_in_china({end.micros - 1}))));
  return out;
}

Result<std::optional<Instant>> Engine::goes_on_at(const State& s, Instant entered) const {
  if (s.after.empty()) return std::nullopt;
  CIVITAS_TRY(const Duration period, parse_duration(s.after));
  CIVITAS_TRY(const Instant due, calendar_.due(entered, period));
  return due;
}

Result<bool> Engine::recount_case(sql::Transaction& t, const Entity& e, std::int64_t id, Instant now) {
  CIVITAS_TRY(const Case found, load_case(t, e, id));
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, found.definition));
  const State& state = *p->state(found.state);
  if (state.after.empty()) return false;
  CIVITAS_TRY(const Duration period, parse_duration(state.after));
  CIVITAS_TRY(const Instant end, calendar_.due(found.entered_at, period));
  CIVITAS_TRY(const auto later, t.execute("UPDATE process_case SET goes_on_at=? WHERE record=? AND goes_on_at<?",
                                          {end.micros, id, end.micros}));
  if (later == 0) return false;
  const Context context{identity::system_principal("节假日安排装入"), now, ""};
  CIVITAS_TRY(Json changes, on_entering(*p, found.state, found.entered_at));
  if (!changes.as_object().empty()) {
    entities::WriteOptions options;
    options.read_only = entities::ReadOnly::accept;
    options.action = "calendar";
    options.rules = entities::Rules::skip("the holidays of a year were loaded");
    CIVITAS_CHECK(store_.update(t, context, e, id, std::move(changes), options));
  }
  const std::string zh = format_date_zh(date_in_china({end.micros - 1}));
  const std::string en = format_date(date_in_china({end.micros - 1}));
  CIVITAS_CHECK(add_trace(t, context, e, id, "calendar",
                          {"节假日安排装入，本阶段至 " + zh + " 期满", "The holidays were loaded: this period ends on " + en},
                          "", "", "", Json(), false));
  return true;
}

Result<int> Engine::recount(sql::Database& database, Instant now) {
  const std::string loaded = calendar_.fingerprint();
  std::vector<std::pair<std::int64_t, std::string>> waiting;
  bool same = false;
  CIVITAS_CHECK(database.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(const auto before, c.query_text("SELECT fingerprint FROM process_calendar"));
    same = before == loaded;
    waiting.clear();
    if (same) return {};
    return c.query("SELECT record,entity FROM process_case WHERE goes_on_at IS NOT NULL AND finished_at IS NULL", {},
                   [&](const sql::Row& row) {
                     waiting.emplace_back(row.integer(0), row.text(1));
                     return sql::Continue::yes;
                   });
  }));
  if (same) return 0;
  int moved = 0;
  CIVITAS_CHECK(database.write_now([&](sql::Transaction& t) -> Status {
    moved = 0;
    for (const auto& [id, path] : waiting) {
      const Entity* e = store_.catalog().entity_by_path(path);
      if (!e || !e->process) continue;
      CIVITAS_TRY(const bool later, recount_case(t, *e, id, now));
      moved += later ? 1 : 0;
    }
    // Reminders and limits are counted when a case is looked at, soon.
    CIVITAS_CHECK(t.execute("UPDATE process_watch SET look_at=0"));
    CIVITAS_CHECK(t.execute("DELETE FROM process_calendar"));
    CIVITAS_CHECK(t.execute("INSERT INTO process_calendar(fingerprint) VALUES(?)", {loaded}));
    return {};
  }));
  return moved;
}

Status Engine::mind_calendar(sql::Database& database, Instant now) {
  const Date today = date_in_china(now);
  const auto year = calendar_.wanted_year(today);
  if (!year) return {};
  std::vector<std::int64_t> people;
  CIVITAS_CHECK(database.read([&](sql::Connection& c) -> Status {
    people.clear();
    CIVITAS_TRY(const auto all, identity::Identity::staff_with(c, store_.catalog().dimensions(), now, "identity.system_administrator"));
    for (const auto& who : all) {
      CIVITAS_TRY(const auto told, c.query_integer("SELECT 1 FROM process_reminder WHERE record=? AND kind='calendar' AND due=?",
                                                   {who.id, *year}));
      if (!told) people.push_back(who.id);
    }
    return {};
  }));
  if (people.empty()) return {};
  const Text warning = calendar_.warning(today).value_or(Text{});
  const std::string y = std::to_string(*year);
  return database.write_now([&](sql::Transaction& t) -> Status {
    for (const auto person : people) {
      CIVITAS_CHECK(t.execute("INSERT INTO process_reminder(record,kind,due,at) VALUES(?,'calendar',?,?) ON "
                              "CONFLICT(record,kind,due) DO NOTHING",
                              {person, *year, now.micros}));
      CIVITAS_CHECK(notify::Notify::write_notice(
          t, now, person, {"请装入" + y + "年节假日安排", "Load the holidays of " + y}, warning.zh, ""));
    }
    return {};
  });
}

}  // namespace civitas::process
