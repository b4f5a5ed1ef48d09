// The routes that the tests of the server ask.
#pragma once

#include "base/json.hpp"
#include "base/strings.hpp"
#include "http/test_client.hpp"

namespace civitas::http {

inline const RouteOptions open_to_all("public");

inline Router echo() {
  Router router;
  router.add_simple(Method::get, "/hello", open_to_all, [](Request& r) {
    return text_response(200, "hello " + std::string(r.query("name").value_or("")));
  });
  router.add_simple(Method::get, "/quick", RouteOptions("public").in_place(),
                    [](Request&) { return text_response(200, "quick"); });
  router.add_simple(Method::post, "/echo", RouteOptions("public").body_up_to(100'000),
                    [](Request& r) { return text_response(200, r.body); });
  router.add_simple(Method::post, "/upload", RouteOptions("public").to_file(20 << 20), [](Request& r) {
    std::uint64_t sum = 0, size = r.body.size();
    std::string bytes = r.body;
    if (!r.body_file.empty()) {
      bytes = *read_file(r.body_file);
      size = bytes.size();
    }
    for (const char c : bytes) sum = sum * 31 + static_cast<unsigned char>(c);
    Json json;
    json.set("size", size).set("announced", static_cast<std::size_t>(r.body_size)).set("sum", std::to_string(sum));
    json.set("file", r.body_file.string());
    return json_response(200, json.dump());
  });
  return router;
}

}  // namespace civitas::http
