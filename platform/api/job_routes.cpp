#include "api/job_routes.hpp"

#include "api/uploads.hpp"

namespace civitas::api {

namespace {

Problem not_found() {
  return problem(Kind::not_found, "jobs.job.not_found", "没有找到这项任务，或您无权查看。",
                 "There is no such job, or you may not see it.");
}

Result<std::int64_t> job_of(const Request& r) {
  const auto id = id_of(r);
  if (!id) return fail(not_found());
  return *id;
}

// For others a job is not there.
Result<jobs::Jobs::Facts> facts_for(sql::Connection& db, const entities::Context& c, std::int64_t id) {
  if (!c.who.signed_in()) return fail(sign_in_first());
  CIVITAS_TRY(auto facts, jobs::Jobs::facts(db, id));
  const bool own = c.who.id != 0 && facts.owner == c.who.id;
  if (!own && !c.who.has_role("identity", "system_administrator")) return fail(not_found());
  return facts;
}

}  // namespace

void add_job_routes(http::Router& router, Service& service, jobs::Jobs& jobs, const exchange::Exporter& exporter) {
  using http::RouteOptions;
  const auto by_owner = [] { return RouteOptions("the owner of the job, or system administrators"); };

  service.read(router, "/api/v1/jobs/{id}", by_owner(),
               [](Request& r, const entities::Context& c, sql::Connection& db) -> Result<Response> {
                 CIVITAS_TRY(const std::int64_t id, job_of(r));
                 CIVITAS_CHECK(facts_for(db, c, id));
                 CIVITAS_TRY(const Json job, jobs::Jobs::describe(db, id));
                 Response out = http::json_response(200, job.dump());
                 out.set("Cache-Control", "no-store");
                 return out;
               });

  router.add_simple(http::Method::del, "/api/v1/jobs/{id}", by_owner(), [&service, &jobs](Request& r) {
    const auto cancel = [&]() -> Status {
      CIVITAS_TRY(const std::int64_t id, job_of(r));
      CIVITAS_CHECK(service.parts().database.read([&](sql::Connection& db) -> Status {
        CIVITAS_CHECK(facts_for(db, service.context(r), id));
        return {};
      }));
      return jobs.cancel(id);
    };
    if (const Status done = cancel(); !done) return http::problem_response(done.error(), r);
    Response out;
    out.status = 204;
    return out;
  });

  service.read(
      router, "/api/v1/jobs/{id}/errors.xlsx", by_owner(),
      [](Request& r, const entities::Context& c, sql::Connection& db) -> Result<Response> {
        CIVITAS_TRY(const std::int64_t id, job_of(r));
        CIVITAS_TRY(const auto facts, facts_for(db, c, id));
        const auto file = exchange::Importer::errors_file(facts.input);
        std::error_code ignored;
        if (facts.kind != exchange::import_kind || !std::filesystem::is_regular_file(file, ignored))
          return fail(problem(Kind::not_found, "exchange.import.no_errors_file",
                              "没有错误文件：导入没有错误，或文件已过期清理。",
                              "There is no file of errors: nothing was wrong, or it has been cleared away."));
        Response out;
        out.set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            .set("X-Content-Type-Options", "nosniff");
        out.set("Content-Disposition", disposition("attachment", "导入错误.xlsx")).set("Cache-Control", "no-store");
        out.file = http::FileBody{file};
        return out;
      });

  service.read(router, "/api/v1/jobs/{id}/file", RouteOptions("the owner of the job"),
               [&exporter](Request& r, const entities::Context& c, sql::Connection& db) -> Result<Response> {
                 CIVITAS_TRY(const std::int64_t id, job_of(r));
                 CIVITAS_TRY(const auto facts, facts_for(db, c, id));
                 if (facts.owner != c.who.id || facts.kind != exchange::export_kind) return fail(not_found());
                 CIVITAS_TRY(const Json job, jobs::Jobs::describe(db, id));
                 const auto file = exporter.file_of(id, facts.input);
                 std::error_code ignored;
                 if (job["state"].as_string() != "done" || !std::filesystem::is_regular_file(file, ignored))
                   return fail(problem(Kind::not_found, "exchange.export.no_file",
                                       "导出文件还没有生成，或已过期清理，请重新导出。",
                                       "The file is not ready, or has been cleared away: export again."));
                 Response out;
                 out.set("Content-Type",
                         std::string(exchange::media_type(*exchange::format_named(facts.input["format"].as_string()))))
                     .set("X-Content-Type-Options", "nosniff");
                 out.set("Content-Disposition", disposition("attachment", job["result"]["name"].as_string()))
                     .set("Cache-Control", "no-store");
                 out.file = http::FileBody{file};
                 return out;
               });
}

}  // namespace civitas::api
