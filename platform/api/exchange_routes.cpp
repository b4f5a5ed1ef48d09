#include "api/exchange_routes.hpp"

#include <fstream>

#include "api/uploads.hpp"
#include "base/id.hpp"
#include "base/strings.hpp"

namespace civitas::api {

namespace {

using namespace entities;
using exchange::Format;
using exchange::Language;

constexpr std::uint64_t most_import_bytes = 512ull << 20;

Language language_of(const Request& r) { return r.language() == http::Language::en ? Language::en : Language::zh; }

Problem forbidden(const Entity& e, const identity::Principal& who, const char* zh, const char* en) {
  if (!who.signed_in()) return sign_in_first();
  return problem(Kind::forbidden, "entities.access.forbidden",
                 std::string("您没有") + zh + "“" + e.title.zh + "”的权限。",
                 std::string("You have no right to ") + en + " “" + e.title.en + "”.");
}

Status may_import(Store& store, const Entity& e, const identity::Principal& who) {
  if (who.has_role(e.system, "staff") && store.access().ever(e, Act::create, who)) return {};
  return fail(forbidden(e, who, "导入", "import"));
}

Response answer(const Request& r, Result<Response> result) {
  return result ? std::move(*result) : http::problem_response(result.error(), r);
}

std::filesystem::path temporary_file(const std::filesystem::path& folder, std::string_view ending) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  return folder / ("send-" + random_hex(12) + "." + std::string(ending));
}

Result<Response> send_template(Request& r, Service& service, const std::filesystem::path& temporary) {
  auto& store = service.parts().store;
  CIVITAS_TRY(const Entity* e, entity_of(store, r));
  CIVITAS_CHECK(may_import(store, *e, Service::principal(r)));
  const auto file = temporary_file(temporary, "xlsx");
  const Language language = language_of(r);
  CIVITAS_CHECK(exchange::write_template(store.catalog(), *e, language, file));
  return send_once(file, exchange::media_type(Format::xlsx),
                   language == Language::zh ? e->title.zh + "导入模板.xlsx" : e->title.en + " template.xlsx");
}

// The upload becomes the job's own file.
Status keep(const Upload& upload, const std::filesystem::path& target) {
  std::error_code error;
  if (!upload.file.empty()) {
    std::filesystem::rename(upload.file, target, error);
    if (!error) return {};
    std::filesystem::copy_file(upload.file, target, error);  // another file system
    if (!error) return {};
  } else {
    std::ofstream out(target, std::ios::binary);
    out.write(upload.content.data(), static_cast<std::streamsize>(upload.content.size()));
    out.close();
    if (out) return {};
  }
  return fail(internal_problem("cannot write " + target.string()));
}

Response begun(std::int64_t job) {
  Response out = http::json_response(202, Json(Json::Object{{"job", Json(std::to_string(job))}}).dump());
  out.set("Location", "/api/v1/jobs/" + std::to_string(job));
  return out;
}

/// `sheet`, `head_row`, and as JSON `columns` and `values`.
Result<exchange::ImportChoice> choice_in(const Request& r) {
  Json json = Json::object();
  if (const auto sheet = r.query("sheet"); sheet && !sheet->empty()) json.set("sheet", Json(*sheet));
  if (const auto row = r.query("head_row"); row && !row->empty()) {
    const auto number = parse_integer(*row);
    json.set("head_row", number ? Json(*number) : Json(*row));
  }
  for (const char* name : {"columns", "values"})
    if (const auto text = r.query(name); text && !text->empty()) {
      auto value = Json::parse(*text);
      json.set(name, value ? *std::move(value) : Json(*text));
    }
  return exchange::choice_of(json);
}

Result<Response> show_preview(Request& r, Service& service, const std::filesystem::path& temporary) {
  auto& store = service.parts().store;
  CIVITAS_TRY(const Entity* e, entity_of(store, r));
  CIVITAS_CHECK(may_import(store, *e, Service::principal(r)));
  CIVITAS_TRY(const auto choice, choice_in(r));
  CIVITAS_TRY(const Upload upload, upload_of(r));
  const auto file = temporary_file(temporary, "upload");
  CIVITAS_CHECK(keep(upload, file));
  auto shown = exchange::preview(*e, file, choice);
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  if (!shown) return fail(shown.error());
  return http::json_response(200, shown->dump());
}

Result<Response> begin_import(Request& r, Service& service, exchange::Importer& importer, jobs::Jobs& jobs) {
  auto& p = service.parts();
  const Context c = service.context(r);
  CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
  CIVITAS_CHECK(may_import(p.store, *e, c.who));
  const auto mode = exchange::mode_named(r.query("mode").value_or("check"));
  if (!mode)
    return fail(invalid("api.parameter", "mode 应为 check、all 或 good。", "mode must be check, all or good.")
                    .with_field("mode"));
  CIVITAS_TRY(const auto choice, choice_in(r));
  CIVITAS_TRY(const Upload upload, upload_of(r));
  CIVITAS_TRY(const auto folder, importer.new_folder());
  const auto file = folder / "upload";
  CIVITAS_CHECK(keep(upload, file));
  exchange::ImportRequest request{e->path(), file, *mode, c.who.id, language_of(r), upload.name};
  request.choice = choice;
  std::int64_t id = 0;
  CIVITAS_CHECK(p.database.write_now([&](sql::Transaction& t) -> Status {
    const bool check = *mode == exchange::Mode::check;
    const Text title{(check ? "检查导入：" : "导入：") + e->title.zh,
                     (check ? "Check import: " : "Import: ") + e->title.en};
    CIVITAS_TRY(id, jobs.enqueue(t, exchange::import_kind, title, exchange::Importer::input_of(request), c.who.id));
    return {};
  }));
  return begun(id);
}

Result<Response> begin_export(Request& r, Service& service, jobs::Jobs& jobs, Format format) {
  auto& p = service.parts();
  const Context c = service.context(r);
  CIVITAS_TRY(const Entity* e, entity_of(p.store, r));
  if (!c.who.has_role(e->system, "staff") || !p.store.access().ever(*e, Act::read, c.who))
    return fail(forbidden(*e, c.who, "导出", "export"));
  CIVITAS_TRY(const ListQuery query, list_query(r));
  // What is wrong with the list is told now and not by the job.
  CIVITAS_CHECK(p.database.read([&](sql::Connection& db) -> Status {
    ListQuery first = query;
    first.limit = 1;
    CIVITAS_CHECK(p.store.each(db, c, *e, first, [](const Json&) -> Status { return {}; }));
    return {};
  }));
  std::int64_t id = 0;
  CIVITAS_CHECK(p.database.write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(id, jobs.enqueue(t, exchange::export_kind, {"导出：" + e->title.zh, "Export: " + e->title.en},
                                 exchange::Exporter::input_of({*e, query, format, language_of(r)}, c.who), c.who.id));
    return {};
  }));
  return begun(id);
}

}  // namespace

