#include <gmock/gmock.h>

#include <atomic>

#include "outbound/backoff.hpp"
#include "outbound/client.hpp"
#include "outbound/test_receiver.hpp"

namespace civitas::outbound {
namespace {

using testing::HasSubstr;
using testing::Not;

const ManualClock monday(*parse_instant("2026-11-23T09:00:00+08:00"));

Options allowing(std::vector<std::string> entries) {
  Options out;
  out.allowed = *AllowedHosts::parse(entries);
  return out;
}

std::string reason_of(const Result<Answer>& answer) { return answer ? "answered" : answer.error().reason; }

Call get(std::string url) {
  Call out;
  out.url = std::move(url);
  return out;
}

TEST(Address, WhatLiesInside) {
  for (const char* inside : {"127.0.0.1",
                             "127.9.9.9",
                             "10.0.0.1",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.168.1.1",
                             "169.254.169.254",
                             "100.64.0.1",
                             "0.0.0.0",
                             "224.0.0.1",
                             "255.255.255.255",
                             "198.18.0.1",
                             "::1",
                             "::",
                             "fe80::1",
                             "fc00::1",
                             "fd12::1",
                             "ff02::1",
                             "::ffff:10.0.0.1",
                             "64:ff9b::a00:1",
                             "2002:a00:1::",
                             "2001:db8::1",
                             "::127.0.0.1"})
    EXPECT_TRUE(Address::parse(inside)->is_inside()) << inside;
  for (const char* outside : {"8.8.8.8", "172.32.0.1", "172.15.0.1", "100.128.0.1", "114.114.114.114", "240e::1",
                              "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"})
    EXPECT_FALSE(Address::parse(outside)->is_inside()) << outside;
  EXPECT_FALSE(Address::parse("127.1"));
  EXPECT_FALSE(Address::parse("0x7f.0.0.1"));
  EXPECT_EQ(Address::parse("::ffff:10.0.0.1")->text(), "10.0.0.1");
}

TEST(AllowedHosts, NamesNetworksAndPorts) {
  const auto allowed =
      *AllowedHosts::parse({"SMS.example.cn", "10.8.0.0/16", "10.1.2.3:8443", "[fd00::7]:443", "fd01::/16"});
  const auto at = [](const char* text) { return *Address::parse(text); };
  EXPECT_TRUE(allowed.allows("sms.example.cn", 80, at("192.168.0.1")));
  EXPECT_FALSE(allowed.allows("other.example.cn", 80, at("192.168.0.1")));
  EXPECT_TRUE(allowed.allows("x", 80, at("10.8.255.1")));
  EXPECT_FALSE(allowed.allows("x", 80, at("10.9.0.1")));
  EXPECT_TRUE(allowed.allows("x", 8443, at("10.1.2.3")));
  EXPECT_FALSE(allowed.allows("x", 80, at("10.1.2.3")));
  EXPECT_TRUE(allowed.allows("x", 443, at("fd00::7")));
  EXPECT_TRUE(allowed.allows("x", 1, at("fd01::9")));
  for (const char* wrong : {"", "a b", "10.0.0.0/33", "host:0", "host:70000", "[fd00::1", "10.0.0.0/x"})
    EXPECT_FALSE(AllowedHosts::parse({wrong})) << wrong;
}

TEST(Client, CallsAndTellsWhatWasAnswered) {
  TestReceiver receiver(
      [](const std::string&) { return TestReceiver::answer("201 Created", "{\"a\":1}", "X-Thing: 7\r\n"); });
  Client client(monday, allowing({"127.0.0.1"}));
  Call call = get(receiver.url("/take?x=1"));
  call.method = "POST";
  call.headers = {{"Content-Type", "application/json"}, {"X-Own", "yes"}};
  call.body = "{\"b\":2}";
  const auto answer = client.call(call);
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "{\"a\":1}");
  EXPECT_EQ(answer->header("x-thing"), "7");
  ASSERT_EQ(receiver.requests().size(), 1u);
  EXPECT_THAT(receiver.requests()[0], HasSubstr("POST /take?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(receiver.requests()[0], HasSubstr("X-Own: yes\r\n"));
  EXPECT_THAT(receiver.requests()[0], HasSubstr("\r\n\r\n{\"b\":2}"));
}

TEST(Client, RefusesInsideAddressesInEveryForm) {
  TestReceiver receiver([](const std::string&) { return TestReceiver::answer("200 OK"); });
  Client client(monday, {});
  for (const char* host : {"127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "[::1]",
                           "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "10.0.0.1", "169.254.169.254", "[64:ff9b::7f00:1]"})
    EXPECT_EQ(reason_of(client.call(get(receiver.url("/", host)))), "outbound.inside") << host;
  EXPECT_TRUE(receiver.requests().empty());
  Call trusted = get(receiver.url("/"));
  trusted.trusted = true;
  EXPECT_EQ(reason_of(client.call(trusted)), "answered");
}

TEST(Client, RefusesWhatIsNoAddress) {
  Client client(monday, allowing({"127.0.0.1"}));
  for (const char* url :
       {"", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://user:secret@127.0.0.1/", "http://",
        "127.0.0.1", "http://127.0.0.1/\r\nHost: x", "http://a b/", "dict://127.0.0.1:11211/"})
    EXPECT_EQ(reason_of(client.call(get(url))), "outbound.address") << url;
  Call split = get("http://127.0.0.1:1/");
  split.headers = {{"X-A", "1\r\nX-B: 2"}};
  EXPECT_EQ(reason_of(client.call(split)), "outbound.header");
}

TEST(Client, ASecondAnswerOfTheNameServerLeadsNowhere) {
  TestReceiver receiver([](const std::string&) { return TestReceiver::answer("200 OK", "inside"); });
  std::atomic<int> asked = 0;
  Options options;
  // The first answer is public, every later one inside: what is connected to is what was checked.
  options.resolve = [&](const std::string&) -> Result<std::vector<Address>> {
    return std::vector<Address>{*Address::parse(asked++ == 0 ? "203.0.114.1" : "127.0.0.1")};
  };
  Client client(monday, std::move(options));
  Call call = get(receiver.url("/", "rebind.example.cn"));
  call.deadline = std::chrono::milliseconds(300);
  const auto first = reason_of(client.call(call));
  EXPECT_TRUE(first == "outbound.timeout" || first == "outbound.connect") << first;
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(reason_of(client.call(call)), "outbound.inside");
  EXPECT_TRUE(receiver.requests().empty());
}

TEST(Client, OneInsideAddressAmongPublicOnesIsEnoughToRefuse) {
  Options options;
  options.resolve = [](const std::string&) -> Result<std::vector<Address>> {
    return std::vector<Address>{*Address::parse("8.8.8.8"), *Address::parse("10.0.0.7")};
  };
  Client client(monday, std::move(options));
  EXPECT_EQ(reason_of(client.call(get("https://two.example.cn/"))), "outbound.inside");
}

TEST(Client, FollowsRedirectsAndChecksEach) {
  TestReceiver receiver([](const std::string& request) {
    if (request.starts_with("GET /far "))
      return TestReceiver::answer("302 Found", "", "Location: http://10.0.0.1/\r\n");
    if (request.starts_with("GET /other "))
      return TestReceiver::answer("302 Found", "", "Location: http://localhost:1/\r\n");
    if (request.starts_with("GET /file "))
      return TestReceiver::answer("302 Found", "", "Location: file:///etc/passwd\r\n");
    if (request.starts_with("GET /loop ")) return TestReceiver::answer("302 Found", "", "Location: /loop\r\n");
    if (request.starts_with("GET /near ")) return TestReceiver::answer("301 Moved", "", "Location: /here?a=1\r\n");
    if (request.starts_with("POST /moved ")) return TestReceiver::answer("301 Moved", "", "Location: /here\r\n");
    if (request.starts_with("POST /kept ")) return TestReceiver::answer("308 Moved", "", "Location: /here\r\n");
    return TestReceiver::answer("200 OK", "here");
  });
  Client client(monday, allowing({"127.0.0.1"}));
  EXPECT_EQ(client.call(get(receiver.url("/near")))->body, "here");
  EXPECT_EQ(reason_of(client.call(get(receiver.url("/far")))), "outbound.inside");
  EXPECT_EQ(reason_of(client.call(get(receiver.url("/file")))), "outbound.address");
  EXPECT_EQ(reason_of(client.call(get(receiver.url("/loop")))), "outbound.redirect");
  // Trust in an address of the configuration does not reach where that address leads.
  Call trusted = get(receiver.url("/far"));
  trusted.trusted = true;
  EXPECT_EQ(reason_of(client.call(trusted)), "outbound.inside");
  Call post = get(receiver.url("/moved"));
  post.method = "POST";
  post.body = "x";
  EXPECT_EQ(reason_of(client.call(post)), "outbound.redirect");
  post.url = receiver.url("/kept");
  EXPECT_EQ(reason_of(client.call(post)), "answered");
  EXPECT_THAT(receiver.requests().back(), testing::AllOf(HasSubstr("POST /here "), HasSubstr("\r\n\r\nx")));
}

TEST(Client, CredentialsStayWithTheHostTheyAreFor) {
  TestReceiver second([](const std::string&) { return TestReceiver::answer("200 OK"); });
  TestReceiver first([&](const std::string&) {
    return TestReceiver::answer("307 Elsewhere", "", "Location: " + second.url("/") + "\r\n");
  });
  Client client(monday, allowing({"127.0.0.1"}));
  Call call = get(first.url("/"));
  call.headers = {{"Authorization", "Bearer secret"}, {"Accept", "text/plain"}};
  EXPECT_EQ(reason_of(client.call(call)), "answered");
  ASSERT_EQ(second.requests().size(), 1u);
  EXPECT_THAT(second.requests()[0], testing::AllOf(Not(HasSubstr("secret")), HasSubstr("Accept: text/plain")));
}

TEST(Client, DeadlinesAndSizes) {
  TestReceiver slow([](const std::string& request) {
    if (request.starts_with("GET /large")) return TestReceiver::answer("200 OK", std::string(200'000, 'x'));
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    return TestReceiver::answer("200 OK");
  });
  Client client(monday, allowing({"127.0.0.1"}));
  Call call = get(slow.url("/slow"));
  call.deadline = std::chrono::milliseconds(100);
  EXPECT_EQ(reason_of(client.call(call)), "outbound.timeout");
  Call large = get(slow.url("/large"));
  large.most_bytes = 1000;
  EXPECT_EQ(reason_of(client.call(large)), "outbound.too_large");
}

TEST(Client, LeavesAFailingHostAlone) {
  std::atomic<bool> well = false;
  TestReceiver receiver(
      [&](const std::string&) { return TestReceiver::answer(well ? "200 OK" : "503 Service Unavailable"); });
  ManualClock clock(monday.now());
  Client client(clock, allowing({"127.0.0.1"}));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.call(get(receiver.url("/")))->status, 503);
  EXPECT_EQ(reason_of(client.call(get(receiver.url("/")))), "outbound.resting");
  EXPECT_EQ(receiver.requests().size(), 5u);
  clock.advance_seconds(31);
  EXPECT_EQ(client.call(get(receiver.url("/")))->status, 503);  // one trial
  EXPECT_EQ(reason_of(client.call(get(receiver.url("/")))), "outbound.resting");
  clock.advance_seconds(31);
  well = true;
  EXPECT_EQ(client.call(get(receiver.url("/")))->status, 200);
  EXPECT_EQ(client.call(get(receiver.url("/")))->status, 200);
}

TEST(Client, RefusedConnectionsPass) {
  int port = 0;
  {
    TestReceiver gone([](const std::string&) { return std::string(); });
    port = gone.port();
  }
  Client client(monday, allowing({"127.0.0.1"}));
  const auto answer = client.call(get("http://127.0.0.1:" + std::to_string(port) + "/"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "outbound.connect");
  EXPECT_TRUE(is_passing(answer.error()));
  EXPECT_FALSE(is_passing(client.call(get("http://10.0.0.1/")).error()));
}

TEST(Backoff, DoublesUpToAnHour) {
  const Backoff b;
  EXPECT_EQ(b.seconds_after(1), 30);
  EXPECT_EQ(b.seconds_after(2), 60);
  EXPECT_EQ(b.seconds_after(20), 3600);
  EXPECT_FALSE(b.gives_up(11));
  EXPECT_TRUE(b.gives_up(12));
}

}  // namespace
}  // namespace civitas::outbound
