#include "api/notice_routes.hpp"

namespace civitas::api {

namespace {

using entities::Context;
using http::Method;
using http::RouteOptions;

Status administrator(const Context& c) {
  if (!c.who.signed_in()) return fail(sign_in_first());
  if (c.who.has_role("identity", "system_administrator")) return {};
  return fail(problem(Kind::forbidden, "notify.forbidden", "只有系统管理员可以查看消息的发送情况。",
                      "Only system administrators may see what became of messages."));
}

Response no_content() {
  Response out;
  out.status = 204;
  return out;
}

void add_own(http::Router& router, Service& service) {
  service.read(router, "/api/v1/notices", RouteOptions("signed in: one's own notices"),
               [](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
                 if (!c.who.signed_in()) return fail(sign_in_first());
                 CIVITAS_CHECK(only_parameters(r, {}));
                 std::string out;
                 CIVITAS_CHECK(notify::Notify::notices(db, c.who.id, out));
                 return http::json_response(200, std::move(out));
               });
  service.write(router, Method::post, "/api/v1/notices/{id}/read", RouteOptions("signed in: one's own notices"),
                [](Request& r, const Context& c, sql::Transaction& t) -> Result<Response> {
                  if (!c.who.signed_in()) return fail(sign_in_first());
                  CIVITAS_TRY(const std::int64_t id, id_of(r));
                  CIVITAS_CHECK(notify::Notify::mark_read(t, c.who.id, id));
                  return no_content();
                });
  service.read(router, "/api/v1/notices/preferences", RouteOptions("signed in: one's own preferences"),
               [](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
                 if (!c.who.signed_in()) return fail(sign_in_first());
                 CIVITAS_CHECK(only_parameters(r, {}));
                 CIVITAS_TRY(const auto wanted, notify::preferences_of(db, c.who.id));
                 return http::json_response(200, wanted.to_json().dump());
               });
  service.write(router, Method::patch, "/api/v1/notices/preferences", RouteOptions("signed in: one's own preferences"),
                [](Request& r, const Context& c, sql::Transaction& t) -> Result<Response> {
                  if (!c.who.signed_in()) return fail(sign_in_first());
                  CIVITAS_TRY(const Json body, body_of(r));
                  CIVITAS_TRY(auto wanted, notify::preferences_of(t, c.who.id));
                  CIVITAS_CHECK(wanted.change(body));
                  CIVITAS_CHECK(notify::set_preferences(t, c.who.id, wanted));
                  return http::json_response(200, wanted.to_json().dump());
                });
}

}  // namespace

void add_notice_routes(http::Router& router, Service& service, notify::Notify& notify) {
  add_own(router, service);
  service.read(router, "/api/v1/messages", RouteOptions("system administrator"),
               [&notify](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
                 CIVITAS_CHECK(administrator(c));
                 CIVITAS_CHECK(only_parameters(r, {"state", "limit", "after"}));
                 const std::string_view state = r.query("state").value_or("");
                 for (const std::string_view known : {"", "waiting", "sent", "delivered", "failed", "off"})
                   if (state == known) {
                     CIVITAS_TRY(const auto limit, number_of(r, "limit", 50, 1, 200));
                     CIVITAS_TRY(const auto after, number_of(r, "after", 0, 0, INT64_MAX));
                     std::string out;
                     CIVITAS_CHECK(notify.deliveries(db, state, after, static_cast<int>(limit), out));
                     return http::json_response(200, std::move(out));
                   }
                 return fail(invalid("api.parameter", "state 应为 waiting、sent、delivered、failed 或 off。",
                                     "state must be waiting, sent, delivered, failed or off.")
                                 .with_field("state"));
               });
  service.write(router, Method::post, "/api/v1/messages/{id}/again", RouteOptions("system administrator"),
                [&service, &notify](Request& r, const Context& c, sql::Transaction& t) -> Result<Response> {
                  CIVITAS_CHECK(administrator(c));
                  CIVITAS_TRY(const std::int64_t id, id_of(r));
                  CIVITAS_CHECK(notify.send_again(t, id));
                  CIVITAS_CHECK(service.note(t, r, "message.again", c.who.id,
                                             Json(Json::Object{{"message", Json(std::to_string(id))}})));
                  return no_content();
                });
}

}  // namespace civitas::api
