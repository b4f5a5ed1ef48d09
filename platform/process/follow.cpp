// What people are told of a case without asking: each step to the applicant, copies, deadlines near and passed.
#include <algorithm>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "identity/identity.hpp"
#include "process/engine.hpp"
#include "process/record_title.hpp"

namespace civitas::process {

using entities::Context;
using entities::Entity;
using entities::ProcessDeclaration;
using entities::State;
using entities::StateKind;
using entities::Transition;

namespace {

constexpr std::int64_t day_micros = std::int64_t{24} * 3600 * 1'000'000;
constexpr std::size_t most_copies = 50;

// 16:30
std::string time_in_china(Instant at) {
  const std::int64_t minutes = (at.seconds() - start_of_day(date_in_china(at)).seconds()) / 60;
  const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return two(minutes / 60) + ":" + two(minutes % 60);
}

}  // namespace

Result<std::string> title_of(sql::Connection& c, const Entity& e, std::int64_t id) {
  CIVITAS_TRY(const auto title, c.query_text("SELECT " + e.title_field + " FROM " + e.table + " WHERE id=?", {id}));
  return title.value_or("");
}

Status Engine::tell(sql::Transaction& t, Instant at, const Entity& e, std::int64_t id, std::int64_t person,
                    const Message& m) {
  return notify::Notify::write_notice(t, at, person, m.title, m.text, "/" + e.path() + "/" + std::to_string(id));
}

Result<std::vector<std::int64_t>> Engine::concerned(sql::Connection& c, const Entity& e, std::int64_t id,
                                                    const Case& now, const ProcessDeclaration& p, Instant at) {
  if (now.claimed_by) return std::vector<std::int64_t>{now.claimed_by};
  std::vector<std::int64_t> out;
  std::vector<std::string> asked;
  bool applicant = false;
  for (const auto& t : p.transitions) {
    if (t.side || !t.leaves(now.state)) continue;
    for (const auto& role : t.roles) {
      applicant = applicant || role == "owner";
      if (role == "owner" || role == "public" || role == "citizen" || role == "system" ||
          std::find(asked.begin(), asked.end(), role) != asked.end())
        continue;
      asked.push_back(role);
      CIVITAS_TRY(const auto people, identity::Identity::staff_with(c, store_.catalog().dimensions(), at, e.system + "." + role));
      for (const auto& who : people) {
        if (std::find(out.begin(), out.end(), who.id) != out.end()) continue;
        CIVITAS_TRY(const bool holds, role_holds(c, {who, at, ""}, e, id, t, now.owner));
        if (holds && may_handle({who, at, ""}, now, t)) out.push_back(who.id);
      }
    }
  }
  if (const auto& joint = p.state(now.state)->joint) {
    CIVITAS_TRY(const auto people, signers(c, e, id, *joint, at));
    for (const auto person : people)
      if (std::find(out.begin(), out.end(), person) == out.end()) out.push_back(person);
  }
  if (out.empty() && applicant && now.owner && !p.state(now.state)->editable.empty()) out.push_back(now.owner);
  return out;
}

// --- copies (抄送)

Status Engine::copy_to(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                       const identity::Principal& person, const std::string& name, std::string_view transition) {
  CIVITAS_CHECK(
      t.execute("INSERT INTO process_copy(record,person,entity,at,by_name,transition,read_at) VALUES(?,?,?,?,?,?,NULL) "
                "ON CONFLICT(record,person) DO UPDATE SET "
                "at=excluded.at,by_name=excluded.by_name,transition=excluded.transition,read_at=NULL",
                {id, person.id, e.path(), c.now.micros, name, transition}));
  t.touched("process_copy", person.id);
  CIVITAS_TRY(const std::string title, title_of(t, e, id));
  return tell(t, c.now, e, id, person.id, {{"抄送给您：“" + title + "”", "A copy for you: “" + title + "”"}, ""});
}

Status Engine::copy_to_named(sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                             const Json& people, std::string_view transition) {
  if (people.is_null()) return {};
  const auto wrong = [](std::string zh, std::string en) {
    return fail(invalid("process.copies.person", std::move(zh), std::move(en)).with_field("copies"));
  };
  if (!c.who.has_role(e.system, "staff")) return wrong("只有工作人员可以抄送。", "Only staff may send copies.");
  if (!people.is_array() || people.size() > most_copies)
    return wrong("抄送人应为人员列表，最多 50 人。", "copies must be a list of at most 50 people.");
  for (const auto& item : people.as_array()) {
    CIVITAS_TRY(const auto who, identity::Identity::load_principal(t, store_.catalog().dimensions(), c.now,
                                                                   entities::reference_id(item).value_or(0)));
    if (who.standing != identity::Standing::staff)
      return wrong("抄送人只能是在职工作人员。", "Copies go to members of staff.");
    const auto seen = store_.get(t, {who, c.now, ""}, e, id);
    if (!seen)
      return wrong(who.name + " 无权查看该件，不能抄送。",
                   who.name + " may not read this case, so no copy can be sent.");
    CIVITAS_CHECK(copy_to(t, c, e, id, who, c.who.name, transition));
  }
  return {};
}

Status Engine::mark_copy_read(sql::Transaction& t, std::int64_t person, std::int64_t record, Instant now) {
  CIVITAS_CHECK(t.execute("UPDATE process_copy SET read_at=? WHERE record=? AND person=? AND read_at IS NULL",
                          {now.micros, record, person}));
  t.touched("process_copy", person);
  return {};
}

// --- steps, as the outbox tells them

void Engine::follow(jobs::Outbox& outbox, const Clock& clock) {
  std::vector<std::string> paths;
  for (const auto& system : store_.catalog().systems())
    for (const auto& e : system.entities) {
      if (!e.process) continue;
      store_.announce(e);
      paths.push_back(e.path());
    }
  outbox.subscribe("process.follow", std::move(paths), [this, &clock](sql::Transaction& t, const jobs::Event& event) {
    return happened(t, event, clock.now());
  });
  follow_records(outbox);
  follow_people(outbox);
}

Status Engine::happened(sql::Transaction& t, const jobs::Event& event, Instant now) {
  const Entity* e = store_.catalog().entity_by_path(event.entity);
  if (!e || !e->process) return {};
  if (event.act == "delete") {
    for (const char* table : {"process_watch", "process_copy", "process_reminder"})
      CIVITAS_CHECK(t.execute("DELETE FROM " + std::string(table) + " WHERE record=?", {event.record}));
    return {};
  }
  auto found = load_case(t, *e, event.record);
  if (!found) return found.error().kind == Kind::not_found ? Status{} : fail(found.error());  // removed since
  CIVITAS_TRY(const ProcessDeclaration* p, definition(t, *e, found->definition));
  const Transition* step = p->transition(event.act);
  if (event.act == "create" || event.act == "recall" || step) CIVITAS_CHECK(watch(t, *e, event.record, *found, *p));
  const State* state = p->state(event.state);
  if (!step || !state) return {};
  CIVITAS_CHECK(tell_of_step(t, *e, event, *step, *state, found->owner));
  for (const auto& role : step->copies) {
    CIVITAS_TRY(const auto people, identity::Identity::staff_with(t, store_.catalog().dimensions(), event.at, e->system + "." + role));
    for (const auto& who : people) {
      if (who.id == event.who || !store_.get(t, {who, now, ""}, *e, event.record)) continue;
      CIVITAS_CHECK(copy_to(t, {identity::system_principal(""), event.at, ""}, *e, event.record, who, step->title.zh,
                            step->name));
    }
  }
  return {};
}

// --- deadlines

Status Engine::watch(sql::Transaction& t, const Entity& e, std::int64_t id, const Case& now,
                     const ProcessDeclaration& p) {
  const bool deadlines =
      !now.finished_at &&
      (!p.state(now.state)->within.empty() || (!p.limit.empty() && now.started_at) || !p.clocks.empty());
  if (!deadlines) {
    CIVITAS_CHECK(t.execute("DELETE FROM process_watch WHERE record=?", {id}));
    return {};
  }
  // Looked at once soon, which finds out when there is something to send.
  CIVITAS_CHECK(t.execute(
      "INSERT INTO process_watch(record,entity,look_at) VALUES(?,?,0) ON CONFLICT(record) DO UPDATE SET look_at=0",
      {id, e.path()}));
  return {};
}

Result<int> Engine::remind(sql::Database& database, Instant now) {
  std::vector<std::pair<std::int64_t, std::string>> cases;
  CIVITAS_CHECK(database.read([&](sql::Connection& c) {
    cases.clear();
    return c.query("SELECT record,entity FROM process_watch WHERE look_at<=? ORDER BY look_at,record LIMIT 500",
                   {now.micros}, [&](const sql::Row& row) {
                     cases.emplace_back(row.integer(0), row.text(1));
                     return sql::Continue::yes;
                   });
  }));
  for (const auto& watched : cases) {
    const std::int64_t id = watched.first;
    const Entity* e = store_.catalog().entity_by_path(watched.second);
    const Status done = database.write_now([&](sql::Transaction& t) -> Status {
      if (e && e->process) return remind_case(t, *e, id, now);
      CIVITAS_CHECK(t.execute("DELETE FROM process_watch WHERE record=?", {id}));
      return {};
    });
    if (done) continue;
    // Such as a definition that cannot be read any more: looked at again tomorrow.
    log_problem("process.remind", done.error());
    CIVITAS_CHECK(database.write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(t.execute("UPDATE process_watch SET look_at=? WHERE record=?", {now.micros + day_micros, id}));
      return {};
    }));
  }
  return static_cast<int>(cases.size());
}

