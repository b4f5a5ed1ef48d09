#include "http/multipart.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strings.hpp"
#include "base/utf8.hpp"

namespace civitas::http {

namespace {

std::unexpected<Problem> malformed(std::string detail) {
  return fail(invalid("http.multipart.malformed", "上传的表单内容不完整或格式不正确，请重新上传。",
                      "The uploaded form is incomplete or malformed. Upload it again.")
                  .with_detail(std::move(detail)));
}

std::unexpected<Problem> too_much(std::string reason) {
  return fail(problem(Kind::too_large, std::move(reason), "上传的文件过多或过大，请分批上传。",
                      "Too many or too large files in one upload. Send them in several."));
}

/// The value of a parameter of a header value, with quotes and backslash escapes resolved.
std::optional<std::string> parameter(std::string_view value, std::string_view wanted) {
  std::size_t i = value.find(';');
  while (i != std::string_view::npos && i < value.size()) {
    ++i;
    while (i < value.size() && (value[i] == ' ' || value[i] == '\t')) ++i;
    const auto name_begin = i;
    while (i < value.size() && value[i] != '=' && value[i] != ';') ++i;
    const auto name = trim(value.substr(name_begin, i - name_begin));
    std::string text;
    if (i < value.size() && value[i] == '=') {
      ++i;
      if (i < value.size() && value[i] == '"') {
        ++i;
        while (i < value.size() && value[i] != '"') {
          // Old browsers send Windows paths unescaped: only a quote or a backslash can be escaped.
          if (value[i] == '\\' && i + 1 < value.size() && (value[i + 1] == '"' || value[i + 1] == '\\')) ++i;
          text.push_back(value[i++]);
        }
        i = value.find(';', i);
      } else {
        const auto end = value.find(';', i);
        text = trim(value.substr(i, end == std::string_view::npos ? end : end - i));
        i = end;
      }
    }
    if (equal_ignoring_case(name, wanted)) return text;
  }
  return std::nullopt;
}

/// filename*=UTF-8''%E5%9C%B0… (RFC 8187)
std::optional<std::string> extended(std::string_view text) {
  const auto first = text.find('\'');
  const auto second = first == std::string_view::npos ? first : text.find('\'', first + 1);
  if (second == std::string_view::npos || !equal_ignoring_case(text.substr(0, first), "utf-8")) return std::nullopt;
  return percent_decode(text.substr(second + 1));
}

Status read_part_head(std::string_view head, Part& part) {
  bool named = false;
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const auto line = head.substr(0, end);
    head = end == std::string_view::npos ? std::string_view{} : head.substr(end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return malformed("part field");
    const auto name = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
    if (equal_ignoring_case(name, "content-disposition")) {
      if (named || !equal_ignoring_case(trim(value.substr(0, value.find(';'))), "form-data"))
        return malformed("content-disposition");
      auto field = parameter(value, "name");
      if (!field || !is_valid_utf8(*field)) return malformed("part without a name");
      part.name = std::move(*field);
      named = true;
      auto file = parameter(value, "filename");
      if (const auto precise = parameter(value, "filename*"))
        if (auto decoded = extended(*precise)) file = std::move(decoded);
      if (file) part.file_name = sanitize_file_name(*file);
    } else if (equal_ignoring_case(name, "content-type")) {
      part.content_type = to_lower_ascii(trim(value.substr(0, value.find(';'))));
    }
  }
  if (!named) return malformed("part without a name");
  return {};
}

}  // namespace

std::string sanitize_file_name(std::string_view name) {
  std::string whole(name);
  // Browsers escape these three so (WHATWG form-data); other percent signs are part of the name.
  whole = replace_all(replace_all(replace_all(std::move(whole), "%22", "\""), "%0D", "\r"), "%0A", "\n");
  std::string_view rest = whole;
  if (const auto slash = rest.find_last_of("/\\"); slash != std::string_view::npos) rest.remove_prefix(slash + 1);
  std::string clean;
  for (std::size_t at = 0; at < rest.size();) {
    const char32_t c = next_code_point(rest, at);
    if (c < 0x20 || c == 0x7f || c == 0xFFFD || is_forbidden_control(c)) continue;
    if (c < 0x80 && std::string_view("<>:\"|?*").find(static_cast<char>(c)) != std::string_view::npos)
      clean.push_back('_');
    else
      append_utf8(clean, c);
  }
  const auto edge = [](char c) { return c == '.' || c == ' '; };
  while (!clean.empty() && edge(clean.back())) clean.pop_back();
  std::size_t start = 0;
  while (start < clean.size() && edge(clean[start])) ++start;
  clean.erase(0, start);
  constexpr std::size_t longest = 200;
  if (clean.size() > longest) {
    const auto dot = clean.rfind('.');
    const std::string extension = dot != std::string::npos && clean.size() - dot <= 16 ? clean.substr(dot) : "";
    auto keep = longest - extension.size();
    while (keep > 0 && (static_cast<unsigned char>(clean[keep]) & 0xC0) == 0x80) --keep;
    clean = clean.substr(0, keep) + extension;
  }
  return clean.empty() ? "file" : clean;
}

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  if (!equal_ignoring_case(trim(content_type.substr(0, content_type.find(';'))), "multipart/form-data"))
    return std::nullopt;
  auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > 70) return std::nullopt;
  for (const char c : *boundary)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) return std::nullopt;
  return boundary;
}

