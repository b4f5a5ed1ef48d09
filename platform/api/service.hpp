// The REST interface of sessions, declarations, records and cases (docs/api.md). One object holds the parts that
// handlers use; each *_routes.cpp adds the routes of one subject.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "api/portal_options.hpp"
#include "entities/store.hpp"
#include "geo/tile_cache.hpp"
#include "http/router.hpp"
#include "identity/identity.hpp"
#include "process/engine.hpp"
#include "sql/database.hpp"

namespace civitas::api {

class AnonymousGuard;
class Ground;

struct Parts {
  sql::Database& database;
  const Clock& clock;
  entities::Store& store;
  process::Engine& engine;
  identity::Identity& identity;
  geo::TileCache& tiles;
  /// What the map page starts with: centre, zoom, extent, base map.
  Json map;
  std::string version;
  bool movable_clock = false;  // tests and demonstrations move the time
  PortalOptions portal = {};
  const crypto::FieldCipher* cipher = nullptr;  // for kept answers, which may show what is sealed
  const Ground* ground = nullptr;               // under every map; nullptr: nothing
};

using http::Request;
using http::Response;

/// Runs on a reading connection, on the worker's own thread.
using Reading = std::function<Result<Response>(Request&, const entities::Context&, sql::Connection&)>;
/// Runs inside the writer's transaction; may be run again, so it changes nothing outside.
using Writing = std::function<Result<Response>(Request&, const entities::Context&, sql::Transaction&)>;
/// One writing, planned: what can be checked before the writer's turn is checked by then.
using Planned = std::function<Result<Response>(sql::Transaction&)>;
/// What planning comes to: work for the writer, or an answer, where there is nothing to write.
struct Plan {
  Plan(Planned rest) : work(std::move(rest)) {}
  Plan(Response ready) : answer(std::move(ready)) {}
  Planned work;
  std::optional<Response> answer;
};
/// Runs on the worker's own thread. The request and the context outlive what it returns.
using Planning = std::function<Result<Plan>(Request&, const entities::Context&)>;
/// Draws one declared document (`documents:`) of a record, as PDF. `record` is what the caller may read: fields without
/// a right to them are not there, masked ones are masked. What a renderer reads besides, it reads as the caller, too.
using Renderer = std::function<Result<std::string>(sql::Connection&, const entities::Context&, const Json& record)>;

class Service {
 public:
  explicit Service(Parts parts);
  Parts& parts() { return parts_; }
  /// The answer to a sign-in: the cookie and who it is. The session that the browser had before ends.
  Result<Response> signed_in(const Request& r, const identity::SessionToken& session, int status);

  /// What is asked of whoever is not signed in.
  AnonymousGuard& guard() { return *guard_; }

  /// Routes of every subject, and the filter that knows who asks and refuses writes from foreign pages.
  void add_routes(http::Router& router);

  void read(http::Router& router, std::string_view pattern, http::RouteOptions options, Reading work);
  void write(http::Router& router, http::Method method, std::string_view pattern, http::RouteOptions options,
             Writing work);
  void plan_and_write(http::Router& router, http::Method method, std::string_view pattern, http::RouteOptions options,
                      Planning planning);

  /// The renderer of a document: "town/permit/approval_form".
  void add_renderer(std::string path, Renderer renderer) { renderers_[std::move(path)] = std::move(renderer); }

  /// What only the system can say of a paper that is verified: it adds to the answer of `GET /api/v1/verify/{code}`.
  using VerifiedFacts = std::function<Status(sql::Connection&, const Json& record, Json& answer)>;
  /// For the papers of a record type: "town/permit".
  void add_verified_facts(std::string path, VerifiedFacts facts) {
    verified_facts_[std::move(path)] = std::move(facts);
  }

  /// A note in the audit trail that goes with no record: signing in, second factors, sessions.
  Status note(sql::Transaction& t, const Request& r, std::string_view action, std::int64_t person,
              const Json& detail) const;

  /// Who asks, from the filter.
  static const identity::Principal& principal(const Request& request);
  entities::Context context(const Request& request) const;

 private:
  void add_session_routes(http::Router& router);
  void add_registration_route(http::Router& router);
  void add_own_session_routes(http::Router& router);
  void add_second_factor_routes(http::Router& router);
  void add_password_routes(http::Router& router);
  void add_meta_routes(http::Router& router);
  void add_record_routes(http::Router& router);
  void add_record_writing_routes(http::Router& router);
  Result<Plan> plan_creation(Request& r, const entities::Context& c);
  Result<Response> paper_of(const Request& r, const entities::Context& c, sql::Connection& db);
  Result<Response> print(const Request& r);
  void add_option_routes(http::Router& router);
  void add_case_routes(http::Router& router);
  void add_search_routes(http::Router& router);
  void add_audit_routes(http::Router& router);
  void add_map_routes(http::Router& router);
  void add_ground_routes(http::Router& router);
  void add_portal_routes(http::Router& router);
  void add_phone_routes(http::Router& router);
  Result<std::int64_t> person_of_phone(sql::Transaction& t, const Request& r, const std::string& phone);
  void add_portal_case_routes(http::Router& router);
  void add_verify_routes(http::Router& router);
  void add_dashboard_routes(http::Router& router);
  Parts parts_;
  std::shared_ptr<AnonymousGuard> guard_;
  std::map<std::string, Renderer, std::less<>> renderers_;
  std::map<std::string, VerifiedFacts, std::less<>> verified_facts_;
};

Status create_tables(sql::Transaction& t);

/// A record as the caller may read it, with what they may do (`can`, `actions`), its `case` and its `documents`.
Result<Json> whole_record(Parts& p, sql::Connection& db, const entities::Context& c, const entities::Entity& e,
                          std::int64_t id);
/// The entity that the path names; 404 `entities.entity.unknown`.
Result<const entities::Entity*> entity_of(const entities::Store& store, const Request& request);
Result<std::int64_t> id_of(const Request& request, std::string_view name = "id");
/// The day that a parameter names; nothing without it. 400 `api.parameter` for what is no date.
Result<std::optional<Date>> day_of(const Request& request, std::string_view name);
/// 400 `api.parameter` when the day `from` is after the day `to`.
Status in_order(Date from, Date to);
/// The body as a JSON object; `{}` for an empty one.
Result<Json> body_of(const Request& request);
/// 400 `api.parameter` for a parameter that the address does not know: a misspelt one would be passed over.
Status only_parameters(const Request& request, std::initializer_list<std::string_view> known);
/// A whole number among the parameters; 400 `api.parameter` for what is none or lies outside.
Result<std::int64_t> number_of(const Request& request, std::string_view name, std::int64_t fallback, std::int64_t least,
                               std::int64_t most);
/// The condition of `filter`, CQL2 as text, also when it was given as JSON; "" without one.
Result<std::string> filter_of(const Request& request);
/// List parameters of the query string; 400 names the wrong one.
Result<entities::ListQuery> list_query(const Request& request);
/// The version that If-Match asks for; nothing without the header or for "*". Of a list (RFC 9110 section 13.1.1) the one
/// that the record has now, where it is among them. 412 `entities.record.changed` for what is no version.
Result<std::optional<std::int64_t>> wanted_version(const Request& request, sql::Connection& c,
                                                   const entities::Storage& storage, std::int64_t id);
Problem sign_in_first();

inline constexpr std::string_view session_cookie = "civitas_session";

}  // namespace civitas::api
