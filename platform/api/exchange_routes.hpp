// Tables in and out of any record type (docs/api.md, "Records").
#pragma once

#include <filesystem>

#include "api/service.hpp"
#include "exchange/exchange.hpp"
#include "jobs/jobs.hpp"

namespace civitas::api {

/// GET …/import/template.xlsx, POST …/import?mode=, POST …/export.{xlsx,csv,geojson}: for staff, within their rights.
/// `temporary` is a folder for templates while they are sent.
void add_exchange_routes(http::Router& router, Service& service, exchange::Importer& importer, jobs::Jobs& jobs,
                         std::filesystem::path temporary);

}  // namespace civitas::api
