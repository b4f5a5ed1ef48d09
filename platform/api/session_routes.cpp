#include "api/service.hpp"

#include "api/anonymous_guard.hpp"
#include "audit/audit.hpp"
#include "base/strings.hpp"
#include "crypto/password.hpp"
#include "documents/qr.hpp"

namespace civitas::api {

namespace {

std::string cookie_text(const Request& r, const std::string& token, bool ended) {
  std::string out = std::string(session_cookie) + "=" + token + "; Path=/; HttpOnly; SameSite=Lax";
  if (r.encrypted) out += "; Secure";
  if (ended) out += "; Max-Age=0";
  return out;
}

void write_scope(JsonWriter& w, const std::string& dimension, const query::Scope& scope) {
  w.key(dimension).begin_object().key("everything").value(scope.everything);
  if (!scope.prefixes.empty()) {
    w.key("codes").begin_array();
    for (const auto& prefix : scope.prefixes) w.value(prefix);
    w.end_array();
  }
  if (!scope.records.empty()) {
    w.key("ids").begin_array();
    for (const auto record : scope.records) w.value(std::to_string(record));
    w.end_array();
  }
  w.end_object();
}

Result<Response> describe(Service& service, const identity::Principal& who, int status) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("user");
  if (!who.signed_in()) {
    w.null().end_object();
    return http::json_response(status, out);
  }
  CIVITAS_TRY(const auto credential, service.parts().identity.credential(who.id));
  w.begin_object()
      .key("id")
      .value(std::to_string(who.id))
      .key("account")
      .value(who.account)
      .key("name")
      .value(who.name);
  w.key("kind").value(who.standing == identity::Standing::staff ? "staff" : "citizen");
  w.key("roles").begin_array();
  for (const auto& p : who.permissions) w.value(p);
  w.end_array().key("department");
  std::optional<std::string> department;
  CIVITAS_CHECK(service.parts().database.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(department, c.query_text("SELECT name FROM identity_department WHERE id=?", {who.department}));
    return {};
  }));
  if (department)
    w.begin_object().key("id").value(std::to_string(who.department)).key("title").value(*department).end_object();
  else
    w.null();
  w.key("scopes").begin_object();
  if (who.scopes)
    for (const auto& [dimension, scope] : *who.scopes) write_scope(w, dimension, scope);
  w.end_object()
      .key("must_change_password")
      .value(credential.must_change_password)
      .key("totp")
      .value(credential.totp)
      .end_object()
      .end_object();
  return http::json_response(status, out);
}

// A note in the audit trail, in a transaction of its own.
Status noted(Service& service, const Request& r, std::string_view action, std::int64_t person) {
  return service.parts().database.write_now(
      [&](sql::Transaction& t) { return service.note(t, r, action, person, Json::object()); });
}

Result<Response> sign_in(Service& service, const Request& r, const identity::SignIn& attempt, int status) {
  CIVITAS_TRY(const auto session, service.parts().identity.sign_in(attempt));
  return service.signed_in(r, session, status);
}

Response answer(const Request& r, Result<Response> result) {
  return result ? std::move(*result) : http::problem_response(result.error(), r);
}

}  // namespace

Result<Response> Service::signed_in(const Request& r, const identity::SessionToken& session, int status) {
  const identity::Principal who = parts_.identity.who(session.token);
  (void)parts_.database.write_now([&](sql::Transaction& t) {
    return audit::append(
        t, parts_.clock.now(),
        {who.id, who.name, r.remote, "identity.sign_in", "identity/person/" + std::to_string(who.id), "{}", r.id});
  });
  CIVITAS_TRY(Response out, describe(*this, who, status));
  if (const auto before = r.cookie(session_cookie)) parts_.identity.sign_out(*before);
  out.add("Set-Cookie", cookie_text(r, session.token, false));
  return out;
}

