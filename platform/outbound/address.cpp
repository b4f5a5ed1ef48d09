#include "outbound/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "base/strings.hpp"

namespace civitas::outbound {

namespace {

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool within(const Address& a, const Address& network, int bits) {
  for (int i = 0; i < 16 && bits > 0; ++i, bits -= 8) {
    const std::uint8_t mask = bits >= 8 ? 0xff : static_cast<std::uint8_t>(0xff << (8 - bits));
    if ((a.bytes[i] & mask) != (network.bytes[i] & mask)) return false;
  }
  return true;
}

struct Range {
  const char* network;
  int bits;  // of the form that `network` is written in
};

constexpr Range inside_v4[] = {{"0.0.0.0", 8},       {"10.0.0.0", 8},      {"100.64.0.0", 10},   {"127.0.0.0", 8},
                               {"169.254.0.0", 16},  {"172.16.0.0", 12},   {"192.0.0.0", 24},    {"192.0.2.0", 24},
                               {"192.31.196.0", 24}, {"192.52.193.0", 24}, {"192.88.99.0", 24},  {"192.168.0.0", 16},
                               {"192.175.48.0", 24}, {"198.18.0.0", 15},   {"198.51.100.0", 24}, {"203.0.113.0", 24},
                               {"224.0.0.0", 4},     {"240.0.0.0", 4}};

// Outside 2000::/3 nothing is public; these lie in it and are not.
constexpr Range inside_v6[] = {{"2001::", 23}, {"2001:db8::", 32}, {"2620:4f:8000::", 48}, {"3fff::", 20}};

}  // namespace

bool Address::is_v4() const { return std::equal(mapped.begin(), mapped.end(), bytes.begin()); }

Address Address::from_v4(const void* four_bytes) {
  Address out;
  std::copy(mapped.begin(), mapped.end(), out.bytes.begin());
  std::memcpy(out.bytes.data() + 12, four_bytes, 4);
  return out;
}

std::optional<Address> Address::parse(std::string_view text) {
  const std::string whole(text);
  std::uint8_t four[4];
  if (inet_pton(AF_INET, whole.c_str(), four) == 1) return from_v4(four);
  Address out;
  if (inet_pton(AF_INET6, whole.c_str(), out.bytes.data()) == 1) return out;
  return std::nullopt;
}

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN];
  if (is_v4()) return inet_ntop(AF_INET, bytes.data() + 12, buffer, sizeof buffer);
  return inet_ntop(AF_INET6, bytes.data(), buffer, sizeof buffer);
}

bool Address::is_inside() const {
  if (is_v4()) {
    for (const auto& range : inside_v4)
      if (within(*this, *parse(range.network), 96 + range.bits)) return true;
    return false;
  }
  if (within(*this, *parse("64:ff9b::"), 96)) return from_v4(bytes.data() + 12).is_inside();  // NAT64, RFC 6052
  if (within(*this, *parse("2002::"), 16)) return from_v4(bytes.data() + 2).is_inside();      // 6to4, RFC 3056
  if (!within(*this, *parse("2000::"), 3)) return true;
  for (const auto& range : inside_v6)
    if (within(*this, *parse(range.network), range.bits)) return true;
  return false;
}

Result<AllowedHosts> AllowedHosts::parse(const std::vector<std::string>& entries) {
  AllowedHosts out;
  for (const auto& entry : entries) {
    const auto wrong = [&] {
      return fail(invalid(
          "outbound.allow",
          "outbound.allow 里的“" + entry + "”应为主机名、地址或网段，可加端口，如 sms.example.cn:8443、10.8.0.0/16。",
          "“" + entry +
              "” in outbound.allow must be a host, an address or a network, with a port if wanted: "
              "sms.example.cn:8443, 10.8.0.0/16."));
    };
    std::string_view rest = entry;
    std::string host;
    bool bracketed = false;
    if (rest.starts_with('[')) {
      const auto end = rest.find(']');
      if (end == std::string_view::npos) return wrong();
      host = rest.substr(1, end - 1);
      rest.remove_prefix(end + 1);
      bracketed = true;
    } else if (std::count(rest.begin(), rest.end(), ':') > 1) {  // a bare IPv6 address
      host = rest;
      rest = {};
    } else {
      const auto end = rest.find(':');
      host = rest.substr(0, end);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
    }
    int port = 0;
    if (!rest.empty()) {
      const auto number = rest.starts_with(':') ? parse_integer(rest.substr(1)) : std::nullopt;
      if (!number || *number < 1 || *number > 65535) return wrong();
      port = static_cast<int>(*number);
    }
    int bits = 128;
    if (const auto slash = host.find('/'); slash != std::string::npos) {
      const auto number = parse_integer(std::string_view(host).substr(slash + 1));
      const auto network = Address::parse(std::string_view(host).substr(0, slash));
      if (!number || !network || *number < 0 || *number > (network->is_v4() ? 32 : 128)) return wrong();
      bits = static_cast<int>(*number) + (network->is_v4() ? 96 : 0);
      out.networks_.push_back({*network, bits, port});
      continue;
    }
    if (const auto address = Address::parse(host)) {
      out.networks_.push_back({*address, bits, port});
      continue;
    }
    host = to_lower_ascii(host);
    if (bracketed || host.empty() || host.size() > 253 || !std::all_of(host.begin(), host.end(), [](unsigned char c) {
          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
        }))
      return wrong();
    out.names_.push_back({host, port});
  }
  return out;
}

bool AllowedHosts::allows(std::string_view host, int port, const Address& address) const {
  return std::any_of(names_.begin(), names_.end(),
                     [&](const Name& n) { return n.host == host && (n.port == 0 || n.port == port); }) ||
         std::any_of(networks_.begin(), networks_.end(), [&](const Network& n) {
           return within(address, n.address, n.bits) && (n.port == 0 || n.port == port);
         });
}

}  // namespace civitas::outbound
