#include "api/saved_views.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "entities/views.hpp"

namespace civitas::api {

namespace {

using namespace entities;
using http::Method;
using http::RouteOptions;

constexpr std::size_t most_bytes = 20'000, longest_name = 40;
constexpr std::int64_t most_of_one = 50, most_counted = 1000;

Problem wrong(const char* field, std::string zh, std::string en) {
  return invalid("api.view." + std::string(field), std::move(zh), std::move(en)).with_field(field);
}

Result<const Entity*> listed_entity(const Store& store, const identity::Principal& who, std::string_view system,
                                    std::string_view name) {
  if (!who.signed_in()) return fail(sign_in_first());
  const Entity* e = store.catalog().entity(system, name);
  if (!e)
    return fail(
        problem(Kind::not_found, "entities.entity.unknown", "没有这种记录类型。", "There is no such record type."));
  if (!who.has_role(e->system, "staff"))
    return fail(problem(Kind::forbidden, "api.view.staff", "保存视图供工作人员使用。", "Saved views are for staff."));
  return e;
}

// What was sent, checked as the list that it makes.
Result<Json> view_of(Parts& p, sql::Connection& db, const Context& c, const Entity& e, const Json& body) {
  static const std::vector<std::string> known{"system", "entity",  "name", "view",   "filter",
                                              "sort",   "columns", "text", "values", "shared"};
  for (const auto& [name, value] : body.as_object())
    if (std::find(known.begin(), known.end(), name) == known.end())
      return fail(wrong("unknown", "没有字段 " + name + "。", "There is no field " + name + ".").with_field(name));
  if (body.dump().size() > most_bytes)
    return fail(wrong("values", "视图内容过多。", "There is too much in the view."));
  ListQuery q;
  q.limit = 1;
  Json out = Json::object();
  for (const auto& [name, into] : {std::pair{"view", &q.view}, {"filter", &q.filter}, {"sort", &q.sort},
                                   {"text", &q.search}}) {
    const Json& value = body[name];
    if (value.is_null()) continue;
    if (!value.is_string()) return fail(wrong(name, std::string(name) + " 应为文本。", std::string(name) + " must be text."));
    *into = value.as_string();
    if (!into->empty()) out.set(name, value);
  }
  std::string ignored;
  CIVITAS_CHECK(p.store.list(db, c, e, q, ignored));
  const Json& columns = body["columns"];
  if (!columns.is_null() && !columns.is_array())
    return fail(wrong("columns", "columns 应为字段名的列表。", "columns must be a list of field names."));
  for (const auto& column : columns.as_array()) {
    const std::string name = column.is_string() ? column.as_string() : column.dump();
    const bool common = name == "id" || name == "state" || name == "created_at" || name == "updated_at";
    if (!common && !e.field(name))
      return fail(wrong("columns", "columns 中没有字段 " + name + "。", "columns names " + name + ", which is no field."));
  }
  if (!columns.is_null()) out.set("columns", columns);
  const Json& values = body["values"];
  if (!values.is_null() && !values.is_object())
    return fail(wrong("values", "values 应为 JSON 对象。", "values must be a JSON object."));
  if (!values.is_null()) out.set("values", values);
  return out;
}

Json shown(const sql::Row& row, std::int64_t me) {
  Json out = Json::parse(row.text(5)).value_or(Json::object());
  out.set("id", Json(std::to_string(row.integer(0)))).set("name", Json(std::string(row.text(1))));
  out.set("shared", Json(std::string(row.text(4)))).set("own", Json(row.integer(2) == me));
  out.set("by", Json(std::string(row.text(3))));
  return out;
}

constexpr const char* columns = "SELECT id,name,owner,owner_name,shared,body FROM api_saved_view WHERE ";

Result<Response> list_views(Service& service, Request& r, const Context& c, sql::Connection& db) {
  CIVITAS_CHECK(only_parameters(r, {"system", "entity"}));
  CIVITAS_TRY(const Entity* e, listed_entity(service.parts().store, c.who, r.query("system").value_or(""),
                                             r.query("entity").value_or("")));
  Json items = Json::array();
  CIVITAS_CHECK(db.query(columns + std::string("entity IN (?,?) AND (owner=? OR shared='all' OR (shared='department' AND "
                                               "department=?)) ORDER BY name,id"),
                         {e->path(), e->was.empty() ? e->path() : e->was, c.who.id, c.who.department},
                         [&](const sql::Row& row) {
                           items.push(shown(row, c.who.id));
                           return sql::Continue::yes;
                         }));
  return http::json_response(200, Json(Json::Object{{"items", std::move(items)}}).dump());
}

Result<Response> save_view(Service& service, Request& r, const Context& c, sql::Transaction& t) {
  CIVITAS_CHECK(only_parameters(r, {}));
  CIVITAS_TRY(const Json body, body_of(r));
  Parts& p = service.parts();
  CIVITAS_TRY(const Entity* e,
              listed_entity(p.store, c.who, body["system"].as_string(), body["entity"].as_string()));
  const std::string name(trim(body["name"].as_string()));
  if (name.empty() || utf8_length(name) > longest_name)
    return fail(wrong("name", "请给视图起一个不超过 40 字的名称。", "Give the view a name of at most 40 characters."));
  const std::string shared = body["shared"].is_null() ? "none" : body["shared"].as_string();
  if (shared != "none" && shared != "department" && shared != "all")
    return fail(wrong("shared", "shared 应为 none、department 或 all。", "shared must be none, department or all."));
  if (shared == "department" && c.who.department == 0)
    return fail(wrong("shared", "您不属于任何部门，不能与部门共享。", "You are in no department to share the view with."));
  CIVITAS_TRY(const Json made, view_of(p, t, c, *e, body));
  std::int64_t kept = 0, id = 0;
  CIVITAS_CHECK(t.query("SELECT id,name FROM api_saved_view WHERE entity=? AND owner=?", {e->path(), c.who.id},
                        [&](const sql::Row& row) {
                          ++kept;
                          if (row.text(1) == name) id = row.integer(0);
                          return sql::Continue::yes;
                        }));
  if (!id && kept >= most_of_one)
    return fail(wrong("name", "每种记录最多保存 50 个视图，请先删除不用的。",
                      "At most 50 views of a record type are kept; delete one that you do not need."));
  const int status = id ? 200 : 201;
  if (id)
    CIVITAS_CHECK(t.execute("UPDATE api_saved_view SET owner_name=?,department=?,shared=?,body=?,at=? WHERE id=?",
                            {c.who.name, c.who.department, shared, made.dump(), c.now.micros, id}));
  else
    CIVITAS_CHECK(t.execute("INSERT INTO api_saved_view(id,entity,name,owner,owner_name,department,shared,body,at) "
                            "VALUES(?,?,?,?,?,?,?,?,?)",
                            {id = p.store.new_id(), e->path(), name, c.who.id, c.who.name, c.who.department, shared,
                             made.dump(), c.now.micros}));
  if (shared != "none")
    CIVITAS_CHECK(service.note(t, r, "view.share", c.who.id,
                               Json(Json::Object{{"type", Json(e->path())}, {"name", Json(name)}})));
  Json out;
  CIVITAS_CHECK(t.query(columns + std::string("id=?"), {id}, [&](const sql::Row& row) {
    out = shown(row, c.who.id);
    return sql::Continue::no;
  }));
  return http::json_response(status, out.dump());
}

Result<Response> delete_view(Service& service, Request& r, const Context& c, sql::Transaction& t) {
  CIVITAS_CHECK(only_parameters(r, {}));
  if (!c.who.signed_in()) return fail(sign_in_first());
  const auto id = parse_integer(r.param("id")).value_or(0);
  std::int64_t owner = 0;
  std::string shared, name, entity;
  CIVITAS_CHECK(t.query("SELECT owner,shared,name,entity FROM api_saved_view WHERE id=?", {id},
                        [&](const sql::Row& row) {
                          owner = row.integer(0);
                          shared = row.text(1);
                          name = row.text(2);
                          entity = row.text(3);
                          return sql::Continue::no;
                        }));
  // Those of others are deleted by the administrator, who finds the shared ones alone.
  const bool may = owner == c.who.id || (shared == "all" && c.who.has_role("identity", "system_administrator"));
  if (!owner || !may)
    return fail(problem(Kind::not_found, "api.view.none", "没有这个视图，或不是您保存的。",
                        "There is no such view, or it is not yours."));
  CIVITAS_CHECK(t.execute("DELETE FROM api_saved_view WHERE id=?", {id}));
  if (shared != "none")
    CIVITAS_CHECK(service.note(t, r, "view.unshare", owner,
                               Json(Json::Object{{"type", Json(entity)}, {"name", Json(name)}})));
  Response out;
  out.status = 204;
  return out;
}

Result<Response> badges(Service& service, Request& r, const Context& c, sql::Connection& db) {
  CIVITAS_CHECK(only_parameters(r, {}));
  if (!c.who.signed_in()) return fail(sign_in_first());
  Store& store = service.parts().store;
  Json items = Json::array();
  for (const auto& system : store.catalog().systems())
    for (const auto& e : system.entities) {
      if (e.views.empty() || !store.access().ever(e, Act::read, c.who)) continue;
      for (const auto& view : e.views) {
        if (!view.badge || !may_use(e, view, c.who)) continue;
        CIVITAS_TRY(const std::int64_t count, store.count_view(db, c, e, view, most_counted));
        Json one = Json::object();
        one.set("system", Json(e.system)).set("entity", Json(e.name)).set("view", Json(view.name));
        one.set("count", Json(count)).set("more", Json(count == most_counted));
        items.push(std::move(one));
      }
    }
  return http::json_response(200, Json(Json::Object{{"items", std::move(items)}}).dump());
}

}  // namespace

Status create_saved_view_tables(sql::Transaction& t) {
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS api_saved_view(id BIGINT PRIMARY KEY,entity TEXT NOT NULL,name TEXT NOT NULL,owner "
      "BIGINT NOT NULL,owner_name TEXT NOT NULL,department BIGINT NOT NULL,shared TEXT NOT NULL,body TEXT NOT NULL,at "
      "BIGINT NOT NULL,UNIQUE(entity,owner,name))");
}

void add_view_routes(http::Router& router, Service& service) {
  const auto staff = [] { return RouteOptions("staff: one's own and those shared with them"); };
  service.read(router, "/api/v1/views", staff(), [&service](Request& r, const Context& c, sql::Connection& db) {
    return list_views(service, r, c, db);
  });
  service.write(router, Method::post, "/api/v1/views", staff(),
                [&service](Request& r, const Context& c, sql::Transaction& t) { return save_view(service, r, c, t); });
  service.write(router, Method::del, "/api/v1/views/{id}", RouteOptions("who saved it; the system administrator"),
                [&service](Request& r, const Context& c, sql::Transaction& t) { return delete_view(service, r, c, t); });
  service.read(router, "/api/v1/views/badges", RouteOptions("signed in: the views one has"),
               [&service](Request& r, const Context& c, sql::Connection& db) { return badges(service, r, c, db); });
}

}  // namespace civitas::api
