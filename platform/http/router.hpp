// Which handler answers which path. Patterns are made of static segments, parameters and an optional tail:
// "/api/v1/{system}/{entity}/{id}", "/files/{rest...}". At each segment a static name beats a parameter, and both beat
// a tail. A trailing slash makes no difference. HEAD is answered by the GET handler, OPTIONS by the router; a path that
// exists without the method is 405 with Allow.
//
// A route cannot be added without its declared access rule: what is public says so.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace civitas::http {

/// Where a reply goes: a connection, or a test.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void reply(Response response) = 0;
};

/// The right, and duty, to answer one request exactly once, from any thread. Destroyed unanswered it answers 500, so
/// that a forgotten or failed request never hangs. A second call is a bug: it is logged and has no effect.
class Reply {
 public:
  Reply() = default;
  explicit Reply(std::shared_ptr<ReplySink> sink) : sink_(std::move(sink)) {}
  /// For tests of handlers without a server.
  explicit Reply(std::function<void(Response)> receive);
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&& other) noexcept;
  ~Reply();
  void operator()(Response response);
  bool pending() const { return sink_ != nullptr; }

 private:
  std::shared_ptr<ReplySink> sink_;
};

using Handler = std::function<void(std::shared_ptr<Request>, Reply)>;
/// A handler that has its answer when it returns.
using SimpleHandler = std::function<Response(Request&)>;

struct RouteOptions {
  /// Where the handler runs. `worker` may block. `in_place` runs on the thread that serves the sockets: only for
  /// handlers that neither wait nor compute for longer than some tens of microseconds (health, cached answers).
  enum class Run { worker, in_place };

  /// `declared_access` is the access rule in words or as a policy name: "public", "signed in", "role sign_manager".
  explicit RouteOptions(std::string declared_access) : access(std::move(declared_access)) {}
  RouteOptions& named(std::string n) { return name = std::move(n), *this; }
  RouteOptions& body_up_to(std::uint64_t bytes) { return max_body = bytes, *this; }
  RouteOptions& to_file(std::uint64_t bytes) { return max_body = bytes, body_to_file = true, *this; }
  RouteOptions& in_place() { return run = Run::in_place, *this; }
  /// A route that ends in {rest...} does not take what lies under these ("/api/"): other routes answer for that, or
  /// nobody does.
  RouteOptions& not_under(std::vector<std::string> prefixes) { return excluded = std::move(prefixes), *this; }

  std::string access;
  std::string name;
  std::uint64_t max_body = 1 << 20;  // bytes; 413 beyond
  bool body_to_file = false;         // bodies over 1 MiB arrive as Request::body_file
  Run run = Run::worker;
  std::vector<std::string> excluded;
};

struct Route {
  Method method;
  std::string pattern;
  RouteOptions options;
  Handler handler;
  std::vector<std::string> parameter_names;
};

/// Looks at a request before its handler, on the same thread: returns an answer to end it there. Filters see no body,
/// so that large uploads are refused before they are received: for bodies over 64 KiB they run when the head has come.
using Filter = std::function<std::optional<Response>(Request&)>;

class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// Throws std::logic_error for a malformed pattern, a second route of the same method and shape, or an empty access
  /// rule: mistakes of the program, found when it starts.
  void add(Method method, std::string_view pattern, RouteOptions options, Handler handler);
  void add_simple(Method method, std::string_view pattern, RouteOptions options, SimpleHandler handler);
  /// In the order added.
  void before(Filter filter);
  /// Last look at each answer before it is sent (extra headers), also at those of the router itself; must be quick and
  /// thread-safe.
  void after(std::function<void(const Request&, Response&)> hook);

  struct Match {
    const Route* route = nullptr;
    std::string allow;  // when the path exists but not the method
  };
  /// Fills `params` and `route` of the request when a route is found.
  Match match(Request& request) const;
  /// The answer for what matched nothing: 404, 405, or 204 to OPTIONS.
  static Response unmatched(const Match& match, const Request& request);

  std::optional<Response> run_filters(Request& request) const;
  void run_after(const Request& request, Response& response) const;
  bool has_filters() const { return !filters_.empty(); }

  std::vector<const Route*> routes() const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
  std::vector<std::unique_ptr<Route>> routes_;
  std::vector<Filter> filters_;
  std::vector<std::function<void(const Request&, Response&)>> after_;
};

}  // namespace civitas::http
