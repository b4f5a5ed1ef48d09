// Who may enter: keys of applications, passwords of people.
#include <iostream>

#include "app/commands.hpp"
#include "base/strings.hpp"
#include "crypto/digest.hpp"
#include "crypto/password.hpp"
#include "crypto/random.hpp"

namespace civitas::app {

Status create_key(const Options& o) {
  CIVITAS_TRY(const auto application, open(o));
  const std::string key = "ck_" + crypto::random_token();
  CIVITAS_CHECK(application->database().write_now([&](sql::Transaction& t) -> Status {
    Json record = Json::object();
    Json services = Json::array();
    for (const auto part : split(o.services, ',')) services.push(Json(std::string(part)));
    record.set("application", Json(o.application))
        .set("digest", Json(crypto::sha256_hex(key)))
        .set("services", std::move(services));
    entities::WriteOptions options;
    options.read_only = entities::ReadOnly::accept;
    options.rules = entities::Rules::skip("command line");
    auto& store = application->store();
    CIVITAS_CHECK(store.create(t, {identity::system_principal("command line"), application->clock().now(), ""},
                               *store.catalog().entity("identity", "application_key"), record, options));
    return {};
  }));
  std::cout << key << "\n";
  return {};
}

Status reset_password(const Options& o) {
  CIVITAS_TRY(const auto application, open_city(o));
  const auto password = application->identity().make_one_time_password();
  CIVITAS_CHECK(application->database().write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(const auto id, t.query_integer("SELECT id FROM identity_person WHERE account=?", {o.account}));
    if (!id)
      return fail(problem(Kind::not_found, "identity.account.unknown", "没有账号 " + o.account,
                          "There is no account " + o.account));
    CIVITAS_CHECK(application->identity().give(t, *id, password));
    return audit::append(
        t, application->clock().now(),
        {0, "command line", "", "identity.password.reset", "identity/person/" + std::to_string(*id), "{}", ""});
  }));
  std::cout << password.text << "\n";
  return {};
}

}  // namespace civitas::app