void Service::add_session_routes(http::Router& router) {
  using http::Method;
  using http::RouteOptions;

  router.add_simple(Method::post, "/api/v1/session", RouteOptions("public: signing in"), [this](Request& r) {
    return answer(r, [&]() -> Result<Response> {
      CIVITAS_TRY(const Json body, body_of(r));
      const std::string account(trim(body["account"].as_string()));
      if (account.empty() || body["password"].as_string().empty())
        return fail(invalid("identity.sign_in.incomplete", "请输入账号和密码。", "Enter account and password.")
                        .with_field(account.empty() ? "account" : "password"));
      // A refused attempt is recorded too: an auditor looks for these first.
      auto result = sign_in(*this, r,
                            {account, body["password"].as_string(), body["totp"].as_string(), r.remote,
                             std::string(r.headers.get("User-Agent"))},
                            200);
      if (!result && result.error().reason != "identity.totp.needed") {
        Json detail = Json::object();
        detail.set("account", Json(account.substr(0, 60))).set("reason", Json(result.error().reason));
        (void)parts_.database.write_now([&](sql::Transaction& t) {
          return audit::append(t, parts_.clock.now(),
                               {0, "", r.remote, "identity.sign_in.refused", "", detail.dump(), r.id});
        });
      }
      return result;
    }());
  });
  router.add_simple(Method::get, "/api/v1/session", RouteOptions("public: says who is signed in"),
                    [this](Request& r) { return answer(r, describe(*this, principal(r), 200)); });
  router.add_simple(Method::del, "/api/v1/session", RouteOptions("public: signing out"), [this](Request& r) {
    if (const auto token = r.cookie(session_cookie)) parts_.identity.sign_out(*token);
    Response out;
    out.status = 204;
    out.add("Set-Cookie", cookie_text(r, "", true));
    return out;
  });

  add_registration_route(router);
  add_own_session_routes(router);
  add_second_factor_routes(router);
}

void Service::add_registration_route(http::Router& router) {
  using http::Method;
  using http::RouteOptions;

  router.add_simple(
      Method::post, "/api/v1/registration", RouteOptions("public: self-registration of citizens"),
      [this](Request& r) {
        return answer(r, [&]() -> Result<Response> {
          CIVITAS_TRY(const Json body, body_of(r));
          const auto admission = guard_->admit_registration(r);
          if (!admission) return refusal_response(admission.error(), r);
          const std::string account(trim(body["account"].as_string())), password = body["password"].as_string();
          if (auto good = crypto::check_password_policy(password, account); !good)
            return fail(std::move(good.error()).with_field("password"));
          const std::string hash = crypto::hash_password(password);
          Json person = Json::object();
          person.set("account", Json(account))
              .set("name", body["name"])
              .set("phone", body["phone"])
              .set("kind", Json("citizen"));
          const auto* e = parts_.store.catalog().entity("identity", "person");
          entities::Context c = context(r);
          c.who = identity::system_principal("self-registration");
          c.who.address = r.remote;
          CIVITAS_CHECK(parts_.database.write_now([&](sql::Transaction& t) -> Status {
            CIVITAS_CHECK(guard_->count(t, *admission));
            entities::WriteOptions options;
            options.action = "register";
            options.rules = entities::Rules::skip("self-registration");
            CIVITAS_TRY(const Json made, parts_.store.create(t, c, *e, person, options));
            return identity::Identity::set_password(t, parts_.clock, parse_integer(made["id"].as_string()).value_or(0),
                                                    hash, false);
          }));
          return sign_in(*this, r, {account, password, "", r.remote, std::string(r.headers.get("User-Agent"))}, 201);
        }());
      });
}

