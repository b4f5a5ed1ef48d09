// A server for tests/peers/websocket_test.mjs: routes that stay open and say back what they hear. Prints its port;
// ends when its input does.
#include <atomic>
#include <iostream>
#include <limits>
#include <thread>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "http/event_stream.hpp"
#include "http/server.hpp"
#include "http/websocket.hpp"

using namespace civitas;
using namespace civitas::http;

namespace {

void say_back(WebSocket& socket, const WebSocketMessage& message) {
  if (message.kind == WebSocketMessage::Kind::text)
    socket.send_text(message.data);
  else
    socket.send_binary(message.data);
}

/// Whoever connected last, as the routes below know it.
struct Last {
  std::atomic<std::uint64_t> sent{0}, delivered{0};
  std::atomic<int> ends{0}, code{0};
};

Router routes(Last& last) {
  Router router;
  const RouteOptions open("public");
  const auto remember = [&last](std::uint16_t code, std::string_view) {
    last.code = code;
    ++last.ends;
  };
  add_websocket(router, "/echo", open,
                [=](Request&) { return WebSocketAccept{.message = say_back, .closed = remember}; });
  add_websocket(router, "/unhurried", open,
                [=](Request&) { return WebSocketAccept{.message = say_back, .closed = remember}; },
                {.fragments = 1'024, .frames_a_second = 50, .burst = 10});
  add_websocket(router, "/slow", open, [&last, remember](Request&) {
    return WebSocketAccept{.message =
                               [&last](WebSocket&, const WebSocketMessage&) {
                                 std::this_thread::sleep_for(std::chrono::milliseconds(20));
                                 ++last.delivered;
                               },
                           .closed = remember};
  });
  add_websocket(router, "/flood", open, [&last, remember](Request&) {
    return WebSocketAccept{.opened =
                               [&last](const std::shared_ptr<WebSocket>& socket) {
                                 const std::string piece(10'000, 'x');
                                 last.sent = 0;
                                 // As fast as the network takes it, and then once more.
                                 for (int waits = 0; last.sent < 100'000'000 && waits < 200;) {
                                   if (socket->waiting() > 200'000 && ++waits < 200) {
                                     std::this_thread::sleep_for(std::chrono::milliseconds(1));
                                     continue;
                                   }
                                   if (!socket->send_binary(piece)) break;
                                   if (socket->waiting() < 100'000) waits = 0;
                                   last.sent += piece.size();
                                 }
                                 for (int i = 0; i < 100 && socket->send_binary(piece); ++i) last.sent += piece.size();
                               },
                           .closed = remember};
  });
  add_websocket(router, "/leave/{code}", open, [=](Request& request) {
    const auto code = static_cast<std::uint16_t>(parse_integer(request.param("code")).value_or(1000));
    return WebSocketAccept{.opened =
                               [code](const std::shared_ptr<WebSocket>& socket) {
                                 socket->send_text("last word");
                                 socket->close(code, "再见");
                               },
                           .closed = remember};
  });
  add_websocket(router, "/throws", open, [=](Request&) {
    return WebSocketAccept{.message = [](WebSocket&, const WebSocketMessage&) { throw std::runtime_error("a fault"); },
                           .closed = remember};
  });
  add_websocket(router, "/protocol", open, [](Request&) { return WebSocketAccept{.protocol = "chat.v2"}; });
  add_websocket(router, "/private", RouteOptions("signed in"), [](Request& request) -> WebSocketAnswer {
    return problem_response(problem(Kind::unauthenticated, "test.private", "请先登录。", "Sign in first."), request);
  });
  router.add_simple(Method::get, "/last", open, [&last](Request&) {
    return text_response(200, std::to_string(last.sent) + " " + std::to_string(last.delivered) + " " +
                                  std::to_string(last.ends) + " " + std::to_string(last.code));
  });
  router.add_simple(Method::get, "/events", open, [](Request& request) {
    const std::string from(request.headers.get("Last-Event-ID"));
    return event_stream_response([from](const std::shared_ptr<EventStream>& stream) {
      stream->send("hello", "after " + (from.empty() ? "nothing" : from) + "\nand a second line", "7");
      stream->close();
    });
  });
  return router;
}

}  // namespace

int main(int count, char** arguments) {
  set_log_level(LogLevel::warning);
  Last last;
  ServerOptions options;
  // Arguments: milliseconds between two pings; a certificate and its key.
  if (count > 1) options.ping_interval = std::chrono::milliseconds(parse_integer(arguments[1]).value_or(30'000));
  if (count > 3) options.certificate = arguments[2], options.private_key = arguments[3];
  Server server(options, routes(last));
  if (const auto started = server.start(); !started) {
    std::cerr << started.error().message.en << '\n';
    return 1;
  }
  std::cout << server.port() << std::endl;
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  server.stop();
  return 0;
}
