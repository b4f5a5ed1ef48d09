#include "http/server.hpp"

#include <poll.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "base/test_folder.hpp"
#include "http/test_routes.hpp"

namespace civitas::http {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST(Server, AnswersWithItsOwnFields) {
  TestServer server(echo());
  Client client(server.port());
  const auto answer = client.get("/hello?name=%E5%9F%8E", "X-Request-Id: mine\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello 城");
  EXPECT_EQ(answer.field("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  EXPECT_NE(answer.field("Content-Security-Policy").find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_FALSE(answer.field("Date").empty());
  EXPECT_EQ(answer.field("X-Request-Id").size(), 32u);
  EXPECT_NE(client.get("/hello").field("X-Request-Id"), answer.field("X-Request-Id"));
  EXPECT_EQ(client.get("/quick").body, "quick");
}

TEST(Server, UnknownPathsMethodsAndHeads) {
  TestServer server(echo());
  Client client(server.port());
  auto answer = client.get("/none", "Accept-Language: en\r\n");
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
  EXPECT_NE(answer.body.find("nothing at this address"), std::string::npos);
  answer = client.ask("PUT /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.field("Allow"), "GET, HEAD, OPTIONS");
  answer = client.ask("OPTIONS /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.field("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(answer.field("Content-Length"), "");
  client.send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  answer = client.receive(Client::Expect::head_only);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("Content-Length"), "6");
  EXPECT_EQ(client.get("/hello").body, "hello ");
  answer = client.ask("BREW / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.status, 501);
  EXPECT_NE(answer.body.find("\"status\":501"), std::string::npos);
  EXPECT_TRUE(client.at_end());
}

TEST(Server, MalformedRequestsAreToldAndCut) {
  TestServer server(echo());
  for (const auto* bad : {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n",
                          "GET / HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\n"}) {
    Client client(server.port());
    const auto answer = client.ask(bad);
    EXPECT_EQ(answer.status, 400) << bad;
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
    EXPECT_TRUE(client.at_end());
  }
  Client client(server.port());
  EXPECT_EQ(client.get("/hello", "Cookie: " + std::string(20'000, 'x') + "\r\n").status, 431);
  EXPECT_TRUE(client.at_end());
}

TEST(Server, Pipelining) {
  TestServer server(echo());
  Client client(server.port());
  std::string many;
  for (int i = 0; i < 500; ++i) {
    many += "GET /" +
            std::string(i % 3 == 0   ? "quick"
                        : i % 3 == 1 ? "hello?name=" + std::to_string(i)
                                     : "none") +
            " HTTP/1.1\r\nHost: h\r\n\r\n";
    if (i % 7 == 0) many += "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  }
  std::thread sender([&] { client.send(many); });
  for (int i = 0; i < 500; ++i) {
    const auto answer = client.receive();
    if (i % 3 == 1)
      EXPECT_EQ(answer.body, "hello " + std::to_string(i));
    else
      EXPECT_EQ(answer.status, i % 3 == 0 ? 200 : 404);
    if (i % 7 == 0) {
      EXPECT_EQ(client.receive().body, "abc");
    }
  }
  sender.join();
}

TEST(Server, BytesOneByOneAndEmptyLinesBefore) {
  TestServer server(echo());
  Client client(server.port());
  for (const char c : std::string("\r\n\r\nPOST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                                  "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
    client.send({&c, 1});
  EXPECT_EQ(client.receive().body, "abcde");
  EXPECT_EQ(client.get("/hello").status, 200);
}

TEST(Server, HalfClosedClientGetsItsAnswer) {
  TestServer server(echo());
  Client client(server.port());
  client.send("GET /hello?name=a HTTP/1.1\r\nHost: h\r\n\r\nGET /hello?name=b HTTP/1.1\r\nHost: h\r\n\r\n");
  client.half_close();
  EXPECT_EQ(client.receive().body, "hello a");
  EXPECT_EQ(client.receive().body, "hello b");
  EXPECT_TRUE(client.at_end());
}

TEST(Server, ConnectionCloseAndOldVersion) {
  TestServer server(echo());
  Client closing(server.port());
  EXPECT_EQ(closing.get("/hello", "Connection: close\r\n").field("Connection"), "close");
  EXPECT_TRUE(closing.at_end());
  Client old(server.port());
  EXPECT_EQ(old.ask("GET /hello HTTP/1.0\r\n\r\n").body, "hello ");
  EXPECT_TRUE(old.at_end());
  Client kept(server.port());
  EXPECT_EQ(kept.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").field("Connection"), "keep-alive");
  EXPECT_EQ(kept.get("/hello").status, 200);
}

TEST(Server, ExpectContinue) {
  TestServer server(echo());
  Client client(server.port());
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("body");
  EXPECT_EQ(client.receive().body, "body");
  // Too large is said before anything is sent.
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 413);
  EXPECT_TRUE(client.at_end());
}

TEST(Server, RepliesFromAnyThreadAndExactlyOnce) {
  Router router;
  std::vector<std::thread> threads;
  std::mutex mutex;
  router.add(Method::get, "/later", open_to_all, [&](const std::shared_ptr<Request>& request, Reply reply) {
    const std::lock_guard lock(mutex);
    threads.emplace_back([request, reply = std::make_shared<Reply>(std::move(reply))] {
      std::this_thread::sleep_for(5ms);
      (*reply)(text_response(200, std::string(request->query("n").value_or(""))));
      (*reply)(text_response(200, "again"));
    });
  });
  router.add(Method::get, "/forgotten", open_to_all, [](const std::shared_ptr<Request>&, const Reply&) {});
  router.add_simple(Method::get, "/throws", open_to_all,
                    [](Request&) -> Response { throw std::runtime_error("secret"); });
  router.add_simple(Method::get, "/bad-status", open_to_all, [](Request&) { return text_response(42, ""); });
  router.add_simple(Method::get, "/split", open_to_all, [](Request&) {
    return text_response(200, "x").set("X-Evil", "a\r\nSet-Cookie: b=c").set("Content-Length", "999");
  });
  TestServer server(std::move(router));
  Client client(server.port());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.get("/later?n=" + std::to_string(i)).body, std::to_string(i));
  for (const auto* path : {"/forgotten", "/throws", "/bad-status"}) {
    const auto answer = client.get(path);
    EXPECT_EQ(answer.status, 500) << path;
    EXPECT_EQ(answer.body.find("secret"), std::string::npos);
    EXPECT_NE(answer.body.find("base.internal"), std::string::npos);
  }
  const auto split = client.get("/split");
  EXPECT_EQ(split.field("Set-Cookie"), "");
  EXPECT_EQ(split.field("Content-Length"), "1");
  for (auto& thread : threads) thread.join();
}

TEST(Server, SlowHandlersStallNobodyAndFullQueueIs503) {
  ServerOptions options;
  options.workers = 2;
  options.queue = 1;
  std::promise<void> gate;
  auto open = gate.get_future().share();
  auto router = echo();
  std::atomic<int> entered{0};
  router.add_simple(Method::get, "/wait", open_to_all, [&](Request&) {
    ++entered;
    open.wait();
    return text_response(200, "waited");
  });
  TestServer server(std::move(router), options);
  Client a(server.port()), b(server.port()), other(server.port());
  const auto wait = "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n";
  // One after the other: both at once might find no worker awake yet and the one place of the queue taken.
  a.send(wait);
  while (entered < 1) std::this_thread::sleep_for(1ms);
  b.send(wait);
  while (entered < 2) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(other.get("/quick").body, "quick");
  // Both workers are taken: of eight more, one may wait.
  std::vector<std::unique_ptr<Client>> more;
  for (int i = 0; i < 8; ++i) {
    more.push_back(std::make_unique<Client>(server.port()));
    more.back()->send(wait);
  }
  int refused = 0;
  std::vector<Client*> waiting{&a, &b};
  for (int turn = 0; turn < 500 && refused < 7; ++turn)
    for (auto& client : more) {
      pollfd ready{client ? client->descriptor() : -1, POLLIN, 0};
      if (!client || ::poll(&ready, 1, 10) != 1) continue;
      const auto answer = client->receive();
      EXPECT_EQ(answer.status, 503);
      EXPECT_EQ(answer.field("Retry-After"), "1");
      EXPECT_EQ(client->get("/quick").status, 200);  // the connection goes on
      client.reset();
      ++refused;
    }
  EXPECT_EQ(refused, 7);
  gate.set_value();
  for (auto& client : more)
    if (client) waiting.push_back(client.get());
  ASSERT_EQ(waiting.size(), 3u);
  for (auto* client : waiting) EXPECT_EQ(client->receive().body, "waited");
}

TEST(Server, StreamsWithBackPressure) {
  std::atomic<int> pulled{0};
  Router router;
  router.add_simple(Method::get, "/export", open_to_all, [&](Request&) {
    Response response;
    response.stream = [&, n = 0](std::string& chunk) mutable -> Result<bool> {
      ++pulled;
      chunk.assign(100'000, static_cast<char>('a' + n % 26));
      return ++n < 300;
    };
    return response;
  });
  router.add_simple(Method::get, "/broken", open_to_all, [](Request&) {
    Response response;
    response.stream = [n = 0](std::string& chunk) mutable -> Result<bool> {
      if (n++ == 3) return fail(internal_problem("disk"));
      chunk = "abc";
      return true;
    };
    return response;
  });
  router.add_simple(Method::get, "/empty", open_to_all, [](Request&) {
    Response response;
    response.stream = [n = 0](std::string&) mutable -> Result<bool> { return ++n < 3; };
    return response;
  });
  TestServer server(std::move(router));
  Client client(server.port());
  client.send("GET /export HTTP/1.1\r\nHost: h\r\n\r\n");
  std::this_thread::sleep_for(200ms);
  EXPECT_LT(pulled, 250);  // 30 MB do not fit into the sockets
  const auto answer = client.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.size(), 30'000'000u);
  EXPECT_EQ(answer.body[250'000], 'c');
  EXPECT_EQ(pulled, 300);
  EXPECT_EQ(client.get("/empty").body, "");
  client.send("HEAD /export HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.receive(Client::Expect::head_only).field("Transfer-Encoding"), "chunked");
  EXPECT_EQ(pulled, 300);
  Client old(server.port());
  const auto plain = old.ask("GET /export HTTP/1.0\r\n\r\n");
  EXPECT_EQ(plain.field("Transfer-Encoding"), "");
  EXPECT_EQ(plain.body.size(), 30'000'000u);
  EXPECT_EQ(client.get("/broken").status, -200);
}

TEST(Server, GracefulStopFinishesWhatRuns) {
  Router router = echo();
  std::atomic<bool> entered{false};
  router.add_simple(Method::get, "/slow", open_to_all, [&](Request&) {
    entered = true;
    std::this_thread::sleep_for(300ms);
    return text_response(200, "finished");
  });
  TestServer server(std::move(router));
  Client busy(server.port()), idle(server.port());
  EXPECT_EQ(idle.get("/hello").status, 200);
  busy.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  while (!entered) std::this_thread::sleep_for(1ms);
  const auto port = server.port();
  std::thread stopper([&] { server->stop(5s); });
  EXPECT_TRUE(idle.at_end());
  const auto answer = busy.receive();
  EXPECT_EQ(answer.body, "finished");
  EXPECT_EQ(answer.field("Connection"), "close");
  stopper.join();
  EXPECT_EQ(server->open_connections(), 0u);
  EXPECT_FALSE(Client(port).connected());
}

TEST(Server, StopCutsWhatDoesNotFinish) {
  std::optional<Reply> kept;
  std::atomic<bool> entered{false};
  Router router;
  router.add(Method::get, "/never", open_to_all, [&](const std::shared_ptr<Request>&, Reply reply) {
    kept.emplace(std::move(reply));
    entered = true;
  });
  {
    TestServer server(std::move(router));
    Client client(server.port());
    client.send("GET /never HTTP/1.1\r\nHost: h\r\n\r\n");
    while (!entered) std::this_thread::sleep_for(1ms);
    server->stop(50ms);
    EXPECT_TRUE(client.at_end());
  }
  (*kept)(text_response(200, "too late"));  // has no effect and harms nobody
  EXPECT_FALSE(kept->pending());
}

TEST(Server, TellsWhenItCannotListen) {
  TestServer server(echo());
  ServerOptions options;
  options.port = server.port();
  Server second(options, echo());
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().reason, "http.server.listen");
  options.port = 0;
  options.address = "nowhere";
  Server third(options, echo());
  EXPECT_EQ(third.start().error().reason, "http.server.address");
  options.address = "127.0.0.1";
  options.certificate = "/none.pem";
  Server fourth(options, echo());
  EXPECT_EQ(fourth.start().error().reason, "http.server.certificate");
}

TEST(Server, CountsRequests) {
  Metrics metrics;
  ServerOptions options;
  options.metrics = &metrics;
  {
    TestServer server(echo(), options);
    Client client(server.port());
    client.get("/hello");
    client.get("/none");
    const auto text = metrics.print();
    EXPECT_NE(text.find("civitas_http_requests_total{method=\"GET\",class=\"2xx\"} 1"), std::string::npos) << text;
    EXPECT_NE(text.find("civitas_http_requests_total{method=\"GET\",class=\"4xx\"} 1"), std::string::npos);
    EXPECT_NE(text.find("civitas_http_open_connections 1"), std::string::npos);
    EXPECT_NE(text.find("civitas_http_request_seconds_count 2"), std::string::npos);
  }
  EXPECT_NE(metrics.print().find("civitas_http_open_connections 0"), std::string::npos);
}

TEST(Server, SpeaksTls) {
  const TestFolder folder;
  const auto make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout " +
                    (folder / "key.pem").string() + " -out " + (folder / "cert.pem").string() + " 2>/dev/null";
  ASSERT_EQ(std::system(make.c_str()), 0);
  ServerOptions options;
  options.certificate = folder / "cert.pem";
  options.private_key = folder / "key.pem";
  auto router = echo();
  router.add_simple(Method::get, "/big", open_to_all,
                    [](Request& r) { return text_response(r.encrypted ? 200 : 500, std::string(5'000'000, 'x')); });
  TestServer server(std::move(router), options);
  const auto url = "https://localhost:" + std::to_string(server.port());
  const auto run = [&](const std::string& arguments) {
    const auto out = (folder / "out").string();
    const auto command = "curl -s --cacert " + (folder / "cert.pem").string() + " -o " + out + " " + arguments;
    return std::system(command.c_str()) == 0 ? *read_file(out) : "curl failed";
  };
  EXPECT_EQ(run(url + "/hello?name=tls"), "hello tls");
  EXPECT_EQ(run("-d @" + (folder / "cert.pem").string() + " --data-binary abc " + url + "/echo").size() > 3, true);
  EXPECT_EQ(run(url + "/big").size(), 5'000'000u);
  EXPECT_EQ(run("--tls-max 1.1 " + url + "/hello"), "curl failed");
  Client plain(server.port());
  plain.send("GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(plain.rest().find("200 OK"), std::string::npos);
  EXPECT_EQ(run(url + "/hello?name=still"), "hello still");
}

}  // namespace
}  // namespace civitas::http
