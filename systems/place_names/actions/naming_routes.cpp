#include "place_names/actions/naming_routes.hpp"

#include <algorithm>

#include "api/query_codes.hpp"
#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "geo/measure.hpp"
#include "geo/predicates.hpp"
#include "place_names/actions/naming_answers.hpp"
#include "place_names/actions/place_in_division.hpp"
#include "place_names/records.hpp"
#include "registers/records.hpp"

namespace civitas::place_names {

using api::Reading;
using entities::Context;
using http::Request;
using http::Response;
using http::RouteOptions;
using records::MatchBatch;
using records::MatchItem;
using records::NameApplication;
using records::NameCertificate;
using records::PlaceName;
using records::ProblemReport;
using records::Sign;
using registers::records::Division;

namespace {

std::unexpected<Problem> wrong(std::string field, std::string zh, std::string en) {
  return fail(invalid("place_names.parameter", std::move(zh), std::move(en)).with_field(std::move(field)));
}

Result<std::size_t> limit_of(std::optional<std::string_view> text, std::size_t fallback) {
  if (!text) return fallback;
  const auto n = parse_integer(*text);
  if (!n || *n < 1 || *n > 50) return wrong("limit", "limit 应在 1 到 50 之间。", "limit must be between 1 and 50.");
  return static_cast<std::size_t>(*n);
}

// The code list that a field of a place name is chosen from.
const entities::TermList& codes_of(const RouteParts& p, plug::FieldName<PlaceName> field) {
  const auto& catalog = p.service.parts().store.catalog();
  const auto& e = plug::declaration_of<PlaceName>(catalog);
  return *catalog.terms_of(e, *e.field(field));
}

// A code of GB/T 18521: five digits or, for a class above, fewer. The list of a city does not hold them all.
bool is_class(std::string_view code) {
  return code.size() <= 5 && (code[0] == '1' || code[0] == '2') &&
         std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; });
}

// What kind of thing is to be named: a category, a class above categories, or, in either parameter, a legal kind;
// the check knows finer ones (township, subdistrict) than the list of the law.
Status read_kind(const RouteParts& p, const Request& r, CheckContext& context) {
  const auto &categories = codes_of(p, PlaceName::Field::category), &kinds = codes_of(p, PlaceName::Field::legal_kind);
  std::string category(trim(r.query("category").value_or(""))), kind(trim(r.query("legal_kind").value_or("")));
  if (kind.empty() && kinds.find(category)) kind.swap(category);
  const auto unknown = [](const char* field, const entities::TermList& list, std::string_view code) {
    const std::string shown(utf8_prefix(code, 60));
    return wrong(field, "“" + list.title.zh + "”中没有代码 " + shown + "。",
                 "There is no code " + shown + " in “" + list.title.en + "”.");
  };
  if (!category.empty() && !is_class(category)) return unknown("category", categories, category);
  if (!kind.empty() && !kinds.find(kind) && !parse_legal_kind(kind)) return unknown("legal_kind", kinds, kind);
  context.category = std::move(category);
  if (!kind.empty()) context.legal_kind = engine_kind(kind, context.category);
  return {};
}

Status check_text(const std::string& text, const char* field) {
  if (text.empty())
    return wrong(field, "请在参数 " + std::string(field) + " 中给出文字。",
                 "Give the text in the parameter " + std::string(field) + ".");
  if (text.size() > 600 || !is_valid_utf8(text))
    return wrong(field, "文字过长或编码有误（最多 200 字）。",
                 "The text is too long or badly encoded (at most 200 characters).");
  return {};
}

