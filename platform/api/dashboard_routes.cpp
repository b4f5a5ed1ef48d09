// Dashboards: numbers and pictures of several record types on one page or wall, all of them in one answer. Each panel
// counts what the caller may read; a panel that the caller has no right to says so and the others stand.
#include "api/dashboard_routes.hpp"

#include <algorithm>

#include "api/meta_writer.hpp"
#include "api/service.hpp"

namespace civitas::api {

using namespace entities;

bool shows_dashboard(const System& system, const Dashboard& dashboard, const identity::Principal& who) {
  if (dashboard.roles.empty()) return who.has_role(system.name, "staff");
  return std::any_of(dashboard.roles.begin(), dashboard.roles.end(),
                     [&](const std::string& role) { return who.has_role(system.name, role); });
}

namespace {

constexpr int newest = 10, most_places = 500;

void write_head(JsonWriter& w, const System& system, const Dashboard& d) {
  w.key("system").value(system.name).key("name").value(d.name);
  write_title(w, "title", d.title);
  w.key("ratio").value(std::to_string(d.width) + ":" + std::to_string(d.height));
}

const StatisticsDeclaration* statistics_of(const Entity& e, const Panel& p) {
  static const StatisticsDeclaration total = [] {
    StatisticsDeclaration made;
    made.chart = "number";
    return made;
  }();
  if (p.statistics.empty()) return &total;
  for (const auto& s : e.statistics)
    if (s.name == p.statistics) return &s;
  return nullptr;
}

// The records of a panel without numbers: the newest, or where they are.
Status write_records(Store& store, sql::Connection& db, const Context& c, const Entity& e, const Panel& p,
                     std::string& out) {
  ListQuery q;
  q.filter = p.filter;
  q.sort = "-created_at";
  q.limit = newest;
  if (p.chart == "map") {
    q.filter = (p.filter.empty() ? "" : "(" + p.filter + ") AND ") + e.list.map + " IS NOT NULL";
    q.fields = {e.title_field, e.list.map};
    q.limit = most_places;
  }
  return store.list(db, c, e, q, out);
}

Status write_panel(Store& store, sql::Connection& db, const Context& c, const Entity& e, const Panel& p,
                   JsonWriter& w) {
  const bool records = p.statistics.empty() && p.chart != "number";
  const StatisticsDeclaration* s = statistics_of(e, p);
  w.begin_object().key("system").value(e.system).key("entity").value(e.name);
  write_title(w, "title", p.title.empty() ? s->title : p.title);
  w.key("chart").value(p.chart.empty() ? s->chart : p.chart).key("span").value(p.span);
  std::string found;
  const Status done =
      records ? write_records(store, db, c, e, p, found) : store.statistics(db, c, e, *s, p.filter, "", found);
  if (done) {
    w.key(records ? "records" : "numbers").raw(found);
    if (records) w.key("drill").value(p.filter);
  } else if (done.error().kind == Kind::internal || done.error().kind == Kind::unavailable) {
    return done;
  } else {
    write_title(w, "problem", done.error().message);
  }
  w.end_object();
  return {};
}

}  // namespace

void Service::add_dashboard_routes(http::Router& router) {
  Parts& p = parts_;
  read(router, "/api/v1/dashboards", http::RouteOptions("signed in; only those of the caller's roles"),
       [&p](Request& r, const Context& c, sql::Connection&) -> Result<Response> {
         if (!c.who.signed_in()) return fail(sign_in_first());
         CIVITAS_CHECK(only_parameters(r, {}));
         std::string out;
         JsonWriter w(out);
         w.begin_object().key("items").begin_array();
         for (const auto& system : p.store.catalog().systems())
           for (const auto& d : system.dashboards) {
             if (!shows_dashboard(system, d, c.who)) continue;
             w.begin_object();
             write_head(w, system, d);
             w.end_object();
           }
         w.end_array().end_object();
         return http::json_response(200, std::move(out));
       });

  read(router, "/api/v1/dashboards/{system}/{name}",
       http::RouteOptions("the roles of the dashboard; each panel by the access rules of its record type"),
       [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         if (!c.who.signed_in()) return fail(sign_in_first());
         CIVITAS_CHECK(only_parameters(r, {}));
         const System* system = p.store.catalog().system(r.param("system"));
         const Dashboard* d = system ? system->dashboard(r.param("name")) : nullptr;
         if (!d || !shows_dashboard(*system, *d, c.who))
           return fail(problem(Kind::not_found, "api.dashboard.unknown", "没有这个驾驶舱，或您无权查看。",
                               "There is no such dashboard, or you may not see it."));
         std::string out;
         JsonWriter w(out);
         w.begin_object();
         write_head(w, *system, *d);
         w.key("at").value(format_instant(c.now)).key("panels").begin_array();
         for (const auto& panel : d->panels)
           CIVITAS_CHECK(write_panel(p.store, db, c, *system->entity(panel.entity), panel, w));
         w.end_array().end_object();
         return http::json_response(200, std::move(out));
       });
}

}  // namespace civitas::api
