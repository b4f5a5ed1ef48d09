#include "entities/list_order.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "entities/case_relation.hpp"

namespace civitas::entities {

std::string Sort::value() const { return of_case ? case_value(column) : "t." + column; }

Result<Sort> read_sort(const Entity& e, std::string text, const View* view, CaseOrder cases) {
  static const std::vector<std::string> always{"id", "created_at", "updated_at"}, of_cases{"case.due_at", "case.entered_at"};
  static const std::vector<std::string> none;
  const auto& of_view = view ? view->sort : none;
  if (text.empty() && !of_view.empty()) {
    text = of_view.front();
    cases = CaseOrder::yes;  // as declared
  }
  if (text.empty() && !e.list.sort.empty()) text = e.list.sort.front();
  Sort out;
  if (text.starts_with('-')) {
    out.descending = true;
    text.erase(0, 1);
  }
  if (text.empty()) return out;
  std::vector<std::string> known = always;
  for (const auto* more : {&e.list.sort, &of_view})
    for (const auto& s : *more) {
      std::string name = s.starts_with('-') ? s.substr(1) : s;
      if (!is_case_order(name) && std::find(known.begin(), known.end(), name) == known.end())
        known.push_back(std::move(name));
    }
  if (e.process && cases == CaseOrder::yes) known.insert(known.end(), of_cases.begin(), of_cases.end());
  if (std::find(known.begin(), known.end(), text) == known.end()) {
    std::string possible;
    for (const auto& name : known) possible += (possible.empty() ? "" : ", ") + name;
    return fail(
        invalid("entities.list.sort",
                "不能按 " + std::string(utf8_prefix(text, 60)) + " 排序，可用：" + possible + "。",
                "The list cannot be sorted by " + std::string(utf8_prefix(text, 60)) + ", only by " + possible + ".")
            .with_field("sort"));
  }
  out.of_case = is_case_order(text);
  out.nullable = std::find(always.begin(), always.end(), text) == always.end();
  out.column = std::move(text);
  return out;
}

Result<std::vector<sql::Value>> read_cursor(const std::string& text) {
  const auto bad = [] {
    return invalid("entities.list.after", "翻页位置无效，请从第一页重新开始。",
                   "The page position is not valid; start from the first page.")
        .with_field("after");
  };
  const auto plain = from_base64url(text);
  if (!plain) return fail(bad());
  const auto json = Json::parse(*plain);
  if (!json || !json->is_array() || json->size() != 2 || !json->as_array()[1].is_integer()) return fail(bad());
  std::vector<sql::Value> out;
  const Json& key = json->as_array()[0];
  if (key.is_integer())
    out.emplace_back(key.as_integer());
  else if (key.is_number())
    out.emplace_back(key.as_number());
  else if (key.is_string())
    out.emplace_back(key.as_string());
  else
    out.emplace_back();
  out.emplace_back(json->as_array()[1].as_integer());
  return out;
}

std::string write_cursor(const sql::Row& row, int sort_column, int id_column) {
  Json key;
  const sql::Value v = row.value(sort_column);
  if (const auto* i = std::get_if<std::int64_t>(&v)) key = Json(*i);
  if (const auto* d = std::get_if<double>(&v)) key = Json(*d);
  if (const auto* s = std::get_if<std::string>(&v)) key = Json(*s);
  Json both = Json::array();
  both.push(std::move(key));
  both.push(Json(row.integer(id_column)));
  return to_base64url(both.dump());
}

Clause after_clause(const Sort& sort, const std::vector<sql::Value>& cursor) {
  const std::string column = sort.value();
  const sql::Value &key = cursor[0], &id = cursor[1];
  if (sort.column == "id") return {sort.descending ? "t.id<?" : "t.id>?", {id}};
  const bool null = key.index() == 0;
  if (!sort.descending && sort.of_case) {
    if (null) return {"(" + column + " IS NULL AND t.id>?)", {id}};
    return {"((" + column + ",t.id)>(?,?) OR " + column + " IS NULL)", {key, id}};
  }
  if (!sort.descending) {
    if (null) return {"((" + column + " IS NULL AND t.id>?) OR " + column + " IS NOT NULL)", {id}};
    return {"(" + column + ",t.id)>(?,?)", {key, id}};
  }
  if (null) return {"(" + column + " IS NULL AND t.id<?)", {id}};
  if (!sort.nullable) return {"(" + column + ",t.id)<(?,?)", {key, id}};
  return {"((" + column + ",t.id)<(?,?) OR " + column + " IS NULL)", {key, id}};
}

std::string order_clause(const Sort& sort, sql::Dialect dialect) {
  const std::string direction = sort.descending ? " DESC" : "";
  if (sort.column == "id") return " ORDER BY t.id" + direction;
  if (sort.of_case) return " ORDER BY " + sort.value() + direction + " NULLS LAST,t.id" + direction;
  const std::string nulls =
      dialect == sql::Dialect::postgres && sort.nullable ? (sort.descending ? " NULLS LAST" : " NULLS FIRST") : "";
  return " ORDER BY t." + sort.column + direction + nulls + ",t.id" + direction;
}

}  // namespace civitas::entities