// The nearest records of a type around a point, from boxes that grow until enough is found.
template <class Record>
Result<Json> nearest(sql::Connection& db, const Context& c, entities::Store& store, geo::Point at, std::size_t wanted) {
  struct Hit {
    double distance;
    Json record;
  };
  std::vector<Hit> hits;
  const auto& e = plug::declaration_of<Record>(store.catalog());
  CIVITAS_TRY(const auto point, geo::Geometry::point(at));
  for (double radius = 0.002; radius < 0.3; radius *= 4) {
    hits.clear();
    entities::ListQuery q;
    q.box = {at.x - radius, at.y - radius, at.x + radius, at.y + radius};
    q.limit = 500;
    CIVITAS_TRY(const auto next, store.each(db, c, e, q, [&](const Json& record) -> Status {
      const auto shape = geo::Geometry::from_geojson(Record(record).place());
      if (!shape) return {};
      const auto metres = geo::distance(*shape, point);
      if (metres) hits.push_back({*metres, record});
      return {};
    }));
    (void)next;
    if (hits.size() >= wanted) break;
  }
  std::sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) { return a.distance < b.distance; });
  Json out = Json::array();
  for (std::size_t i = 0; i < std::min(wanted, hits.size()); ++i) {
    const Record r(hits[i].record);
    Json one = Json::object();
    one.set("id", r[Record::Field::id])
        .set("name", r[Record::Field::name])
        .set("code", r[Record::Field::code])
        .set("distance_m", Json(static_cast<std::int64_t>(hits[i].distance + 0.5)))
        .set("place", r.place());
    out.push(std::move(one));
  }
  return out;
}

Result<Response> locate(RouteParts& p, Request& r, const Context& c, sql::Connection& db) {
  const auto lon = parse_number(r.query("lon").value_or("")), lat = parse_number(r.query("lat").value_or(""));
  CIVITAS_CHECK(api::only_parameters(r, {"lon", "lat"}));
  if (!lon || !lat)
    return wrong(lon ? "lat" : "lon", "请用 lon 和 lat 给出经度和纬度，如 lon=114.3&lat=30.6。",
                 "Give longitude and latitude as numbers: lon=114.3&lat=30.6.");
  CIVITAS_TRY(const auto point, geo::Geometry::point({*lon, *lat}));
  auto& store = p.service.parts().store;
  const auto& divisions = plug::declaration_of<Division>(store.catalog());
  Json containing = Json::array();
  entities::ListQuery q;
  q.box = {*lon, *lat, *lon, *lat};
  q.limit = 50;
  CIVITAS_TRY(const auto next, store.each(db, c, divisions, q, [&](const Json& record) -> Status {
    const Division division(record);
    const auto shape = geo::Geometry::from_geojson(division.boundary());
    if (!shape || !geo::intersects(*shape, point)) return {};
    Json one = Json::object();
    one.set("id", division[Division::Field::id])
        .set("name", division[Division::Field::name])
        .set("code", division[Division::Field::code])
        .set("level", division[Division::Field::level]);
    containing.push(std::move(one));
    return {};
  }));
  (void)next;
  CIVITAS_TRY(Json names, nearest<PlaceName>(db, c, store, {*lon, *lat}, 10));
  CIVITAS_TRY(Json signs, nearest<Sign>(db, c, store, {*lon, *lat}, 10));
  Json out = Json::object();
  out.set("divisions", std::move(containing)).set("names", std::move(names)).set("signs", std::move(signs));
  return http::json_response(200, out.dump());
}

// What only this system knows of a paper: whether the name on it is still the standard one. The members beside `facts`
// are those that other programs read before every system's papers could be verified.
Status add_name_facts(sql::Connection& db, const plug::Reference& of, Json& answer, const char* kind, const Json& name,
                      const Json& number, const Json& issued_on, const Json& issuer) {
  answer.set("kind", Json(kind))
      .set("name", name)
      .set("number", number)
      .set("issued_on", issued_on)
      .set("issuer", issuer);
  const auto id = of.id();
  if (!id) return {};
  std::string current, usage;
  CIVITAS_CHECK(
      db.query("SELECT code,usage,name FROM place_names_place_name WHERE id=?", {*id}, [&](const sql::Row& row) {
        usage = row.text(1);
        current = row.text(2);
        answer.set("code", Json(row.text(0))).set("status", Json(usage)).set("current_name", Json(current));
        return sql::Continue::no;
      }));
  const auto add = [&](Text title, Json value) {
    Json facts = answer["facts"];
    facts.push(Json(Json::Object{{"title", Json(title)}, {"value", std::move(value)}}));
    answer.set("facts", std::move(facts));
  };
  if (answer["code"].is_string()) add({"地名代码", "Code"}, answer["code"]);
  if (records::terms::usage::Code(usage) == records::terms::usage::current)
    add({"名称现状", "The name today"}, Json(Text{"现行标准地名：" + current, "Current standard name: " + current}));
  else if (!usage.empty())
    add({"名称现状", "The name today"}, Json(Text{"已不是现行标准地名", "No current standard name any more"}));
  return {};
}

