// Fields that the product computes from the other fields of a record, at every write.
#include "entities/json_record.hpp"
#include "entities/store.hpp"

namespace civitas::entities {

Status Store::compute(sql::Connection& db, const Context& context, const Entity& e, Json& record) {
  for (const auto& f : e.fields) {
    if (f.computed.empty()) continue;
    if (tallies_.keeps(f)) {
      CIVITAS_TRY(Json value, values_.computed(db, context, e, f, record));
      record.set(f.name, std::move(value));
      continue;
    }
    CIVITAS_TRY(const auto expression, conditions_.expression(e, f.computed));
    record.set(f.name, wire_value(f.type, query::evaluate_expression(expression, JsonRecord(e, record),
                                                                     bindings_for(context.who, context.now))));
  }
  return {};
}

}  // namespace civitas::entities
