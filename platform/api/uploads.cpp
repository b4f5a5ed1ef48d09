#include "api/uploads.hpp"

#include <algorithm>
#include <fstream>
#include <memory>

#include "files/files.hpp"

namespace civitas::api {

Result<Upload> upload_of(const http::Request& r) {
  const auto missing = [] {
    return fail(invalid("api.upload.missing", "请选择要上传的文件。", "Choose a file to upload.").with_field("file"));
  };
  Upload out;
  out.name = std::string(r.query("name").value_or(""));
  if (r.content_type() == "multipart/form-data") {
    CIVITAS_TRY(out.form, http::parse_multipart(r));
    const http::Part* part = out.form->find("file");
    if (!part || part->content.empty()) return missing();
    if (out.name.empty()) out.name = part->file_name.value_or("file");
    out.content = part->content;
    out.size = part->content.size();
    return out;
  }
  if (out.name.empty()) out.name = "file";
  if (!r.body_file.empty()) {
    out.file = r.body_file;
    out.size = r.body_size;
    return out;
  }
  if (r.body.empty()) return missing();
  out.content = r.body;
  out.size = r.body.size();
  return out;
}

std::string disposition(std::string_view kind, std::string_view name) {
  std::string ascii;
  for (const char c : name) ascii += (c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '%') ? c : '_';
  return std::string(kind) + "; filename=\"" + ascii + "\"; filename*=UTF-8''" + http::percent_encode(name);
}

namespace {

Status name_files_of(sql::Connection& db, const std::vector<entities::Field>& fields, Json& values) {
  for (const auto& field : fields) {
    if (!values[field.name].is_array()) continue;
    if (field.type == entities::FieldType::rows) {
      if (std::none_of(field.fields.begin(), field.fields.end(),
                       [](const auto& cell) { return cell.type == entities::FieldType::files; }))
        continue;
      Json rows = values[field.name];
      for (auto& row : rows.array_ref())
        if (row.is_object()) CIVITAS_CHECK(name_files_of(db, field.fields, row));
      values.set(field.name, std::move(rows));
      continue;
    }
    if (field.type != entities::FieldType::files) continue;
    Json named = Json::array();
    for (const auto& item : values[field.name].as_array()) {
      const std::string id = item.is_object() ? item["id"].as_string() : item.as_string();
      const auto info = files::Files::find(db, id);
      if (!info && info.error().kind != Kind::not_found) return fail(info.error());
      if (!info)
        return fail(invalid("files.file.not_found", "“" + field.title.zh + "”的文件不存在，请重新上传。",
                            "A file of “" + field.title.en + "” does not exist; upload it again.")
                        .with_field(field.name));
      Json one = Json::object();
      one.set("id", Json(info->id))
          .set("name", Json(info->name))
          .set("size", Json(static_cast<std::int64_t>(info->size)))
          .set("type", Json(info->type));
      named.push(std::move(one));
    }
    values.set(field.name, std::move(named));
  }
  return {};
}

}  // namespace

Status name_files(sql::Connection& db, const entities::Entity& e, Json& body) { return name_files_of(db, e.fields, body); }

Result<http::Response> send_once(const std::filesystem::path& file, std::string_view type, std::string_view name) {
  auto in = std::make_shared<std::ifstream>(file, std::ios::binary);
  const bool open = in->is_open();
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  if (!open) return fail(internal_problem("cannot open " + file.string()));
  http::Response out;
  out.set("Content-Type", std::string(type))
      .set("Content-Disposition", disposition("attachment", name))
      .set("Cache-Control", "no-store");
  out.set("X-Content-Type-Options", "nosniff");
  out.stream = [in](std::string& chunk) -> Result<bool> {
    chunk.resize(256 * 1024);
    in->read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    chunk.resize(static_cast<std::size_t>(in->gcount()));
    if (in->bad()) return fail(internal_problem("reading a file to be sent failed"));
    return !in->eof();
  };
  return out;
}

}  // namespace civitas::api
