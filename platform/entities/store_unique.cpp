// Several fields that are unique together, or only for a while: who has them already.
#include <algorithm>

#include "entities/store.hpp"

namespace civitas::entities {

Status Store::check_unique(sql::Connection& c, const Context& context, const Storage& s, const Row& row) {
  const Entity& e = s.entity();
  const auto value_of = [&](std::string_view column) -> const sql::Value& {
    const auto found = std::find_if(s.columns().begin(), s.columns().end(),
                                    [&](const Column& one) { return one.name == column; });
    return row[static_cast<std::size_t>(found - s.columns().begin())];
  };
  for (const auto& f : e.fields) {
    if (!f.unique || (f.unique_with.size() < 2 && f.unique_while.empty())) continue;
    std::vector<std::string> columns{Storage::equal_column(f)};
    for (const auto& other : f.unique_with) {
      const Field* declared = e.field(other);
      columns.push_back(declared ? Storage::equal_column(*declared) : other);
    }
    if (!f.unique_while.empty()) columns.push_back(Storage::while_column(f));
    std::string where;
    std::vector<sql::Param> params;
    for (const auto& column : columns) {
      where += column + "=? AND ";
      params.emplace_back(value_of(column));
    }
    if (std::any_of(columns.begin(), columns.end(),
                    [&](const auto& column) { return value_of(column).index() == 0; }))
      continue;
    params.emplace_back(row[0]);
    std::int64_t taken = 0;
    CIVITAS_CHECK(c.query("SELECT id FROM " + s.table() + " WHERE " + where + "id<>? LIMIT 1", sql::Params(params),
                          [&](const sql::Row& found) {
                            taken = found.integer(0);
                            return sql::Continue::no;
                          }));
    if (!taken) continue;
    const auto seen = get(c, context, e, taken);
    const Json named = seen ? (*seen)[e.title_field] : Json();
    const std::string& title = named.is_object() ? named["title"].as_string() : named.as_string();
    return fail(problem(Kind::conflict, "entities.field.taken",
                        "“" + f.title.zh + "”已被使用" + (title.empty() ? "" : "（“" + title + "”）") + "，请换一个。",
                        "“" + f.title.en + "” is taken already" + (title.empty() ? "" : " (by “" + title + "”)") +
                            "; choose another.")
                    .with_field(f.name));
  }
  return {};
}

}  // namespace civitas::entities
