#include "api/service.hpp"

#include "api/former_paths.hpp"

#include <algorithm>

#include "api/anonymous_guard.hpp"
#include "api/query_codes.hpp"
#include "api/saved_views.hpp"
#include "audit/audit.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "crypto/digest.hpp"
#include "crypto/field_cipher.hpp"
#include "identity/phone_codes.hpp"
#include "query/parse.hpp"

namespace civitas::api {

namespace {

bool is_unsafe(http::Method m) {
  return m == http::Method::post || m == http::Method::put || m == http::Method::patch || m == http::Method::del;
}

// No address takes a parameter twice, and whoever sends one so would not know which of them counted.
std::optional<std::string> given_twice(const Request& r) {
  if (!r.path.starts_with("/api/") && !r.path.starts_with("/open/") && !r.path.starts_with("/ogc")) return std::nullopt;
  std::vector<std::string_view> names;
  for (const auto& [name, value] : r.query_parameters) names.push_back(name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return std::nullopt;
  return std::string(utf8_prefix(*twice, 60));
}

// What somebody who is not signed in may send: enough for a picture, too little to fill the disk.
constexpr std::uint64_t most_anonymous = 6u << 20;

bool announces_more_than(const Request& r, std::uint64_t most) {
  if (r.headers.find("Transfer-Encoding")) return true;  // says nothing about its size
  const auto length = parse_integer(r.headers.get("Content-Length"));
  return length && static_cast<std::uint64_t>(*length) > most;
}

// Internal failures go to the log with their detail; the caller sees only the request id. A request that a limit refuses
// is told to come again in a minute (Retry-After).
Response refuse(const Problem& p, const Request& r) {
  return refusal_response({p, p.kind == Kind::exhausted ? 60 : 0}, r);
}

// A body with another Content-Type than JSON, or compressed, is refused. Read as JSON are also a body without a type and
// the types that curl and fetch() send when the caller names none.
Status says_json(const Request& r) {
  const auto wrong = [](std::string zh, std::string en) {
    return fail(problem(Kind::unsupported, "http.body.type", std::move(zh), std::move(en)));
  };
  const std::string packed = to_lower_ascii(r.headers.get("Content-Encoding"));
  if (!packed.empty() && packed != "identity")
    return wrong("请求内容不能压缩，请去掉请求头 Content-Encoding。",
                 "The body must not be compressed; leave Content-Encoding out.");
  const std::string type = to_lower_ascii(r.headers.get("Content-Type"));
  if (trim(type).empty()) return {};
  const auto parts = split(type, ';');
  const std::string_view name = trim(parts.front());
  const bool untold = name == "text/plain" || name == "application/x-www-form-urlencoded";
  bool good = untold || name == "application/json" || (name.starts_with("application/") && name.ends_with("+json"));
  for (std::size_t i = 1; good && i < parts.size(); ++i)
    if (const auto part = trim(parts[i]); part.starts_with("charset="))
      good = part == "charset=utf-8" || part == "charset=\"utf-8\"";
  if (good) return {};
  return wrong("请求内容应为 UTF-8 编码的 JSON，请求头 Content-Type 应为 application/json。",
               "The body must be JSON in UTF-8, with the Content-Type application/json.");
}

struct Stored {
  std::string request;  // digest of what was asked
  int status;
  std::string body;
};

// An answer may show what is sealed in the database: it is kept as such a field is.
crypto::FieldPlace place_of_answer(std::int64_t who, const std::string& key) {
  return {"api_answer", "body", std::to_string(who) + ":" + key};
}

Result<std::optional<Stored>> known_answer(sql::Transaction& t, const crypto::FieldCipher* cipher, std::int64_t who,
                                           const std::string& key) {
  std::optional<Stored> found;
  CIVITAS_CHECK(t.query(
      "SELECT request,status,body FROM api_answer WHERE who=? AND name=?", {who, key}, [&](const sql::Row& row) {
        found = Stored{std::string(row.text(0)), static_cast<int>(row.integer(1)), std::string(row.text(2))};
        return sql::Continue::no;
      }));
  if (found && cipher && crypto::FieldCipher::is_sealed(found->body)) {
    CIVITAS_TRY(found->body, cipher->open(found->body, place_of_answer(who, key)));
  }
  return found;
}

}  // namespace

Status create_tables(sql::Transaction& t) {
  CIVITAS_CHECK(create_query_code_tables(t));
  CIVITAS_CHECK(AnonymousGuard::create_tables(t));
  CIVITAS_CHECK(create_saved_view_tables(t));
  CIVITAS_CHECK(identity::PhoneCodes::create_tables(t));
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS api_answer(who BIGINT NOT NULL,name TEXT NOT NULL,request TEXT NOT NULL,at BIGINT "
      "NOT "
      "NULL,status BIGINT NOT NULL,body TEXT NOT NULL,PRIMARY KEY(who,name));"
      "CREATE INDEX IF NOT EXISTS api_answer_at ON api_answer(at);"
      "DROP TABLE IF EXISTS api_idempotency");  // of before 2026-11-22, which did not know what had been asked
}

Problem sign_in_first() {
  return problem(Kind::unauthenticated, "entities.access.sign_in", "请先登录。", "Sign in first.");
}

Service::Service(Parts parts)
    : parts_(std::move(parts)),
      guard_(
          std::make_shared<AnonymousGuard>(parts_.database, parts_.clock, parts_.identity, parts_.portal.anonymous)) {}

const identity::Principal& Service::principal(const Request& request) {
  static const identity::Principal anonymous;
  const auto* known = std::any_cast<identity::Principal>(&request.context);
  return known ? *known : anonymous;
}

Status Service::note(sql::Transaction& t, const Request& r, std::string_view action, std::int64_t person,
                     const Json& detail) const {
  const auto& who = principal(r);
  return audit::append(t, parts_.clock.now(),
                       {who.id, who.name, r.remote, std::string(action),
                        person ? "identity/person/" + std::to_string(person) : "", detail.dump(), r.id});
}

entities::Context Service::context(const Request& request) const {
  return {principal(request), parts_.clock.now(), request.id};
}

void Service::add_routes(http::Router& router) {
  redirect_former_paths(router, parts_.store.catalog());
  router.before([this](Request& r) -> std::optional<Response> {
    if (is_unsafe(r.method) && r.from_another_site()) return http::problem_response(http::foreign_origin(), r);
    if (const auto twice = given_twice(r))
      return http::problem_response(invalid("http.query.twice", "参数 " + *twice + " 出现了不止一次，请只保留一个。",
                                            "The parameter " + *twice + " is given more than once; keep one of them.")
                                        .with_field(*twice),
                                    r);
    identity::Identity::Caller caller;
    if (const auto token = r.cookie(session_cookie)) caller = parts_.identity.caller(*token);
    // Whoever came with a one-time password chooses their own before anything else.
    if (caller.owes_password && r.path.starts_with("/api/") && r.path != "/api/v1/session" &&
        r.path != "/api/v1/password")
      return http::problem_response(
          problem(Kind::forbidden, "identity.password.must_change", "请先设置新密码。", "Choose a new password first."),
          r);
    identity::Principal who = std::move(caller.who);
    if (!who.signed_in() && announces_more_than(r, most_anonymous))
      return http::problem_response(
          problem(Kind::too_large, "api.body.anonymous", "未登录时最多上传 6 MB，并须注明大小；请先登录或压缩后再试。",
                  "Without signing in at most 6 MB may be sent, and their size must be told. Sign in first, or make it "
                  "smaller."),
          r);
    who.address = r.remote;
    r.context = std::move(who);
    return std::nullopt;
  });
  add_session_routes(router);
  add_password_routes(router);
  add_meta_routes(router);
  add_record_routes(router);
  add_option_routes(router);
  add_case_routes(router);
  add_search_routes(router);
  add_audit_routes(router);
  add_map_routes(router);
  if (parts_.ground) add_ground_routes(router);
  add_portal_routes(router);
  add_phone_routes(router);
  add_portal_case_routes(router);
  add_dashboard_routes(router);
  add_verify_routes(router);
  add_view_routes(router, *this);
}

void Service::read(http::Router& router, std::string_view pattern, http::RouteOptions options, Reading work) {
  router.add_simple(http::Method::get, pattern, std::move(options), [this, work = std::move(work)](Request& r) {
    Result<Response> answer = fail(internal_problem("no answer"));
    const auto c = context(r);
    const Status status = parts_.database.read([&](sql::Connection& connection) -> Status {
      answer = work(r, c, connection);
      return {};
    });
    if (!status) return refuse(status.error(), r);
    if (!answer) return refuse(answer.error(), r);
    return std::move(*answer);
  });
}

void Service::write(http::Router& router, http::Method method, std::string_view pattern, http::RouteOptions options,
                    Writing work) {
  plan_and_write(router, method, pattern, std::move(options),
                 [work = std::move(work)](Request& r, const entities::Context& c) -> Result<Plan> {
                   return Planned([&r, &c, work](sql::Transaction& t) { return work(r, c, t); });
                 });
}

namespace {

// A write on its way from the worker to the writer and back.
struct WaitingWrite {
  std::shared_ptr<Request> request;
  http::Reply reply;
  entities::Context context;
  std::string key;    // of a request that may be sent again
  std::string asked;  // with a key: digest of the request
  Planned work;
  Result<Response> answer = fail(internal_problem("no answer"));
  // The Idempotency-Key of an anonymous caller does not count, since anyone may send the same; the puzzle that was solved
  // for the request takes its place.
  bool anonymous() const { return !context.who.id; }
};

Status read_key(WaitingWrite& write) {
  const Request& r = *write.request;
  write.key = r.headers.get("Idempotency-Key");
  if (write.key.size() > 100)
    return fail(invalid("api.idempotency_key", "Idempotency-Key 最长 100 字符。",
                        "Idempotency-Key may have at most 100 characters."));
  if (write.anonymous()) write.key = r.headers.get("X-Civitas-Puzzle").substr(0, 200);
  if (write.key.empty()) return {};
  write.key = r.path + " " + write.key;
  write.asked = crypto::sha256_hex(std::string(http::method_name(r.method)) + " " + r.target + "\n" + r.body);
  return {};
}

// The answer that a request with this key got when it came before; nothing when it is new.
Result<std::optional<Response>> answer_before(sql::Transaction& t, const WaitingWrite& write,
                                              const crypto::FieldCipher* cipher) {
  if (write.key.empty()) return std::optional<Response>();
  CIVITAS_TRY(const auto known, known_answer(t, cipher, write.context.who.id, write.key));
  if (known && known->request == write.asked) return std::optional(http::json_response(known->status, known->body));
  if (known && !write.anonymous())
    return fail(problem(Kind::unprocessable, "api.idempotency_key.reused",
                        "这个 Idempotency-Key 已用于另一请求，内容不同；新的请求请换一个键。",
                        "This Idempotency-Key belongs to another request with other content; use a new key for a new "
                        "request."));
  return std::optional<Response>();
}

// An anonymous answer holds a query code: it is kept as long as its puzzle could come again.
Status keep_answer(sql::Transaction& t, const WaitingWrite& write, const crypto::FieldCipher* cipher) {
  if (write.key.empty()) return {};
  const entities::Context& c = write.context;
  const Response& answer = *write.answer;
  CIVITAS_CHECK(
      t.execute("DELETE FROM api_answer WHERE at<? OR (who=0 AND at<?)",
                {c.now.plus_seconds(-86'400).micros, c.now.plus_seconds(-Puzzles::good_for_seconds).micros}));
  CIVITAS_CHECK(t.execute(
      "INSERT INTO api_answer(who,name,request,at,status,body) VALUES(?,?,?,?,?,?) ON CONFLICT(who,name) DO UPDATE SET "
      "request=excluded.request,at=excluded.at,status=excluded.status,body=excluded.body",
      {c.who.id, write.key, write.asked, c.now.micros, std::int64_t{answer.status},
       cipher ? cipher->seal(answer.body, place_of_answer(c.who.id, write.key)) : answer.body}));
  return {};
}

Status run_write(sql::Transaction& t, WaitingWrite& write, const crypto::FieldCipher* cipher) {
  CIVITAS_TRY(auto before, answer_before(t, write, cipher));
  if (before) {
    write.answer = *std::move(before);
    return {};
  }
  write.answer = write.work(t);
  if (!write.answer) return fail(write.answer.error());
  return keep_answer(t, write, cipher);
}

}  // namespace

void Service::plan_and_write(http::Router& router, http::Method method, std::string_view pattern,
                             http::RouteOptions options, Planning planning) {
  router.add(method, pattern, std::move(options),
             [this, planning = std::move(planning)](std::shared_ptr<Request> r, http::Reply reply) {
               auto write = std::make_shared<WaitingWrite>(WaitingWrite{r, std::move(reply), context(*r), {}, {}, {}});
               if (const auto good = read_key(*write); !good)
                 return write->reply(http::problem_response(good.error(), *r));
               auto planned = planning(*r, write->context);
               if (!planned) return write->reply(refuse(planned.error(), *r));
               if (planned->answer) return write->reply(std::move(*planned->answer));
               write->work = std::move(planned->work);
               parts_.database.write(
                   [this, w = write.get()](sql::Transaction& t) { return run_write(t, *w, parts_.cipher); },
                   [write](Status status) {
                     write->reply(status ? std::move(*write->answer) : refuse(status.error(), *write->request));
                   });
             });
}

Result<const entities::Entity*> entity_of(const entities::Store& store, const Request& r) {
  const auto* e = store.catalog().entity(r.param("system"), r.param("entity"));
  if (e) return e;
  return fail(
      problem(Kind::not_found, "entities.entity.unknown", "没有这种记录类型。", "There is no such record type."));
}

Result<std::int64_t> id_of(const Request& r, std::string_view name) {
  const auto id = parse_integer(r.param(name));
  if (id && *id > 0) return *id;
  return fail(problem(Kind::not_found, "entities.record.not_found", "没有找到这条记录。", "There is no such record."));
}

Result<std::optional<Date>> day_of(const Request& r, std::string_view name) {
  const auto text = r.query(name);
  if (!text || text->empty()) return std::optional<Date>();
  if (const auto day = parse_date(*text)) return day;
  return fail(invalid("api.parameter", std::string(name) + " 应为日期，如 2026-11-21。",
                      std::string(name) + " must be a date such as 2026-11-21.")
                  .with_field(std::string(name)));
}

Status in_order(Date from, Date to) {
  if (from <= to) return {};
  return fail(
      invalid("api.parameter", "from 晚于 to，请对调。", "from is later than to; exchange them.").with_field("from"));
}

Status only_parameters(const Request& r, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : r.query_parameters)
    if (name != "lang" && std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string shown(utf8_prefix(name, 60));
      return fail(invalid("api.parameter", "没有参数 " + shown + "。", "There is no parameter " + shown + ".")
                      .with_field(shown));
    }
  return {};
}

Result<std::int64_t> number_of(const Request& r, std::string_view name, std::int64_t fallback, std::int64_t least,
                               std::int64_t most) {
  const auto text = r.query(name);
  if (!text) return fallback;
  const auto n = parse_integer(*text);
  if (n && *n >= least && *n <= most) return *n;
  const std::string shown(name);
  if (most == INT64_MAX)
    return fail(invalid("api.parameter", shown + " 应为不小于 " + std::to_string(least) + " 的整数。",
                        shown + " must be a whole number, " + std::to_string(least) + " or more.")
                    .with_field(shown));
  return fail(invalid("api.parameter",
                      shown + " 应在 " + std::to_string(least) + " 到 " + std::to_string(most) + " 之间。",
                      shown + " must be between " + std::to_string(least) + " and " + std::to_string(most) + ".")
                  .with_field(shown));
}

Result<std::string> filter_of(const Request& r) {
  const std::string_view text = trim(r.query("filter").value_or(""));
  const auto language = r.query("filter-lang");
  if (language && *language != "cql2-text" && *language != "cql2-json")
    return fail(invalid("api.parameter", "filter-lang 应为 cql2-text 或 cql2-json。",
                        "filter-lang must be cql2-text or cql2-json.")
                    .with_field("filter-lang"));
  // CQL2 text never begins with a brace, so what does is JSON.
  if (language ? *language == "cql2-text" : !text.starts_with('{')) return std::string(text);
  if (text.empty()) return std::string();
  auto parsed = query::parse_json_text(text);
  if (!parsed) return fail(std::move(parsed.error()).with_field("filter"));
  return query::to_text(*parsed);
}

Result<std::optional<std::int64_t>> wanted_version(const Request& r, sql::Connection& c,
                                                   const entities::Storage& storage, std::int64_t id) {
  std::vector<std::int64_t> named;
  bool asked = false;
  for (std::size_t i = 0; i < r.headers.size(); ++i) {
    if (!http::equal_ignoring_case(r.headers.name(i), "If-Match")) continue;
    asked = true;
    for (std::string_view tag : split(r.headers.value(i), ',')) {
      tag = trim(tag);
      if (tag == "*") return std::nullopt;
      if (tag.starts_with("W/")) tag.remove_prefix(2);
      if (tag.size() >= 2 && tag.front() == '"') tag = tag.substr(1, tag.size() - 2);
      if (const auto version = parse_integer(tag)) named.push_back(*version);
    }
  }
  if (!asked) return std::nullopt;
  if (named.empty())
    return fail(problem(Kind::precondition, "entities.record.changed",
                        "If-Match 应为读取这条记录时得到的 ETag，如 \"3\"。",
                        "If-Match must be the ETag that came with the record, such as \"3\"."));
  if (named.size() == 1) return named.front();
  CIVITAS_TRY(const auto now, c.query_integer("SELECT version FROM " + storage.table() + " WHERE id=?", {id}));
  return now && std::find(named.begin(), named.end(), *now) != named.end() ? *now : named.front();
}

Result<Json> body_of(const Request& r) {
  if (r.body.empty()) return Json::object();
  CIVITAS_CHECK(says_json(r));
  if (!is_valid_utf8(r.body))
    return fail(invalid("base.json.encoding", "请求内容不是 UTF-8 编码。", "The body is not UTF-8."));
  CIVITAS_TRY(Json body, Json::parse(r.body));
  if (!body.is_object())
    return fail(invalid("entities.body.object", "请求内容应为 JSON 对象。", "The body must be a JSON object."));
  return body;
}

Result<entities::ListQuery> list_query(const Request& r) {
  entities::ListQuery q;
  const auto wrong = [](std::string field, std::string zh, std::string en) {
    return fail(invalid("api.parameter", std::move(zh), std::move(en)).with_field(std::move(field)));
  };
  CIVITAS_CHECK(only_parameters(r, {"filter", "q", "bbox", "sort", "limit", "after", "as_of", "recorded_as_of", "total",
                                    "fields", "filter-lang", "view"}));
  CIVITAS_TRY(q.filter, filter_of(r));
  q.search = r.query("q").value_or("");
  if (q.search.size() > 600) return wrong("q", "搜索词过长。", "The search text is too long.");
  q.sort = r.query("sort").value_or("");
  q.view = r.query("view").value_or("");
  q.after = r.query("after").value_or("");
  if (const auto total = r.query("total")) {
    if (*total != "true" && *total != "false")
      return wrong("total", "total 应为 true 或 false。", "total must be true or false.");
    q.total = *total == "true";
  }
  for (const auto name : split(r.query("fields").value_or(""), ','))
    if (!trim(name).empty()) q.fields.emplace_back(utf8_prefix(trim(name), 60));
  CIVITAS_TRY(const auto limit, number_of(r, "limit", q.limit, 1, 1000));
  q.limit = static_cast<int>(limit);
  if (const auto box = r.query("bbox")) {
    const auto parts = split(*box, ',');
    std::array<double, 4> b{};
    bool good = parts.size() == 4;
    for (std::size_t i = 0; good && i < 4; ++i) {
      const auto n = parse_number(trim(parts[i]));
      good = n.has_value();
      if (good) b[i] = *n;
    }
    if (!good || b[0] > b[2] || b[1] > b[3] || b[0] < -180 || b[2] > 180 || b[1] < -90 || b[3] > 90)
      return wrong("bbox", "bbox 应为 最小经度,最小纬度,最大经度,最大纬度，以度为单位。",
                   "bbox must be min longitude, min latitude, max longitude, max latitude, in degrees.");
    q.box = b;
  }
  if (const auto as_of = r.query("as_of")) {
    const auto day = parse_uncertain_date(*as_of);
    if (!day)
      return wrong("as_of", "as_of 应为日期，如 1949-10-01 或 1949。",
                   "as_of must be a date such as 1949-10-01 or 1949.");
    q.as_of = day->earliest;
  }
  if (const auto at = r.query("recorded_as_of")) {
    q.recorded_as_of = parse_instant(*at);
    if (!q.recorded_as_of)
      return wrong("recorded_as_of", "recorded_as_of 应为时间，如 2026-11-21T00:00:00Z。",
                   "recorded_as_of must be a time such as 2026-11-21T00:00:00Z.");
  }
  return q;
}

}  // namespace civitas::api
