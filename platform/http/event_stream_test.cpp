#include "http/event_stream.hpp"

#include <atomic>
#include <condition_variable>
#include <future>
#include <limits>
#include <mutex>
#include <set>
#include <thread>

#include "base/test_folder.hpp"
#include "http/test_routes.hpp"

namespace civitas::http {
namespace {

using namespace std::chrono_literals;
using Stream = std::shared_ptr<EventStream>;

/// Who listens now, and how many came and went.
class Hub {
 public:
  void enter(const Stream& stream) {
    const std::lock_guard lock(mutex_);
    listeners_.insert(stream);
    ++entered_;
    changed_.notify_all();
  }
  void leave(const Stream& stream) {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(listeners_.erase(stream), 1u);
    ++left_;
    changed_.notify_all();
  }
  Stream newest(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 20s, [&] { return entered_ >= count; });
    return listeners_.empty() ? nullptr : *listeners_.begin();
  }
  bool all_left(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return left_ == count && listeners_.empty(); });
  }
  std::size_t send(std::string_view data) {
    std::set<Stream> all;
    {
      const std::lock_guard lock(mutex_);
      all = listeners_;
    }
    std::size_t heard = 0;
    for (const auto& stream : all) heard += stream->send("news", data);
    return heard;
  }
  std::size_t least_waiting() {
    const std::lock_guard lock(mutex_);
    auto least = std::numeric_limits<std::size_t>::max();
    for (const auto& stream : listeners_)
      if (stream->open()) least = std::min(least, stream->waiting());
    return least == std::numeric_limits<std::size_t>::max() ? 0 : least;
  }
  int left() {
    const std::lock_guard lock(mutex_);
    return left_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<Stream> listeners_;
  int entered_ = 0, left_ = 0;
};

Router news(Hub& hub) {
  auto router = echo();
  router.add_simple(Method::get, "/news", open_to_all, [&hub](Request&) {
    return event_stream_response([&hub](const Stream& stream) { hub.enter(stream); },
                                 [&hub](const Stream& stream) { hub.leave(stream); });
  });
  return router;
}

constexpr std::string_view ask_news = "GET /news HTTP/1.1\r\nHost: h\r\nAccept-Language: en\r\n\r\n";

