#include "entities/recompute.hpp"

#include <map>

#include "base/log.hpp"

namespace civitas::entities {

namespace {

constexpr int batch = 500;

// What a value is made by; a record that has it under other words is made anew.
std::string rule_of(const Field& f) { return std::string(type_name(f.type)) + " " + f.computed; }

struct Waiting {
  const Entity* entity = nullptr;
  std::vector<const Field*> fields;
  std::int64_t after = 0;
};

Result<std::vector<Waiting>> waiting(sql::Connection& c, const Catalog& catalog) {
  std::map<std::string, Waiting> found;
  CIVITAS_CHECK(c.query("SELECT entity,field,after_id FROM entities_rule WHERE finished=0 ORDER BY entity,field", {},
                        [&](const sql::Row& row) {
                          const Entity* e = catalog.entity_by_path(row.text(0));
                          const Field* f = e ? e->field(row.text(1)) : nullptr;
                          if (!f) return sql::Continue::yes;
                          Waiting& w = found[std::string(row.text(0))];
                          // Two rules that stopped at different records go on together from the earlier one.
                          w.after = w.entity ? std::min(w.after, row.integer(2)) : row.integer(2);
                          w.entity = e;
                          w.fields.push_back(f);
                          return sql::Continue::yes;
                        }));
  std::vector<Waiting> out;
  for (auto& [path, one] : found) out.push_back(std::move(one));
  return out;
}

}  // namespace

Status create_rule_table(sql::Transaction& t) {
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS entities_rule(entity TEXT NOT NULL,field TEXT NOT NULL,rule TEXT NOT NULL,after_id BIGINT "
      "NOT NULL,finished BIGINT NOT NULL,PRIMARY KEY(entity,field))");
}

Result<bool> note_rules(sql::Transaction& t, const Catalog& catalog) {
  std::map<std::pair<std::string, std::string>, std::string> known;
  CIVITAS_CHECK(t.query("SELECT entity,field,rule FROM entities_rule", {}, [&](const sql::Row& row) {
    known[{std::string(row.text(0)), std::string(row.text(1))}] = row.text(2);
    return sql::Continue::yes;
  }));
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities)
      for (const auto& f : e.fields) {
        if (f.computed.empty()) continue;
        const auto at = known.find({e.path(), f.name});
        const bool same = at != known.end() && at->second == rule_of(f);
        if (at != known.end()) known.erase(at);
        if (same) continue;
        CIVITAS_TRY(const auto any, t.query_integer("SELECT id FROM " + e.table + " LIMIT 1"));
        CIVITAS_CHECK(t.execute("INSERT INTO entities_rule(entity,field,rule,after_id,finished) VALUES(?,?,?,0,?) ON "
                                "CONFLICT(entity,field) DO UPDATE SET rule=excluded.rule,after_id=0,finished=excluded.finished",
                                {e.path(), f.name, rule_of(f), any ? 0 : 1}));
      }
  for (const auto& [gone, rule] : known)
    CIVITAS_CHECK(t.execute("DELETE FROM entities_rule WHERE entity=? AND field=?", {gone.first, gone.second}));
  CIVITAS_TRY(const auto any, t.query_integer("SELECT 1 FROM entities_rule WHERE finished=0 LIMIT 1"));
  return any.has_value();
}

void Recompute::register_kind(jobs::Jobs& jobs) {
  jobs.register_kind(std::string(recompute_kind), [this](jobs::JobRun& job) { return run(job); });
}

Result<Json> Recompute::run(jobs::JobRun& job) {
  std::vector<Waiting> all;
  std::int64_t total = 0, done = 0;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(all, waiting(c, store_.catalog()));
    total = 0;
    for (const auto& w : all) {
      CIVITAS_TRY(const auto rows, c.query_integer("SELECT count(*) FROM " + w.entity->table + " WHERE id>?", {w.after}));
      total += rows.value_or(0);
    }
    return {};
  }));
  const Context context{identity::system_principal("a rule of a computed field was declared or changed"), clock_.now(), ""};
  for (auto& w : all) {
    for (std::optional<std::int64_t> last = w.after; last;) {
      CIVITAS_CHECK(job.go_on());
      CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
        CIVITAS_TRY(last, store_.recompute(t, context, *w.entity, w.fields, w.after, batch));
        CIVITAS_CHECK(t.execute("UPDATE entities_rule SET after_id=?,finished=? WHERE entity=? AND finished=0",
                                {last.value_or(w.after), last ? 0 : 1, w.entity->path()}));
        return {};
      }));
      w.after = last.value_or(w.after);
      done += batch;
      job.set_progress(std::min(done, total), total, w.entity->title);
    }
    log_info("entities.recomputed", {{"entity", w.entity->path()}, {"fields", w.fields.size()}});
  }
  return Json(Json::Object{{"records", Json(total)}});
}

}  // namespace civitas::entities
