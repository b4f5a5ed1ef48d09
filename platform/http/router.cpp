#include "http/router.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <stdexcept>

#include "base/log.hpp"
#include "base/strings.hpp"

namespace civitas::http {

namespace {

constexpr std::size_t method_count = 7;
constexpr std::size_t max_segments = 64;

class FunctionSink : public ReplySink {
 public:
  explicit FunctionSink(std::function<void(Response)> receive) : receive_(std::move(receive)) {}
  void reply(Response response) override { receive_(std::move(response)); }

 private:
  std::function<void(Response)> receive_;
};

/// A path cut at its slashes.
struct Segments {
  std::array<std::string_view, max_segments> parts;
  std::array<std::size_t, max_segments> at;  // where each begins in the path
  std::size_t count = 0;
  bool too_many = false;
};

Segments cut(std::string_view path) {
  Segments s;
  std::size_t begin = 1;
  while (begin < path.size()) {
    if (s.count == max_segments) {
      s.too_many = true;
      break;
    }
    const auto slash = path.find('/', begin);
    const auto end = slash == std::string_view::npos ? path.size() : slash;
    s.parts[s.count] = path.substr(begin, end - begin);
    s.at[s.count++] = begin;
    begin = end + 1;
  }
  return s;
}

}  // namespace

Reply::Reply(std::function<void(Response)> receive) : sink_(std::make_shared<FunctionSink>(std::move(receive))) {}

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this != &other) {
    Reply old(std::move(*this));  // answers what it still owes
    sink_ = std::move(other.sink_);
  }
  return *this;
}

Reply::~Reply() {
  if (!sink_) return;
  Response response;
  response.status = 0;  // the sink makes its own 500, in the language of the request
  try {
    std::exchange(sink_, nullptr)->reply(std::move(response));
  } catch (const std::exception& error) {
    log_error("http.reply.failed", {{"error", error.what()}});
  }
}

void Reply::operator()(Response response) {
  const auto sink = std::exchange(sink_, nullptr);
  if (!sink) {
    log_error("http.reply.twice", {{"status", response.status}});
    return;
  }
  sink->reply(std::move(response));
}

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> fixed;
  std::unique_ptr<Node> parameter;
  std::array<const Route*, method_count> routes{};
  std::array<const Route*, method_count> tail{};  // {rest...}
};

namespace {

using Table = std::array<const Route*, method_count>;

const Route* pick(const Table& table, Method method) {
  if (const auto* route = table[static_cast<std::size_t>(method)]) return route;
  if (method == Method::head) return table[static_cast<std::size_t>(Method::get)];
  return nullptr;
}

template <class Node>
struct Search {
  std::string_view path;
  const Segments& segments;
  Method method;
  std::array<std::size_t, max_segments> captured{};  // indices of segments that went into parameters
  std::size_t captures = 0;
  std::size_t tail_from = 0;
  bool in_tail = false;
  unsigned allowed = 0;  // methods of places that fit without the method

  const Route* take(const Table& table) {
    for (std::size_t m = 0; m < method_count; ++m)
      if (table[m]) allowed |= 1u << m;
    return pick(table, method);
  }

  const Route* take_tail(const Table& table) {
    Table open = table;
    for (auto& route : open)
      if (route && std::any_of(route->options.excluded.begin(), route->options.excluded.end(),
                               [&](const std::string& prefix) { return path.starts_with(prefix); }))
        route = nullptr;
    return take(open);
  }

