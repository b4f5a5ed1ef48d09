#include "api/former_paths.hpp"

namespace civitas::api {

void redirect_former_paths(http::Router& router, const entities::Catalog& catalog) {
  std::vector<std::pair<std::string, std::string>> moved;  // address of before: address of today
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities)
      if (!e.was.empty())
        for (const char* base : {"/api/v1/", "/api/v1/meta/", "/open/v1/"}) moved.emplace_back(base + e.was, base + e.path());
  if (moved.empty()) return;
  router.before([moved = std::move(moved)](http::Request& r) -> std::optional<http::Response> {
    const std::string_view target = r.target;
    for (const auto& [from, to] : moved) {
      if (!target.starts_with(from)) continue;
      const std::string_view rest = target.substr(from.size());
      if (!rest.empty() && rest[0] != '/' && rest[0] != '?') continue;
      http::Response out = http::text_response(308, "");
      out.headers.emplace_back("Location", to + std::string(rest));
      return out;
    }
    return std::nullopt;
  });
}

}  // namespace civitas::api
