// Who is told when a record is written (`tell:` of a record type), with a process or without one.
#include <algorithm>

#include "entities/children.hpp"
#include "process/engine.hpp"
#include "process/record_title.hpp"

namespace civitas::process {

using entities::Entity;
using entities::Tell;

void Engine::follow_records(jobs::Outbox& outbox) {
  std::vector<std::string> paths;
  for (const auto& system : store_.catalog().systems())
    for (const auto& e : system.entities) {
      if (e.tell.empty()) continue;
      store_.announce(e);
      paths.push_back(e.path());
    }
  if (paths.empty()) return;
  outbox.subscribe("process.records", std::move(paths), [this](sql::Transaction& t, const jobs::Event& event) -> Status {
    const Entity* e = store_.catalog().entity_by_path(event.entity);
    return e ? record_written(t, *e, event) : Status{};
  });
}

Status Engine::record_written(sql::Transaction& t, const Entity& e, const jobs::Event& event) {
  const std::string act = e.process && e.process->transition(event.act) ? "step" : event.act;
  std::vector<Tell> tells;
  for (const Tell& tell : e.tell) {
    if (std::find(tell.on.begin(), tell.on.end(), act) == tell.on.end()) continue;
    if (!tell.changed.empty() && act != "create") {
      CIVITAS_TRY(const bool changed, fields_changed(t, e, event.record, event.version, tell.changed));
      if (!changed) continue;
    }
    tells.push_back(tell);
  }
  if (tells.empty()) return {};
  Occasion occasion;
  occasion.kind = "record";
  occasion.not_to = event.who;
  if (const auto* state = e.process ? e.process->state(event.state) : nullptr) occasion.state = state->title;
  CIVITAS_TRY(const auto who, t.query_text("SELECT name FROM identity_person WHERE id=?", {event.who}));
  occasion.who = who.value_or("");
  CIVITAS_TRY(const std::string title, title_of(t, e, event.record));
  const bool made = act == "create";
  occasion.title = {"“" + title + "”" + (made ? "已登记" : "已修改"), "“" + title + "” was " + (made ? "made" : "changed")};
  return tell_declared(t, event.at, e, event.record, tells, occasion);
}

Result<bool> Engine::fields_changed(sql::Connection& c, const Entity& e, std::int64_t id, std::int64_t version,
                                    const std::vector<std::string>& fields) {
  const auto& storage = store_.storage(e);
  for (const auto& name : fields) {
    const auto* f = e.field(name);
    if (!f) continue;  // said when the declarations were loaded
    std::optional<std::int64_t> found;
    if (const auto* child = storage.child(*f)) {
      CIVITAS_TRY(found, c.query_integer("SELECT 1 FROM " + child->history_table() +
                                             " WHERE of_record=? AND (since_version=? OR until_version=?) LIMIT 1",
                                         {id, version, version}));
    } else {
      const std::string history = storage.history_table();
      CIVITAS_TRY(found, c.query_integer("SELECT 1 FROM " + history + " a JOIN " + history +
                                             " b ON b.id=a.id AND b.version=a.version-1 WHERE a.id=? AND a.version=? AND a." +
                                             name + " IS DISTINCT FROM b." + name + " LIMIT 1",
                                         {id, version}));
    }
    if (found) return true;
  }
  return false;
}

}  // namespace civitas::process
