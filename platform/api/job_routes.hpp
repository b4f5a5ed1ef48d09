// Long work as its owner sees it (docs/api.md, "Files and jobs").
#pragma once

#include "api/service.hpp"
#include "exchange/exchange.hpp"
#include "jobs/jobs.hpp"

namespace civitas::api {

/// GET and DELETE /api/v1/jobs/{id}, GET /api/v1/jobs/{id}/errors.xlsx: for the owner of the job and for system
/// administrators. GET /api/v1/jobs/{id}/file, what an export wrote: for its owner only, under whose rights it was
/// read.
void add_job_routes(http::Router& router, Service& service, jobs::Jobs& jobs, const exchange::Exporter& exporter);

}  // namespace civitas::api
