#include "gateway/inbound.hpp"

#include <algorithm>

#include "base/json_pointer.hpp"
#include "base/strings.hpp"
#include "crypto/digest.hpp"
#include "crypto/message_signature.hpp"

namespace civitas::gateway {

using entities::Entity;
using entities::Field;
using entities::FieldType;

namespace {

constexpr std::int64_t month_micros = std::int64_t{31} * 24 * 3600 * 1'000'000;

std::string text_of(const Json& value) { return value.is_string() ? value.as_string() : value.dump(); }

// A text of the declaration as the field's own type.
Json literal(const Field& f, const std::string& text) {
  if (f.type == FieldType::boolean) return Json(text == "true");
  if (f.type == FieldType::integer)
    if (const auto number = parse_integer(text)) return Json(*number);
  if (f.type == FieldType::decimal)
    if (const auto number = parse_number(text)) return Json(*number);
  return Json(text);
}

bool is_text(FieldType type) {
  return type == FieldType::text || type == FieldType::long_text || type == FieldType::phone ||
         type == FieldType::term || type == FieldType::citizen_id;
}

}  // namespace

Status Inbound::create_tables(sql::Transaction& t) {
  return t.run_script(
      "CREATE TABLE IF NOT EXISTS gateway_inbound(application BIGINT NOT NULL,message TEXT NOT NULL,digest TEXT NOT "
      "NULL,record BIGINT NOT NULL,created BIGINT NOT NULL,at BIGINT NOT NULL,PRIMARY KEY(application,message));"
      "CREATE INDEX IF NOT EXISTS gateway_inbound_at ON gateway_inbound(at)");
}

Status Inbound::remove_old() {
  return database_.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_CHECK(t.execute("DELETE FROM gateway_inbound WHERE at<?", {clock_.now().micros - month_micros}));
    return {};
  });
}

Result<Json> Inbound::record_from(sql::Connection& c, const Entity& e, const Json& body) const {
  Json out = Json::object();
  for (const auto& v : e.inbound->map) {
    const Field& f = *e.field(v.field);
    const auto wrong = [&](std::string zh, std::string en) {
      return fail(invalid("gateway.inbound.value", std::move(zh), std::move(en)).with_field(v.field));
    };
    if (!v.lon.empty()) {
      const Json *lon = at_pointer(body, v.lon), *lat = at_pointer(body, v.lat);
      if (!lon || !lat || lon->is_null() || lat->is_null()) continue;
      const auto x = lon->is_number() ? lon->as_number() : parse_number(lon->as_string());
      const auto y = lat->is_number() ? lat->as_number() : parse_number(lat->as_string());
      if (!x || !y)
        return wrong(v.lon + " 和 " + v.lat + " 应为经度和纬度。",
                     v.lon + " and " + v.lat + " must be a longitude and a latitude.");
      Json point = Json::object();
      point.set("type", "Point").set("coordinates", Json(Json::Array{Json(*x), Json(*y)}));
      out.set(v.field, std::move(point));
      continue;
    }
    if (v.pointer.empty()) {
      out.set(v.field, literal(f, v.value));
      continue;
    }
    const Json* found = at_pointer(body, v.pointer);
    if (!found || found->is_null()) continue;
    Json value = *found;
    if (!v.words.empty()) {
      const std::string said = text_of(value);
      const auto word = std::find_if(v.words.begin(), v.words.end(), [&](const auto& w) { return w.first == said; });
      if (word == v.words.end())
        return wrong(v.pointer + " 的值“" + said.substr(0, 60) + "”没有对应关系。",
                     "Nothing is declared for the value “" + said.substr(0, 60) + "” of " + v.pointer + ".");
      value = literal(f, word->second);
    }
    if (!v.by.empty()) {
      const Entity& target = *store_.catalog().target_of(f);
      const std::string said = text_of(value);
      CIVITAS_TRY(
          const auto id,
          c.query_integer("SELECT id FROM " + target.table + " WHERE " + v.by + "=? ORDER BY id LIMIT 1", {said}));
      if (!id)
        return wrong("没有" + target.title.zh + "“" + said.substr(0, 60) + "”。",
                     "There is no " + target.title.en + " “" + said.substr(0, 60) + "”.");
      value = Json(std::to_string(*id));
    } else if (is_text(f.type) && (value.is_number() || value.is_bool())) {
      value = Json(value.dump());
    }
    out.set(v.field, std::move(value));
  }
  return out;
}

