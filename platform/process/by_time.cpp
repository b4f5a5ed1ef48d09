// Automatic steps whose guard knows the time: nobody changes anything when a day has passed, so they are looked for.
#include <algorithm>

#include "base/log.hpp"
#include "process/engine.hpp"

namespace civitas::process {

using entities::Context;
using entities::Entity;
using entities::Transition;

namespace {

constexpr std::int64_t minute_micros = 60'000'000;
constexpr int most_at_once = 200;

bool knows_the_time(const Transition& t) {
  return t.automatic && (t.when.find("today(") != std::string::npos || t.when.find("now(") != std::string::npos);
}

}  // namespace

Result<int> Engine::look_again(sql::Database& database, Instant now) {
  const std::int64_t before = looked_at_.exchange(now.micros);
  if (now.micros >= before && now.micros < before + minute_micros) {
    looked_at_ = before;
    return 0;
  }
  const Context product{identity::system_principal("自动办理"), now, ""};
  std::vector<std::pair<const Entity*, std::int64_t>> found;
  CIVITAS_CHECK(database.read([&](sql::Connection& c) -> Status {
    found.clear();
    for (const auto& system : store_.catalog().systems())
      for (const auto& e : system.entities) {
        if (!e.process) continue;
        for (const auto& t : e.process->transitions) {
          if (!knows_the_time(t)) continue;
          CIVITAS_TRY(const auto typed, store_.conditions().typed(e, t.when));
          CIVITAS_TRY(const auto guard, store_.conditions().compile(typed, c.dialect(),
                                                                   entities::bindings_for(product.who, now)));
          const std::string path = e.path();
          std::vector<sql::Param> params{path};
          std::string states;
          for (const auto& from : t.from) {
            states += states.empty() ? "?" : ",?";
            params.emplace_back(from);
          }
          params.insert(params.end(), guard.clause.params.begin(), guard.clause.params.end());
          params.emplace_back(most_at_once);
          CIVITAS_CHECK(c.query("SELECT k.record FROM process_case k JOIN " + e.table +
                                    " t ON t.id=k.record WHERE k.entity=? AND k.state IN (" + states + ") AND " +
                                    guard.clause.sql + " ORDER BY k.record LIMIT ?",
                                sql::Params(params), [&](const sql::Row& row) {
                                  found.emplace_back(&e, row.integer(0));
                                  return sql::Continue::yes;
                                }));
        }
      }
    return {};
  }));
  int moved = 0;
  for (const auto& one : found) {
    const Entity& e = *one.first;
    const std::int64_t id = one.second;
    bool took = false;
    const Status done = database.write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(load_case_to_change(t, e, id));
      CIVITAS_TRY(took, settle(t, product, e, id));
      return {};
    });
    if (!done) log_problem("process.auto", done.error());
    if (done && took) ++moved;
  }
  return moved;
}

}  // namespace civitas::process
