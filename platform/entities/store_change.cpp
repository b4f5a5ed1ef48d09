// A change in the making: what is added to it, and what conditions see of it before it is written.
#include "entities/columns.hpp"
#include "entities/store.hpp"

namespace civitas::entities {

void Store::merge(Change& change, Json more) {
  for (auto& [name, value] : more.object_ref()) {
    if (!same_value(*change.entity->field(name), change.record[name], value)) change.record.set(name, value);
    change.given.set(name, std::move(value));
  }
}

Status Store::add_to(Change& change, Json more) const {
  CIVITAS_CHECK(validate_input(*catalog_, *change.entity, more, ReadOnly::accept));
  merge(change, std::move(more));
  return {};
}

Status Store::filled_in(const Context& c, const Change& change) {
  return check_conditions(c, *change.entity, change.record, &change.before, Wanted::of_people);
}

// Conditions are asked of the database, which knows what the record refers to, so the record is put there first. Its
// version stays until the change is finished.
Status Store::place(sql::Transaction& t, const Context& c, Change& change) {
  const Entity& e = *change.entity;
  const Storage& s = storage(e);
  Loaded made{change.record, change.created_at, change.created_by};
  CIVITAS_CHECK(values_.compute(t, c, e, made.record));
  CIVITAS_TRY(const References references, read_references(t, s, made.record));
  CIVITAS_CHECK(resolve_children(t, s, made.record, &change.before));
  CIVITAS_TRY(const Row row, row_of(c, s, made, change.version, references));
  CIVITAS_CHECK(write_row(t, e, row, change.version));
  const Json& stands = change.placed ? *change.placed : change.before;
  for (const auto& child : s.children()) {
    const std::string& name = child.field().name;
    CIVITAS_CHECK(child.write_rows(t, change.id, stands[name], made.record[name]));
  }
  change.placed = std::move(made.record);
  return {};
}

Result<bool> Store::holds(sql::Transaction& t, const Context& c, Change& change, const std::string& condition) {
  if (change.given.size() > 0) CIVITAS_CHECK(place(t, c, change));
  return holds(t, c, *change.entity, change.id, condition, &change.before);
}

}  // namespace civitas::entities
