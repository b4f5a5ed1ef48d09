#include "base/strings.hpp"
#include "exchange/columns.hpp"
#include "exchange/exchange.hpp"
#include "identity/identity.hpp"

namespace civitas::exchange {

namespace fs = std::filesystem;
using entities::Context;
using entities::Entity;
using entities::ListQuery;

namespace {

Json to_json(const ListQuery& q) {
  Json out = Json::object();
  out.set("filter", Json(q.filter)).set("search", Json(q.search)).set("sort", Json(q.sort));
  if (!q.view.empty()) out.set("view", Json(q.view));
  if (q.box) {
    Json box = Json::array();
    for (const double edge : *q.box) box.push(Json(edge));
    out.set("box", std::move(box));
  }
  if (q.as_of) out.set("as_of", Json(format_date(*q.as_of)));
  if (q.recorded_as_of) out.set("recorded_as_of", Json(format_instant(*q.recorded_as_of)));
  return out;
}

ListQuery query_of(const Json& j) {
  ListQuery q;
  q.filter = j["filter"].as_string();
  q.search = j["search"].as_string();
  q.sort = j["sort"].as_string();
  q.view = j["view"].as_string();
  if (const auto& box = j["box"].as_array(); box.size() == 4)
    q.box = {box[0].as_number(), box[1].as_number(), box[2].as_number(), box[3].as_number()};
  if (const auto day = parse_date(j["as_of"].as_string())) q.as_of = *day;
  if (const auto at = parse_instant(j["recorded_as_of"].as_string())) q.recorded_as_of = *at;
  return q;
}

Language language_of(const Json& input) { return input["language"].as_string() == "en" ? Language::en : Language::zh; }

}  // namespace

void Exporter::register_kind(jobs::Jobs& jobs) {
  jobs.register_kind(std::string(export_kind), [this](jobs::JobRun& job) { return run(job); });
}

Json Exporter::input_of(const ExportRequest& r, const identity::Principal& who) {
  return Json(Json::Object{{"entity", Json(r.entity.path())},
                           {"query", to_json(r.query)},
                           {"format", Json(format_name(r.format))},
                           {"language", Json(r.language == Language::zh ? "zh" : "en")},
                           {"person", Json(std::to_string(who.id))},
                           {"address", Json(who.address)}});
}

fs::path Exporter::file_of(std::int64_t job, const Json& input) const {
  return folder_ / (std::to_string(job) + "." + input["format"].as_string());
}

Status Exporter::remove_old(std::int64_t seconds) const {
  std::error_code error;
  const auto oldest = fs::file_time_type::clock::now() - std::chrono::seconds(seconds);
  for (const auto& entry : fs::directory_iterator(folder_, error)) {
    std::error_code ignored;
    if (entry.last_write_time(ignored) < oldest) fs::remove(entry.path(), ignored);
  }
  return {};
}

Result<Json> Exporter::run(jobs::JobRun& job) {
  const Entity* e = store_.catalog().entity_by_path(job.input["entity"].as_string());
  const auto format = format_named(job.input["format"].as_string());
  if (!e || !format)
    return fail(
        problem(Kind::not_found, "entities.entity.unknown", "没有这种记录类型。", "There is no such record type."));
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) return fail(internal_problem("cannot create " + folder_.string()));
  const ExportRequest request{*e, query_of(job.input["query"]), *format, language_of(job.input)};
  Context context{{}, clock_.now(), "job/" + std::to_string(job.id)};
  std::int64_t total = 0;
  CIVITAS_CHECK(database_.read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(context.who,
                identity::Identity::load_principal(c, store_.catalog().dimensions(), clock_.now(),
                                                   parse_integer(job.input["person"].as_string()).value_or(-1)));
    context.who.address = job.input["address"].as_string();
    ListQuery first = request.query;
    first.limit = 1;
    first.total = true;
    std::string head;
    CIVITAS_CHECK(store_.list(c, context, *e, first, head));
    CIVITAS_TRY(const Json page, Json::parse(head));
    total = page["total"].as_integer();
    return {};
  }));
  const fs::path file = file_of(job.id, job.input);
  const auto count = export_records(database_, store_, context, request, file, [&](std::int64_t done) -> Status {
    const std::string n = std::to_string(done);
    job.set_progress(done, std::max(done, total), {"已导出 " + n + " 行", n + " rows exported"});
    return job.go_on();
  });
  if (!count) {
    fs::remove(file, error);
    return fail(count.error());
  }
  const std::string n = std::to_string(*count);
  job.set_progress(*count, *count, {"共 " + n + " 行", n + " rows"});
  return Json(
      Json::Object{{"rows", Json(*count)},
                   {"name", Json(in(request.language, e->title) + " " + format_date(date_in_china(context.now)) + "." +
                                 std::string(format_name(*format)))},
                   {"file", Json("/api/v1/jobs/" + std::to_string(job.id) + "/file")}});
}

}  // namespace civitas::exchange
