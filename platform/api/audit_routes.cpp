// The audit trail for its reader.
#include "api/meta_writer.hpp"
#include "api/service.hpp"
#include "audit/trail.hpp"
#include "base/strings.hpp"

namespace civitas::api {

using entities::Context;
using entities::Entity;

namespace {

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

void write_trail_entry(JsonWriter& w, const entities::Catalog& catalog, const audit::TrailEntry& one) {
  const audit::Entry& e = one.entry;
  w.begin_object().key("sequence").value(std::to_string(one.sequence)).key("at").value(format_instant(one.at));
  w.key("who").begin_object().key("id").value(std::to_string(e.who)).key("name").value(e.who_name);
  w.key("address").value(e.address).end_object();
  w.key("action").value(e.action).key("object").value(e.object);
  if (!e.detail.empty()) w.key("detail").raw(e.detail);
  write_titles(w, catalog, e.action, Json::parse(e.detail).value_or(Json()));
  w.key("request").value(e.request).end_object();
}

Result<audit::TrailQuery> trail_query(const Request& r) {
  CIVITAS_CHECK(only_parameters(r, {"object", "action", "who", "from", "to", "limit", "after"}));
  audit::TrailQuery query{std::string(r.query("object").value_or("")), std::string(r.query("action").value_or("")),
                          std::string(r.query("who").value_or(""))};
  CIVITAS_TRY(query.limit, number_of(r, "limit", 100, 1, 1000));
  CIVITAS_TRY(query.before, number_of(r, "after", INT64_MAX, 1, INT64_MAX));
  CIVITAS_TRY(const auto from, day_of(r, "from"));
  CIVITAS_TRY(const auto to, day_of(r, "to"));
  if (from && to) CIVITAS_CHECK(in_order(*from, *to));
  if (from) query.from = start_of_day(*from);
  if (to) query.until = start_of_day(to->plus_days(1));
  return query;
}

}  // namespace

void Service::add_audit_routes(http::Router& router) {
  read(router, "/api/v1/audit", http::RouteOptions("role identity.audit_administrator"),
       [this](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         if (!c.who.signed_in()) return fail(sign_in_first());
         if (!c.who.has_role("identity", "audit_administrator"))
           return fail(problem(Kind::forbidden, "entities.access.forbidden", "只有审计管理员可以查看审计日志。",
                               "Only the audit administrator may read the audit trail."));
         CIVITAS_TRY(const auto query, trail_query(r));
         std::string out;
         JsonWriter w(out);
         w.begin_object().key("items").begin_array();
         std::int64_t last = 0, count = 0;
         CIVITAS_CHECK(audit::read_trail(db, query, [&](const audit::TrailEntry& one) {
           last = one.sequence;
           ++count;
           write_trail_entry(w, parts_.store.catalog(), one);
         }));
         w.end_array().key("next");
         if (count == query.limit)
           w.value(std::to_string(last));
         else
           w.null();
         w.end_object();
         return http::json_response(200, std::move(out));
       });
}

}  // namespace civitas::api
