#include "gateway/open_service.hpp"

#include <chrono>

#include "gateway/representation.hpp"

namespace civitas::gateway {

namespace {

http::Response refused(const Meter::Answer& answer, const Application& application, const http::Request& r) {
  const bool day = answer.outcome == Meter::Outcome::day_used_up;
  const Problem p =
      day ? problem(
                Kind::exhausted, "gateway.quota.day",
                "今日调用次数已达上限 " + std::to_string(application.quota.per_day) + " 次，请明日再试或申请提高限额。",
                "Today's " + std::to_string(application.quota.per_day) +
                    " calls are used up. Try tomorrow, or ask for a larger quota.")
          : problem(Kind::exhausted, "gateway.quota.second",
                    "调用过快，每秒最多 " + std::to_string(application.quota.per_second) + " 次，请稍后重试。",
                    "Too fast: at most " + std::to_string(application.quota.per_second) +
                        " calls a second. Try again shortly.");
  auto out = http::problem_response(p, r);
  out.set("Retry-After", std::to_string(answer.retry_seconds));
  return out;
}

}  // namespace

http::Response OpenService::guard(http::Request& r, std::string_view service, const OpenHandler& work) {
  const auto began = std::chrono::steady_clock::now();
  const auto found = keys_.find(r.headers.get(key_header));
  if (!found) {
    auto out = http::problem_response(found.error(), r);
    if (out.status == 401) out.set("WWW-Authenticate", "ApiKey realm=\"civitas\", header=\"X-Civitas-Key\"");
    return out;
  }
  const Application& application = **found;
  Call call;
  call.at = clock_.now();
  call.application = application.id;
  call.department = application.department;
  call.service = service;
  call.address = r.remote;
  http::Response out;
  if (!application.may_call(service)) {
    out = http::problem_response(
        problem(Kind::forbidden, "gateway.key.forbidden",
                "该应用未获授权调用接口 " + std::string(service) + "，请向数据主管部门申请授权。",
                "This application was not granted the interface " + std::string(service) +
                    "; ask the department in charge of data for it."),
        r);
  } else if (const auto answer = application.meter->admit(application.quota, call.at);
             answer.outcome != Meter::Outcome::admitted) {
    out = refused(answer, application, r);
  } else {
    call.admitted = true;
    auto done = work(r, application);
    out = done ? std::move(*done) : http::problem_response(done.error(), r);
    tag_answer(r, out);
  }
  call.status = out.status;
  call.bytes = static_cast<std::int64_t>(out.body.size());
  call.duration_us =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began).count();
  log_.record(std::move(call));
  return out;
}

void OpenService::add(http::Router& router, Interface what, OpenHandler handler) {
  http::RouteOptions options("application key granted " + what.name);
  options.named(what.name);
  router.add_simple(what.method, what.path, std::move(options),
                    [this, service = what.name, handler = std::move(handler)](http::Request& r) {
                      return guard(r, service, handler);
                    });
  interfaces_.push_back(std::move(what));
}

std::string OpenService::catalogue() const {
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("items").begin_array();
  for (const auto& i : interfaces_) {
    w.begin_object()
        .key("name")
        .value(i.name)
        .key("title")
        .tree(Json(i.title))
        .key("description")
        .tree(Json(i.description));
    w.key("method")
        .value(http::method_name(i.method))
        .key("path")
        .value(i.path)
        .key("media_type")
        .value(i.media_type)
        .key("parameters")
        .begin_array();
    for (const auto& p : i.parameters)
      w.begin_object()
          .key("name")
          .value(p.name)
          .key("in")
          .value(p.in_path ? "path" : "query")
          .key("required")
          .value(p.required || p.in_path)
          .key("description")
          .tree(Json(p.description))
          .end_object();
    w.end_array().end_object();
  }
  w.end_array().key("key_header").value(key_header).key("openapi").value("/open/v1/openapi.json").end_object();
  return out;
}

}  // namespace civitas::gateway
