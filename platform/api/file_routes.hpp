// Uploads (docs/api.md, "Files and jobs").
#pragma once

#include "api/service.hpp"
#include "files/files.hpp"

namespace civitas::api {

/// POST /api/v1/files and GET /api/v1/files/{id}. Who is not signed in may upload pictures up to 5 MiB, and only while
/// some declared record type with files may be created by anybody. A file is shown to who uploaded it, to staff, and
/// with ?record=system/entity/id to who may read that record when it holds the file.
void add_file_routes(http::Router& router, Service& service, files::Files& files);

}  // namespace civitas::api
