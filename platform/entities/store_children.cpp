// What a record has in tables of its own: fields of rows and of several references.
#include "entities/store.hpp"

namespace civitas::entities {

Status Store::resolve_children(sql::Connection& c, const Storage& s, Json& record, const Json* before) const {
  for (const auto& child : s.children()) {
    const Field& f = child.field();
    if (record[f.name].is_null()) continue;
    if (before && same_value(f, (*before)[f.name], record[f.name])) {
      record.set(f.name, (*before)[f.name]);
      continue;
    }
    Json value = record[f.name];
    CIVITAS_CHECK(child.resolve(c, value));
    record.set(f.name, std::move(value));
  }
  return {};
}

Status Store::write_children(sql::Transaction& t, const Storage& s, std::int64_t id, std::int64_t version,
                             const Json* stands, const Json* before, const Json& record) const {
  static const Json none;
  for (const auto& child : s.children()) {
    const std::string& name = child.field().name;
    CIVITAS_CHECK(child.write_rows(t, id, stands ? (*stands)[name] : none, record[name]));
    if (s.entity().history)
      CIVITAS_CHECK(child.write_versions(t, id, version, before ? (*before)[name] : none, record[name]));
  }
  return {};
}

}  // namespace civitas::entities
