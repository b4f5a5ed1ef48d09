// A server with constant routes, to be measured from outside:
//   http_http_bench 8080 [workers] & wrk -t1 -c32 -d10 http://127.0.0.1:8080/worker
// and beside it, on the next port, the least that Boost.Beast needs for the same answer (one thread, no limits, no
// deadlines), as the yardstick.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <csignal>
#include <cstdlib>
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

}  // namespace

int main(int argc, char** argv) {
  using namespace civitas::http;
  ServerOptions options;
  options.port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 8080);
  options.workers = static_cast<unsigned>(argc > 2 ? std::atoi(argv[2]) : 0);
  civitas::Metrics metrics;
  options.metrics = &metrics;
  Router router;
  router.add_simple(Method::get, "/worker", RouteOptions("public"), [](Request&) { return json_response(200, body); });
  router.add_simple(Method::get, "/in-place", RouteOptions("public").in_place(),
                    [](Request&) { return json_response(200, body); });
  router.add_simple(Method::get, "/slow", RouteOptions("public"), [](Request&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return json_response(200, body);
  });
  const auto port = options.port;
  Server server(std::move(options), std::move(router));
  if (const auto started = server.start(); !started) {
    std::cerr << started.error().message.en << '\n';
    return 1;
  }
  asio::io_context context(1);
  asio::ip::tcp::acceptor acceptor(context,
                                   {asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(port + 1)});
  accept(acceptor);
  std::thread yardstick([&] { context.run(); });
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  int received = 0;
  sigwait(&signals, &received);
  context.stop();
  yardstick.join();
  server.stop();
}
