// Whose concern it is that something happened to records.
#include "entities/in_chunks.hpp"
#include "entities/store.hpp"

namespace civitas::entities {

Result<bool> Store::concerns(sql::Connection& c, const Context& context, const Entity& e,
                             std::span<const std::int64_t> ids) {
  if (!access_.ever(e, Act::read, context.who)) return false;
  const Storage& s = storage(e);
  const std::vector<sql::Param> wanted(ids.begin(), ids.end());
  bool found = false;
  const auto look = [&](Versions versions) -> Status {
    CIVITAS_TRY(const ReadPlan plan, access_.read(s, context.who, context.now, versions));
    const std::string& table = versions == Versions::all ? s.history_table() : s.table();
    return in_chunks(wanted, [&](std::string_view places, sql::Params some) -> Status {
      if (found) return {};
      std::vector<sql::Param> params(some.begin(), some.end());
      params.insert(params.end(), plan.where.params.begin(), plan.where.params.end());
      return c.query("SELECT 1 FROM " + table + " t WHERE t.id IN (" + std::string(places) + ") AND " + plan.where.sql +
                         " LIMIT 1",
                     sql::Params(params), [&](const sql::Row&) {
                       found = true;
                       return sql::Continue::no;
                     });
    });
  };
  CIVITAS_CHECK(look(Versions::latest));
  if (!found && e.history) CIVITAS_CHECK(look(Versions::all));
  return found;
}

}  // namespace civitas::entities