void add_exchange_routes(http::Router& router, Service& service, exchange::Importer& importer, jobs::Jobs& jobs,
                         std::filesystem::path temporary) {
  using http::Method;
  using http::RouteOptions;
  router.add_simple(Method::get, "/api/v1/{system}/{entity}/import/template.xlsx",
                    RouteOptions("staff who may create such records"),
                    [&service, temporary](Request& r) { return answer(r, send_template(r, service, temporary)); });
  router.add_simple(
      Method::post, "/api/v1/{system}/{entity}/import",
      RouteOptions("staff who may create such records").to_file(most_import_bytes),
      [&service, &importer, &jobs](Request& r) { return answer(r, begin_import(r, service, importer, jobs)); });
  router.add_simple(
      Method::post, "/api/v1/{system}/{entity}/import/preview",
      RouteOptions("staff who may create such records").to_file(most_import_bytes),
      [&service, temporary](Request& r) { return answer(r, show_preview(r, service, temporary)); });
  for (const Format format : {Format::xlsx, Format::csv, Format::geojson})
    router.add_simple(Method::post, "/api/v1/{system}/{entity}/export." + std::string(exchange::format_name(format)),
                      RouteOptions("staff, what their rules let them read"), [&service, &jobs, format](Request& r) {
                        return answer(r, begin_export(r, service, jobs, format));
                      });
}

}  // namespace civitas::api
