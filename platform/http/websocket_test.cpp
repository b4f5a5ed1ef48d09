// What npm's `ws` cannot see or say; the rest is in tests/peers/websocket_test.mjs.
#include "http/websocket.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "http/test_frames.hpp"
#include "http/test_routes.hpp"

namespace civitas::http {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view handshake =
    "GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// What a route has heard.
class Log {
 public:
  void add(std::string entry) {
    const std::lock_guard lock(mutex_);
    entries_.push_back(std::move(entry));
    changed_.notify_all();
  }
  std::vector<std::string> after(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 20s, [&] { return entries_.size() >= count; });
    return entries_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> entries_;
};

Router chat(Log& log) {
  auto router = echo();
  add_websocket(router, "/chat", open_to_all, [&log](Request&) {
    return WebSocketAccept{.opened = [&log](const std::shared_ptr<WebSocket>&) { log.add("opened"); },
                           .message =
                               [&log](WebSocket& socket, WebSocketMessage message) {
                                 log.add("begin " + message.data);
                                 std::this_thread::sleep_for(2ms);
                                 socket.send_text("heard " + message.data);
                                 log.add("end " + message.data);
                               },
                           .closed =
                               [&log](std::uint16_t code, std::string_view reason) {
                                 log.add("closed " + std::to_string(code) + " " + std::string(reason));
                               }};
  });
  return router;
}

std::string shaken(Client& client) {
  client.send(handshake);
  return client.until("\r\n\r\n");
}

TEST(WebSocket, ShakesHands) {
  Log log;
  TestServer server(chat(log));
  Client client(server.port());
  const auto head = shaken(client);
  EXPECT_TRUE(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << head;
  EXPECT_NE(head.find("\r\nUpgrade: websocket\r\n"), std::string::npos);
  EXPECT_NE(head.find("\r\nConnection: Upgrade\r\n"), std::string::npos);
  EXPECT_NE(head.find("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), std::string::npos);
  for (const auto* none : {"Content-Length", "Transfer-Encoding", "Sec-WebSocket-Extensions"})
    EXPECT_EQ(head.find(none), std::string::npos) << none;
  EXPECT_EQ(log.after(1), std::vector<std::string>{"opened"});
}

TEST(WebSocket, RefusesWhatIsNoHandshake) {
  Log log;
  TestServer server(chat(log));
  const std::string good(handshake);
  const auto without = [&](std::string_view line) { return replace_all(good, line, ""); };
  struct Case {
    std::string request;
    int status;
    std::string_view reason;
  };
  const Case cases[] = {
      {without("Upgrade: WebSocket\r\n"), 426, "http.websocket.expected"},
      {without("Connection: keep-alive, upgrade\r\n"), 426, "http.websocket.expected"},
      {replace_all(good, "Version: 13", "Version: 8"), 426, "http.websocket.version"},
      {without("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"), 400, "http.websocket.key"},
      {replace_all(good, "dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="), 400, "http.websocket.key"},
      {replace_all(good, "Host: h\r\n", "Host: h\r\nOrigin: https://evil.example\r\n"), 403, "http.origin.foreign"},
      {replace_all(good, "Host: h\r\n", "Host: h\r\nSec-Fetch-Site: cross-site\r\n"), 403, "http.origin.foreign"},
      {replace_all(good, "HTTP/1.1", "HTTP/1.0"), 400, "http.websocket.version"},
  };
  for (const auto& [request, status, reason] : cases) {
    Client client(server.port());
    const auto answer = client.ask(request);
    EXPECT_EQ(answer.status, status) << request;
    EXPECT_NE(answer.body.find(reason), std::string::npos) << answer.body;
    if (status == 426) {
      EXPECT_EQ(answer.field("Sec-WebSocket-Version"), "13");
    }
  }
  Client head(server.port());
  head.send(replace_all(good, "GET ", "HEAD "));
  EXPECT_EQ(head.receive(Client::Expect::head_only).status, 426);
  Client own(server.port());
  own.send(replace_all(good, "Host: h\r\n", "Host: h:8443\r\nOrigin: https://h:8443\r\n"));
  EXPECT_NE(own.until("\r\n\r\n").find(" 101 "), std::string::npos);
}

TEST(WebSocket, DeliversOneAfterTheOther) {
  Log log;
  ServerOptions options;
  options.workers = 4;
  TestServer server(chat(log), options);
  Client client(server.port());
  client.send(std::string(handshake) + frame(Opcode::text, "a") + frame(Opcode::ping, "p") +
              frame(Opcode::binary, "b") + frame(Opcode::close, close_payload(1000, "done")));
  client.until("\r\n\r\n");
  EXPECT_EQ(client.rest(), std::string("\x81\x07heard a"
                                       "\x8a\x01p"
                                       "\x81\x07heard b"
                                       "\x88\x02\x03\xe8",
                                       9 + 3 + 9 + 4));
  EXPECT_EQ(log.after(6),
            (std::vector<std::string>{"opened", "begin a", "end a", "begin b", "end b", "closed 1000 done"}));
}

TEST(WebSocket, HearsNothingAfterItsOwnClose) {
  Log log;
  Router router;
  add_websocket(router, "/chat", open_to_all, [&log](Request&) {
    return WebSocketAccept{.message =
                               [&log](WebSocket& socket, const WebSocketMessage& message) {
                                 log.add(message.data);
                                 socket.close(4000, "enough");
                                 EXPECT_FALSE(socket.send_text("nothing follows"));
                                 EXPECT_FALSE(socket.open());
                               },
                           .closed = [&log](std::uint16_t code, std::string_view) { log.add(std::to_string(code)); }};
  });
  TestServer server(std::move(router));
  Client client(server.port());
  shaken(client);
  client.send(frame(Opcode::text, "first") + frame(Opcode::text, "second"));
  EXPECT_EQ(client.until("enough"), std::string("\x88\x08\x0f\xa0"
                                                "enough",
                                                10));
  client.send(frame(Opcode::close, close_payload(4000, "")));
  EXPECT_TRUE(client.at_end());
  EXPECT_EQ(log.after(2), (std::vector<std::string>{"first", "4000"}));
}

TEST(WebSocket, BrokenRulesAreToldWhileTheClientStillSends) {
  Log log;
  TestServer server(chat(log));
  Client client(server.port());
  shaken(client);
  std::thread sender([&] { client.send(frame(Opcode::binary, std::string(4 << 20, 'x'))); });
  EXPECT_EQ(client.until("too large").substr(2, 2), "\x03\xf1");
  sender.join();
  EXPECT_EQ(log.after(2).back(), "closed 1009 the message is too large");
}

TEST(WebSocket, VanishedAndSilentClients) {
  Log log;
  ServerOptions options;
  options.ping_interval = 50ms;
  TestServer server(chat(log), options);
  {
    Client client(server.port());
    shaken(client);
    EXPECT_EQ(log.after(1).back(), "opened");
  }
  EXPECT_EQ(log.after(2).back(), "closed 1006 ");
  Client silent(server.port());
  shaken(silent);
  EXPECT_EQ(silent.rest(), std::string("\x89\x00", 2));  // one question, no answer
  EXPECT_EQ(log.after(4).back(), "closed 1006 ");
}

TEST(WebSocket, StopSaysGoodbyeAndDoesNotWaitLong) {
  Log log;
  TestServer server(chat(log));
  Client polite(server.port()), rude(server.port());
  shaken(polite);
  shaken(rude);
  log.after(2);
  const auto begin = std::chrono::steady_clock::now();
  std::thread stopper([&] { server->stop(20s); });
  EXPECT_EQ(polite.until("\x03\xe9"), std::string("\x88\x02\x03\xe9", 4));
  polite.send(frame(Opcode::close, close_payload(1001, "")));
  EXPECT_TRUE(polite.at_end());
  stopper.join();  // `rude` never answers
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 6s);
  EXPECT_EQ(log.after(4).size(), 4u);
}

TEST(WebSocket, CountsWithEventStreams) {
  Log log;
  Metrics metrics;
  ServerOptions options;
  options.max_streams = 1;
  options.metrics = &metrics;
  TestServer server(chat(log), options);
  Client client(server.port()), second(server.port());
  shaken(client);
  EXPECT_NE(metrics.print().find("civitas_http_websockets 1"), std::string::npos);
  EXPECT_EQ(second.ask(handshake).status, 503);
}

TEST(WebSocket, WhatItSends) {
  const auto outlet = std::make_shared<Outlet>();
  WebSocket socket(outlet);
  EXPECT_THROW(socket.send_text("\xff"), std::invalid_argument);
  EXPECT_THROW(socket.close(1006), std::invalid_argument);
  EXPECT_THROW(socket.close(1000, "\xff"), std::invalid_argument);
  EXPECT_TRUE(socket.send_binary("\xff"));
  socket.close();
  socket.close(4000);
  std::string out;
  outlet->take(out);
  EXPECT_EQ(out, std::string("\x82\x01\xff\x88\x02\x03\xe8", 7));
}

}  // namespace
}  // namespace civitas::http
