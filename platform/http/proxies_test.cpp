#include "http/proxies.hpp"

#include <gtest/gtest.h>

namespace civitas::http {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;
const std::vector<std::string> trusted_here{"127.0.0.0/8", "::1", "10.1.0.0/16"};

std::string client(const std::string& peer, const Fields& fields,
                   const std::vector<std::string>& trusted = trusted_here) {
  Request request;
  request.peer = peer;
  for (const auto& [name, value] : fields) request.headers.add(name, value);
  Proxies::make(trusted)->identify(request, false);
  return request.remote;
}

// Where the site is as the client knows it, and whether a page of `origin` may write.
struct Seen {
  std::string site;
  bool foreign;
};
Seen seen(const std::string& peer, const Fields& fields, const std::string& origin = "https://city.example",
          const std::string& public_address = "", bool tls = false) {
  Request request;
  request.peer = peer;
  request.headers.add("Origin", origin);
  for (const auto& [name, value] : fields) request.headers.add(name, value);
  Proxies::make(trusted_here, public_address)->identify(request, tls);
  return {request.site(), request.from_another_site()};
}

TEST(Proxies, OnlyATrustedOneIsBelieved) {
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", "203.0.113.7"}}), "203.0.113.7");
  EXPECT_EQ(client("203.0.113.9", {{"X-Forwarded-For", "203.0.113.7"}}), "203.0.113.9");
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", "203.0.113.7"}}, {}), "127.0.0.1");
  EXPECT_EQ(client("127.0.0.1", {}), "127.0.0.1");
}

TEST(Proxies, WhatAClientWritesInFrontCountsForNothing) {
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", "1.2.3.4, 203.0.113.7"}}), "203.0.113.7");
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", "1.2.3.4"}, {"X-Forwarded-For", "203.0.113.7, 10.1.2.3"}}),
            "203.0.113.7");
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", "10.1.2.3, 127.0.0.1"}}), "10.1.2.3");
}

TEST(Proxies, TheStandardFieldCountsFirst) {
  EXPECT_EQ(client("::1", {{"Forwarded", "for=\"[2001:db8::7]:4711\";proto=https;by=10.1.0.1"},
                           {"X-Forwarded-For", "2001:db8::7"}}),
            "2001:db8::7");
  EXPECT_EQ(client("127.0.0.1", {{"Forwarded", "For=192.0.2.60:80, for=10.1.9.9"}}), "192.0.2.60");
}

TEST(Proxies, AChainThatCannotBeReadSaysNothing) {
  for (const char* bad : {"unknown", "_hidden", "for", "1.2.3.4.5", "fe80::1%eth0", "203.0.113.7,,1.1.1.1", ""})
    EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", bad}}), "127.0.0.1") << bad;
  std::string long_chain = "203.0.113.7";
  for (int i = 0; i < 40; ++i) long_chain += ", 10.1.0.1";
  EXPECT_EQ(client("127.0.0.1", {{"X-Forwarded-For", long_chain}}), "127.0.0.1");
}

TEST(Proxies, OfTwoFieldsThatDisagreeNeitherCounts) {
  EXPECT_EQ(client("127.0.0.1", {{"Forwarded", "for=192.0.2.1"}, {"X-Forwarded-For", "203.0.113.7"}}), "127.0.0.1");
  EXPECT_EQ(client("127.0.0.1", {{"Forwarded", "for=192.0.2.1, for=203.0.113.7"}, {"X-Forwarded-For", "203.0.113.7"}}),
            "203.0.113.7");
}

