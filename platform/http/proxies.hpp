// Who the client is when a proxy speaks for it: Forwarded (RFC 7239) and X-Forwarded-For are believed only of proxies
// that the configuration trusts, and of a chain only its trusted end, since a client can write anything in front.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/message.hpp"

namespace civitas::http {

/// An address as 16 bytes; IPv4 as ::ffff:a.b.c.d.
using AddressBytes = std::array<std::uint8_t, 16>;
/// Of "192.0.2.7", "2001:db8::1", also with a port, in brackets or quotes as proxies write them; nothing for the rest
/// ("unknown", "_hidden").
std::optional<AddressBytes> parse_address(std::string_view text);
/// In the usual form; IPv4 with dots.
std::string address_text(const AddressBytes& address);
/// What limits count as one client: the address, of IPv6 its /64, which one household gets.
std::string address_group(std::string_view address);

class Proxies {
 public:
  /// Addresses or networks. Fails with `http.proxies.network` for what is neither.
  static Result<Proxies> make(const std::vector<std::string>& trusted);

  /// The address of the client of a connection from `peer`.
  std::string client_of(const std::string& peer, const Headers& headers) const;
  bool trusts(const AddressBytes& address) const;

 private:
  struct Network {
    AddressBytes address;
    int bits;
  };
  std::vector<Network> trusted_;
};

/// The addresses of the chain that the fields name, client first; nothing where one cannot be read, as then the chain
/// says nothing. Forwarded counts before X-Forwarded-For.
std::optional<std::vector<AddressBytes>> forwarded_chain(const Headers& headers);

}  // namespace civitas::http
