#include "entities/carry_over.hpp"

#include <algorithm>
#include <limits>

#include "entities/children.hpp"
#include "entities/validate.hpp"

namespace civitas::entities {

namespace {

constexpr int batch = 500;

struct Version {
  std::int64_t history_id = 0, record = 0, version = 0;
  bool latest = false;
  Json value;
};

// The stored text as a list of what the columns take: limits that were declared since do not matter.
Json fitting(const Catalog& catalog, const Entity& entity, const Field& f, std::string_view text) {
  const auto stored = Json::parse(text);
  Json out = Json::array();
  if (!stored) return out;
  for (const auto& item : stored->as_array()) {
    if (f.type == FieldType::refs) {
      if (const auto id = reference_id(item)) out.push(Json(std::to_string(*id)));
      continue;
    }
    Json row = Json::object();
    for (Field cell : f.fields) {
      const Json* given = item.find(cell.name);
      if (!given && !cell.was.empty()) given = item.find(cell.was);
      cell.min.reset();
      if (cell.type == FieldType::text || cell.type == FieldType::long_text || cell.type == FieldType::phone)
        cell.max = std::numeric_limits<double>::max();
      else
        cell.max.reset();
      cell.pattern.clear();
      Json v = given ? *given : Json();
      if (validate_value(catalog, entity, cell, v) && !v.is_null()) row.set(cell.name, std::move(v));
    }
    out.push(std::move(row));
  }
  return out;
}

Status keep_known(const ChildTable& child, sql::Connection& c, std::vector<Version>& versions) {
  if (child.field().type != FieldType::refs) return {};
  std::vector<std::int64_t> ids;
  for (const auto& v : versions)
    for (const auto& item : v.value.as_array()) ids.push_back(reference_id(item).value_or(0));
  CIVITAS_TRY(const auto known, child.titles(c, child.field(), ids));
  for (auto& v : versions)
    if (v.latest)
      std::erase_if(v.value.array_ref(), [&](const Json& item) {
        return std::none_of(known.begin(), known.end(),
                            [&](const auto& one) { return one.first == reference_id(item); });
      });
  return {};
}

}  // namespace

Status carry_over(const Catalog& catalog, const Entity& entity, const Field& f, const std::string& column,
                  sql::Transaction& t) {
  const ChildTable child(catalog, entity, f, t.dialect());
  static const Json none;
  std::vector<Version> versions;
  const auto take = [&](const sql::Row& row) {
    versions.push_back({row.integer(0), row.integer(1), row.integer(2), row.integer(3) != 0,
                        fitting(catalog, entity, f, row.text(4))});
    return sql::Continue::yes;
  };
  for (std::int64_t after = std::numeric_limits<std::int64_t>::min();; after = versions.back().record) {
    versions.clear();
    CIVITAS_CHECK(t.query("SELECT 0,id,version,1," + column + " FROM " + entity.table + " WHERE " + column +
                              " IS NOT NULL AND id>? ORDER BY id LIMIT ?",
                          {after, batch}, take));
    CIVITAS_CHECK(keep_known(child, t, versions));
    for (const auto& v : versions) CIVITAS_CHECK(child.write_rows(t, v.record, none, v.value));
    if (versions.size() < batch) break;
  }
  if (!entity.history) return {};
  Version before;
  std::int64_t record = std::numeric_limits<std::int64_t>::min(), history_id = record;
  do {
    versions.clear();
    CIVITAS_CHECK(t.query("SELECT h.history_id,h.id,h.version,CASE WHEN t.id IS NULL THEN 0 ELSE 1 END,h." + column +
                              " FROM " + entity.table + "_history h LEFT JOIN " + entity.table +
                              " t ON t.id=h.id AND t.version=h.version WHERE (h.id,h.history_id)>(?,?) ORDER BY "
                              "h.id,h.history_id LIMIT ?",
                          {record, history_id, batch}, take));
    CIVITAS_CHECK(keep_known(child, t, versions));
    for (auto& v : versions) {
      if (v.record != before.record) before = {};
      CIVITAS_CHECK(child.write_versions(t, v.record, v.version, before.value, v.value));
      record = v.record;
      history_id = v.history_id;
      before = std::move(v);
    }
  } while (versions.size() == batch);
  return {};
}

}  // namespace civitas::entities
