#include "http/server.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <thread>

#include "base/log.hpp"
#include "http/connection.hpp"

namespace civitas::http {

namespace {

using boost::system::error_code;
using std::chrono::milliseconds;

constexpr std::array classes{"1xx", "2xx", "3xx", "4xx", "5xx", "other"};

unsigned cores() { return std::max(1u, std::thread::hardware_concurrency()); }

ServerOptions with_defaults(ServerOptions options) {
  if (options.socket_threads == 0) options.socket_threads = std::max(1u, cores() / 2);
  if (options.workers == 0) options.workers = 2 * cores();
  return options;
}

milliseconds sweep_interval(const ServerOptions& options) {
  const auto shortest =
      std::min({options.head_timeout, options.idle_timeout, options.body_grace, options.write_timeout});
  return std::clamp(shortest / 4, milliseconds(10), milliseconds(1000));
}

}  // namespace

Core::Core(ServerOptions given, Router given_router)
    : options(with_defaults(std::move(given))), router(std::move(given_router)) {
  for (unsigned i = 0; i < options.socket_threads; ++i) sockets.push_back(std::make_unique<asio::io_context>(1));
  const auto field = [this](std::string_view name, std::string_view value) {
    default_fields.push_back({name, std::string(name) + ": " + std::string(value) + "\r\n"});
  };
  field("X-Content-Type-Options", "nosniff");
  field("Referrer-Policy", "same-origin");
  field("Cache-Control", "no-store");
  if (!options.content_security_policy.empty()) field("Content-Security-Policy", options.content_security_policy);
  if (!options.metrics) return;
  for (std::size_t m = 0; m < requests.size(); ++m)
    for (std::size_t c = 1; c < classes.size(); ++c) {
      const std::string method(m < 7 ? method_name(static_cast<Method>(m)) : "none");
      requests[m][c] = &options.metrics->counter("civitas_http_requests_total", "Requests answered.",
                                                 "method=\"" + method + "\",class=\"" + classes[c] + "\"");
    }
  overflows = &options.metrics->counter("civitas_http_slow_listeners_total",
                                        "Event streams and WebSockets cut because their client read too slowly.");
  durations = &options.metrics->histogram("civitas_http_request_seconds", "From the head of a request to its answer.");
}

void Core::observe(const Request& request, bool parsed, int status, std::uint64_t bytes) const {
  const bool logged = status >= 500 || options.access_log == ServerOptions::AccessLog::all;
  if (!durations && !logged) return;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - request.arrived).count();
  if (durations) {
    const auto group = static_cast<std::size_t>(status / 100);
    requests[parsed ? static_cast<std::size_t>(request.method) : 7][group >= 2 && group <= 5 ? group - 1 : 5]->add();
    durations->observe(seconds);
  }
  if (!logged) return;
  log(status >= 500 ? LogLevel::error : LogLevel::info, "http.request",
      {{"method", parsed ? method_name(request.method) : std::string_view("none")},
       {"path", request.path},
       {"status", status},
       {"ms", seconds * 1000},
       {"bytes", static_cast<std::int64_t>(bytes)},
       {"request", request.id},
       {"remote", request.remote}});
}

struct Server::State {
  std::shared_ptr<Core> core;
  std::optional<Tcp::acceptor> acceptor;
  std::optional<asio::steady_timer> sweeper, pause;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
  std::vector<std::thread> threads;
  std::size_t next = 0;
  std::uint16_t port = 0;
  bool running = false;
  milliseconds interval{1000};

  void accept();
  void admit(Tcp::socket socket);
  void sweep();
  template <class Visit>
  void each_connection(Visit visit) {
    const std::lock_guard lock(core->registry_mutex);
    for (auto* connection : core->registry) visit(*connection);
  }
};

void Server::State::accept() {
  auto& target = *core->sockets[next++ % core->sockets.size()];
  acceptor->async_accept(target, [this](const error_code& error, Tcp::socket socket) {
    if (core->stopping.load()) return;
    if (!error) {
      admit(std::move(socket));
      return accept();
    }
    // Mostly: no descriptors left. Others will close; hammering does not help.
    log_warning("http.server.accept", {{"error", error.message()}});
    pause->expires_after(milliseconds(100));
    pause->async_wait([this](const error_code& cancelled) {
      if (!cancelled) accept();
    });
  });
}

void Server::State::admit(Tcp::socket socket) {
  if (core->open.load(std::memory_order_relaxed) >= core->options.max_connections) {
    constexpr std::string_view full =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    error_code ignored;
    socket.non_blocking(true, ignored);
    if (!core->tls) socket.write_some(asio::buffer(full), ignored);
    return;
  }
  const auto executor = socket.get_executor();
  auto connection = std::make_shared<Connection>(core, std::move(socket));
  asio::post(executor, [connection = std::move(connection)] { connection->start(); });
}

void Server::State::sweep() {
  sweeper->expires_after(interval);
  sweeper->async_wait([this](const error_code& cancelled) {
    // A wait that is over already is not cancelled any more: it must see for itself that it was the last.
    if (cancelled || core->stopped.load()) return;
    const auto now =
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
            .count();
    each_connection([now](Connection& connection) { connection.enforce_deadline(now); });
    sweep();
  });
}