Result<Inbound::Taken> Inbound::take(sql::Transaction& t, process::Engine& engine, const Entity& e,
                                     const Application& from, const std::string& message, const std::string& digest,
                                     const Json& body) {
  const entities::Inbound& declared = *e.inbound;
  if (!message.empty()) {
    std::optional<Taken> before;
    std::string was;
    CIVITAS_CHECK(t.query("SELECT record,digest FROM gateway_inbound WHERE application=? AND message=?",
                          {from.id, message}, [&](const sql::Row& row) {
                            before = Taken{row.integer(0), false, true};
                            was = row.text(1);
                            return sql::Continue::no;
                          }));
    if (before && was == digest) return *before;
    if (before)
      return fail(problem(Kind::conflict, "gateway.inbound.repeated", "这个 webhook-id 已用于另一条内容不同的消息。",
                          "This webhook-id was used for another message with other content."));
  }
  CIVITAS_TRY(Json values, record_from(t, e, body));
  const Json key = values[declared.key];
  if (key.is_null())
    return fail(invalid("gateway.inbound.key", "消息里没有识别记录的 " + declared.key + "。",
                        "The message lacks " + declared.key + ", by which the record is known.")
                    .with_field(declared.key));
  const entities::Context context{identity::system_principal("应用 " + from.name), clock_.now(), ""};
  entities::WriteOptions options;
  options.read_only = entities::ReadOnly::accept;
  options.rules = entities::Rules::skip("inbound from application " + from.name);
  const sql::Value wanted = key.is_integer() ? sql::Value(key.as_integer()) : sql::Value(text_of(key));
  CIVITAS_TRY(const auto known, t.query_integer("SELECT id FROM " + e.table + " WHERE " + declared.key + "=? LIMIT 1",
                                                {sql::Param(wanted)}));
  Taken out;
  if (known) {
    out.id = *known;
    if (declared.update) {
      options.action = "inbound";
      CIVITAS_CHECK(store_.update(t, context, e, out.id, std::move(values), options));
    }
  } else if (declared.create) {
    CIVITAS_TRY(const Json made, store_.create(t, context, e, std::move(values), options));
    out.id = entities::reference_id(made["id"]).value_or(0);
    out.created = true;
    if (!declared.step.empty()) CIVITAS_CHECK(engine.transition(t, context, e, out.id, declared.step, Json()));
  } else {
    return fail(
        problem(Kind::not_found, "gateway.inbound.unknown",
                "没有 " + declared.key + " 为“" + text_of(key).substr(0, 60) + "”的记录，这个接口只更新已有记录。",
                "There is no record whose " + declared.key + " is “" + text_of(key).substr(0, 60) +
                    "”; this interface changes existing records only."));
  }
  if (!message.empty())
    CIVITAS_CHECK(
        t.execute("INSERT INTO gateway_inbound(application,message,digest,record,created,at) VALUES(?,?,?,?,?,?)",
                  {from.id, message, digest, out.id, out.created, clock_.now().micros}));
  return out;
}

void Inbound::add_routes(http::Router& router, OpenService& open, process::Engine& engine) {
  for (const auto& system : store_.catalog().systems())
    for (const auto& entity : system.entities) {
      if (!entity.inbound) continue;
      const Entity* e = &entity;
      Interface what;
      what.name = "inbound." + system.name + "." + e->name;
      what.title = {"报送" + e->title.zh, "Send: " + e->title.en};
      what.description = {
          "按 " + e->inbound->key + " 新建或更新一条记录" +
              (e->inbound->is_signed ? "；须按 Standard Webhooks 签名，密钥为应用密钥。" : "。"),
          "Makes or changes a record, known by " + e->inbound->key +
              (e->inbound->is_signed ? "; signed as Standard Webhooks says, with the application's key as the secret."
                                     : ".")};
      what.method = http::Method::post;
      what.path = "/open/v1/" + e->path();
      what.body = *Json::parse(R"({"type":"object"})");
      open.add(router, std::move(what),
               [this, e, &engine](http::Request& r, const Application& from) -> Result<http::Response> {
                 const std::string message(r.headers.get("webhook-id"));
                 if (e->inbound->is_signed)
                   CIVITAS_CHECK(crypto::verify_message(crypto::message_secret(r.headers.get(key_header)), message,
                                                        r.headers.get("webhook-timestamp"),
                                                        r.headers.get("webhook-signature"), r.body, clock_.now()));
                 if (message.size() > 200)
                   return fail(invalid("gateway.inbound.id", "webhook-id 过长，最多 200 字符。",
                                       "webhook-id has at most 200 characters."));
                 CIVITAS_TRY(const Json body, api::body_of(r));
                 const std::string digest = crypto::sha256_hex(r.body);
                 Taken taken;
                 const auto work = [&](sql::Transaction& t) -> Status {
                   CIVITAS_TRY(taken, take(t, engine, *e, from, message, digest, body));
                   return {};
                 };
                 Status done = database_.write_now(work);
                 // Two messages about one new record at the same time: the second finds what the first has made.
                 if (!done && done.error().kind == Kind::conflict && done.error().reason != "gateway.inbound.repeated")
                   done = database_.write_now(work);
                 if (!done) return fail(done.error());
                 Json out = Json::object();
                 out.set("id", std::to_string(taken.id)).set("created", taken.created);
                 if (taken.repeated) out.set("repeated", true);
                 return http::json_response(taken.created ? 201 : 200, out.dump());
               });
    }
}

}  // namespace civitas::gateway