void Service::add_own_session_routes(http::Router& router) {
  using http::Method;
  using http::RouteOptions;

  router.add_simple(
      Method::post, "/api/v1/password", RouteOptions("signed in: one's own password"), [this](Request& r) {
        return answer(r, [&]() -> Result<Response> {
          if (!principal(r).signed_in()) return fail(sign_in_first());
          CIVITAS_TRY(const Json body, body_of(r));
          CIVITAS_CHECK(
              parts_.identity.change_password(principal(r), body["old"].as_string(), body["new"].as_string()));
          CIVITAS_CHECK(noted(*this, r, "identity.password.change", principal(r).id));
          Response out;
          out.status = 204;
          out.add("Set-Cookie", cookie_text(r, "", true));
          return out;
        }());
      });

  router.add_simple(
      Method::get, "/api/v1/sessions",
      RouteOptions("signed in: one's own sessions; any person's for the security administrator"), [this](Request& r) {
        return answer(r, [&]() -> Result<Response> {
          const auto& who = principal(r);
          if (!who.signed_in()) return fail(sign_in_first());
          std::int64_t person = who.id;
          if (const auto user = r.query("user")) {
            person = parse_integer(*user).value_or(0);
            if (person != who.id && !who.has_role("identity", "security_administrator"))
              return fail(problem(Kind::forbidden, "entities.access.forbidden", "只有安全管理员可以查看他人的会话。",
                                  "Only the security administrator may see others' sessions."));
          }
          CIVITAS_TRY(std::string body, parts_.identity.sessions(person, r.cookie(session_cookie).value_or("")));
          return http::json_response(200, std::move(body));
        }());
      });
  router.add_simple(Method::del, "/api/v1/sessions/{id}",
                    RouteOptions("signed in: one's own sessions; any person's for the security administrator"),
                    [this](Request& r) {
                      return answer(r, [&]() -> Result<Response> {
                        const auto& who = principal(r);
                        if (!who.signed_in()) return fail(sign_in_first());
                        std::int64_t person = who.id;
                        if (const auto user = r.query("user");
                            user && who.has_role("identity", "security_administrator"))
                          person = parse_integer(*user).value_or(0);
                        CIVITAS_CHECK(parts_.identity.end_session(person, r.param("id")));
                        CIVITAS_CHECK(noted(*this, r, "identity.session.end", person));
                        Response out;
                        out.status = 204;
                        return out;
                      }());
                    });
}

void Service::add_second_factor_routes(http::Router& router) {
  using http::Method;
  using http::RouteOptions;

  router.add_simple(
      Method::post, "/api/v1/totp", RouteOptions("signed in: one's own second factor"), [this](Request& r) {
        return answer(r, [&]() -> Result<Response> {
          if (!principal(r).signed_in()) return fail(sign_in_first());
          CIVITAS_TRY(const auto setup, parts_.identity.begin_totp(principal(r)));
          Json out = Json::object();
          out.set("secret", Json(setup.secret)).set("uri", Json(setup.uri));
          if (const auto matrix = documents::make_qr(setup.uri)) {
            Json qr = Json::object();
            qr.set("size", Json(std::int64_t{matrix->size} + 8)).set("path", Json(documents::qr_svg_path(*matrix)));
            out.set("qr", std::move(qr));
          }
          return http::json_response(200, out.dump());
        }());
      });
  const auto with_code = [this](Request& r, bool confirm) {
    return answer(r, [&]() -> Result<Response> {
      if (!principal(r).signed_in()) return fail(sign_in_first());
      CIVITAS_TRY(const Json body, body_of(r));
      const std::string& code = body["code"].as_string();
      CIVITAS_CHECK(confirm ? parts_.identity.confirm_totp(principal(r), code)
                            : parts_.identity.end_totp(principal(r), code));
      CIVITAS_CHECK(noted(*this, r, confirm ? "identity.totp.on" : "identity.totp.off", principal(r).id));
      Response out;
      out.status = 204;
      return out;
    }());
  };
  router.add_simple(Method::post, "/api/v1/totp/confirm", RouteOptions("signed in: one's own second factor"),
                    [with_code](Request& r) { return with_code(r, true); });
  router.add_simple(Method::del, "/api/v1/totp", RouteOptions("signed in: one's own second factor"),
                    [with_code](Request& r) { return with_code(r, false); });
}

}  // namespace civitas::api