// Whoever reported a wrong name without an account looks at the answer with the code they were given.
// In the form of before the portal told any case by its code: its address still answers.
Result<Response> report_state(RouteParts& p, Request& r, sql::Connection& db) {
  auto& store = p.service.parts().store;
  const auto found = api::find_by_query_code(db, store, r.param("code"));
  if (!found || found->entity->path() != ProblemReport::Type::path)
    return fail(problem(Kind::not_found, "place_names.report.unknown", "没有这个查询码，请核对后再试。",
                        "There is no such query code; check it."));
  CIVITAS_TRY(const Json record,
              store.get_unrestricted(db, *found->entity, found->id, "the holder of its query code asks"));
  using Field = ProblemReport::Field;
  Json out = Json::object();
  for (const auto field : {Field::number, Field::name, Field::state, Field::answer, Field::created_at})
    out.set(field, ProblemReport(record)[field]);
  return http::json_response(200, out.dump());
}

// A drawn place against the chosen division, before the application is sent.
Result<Response> check_place(RouteParts& p, Request& r, sql::Connection& db) {
  CIVITAS_TRY(const Json body, api::body_of(r));
  const auto division = entities::reference_id(body["division"]);
  std::optional<std::int64_t> known;
  if (division) {
    CIVITAS_TRY(known,
                db.query_integer("SELECT id FROM " + std::string(Division::Type::table) + " WHERE id=?", {*division}));
  }
  if (!known)
    return wrong("division", "请在 division 中给出所在政区的编号。",
                 "Give the identifier of the division in division.");
  auto shape = geo::Geometry::from_geojson(body["place"]);
  if (!shape) return fail(std::move(shape.error()).with_field("place"));
  CIVITAS_TRY(const auto finding, compare_place(db, p.service.parts().store, *division, *shape));
  Json findings = Json::array();
  if (finding) findings.push(to_json(*finding));
  Json out = Json::object();
  out.set("verdict", Json(!finding                               ? "pass"
                          : finding->severity == Severity::block ? "block"
                                                                 : "warn"))
      .set("findings", std::move(findings));
  return http::json_response(200, out.dump());
}

Result<Response> add_items(RouteParts& p, Request& r, const Context& c, sql::Transaction& t) {
  CIVITAS_TRY(const std::int64_t batch, api::id_of(r));
  CIVITAS_TRY(const Json body, api::body_of(r));
  const Json& texts = body["texts"];
  if (!texts.is_array() || texts.size() == 0 || texts.size() > 1000)
    return wrong("texts", "texts 应为 1 到 1000 条文字。", "texts must hold 1 to 1,000 texts.");
  auto& store = p.service.parts().store;
  const auto& items = plug::declaration_of<MatchItem>(store.catalog());
  CIVITAS_CHECK(store.get(t, c, plug::declaration_of<MatchBatch>(store.catalog()), batch));
  CIVITAS_TRY(const auto last, t.query_integer("SELECT max(row) FROM place_names_match_item WHERE batch=?", {batch}));
  std::int64_t row = last.value_or(0);
  for (const auto& text : texts.as_array()) {
    // As the caller wrote them: the store says what is wrong with a text that is none.
    Json record = MatchItem::Changes().batch(batch).row(++row);
    record.set(MatchItem::Field::text, text.is_object() ? text["text"] : text);
    if (text.is_object() && !text["key"].is_null()) record.set(MatchItem::Field::key, text["key"]);
    CIVITAS_CHECK(store.create(t, c, items, std::move(record)));
  }
  return http::json_response(201, "{\"added\":" + std::to_string(texts.size()) + "}");
}

}  // namespace

Result<Json> match_one(const NamingService& naming, const Request& r) {
  CIVITAS_CHECK(api::only_parameters(r, {"text", "limit"}));
  const std::string text(trim(r.query("text").value_or("")));
  CIVITAS_CHECK(check_text(text, "text"));
  CIVITAS_TRY(const std::size_t limit, limit_of(r.query("limit"), 5));
  return to_json(naming.match(text, limit));
}