TEST(EventStream, WritesTheFormatOfTheStandard) {
  std::string out;
  append_event(out, "", "one");
  EXPECT_EQ(out, "data: one\n\n");
  out.clear();
  append_event(out, "case", "a\nb\r\nc\rd\n", "7");
  EXPECT_EQ(out, "event: case\nid: 7\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
  EXPECT_THROW(append_event(out, "a\nb", ""), std::invalid_argument);
  EXPECT_THROW(append_event(out, "", "", std::string_view("a\0b", 3)), std::invalid_argument);
  const auto outlet = std::make_shared<Outlet>();
  EventStream stream(outlet);
  EXPECT_TRUE(stream.send("", ""));
  EXPECT_TRUE(stream.comment("still here"));
  EXPECT_EQ(stream.waiting(), 22u);
  out.clear();
  outlet->take(out);
  EXPECT_EQ(out, "data: \n\n: still here\n\n");
  stream.close();
  EXPECT_FALSE(stream.send("", "late"));
  EXPECT_FALSE(stream.open());
}

TEST(EventStream, OneOutletKeepsItsBound) {
  Outlet outlet;
  EXPECT_TRUE(outlet.push(std::string(2 * Outlet::default_limit, 'x')));  // one of any size, while nothing waits
  EXPECT_FALSE(outlet.push("more"));
  EXPECT_TRUE(outlet.overflowed());
  std::string out;
  EXPECT_EQ(outlet.take(out), Outlet::State::shut);
  EXPECT_EQ(out, "");
  Outlet other;
  EXPECT_TRUE(other.push(std::string(Outlet::default_limit, 'x')));
  other.take(out);
  EXPECT_EQ(other.waiting(), Outlet::default_limit);  // taken, not written
  other.wrote(100);
  EXPECT_TRUE(other.push(std::string(100, 'y')));
  EXPECT_FALSE(other.push("y"));
}

TEST(EventStream, OneOutletWakesItsConnectionOnceForBytesAndAlwaysForTheEnd) {
  Outlet outlet;
  int woken = 0;
  EXPECT_TRUE(outlet.attach(10, [&] { ++woken; }));
  EXPECT_FALSE(outlet.attach(10, [] {}));
  EXPECT_TRUE(outlet.push("1234"));
  EXPECT_TRUE(outlet.push("5678"));
  EXPECT_EQ(woken, 1);
  // Nobody takes: the connection waits for a client who does not read.
  EXPECT_FALSE(outlet.push("9abc"));
  EXPECT_EQ(woken, 2);
  outlet.shut();
  EXPECT_EQ(woken, 2);
}

TEST(EventStream, PushesUntilTheClientLeaves) {
  Hub hub;
  TestServer server(news(hub));
  {
    Client client(server.port());
    client.send(ask_news);
    const auto stream = hub.newest(1);
    ASSERT_TRUE(stream);
    const auto head = client.until("\r\n\r\n");
    EXPECT_NE(head.find("200 OK"), std::string::npos);
    EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos);
    EXPECT_NE(head.find("Cache-Control: no-store\r\n"), std::string::npos);
    EXPECT_NE(head.find("X-Accel-Buffering: no\r\n"), std::string::npos);
    EXPECT_NE(head.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(head.find("Content-Length"), std::string::npos);
    EXPECT_TRUE(stream->send("news", "first", "1"));
    EXPECT_EQ(client.until("\n\n\r\n"), "1f\r\nevent: news\nid: 1\ndata: first\n\n\r\n");
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(stream->send("", std::to_string(i)));
    for (int i = 0; i < 1000; ++i)
      ASSERT_NE(client.until("\n\n").find("data: " + std::to_string(i) + "\n\n"), std::string::npos);
    EXPECT_EQ(hub.left(), 0);
  }
  EXPECT_TRUE(hub.all_left(1));  // noticed although nothing was written
  Client again(server.port());
  EXPECT_EQ(again.get("/hello").status, 200);
}

TEST(EventStream, EndsInOrderWhenClosed) {
  Hub hub;
  TestServer server(news(hub));
  Client client(server.port());
  client.send(ask_news);
  const auto stream = hub.newest(1);
  ASSERT_TRUE(stream->send("", std::string(100'000, 'x')));
  stream->close();
  EXPECT_FALSE(stream->send("", "too late"));
  const auto answer = client.receive();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_EQ(answer.body, "data: " + std::string(100'000, 'x') + "\n\n");
  EXPECT_TRUE(client.at_end());
  EXPECT_TRUE(hub.all_left(1));
}

TEST(EventStream, OldVersionAndHead) {
  Hub hub;
  TestServer server(news(hub));
  Client old(server.port());
  old.send("GET /news HTTP/1.0\r\n\r\n");
  const auto stream = hub.newest(1);
  ASSERT_TRUE(stream->send("", "plain"));
  stream->close();
  const auto answer = old.receive();
  EXPECT_EQ(answer.field("Transfer-Encoding"), "");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_EQ(answer.body, "data: plain\n\n");
  EXPECT_TRUE(hub.all_left(1));
  Client head(server.port());
  head.send("HEAD /news HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto only = head.receive(Client::Expect::head_only);
  EXPECT_EQ(only.field("Content-Type"), "text/event-stream");
  EXPECT_EQ(only.field("Content-Length"), "");
  EXPECT_EQ(head.get("/hello").body, "hello ");
  EXPECT_EQ(hub.left(), 1);
}

TEST(EventStream, HoldsNoWorker) {
  Hub hub;
  ServerOptions options;
  options.workers = 1;
  TestServer server(news(hub), options);
  std::vector<std::unique_ptr<Client>> listeners;
  for (int i = 0; i < 100; ++i) {
    listeners.push_back(std::make_unique<Client>(server.port()));
    listeners.back()->send(ask_news);
  }
  hub.newest(100);
  Client other(server.port());
  EXPECT_EQ(other.get("/hello").status, 200);
  EXPECT_EQ(hub.send("for all"), 100u);
  for (auto& listener : listeners) EXPECT_NE(listener->until("for all\n\n").find("for all\n\n"), std::string::npos);
  listeners.clear();
  EXPECT_TRUE(hub.all_left(100));
}

TEST(EventStream, SlowReaderIsCutAndStopsNobodyElse) {
  Hub hub;
  Metrics metrics;
  ServerOptions options;
  options.metrics = &metrics;
  TestServer server(news(hub), options);
  Client slow(server.port()), quick(server.port());
  slow.send(ask_news);
  quick.send(ask_news);
  hub.newest(2);
  EXPECT_NE(metrics.print().find("civitas_http_event_streams 2"), std::string::npos);
  const std::string piece(10'000, 'x');
  std::atomic<bool> reading{true};
  std::thread reader([&] {
    while (reading && quick.more()) {
    }
  });
  // The slow one's receive buffer and ours fill up first.
  for (int i = 0; i < 5000 && hub.left() == 0; ++i) {
    hub.send(piece);
    // At the pace of the one that reads, on however slow a machine.
    while (hub.least_waiting() > 50'000) std::this_thread::sleep_for(200us);
  }
  for (int i = 0; i < 1000 && hub.left() == 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(hub.left(), 1);
  EXPECT_EQ(hub.send("still heard"), 1u);
  EXPECT_LT(slow.receive().status, 0);  // what it has is not whole
  EXPECT_NE(metrics.print().find("civitas_http_slow_listeners_total 1"), std::string::npos);
  reading = false;
  hub.newest(2)->close();
  reader.join();
  EXPECT_TRUE(hub.all_left(2));
}

TEST(EventStream, RefusesMoreThanAllowed) {
  Hub hub;
  ServerOptions options;
  options.max_streams_of_address = 2;
  TestServer server(news(hub), options);
  Client a(server.port());
  a.send(ask_news);
  {
    Client b(server.port());
    b.send(ask_news);
    hub.newest(2);
    Client c(server.port());
    const auto refused = c.ask(ask_news);
    EXPECT_EQ(refused.status, 429);
    EXPECT_NE(refused.body.find("http.stream.address"), std::string::npos);
    EXPECT_EQ(refused.field("Retry-After"), "60");
    EXPECT_EQ(c.get("/hello").status, 200);
    // Another client behind the proxy that this machine is.
    Client d(server.port());
    d.send("GET /news HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n");
    EXPECT_NE(d.until("\r\n\r\n").find("200 OK"), std::string::npos);
    hub.newest(3);
  }
  EXPECT_TRUE([&] {
    for (int i = 0; i < 2000 && hub.left() < 2; ++i) std::this_thread::sleep_for(10ms);
    return hub.left() == 2;
  }());
  for (int i = 0; i < 1000 && server->open_connections() > 1; ++i) std::this_thread::sleep_for(10ms);
  Client e(server.port());
  e.send(ask_news);
  EXPECT_NE(e.until("\r\n\r\n").find("200 OK"), std::string::npos);

  Hub small;
  options.max_streams = 1;
  TestServer full(news(small), options);
  Client first(full.port()), second(full.port());
  first.send(ask_news);
  small.newest(1);
  const auto busy = second.ask(ask_news);
  EXPECT_EQ(busy.status, 503);
  EXPECT_NE(busy.body.find("http.stream.busy"), std::string::npos);
}

TEST(EventStream, HeartbeatKeepsIt) {
  Hub hub;
  ServerOptions options;
  options.heartbeat = 30ms;
  options.write_timeout = 100ms;  // nothing is being written: no deadline
  TestServer server(news(hub), options);
  Client client(server.port());
  client.send(ask_news);
  for (int i = 0; i < 8; ++i) EXPECT_NE(client.until("\r\n:\n\n\r\n").find(":\n\n"), std::string::npos);
  EXPECT_EQ(hub.left(), 0);
}

TEST(EventStream, ServerEndsStreamsAtOnceWhenItStops) {
  Hub hub;
  TestServer server(news(hub));
  Client client(server.port()), other(server.port());
  client.send(ask_news);
  other.send(ask_news);
  const auto stream = hub.newest(2);
  hub.send("last");
  const auto begin = std::chrono::steady_clock::now();
  server->stop(20s);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_TRUE(hub.all_left(2));
  EXPECT_EQ(server->open_connections(), 0u);
  const auto answer = client.receive();
  EXPECT_EQ(answer.status, 200);  // whole: its last chunk came
  EXPECT_EQ(answer.body, "event: news\ndata: last\n\n");
  EXPECT_FALSE(stream->send("", "nobody listens"));
}

TEST(EventStream, StopWithoutGraceStillCallsClosed) {
  Hub hub;
  auto router = news(hub);
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  std::atomic<bool> entered{false};
  std::atomic<int> closed{0};
  router.add_simple(Method::get, "/slow", open_to_all, [&](Request&) {
    return event_stream_response(
        [&](const Stream&) {
          entered = true;
          opened.wait();
        },
        [&](const Stream&) { ++closed; });
  });
  TestServer server(std::move(router));
  Client client(server.port()), slow(server.port());
  client.send(ask_news);
  hub.newest(1);
  slow.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  while (!entered) std::this_thread::sleep_for(1ms);
  std::thread stopper([&] { server->stop(0ms); });
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(closed, 0);  // never before `opened` has returned
  gate.set_value();
  stopper.join();
  EXPECT_EQ(closed, 1);
  EXPECT_TRUE(hub.all_left(1));
}

TEST(EventStream, WhatIsThrownEndsIt) {
  Router router;
  std::atomic<int> closed{0};
  router.add_simple(Method::get, "/throws", open_to_all, [&](Request&) {
    return event_stream_response(
        [](const Stream& stream) {
          stream->send("", "before");
          throw std::runtime_error("a fault");
        },
        [&](const Stream&) { ++closed; });
  });
  const auto shared = event_stream_response({});
  router.add_simple(Method::get, "/twice", open_to_all, [&](Request&) { return shared; });
  TestServer server(std::move(router));
  Client client(server.port());
  EXPECT_LT(client.get("/throws").status, 0);
  for (int i = 0; i < 1000 && closed == 0; ++i) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(closed, 1);
  // One answer given to two clients is a mistake of the program: the second is cut.
  Client one(server.port()), two(server.port());
  one.send("GET /twice HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_NE(one.until("\r\n\r\n").find("200 OK"), std::string::npos);
  for (int i = 0; i < 1000 && shared.channel.use_count() > 2; ++i) std::this_thread::sleep_for(1ms);
  EXPECT_LT(two.get("/twice").status, 0);
}

TEST(EventStream, HooksMayReplaceTheAnswer) {
  Hub hub;
  auto router = news(hub);
  router.after([](const Request& request, Response& response) {
    if (request.query("plain")) response = text_response(200, "plain");
  });
  ServerOptions options;
  options.max_streams = 1;
  TestServer server(std::move(router), options);
  Client client(server.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.get("/news?plain=1").body, "plain");
  client.send(ask_news);
  EXPECT_NE(client.until("\r\n\r\n").find("200 OK"), std::string::npos);
}

TEST(EventStream, ClientsWhoTalkAreCut) {
  Hub hub;
  TestServer server(news(hub));
  Client client(server.port());
  client.send(std::string(ask_news) + std::string(ask_news));  // read and dropped
  hub.newest(1);
  hub.send("heard");
  EXPECT_NE(client.until("heard").find("heard"), std::string::npos);
  client.send(std::string(100'000, 'x'));
  EXPECT_TRUE(hub.all_left(1));
}

TEST(EventStream, SpeaksTls) {
  const TestFolder folder;
  const auto make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout " +
                    (folder / "key.pem").string() + " -out " + (folder / "cert.pem").string() + " 2>/dev/null";
  ASSERT_EQ(std::system(make.c_str()), 0);
  Hub hub;
  ServerOptions options;
  options.certificate = folder / "cert.pem";
  options.private_key = folder / "key.pem";
  TestServer server(news(hub), options);
  const auto out = (folder / "out").string();
  const auto command = "curl -sN --cacert " + (folder / "cert.pem").string() + " -o " + out +
                       " https://localhost:" + std::to_string(server.port()) + "/news";
  auto code = std::async(std::launch::async, [&] { return std::system(command.c_str()); });
  const auto stream = hub.newest(1);
  ASSERT_TRUE(stream);
  std::string expected;
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(stream->send("", std::to_string(i)));
    expected += "data: " + std::to_string(i) + "\n\n";
    if (i % 50 == 0) std::this_thread::sleep_for(5ms);
  }
  stream->close();
  EXPECT_EQ(code.get(), 0);
  EXPECT_EQ(*read_file(out), expected);
  EXPECT_TRUE(hub.all_left(1));
  // Gone without a word.
  auto cut = std::async(std::launch::async, [&] { return std::system((command + " --max-time 1").c_str()); });
  EXPECT_NE(cut.get(), 0);
  EXPECT_TRUE(hub.all_left(2));
}

}  // namespace
}  // namespace civitas::http
