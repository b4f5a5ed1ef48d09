#include "http/proxies.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "base/strings.hpp"

namespace civitas::http {

namespace asio = boost::asio;

namespace {

constexpr std::size_t longest_chain = 32;

std::string_view unquoted(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return trim(text);
}

// The addresses of one field, or nothing when one of them is none.
bool add_list(std::string_view list, bool rfc7239, std::vector<AddressBytes>& out) {
  for (const auto hop : split(list, ',')) {
    std::string_view text = trim(hop);
    if (rfc7239) {
      std::string_view named;
      for (const auto pair : split(text, ';')) {
        const auto equals = pair.find('=');
        if (equals != pair.npos && to_lower_ascii(trim(pair.substr(0, equals))) == "for")
          named = pair.substr(equals + 1);
      }
      text = named;
    }
    const auto address = parse_address(text);
    if (!address || out.size() >= longest_chain) return false;
    out.push_back(*address);
  }
  return true;
}

bool inside(const AddressBytes& address, const AddressBytes& network, int bits) {
  for (int i = 0; i < 16 && bits > 0; ++i, bits -= 8) {
    const int mask = bits >= 8 ? 0xff : 0xff & (0xff << (8 - bits));
    if ((address[static_cast<std::size_t>(i)] & mask) != (network[static_cast<std::size_t>(i)] & mask)) return false;
  }
  return true;
}

bool is_v4(const AddressBytes& a) {
  return std::all_of(a.begin(), a.begin() + 10, [](auto b) { return b == 0; }) && a[10] == 0xff && a[11] == 0xff;
}

}  // namespace

std::optional<AddressBytes> parse_address(std::string_view text) {
  text = unquoted(text);
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return std::nullopt;
    text = text.substr(1, end - 1);
  } else if (const auto colon = text.find(':'); colon != text.npos && text.find(':', colon + 1) == text.npos) {
    text = text.substr(0, colon);  // IPv4 with a port
  }
  if (text.empty() || text.size() > 45 || text.find('%') != text.npos) return std::nullopt;
  boost::system::error_code wrong;
  const auto address = asio::ip::make_address(std::string(text), wrong);
  if (wrong) return std::nullopt;
  if (address.is_v6()) return address.to_v6().to_bytes();
  AddressBytes out{};
  out[10] = out[11] = 0xff;
  const auto four = address.to_v4().to_bytes();
  std::copy(four.begin(), four.end(), out.begin() + 12);
  return out;
}

std::string address_text(const AddressBytes& address) {
  if (is_v4(address)) return asio::ip::address_v4({address[12], address[13], address[14], address[15]}).to_string();
  return asio::ip::address_v6(address).to_string();
}

std::string address_group(std::string_view text) {
  auto address = parse_address(text);
  if (!address) return std::string(text.substr(0, 60));
  if (is_v4(*address)) return address_text(*address);
  std::fill(address->begin() + 8, address->end(), std::uint8_t{0});
  return address_text(*address) + "/64";
}

Result<Proxies> Proxies::make(const std::vector<std::string>& trusted) {
  Proxies out;
  for (const auto& text : trusted) {
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    std::optional<std::int64_t> bits = 128;
    if (address && slash != text.npos) {
      bits = parse_integer(text.substr(slash + 1));
      const std::int64_t most = is_v4(*address) ? 32 : 128;
      if (bits && (*bits < 0 || *bits > most)) bits.reset();
      if (bits && most == 32) *bits += 96;
    }
    if (!address || !bits)
      return fail(
          invalid("http.proxies.network", "可信代理应为地址或网段，如 10.1.2.3 或 10.1.0.0/16：" + text.substr(0, 60),
                  "A trusted proxy is an address or a network such as 10.1.2.3 or 10.1.0.0/16: " + text.substr(0, 60)));
    out.trusted_.push_back({*address, static_cast<int>(*bits)});
  }
  return out;
}

bool Proxies::trusts(const AddressBytes& address) const {
  return std::any_of(trusted_.begin(), trusted_.end(),
                     [&](const Network& n) { return inside(address, n.address, n.bits); });
}

std::optional<std::vector<AddressBytes>> forwarded_chain(const Headers& headers) {
  const bool standard = headers.find("Forwarded").has_value();
  std::vector<AddressBytes> out;
  bool good = true;
  for (std::size_t i = 0; i < headers.size(); ++i)
    if (equal_ignoring_case(headers.name(i), standard ? "Forwarded" : "X-Forwarded-For"))
      good = good && add_list(headers.value(i), standard, out);
  if (!good) return std::nullopt;
  return out;
}

std::string Proxies::client_of(const std::string& peer, const Headers& headers) const {
  if (trusted_.empty() || (!headers.find("X-Forwarded-For") && !headers.find("Forwarded"))) return peer;
  const auto own = parse_address(peer);
  if (!own || !trusts(*own)) return peer;
  const auto chain = forwarded_chain(headers);
  if (!chain || chain->empty()) return peer;
  // From the near end: each trusted proxy tells who came to it; the first whom nobody here trusts is the client.
  for (auto hop = chain->rbegin(); hop != chain->rend(); ++hop)
    if (!trusts(*hop)) return address_text(*hop);
  return address_text(chain->front());
}

}  // namespace civitas::http
