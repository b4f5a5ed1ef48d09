#include "api/service.hpp"
#include "api/uploads.hpp"
#include "base/strings.hpp"

namespace civitas::api {

using entities::Context;
using entities::Entity;

namespace {

// What people do with a case besides its steps.
Status act_on_case(process::Engine& engine, sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id,
                   std::string_view act, const Json& body) {
  CIVITAS_TRY(const std::string comment, process::comment_of(body));
  if (act == "claim")
    CIVITAS_CHECK(engine.claim(t, c, e, id));
  else if (act == "release")
    CIVITAS_CHECK(engine.release(t, c, e, id));
  else if (act == "transfer")
    CIVITAS_CHECK(engine.transfer(t, c, e, id, entities::reference_id(body["to"]).value_or(0), comment));
  else if (act == "recall")
    CIVITAS_CHECK(engine.recall(t, c, e, id));
  else if (act == "sign")
    CIVITAS_CHECK(engine.sign(t, c, e, id, body));
  else if (act == "add_party")
    CIVITAS_CHECK(engine.add_party(t, c, e, id, body));
  else if (act == "drop_party")
    CIVITAS_CHECK(engine.drop_party(t, c, e, id, body));
  else if (act == "delegate")
    CIVITAS_CHECK(engine.delegate(t, c, e, id, body));
  else if (act == "urge")
    CIVITAS_CHECK(engine.urge(t, c, e, id, comment));
  else if (act == "read")
    CIVITAS_CHECK(process::Engine::mark_copy_read(t, c.who.id, id, c.now));
  else
    return fail(problem(Kind::not_found, "process.case.act", "没有这个动作。", "There is no such act."));
  return {};
}

}  // namespace

void Service::add_case_routes(http::Router& router) {
  using http::Method;
  using http::RouteOptions;
  const auto by_rules = [] { return RouteOptions("by the roles of the transition"); };
  Parts& p = parts_;

  const auto shown = [&p](sql::Transaction& t, const Context& c, const Entity& e, std::int64_t id) -> Result<Response> {
    // The step may have taken the record out of the caller's sight; that is no failure.
    auto record = p.store.get(t, c, e, id);
    Json out = record ? *record : Json(Json::Object{{"id", Json(std::to_string(id))}});
    CIVITAS_TRY(Json state, p.engine.case_for(t, c, e, id));
    out.set("case", std::move(state));
    CIVITAS_TRY(Json flags, p.engine.flags_of(t, c, e, id));
    if (flags.size() > 0) out.set("flags", std::move(flags));
    return http::json_response(200, out.dump());
  };

  write(
      router, Method::post, "/api/v1/{system}/{entity}/{id}/transitions/{name}", by_rules(),
      [&p, shown](Request& r, const Context& c, sql::Transaction& t) -> Result<Response> {
        CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
        CIVITAS_TRY(const std::int64_t id, id_of(r));
        CIVITAS_TRY(Json body, body_of(r));
        CIVITAS_CHECK(name_files(t, *e, body));
        CIVITAS_TRY(const auto version, wanted_version(r, t, p.store.storage(*e), id));
        if (version) {
          CIVITAS_TRY(const Json record, p.store.get(t, c, *e, id));
          if (record["version"].as_integer() != *version)
            return fail(problem(Kind::precondition, "entities.record.changed", "这条记录刚被他人修改，请刷新后再办理。",
                                "Somebody has just changed this record; reload it, then go on."));
        }
        CIVITAS_CHECK(p.engine.transition(t, c, *e, id, r.param("name"), std::move(body)));
        return shown(t, c, *e, id);
      });

  write(router, Method::post, "/api/v1/{system}/{entity}/{id}/case/{act}", by_rules(),
        [&p, shown](Request& r, const Context& c, sql::Transaction& t) -> Result<Response> {
          CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
          CIVITAS_TRY(const std::int64_t id, id_of(r));
          CIVITAS_TRY(const Json body, body_of(r));
          if (!c.who.signed_in()) return fail(sign_in_first());
          CIVITAS_CHECK(p.store.get(t, c, *e, id));
          CIVITAS_CHECK(act_on_case(p.engine, t, c, *e, id, r.param("act"), body));
          return shown(t, c, *e, id);
        });

  read(router, "/api/v1/{system}/{entity}/{id}/trace", by_rules(),
       [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
         CIVITAS_TRY(const std::int64_t id, id_of(r));
         std::string out;
         CIVITAS_CHECK(p.engine.trace(db, c, *e, id, out));
         return http::json_response(200, std::move(out));
       });

  read(router, "/api/v1/tasks", RouteOptions("signed in: one's own to-dos"),
       [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         if (!c.who.signed_in()) return fail(sign_in_first());
         CIVITAS_CHECK(only_parameters(r, {"box", "limit", "after"}));
         const std::string_view name = r.query("box").value_or("todo");
         if (name != "todo" && name != "done" && name != "closed" && name != "copied")
           return fail(invalid("api.parameter", "box 应为 todo、done、closed 或 copied。",
                               "box must be todo, done, closed or copied.")
                           .with_field("box"));
         const auto box = name == "done"     ? process::Box::done
                          : name == "closed" ? process::Box::closed
                          : name == "copied" ? process::Box::copied
                                             : process::Box::todo;
         CIVITAS_TRY(const auto limit, number_of(r, "limit", 50, 1, 200));
         CIVITAS_TRY(const auto after, number_of(r, "after", 0, 0, INT64_MAX));
         std::string out;
         CIVITAS_CHECK(p.engine.tasks(db, c, box, static_cast<int>(limit), after, out));
         return http::json_response(200, std::move(out));
       });
}

}  // namespace civitas::api
