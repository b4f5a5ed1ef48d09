#include "http/static_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "base/strings.hpp"
#include "http/conditional.hpp"

namespace civitas::http {

namespace {

namespace fs = std::filesystem;

constexpr std::pair<std::string_view, std::string_view> media_types[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".geojson", "application/geo+json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".webp", "image/webp"},
    {".gif", "image/gif"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".ttf", "font/ttf"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/markdown; charset=utf-8"},
    {".csv", "text/csv; charset=utf-8"},
    {".xml", "application/xml"},
    {".pdf", "application/pdf"},
    {".wasm", "application/wasm"},
    {".mvt", "application/vnd.mapbox-vector-tile"},
    {".pbf", "application/x-protobuf"},
    {".zip", "application/zip"},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
};

struct Info {
  std::uint64_t size = 0;
  std::string tag;
};

std::optional<Info> look(const fs::path& file) {
  struct stat status{};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto nanos = static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000u +
                     static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  return Info{size, "\"" + std::to_string(size) + "-" + std::to_string(nanos) + "\""};
}

bool accepts(std::string_view field, std::string_view coding) {
  for (const auto item : split(field, ',')) {
    if (!equal_ignoring_case(trim(item.substr(0, item.find(';'))), coding)) continue;
    const auto q = item.find("q=");
    return q == std::string_view::npos || parse_number(trim(item.substr(q + 2))).value_or(0) > 0;
  }
  return false;
}

struct Range {
  std::uint64_t from = 0, length = 0;
};
enum class RangeKind { whole, part, impossible };

RangeKind parse_range(std::string_view field, std::uint64_t size, Range& range) {
  if (!field.starts_with("bytes=")) return RangeKind::whole;
  field.remove_prefix(6);
  const auto dash = field.find('-');
  if (dash == std::string_view::npos || field.find(',') != std::string_view::npos) return RangeKind::whole;
  const auto first = trim(field.substr(0, dash)), last = trim(field.substr(dash + 1));
  if (first.empty()) {
    const auto suffix = parse_integer(last);
    if (!suffix || *suffix < 0) return RangeKind::whole;
    if (*suffix == 0 || size == 0) return RangeKind::impossible;
    range.length = std::min<std::uint64_t>(static_cast<std::uint64_t>(*suffix), size);
    range.from = size - range.length;
    return RangeKind::part;
  }
  const auto from = parse_integer(first);
  if (!from || *from < 0) return RangeKind::whole;
  std::uint64_t to = size == 0 ? 0 : size - 1;
  if (!last.empty()) {
    const auto end = parse_integer(last);
    if (!end || *end < *from) return RangeKind::whole;
    to = std::min<std::uint64_t>(to, static_cast<std::uint64_t>(*end));
  }
  range.from = static_cast<std::uint64_t>(*from);
  if (range.from >= size) return RangeKind::impossible;
  range.length = to - range.from + 1;
  return RangeKind::part;
}

Response send(const Request& request, const fs::path& file, const Info& info, std::string_view type) {
  Response response;
  response.set("ETag", info.tag);
  response.set("Cache-Control", "no-cache");
  answer_condition(request, response);
  if (response.status == 304) return response;
  response.set("Content-Type", std::string(type));
  response.set("Accept-Ranges", "bytes");
  FileBody body{file, 0, info.size};
  const auto condition = request.headers.find("if-range");
  if (const auto wanted = request.headers.find("range"); wanted && (!condition || *condition == info.tag)) {
    Range range;
    switch (parse_range(*wanted, info.size, range)) {
      case RangeKind::whole: break;
      case RangeKind::impossible:
        response.status = 416;
        response.set("Content-Range", "bytes */" + std::to_string(info.size));
        return response;
      case RangeKind::part:
        response.status = 206;
        body.offset = range.from;
        body.length = range.length;
        response.set("Content-Range", "bytes " + std::to_string(range.from) + "-" +
                                          std::to_string(range.from + range.length - 1) + "/" +
                                          std::to_string(info.size));
    }
  }
  response.file = std::move(body);
  return response;
}

bool has_hash(const fs::path& file) {
  const auto stem = file.stem().string();
  const auto ok = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  // The hash itself may hold "-": eight characters at the end behind a dash.
  return stem.size() > 9 && std::all_of(stem.end() - 8, stem.end(), ok) && stem.find('-') <= stem.size() - 9;
}

class StaticFiles {
 public:
  explicit StaticFiles(StaticOptions options) : options_(std::move(options)) {
    std::error_code missing;
    root_ = fs::weakly_canonical(options_.folder, missing);
  }

  Response answer(Request& request) const {
    const auto excluded = std::any_of(options_.excluded.begin(), options_.excluded.end(),
                                      [&](const auto& prefix) { return request.path.starts_with(prefix); });
    if (!excluded) {
      std::string rest(request.param("rest"));
      if (rest.empty() || rest.ends_with('/')) rest += "index.html";
      if (auto found = file(request, rest)) return std::move(*found);
      const auto name = rest.substr(rest.rfind('/') + 1);
      if (name == "index.html" || name.find('.') == std::string::npos) {
        const StaticOptions::Fallback* best = nullptr;
        for (const auto& fallback : options_.fallbacks)
          if (request.path.starts_with(fallback.prefix) && (!best || fallback.prefix.size() > best->prefix.size()))
            best = &fallback;
        if (best)
          if (auto found = file(request, best->file)) return std::move(*found);
      }
    }
    return Router::unmatched({}, request);
  }

 private:
  std::optional<Response> file(const Request& request, const std::string& name) const {
    for (const auto part : split(name, '/'))
      if (part.empty() || (part.front() == '.' && part != ".well-known")) return std::nullopt;
    std::error_code error;
    const auto path = fs::canonical(root_ / name, error);
    if (error || std::mismatch(root_.begin(), root_.end(), path.begin(), path.end()).first != root_.end())
      return std::nullopt;
    const auto plain = look(path);
    if (!plain) return std::nullopt;
    const auto type = media_type_of(path);
    const auto wanted = request.headers.get("accept-encoding");
    bool varies = false;
    std::optional<Response> response;
    for (const auto& [coding, suffix] : {std::pair{"br", ".br"}, std::pair{"gzip", ".gz"}}) {
      auto sibling = path;
      sibling += suffix;
      const auto packed = look(sibling);
      if (!packed) continue;
      varies = true;
      if (response || !accepts(wanted, coding) || request.headers.find("range")) continue;
      response = send(request, sibling, *packed, type);
      response->set("Content-Encoding", coding);
    }
    if (!response) response = send(request, path, *plain, type);
    if (varies) response->set("Vary", "Accept-Encoding");
    if (response->status != 416 && has_hash(path) && path.parent_path() == root_ / options_.immutable_folder)
      response->set("Cache-Control", "public, max-age=31536000, immutable");
    return response;
  }

  StaticOptions options_;
  fs::path root_;
};

}  // namespace

std::string_view media_type_of(const fs::path& file) {
  const auto extension = to_lower_ascii(file.extension().string());
  for (const auto& [known, type] : media_types)
    if (known == extension) return type;
  return "application/octet-stream";
}

Response file_response(const Request& request, const fs::path& file, std::string_view content_type) {
  const auto info = look(file);
  if (!info)
    return problem_response(
        problem(Kind::not_found, "http.file.not_found", "文件不存在或已被移走。", "The file does not exist any more."),
        request);
  return send(request, file, *info, content_type.empty() ? media_type_of(file) : content_type);
}

std::string attachment(std::string_view file_name) {
  std::string plain;
  for (const char c : file_name)
    plain.push_back(
        static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f || c == '"' || c == '\\' ? '_'
                                                                                                               : c);
  return "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + percent_encode(file_name);
}

void add_static_files(Router& router, std::string_view prefix, StaticOptions options) {
  auto access = options.access;
  auto excluded = options.excluded;
  router.add_simple(Method::get, std::string(prefix) + "{rest...}",
                    RouteOptions(std::move(access)).named("static files").not_under(std::move(excluded)),
                    [files = StaticFiles(std::move(options))](Request& request) { return files.answer(request); });
}

}  // namespace civitas::http
