#include "api/file_routes.hpp"

#include <algorithm>

#include "api/anonymous_guard.hpp"
#include "api/uploads.hpp"
#include "audit/audit.hpp"
#include "base/strings.hpp"

namespace civitas::api {

namespace {

using namespace entities;

constexpr std::uint64_t most_bytes = 100u << 20, most_bytes_anonymous = 5u << 20;

bool has_files(const Entity& e) {
  return std::any_of(e.fields.begin(), e.fields.end(), [](const Field& f) { return f.type == FieldType::files; });
}

// A record type that anybody may create and that takes files: without one, nobody needs to upload before signing in.
bool anybody_may_upload(const Catalog& catalog) {
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities)
      if (has_files(e) && std::any_of(e.access.begin(), e.access.end(),
                                      [](const AccessRule& a) { return a.role == "public" && !a.create.empty(); }))
        return true;
  return false;
}

bool is_picture(std::string_view type) {
  return type == "image/jpeg" || type == "image/png" || type == "image/gif" || type == "image/webp" ||
         type == "image/bmp" || type == "image/heic" || type == "image/heif";
}

// A file shown in the browser runs nothing and is shown inside our own pages only. A sandbox would keep browsers from
// showing a PDF at all; their viewer shuts the paper in by itself, and the type is that of the contents, not of the
// name.
std::string policy_of(std::string_view type) {
  const std::string closed =
      "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
  return type == "application/pdf" ? closed + "; object-src 'self'; img-src 'self' data: blob:"
                                   : "sandbox; " + closed + "; img-src 'self'";
}

Problem not_found() {
  return problem(Kind::not_found, "files.file.not_found", "没有找到这个文件，或您无权查看。",
                 "There is no such file, or you may not see it.");
}

// Whether `record`, written system/entity/id, holds the file in a field that the caller may read.
Result<bool> record_holds(Store& store, sql::Connection& db, const Context& c, std::string_view record,
                          const std::string& file) {
  const auto parts = split(record, '/');
  if (parts.size() != 3) return false;
  const Entity* e = store.catalog().entity(parts[0], parts[1]);
  const auto id = parse_integer(parts[2]);
  if (!e || !id) return false;
  const auto found = store.get(db, c, *e, *id);
  if (!found) {
    if (found.error().kind == Kind::internal || found.error().kind == Kind::unavailable) return fail(found.error());
    return false;
  }
  const auto holds = [&](const auto& self, const std::vector<Field>& fields, const Json& values) -> bool {
    for (const auto& f : fields)
      for (const auto& held : values[f.name].as_array()) {
        if (f.type == FieldType::files && held["id"].as_string() == file) return true;
        if (f.type == FieldType::rows && self(self, f.fields, held)) return true;
      }
    return false;
  };
  return holds(holds, e->fields, *found);
}

Result<Response> take_upload(Request& r, Service& service, files::Files& files, bool open_to_all) {
  auto& p = service.parts();
  const Context c = service.context(r);
  const bool anonymous = !c.who.signed_in();
  if (anonymous && !open_to_all) return fail(sign_in_first());
  AnonymousGuard::Admission admission;
  if (anonymous) {
    auto admitted = service.guard().admit_upload(r);
    if (!admitted) return refusal_response(admitted.error(), r);
    admission = std::move(*admitted);
  }
  CIVITAS_TRY(const Upload upload, upload_of(r));
  if (anonymous && upload.size > most_bytes_anonymous)
    return fail(problem(Kind::too_large, "files.file.too_large", "未登录时只能上传 5 MB 以内的图片，请压缩后再上传。",
                        "Without signing in only pictures up to 5 MB can be uploaded; make it smaller.")
                    .with_field("file"));
  // The name is judged before the bytes are kept.
  if (files::is_executable_name(files::sanitize_name(upload.name)))
    return fail(invalid("files.file.executable", "不能上传程序或脚本文件。", "Programs and scripts cannot be uploaded.")
                    .with_field("file"));
  CIVITAS_TRY(const auto blob,
              upload.file.empty() ? files.store_bytes(upload.content) : files.store_file(upload.file, most_bytes));
  if (anonymous && !is_picture(blob.type))
    return fail(invalid("files.file.pictures_only", "未登录时只能上传图片。",
                        "Without signing in only pictures can be uploaded.")
                    .with_field("file"));
  files::FileInfo info;
  CIVITAS_CHECK(p.database.write_now([&](sql::Transaction& t) -> Status {
    if (anonymous) CIVITAS_CHECK(service.guard().count(t, admission));
    CIVITAS_TRY(info, files.record(t, blob, upload.name, c.who.id, c.now));
    Json detail = Json::object();
    detail.set("name", Json(info.name))
        .set("size", Json(static_cast<std::int64_t>(info.size)))
        .set("type", Json(info.type))
        .set("digest", Json(info.digest));
    return audit::append(
        t, c.now, {c.who.id, c.who.name, c.who.address, "files.upload", "files/" + info.id, detail.dump(), c.request});
  }));
  std::string out;
  JsonWriter(out)
      .begin_object()
      .key("id")
      .value(info.id)
      .key("name")
      .value(info.name)
      .key("size")
      .value(static_cast<std::int64_t>(info.size))
      .key("type")
      .value(info.type)
      .end_object();
  Response answer = http::json_response(201, std::move(out));
  answer.set("Location", "/api/v1/files/" + info.id);
  return answer;
}

}  // namespace

void add_file_routes(http::Router& router, Service& service, files::Files& files) {
  using http::RouteOptions;
  const bool open_to_all = anybody_may_upload(service.parts().store.catalog());

  router.add_simple(
      http::Method::post, "/api/v1/files",
      RouteOptions(
          "signed in; anybody for pictures up to 5 MiB while a record type with files may be created by anybody")
          .to_file(most_bytes),
      [&service, &files, open_to_all](Request& r) {
        auto answer = take_upload(r, service, files, open_to_all);
        return answer ? std::move(*answer) : http::problem_response(answer.error(), r);
      });

  service.read(router, "/api/v1/files/{id}", RouteOptions("the uploader, staff, or who may read the record named"),
               [&service, &files](Request& r, const Context& c, sql::Connection& db) -> Result<Response> {
                 CIVITAS_TRY(const auto info, files::Files::find(db, r.param("id")));
                 bool allowed =
                     (c.who.id != 0 && c.who.id == info.uploaded_by) || c.who.standing == identity::Standing::staff;
                 if (const auto record = r.query("record"); !allowed && record) {
                   CIVITAS_TRY(allowed, record_holds(service.parts().store, db, c, *record, info.id));
                 }
                 if (!allowed) return fail(not_found());
                 Response out;
                 const bool pdf = info.type == "application/pdf";
                 const bool inside = is_picture(info.type) || pdf;
                 out.set("Content-Type", info.type);
                 out.set("Content-Disposition", disposition(inside ? "inline" : "attachment", info.name));
                 out.set("X-Content-Type-Options", "nosniff");
                 out.set("Content-Security-Policy", policy_of(info.type));
                 // The contents under an id never change; who may see them can.
                 out.set("Cache-Control", "private, no-cache");
                 out.set("ETag", "\"" + info.digest + "\"");
                 if (r.headers.get("If-None-Match") == "\"" + info.digest + "\"") {
                   out.status = 304;
                   return out;
                 }
                 out.file = http::FileBody{files.path_of(info.digest)};
                 return out;
               });
}

}  // namespace civitas::api
