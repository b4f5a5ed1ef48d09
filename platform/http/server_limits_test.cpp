// What is too large, too slow or too much.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "base/test_folder.hpp"
#include "http/server.hpp"
#include "http/test_routes.hpp"

namespace civitas::http {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST(Server, BodiesOverTheLimit) {
  TestServer server(echo());
  const std::string large(300'000, 'x');
  Client sized(server.port());
  sized.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n" + large);
  auto answer = sized.receive();  // not lost although the body was never read
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(sized.at_end());
  Client chunked(server.port());
  chunked.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n493e0\r\n" + large +
               "\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.receive().status, 413);
  Client exact(server.port());
  EXPECT_EQ(exact.ask("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + large.substr(0, 100'000))
                .body.size(),
            100'000u);
  Client broken(server.port());
  EXPECT_EQ(broken.ask("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n").status, 400);
}

TEST(Server, LargeBodiesGoToAFileThatIsRemoved) {
  const TestFolder folder;
  ServerOptions options;
  options.temporary_folder = folder.path();
  TestServer server(echo(), options);
  for (const std::size_t size :
       {std::size_t{10}, std::size_t{1 << 20}, std::size_t{(1 << 20) + 1}, std::size_t{9'000'001}}) {
    std::string body(size, '\0');
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < size; ++i) {
      body[i] = static_cast<char>(i * 7 + i / 251);
      sum = sum * 31 + static_cast<unsigned char>(body[i]);
    }
    for (const bool chunked : {false, true}) {
      Client client(server.port());
      if (chunked) {
        client.send("POST /upload HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (std::size_t at = 0; at < size; at += 70'000) {
          const auto piece = body.substr(at, 70'000);
          char line[16];
          std::snprintf(line, sizeof line, "%zx\r\n", piece.size());
          client.send(line + piece + "\r\n");
        }
        client.send("0\r\n\r\n");
      } else {
        client.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + body);
      }
      const auto answer = client.receive();
      ASSERT_EQ(answer.status, 200);
      const auto json = Json::parse(answer.body);
      EXPECT_EQ((*json)["size"].as_integer(), static_cast<std::int64_t>(size));
      EXPECT_EQ((*json)["announced"].as_integer(), static_cast<std::int64_t>(size));
      EXPECT_EQ((*json)["sum"].as_string(), std::to_string(sum));
      EXPECT_EQ(!(*json)["file"].as_string().empty(), size > (1 << 20)) << size;
      EXPECT_EQ(client.get("/hello").status, 200);
    }
  }
  {
    Client gone(server.port());
    gone.send("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000\r\n\r\n" + std::string(5'000'000, 'x'));
  }
  server->stop();
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(Server, FiltersComeBeforeLargeBodies) {
  auto router = echo();
  std::atomic<int> asked{0};
  router.before([&](Request& request) -> std::optional<Response> {
    ++asked;
    if (request.headers.find("x-key")) {
      request.context = std::string("known");
      return std::nullopt;
    }
    return problem_response(problem(Kind::unauthenticated, "t.none", "请登录", "Sign in"), request);
  });
  router.after([](const Request& request, Response& response) {
    response.set("X-Seen", std::any_cast<std::string>(&request.context) ? "yes" : "no");
  });
  TestServer server(std::move(router));
  Client refused(server.port());
  const auto answer =
      refused.ask("POST /upload HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.field("X-Seen"), "no");
  EXPECT_TRUE(refused.at_end());
  Client known(server.port());
  asked = 0;
  known.send("POST /upload HTTP/1.1\r\nHost: h\r\nX-Key: 1\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(known.receive().status, 100);
  known.send(std::string(2'000'000, 'x'));
  EXPECT_EQ(known.receive().field("X-Seen"), "yes");
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(known.get("/hello").status, 401);
  EXPECT_EQ(known.get("/hello", "X-Key: 1\r\n").status, 200);
}

TEST(Server, SlowClientsAreCut) {
  ServerOptions options;
  options.head_timeout = 150ms;
  options.idle_timeout = 150ms;
  options.body_grace = 150ms;
  options.min_body_rate = 1'000'000;
  TestServer server(echo(), options);
  Client silent(server.port());
  EXPECT_TRUE(silent.at_end());
  Client dripping(server.port());
  const auto begin = std::chrono::steady_clock::now();
  std::thread drip([&] {
    for (const char c : std::string("GET /hello HTTP/1.1\r\nX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy")) {
      if (!dripping.send({&c, 1})) break;
      std::this_thread::sleep_for(20ms);
    }
  });
  EXPECT_EQ(dripping.receive().status, 408);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  drip.join();
  Client body(server.port());
  body.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nabc");
  EXPECT_EQ(body.receive().status, 408);
  EXPECT_TRUE(body.at_end());
  Client idle(server.port());
  EXPECT_EQ(idle.get("/hello").status, 200);
  EXPECT_TRUE(idle.at_end());
}

TEST(Server, ReaderThatTakesNothingIsCut) {
  ServerOptions options;
  options.write_timeout = 150ms;
  Router router;
  router.add_simple(Method::get, "/big", open_to_all,
                    [](Request&) { return text_response(200, std::string(64 << 20, 'x')); });
  TestServer server(std::move(router), options);
  Client client(server.port());
  client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  // On a busy machine the connection may have come and gone before anybody looks.
  for (int i = 0; i < 1000 && server->open_connections() == 0; ++i) std::this_thread::sleep_for(1ms);
  for (int i = 0; i < 500 && server->open_connections() > 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(server->open_connections(), 0u);
  EXPECT_LT(client.receive().status, 0);  // cut in the middle
}

TEST(Server, StopsWhileItsTimerIsDue) {
  ServerOptions options;
  options.write_timeout = 40ms;  // deadlines are looked at each 10 ms
  options.socket_threads = 1;
  std::atomic<bool> entered{false};
  Router router;
  // On the socket thread: meanwhile the timer comes due, and the server is told to stop.
  router.add_simple(Method::get, "/slow", RouteOptions("public").in_place(), [&](Request&) {
    entered = true;
    std::this_thread::sleep_for(200ms);
    return text_response(200, "late");
  });
  TestServer server(std::move(router), options);
  Client client(server.port());
  client.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  while (!entered) std::this_thread::sleep_for(1ms);
  auto stopped = std::async(std::launch::async, [&] { server->stop(0ms); });
  ASSERT_EQ(stopped.wait_for(20s), std::future_status::ready);
}

TEST(Server, TwoHundredConnectionsAtOnce) {
  TestServer server(echo());
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(std::make_unique<Client>(server.port()));
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < clients.size(); ++i)
      ASSERT_TRUE(clients[i]->send("GET /hello?name=" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n"));
    for (std::size_t i = 0; i < clients.size(); ++i)
      ASSERT_EQ(clients[i]->receive().body, "hello " + std::to_string(i));
  }
  EXPECT_EQ(server->open_connections(), 200u);
}

TEST(Server, RefusesMoreConnectionsThanAllowed) {
  ServerOptions options;
  options.max_connections = 2;
  TestServer server(echo(), options);
  Client a(server.port()), b(server.port());
  EXPECT_EQ(a.get("/hello").status, 200);
  EXPECT_EQ(b.get("/hello").status, 200);
  Client c(server.port());
  EXPECT_EQ(c.receive().status, 503);
  EXPECT_EQ(a.get("/hello").status, 200);
}

}  // namespace
}  // namespace civitas::http
