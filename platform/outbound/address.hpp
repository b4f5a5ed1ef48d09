// Which addresses a call may reach. An address counts as inside unless it is public unicast: loopback, private, shared,
// link-local (metadata services of clouds), multicast, documentation and reserved ranges are inside (IANA
// special-purpose registries, RFC 6890), and so is an IPv6 address that carries an inside IPv4 one (mapped, 6to4,
// NAT64).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace civitas::outbound {

/// An IPv6 address, or an IPv4 one in its mapped form (::ffff:a.b.c.d).
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const Address&) const = default;

  bool is_v4() const;
  bool is_inside() const;
  /// "192.0.2.1" or "2001:db8::1", without brackets.
  std::string text() const;
  /// Nothing for what is neither form in full; "0x7f.1" and the like are for the resolver.
  static std::optional<Address> parse(std::string_view text);
  static Address from_v4(const void* four_bytes);
};

/// What an administrator opens although it lies inside: "sms.example.cn" (any port), "10.1.2.3:8443", "10.8.0.0/16",
/// "[fd00::7]:443".
class AllowedHosts {
 public:
  /// 400 `outbound.allow` naming the entry that is none of these.
  static Result<AllowedHosts> parse(const std::vector<std::string>& entries);
  /// `host` as it stands in the address called (lower case), `address` as it was resolved.
  bool allows(std::string_view host, int port, const Address& address) const;

 private:
  struct Network {
    Address address;
    int bits = 128;
    int port = 0;  // 0: any
  };
  struct Name {
    std::string host;
    int port = 0;
  };
  std::vector<Network> networks_;
  std::vector<Name> names_;
};

}  // namespace civitas::outbound
