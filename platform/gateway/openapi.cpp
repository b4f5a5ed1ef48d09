#include "gateway/openapi.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/strings.hpp"

namespace civitas::gateway {

using entities::Entity;
using entities::Field;
using entities::FieldType;

namespace {

Json text_schema() { return Json(Json::Object{{"type", "string"}}); }
Json typed(const char* type, const char* format = nullptr) {
  Json out = Json::object();
  out.set("type", type);
  if (format) out.set("format", format);
  return out;
}
Json array_of(Json items) { return Json(Json::Object{{"type", "array"}, {"items", std::move(items)}}); }
Json reference_to(const std::string& name) { return Json(Json::Object{{"$ref", "#/components/schemas/" + name}}); }

Json geometry_schema(std::vector<const char*> types) {
  Json names = Json::array();
  for (const char* t : types) names.push(Json(t));
  return Json(Json::Object{
      {"type", "object"},
      {"description", "GeoJSON geometry, longitude before latitude, CGCS2000"},
      {"required", Json(Json::Array{Json("type")})},
      {"properties", Json(Json::Object{{"type", Json(Json::Object{{"type", "string"}, {"enum", std::move(names)}})},
                                       {"coordinates", array_of(Json::object())}})}});
}

Json titled_reference() {
  return Json(Json::Object{{"type", "object"},
                           {"required", Json(Json::Array{Json("id")})},
                           {"properties", Json(Json::Object{{"id", text_schema()}, {"title", text_schema()}})}});
}

Json integer_between(int low, int high, int otherwise) {
  return Json(Json::Object{{"type", "integer"}, {"minimum", low}, {"maximum", high}, {"default", otherwise}});
}

std::string both_titles(const Text& t) { return t.en.empty() ? t.zh : t.zh + " / " + t.en; }

std::vector<Parameter> list_parameters(const Entity& e) {
  std::vector<Parameter> out{
      {"filter", {"CQL2 文本条件", "a condition in OGC CQL2 text"}, false, false, {}},
      {"q", {"全文检索：汉字、拼音、首字母", "full text: Chinese, pinyin, initials"}, false, false, {}},
      {"sort", {"排序字段，前加 - 为降序", "field to sort by, with - in front descending"}, false, false, {}},
      {"limit",
       {"每页条数，最多 1000", "records of a page, at most 1000"},
       false,
       false,
       integer_between(1, largest_page, 20)},
      {"after", {"上一页给出的 next", "`next` of the page before"}, false, false, {}},
      {"total", {"true 时同时给出总数", "true: also count all"}, false, false, typed("boolean")},
  };
  if (e.history)
    out.push_back(
        {"as_of", {"某日的情况，如 1949-10-01", "as the world was on a day, such as 1949-10-01"}, false, false, {}});
  if (std::any_of(e.fields.begin(), e.fields.end(), [](const Field& f) { return is_spatial(f.type); }))
    out.push_back({"bbox",
                   {"最小经度,最小纬度,最大经度,最大纬度", "min longitude, min latitude, max longitude, max latitude"},
                   false,
                   false,
                   {}});
  return out;
}

Json common_properties(const Entity& e) {
  Json p = Json::object();
  p.set("id", text_schema())
      .set("version", typed("integer"))
      .set("created_at", typed("string", "date-time"))
      .set("updated_at", typed("string", "date-time"));
  if (e.process) p.set("state", text_schema());
  p.set("valid_from", text_schema()).set("valid_to", text_schema());
  return p;
}

Json page_schema(Json record) {
  return Json(Json::Object{
      {"type", "object"},
      {"required", Json(Json::Array{Json("items"), Json("next")})},
      {"properties",
       Json(Json::Object{{"items", array_of(std::move(record))},
                         {"next", Json(Json::Object{{"type", Json(Json::Array{Json("string"), Json("null")})}})},
                         {"total", typed("integer")}})}});
}

Json document_head(std::string title, std::string description, const std::string& version) {
  Json info = Json::object();
  info.set("title", std::move(title)).set("description", std::move(description)).set("version", version);
  info.set("license", Json(Json::Object{{"name", "see the operator of this installation"},
                                        {"identifier", "LicenseRef-operator"}}));
  Json out = Json::object();
  out.set("openapi", "3.1.0")
      .set("info", std::move(info))
      .set("servers", Json(Json::Array{Json(Json::Object{{"url", "/"}})}));
  return out;
}

Json error_reference(const char* what) {
  return Json(Json::Object{{"$ref", std::string("#/components/responses/") + what}});
}

Json error_response(const char* description) {
  return answer_json(description, "application/problem+json", reference_to("problem"));
}

void add_operation(std::map<std::string, Json>& paths, const std::string& path, http::Method method, Json operation) {
  Json& item = paths[path];
  if (item.is_null()) item = Json::object();
  item.set(to_lower_ascii(http::method_name(method)), std::move(operation));
}

Json paths_json(std::map<std::string, Json> paths) {
  Json out = Json::object();
  for (auto& [path, item] : paths) out.set(path, std::move(item));
  return out;
}

std::string operation_id(http::Method method, std::string_view path) {
  std::string out = to_lower_ascii(http::method_name(method));
  bool gap = true;
  for (char c : path) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (letter && gap) out += '_';
    gap = !letter;
    if (letter) out += c;
  }
  return out;
}

Json path_parameters(std::string_view path) {
  Json out = Json::array();
  for (std::size_t at = path.find('{'); at != path.npos; at = path.find('{', at + 1)) {
    std::string name(path.substr(at + 1, path.find('}', at) - at - 1));
    if (name.ends_with("...")) name.resize(name.size() - 3);
    out.push(parameter_json({name, {}, true, true, {}}));
  }
  return out;
}

}  // namespace

