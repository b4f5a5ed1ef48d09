// How many records a view has, for the menu: never more than a menu can show is counted.
#include "entities/store.hpp"
#include "entities/views.hpp"

namespace civitas::entities {

Result<std::int64_t> Store::count_view(sql::Connection& c, const Context& context, const Entity& e, const View& view,
                                       std::int64_t most) {
  const Storage& s = storage(e);
  CIVITAS_TRY(const ReadPlan plan, access_.read(s, context.who, context.now));
  Clause where = plan.where;
  if (!view.when.empty()) {
    CIVITAS_TRY(const auto typed, conditions_.typed(e, view.when));
    CIVITAS_TRY(auto condition, conditions_.compile(typed, dialect_, bindings_for(context.who, context.now)));
    add_and(where, condition.clause);
  }
  where.params.emplace_back(most);
  const auto params = params_of(where.params);
  std::int64_t count = 0;
  CIVITAS_CHECK(c.query("SELECT count(*) FROM (SELECT 1 FROM " + s.table() + " t WHERE " + where.sql + " LIMIT ?) n",
                        sql::Params(params), [&](const sql::Row& row) {
                          count = row.integer(0);
                          return sql::Continue::no;
                        }));
  return count;
}

}  // namespace civitas::entities
