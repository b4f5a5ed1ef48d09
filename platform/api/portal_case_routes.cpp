// A citizen's own cases over all systems, each in a citizen's words; and, by a query code, the one that somebody sent
// without an account.
#include <algorithm>

#include "api/portal_view.hpp"
#include "api/query_codes.hpp"
#include "api/service.hpp"
#include "base/strings.hpp"

namespace civitas::api {

using namespace entities;

namespace {

constexpr std::string_view owner_only = "created_by = me()";

// The transition by which the owner may appraise now, "" without one.
std::string rating_step(const Entity& e, const Json& record, const std::vector<process::Action>& actions) {
  if (e.portal->rate.empty() || !record[e.portal->rate].is_null()) return "";
  for (const auto& a : actions)
    if (std::any_of(a.form.begin(), a.form.end(), [&](const FormField& f) { return f.name == e.portal->rate; }))
      return a.name;
  return "";
}

// A draft not sent yet, or a case sent back for corrections.
bool waits_for_owner(const Entity& e, const std::string& state, const std::vector<process::Action>& actions) {
  if (actions.empty()) return false;
  const State* s = e.process->state(state);
  if (s && !s->editable.empty()) return true;
  return state == e.process->initial && !submit_of(*e.portal, *e.process).empty();
}

Text state_title_of(const Entity& e, const Json& the_case) {
  if (const auto& told = the_case["state_title"]; told.is_object())
    return {told["zh"].as_string(), told["en"].as_string()};
  const State* s = e.process->state(the_case["state"].as_string());
  return s ? s->title : Text{};
}

std::string number_of_record(const Json& record) {
  return record["number"].is_string() ? record["number"].as_string() : std::string();
}

struct View {
  Json record, the_case;
  std::vector<process::Action> actions;
  Course course;
  std::string state, tone;
  Text state_title;
  bool waits = false;
};

Result<View> view_of(Parts& p, sql::Connection& db, const Context& c, const Entity& e, std::int64_t id, Json record,
                     bool with_actions) {
  View v;
  v.record = std::move(record);
  CIVITAS_TRY(v.the_case, p.engine.case_of(db, e, id, c.now));
  v.state = v.the_case["state"].as_string();
  v.state_title = state_title_of(e, v.the_case);
  if (with_actions) {
    CIVITAS_TRY(v.actions, p.engine.actions(db, c, e, id));
  }
  v.waits = waits_for_owner(e, v.state, v.actions);
  CIVITAS_TRY(const auto passages, process::Engine::course(db, id));
  v.course = course_of(e, passages, v.state, v.state_title);
  v.tone = tone_of(e, v.the_case, v.waits);
  return v;
}

Json limit_json(const Entity& e) {
  const auto words = period_in_words(e.process->limit);
  return words ? Json(*words) : Json();
}

void write_case(JsonWriter& w, const Entity& e, const View& v) {
  w.begin_object().key("system").value(e.system).key("entity").value(e.name).key("id").tree(v.record["id"]);
  w.key("number").value(number_of_record(v.record)).key("title").tree(v.record[e.title_field]);
  w.key("service").tree(Json(service_title(e))).key("step").begin_object();
  w.key("at").value(v.course.at).key("of").value(static_cast<std::int64_t>(v.course.steps.as_array().size()));
  w.key("title").tree(Json(v.course.now.empty() ? v.state_title : v.course.now)).end_object();
  w.key("tone").value(v.tone).key("updated_at").tree(v.record["updated_at"]);
  // What the office wants of its applicant, in its words: the first text of what is answered.
  if (v.waits && v.state != e.process->initial) {
    w.key("waits").begin_object().key("title").tree(Json(v.state_title));
    for (const auto& name : e.portal->answer)
      if (v.record[name].is_string()) {
        w.key("text").tree(v.record[name]);
        break;
      }
    w.end_object();
  }
  w.key("waits_for_me").value(v.waits).key("can_rate").value(!rating_step(e, v.record, v.actions).empty());
  w.end_object();
}

Result<bool> on_notice(Parts& p, sql::Connection& db, const Context& c, const Entity& e, std::int64_t id) {
  if (!e.portal->open || !e.portal->open->notice) return false;
  for (const std::string* condition : {&e.portal->open->when, &e.portal->open->notice_when})
    if (!condition->empty()) {
      CIVITAS_TRY(const bool holds, p.store.holds(db, c, e, id, *condition));
      if (!holds) return false;
    }
  return true;
}

Json names_of(const std::vector<std::string>& names, const Json& record) {
  Json out = Json::array();
  for (const auto& name : names)
    if (!record[name].is_null()) out.push(Json(name));
  return out;
}

std::vector<std::string> asked_fields(const Entity& e) {
  std::vector<std::string> out;
  for (const auto& step : e.portal->steps) out.insert(out.end(), step.fields.begin(), step.fields.end());
  if (out.empty())  // a form of the system's own: what its record type shows
    for (const auto& section : e.form)
      for (const auto& name : section.fields)
        if (const Field* f = e.field(name); f && !f->read_only) out.push_back(name);
  return out;
}

Json case_json(const Entity& e, const View& v, bool notice) {
  Json out = Json::object();
  Json state = Json::object();
  state.set("name", Json(v.state)).set("title", Json(v.state_title));
  out.set("system", Json(e.system)).set("entity", Json(e.name)).set("id", v.record["id"]);
  out.set("service", Json(service_title(e))).set("number", Json(number_of_record(v.record)));
  out.set("title", v.record[e.title_field]).set("tone", Json(v.tone)).set("state", std::move(state));
  out.set("follow", v.course.steps).set("limit", limit_json(e));
  // Who applied is told the end of the whole, not that of a step in the office.
  Json due_on = v.the_case["due_on"], provisional = v.the_case["provisional"];
  for (const auto& clock : v.the_case["clocks"].as_array())
    if (clock["name"].as_string() == limit_clock_name) due_on = clock["due_on"], provisional = clock["provisional"];
  out.set("due_on", std::move(due_on)).set("provisional", std::move(provisional));
  out.set("notice", Json(notice)).set("facts", names_of(asked_fields(e), v.record));
  out.set("answer", names_of(e.portal->answer, v.record));
  // What was never asked of the applicant is not put before them to be corrected either.
  const auto asked = asked_fields(e);
  Json editable = Json::array();
  if (const State* s = e.process->state(v.state))
    for (const auto& name : s->editable)
      if (std::find(asked.begin(), asked.end(), name) != asked.end()) editable.push(Json(name));
  out.set("editable", std::move(editable));
  const std::string rating = rating_step(e, v.record, v.actions);
  out.set("rate", e.portal->rate.empty() ? Json()
                                         : Json(Json::Object{{"field", Json(e.portal->rate)},
                                                             {"transition", rating.empty() ? Json() : Json(rating)}}));
  out.set("initial", Json(v.state == e.process->initial));
  return out;
}

// Facts in words, for who holds only a code: nothing that tells who sent it.
Json facts_in_words(const Catalog& catalog, const Entity& e, const std::vector<std::string>& names,
                    const Json& record) {
  Json out = Json::array();
  for (const auto& name : names) {
    const Field* f = e.field(name);
    if (!f || f->masked || f->type == FieldType::phone || record[name].is_null()) continue;
    Json value = value_in_words(catalog, e, *f, record[name]);
    if (value.is_null()) continue;
    out.push(Json(Json::Object{{"field", Json(name)}, {"title", Json(f->title)}, {"value", std::move(value)}}));
  }
  return out;
}

}  // namespace

void Service::add_portal_case_routes(http::Router& router) {
  using http::RouteOptions;
  Parts& p = parts_;

  read(router, "/api/v1/portal/cases", RouteOptions("signed in: one's own cases"),
       [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         if (!c.who.signed_in()) return fail(sign_in_first());
         CIVITAS_CHECK(only_parameters(r, {"limit", "after"}));
         CIVITAS_TRY(const auto limit, number_of(r, "limit", 50, 1, 200));
         CIVITAS_TRY(const auto after, number_of(r, "after", INT64_MAX, 1, INT64_MAX));
         CIVITAS_TRY(const auto own, process::Engine::cases_of(db, c.who.id, after, static_cast<int>(limit)));
         std::string out;
         JsonWriter w(out);
         w.begin_object().key("items").begin_array();
         for (const auto& one : own) {
           const Entity* e = p.store.catalog().entity_by_path(one.entity);
           if (!e || !e->process || !e->portal || !e->portal->is_service()) continue;
           // Removed since, or out of the owner's sight: no case of theirs any more.
           auto record = p.store.get(db, c, *e, one.id);
           if (!record) continue;
           CIVITAS_TRY(const View v, view_of(p, db, c, *e, one.id, std::move(*record), true));
           write_case(w, *e, v);
         }
         w.end_array().key("next");
         if (own.size() == static_cast<std::size_t>(limit))
           w.value(std::to_string(own.back().id));
         else
           w.null();
         w.end_object();
         return http::json_response(200, std::move(out));
       });

  read(router, "/api/v1/portal/{system}/{entity}/{id}", RouteOptions("signed in: one's own case"),
       [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         if (!c.who.signed_in()) return fail(sign_in_first());
         CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
         CIVITAS_TRY(const std::int64_t id, id_of(r));
         CIVITAS_CHECK(only_parameters(r, {}));
         CIVITAS_TRY(Json record, whole_record(p, db, c, *e, id));
         CIVITAS_TRY(const bool own, p.store.holds(db, c, *e, id, std::string(owner_only)));
         if (!own || !e->process || !e->portal)
           return fail(
               problem(Kind::not_found, "entities.record.not_found", "没有找到这条记录。", "There is no such record."));
         CIVITAS_TRY(const View v, view_of(p, db, c, *e, id, std::move(record), true));
         CIVITAS_TRY(const bool notice, on_notice(p, db, c, *e, id));
         Json out = case_json(*e, v, notice);
         out.set("record", v.record);
         Response answer = http::json_response(200, out.dump());
         answer.set("ETag", "\"" + std::to_string(v.record["version"].as_integer()) + "\"");
         return answer;
       });

  read(router, "/api/v1/portal/follow/{code}", RouteOptions("public: with the code given to whoever sent it"),
       [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         CIVITAS_CHECK(only_parameters(r, {}));
         CIVITAS_TRY(const Coded found, find_by_query_code(db, p.store, r.param("code")));
         const Entity& e = *found.entity;
         CIVITAS_TRY(Json record, p.store.get_unrestricted(db, e, found.id, "the holder of its query code asks"));
         Json out = Json::object();
         out.set("service", Json(service_title(e))).set("number", Json(number_of_record(record)));
         out.set("title", record[e.title_field]).set("created_at", record["created_at"]);
         const Catalog& catalog = p.store.catalog();
         out.set("facts", facts_in_words(catalog, e, asked_fields(e), record));
         out.set("answer", facts_in_words(catalog, e, e.portal->answer, record));
         if (!e.process) return http::json_response(200, out.dump());
         CIVITAS_TRY(const View v, view_of(p, db, c, e, found.id, std::move(record), false));
         out.set("tone", Json(v.tone));
         out.set("state", Json(Json::Object{{"name", Json(v.state)}, {"title", Json(v.state_title)}}));
         out.set("follow", v.course.steps).set("limit", limit_json(e));
         return http::json_response(200, out.dump());
       });
}

}  // namespace civitas::api
