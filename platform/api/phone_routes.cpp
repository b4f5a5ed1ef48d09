// Signing in with a code sent to a telephone: for citizens, who need no account for it.
#include "api/anonymous_guard.hpp"
#include "api/service.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "identity/code_sender.hpp"
#include "identity/phone_codes.hpp"

namespace civitas::api {

using identity::PhoneCodes;

namespace {

Result<std::string> phone_of(const Json& body) {
  if (auto phone = PhoneCodes::normal(body["phone"].as_string())) return std::move(*phone);
  return fail(invalid("identity.phone.malformed", "请输入 11 位手机号。", "Enter a mobile number of 11 digits.")
                  .with_field("phone"));
}

Problem no_sender() {
  return problem(Kind::unavailable, "identity.phone.no_sender", "这里还没有接通短信，请用账号登录。",
                 "No text messages can be sent here yet; sign in with an account.");
}

// The same for a wrong code, one too old, one tried too often, and a number that asked for none.
Problem refused() {
  return problem(Kind::unauthenticated, "identity.phone.refused", "验证码不正确或已失效，请重新获取。",
                 "The code is wrong or no longer good; ask for a new one.")
      .with_field("code");
}

}  // namespace

Result<std::int64_t> Service::person_of_phone(sql::Transaction& t, const Request& r, const std::string& phone) {
  const PhoneCodes codes(parts_.identity, parts_.clock);
  CIVITAS_TRY(const auto known, codes.person(t, phone));
  if (known) return *known;
  Json person = Json::object();
  person.set("account", Json("tel-" + random_hex(8)))
      .set("name", Json("尾号" + phone.substr(phone.size() - 4)))
      .set("phone", Json(phone))
      .set("kind", Json("citizen"));
  entities::Context c = context(r);
  c.who = identity::system_principal("phone sign-in");
  c.who.address = r.remote;
  entities::WriteOptions options;
  options.action = "register";
  options.rules = entities::Rules::skip("the first sign-in with this telephone");
  CIVITAS_TRY(const Json made,
              parts_.store.create(t, c, *parts_.store.catalog().entity("identity", "person"), person, options));
  const std::int64_t id = parse_integer(made["id"].as_string()).value_or(0);
  CIVITAS_CHECK(codes.remember(t, phone, id));
  return id;
}

void Service::add_phone_routes(http::Router& router) {
  if (!parts_.portal.phone_codes)
    for (const auto& system : parts_.store.catalog().systems())
      for (const auto& e : system.entities)
        if (e.portal && e.portal->sign_in == entities::SignIn::phone)
          log_info("portal.phone", {{"entity", e.path()}, {"message", "no sender of codes: it asks for an account"}});
  using http::Method;
  using http::RouteOptions;
  const auto answer = [](const Request& r, Result<Response> result) {
    return result ? std::move(*result) : http::problem_response(result.error(), r);
  };

  router.add_simple(Method::post, "/api/v1/session/phone",
                    RouteOptions("public: asks for a code; few by address and by telephone").body_up_to(4 << 10),
                    [this, answer](Request& r) {
                      return answer(r, [&]() -> Result<Response> {
                        CIVITAS_TRY(const Json body, body_of(r));
                        if (!parts_.portal.phone_codes) return fail(no_sender());
                        CIVITAS_TRY(const std::string phone, phone_of(body));
                        const auto admission = guard_->admit_code(r, phone);
                        if (!admission) return refusal_response(admission.error(), r);
                        const PhoneCodes codes(parts_.identity, parts_.clock);
                        std::string code;
                        CIVITAS_CHECK(parts_.database.write_now([&](sql::Transaction& t) -> Status {
                          CIVITAS_CHECK(guard_->count(t, *admission));
                          CIVITAS_TRY(code, codes.make(t, phone));
                          constexpr int minutes = PhoneCodes::good_for_seconds / 60;
                          const std::string n = std::to_string(minutes);
                          if (parts_.portal.code_sender)
                            CIVITAS_CHECK(parts_.portal.code_sender->send(
                                t, {phone,
                                    code,
                                    minutes,
                                    {"验证码 " + code + "，" + n + " 分钟内有效。请勿告诉他人。",
                                     "Your code is " + code + ", good for " + n + " minutes. Tell it to nobody."}}));
                          Json detail = Json::object();
                          detail.set("phone", Json("*******" + phone.substr(phone.size() - 4)));
                          return note(t, r, "identity.phone.code", 0, detail);
                        }));
                        Json out = Json::object();
                        out.set("seconds", Json(std::int64_t{PhoneCodes::good_for_seconds}));
                        if (parts_.portal.show_codes) out.set("demo_code", Json(code));
                        return http::json_response(202, out.dump());
                      }());
                    });

  router.add_simple(Method::post, "/api/v1/session/phone/confirm",
                    RouteOptions("public: signing in with a code").body_up_to(4 << 10), [this, answer](Request& r) {
                      return answer(r, [&]() -> Result<Response> {
                        CIVITAS_TRY(const Json body, body_of(r));
                        CIVITAS_TRY(const std::string phone, phone_of(body));
                        const auto admission = guard_->admit_confirmation(r);
                        if (!admission) return refusal_response(admission.error(), r);
                        const PhoneCodes codes(parts_.identity, parts_.clock);
                        std::optional<identity::SessionToken> session;
                        const Json not_by_phone(Json::Object{{"reason", Json("identity.phone.refused")}});
                        // A wrong try is counted and kept: so the transaction ends well, and only the answer says no.
                        CIVITAS_CHECK(parts_.database.write_now([&](sql::Transaction& t) -> Status {
                          session.reset();
                          CIVITAS_TRY(const bool good, codes.take(t, phone, trim(body["code"].as_string())));
                          if (!good) {
                            CIVITAS_CHECK(guard_->count_failure(t, *admission));
                            return note(t, r, "identity.sign_in.refused", 0, not_by_phone);
                          }
                          CIVITAS_TRY(const std::int64_t person, person_of_phone(t, r, phone));
                          CIVITAS_TRY(const bool citizen, PhoneCodes::is_citizen(t, person));
                          if (!citizen) return note(t, r, "identity.sign_in.refused", person, not_by_phone);
                          CIVITAS_TRY(session,
                                      parts_.identity.begin_session(t, person, r.remote, r.headers.get("User-Agent")));
                          return {};
                        }));
                        if (!session) return fail(refused());
                        return signed_in(r, *session, 200);
                      }());
                    });
}

}  // namespace civitas::api