TEST(Proxies, SchemeAndHostAreThoseOfTheClient) {
  const Fields said{{"Host", "127.0.0.1:8102"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "city.example"}};
  EXPECT_EQ(seen("127.0.0.1", said).site, "https://city.example");
  EXPECT_FALSE(seen("127.0.0.1", said).foreign);
  EXPECT_EQ(seen("10.1.2.3", said).site, "https://city.example");
  EXPECT_TRUE(seen("127.0.0.1", said, "https://other.example").foreign);
  EXPECT_TRUE(seen("127.0.0.1", said, "https://127.0.0.1:8102").foreign);
  EXPECT_TRUE(seen("127.0.0.1", said, "http://city.example").foreign);
  EXPECT_EQ(seen("203.0.113.9", said).site, "http://127.0.0.1:8102");  // not trusted
  EXPECT_TRUE(seen("203.0.113.9", said).foreign);
  const auto standard = seen("::1", {{"Host", "inner"}, {"Forwarded", "for=192.0.2.1;proto=https;host=\"City.example:443\""}});
  EXPECT_EQ(standard.site, "https://City.example:443");
  EXPECT_FALSE(standard.foreign);
}

TEST(Proxies, OfAListTheTrustedEndCounts) {
  EXPECT_EQ(seen("127.0.0.1", {{"X-Forwarded-For", "203.0.113.7"},
                               {"X-Forwarded-Host", "evil.example, city.example"},
                               {"X-Forwarded-Proto", "http, https"}})
                .site,
            "https://city.example");
  EXPECT_EQ(seen("127.0.0.1", {{"X-Forwarded-For", "203.0.113.7, 10.1.0.5"},
                               {"X-Forwarded-Host", "evil.example, city.example, inner"},
                               {"X-Forwarded-Proto", "https"}})
                .site,
            "https://city.example");
  EXPECT_EQ(seen("127.0.0.1", {{"Host", "inner"}, {"X-Forwarded-Host", "a/b\"<"}}).site, "http://inner");
}

TEST(Proxies, ThePublicAddressStandsInForWhatTheProxyDoesNotSay) {
  const Fields bare{{"Host", "127.0.0.1:8102"}, {"X-Forwarded-For", "203.0.113.7"}};
  const auto named = seen("127.0.0.1", bare, "https://city.example", "https://city.example/");
  EXPECT_EQ(named.site, "https://city.example");
  EXPECT_FALSE(named.foreign);
  EXPECT_TRUE(seen("127.0.0.1", bare, "https://other.example", "https://city.example").foreign);
  EXPECT_EQ(seen("127.0.0.1", bare).site, "http://127.0.0.1:8102");
  // Another name of the site is served too, and nobody who comes without a proxy is taken for anything else.
  EXPECT_FALSE(seen("127.0.0.1", {{"Host", "inner.example"}, {"X-Forwarded-For", "203.0.113.7"}},
                    "https://inner.example", "https://city.example")
                   .foreign);
  EXPECT_EQ(seen("127.0.0.1", {{"Host", "localhost:8080"}}, "http://localhost:8080", "https://city.example").site,
            "http://localhost:8080");
  EXPECT_EQ(seen("203.0.113.9", {{"Host", "city.example"}}, "https://city.example", "", true).site,
            "https://city.example");
}

TEST(Proxies, NetworksAreRead) {
  EXPECT_TRUE(Proxies::make({"10.0.0.0/8", "2001:db8::/32", "192.0.2.1"}));
  for (const char* bad : {"10.0.0.0/33", "10.0.0.0/-1", "host", "", "::/129", "10.0.0.0/x"})
    EXPECT_EQ(Proxies::make({bad}).error().reason, "http.proxies.network") << bad;
  const auto proxies = Proxies::make({"10.128.0.0/9"});
  EXPECT_TRUE(proxies->trusts(*parse_address("10.200.1.1")));
  EXPECT_FALSE(proxies->trusts(*parse_address("10.1.1.1")));
}

TEST(Proxies, OneHouseholdIsOneGroup) {
  EXPECT_EQ(address_group("2001:db8:1:2:3:4:5:6"), address_group("2001:db8:1:2:ffff::1"));
  EXPECT_NE(address_group("2001:db8:1:2::1"), address_group("2001:db8:1:3::1"));
  EXPECT_EQ(address_group("::ffff:192.0.2.1"), "192.0.2.1");
}

}  // namespace
}  // namespace civitas::http
