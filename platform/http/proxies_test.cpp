#include "http/proxies.hpp"

#include <gtest/gtest.h>

namespace civitas::http {
namespace {

std::string client(const std::string& peer, const std::vector<std::pair<std::string, std::string>>& fields,
                   const std::vector<std::string>& trusted = {"127.0.0.0/8", "::1", "10.1.0.0/16"}) {
  Headers headers;
  for (const auto& [name, value] : fields) headers.add(name, value);
  return Proxies::make(trusted)->client_of(peer, headers);
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
                           {"X-Forwarded-For", "203.0.113.7"}}),
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
