// Which records a reference may choose: for pickers, with what is filled in so far.
#include <algorithm>

#include "api/service.hpp"
#include "base/strings.hpp"
#include "base/utf8.hpp"

namespace civitas::api {

namespace {

using namespace entities;

constexpr std::size_t most_values = 100'000;

// What is filled in so far; what is not (yet) right counts as empty.
Result<Json> values_so_far(const Catalog& catalog, const Entity& e, const Request& r) {
  Json out = Json::object();
  const auto text = r.query("values");
  if (!text) return out;
  const auto wrong = [] {
    return invalid("api.parameter", "values 应为 JSON 对象：已填写的字段和值。",
                   "values must be a JSON object: the fields filled in so far.")
        .with_field("values");
  };
  if (text->size() > most_values) return fail(wrong());
  const auto given = Json::parse(*text);
  if (!given || !given->is_object()) return fail(wrong());
  for (const auto& f : e.fields) {
    Json value = (*given)[f.name];
    if (!value.is_null() && validate_value(catalog, e, f, value)) out.set(f.name, std::move(value));
  }
  return out;
}

// Types whose records are not indexed for search are searched by their title.
void search_by_title(const Entity& target, ListQuery& q) {
  const bool indexed = std::any_of(target.fields.begin(), target.fields.end(), [](const Field& f) { return f.search; });
  const Field* title = target.field(target.title_field);
  if (q.search.empty() || indexed || !title || title->type != FieldType::text) return;
  std::string pattern;
  for (const char c : q.search) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  q.filter = "CASEI(" + title->name + ") LIKE CASEI('%" + replace_all(replace_all(pattern, "\\", "\\\\"), "'", "''") + "%')";
  q.search.clear();
}

}  // namespace

void Service::add_option_routes(http::Router& router) {
  Parts& p = parts_;
  read(router, "/api/v1/{system}/{entity}/options/{field}",
       http::RouteOptions("by the access rules of the record type referred to"),
       [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
         CIVITAS_CHECK(only_parameters(r, {"q", "limit", "after", "values"}));
         const Field* f = e->field(r.param("field"));
         const Entity* target = f ? p.store.catalog().target_of(*f) : nullptr;
         if (!target)
           return fail(problem(Kind::not_found, "api.options.field", "没有这个可供选择记录的字段。",
                               "There is no such field that chooses records."));
         ListQuery q;
         q.search = r.query("q").value_or("");
         if (q.search.size() > 600)
           return fail(invalid("api.parameter", "搜索词过长。", "The search text is too long.").with_field("q"));
         q.after = r.query("after").value_or("");
         CIVITAS_TRY(const auto limit, number_of(r, "limit", q.limit, 1, 100));
         q.limit = static_cast<int>(limit);
         search_by_title(*target, q);
         CIVITAS_TRY(Json values, values_so_far(p.store.catalog(), *e, r));
         q.choice = Choice{e, f, std::move(values)};
         std::string out;
         CIVITAS_CHECK(p.store.list(db, c, *target, q, out));
         return http::json_response(200, std::move(out));
       });
}

}  // namespace civitas::api
