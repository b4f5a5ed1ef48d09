#include "http/message.hpp"

#include <algorithm>
#include <system_error>

#include "base/json.hpp"
#include "base/strings.hpp"
#include "http/proxies.hpp"

namespace civitas::http {

namespace {

constexpr std::pair<Method, std::string_view> methods[] = {
    {Method::get, "GET"},     {Method::head, "HEAD"},  {Method::post, "POST"},       {Method::put, "PUT"},
    {Method::patch, "PATCH"}, {Method::del, "DELETE"}, {Method::options, "OPTIONS"},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

const std::string* find_pair(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs)
    if (key == name) return &value;
  return nullptr;
}

struct Title {
  Kind kind;
  std::string_view zh, en;
};
constexpr Title titles[] = {
    {Kind::invalid, "请求数据有误", "Invalid request"},
    {Kind::unauthenticated, "需要登录", "Sign-in required"},
    {Kind::forbidden, "没有权限", "Not permitted"},
    {Kind::not_found, "没有找到", "Not found"},
    {Kind::not_allowed, "不支持这种操作", "Method not allowed"},
    {Kind::conflict, "与已有数据冲突", "Conflict"},
    {Kind::precondition, "数据已被他人修改", "Changed by somebody else"},
    {Kind::too_large, "内容过大", "Content too large"},
    {Kind::unsupported, "不支持的格式", "Unsupported"},
    {Kind::unprocessable, "目前不能这样办理", "Not possible now"},
    {Kind::exhausted, "请求过于频繁", "Too many requests"},
    {Kind::cancelled, "请求已取消", "Cancelled"},
    {Kind::internal, "系统内部错误", "Internal error"},
    {Kind::unavailable, "服务暂不可用", "Temporarily unavailable"},
    {Kind::timeout, "处理超时", "Timed out"},
};

}  // namespace

std::string_view method_name(Method method) {
  for (const auto& [m, name] : methods)
    if (m == method) return name;
  return "GET";
}

std::optional<Method> parse_method(std::string_view token) {
  for (const auto& [method, name] : methods)
    if (name == token) return method;
  return std::nullopt;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

void Headers::add(std::string_view name, std::string_view value) {
  fields_.push_back({static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(value.size())});
  bytes_.append(name).append(value);
}

std::string_view Headers::name(std::size_t index) const {
  return std::string_view(bytes_).substr(fields_[index].at, fields_[index].name_size);
}

std::string_view Headers::value(std::size_t index) const {
  return std::string_view(bytes_).substr(fields_[index].at + fields_[index].name_size, fields_[index].value_size);
}

std::optional<std::string_view> Headers::find(std::string_view wanted) const {
  for (std::size_t i = 0; i < fields_.size(); ++i)
    if (fields_[i].name_size == wanted.size() && equal_ignoring_case(name(i), wanted)) return value(i);
  return std::nullopt;
}

std::size_t Headers::count(std::string_view wanted) const {
  std::size_t n = 0;
  for (std::size_t i = 0; i < fields_.size(); ++i) n += equal_ignoring_case(name(i), wanted);
  return n;
}

void Headers::clear() {
  bytes_.clear();
  fields_.clear();
}

Request::~Request() { reset(); }

void Request::reset() {
  if (!body_file.empty()) {
    std::error_code ignored;  // moved away by the handler
    std::filesystem::remove(body_file, ignored);
    body_file.clear();
  }
  method = Method::get;
  target.clear();
  path.clear();
  query_parameters.clear();
  headers.clear();
  if (body.capacity() > 65536)
    body = std::string();
  else
    body.clear();
  body_size = 0;
  params.clear();
  route.clear();
  id.clear();
  host.clear();
  second_host.clear();
  context.reset();
}

std::optional<std::string_view> Request::query(std::string_view name) const {
  if (const auto* value = find_pair(query_parameters, name)) return *value;
  return std::nullopt;
}

std::vector<std::string_view> Request::query_all(std::string_view name) const {
  std::vector<std::string_view> all;
  for (const auto& [key, value] : query_parameters)
    if (key == name) all.push_back(value);
  return all;
}

std::string_view Request::param(std::string_view name) const {
  const auto* value = find_pair(params, name);
  return value ? std::string_view(*value) : std::string_view{};
}

std::optional<std::string_view> Request::cookie(std::string_view name) const {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (!equal_ignoring_case(headers.name(i), "cookie")) continue;
    std::string_view rest = headers.value(i);
    while (!rest.empty()) {
      const auto end = rest.find(';');
      const auto item = trim(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
      const auto equals = item.find('=');
      if (equals == std::string_view::npos || item.substr(0, equals) != name) continue;
      auto value = item.substr(equals + 1);
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
      return value;
    }
  }
  return std::nullopt;
}

std::string Request::content_type() const {
  const auto value = headers.get("content-type");
  return to_lower_ascii(trim(value.substr(0, value.find(';'))));
}

bool Request::is_local() const {
  if (!(peer.starts_with("127.") || peer == "::1" || peer.starts_with("::ffff:127."))) return false;
  return !speaks_for_another(headers) && !headers.find("x-real-ip");
}

bool Request::from_another_site() const {
  const auto origin = headers.find("Origin");
  if (!origin) return headers.get("Sec-Fetch-Site") == "cross-site";
  const auto scheme = origin->find("://");
  if (scheme == origin->npos) return true;  // "null": a page that hides where it comes from
  if (encrypted && origin->substr(0, scheme) != "https") return true;
  const auto named = origin->substr(scheme + 3);
  const std::string_view port = origin->substr(0, scheme) == "https" ? ":443" : ":80";  // browsers leave it out
  const auto is = [&](std::string_view site) {
    if (site.ends_with(port)) site.remove_suffix(port.size());
    return !site.empty() && equal_ignoring_case(named, site);
  };
  return !(is(host.empty() ? headers.get("Host") : host) || is(second_host));
}

std::string Request::site() const {
  const std::string_view named = host.empty() ? headers.get("Host") : std::string_view(host);
  return is_host(named) ? (encrypted ? "https://" : "http://") + std::string(named) : "";
}

Language Request::language() const {
  if (const auto chosen = cookie("lang")) {
    if (chosen->starts_with("en")) return Language::en;
    if (chosen->starts_with("zh")) return Language::zh;
  }
  double best = 0;
  Language language = Language::zh;
  for (const auto item : split(headers.get("accept-language"), ',')) {
    const auto tag = trim(item.substr(0, item.find(';')));
    double quality = 1;
    if (const auto q = item.find("q="); q != std::string_view::npos)
      quality = parse_number(trim(item.substr(q + 2))).value_or(0);
    if (quality <= best || tag.size() < 2) continue;
    const bool english = equal_ignoring_case(tag.substr(0, 2), "en");
    if (!english && !equal_ignoring_case(tag.substr(0, 2), "zh")) continue;
    if (tag.size() > 2 && tag[2] != '-') continue;
    best = quality;
    language = english ? Language::en : Language::zh;
  }
  return language;
}

Response& Response::set(std::string_view name, std::string value) {
  std::erase_if(headers, [&](const auto& field) { return equal_ignoring_case(field.first, name); });
  return add(name, std::move(value));
}

Response& Response::add(std::string_view name, std::string value) {
  headers.emplace_back(name, std::move(value));
  return *this;
}

const std::string* Response::find(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (equal_ignoring_case(key, name)) return &value;
  return nullptr;
}

namespace {

Response response_with(int status, std::string_view field, std::string value, std::string body) {
  Response response;
  response.status = status;
  response.headers.emplace_back(field, std::move(value));
  response.body = std::move(body);
  return response;
}

}  // namespace

Response json_response(int status, std::string json) {
  return response_with(status, "Content-Type", "application/json", std::move(json));
}

Response text_response(int status, std::string text) {
  return response_with(status, "Content-Type", "text/plain; charset=utf-8", std::move(text));
}

Response redirect_response(int status, std::string location) {
  return response_with(status, "Location", std::move(location), "");
}

Response problem_response(const Problem& problem, Language language, std::string_view request_id) {
  const Title* title = &titles[12];
  for (const auto& row : titles)
    if (row.kind == problem.kind) title = &row;
  const int status = http_status(problem.kind);
  const bool english = language == Language::en;
  std::string json;
  JsonWriter w(json);
  w.begin_object();
  w.key("type").value(problem.reason.empty() ? "about:blank" : "urn:civitas:problem:" + problem.reason);
  w.key("title").value(english ? title->en : title->zh);
  w.key("status").value(status);
  w.key("detail").value(english ? problem.message.en : problem.message.zh);
  w.key("reason").value(problem.reason);
  if (!problem.field.empty()) w.key("field").value(problem.field);
  if (!problem.errors.empty()) {
    w.key("errors").begin_array();
    for (const auto& e : problem.errors)
      w.begin_object()
          .key("field")
          .value(e.field)
          .key("reason")
          .value(e.reason)
          .key("detail")
          .value(english ? e.message.en : e.message.zh)
          .end_object();
    w.end_array();
  }
  w.key("request_id").value(request_id);
  w.end_object();
  Response response = json_response(status, std::move(json));
  response.headers[0].second = "application/problem+json";
  response.headers.emplace_back("Content-Language", english ? "en" : "zh-CN");
  return response;
}

Response problem_response(const Problem& problem, const Request& request) {
  return problem_response(problem, request.language(), request.id);
}

Problem foreign_origin() {
  return problem(Kind::forbidden, "http.origin.foreign", "请求来自其他网站，已拒绝，请在本站页面上操作。",
                 "The request comes from another site and was refused; use the pages of this one.");
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 499: return "Client Closed Request";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}

}  // namespace civitas::http
