#include "gateway/gateway.hpp"

#include "base/strings.hpp"
#include "crypto/digest.hpp"
#include "crypto/random.hpp"
#include "gateway/open_filter.hpp"
#include "gateway/openapi.hpp"
#include "gateway/push.hpp"
#include "gateway/raw_json.hpp"
#include "gateway/representation.hpp"
#include "query/parse.hpp"

namespace civitas::gateway {

using entities::Context;
using entities::Entity;
using http::Request;
using http::Response;
using http::RouteOptions;

namespace {

// Interfaces of collections that once had another name.
Keys::Names former_services(const entities::Catalog& catalog) {
  Keys::Names out;
  for (const auto& [before, now] : former_collections(catalog)) out.emplace("ogc." + before, "ogc." + now);
  return out;
}

// Pages of other sites may read what is open: with an application key, never with anybody's cookie, and nothing else of
// this site (Fetch standard, "CORS protocol"). Every answer says so, refusals too, so that such a page can show why.
void let_other_pages_read(const Request& r, Response& out) {
  const std::string_view path = r.path;
  if (!path.starts_with("/open/") && path != "/ogc" && !path.starts_with("/ogc/")) return;
  out.set("Access-Control-Allow-Origin", "*");
  if (r.method == http::Method::options && r.headers.find("Access-Control-Request-Method"))
    out.set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS")
        .set("Access-Control-Allow-Headers", std::string(key_header) + ", Accept-Language, If-None-Match")
        .set("Access-Control-Max-Age", "86400");
  else
    out.set("Access-Control-Expose-Headers", "ETag, Content-Crs, Location, Retry-After, X-Request-Id");
}

}  // namespace

Gateway::Gateway(sql::Database& database, const Clock& clock, entities::Store& store, std::string version)
    : database_(database),
      clock_(clock),
      store_(store),
      version_(std::move(version)),
      keys_(database, clock, former_services(store.catalog())),
      log_(database, clock),
      open_(keys_, log_, clock),
      features_(database, clock, store, open_, version_),
      inbound_(database, clock, store) {}

Status Gateway::create_tables(sql::Transaction& t) {
  CIVITAS_CHECK(CallLog::create_tables(t));
  CIVITAS_CHECK(Pushes::create_tables(t));
  return Inbound::create_tables(t);
}

Status Gateway::entity_moved(sql::Transaction& t, std::string_view from, std::string_view to) {
  for (const std::string kind : {"", "ogc.", "inbound."}) {
    const auto granted = [&](std::string_view path) {
      return "\"" + kind + replace_all(std::string(path), "/", ".") + "\"";
    };
    CIVITAS_CHECK(t.execute("UPDATE identity_application_key SET services=replace(services,?,?) WHERE services LIKE ?",
                            {granted(from), granted(to), "%" + granted(from) + "%"}));
  }
  return {};
}

void Gateway::register_hooks(entities::Hooks& hooks) {
  hooks.add("gateway.keys_changed", [this](entities::HookCall& call) -> Status {
    call.transaction.after_commit([this] { keys_.forget(); });
    return {};
  });
}

Status Gateway::check() const {
  for (const auto& system : store_.catalog().systems())
    for (const auto& e : system.entities) {
      if (!e.open_attributes && !e.open_features) continue;
      const auto plan = store_.access().read(store_.storage(e), identity::Principal{}, clock_.now());
      Status fits;
      if (!plan)
        fits = fail(plan.error());
      else if (const auto typed = store_.conditions().filter(e, e.open_filter, plan->filterable(e)); !typed)
        fits = fail(typed.error());
      if (!fits)
        return fail(problem(Kind::invalid, "gateway.open.filter",
                            e.file + "：open 只能用于公众可读的记录和字段。" + fits.error().message.zh,
                            e.file + ": `open` is only for records and fields that the role public may read. " +
                                fits.error().message.en));
    }
  return {};
}

void Gateway::add_metrics(Metrics& metrics) {
  metrics.gauge("civitas_gateway_calls_dropped", "Calls of open interfaces that the call log had no room for",
                [this] { return static_cast<double>(log_.dropped()); });
}

void Gateway::add_routes(http::Router& router, api::Service& service) {
  router.after(let_other_pages_read);
  add_key_route(router, service);
  add_usage_route(router, service);
  add_attribute_services(router);
  inbound_.add_routes(router, open_, service.parts().engine);
  features_.add_routes(router);
  add_description_routes(router);
}

// Not through the answers that Idempotency-Key keeps: the key is shown once and stored nowhere.
void Gateway::add_key_route(http::Router& router, api::Service& service) {
  router.add_simple(http::Method::post, "/api/v1/identity/application_key/{id}/key",
                    RouteOptions("by the write rule of the record type"), [this, &service](Request& r) {
                      const auto answer = [&]() -> Result<Response> {
                        CIVITAS_TRY(const std::int64_t id, api::id_of(r));
                        const Context c = service.context(r);
                        const std::string key = "ck_" + crypto::random_token();
                        const Entity& e = *store_.catalog().entity("identity", "application_key");
                        CIVITAS_CHECK(database_.write_now([&](sql::Transaction& t) -> Status {
                          entities::WriteOptions options;
                          options.read_only = entities::ReadOnly::accept;
                          options.action = "key";
                          CIVITAS_CHECK(store_.update(
                              t, c, e, id, Json(Json::Object{{"digest", Json(crypto::sha256_hex(key))}}), options));
                          return {};
                        }));
                        Response out = http::json_response(200, Json(Json::Object{{"key", Json(key)}}).dump());
                        out.set("Cache-Control", "no-store");
                        return out;
                      }();
                      return answer ? *answer : http::problem_response(answer.error(), r);
                    });
}

void Gateway::add_usage_route(http::Router& router, api::Service& service) {
  service.read(
      router, "/api/v1/gateway/usage", RouteOptions("system administrator or audit administrator"),
      [this](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
        if (!c.who.signed_in()) return fail(api::sign_in_first());
        if (!c.who.has_role("identity", "system_administrator") && !c.who.has_role("identity", "audit_administrator"))
          return fail(problem(Kind::forbidden, "gateway.usage.forbidden",
                              "只有系统管理员和审计管理员可以查看接口调用统计。",
                              "Only system and audit administrators may see the calls."));
        CIVITAS_CHECK(api::only_parameters(r, {"by", "from", "to"}));
        const Date today = date_in_china(c.now);
        CIVITAS_TRY(const auto first, api::day_of(r, "from"));
        CIVITAS_TRY(const auto last, api::day_of(r, "to"));
        const Date from = first.value_or(today.plus_days(-29)), to = last.value_or(today);
        CIVITAS_CHECK(api::in_order(from, to));
        const std::string by(r.query("by").value_or("application"));
        std::string key, title = "NULL", join;
        if (by == "application") {
          key = "u.application";
          title = "max(k.application)";
          join = " LEFT JOIN identity_application_key k ON k.id=u.application";
        } else if (by == "department") {
          key = "coalesce(k.department,0)";
          title = "max(d.name)";
          join =
              " LEFT JOIN identity_application_key k ON k.id=u.application LEFT JOIN identity_department d ON "
              "d.id=k.department";
        } else if (by == "service") {
          key = "u.service";
        } else if (by == "day") {
          key = "u.day";
        } else {
          return fail(invalid("api.parameter", "by 应为 application、department、service 或 day。",
                              "by must be application, department, service or day.")
                          .with_field("by"));
        }
        std::string out;
        JsonWriter w(out);
        w.begin_object()
            .key("by")
            .value(by)
            .key("from")
            .value(format_date(from))
            .key("to")
            .value(format_date(to))
            .key("series")
            .begin_array();
        CIVITAS_CHECK(db.query(
            "SELECT " + key + "," + title + ",sum(u.calls),sum(u.errors),sum(u.bytes) FROM gateway_usage u" + join +
                " WHERE u.day>=? AND u.day<=? GROUP BY " + key + " ORDER BY " + (by == "day" ? "1" : "3 DESC,1"),
            {std::int64_t{from.days}, std::int64_t{to.days}}, [&](const sql::Row& row) {
              std::string k(row.text(0));
              if (by == "day") k = format_date({static_cast<std::int32_t>(row.integer(0))});
              w.begin_object().key("key").value(k).key("title");
              const Interface* published = nullptr;
              if (by == "service")
                for (const auto& i : open_.interfaces())
                  if (i.name == k) published = &i;
              if (published)
                w.tree(Json(published->title));
              else if (row.is_null(1))
                w.value(by == "department" ? "" : k);
              else
                w.value(row.text(1));
              w.key("calls")
                  .value(row.integer(2))
                  .key("errors")
                  .value(row.integer(3))
                  .key("bytes")
                  .value(row.integer(4))
                  .end_object();
              return sql::Continue::yes;
            }));
        w.end_array().end_object();
        return http::json_response(200, std::move(out));
      });
}

void Gateway::add_attribute_services(http::Router& router) {
  const auto refuse_recorded = [](const Request& r) -> Status {
    for (const char* inner : {"recorded_as_of", "fields"})
      if (r.query(inner))
        return fail(invalid("api.parameter", std::string("没有参数 ") + inner + "。",
                            std::string("There is no parameter ") + inner + ".")
                        .with_field(inner));
    return {};
  };
  for (const auto& system : store_.catalog().systems())
    for (const auto& entity : system.entities) {
      if (!entity.open_attributes) continue;
      const Entity* e = &entity;
      const std::string service = system.name + "." + e->name, path = "/open/v1/" + e->path();
      const auto run = [this, e](const Request& r, entities::ListQuery q, std::optional<query::Expr> condition,
                                 std::string& out) -> Status {
        q.filter = within_open_rows(*e, condition);
        return database_.read([&](sql::Connection& db) -> Status {
          out.clear();
          return store_.list(db, {identity::Principal{}, clock_.now(), r.id}, *e, q, out);
        });
      };
      open_.add(router, list_interface(*e, service, path),
                [run, refuse_recorded](Request& r, const Application&) -> Result<Response> {
                  CIVITAS_CHECK(refuse_recorded(r));
                  CIVITAS_TRY(const auto q, api::list_query(r));
                  std::optional<query::Expr> condition;
                  if (!q.filter.empty()) {
                    auto parsed = query::parse_text(q.filter);
                    if (!parsed) return fail(std::move(parsed.error()).with_field("filter"));
                    condition = std::move(*parsed);
                  }
                  std::string out;
                  CIVITAS_CHECK(run(r, q, std::move(condition), out));
                  return http::json_response(200, std::move(out));
                });
      open_.add(router, record_interface(*e, service, path + "/{id}"),
                [run, refuse_recorded](Request& r, const Application&) -> Result<Response> {
                  CIVITAS_CHECK(refuse_recorded(r));
                  CIVITAS_TRY(const std::int64_t id, api::id_of(r));
                  CIVITAS_TRY(auto q, api::list_query(r));
                  q.limit = 1;
                  q.sort = "id";
                  CIVITAS_TRY(auto condition, query::parse_text("id = " + std::to_string(id)));
                  std::string out;
                  CIVITAS_CHECK(run(r, q, std::move(condition), out));
                  std::string record;
                  each_element(raw_member(out, "items"), [&](std::string_view item) { record = item; });
                  if (record.empty())
                    return fail(problem(Kind::not_found, "entities.record.not_found", "没有找到这条记录，或未公开。",
                                        "There is no such record, or it is not public."));
                  return http::json_response(200, std::move(record));
                });
    }
}

void Gateway::add_description_routes(http::Router& router) {
  const auto fixed = [&router](std::string_view path, const std::string& body) {
    router.add_simple(http::Method::get, path, RouteOptions("public: describes the interfaces").in_place(),
                      [body = std::make_shared<const std::string>(body), tag = entity_tag(body)](Request&) {
                        Response out = http::json_response(200, *body);
                        out.set("ETag", tag);
                        out.set("Cache-Control", "public, max-age=300");
                        return out;
                      });
  };
  fixed("/open/v1/catalogue", open_.catalogue());
  fixed("/open/v1/openapi.json", open_document(open_.interfaces(), version_).dump());
  fixed("/api/v1/openapi.json", rest_document(store_.catalog(), router.routes(), version_).dump());
}

}  // namespace civitas::gateway
