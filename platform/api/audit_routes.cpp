// The audit trail for its reader.
#include "api/service.hpp"
#include "base/strings.hpp"

namespace civitas::api {

using entities::Context;
using entities::Entity;

namespace {

void write_title(JsonWriter& w, std::string_view key, const Text& title) {
  w.key(key).begin_object().key("zh").value(title.zh).key("en").value(title.en).end_object();
}

// What the codes of an entry are called where they are declared. Declarations are no secret: who reads the trail needs
// no right to the records for them.
void write_titles(JsonWriter& w, const entities::Catalog& catalog, std::string_view action, const Json& detail) {
  const auto dot = action.find('.'), last = action.rfind('.');
  if (dot == action.npos || dot == last) return;
  const Entity* e = catalog.entity(action.substr(0, dot), action.substr(dot + 1, last - dot - 1));
  if (!e) return;
  w.key("titles").begin_object();
  write_title(w, "type", e->title);
  if (e->process)
    for (const auto& step : e->process->transitions)
      if (step.name == action.substr(last + 1)) write_title(w, "action", step.title);
  w.key("fields").begin_object();
  for (const auto& name : detail["changed"].as_array())
    if (const auto* field = e->field(name.as_string())) write_title(w, field->name, field->title);
  w.end_object().end_object();
}

}  // namespace

void Service::add_audit_routes(http::Router& router) {
  using http::RouteOptions;
  Parts& p = parts_;

  read(
      router, "/api/v1/audit", RouteOptions("role identity.audit_administrator"),
      [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
        if (!c.who.signed_in()) return fail(sign_in_first());
        if (!c.who.has_role("identity", "audit_administrator"))
          return fail(problem(Kind::forbidden, "entities.access.forbidden", "只有审计管理员可以查看审计日志。",
                              "Only the audit administrator may read the audit trail."));
        CIVITAS_CHECK(only_parameters(r, {"object", "action", "who", "from", "to", "limit", "after"}));
        CIVITAS_TRY(const std::int64_t limit, number_of(r, "limit", 100, 1, 1000));
        CIVITAS_TRY(const std::int64_t after, number_of(r, "after", INT64_MAX, 1, INT64_MAX));
        const std::string object(r.query("object").value_or("")), action(r.query("action").value_or("")),
            who(r.query("who").value_or(""));
        CIVITAS_TRY(const auto from, day_of(r, "from"));
        CIVITAS_TRY(const auto to, day_of(r, "to"));
        if (from && to) CIVITAS_CHECK(in_order(*from, *to));
        const std::int64_t begin = from ? start_of_day(*from).micros : INT64_MIN;
        const std::int64_t end = to ? start_of_day(to->plus_days(1)).micros : INT64_MAX;
        std::string out;
        JsonWriter w(out);
        w.begin_object().key("items").begin_array();
        std::int64_t last = 0;
        std::int64_t count = 0;
        CIVITAS_CHECK(db.query(
            "SELECT id,at,who,who_name,address,action,object,detail,request FROM audit_entry WHERE id<? AND (?='' OR "
            "object=?) AND (?='' OR action LIKE ?) AND (?='' OR who_name=?) AND at>=? AND at<? "
            "ORDER BY id DESC LIMIT ?",
            {after, object, object, action, "%" + action + "%", who, who, begin, end, limit}, [&](const sql::Row& row) {
              last = row.integer(0);
              ++count;
              w.begin_object().key("sequence").value(row.text(0)).key("at").value(format_instant({row.integer(1)}));
              w.key("who")
                  .begin_object()
                  .key("id")
                  .value(row.text(2))
                  .key("name")
                  .value(row.text(3))
                  .key("address")
                  .value(row.text(4))
                  .end_object();
              w.key("action").value(row.text(5)).key("object").value(row.text(6));
              if (!row.text(7).empty()) w.key("detail").raw(row.text(7));
              write_titles(w, p.store.catalog(), row.text(5), Json::parse(row.text(7)).value_or(Json()));
              w.key("request").value(row.text(8)).end_object();
              return sql::Continue::yes;
            }));
        w.end_array().key("next");
        if (count == limit)
          w.value(std::to_string(last));
        else
          w.null();
        w.end_object();
        return http::json_response(200, std::move(out));
      });
}

}  // namespace civitas::api
