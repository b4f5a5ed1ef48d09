#include "http/conditional.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace civitas::http {

namespace {

// What describes the body that is not sent (RFC 9110 section 15.4.5).
bool describes_body(std::string_view field) {
  for (const char* name : {"Content-Type", "Content-Encoding", "Content-Language", "Content-Disposition", "Accept-Ranges"})
    if (equal_ignoring_case(field, name)) return true;
  return false;
}

}  // namespace

bool lists_tag(std::string_view field, std::string_view tag) {
  if (trim(field) == "*") return true;
  const auto strong = [](std::string_view t) { return t.starts_with("W/") ? t.substr(2) : t; };
  for (const auto item : split(field, ','))
    if (strong(trim(item)) == strong(tag)) return true;
  return false;
}

void answer_condition(const Request& request, Response& response) {
  if (response.status != 200 || (request.method != Method::get && request.method != Method::head)) return;
  const std::string* tag = response.find("ETag");
  if (!tag) return;
  bool known = false;
  for (std::size_t i = 0; i < request.headers.size() && !known; ++i)
    known = equal_ignoring_case(request.headers.name(i), "If-None-Match") && lists_tag(request.headers.value(i), *tag);
  if (!known) return;
  response.status = 304;
  response.body.clear();
  response.file.reset();
  std::erase_if(response.headers, [](const auto& field) { return describes_body(field.first); });
}

}  // namespace civitas::http