  // Each node of the tree is visited at most once: there is only one way to it.
  const Route* visit(const Node& node, std::size_t depth) {
    if (depth == segments.count) {
      if (const auto* route = take(node.routes)) return route;
    } else {
      if (const auto next = node.fixed.find(segments.parts[depth]); next != node.fixed.end())
        if (const auto* route = visit(*next->second, depth + 1)) return route;
      if (node.parameter) {
        captured[captures++] = depth;
        if (const auto* route = visit(*node.parameter, depth + 1)) return route;
        --captures;
      }
    }
    if (const auto* route = take_tail(node.tail)) {
      in_tail = true;
      tail_from = depth;
      return route;
    }
    return nullptr;
  }
};

}  // namespace

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(Method method, std::string_view pattern, RouteOptions options, Handler handler) {
  const std::string shown(pattern);
  if (trim(options.access).empty()) throw std::logic_error("route without an access rule: " + shown);
  if (!pattern.starts_with('/') || !handler) throw std::logic_error("malformed route: " + shown);
  const auto segments = cut(pattern);
  if (segments.too_many) throw std::logic_error("route too deep: " + shown);

  Node* node = root_.get();
  std::vector<std::string> names;
  bool tail = false;
  for (std::size_t i = 0; i < segments.count; ++i) {
    const auto part = segments.parts[i];
    if (tail || part.empty()) throw std::logic_error("malformed route: " + shown);
    if (part.front() == '{') {
      if (part.back() != '}' || part.size() < 3) throw std::logic_error("malformed route: " + shown);
      auto name = part.substr(1, part.size() - 2);
      if (name.ends_with("...")) {
        name.remove_suffix(3);
        tail = true;
      }
      if (name.empty() || name.find_first_of("{}.") != std::string_view::npos)
        throw std::logic_error("malformed route: " + shown);
      names.emplace_back(name);
      if (tail) continue;
      if (!node->parameter) node->parameter = std::make_unique<Node>();
      node = node->parameter.get();
    } else {
      if (part.find_first_of("{}") != std::string_view::npos) throw std::logic_error("malformed route: " + shown);
      auto& next = node->fixed[std::string(part)];
      if (!next) next = std::make_unique<Node>();
      node = next.get();
    }
  }
  if (std::set<std::string>(names.begin(), names.end()).size() != names.size())
    throw std::logic_error("parameter named twice: " + shown);
  auto& place = (tail ? node->tail : node->routes)[static_cast<std::size_t>(method)];
  if (place) throw std::logic_error("two routes of one shape: " + shown + " and " + place->pattern);
  routes_.push_back(
      std::make_unique<Route>(Route{method, shown, std::move(options), std::move(handler), std::move(names)}));
  place = routes_.back().get();
}

void Router::add_simple(Method method, std::string_view pattern, RouteOptions options, SimpleHandler handler) {
  if (!handler) throw std::logic_error("route without a handler: " + std::string(pattern));
  add(method, pattern, std::move(options),
      [handler = std::move(handler)](const std::shared_ptr<Request>& request, Reply reply) {
        reply(handler(*request));
      });
}

void Router::before(Filter filter) { filters_.push_back(std::move(filter)); }

void Router::after(std::function<void(const Request&, Response&)> hook) { after_.push_back(std::move(hook)); }

Router::Match Router::match(Request& request) const {
  Match found;
  const auto segments = cut(request.path);
  if (segments.too_many) return found;
  Search<Node> search{request.path, segments, request.method};
  found.route = search.visit(*root_, 0);
  if (!found.route) {
    if (search.allowed == 0) return found;
    constexpr auto bit = [](Method m) { return 1u << static_cast<unsigned>(m); };
    if (search.allowed & bit(Method::get)) search.allowed |= bit(Method::head);
    search.allowed |= bit(Method::options);
    for (unsigned m = 0; m < method_count; ++m) {
      if (!(search.allowed & (1u << m))) continue;
      if (!found.allow.empty()) found.allow += ", ";
      found.allow += method_name(static_cast<Method>(m));
    }
    return found;
  }
  request.route = found.route->pattern;
  request.params.clear();
  const auto& names = found.route->parameter_names;
  for (std::size_t i = 0; i < search.captures; ++i)
    request.params.emplace_back(names[i], segments.parts[search.captured[i]]);
  if (search.in_tail)
    request.params.emplace_back(names.back(), search.tail_from < segments.count
                                                  ? std::string_view(request.path).substr(segments.at[search.tail_from])
                                                  : std::string_view{});
  return found;
}

Response Router::unmatched(const Match& match, const Request& request) {
  if (request.path == "*") {
    Response response;
    response.status = 204;
    response.set("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    return response;
  }
  if (match.allow.empty())
    return problem_response(problem(Kind::not_found, "http.route.not_found", "这个地址不存在，请检查链接。",
                                    "There is nothing at this address. Check the link."),
                            request);
  Response response;
  if (request.method == Method::options)
    response.status = 204;
  else
    response = problem_response(
        problem(Kind::not_allowed, "http.route.method", "这个地址不支持该操作，可用的方法：" + match.allow + "。",
                "This address does not support the method; it takes " + match.allow + "."),
        request);
  response.set("Allow", match.allow);
  return response;
}

std::optional<Response> Router::run_filters(Request& request) const {
  for (const auto& filter : filters_)
    if (auto answer = filter(request)) return answer;
  return std::nullopt;
}

void Router::run_after(const Request& request, Response& response) const {
  for (const auto& hook : after_) hook(request, response);
}

std::vector<const Route*> Router::routes() const {
  std::vector<const Route*> all;
  for (const auto& route : routes_) all.push_back(route.get());
  return all;
}

}  // namespace civitas::http
