// A lost password: the person asks, and hears the same whether the account exists or not; a security administrator
// makes sure who calls and answers with a one-time password, shown once and good for a day.
#include <deque>
#include <mutex>
#include <unordered_map>

#include "api/service.hpp"
#include "base/strings.hpp"
#include "base/utf8.hpp"

namespace civitas::api {

namespace {

constexpr std::string_view requests = "password_request";
constexpr std::size_t per_address_and_hour = 20;
constexpr int per_person_and_day = 3;
constexpr std::int64_t hour = 3'600'000'000, day = 24 * hour;

/// How often an address asked within the last hour. Forgets itself when too many addresses are known.
class Throttle {
 public:
  bool admit(const std::string& address, Instant now) {
    const std::lock_guard lock(mutex_);
    if (asked_.size() > 50'000) asked_.clear();
    auto& times = asked_[address];
    while (!times.empty() && times.front() <= now.micros - hour) times.pop_front();
    if (times.size() >= per_address_and_hour) return false;
    times.push_back(now.micros);
    return true;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::deque<std::int64_t>> asked_;
};

struct Asker {
  std::int64_t id = 0;
  std::string phone;
};

// The person behind the account, unless they are disabled, wait for an answer already, or asked too often.
Result<std::optional<Asker>> asker(sql::Transaction& t, const std::string& account, Instant now) {
  std::optional<Asker> found;
  CIVITAS_CHECK(t.query("SELECT id,phone FROM identity_person WHERE account=? AND (disabled IS NULL OR disabled=0)",
                        {account}, [&](const sql::Row& row) {
                          found = Asker{row.integer(0), row.is_null(1) ? "" : std::string(row.text(1))};
                          return sql::Continue::no;
                        }));
  if (!found) return found;
  CIVITAS_TRY(
      const auto open,
      t.query_integer("SELECT count(*) FROM identity_password_request WHERE person=? AND state='open'", {found->id}));
  CIVITAS_TRY(const auto recent,
              t.query_integer("SELECT count(*) FROM identity_password_request WHERE person=? AND created_at>?",
                              {found->id, now.micros - day}));
  if (open.value_or(0) > 0 || recent.value_or(0) >= per_person_and_day) return std::nullopt;
  return found;
}

Result<std::string> short_text(const Json& body, const char* field, std::size_t most) {
  const std::string text(trim(body[field].as_string()));
  if (utf8_length(text) > most || !is_valid_utf8(text))
    return fail(invalid("entities.field.too_long", "最多 " + std::to_string(most) + " 个字。",
                        "At most " + std::to_string(most) + " characters.")
                    .with_field(field));
  return text;
}

// Whoever holds one of the separate powers gets a password at the server only: else one administrator could become
// another.
Status refuse_powers(const entities::Catalog& catalog, const identity::Principal& person) {
  for (const auto& system : catalog.systems())
    for (const auto& role : system.roles)
      if (!role.power.empty() && person.has_role(system.name, role.name))
        return fail(
            problem(Kind::unprocessable, "identity.powers.separate",
                    "管理员的密码只能在服务器上用 civitas user reset-password 重置。",
                    "The password of an administrator is reset at the server only, with civitas user reset-password."));
  return {};
}

}  // namespace

void Service::add_password_routes(http::Router& router) {
  using http::Method;
  using http::RouteOptions;
  const auto answer = [](const Request& r, Result<Response> result) {
    return result ? std::move(*result) : http::problem_response(result.error(), r);
  };

  auto throttle = std::make_shared<Throttle>();
  router.add_simple(
      Method::post, "/api/v1/password_requests",
      RouteOptions("public: whoever lost a password; few times an hour").body_up_to(16 << 10),
      [this, answer, throttle](Request& r) {
        return answer(r, [&]() -> Result<Response> {
          CIVITAS_TRY(const Json body, body_of(r));
          CIVITAS_TRY(const std::string account, short_text(body, "account", 40));
          CIVITAS_TRY(const std::string name, short_text(body, "name", 60));
          CIVITAS_TRY(const std::string note_text, short_text(body, "note", 300));
          if (account.empty())
            return fail(invalid("entities.field.required", "请填写账号。", "Give the account.").with_field("account"));
          const Instant now = parts_.clock.now();
          if (!throttle->admit(r.remote, now))
            return fail(problem(Kind::exhausted, "identity.password_request.too_many",
                                "申请过于频繁，请一小时后再试，或到政务服务大厅办理。",
                                "Too many requests; try again in an hour, or come to the service hall."));
          const auto& e = *parts_.store.catalog().entity("identity", requests);
          const entities::Context c{identity::system_principal("本人申请（未登录）"), now, r.id};
          CIVITAS_CHECK(parts_.database.write_now([&](sql::Transaction& t) -> Status {
            CIVITAS_TRY(const auto known, asker(t, account, now));
            Json detail = Json::object();
            detail.set("account", Json(account)).set("listed", Json(known.has_value()));
            CIVITAS_CHECK(note(t, r, "identity.password.lost", 0, detail));
            if (!known) return {};
            Json record = Json::object();
            record.set("account", Json(account))
                .set("person", Json(std::to_string(known->id)))
                .set("address", Json(r.remote));
            if (!name.empty()) record.set("name", Json(name));
            if (!note_text.empty()) record.set("note", Json(note_text));
            if (!known->phone.empty()) record.set("known_phone", Json(known->phone));
            entities::WriteOptions options;
            options.action = "create";
            options.read_only = entities::ReadOnly::accept;
            options.rules = entities::Rules::skip("a person without a password cannot sign in to ask");
            CIVITAS_CHECK(parts_.store.create(t, c, e, std::move(record), options));
            return {};
          }));
          return http::json_response(202, R"({"received":true})");
        }());
      });

  // In the place of the generic transition: hashing comes before the writer, and the answer is kept nowhere.
  router.add_simple(
      Method::post, "/api/v1/identity/password_request/{id}/transitions/answer",
      RouteOptions("by the roles of the transition"), [this, answer](Request& r) {
        return answer(r, [&]() -> Result<Response> {
          if (!principal(r).signed_in()) return fail(sign_in_first());
          CIVITAS_TRY(const std::int64_t id, id_of(r));
          CIVITAS_TRY(const Json body, body_of(r));
          const entities::Context c = context(r);
          const auto& e = *parts_.store.catalog().entity("identity", requests);
          std::int64_t person = 0;
          CIVITAS_CHECK(parts_.database.read([&](sql::Connection& db) -> Status {
            CIVITAS_TRY(const Json record, parts_.store.get(db, c, e, id));
            person = entities::reference_id(record["person"]).value_or(0);
            CIVITAS_TRY(const auto holder, identity::Identity::load_principal(
                                                db, parts_.store.catalog().dimensions(), c.now, person));
            return refuse_powers(parts_.store.catalog(), holder);
          }));
          const auto password = parts_.identity.make_one_time_password();
          Json shown;
          CIVITAS_CHECK(parts_.database.write_now([&](sql::Transaction& t) -> Status {
            Json end = Json::object();
            end.set("valid_until", Json(format_instant(password.until)));
            CIVITAS_CHECK(parts_.engine.transition(t, c, e, id, "answer", body, std::move(end)));
            CIVITAS_CHECK(parts_.identity.give(t, person, password));
            CIVITAS_CHECK(note(t, r, "identity.password.one_time", person, Json::object()));
            CIVITAS_TRY(shown, parts_.store.get(t, c, e, id));
            return {};
          }));
          shown.set("one_time_password", Json(password.text)).set("valid_until", Json(format_instant(password.until)));
          return http::json_response(200, shown.dump());
        }());
      });
}

}  // namespace civitas::api
