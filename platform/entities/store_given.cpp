// What a writer may give for single fields: rights of their own, rows that are only added, and masks that come back.
#include <algorithm>

#include "entities/store.hpp"

namespace civitas::entities {

namespace {

bool may_write(const Entity& e, const Field& f, const identity::Principal& who, const Json* before) {
  return std::any_of(f.write.begin(), f.write.end(), [&](const std::string& role) {
    if (role != "owner") return who.has_role(e.system, role);
    return who.id != 0 && (!before || reference_id((*before)["created_by"]) == who.id);
  });
}

// What a reader who sees it masked sends back unchanged.
void put_back(const Field& f, const Json& before, Json& rows) {
  for (std::size_t i = 0; i < rows.size() && i < before.size(); ++i)
    for (const auto& cell : f.fields) {
      const Json& was = before.as_array()[i][cell.name];
      if (!cell.masked || !was.is_string()) continue;
      Json& row = rows.array_ref()[i];
      if (row[cell.name].is_string() && row[cell.name].as_string() == mask(cell.type, was.as_string()))
        row.set(cell.name, was);
    }
}

}  // namespace

Status Store::check_writers(const Context& c, const Entity& e, const Json& input, const Json* before) const {
  std::vector<Problem> wrongs;
  for (const auto& f : e.fields) {
    const Json* given = f.write.empty() ? nullptr : input.find(f.name);
    if (!given || may_write(e, f, c.who, before)) continue;
    if (before && same_value(f, (*before)[f.name], *given)) continue;
    if (!before && given->is_null()) continue;
    wrongs.push_back(problem(Kind::forbidden, "entities.field.write", "您无权填写“" + f.title.zh + "”。",
                             "You may not write “" + f.title.en + "”.")
                         .with_field(f.name));
  }
  if (!wrongs.empty()) return fail(combine(std::move(wrongs)));
  return {};
}

Status Store::settle_rows(const Entity& e, const WriteOptions& options, const Json& before, Json& changes) const {
  for (const auto& f : e.fields) {
    if (f.type != FieldType::rows || !changes.find(f.name)) continue;
    const Json& was = before[f.name];
    Json rows = changes[f.name].is_null() ? Json::array() : changes[f.name];
    if (is_masked(f)) put_back(f, was, rows);
    if (f.append && options.adds_rows) {
      Json all = was.is_null() ? Json::array() : was;
      for (const auto& row : rows.as_array()) all.push(row);
      rows = std::move(all);
    } else if (f.append && was.is_array() && options.rules.kept()) {
      Json kept = Json::array();
      for (std::size_t i = 0; i < was.size() && i < rows.size(); ++i) kept.push(rows.as_array()[i]);
      if (rows.size() < was.size() || !same_value(f, was, kept))
        return fail(problem(Kind::unprocessable, "entities.field.append",
                            "“" + f.title.zh + "”只能在后面添加，已有的行不能修改或删除。",
                            "Rows can only be added to “" + f.title.en + "”; those there are stay as they are.")
                        .with_field(f.name));
    }
    if (f.max && static_cast<double>(rows.size()) > *f.max)
      return fail(invalid("entities.field.too_many", "“" + f.title.zh + "”的行数已满。",
                          "“" + f.title.en + "” has as many rows as it may have.")
                      .with_field(f.name));
    changes.set(f.name, rows.size() == 0 ? Json() : std::move(rows));
  }
  return {};
}

}  // namespace civitas::entities