Result<Json> match_many(const NamingService& naming, const Request& r) {
  CIVITAS_CHECK(api::only_parameters(r, {}));
  CIVITAS_TRY(const Json body, api::body_of(r));
  for (const auto& [name, value] : body.as_object())
    if (name != "texts" && name != "limit") {
      const std::string shown(utf8_prefix(name, 60));
      return wrong(shown, "没有字段 " + shown + "，应为 texts 和 limit。",
                   "There is no field " + shown + ", only texts and limit.");
    }
  const Json& texts = body["texts"];
  if (!texts.is_array() || texts.size() == 0 || texts.size() > 1000)
    return wrong("texts", "texts 应为 1 到 1000 条文字。", "texts must hold 1 to 1,000 texts.");
  std::size_t most = 1;
  if (const Json* limit = body.find("limit")) {
    if (!limit->is_integer() || limit->as_integer() < 1 || limit->as_integer() > 50)
      return wrong("limit", "limit 应在 1 到 50 之间。", "limit must be between 1 and 50.");
    most = static_cast<std::size_t>(limit->as_integer());
  }
  Json results = Json::array();
  for (const auto& text : texts.as_array()) {
    if (!text.is_string()) return wrong("texts", "texts 的每一项应为文字。", "Each of texts must be text.");
    results.push(to_json(naming.match(text.as_string(), most)));
  }
  return Json(Json::Object{{"results", std::move(results)}});
}

Result<Json> check_name(sql::Connection& db, RouteParts& p, const Request& r) {
  const NamingService& naming = p.naming;
  CIVITAS_CHECK(api::only_parameters(r, {"name", "division", "category", "legal_kind"}));
  const std::string name(trim(r.query("name").value_or("")));
  CIVITAS_CHECK(check_text(name, "name"));
  CheckContext context;
  CIVITAS_CHECK(read_kind(p, r, context));
  const std::string division(trim(r.query("division").value_or("")));
  context.division = naming.home();
  if (!division.empty()) {
    const std::string codes = "SELECT code FROM " + std::string(Division::Type::table);
    std::optional<std::string> code;
    CIVITAS_TRY(code,
                db.query_text(codes + " WHERE code=? OR id=?", {division, parse_integer(division).value_or(0)}));
    if (!code) {
      CIVITAS_TRY(code, db.query_text(codes + " WHERE name=? ORDER BY code LIMIT 1", {division}));
    }
    if (!code)
      return wrong("division", "没有这个行政区划，请给出 12 位代码或名称。",
                   "There is no such division; give its 12-digit code or name.");
    context.division = *code;
  }
  return to_json(naming.check()->check(name, context));
}

namespace {
void add_verified(const RouteParts& parts) {
  parts.service.add_verified_facts(
      std::string(NameApplication::Type::path), [](sql::Connection& db, const Json& record, Json& answer) {
        const NameApplication a(record);
        using Field = NameApplication::Field;
        answer.set("pinyin", a[Field::pinyin]);
        return add_name_facts(db, a.place_name(), answer, "naming_document", a[Field::name], a[Field::approval_number],
                              a[Field::approved_on], a[Field::approver]);
      });
  parts.service.add_verified_facts(
      std::string(NameCertificate::Type::path),
      [&profile = parts.profile](sql::Connection& db, const Json& record, Json& answer) {
        const NameCertificate a(record);
        using Field = NameCertificate::Field;
        return add_name_facts(db, a.place_name(), answer, "authentication", a[Field::presented_name], a[Field::number],
                              a[Field::issued_on], Json(profile.text(records::Profile::office)));
      });
}

}  // namespace

