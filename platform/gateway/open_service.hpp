// Open interfaces: what other departments' programs call with an application key. One object checks the key, the right
// and the quota of every call, logs it, and keeps the catalogue of what is published.
//
//   open.add(router, {.name = "town.match", .title = {...}, .method = http::Method::get,
//                     .path = "/open/v1/town/match", .parameters = {...}}, handler);
//
// Answers of its own: 401 `gateway.key.missing`, `gateway.key.unknown`; 403 `gateway.key.forbidden`; 429
// `gateway.quota.second`, `gateway.quota.day` with Retry-After.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "gateway/call_log.hpp"
#include "gateway/keys.hpp"
#include "http/router.hpp"

namespace civitas::gateway {

struct Parameter {
  std::string name;
  Text description;
  bool required = false;
  bool in_path = false;
  Json schema = {};  // JSON Schema; empty: text
};

/// One published interface. Several may share a name: the name is what keys are granted.
struct Interface {
  std::string name;  // "town.match"
  Text title;
  Text description;
  http::Method method = http::Method::get;
  std::string path;
  std::vector<Parameter> parameters;
  Json body;      // JSON Schema of the request body; null: none
  Json response;  // JSON Schema of the answer; null: any object
  std::string media_type = "application/json";
};

using OpenHandler = std::function<Result<http::Response>(http::Request&, const Application&)>;

class OpenService {
 public:
  OpenService(Keys& keys, CallLog& log, const Clock& clock) : keys_(keys), log_(log), clock_(clock) {}

  /// Publishes: adds the route and the entry of the catalogue. Handlers run on a worker and may block.
  void add(http::Router& router, Interface what, OpenHandler handler);
  /// Only the entry, for routes that guard themselves.
  void describe(Interface what) { interfaces_.push_back(std::move(what)); }
  /// Runs `work` for a caller who may call `service`, and logs the call whatever came of it.
  http::Response guard(http::Request& request, std::string_view service, const OpenHandler& work);

  const std::vector<Interface>& interfaces() const { return interfaces_; }
  /// {"items":[{"name","title","description","method","path","parameters"}]}
  std::string catalogue() const;

 private:
  Keys& keys_;
  CallLog& log_;
  const Clock& clock_;
  std::vector<Interface> interfaces_;
};

}  // namespace civitas::gateway
