// Whether a paper is genuine: every record type that declares `verify:` is asked for the code.
#include <algorithm>

#include "api/portal_view.hpp"
#include "api/service.hpp"
#include "base/strings.hpp"

namespace civitas::api {

using namespace entities;

namespace {

// Codes are made by the product; what cannot be one is not looked for.
bool is_code(std::string_view text) {
  return text.size() >= 6 && text.size() <= 60 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
         });
}

Result<std::optional<std::int64_t>> holder_of(Store& store, sql::Connection& db, const Context& c, const Entity& e,
                                              const std::string& code) {
  const Context product{identity::system_principal("a paper is verified"), c.now, c.request};
  ListQuery q;
  q.filter = e.verify->code + " = '" + code + "'";
  q.limit = 1;
  std::optional<std::int64_t> found;
  CIVITAS_CHECK(store.each(db, product, e, q, [&](const Json& record) -> Status {
    found = parse_integer(record["id"].as_string());
    return {};
  }));
  return found;
}

}  // namespace

void Service::add_verify_routes(http::Router& router) {
  read(router, "/api/v1/verify/{code}", http::RouteOptions("public: whoever holds a paper may check it"),
       [this](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         CIVITAS_CHECK(only_parameters(r, {}));
         const std::string code(trim(r.param("code")));
         Json out = Json::object();
         out.set("valid", Json(false));
         if (!is_code(code)) return http::json_response(200, out.dump());
         for (const auto& system : parts_.store.catalog().systems())
           for (const auto& e : system.entities) {
             if (!e.verify) continue;
             CIVITAS_TRY(const auto id, holder_of(parts_.store, db, c, e, code));
             if (!id) continue;
             CIVITAS_TRY(const bool holds, parts_.store.holds(db, c, e, *id, e.verify->when));
             if (!holds) continue;
             CIVITAS_TRY(const Json record, parts_.store.get_unrestricted(db, e, *id, "a paper is verified"));
             Json facts = Json::array();
             for (const auto& name : e.verify->show) {
               const Field& f = *e.field(name);
               if (record[name].is_null()) continue;
               facts.push(Json(Json::Object{{"field", Json(name)},
                                            {"title", Json(f.title)},
                                            {"value", value_in_words(parts_.store.catalog(), e, f, record[name])}}));
             }
             out.set("valid", Json(true)).set("title", Json(e.verify->title)).set("system", Json(e.system));
             out.set("entity", Json(e.name)).set("facts", std::move(facts));
             if (const auto more = verified_facts_.find(e.path()); more != verified_facts_.end())
               CIVITAS_CHECK(more->second(db, record, out));
             return http::json_response(200, out.dump());
           }
         return http::json_response(200, out.dump());
       });
}

}  // namespace civitas::api