Status Engine::remind_case(sql::Transaction& t, const Entity& e, std::int64_t id, Instant now) {
  auto found = load_case(t, e, id);
  if (!found && found.error().kind != Kind::not_found) return fail(found.error());
  std::optional<Instant> next;
  std::vector<const entities::ClockDeclaration*> late;
  if (found && !found->finished_at) {
    CIVITAS_TRY(const ProcessDeclaration* p, definition(t, e, found->definition));
    CIVITAS_TRY(const auto clocks, clocks_of(t, id, *found, *p, now));
    std::optional<std::vector<std::int64_t>> people;
    // Once for each end: a clock that is extended has another.
    const auto first_time = [&](const ClockNow& clock, const char* what) -> Result<bool> {
      CIVITAS_TRY(const auto first, t.execute("INSERT INTO process_reminder(record,kind,due,at) VALUES(?,?,?,?) ON "
                                              "CONFLICT(record,kind,due) DO NOTHING",
                                              {id, clock.name + what, clock.due_at.micros, now.micros}));
      return first != 0;
    };
    const auto message_of = [&](const ClockNow& clock, bool passed) -> Result<Message> {
      CIVITAS_TRY(const std::string title, title_of(t, e, id));
      const std::string zh = passed ? "已超期：“" : "即将到期：“", en = passed ? "Overdue: “" : "Due soon: “";
      const std::string at = in_days(clock.unit) ? "" : " " + time_in_china(clock.due_at);
      return Message{{zh + title + "”（" + clock.title.zh + "，期限 " + format_date_zh(clock.due_on()) + at +
                          (clock.provisional ? "，暂定）" : "）"),
                      en + title + "” (" + clock.title.en + ", due " + format_date(clock.due_on()) + at +
                          (clock.provisional ? ", provisional)" : ")")},
                     ""};
    };
    const auto later = [&](Instant at) { next = next ? std::min(*next, at) : at; };
    for (const ClockNow& clock : clocks) {
      // While it stands, nobody is late by it.
      if (clock.level == ClockLevel::stopped) continue;
      if (clock.level == ClockLevel::late) {
        CIVITAS_TRY(const bool first, first_time(clock, ".passed"));
        if (!first) continue;
        CIVITAS_TRY(const Message message, message_of(clock, true));
        CIVITAS_CHECK(tell_late(t, e, id, *found, *p, clock, message, now));
        if (clock.declared) late.push_back(clock.declared);
        continue;
      }
      later(clock.due_at);
      if (!clock.warn_at || !clock.announces) continue;
      if (now < *clock.warn_at) {
        later(*clock.warn_at);
        continue;
      }
      CIVITAS_TRY(const bool first, first_time(clock, ".near"));
      if (!first) continue;
      if (!people) {
        CIVITAS_TRY(people, concerned(t, e, id, *found, *p, now));
      }
      CIVITAS_TRY(const Message message, message_of(clock, false));
      for (const auto person : *people) CIVITAS_CHECK(tell(t, now, e, id, person, message));
    }
    const auto due = nearest_due(clocks);
    CIVITAS_CHECK(t.execute("UPDATE process_case SET due_at=? WHERE record=?",
                            {due ? sql::Param(due->micros) : sql::Param(nullptr), id}));
  }
  for (const auto* clock : late) CIVITAS_CHECK(act_late(t, e, id, *clock, now));
  // A step taken by a clock brings other clocks.
  if (!late.empty()) next = now;
  if (next)
    CIVITAS_CHECK(t.execute("UPDATE process_watch SET look_at=? WHERE record=?", {next->micros, id}));
  else
    CIVITAS_CHECK(t.execute("DELETE FROM process_watch WHERE record=?", {id}));
  return {};
}

}  // namespace civitas::process
