// Files of a folder over HTTP: the built web client, downloads. ETag and If-None-Match, single byte ranges (RFC 9110
// sections 13 and 14), precompressed siblings (app.js.br, app.js.gz), and the start page for the paths of a single-page
// application. Nothing outside of the folder can be reached, also not through symbolic links, nor names that begin with
// a dot.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "http/router.hpp"

namespace civitas::http {

struct StaticOptions {
  std::filesystem::path folder;
  std::string access = "public";
  struct Fallback {
    std::string prefix;  // "/console/"
    std::string file;    // "console/index.html", relative to the folder
  };
  /// For paths that name no file and whose last segment has no extension: the longest prefix wins.
  std::vector<Fallback> fallbacks;
  /// Paths under these are never answered here, so that an unknown API address stays a 404 problem.
  std::vector<std::string> excluded = {"/api/"};
  /// Files here whose name ends in "-" and a hash of at least eight characters (index-BxK3v9aQ.js) never change.
  std::string immutable_folder = "assets";
};

/// Adds GET `prefix`{rest...}. `prefix` ends with a slash.
void add_static_files(Router& router, std::string_view prefix, StaticOptions options);

/// A file with ETag (from size and time of change), 304, 206 and 416. `content_type` may be "" to go by the name.
Response file_response(const Request& request, const std::filesystem::path& file, std::string_view content_type = {});

/// By extension: "text/html; charset=utf-8", … "application/octet-stream" when unknown.
std::string_view media_type_of(const std::filesystem::path& file);

/// `attachment; filename="…"; filename*=UTF-8''…` (RFC 6266) for a name in any language.
std::string attachment(std::string_view file_name);

}  // namespace civitas::http