Server::Server(ServerOptions options, Router router) : state_(std::make_unique<State>()) {
  state_->core = std::make_shared<Core>(std::move(options), std::move(router));
}

Server::~Server() { stop(); }

std::uint16_t Server::port() const { return state_->port; }
std::size_t Server::open_connections() const { return state_->core->open.load(); }
const Router& Server::router() const { return state_->core->router; }

Status Server::start() {
  auto& core = *state_->core;
  const auto& options = core.options;
  CIVITAS_TRY(core.proxies, Proxies::make(options.trusted_proxies, options.public_address));
  error_code error;
  if (!options.certificate.empty() || !options.private_key.empty()) {
    core.tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    core.tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                          asio::ssl::context::no_tlsv1_1 | asio::ssl::context::no_compression);
    core.tls->use_certificate_chain_file(options.certificate.string(), error);
    if (!error) core.tls->use_private_key_file(options.private_key.string(), asio::ssl::context::pem, error);
    if (error)
      return fail(invalid("http.server.certificate", "证书或私钥无法读取，请检查 PEM 文件及其权限。",
                          "The certificate or its key cannot be read. Check the PEM files and their permissions.")
                      .with_detail(error.message()));
  }
  const auto address = asio::ip::make_address(options.address, error);
  if (error)
    return fail(invalid("http.server.address", "监听地址不正确：" + options.address,
                        "Not an address to listen on: " + options.address));
  const Tcp::endpoint endpoint(address, options.port);
  auto& acceptor = state_->acceptor.emplace(*core.sockets[0]);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error && address.is_v6()) acceptor.set_option(asio::ip::v6_only(false), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(1024, error);
  if (error)
    return fail(problem(Kind::unavailable, "http.server.listen",
                        "无法监听端口 " + std::to_string(options.port) + "，可能已被其他程序占用。",
                        "Cannot listen on port " + std::to_string(options.port) + ". Another program may be using it.")
                    .with_detail(error.message()));
  state_->port = acceptor.local_endpoint().port();
  core.workers = std::make_unique<WorkerPool>(options.workers, options.queue);
  if (options.metrics) {
    options.metrics->gauge("civitas_http_open_connections", "Connections open now.",
                           [weak = std::weak_ptr<Core>(state_->core)] {
                             const auto alive = weak.lock();
                             return alive ? static_cast<double>(alive->open.load()) : 0.0;
                           });
    for (const auto& [kind, name, help] :
         {std::tuple(Channel::Kind::events, "civitas_http_event_streams", "Event streams open now."),
          std::tuple(Channel::Kind::websocket, "civitas_http_websockets", "WebSockets open now.")})
      options.metrics->gauge(name, help, [weak = std::weak_ptr<Core>(state_->core), kind = kind] {
        const auto alive = weak.lock();
        return alive ? static_cast<double>(alive->channels.open(kind)) : 0.0;
      });
    options.metrics->gauge("civitas_http_waiting_requests", "Requests waiting for a worker.",
                           [weak = std::weak_ptr<Core>(state_->core)] {
                             const auto alive = weak.lock();
                             return alive ? static_cast<double>(alive->workers->waiting()) : 0.0;
                           });
  }
  state_->interval = sweep_interval(options);
  state_->sweeper.emplace(*core.sockets[0]);
  state_->pause.emplace(*core.sockets[0]);
  state_->running = true;
  state_->accept();
  state_->sweep();
  for (auto& context : core.sockets) {
    state_->guards.push_back(asio::make_work_guard(*context));
    state_->threads.emplace_back([raw = context.get()] {
      while (true) {
        try {
          raw->run();
          return;
        } catch (const std::exception& failed) {
          log_error("http.server.failed", {{"error", failed.what()}});
        }
      }
    });
  }
  log_info("http.server.started", {{"address", options.address}, {"port", static_cast<int>(state_->port)}});
  return {};
}

void Server::stop(milliseconds grace) {
  auto& state = *state_;
  if (!state.running) return;
  state.running = false;
  auto& core = *state.core;
  core.stopping.store(true);
  asio::post(*core.sockets[0], [&state] {
    error_code ignored;
    state.acceptor->close(ignored);
    state.pause->cancel();
  });
  const auto deadline = std::chrono::steady_clock::now() + grace;
  while (core.open.load() > 0 && std::chrono::steady_clock::now() < deadline) {
    state.each_connection([](Connection& connection) { connection.end_if_idle(); });
    std::this_thread::sleep_for(milliseconds(5));
  }
  core.stopped.store(true);
  state.each_connection([](Connection& connection) { connection.cut(); });
  core.workers->stop();
  state.each_connection([](Connection& connection) { connection.cut(); });
  asio::post(*core.sockets[0], [&state] { state.sweeper->cancel(); });
  state.guards.clear();
  for (auto& thread : state.threads) thread.join();
  log_info("http.server.stopped", {{"port", static_cast<int>(state.port)}});
}

}  // namespace civitas::http
