#include "api/uploads.hpp"

#include <fstream>
#include <memory>

namespace civitas::api {

Result<Upload> upload_of(const http::Request& r) {
  const auto missing = [] { return fail(invalid("api.upload.missing", "请选择要上传的文件。", "Choose a file to upload.").with_field("file")); };
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

Result<http::Response> send_once(const std::filesystem::path& file, std::string_view type, std::string_view name) {
  auto in = std::make_shared<std::ifstream>(file, std::ios::binary);
  const bool open = in->is_open();
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
  if (!open) return fail(internal_problem("cannot open " + file.string()));
  http::Response out;
  out.set("Content-Type", std::string(type)).set("Content-Disposition", disposition("attachment", name)).set("Cache-Control", "no-store");
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
