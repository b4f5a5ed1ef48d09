#include <algorithm>

#include "api/anonymous_guard.hpp"
#include "api/query_codes.hpp"
#include "api/service.hpp"
#include "api/uploads.hpp"
#include "base/strings.hpp"

namespace civitas::api {

namespace {

using namespace entities;

std::string etag(const Json& record) { return "\"" + std::to_string(record["version"].as_integer()) + "\""; }

Response record_response(int status, const Json& record) {
  Response out = http::json_response(status, record.dump());
  out.set("ETag", etag(record));
  return out;
}

Result<WriteOptions> write_options(Json& body) {
  WriteOptions options;
  if (const Json* from = body.find("valid_from")) {
    if (!from->is_string())
      return fail(invalid("entities.valid_time", "valid_from 应为日期。", "valid_from must be a date.")
                      .with_field("valid_from"));
    options.valid_from = from->as_string();
    body.erase("valid_from");
  }
  return options;
}

// What the caller may do with a record now, where its case stands, and which papers can be printed of it.
Status add_what_may_be_done(Parts& p, sql::Connection& db, const Context& c, const Entity& e, std::int64_t id,
                            Json& record) {
  CIVITAS_TRY(const bool update, p.store.may(db, c, e, id, Act::write));
  CIVITAS_TRY(const bool remove, p.store.may(db, c, e, id, Act::remove));
  record.set("can", Json(Json::Object{{"update", Json(update)}, {"delete", Json(remove)}}));
  if (e.process) {
    CIVITAS_TRY(const auto actions, p.engine.actions(db, c, e, id));
    Json list = Json::array();
    for (const auto& a : actions) {
      Json form = Json::array(), required = Json::array();
      for (const auto& f : a.form) {
        form.push(Json(f.name));
        if (f.required) required.push(Json(f.name));
      }
      if (a.comment) form.push(Json("comment"));
      if (a.comment_required) required.push(Json("comment"));
      Json action(Json::Object{{"name", Json(a.name)},
                               {"title", Json(a.title)},
                               {"form", form},
                               {"required", required},
                               {"danger", Json(a.danger)},
                               {"side", Json(a.side)}});
      if (!a.blocked.empty()) action.set("blocked", Json(a.blocked));
      list.push(std::move(action));
    }
    record.set("actions", std::move(list));
    CIVITAS_TRY(Json state, p.engine.case_for(db, c, e, id));
    record.set("case", std::move(state));
    CIVITAS_TRY(Json flags, p.engine.flags_of(db, c, e, id));
    if (flags.size() > 0) record.set("flags", std::move(flags));
  }
  Json documents = Json::array();
  for (const auto& d : e.documents) {
    CIVITAS_TRY(const bool there, p.store.holds(db, c, e, id, d.when));
    if (there) documents.push(Json(d.name));
  }
  record.set("documents", std::move(documents));
  return {};
}

}  // namespace

Result<Json> whole_record(Parts& p, sql::Connection& db, const Context& c, const Entity& e, std::int64_t id) {
  CIVITAS_TRY(Json record, p.store.get(db, c, e, id));
  CIVITAS_CHECK(add_what_may_be_done(p, db, c, e, id, record));
  return record;
}

// What the writer's turn need not wait for is done before it.
Result<Plan> Service::plan_creation(Request& r, const Context& c) {
  Parts& p = parts_;
  CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
  CIVITAS_CHECK(only_parameters(r, {}));
  CIVITAS_TRY(Json body, body_of(r));
  CIVITAS_TRY(const WriteOptions options, write_options(body));
  AnonymousGuard::Admission admission;
  if (!c.who.signed_in() && p.store.access().ever(*e, Act::create, c.who)) {
    auto admitted = guard_->admit_creation(r, *e, body);
    if (!admitted) return Plan(refusal_response(admitted.error(), r));
    admission = std::move(*admitted);
  }
  const bool has_files = std::any_of(e->fields.begin(), e->fields.end(), [&](const Field& f) {
    return (f.type == FieldType::files || f.type == FieldType::rows) && body.find(f.name);
  });
  if (has_files)
    CIVITAS_CHECK(p.database.read([&](sql::Connection& db) { return name_files(db, *e, body); }));
  CIVITAS_TRY(NewRecord record, p.store.prepare(c, *e, std::move(body), options));
  return Planned([this, &p, &c, e, record = std::move(record),
                  admission = std::move(admission)](sql::Transaction& t) -> Result<Response> {
    CIVITAS_CHECK(guard_->count(t, admission));
    CIVITAS_TRY(const Json made, p.store.create(t, c, *e, record));
    const std::string id = made["id"].as_string();
    // The answer shows what the caller may read; who may write but not read gets the identifier, and
    // what is said to them.
    auto seen = p.store.get_created(t, c, *e, made);
    if (!seen && t.failed()) return fail(std::move(seen.error()));  // of the creating, told late
    Json shown =
        seen ? std::move(*seen) : Json(Json::Object{{"id", made["id"]}, {"version", made["version"]}});
    if (!seen && made.find("number")) shown.set("number", made["number"]);
    if (!c.who.signed_in() && gives_query_code(*e)) {
      CIVITAS_TRY(const std::string code, give_query_code(t, *e, parse_integer(id).value_or(0)));
      shown.set("query_code", Json(code));
    }
    Response out = record_response(201, shown);
    out.set("Location", "/api/v1/" + e->path() + "/" + id);
    return out;
  });
}

// A declared document, drawn as PDF by its system from what the caller may read of the record.
Result<Response> Service::paper_of(const Request& r, const Context& c, sql::Connection& db) {
  Parts& p = parts_;
  CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
  CIVITAS_TRY(const std::int64_t id, id_of(r));
  CIVITAS_TRY(const Json record, p.store.get(db, c, *e, id));
  std::string name(r.param("name"));
  if (name.ends_with(".pdf")) name.resize(name.size() - 4);
  const Problem none = problem(Kind::not_found, "api.document.none", "现在还不能打印这份文件。",
                               "This document does not exist yet.");
  for (const auto& d : e->documents) {
    if (d.name != name) continue;
    // Papers carry what the public list does not show: they are for who handles the case and for who applied.
    if (e->process && !c.who.has_role(e->system, "staff")) {
      if (!c.who.signed_in()) return fail(sign_in_first());
      CIVITAS_TRY(const bool own, p.store.holds(db, c, *e, id, "created_by = me()"));
      if (!own) return fail(none);
    }
    CIVITAS_TRY(const bool there, p.store.holds(db, c, *e, id, d.when));
    const auto renderer = renderers_.find(e->path() + "/" + name);
    if (!there || renderer == renderers_.end()) return fail(none);
    CIVITAS_TRY(std::string pdf, renderer->second(db, c, record));
    Response out;
    out.body = std::move(pdf);
    out.set("Content-Type", "application/pdf");
    out.set("Content-Disposition",
            "inline; filename=\"" + name + ".pdf\"; filename*=UTF-8''" +
                http::percent_encode(d.title.zh + "-" + record[e->title_field].as_string() + ".pdf"));
    return out;
  }
  return fail(none);
}

// No paper leaves without its line in the audit trail.
Result<Response> Service::print(const Request& r) {
  Parts& p = parts_;
  const Context c = context(r);
  Result<Response> paper = fail(internal_problem("no paper"));
  CIVITAS_CHECK(p.database.read([&](sql::Connection& db) -> Status {
    paper = paper_of(r, c, db);
    return {};
  }));
  if (!paper) return paper;
  CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
  CIVITAS_TRY(const std::int64_t id, id_of(r));
  const Json detail(Json::Object{{"document", Json(std::string(r.param("name")))}});
  CIVITAS_CHECK(p.database.write_now([&](sql::Transaction& t) { return p.store.write_audit(t, c, *e, id, "print", detail); }));
  return paper;
}

void Service::add_record_routes(http::Router& router) {
  add_record_writing_routes(router);
  using http::RouteOptions;
  const auto by_rules = [] { return RouteOptions("by the access rules of the record type"); };
  Parts& p = parts_;

  read(router, "/api/v1/{system}/{entity}", by_rules(),
       [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
         CIVITAS_TRY(const ListQuery q, list_query(r));
         std::string out;
         CIVITAS_CHECK(p.store.list(db, c, *e, q, out));
         return http::json_response(200, std::move(out));
       });

  read(router, "/api/v1/{system}/{entity}/{id}", by_rules(),
       [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
         CIVITAS_TRY(const std::int64_t id, id_of(r));
         CIVITAS_TRY(const ListQuery q, list_query(r));
         CIVITAS_TRY(Json record, p.store.get(db, c, *e, id, {q.as_of, q.recorded_as_of}));
         if (q.as_of || q.recorded_as_of) return record_response(200, record);
         CIVITAS_CHECK(add_what_may_be_done(p, db, c, *e, id, record));
         return record_response(200, record);
       });

  read(router, "/api/v1/{system}/{entity}/{id}/history", by_rules(),
       [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
         CIVITAS_TRY(const std::int64_t id, id_of(r));
         std::string out;
         CIVITAS_CHECK(p.store.history(db, c, *e, id, out));
         return http::json_response(200, std::move(out));
       });

  router.add_simple(http::Method::get, "/api/v1/{system}/{entity}/{id}/documents/{name}", by_rules(), [this](Request& r) {
    auto paper = print(r);
    return paper ? std::move(*paper) : http::problem_response(paper.error(), r);
  });

  read(router, "/api/v1/{system}/{entity}/statistics/{name}", by_rules(),
       [&p](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
         CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
         for (const auto& s : e->statistics)
           if (s.name == r.param("name")) {
             if (r.query("as_of"))
               return fail(invalid("api.parameter", "统计只反映当前的数据，不能带 as_of。",
                                   "Statistics are of the present only; leave as_of out.")
                               .with_field("as_of"));
             CIVITAS_CHECK(only_parameters(r, {"filter", "filter-lang", "view"}));
             CIVITAS_TRY(const std::string filter, filter_of(r));
             std::string out;
             CIVITAS_CHECK(p.store.statistics(db, c, *e, s, filter, std::string(r.query("view").value_or("")), out));
             return http::json_response(200, std::move(out));
           }
         return fail(
             problem(Kind::not_found, "entities.statistics.unknown", "没有这项统计。", "There is no such statistic."));
       });
}

void Service::add_record_writing_routes(http::Router& router) {
  using http::Method;
  using http::RouteOptions;
  const auto by_rules = [] { return RouteOptions("by the access rules of the record type"); };
  Parts& p = parts_;

  plan_and_write(router, Method::post, "/api/v1/{system}/{entity}", by_rules(),
                 [this](Request& r, const Context& c) { return plan_creation(r, c); });

  write(router, Method::patch, "/api/v1/{system}/{entity}/{id}", by_rules(),
        [&p](Request& r, const Context& c, sql::Transaction& t) -> Result<Response> {
          CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
          CIVITAS_TRY(const std::int64_t id, id_of(r));
          CIVITAS_CHECK(only_parameters(r, {}));
          CIVITAS_TRY(Json body, body_of(r));
          CIVITAS_TRY(WriteOptions options, write_options(body));
          CIVITAS_TRY(options.version, wanted_version(r, t, p.store.storage(*e), id));
          CIVITAS_CHECK(name_files(t, *e, body));
          CIVITAS_CHECK(p.store.update(t, c, *e, id, std::move(body), options));
          CIVITAS_TRY(const Json record, p.store.get(t, c, *e, id));
          return record_response(200, record);
        });

  write(router, Method::del, "/api/v1/{system}/{entity}/{id}", by_rules(),
        [&p](Request& r, const Context& c, sql::Transaction& t) -> Result<Response> {
          CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
          CIVITAS_TRY(const std::int64_t id, id_of(r));
          CIVITAS_CHECK(only_parameters(r, {"valid_to"}));
          WriteOptions options;
          CIVITAS_TRY(options.version, wanted_version(r, t, p.store.storage(*e), id));
          if (const auto until = r.query("valid_to")) options.valid_from = std::string(*until);
          CIVITAS_CHECK(p.store.remove(t, c, *e, id, options));
          Response out;
          out.status = 204;
          return out;
        });
}

}  // namespace civitas::api