Result<std::vector<Part>> parse_multipart_body(std::string_view body, std::string_view boundary,
                                               const MultipartLimits& limits) {
  const std::string delimiter = "\r\n--" + std::string(boundary);
  std::size_t at;
  if (body.starts_with(std::string_view(delimiter).substr(2))) {
    at = delimiter.size() - 2;
  } else {
    at = body.find(delimiter);  // behind a preamble
    if (at == std::string_view::npos) return malformed("no boundary");
    at += delimiter.size();
  }
  std::vector<Part> parts;
  while (true) {
    const auto rest = body.substr(at);
    if (rest.starts_with("--")) return parts;
    std::size_t blank = 0;
    while (blank < rest.size() && (rest[blank] == ' ' || rest[blank] == '\t')) ++blank;
    if (!rest.substr(blank).starts_with("\r\n")) return malformed("boundary line");
    at += blank + 2;
    if (parts.size() == limits.parts) return too_much("http.multipart.too_many");
    const auto window = body.substr(at, limits.part_head + 4);
    const auto head_end = window.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return malformed("part head");
    auto& part = parts.emplace_back();
    CIVITAS_CHECK(read_part_head(window.substr(0, head_end), part));
    at += head_end + 4;
    // The content may be empty: then its delimiter's line end is the head's.
    const auto end = body.find(delimiter, at - 2);
    if (end == std::string_view::npos) return malformed("part without an end");
    part.content = end < at ? std::string_view{} : body.substr(at, end - at);
    if (part.content.size() > limits.part_size) return too_much("http.multipart.too_large");
    at = end + delimiter.size();
  }
}

Result<Multipart> parse_multipart(const Request& request, const MultipartLimits& limits) {
  const auto boundary = multipart_boundary(request.headers.get("content-type"));
  if (!boundary)
    return fail(problem(Kind::unsupported, "http.multipart.type", "这里需要以 multipart/form-data 方式上传。",
                        "This address takes uploads as multipart/form-data."));
  Multipart result;
  std::string_view body = request.body;
  if (!request.body_file.empty()) {
    const int file = ::open(request.body_file.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status{};
    if (file < 0 || ::fstat(file, &status) != 0) {
      if (file >= 0) ::close(file);
      return fail(internal_problem("uploaded file: " + request.body_file.string()));
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    void* bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    ::close(file);
    if (bytes == MAP_FAILED) return fail(internal_problem("mapping an uploaded file"));
    result.mapping_ =
        std::shared_ptr<const void>(bytes, [size](const void* p) { ::munmap(const_cast<void*>(p), size); });
    body = std::string_view(static_cast<const char*>(bytes), size);
  }
  CIVITAS_TRY(result.parts_, parse_multipart_body(body, *boundary, limits));
  return result;
}

const Part* Multipart::find(std::string_view name) const {
  for (const auto& part : parts_)
    if (part.name == name) return &part;
  return nullptr;
}

std::optional<std::string_view> Multipart::text(std::string_view name) const {
  for (const auto& part : parts_)
    if (part.name == name && !part.file_name) return part.content;
  return std::nullopt;
}

}  // namespace civitas::http
