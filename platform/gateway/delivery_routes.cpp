#include "gateway/delivery_routes.hpp"

namespace civitas::gateway {

using entities::Context;
using http::Method;
using http::Request;
using http::Response;
using http::RouteOptions;

namespace {

Status administrator(const Context& c) {
  if (!c.who.signed_in()) return fail(api::sign_in_first());
  if (c.who.has_role("identity", "system_administrator")) return {};
  return fail(problem(Kind::forbidden, "gateway.delivery.forbidden", "只有系统管理员可以查看推送和定时任务。",
                      "Only system administrators may see pushes and scheduled work."));
}

Response no_content() {
  Response out;
  out.status = 204;
  return out;
}

}  // namespace

void add_delivery_routes(http::Router& router, api::Service& service, Pushes& pushes, process::DeclaredJobs& scheduled,
                         jobs::Jobs& jobs) {
  const auto by_administrator = [] { return RouteOptions("system administrator"); };
  service.read(router, "/api/v1/pushes", by_administrator(),
               [&pushes](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
                 CIVITAS_CHECK(administrator(c));
                 CIVITAS_CHECK(api::only_parameters(r, {}));
                 std::string out;
                 CIVITAS_CHECK(pushes.list(db, out));
                 return http::json_response(200, std::move(out));
               });
  service.write(router, Method::post, "/api/v1/pushes/again", by_administrator(),
                [&service, &pushes](Request& r, const Context& c, sql::Transaction& t) -> Result<Response> {
                  CIVITAS_CHECK(administrator(c));
                  CIVITAS_TRY(const Json body, api::body_of(r));
                  const std::int64_t record = entities::reference_id(body["record"]).value_or(0);
                  CIVITAS_CHECK(pushes.send_again(t, body["push"].as_string(), record));
                  CIVITAS_CHECK(service.note(t, r, "push.again", c.who.id, body));
                  return no_content();
                });
  service.read(router, "/api/v1/cases/standing", by_administrator(),
               [&service](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
                 CIVITAS_CHECK(administrator(c));
                 CIVITAS_CHECK(api::only_parameters(r, {}));
                 std::string out;
                 CIVITAS_CHECK(service.parts().engine.standing_still(db, out));
                 return http::json_response(200, std::move(out));
               });
  service.write(router, Method::post, "/api/v1/cases/standing/move", by_administrator(),
                [&service](Request& r, const Context& c, sql::Transaction& t) -> Result<Response> {
                  CIVITAS_CHECK(administrator(c));
                  CIVITAS_TRY(const Json body, api::body_of(r));
                  const auto* e = service.parts().store.catalog().entity_by_path(body["entity"].as_string());
                  if (!e || !e->process)
                    return fail(problem(Kind::not_found, "process.case.none", "没有这个件。", "There is no such case."));
                  const std::int64_t id = entities::reference_id(body["id"]).value_or(0);
                  CIVITAS_CHECK(service.parts().engine.move_by_hand(t, c, *e, id, body));
                  CIVITAS_CHECK(service.note(t, r, "case.moved_by_hand", c.who.id, body));
                  return no_content();
                });
  service.read(router, "/api/v1/scheduled", by_administrator(),
               [&scheduled](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
                 CIVITAS_CHECK(administrator(c));
                 CIVITAS_CHECK(api::only_parameters(r, {}));
                 std::string out;
                 CIVITAS_CHECK(scheduled.list(db, out));
                 return http::json_response(200, std::move(out));
               });
  service.write(
      router, Method::post, "/api/v1/scheduled/{name}/run", by_administrator(),
      [&service, &scheduled, &jobs](Request& r, const Context& c, sql::Transaction& t) -> Result<Response> {
        CIVITAS_CHECK(administrator(c));
        const std::string name(r.param("name"));
        CIVITAS_CHECK(scheduled.queue_now(t, jobs, name));
        CIVITAS_CHECK(service.note(t, r, "scheduled.run", c.who.id, Json(Json::Object{{"name", Json(name)}})));
        return no_content();
      });
}

void add_receipt_route(http::Router& router, OpenService& open, notify::Notify& notify) {
  Interface what;
  what.name = "notify.receipts";
  what.title = {"短信回执", "Receipts of short messages"};
  what.description = {"短信网关告知一条短信是否送达。", "An SMS gateway tells whether a message was delivered."};
  what.method = Method::post;
  what.path = "/open/v1/notify/receipts";
  what.body = *Json::parse(
      R"({"type":"object","required":["id","delivered"],"properties":{"id":{"type":"string"},"delivered":{"type":"boolean"},"detail":{"type":"string"}}})");
  open.add(router, std::move(what), [&notify](Request& r, const Application&) -> Result<Response> {
    CIVITAS_TRY(const Json body, api::body_of(r));
    if (!body["id"].is_string() || body["id"].as_string().empty())
      return fail(invalid("gateway.receipt", "缺少 id：短信网关给出的消息编号。",
                          "id is missing: the gateway's number of the message.")
                      .with_field("id"));
    if (!body["delivered"].is_bool())
      return fail(invalid("gateway.receipt", "delivered 应为 true 或 false。", "delivered must be true or false.")
                      .with_field("delivered"));
    CIVITAS_CHECK(notify.receive(
        {body["id"].as_string(), body["delivered"].as_bool(), body["detail"].as_string().substr(0, 200)}));
    return no_content();
  });
}

}  // namespace civitas::gateway
