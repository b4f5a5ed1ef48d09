// Long work as its owner sees it (docs/api.md, "Files and jobs").
#pragma once

#include "api/service.hpp"
#include "jobs/jobs.hpp"

namespace civitas::api {

/// GET and DELETE /api/v1/jobs/{id}, GET /api/v1/jobs/{id}/errors.xlsx: for the owner of the job and for system administrators.
void add_job_routes(http::Router& router, Service& service, jobs::Jobs& jobs);

}  // namespace civitas::api
