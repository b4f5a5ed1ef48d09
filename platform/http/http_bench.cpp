// Constant routes under wrk, and beside them the least that Boost.Beast needs for the same answer (one thread, no
// limits, no deadlines), as the yardstick.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <cstdio>
#include <iostream>
#include <memory>
#include <thread>

#include "base/log.hpp"
#include "http/server.hpp"

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

const std::string body(200, 'x');

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(asio::ip::tcp::socket socket) : stream_(std::move(socket)) {}
  void read() {
    request_ = {};
    beast::http::async_read(stream_, buffer_, request_,
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                              if (!error) self->write();
                            });
  }

 private:
  void write() {
    response_ = {beast::http::status::ok, request_.version()};
    response_.set(beast::http::field::content_type, "application/json");
    response_.keep_alive(request_.keep_alive());
    response_.body() = body;
    response_.prepare_payload();
    beast::http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (!error) self->read();
    });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  beast::http::request<beast::http::string_body> request_;
  beast::http::response<beast::http::string_body> response_;
};

void accept(asio::ip::tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](beast::error_code error, asio::ip::tcp::socket socket) {
    if (!error) std::make_shared<Session>(std::move(socket))->read();
    accept(acceptor);
  });
}

// Requests a second that wrk gets, 0 when it does not run.
double measured(std::uint16_t port, const std::string& path) {
  const std::string command = "wrk -t1 -c32 -d4s http://127.0.0.1:" + std::to_string(port) + path;
  FILE* out = popen(command.c_str(), "r");
  if (!out) return 0;
  double rate = 0;
  char line[256];
  while (std::fgets(line, sizeof line, out)) (void)std::sscanf(line, "Requests/sec: %lf", &rate);
  pclose(out);
  return rate;
}

}  // namespace

int main() {
  using namespace civitas::http;
  civitas::set_log_level(civitas::LogLevel::warning);
  Router router;
  router.add_simple(Method::get, "/worker", RouteOptions("public"), [](Request&) { return json_response(200, body); });
  router.add_simple(Method::get, "/in-place", RouteOptions("public").in_place(),
                    [](Request&) { return json_response(200, body); });
  civitas::Metrics metrics;
  ServerOptions options;
  options.metrics = &metrics;
  Server server(std::move(options), std::move(router));
  if (const auto started = server.start(); !started) {
    std::cerr << started.error().message.en << '\n';
    return 1;
  }
  asio::io_context context(1);
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.1"), 0});
  accept(acceptor);
  std::thread beast_thread([&] { context.run(); });
  const double yardstick = measured(acceptor.local_endpoint().port(), "/");
  const double worker = measured(server.port(), "/worker"), in_place = measured(server.port(), "/in-place");
  std::printf("Beast alone, one thread   %8.0f requests/s\n", yardstick);
  std::printf("route on a worker         %8.0f requests/s, %.2f of it\n", worker, worker / yardstick);
  std::printf("route in place            %8.0f requests/s, %.2f of it\n", in_place, in_place / yardstick);
  context.stop();
  beast_thread.join();
  server.stop();
  return yardstick > 0 && worker > 0 && in_place > 0 ? 0 : 1;
}