Json problem_schema() {
  return Json(Json::Object{{"type", "object"},
                           {"description", "RFC 9457"},
                           {"properties", Json(Json::Object{{"type", text_schema()},
                                                            {"title", text_schema()},
                                                            {"status", typed("integer")},
                                                            {"detail", text_schema()},
                                                            {"reason", text_schema()},
                                                            {"field", text_schema()},
                                                            {"request_id", text_schema()}})}});
}

Json parameter_json(const Parameter& p) {
  Json out = Json::object();
  out.set("name", p.name).set("in", p.in_path ? "path" : "query");
  if (p.required || p.in_path) out.set("required", true);
  if (!p.description.empty()) out.set("description", both_titles(p.description));
  out.set("schema", p.schema.is_null() ? text_schema() : p.schema);
  return out;
}

Json answer_json(std::string description, std::string_view media_type, Json schema) {
  Json out = Json::object();
  out.set("description", std::move(description));
  if (!media_type.empty()) {
    Json content = Json::object();
    content.set(media_type, Json(Json::Object{{"schema", schema.is_null() ? typed("object") : std::move(schema)}}));
    out.set("content", std::move(content));
  }
  return out;
}

Json field_schema(const entities::Catalog* catalog, const Entity& e, const Field& f, Direction direction) {
  Json out;
  switch (f.type) {
    case FieldType::duration:
    case FieldType::integer: out = typed("integer", "int64"); break;
    case FieldType::labels: out = array_of(text_schema()); break;
    case FieldType::time: out = typed("string", "time"); break;
    case FieldType::schedule: out = typed("object"); break;
    case FieldType::decimal: out = typed("number"); break;
    case FieldType::boolean: out = typed("boolean"); break;
    case FieldType::date: out = typed("string", "date"); break;
    case FieldType::instant: out = typed("string", "date-time"); break;
    case FieldType::ref: out = direction == Direction::read ? titled_reference() : text_schema(); break;
    case FieldType::refs: out = array_of(direction == Direction::read ? titled_reference() : text_schema()); break;
    case FieldType::files:
      out = array_of(Json(Json::Object{{"type", "object"},
                                       {"properties", Json(Json::Object{{"id", text_schema()},
                                                                        {"name", text_schema()},
                                                                        {"size", typed("integer")},
                                                                        {"type", text_schema()}})}}));
      break;
    case FieldType::rows: {
      Json inner = Json::object();
      for (const auto& cell : f.fields) inner.set(cell.name, field_schema(catalog, e, cell, direction));
      out = array_of(Json(Json::Object{{"type", "object"}, {"properties", std::move(inner)}}));
      break;
    }
    case FieldType::point: out = geometry_schema({"Point"}); break;
    case FieldType::line: out = geometry_schema({"LineString", "MultiLineString"}); break;
    case FieldType::polygon: out = geometry_schema({"Polygon", "MultiPolygon"}); break;
    case FieldType::geometry:
      out = geometry_schema(
          {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"});
      break;
    case FieldType::json: out = Json::object(); break;
    default: out = text_schema();
  }
  if (f.type == FieldType::term && catalog)
    if (const auto* list = catalog->terms_of(e, f); list && list->codes.size() <= 60) {
      Json codes = Json::array();
      for (const auto& code : list->codes) codes.push(Json(code.code));
      out.set("enum", std::move(codes));
    }
  if ((f.type == FieldType::text || f.type == FieldType::long_text) && f.max)
    out.set("maxLength", static_cast<std::int64_t>(*f.max));
  if ((f.type == FieldType::text || f.type == FieldType::long_text) && f.min)
    out.set("minLength", static_cast<std::int64_t>(*f.min));
  if (f.type == FieldType::integer || f.type == FieldType::decimal) {
    if (f.min) out.set("minimum", *f.min);
    if (f.max) out.set("maximum", *f.max);
  }
  if (!f.pattern.empty()) out.set("pattern", "^(" + f.pattern + ")$");
  out.set("title", both_titles(f.title));
  if (!f.help.empty()) out.set("description", both_titles(f.help));
  return out;
}

bool is_public(const Entity& e, const Field& f) {
  if (entities::is_masked(f) || f.sealed) return false;
  return std::any_of(e.access.begin(), e.access.end(), [&](const entities::AccessRule& rule) {
    return rule.role == "public" && !rule.read.empty() && rule.shows(f);
  });
}

Json public_record_schema(const Entity& e) {
  Json p = common_properties(e);
  for (const auto& f : e.fields)
    if (is_public(e, f)) p.set(f.name, field_schema(nullptr, e, f, Direction::read));
  return Json(Json::Object{{"type", "object"}, {"title", both_titles(e.title)}, {"properties", std::move(p)}});
}

Interface list_interface(const Entity& e, const std::string& service, const std::string& path) {
  Interface i;
  i.name = service;
  i.title = {e.title.zh + "属性查询", e.title.en + ": list"};
  i.description = {"按条件分页查询公开的“" + e.title.zh + "”。",
                   "The public records of “" + e.title.en + "” by condition, page by page."};
  i.path = path;
  i.parameters = list_parameters(e);
  i.response = page_schema(public_record_schema(e));
  return i;
}

Interface record_interface(const Entity& e, const std::string& service, const std::string& path) {
  Interface i;
  i.name = service;
  i.title = {e.title.zh + "详情", e.title.en + ": one record"};
  i.description = {"按标识读取一条公开的“" + e.title.zh + "”。",
                   "One public record of “" + e.title.en + "” by its identifier."};
  i.path = path;
  i.parameters = {{"id", {"记录标识", "identifier of the record"}, true, true, {}}};
  if (e.history) i.parameters.push_back({"as_of", {"某日的情况", "as the world was on a day"}, false, false, {}});
  i.response = public_record_schema(e);
  return i;
}

Json open_document(const std::vector<Interface>& interfaces, const std::string& version) {
  Json out = document_head(
      "Civitas open interfaces 政通开放接口",
      "Every call carries the application key in the header X-Civitas-Key. Lists give at most 1000 records at a time.",
      version);
  std::map<std::string, Json> paths;
  std::set<std::string> services;
  for (const auto& i : interfaces) {
    services.insert(i.name);
    Json operation = Json::object();
    operation.set("operationId", operation_id(i.method, i.path)).set("summary", both_titles(i.title));
    if (!i.description.empty()) operation.set("description", both_titles(i.description));
    operation.set("tags", Json(Json::Array{Json(i.name)}));
    Json parameters = Json::array();
    for (const auto& p : i.parameters) parameters.push(parameter_json(p));
    operation.set("parameters", std::move(parameters));
    if (!i.body.is_null())
      operation.set(
          "requestBody",
          Json(Json::Object{
              {"required", true},
              {"content", Json(Json::Object{{"application/json", Json(Json::Object{{"schema", i.body}})}})}}));
    Json responses = Json::object();
    responses.set("200", answer_json("OK", i.media_type, i.response));
    responses.set("400", error_reference("bad_request"))
        .set("401", error_reference("unauthorized"))
        .set("403", error_reference("forbidden"))
        .set("429", error_reference("too_many"));
    operation.set("responses", std::move(responses));
    add_operation(paths, i.path, i.method, std::move(operation));
  }
  Json tags = Json::array();
  for (const auto& s : services) tags.push(Json(Json::Object{{"name", Json(s)}}));
  out.set("tags", std::move(tags)).set("security", Json(Json::Array{Json(Json::Object{{"key", Json::array()}})}));
  out.set("paths", paths_json(std::move(paths)));
  Json components = Json::object();
  components.set("schemas", Json(Json::Object{{"problem", problem_schema()}}));
  Json responses = Json::object();
  responses.set("bad_request", error_response("a parameter is wrong"))
      .set("unauthorized", error_response("no key, or a key that is not valid"));
  responses.set("forbidden", error_response("the key was not granted this interface"));
  Json too_many = error_response("a quota is used up; Retry-After says when to come back");
  too_many.set("headers", Json(Json::Object{{"Retry-After", Json(Json::Object{{"schema", typed("integer")}})}}));
  responses.set("too_many", std::move(too_many));
  components.set("responses", std::move(responses));
  components.set(
      "securitySchemes",
      Json(Json::Object{
          {"key", Json(Json::Object{{"type", "apiKey"}, {"in", "header"}, {"name", std::string(key_header)}})}}));
  out.set("components", std::move(components));
  return out;
}

Json rest_document(const entities::Catalog& catalog, const std::vector<const http::Route*>& routes,
                   const std::string& version) {
  Json out = document_head("Civitas REST interface 政通业务接口",
                           "The interface of the console, the portal and scripts: a session cookie says who asks, the "
                           "declared access rules what they may do. Lists give at most 1000 records at a time.",
                           version);
  std::map<std::string, Json> paths;
  Json schemas = Json::object(), tags = Json::array();
  schemas.set("problem", problem_schema());
  const auto operation_for = [](http::Method method, const std::string& path, std::string summary,
                                const std::string& tag, Json parameters, Json ok, int status) {
    Json operation = Json::object();
    operation.set("operationId", operation_id(method, path))
        .set("summary", std::move(summary))
        .set("tags", Json(Json::Array{Json(tag)}));
    if (parameters.size()) operation.set("parameters", std::move(parameters));
    Json responses = Json::object();
    responses.set(std::to_string(status), std::move(ok)).set("default", error_reference("problem"));
    operation.set("responses", std::move(responses));
    return operation;
  };
  const auto body_of = [](Json schema) {
    return Json(Json::Object{
        {"required", true},
        {"content", Json(Json::Object{{"application/json", Json(Json::Object{{"schema", std::move(schema)}})}})}});
  };

  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities) {
      const std::string name = e.table, path = "/api/v1/" + e.path(), title = both_titles(e.title);
      tags.push(Json(Json::Object{{"name", name}, {"description", title}}));
      Json read = common_properties(e), write = Json::object();
      for (const auto& f : e.fields) {
        if (f.hidden) continue;
        if (f.type != FieldType::secret) read.set(f.name, field_schema(&catalog, e, f, Direction::read));
        const bool typed_in = !f.read_only && f.type != FieldType::code && f.type != FieldType::computed;
        if (!typed_in) continue;
        write.set(f.name, field_schema(&catalog, e, f, Direction::write));
      }
      write.set("valid_from", Json(Json::Object{{"type", "string"}, {"description", "since when the fact holds"}}));
      schemas.set(name, Json(Json::Object{{"type", "object"}, {"title", title}, {"properties", std::move(read)}}));
      schemas.set(name + "_input",
                  Json(Json::Object{{"type", "object"}, {"title", title}, {"properties", std::move(write)}}));
      Json list = Json::array();
      for (const auto& p : list_parameters(e)) list.push(parameter_json(p));
      if (e.history)
        list.push(parameter_json({"recorded_as_of",
                                  {"某时刻所记载的情况", "as it was recorded at a time"},
                                  false,
                                  false,
                                  typed("string", "date-time")}));
      const Json id = path_parameters("{id}");
      using http::Method;
      add_operation(paths, path, Method::get,
                    operation_for(Method::get, path, title + ": list", name, list,
                                  answer_json("a page", "application/json", page_schema(reference_to(name))), 200));
      Json create = operation_for(Method::post, path, title + ": create", name, {},
                                  answer_json("created", "application/json", reference_to(name)), 201);
      create.set("requestBody", body_of(reference_to(name + "_input")));
      add_operation(paths, path, Method::post, std::move(create));
      const std::string one = path + "/{id}";
      add_operation(paths, one, Method::get,
                    operation_for(Method::get, one, title + ": read", name, id,
                                  answer_json("the record", "application/json", reference_to(name)), 200));
      Json patch = operation_for(Method::patch, one, title + ": change some fields", name, id,
                                 answer_json("the record", "application/json", reference_to(name)), 200);
      patch.set("requestBody", body_of(reference_to(name + "_input")));
      add_operation(paths, one, Method::patch, std::move(patch));
      add_operation(paths, one, Method::del,
                    operation_for(Method::del, one, title + ": remove", name, id, answer_json("removed"), 204));
      if (e.history)
        add_operation(paths, one + "/history", Method::get,
                      operation_for(Method::get, one + "/history", title + ": versions", name, id,
                                    answer_json("all versions", "application/json"), 200));
      if (e.process)
        for (const auto& t : e.process->transitions) {
          if (t.roles.empty()) continue;  // only the product takes it
          const std::string to = one + "/transitions/" + t.name;
          Json operation = operation_for(Method::post, to, both_titles(t.title), name, id,
                                         answer_json("the record", "application/json", reference_to(name)), 200);
          operation.set("requestBody", body_of(typed("object")));
          add_operation(paths, to, Method::post, std::move(operation));
        }
      for (const auto& s : e.statistics) {
        const std::string to = path + "/statistics/" + s.name;
        add_operation(
            paths, to, Method::get,
            operation_for(Method::get, to, both_titles(s.title), name,
                          Json(Json::Array{parameter_json(
                              {"filter", {"CQL2 文本条件", "a condition in OGC CQL2 text"}, false, false, {}})}),
                          answer_json("the series", "application/json"), 200));
      }
    }
  tags.push(Json(Json::Object{{"name", "other"}}));
  for (const auto* route : routes) {
    if (!route->pattern.starts_with("/api/v1/") || route->pattern.find("{system}/{entity}") != std::string::npos ||
        route->pattern.starts_with("/api/v1/test/"))
      continue;
    std::string shown = replace_all(route->pattern, "...}", "}");
    if (const auto known = paths.find(shown);
        known != paths.end() && known->second.find(to_lower_ascii(http::method_name(route->method))))
      continue;
    Json operation = operation_for(route->method, shown, route->options.name.empty() ? shown : route->options.name,
                                   "other", path_parameters(shown), answer_json("done"), 200);
    operation.set("description", "Access: " + route->options.access);
    add_operation(paths, shown, route->method, std::move(operation));
  }
  out.set("tags", std::move(tags))
      .set("security", Json(Json::Array{Json(Json::Object{{"session", Json::array()}}), Json::object()}));
  out.set("paths", paths_json(std::move(paths)));
  Json components = Json::object();
  components.set("schemas", std::move(schemas))
      .set("responses", Json(Json::Object{{"problem", error_response("what went wrong, in the reader's language")}}));
  components.set(
      "securitySchemes",
      Json(Json::Object{
          {"session",
           Json(Json::Object{{"type", "apiKey"}, {"in", "cookie"}, {"name", std::string("civitas_session")}})}}));
  out.set("components", std::move(components));
  return out;
}

}  // namespace civitas::gateway
