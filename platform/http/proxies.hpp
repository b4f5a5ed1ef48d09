// Who the client is, and by which scheme and host it knows this site, when a proxy speaks for it: Forwarded (RFC 7239),
// X-Forwarded-For, -Proto and -Host are believed only of proxies that the configuration trusts, and of a chain only its
// trusted end, since a client can write anything in front. Decided here once for each request; nobody else reads these
// fields.
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
  /// Addresses or networks. Fails with `http.proxies.network` for what is neither. `public_address` ("https://…", may be
  /// empty) is the site's own name: it counts where a trusted proxy says neither scheme nor host.
  static Result<Proxies> make(const std::vector<std::string>& trusted, std::string_view public_address = "");

  /// Sets `remote`, `encrypted`, `host` and `second_host` by `peer` and the header; `tls`: the connection is encrypted.
  void identify(Request& request, bool tls) const;
  bool trusts(const AddressBytes& address) const;

 private:
  struct Client {
    std::string address;
    std::size_t hops;  // trusted proxies between here and there, the peer among them
  };
  std::optional<Client> client_by(const Headers& headers, bool standard) const;
  std::optional<Client> client_of(const Headers& headers) const;

  struct Network {
    AddressBytes address;
    int bits;
  };
  std::vector<Network> trusted_;
  std::string public_host_;
  bool public_is_https_ = false;
};

/// A proxy added one of the fields that tell whom it speaks for.
bool speaks_for_another(const Headers& headers);
/// A host with or without a port, of the characters that such a name has: nothing else gets into links.
bool is_host(std::string_view text);

}  // namespace civitas::http