void add_routes(http::Router& router, RouteParts parts) {
  add_verified(parts);
  auto p = std::make_shared<RouteParts>(parts);
  const auto signed_in = [] { return RouteOptions("public: the same answers as the open interface, for the pages"); };
  p->service.read(router, "/api/v1/place_names/match", signed_in(),
                  [p](Request& r, const Context&, sql::Connection&) -> Result<Response> {
                    CIVITAS_TRY(const Json out, match_one(p->naming, r));
                    return http::json_response(200, out.dump());
                  });
  p->service.read(router, "/api/v1/place_names/check", signed_in(),
                  [p](Request& r, const Context&, sql::Connection& db) -> Result<Response> {
                    CIVITAS_TRY(const Json out, check_name(db, *p, r));
                    return http::json_response(200, out.dump());
                  });
  router.add_simple(http::Method::post, "/api/v1/place_names/check_place",
                    RouteOptions("public: compares with boundaries that are public"), [p](Request& r) {
                      Result<Response> answer = fail(internal_problem("no answer"));
                      const Status read = p->service.parts().database.read([&](sql::Connection& db) -> Status {
                        answer = check_place(*p, r, db);
                        return {};
                      });
                      if (!read) return http::problem_response(read.error(), r);
                      return answer ? std::move(*answer) : http::problem_response(answer.error(), r);
                    });
  p->service.read(router, "/api/v1/place_names/locate", RouteOptions("public: what the map shows anyway"),
                  [p](Request& r, const Context& c, sql::Connection& db) { return locate(*p, r, c, db); });
  p->service.read(router, "/api/v1/place_names/report_state/{code}",
                  RouteOptions("public: with the code given to the informant"),
                  [p](Request& r, const Context&, sql::Connection& db) { return report_state(*p, r, db); });
  p->service.write(router, http::Method::post, "/api/v1/place_names/match_batch/{id}/items",
                   RouteOptions("by the access rules of match_item").body_up_to(4 << 20),
                   [p](Request& r, const Context& c, sql::Transaction& t) { return add_items(*p, r, c, t); });
}

void add_open_services(http::Router& router, gateway::OpenService& open, RouteParts parts) {
  auto p = std::make_shared<RouteParts>(parts);
  const auto parameter = [](std::string name, std::string zh, std::string en, bool required) {
    gateway::Parameter made;
    made.name = std::move(name);
    made.description = {std::move(zh), std::move(en)};
    made.required = required;
    return made;
  };
  gateway::Interface match;
  match.name = "place_names.match";
  match.title = {"地名匹配", "Match a place name"};
  match.description = {
      "把一段地名或地址文字与标准地名匹配，按相似度排序并说明理由。",
      "Finds the standard names that a written name or address means, most similar first, with reasons."};
  match.path = "/open/v1/place_names/match";
  match.parameters = {parameter("text", "待匹配文字", "the text", true),
                      parameter("limit", "最多返回几个（1–50）", "how many at most (1 to 50)", false)};
  open.add(router, match, [p](Request& r, const gateway::Application&) -> Result<Response> {
    CIVITAS_TRY(const Json out, match_one(p->naming, r));
    return http::json_response(200, out.dump());
  });
  match.method = http::Method::post;
  match.title = {"地名批量匹配", "Match many place names"};
  match.parameters.clear();
  match.body = *Json::parse(
      R"({"type":"object","required":["texts"],"properties":{"texts":{"type":"array","maxItems":1000,"items":{"type":"string"}},"limit":{"type":"integer","minimum":1,"maximum":50}}})");
  open.add(router, match, [p](Request& r, const gateway::Application&) -> Result<Response> {
    CIVITAS_TRY(const Json out, match_many(p->naming, r));
    return http::json_response(200, out.dump());
  });
  gateway::Interface check;
  check.name = "place_names.check";
  check.title = {"地名核查（重名、同音、不规范）", "Check a name"};
  check.description = {"按《地名管理条例》第九条核查拟用名称，给出每条发现、依据与冲突的地名。",
                       "Checks a proposed name by article 9 of the Regulation; each finding names its rule, source and "
                       "the conflicting name."};
  check.path = "/open/v1/place_names/check";
  check.parameters = {parameter("name", "拟用名称", "the name", true),
                      parameter("division", "12 位区划代码或名称", "12-digit division code or name", false),
                      parameter("category", "五位类别代码", "five-digit class code", false),
                      parameter("legal_kind", "法定类别", "legal kind", false)};
  open.add(router, check, [p](Request& r, const gateway::Application&) -> Result<Response> {
    Json out;
    CIVITAS_CHECK(p->service.parts().database.read([&](sql::Connection& db) -> Status {
      CIVITAS_TRY(out, check_name(db, *p, r));
      return {};
    }));
    return http::json_response(200, out.dump());
  });
}

}  // namespace civitas::place_names
