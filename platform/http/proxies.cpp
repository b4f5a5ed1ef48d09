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

// "https" of proto in "for=192.0.2.7;proto=https"; "" without it.
std::string_view parameter(std::string_view hop, std::string_view wanted) {
  std::string_view found;
  for (const auto pair : split(hop, ';')) {
    const auto equals = pair.find('=');
    if (equals != pair.npos && equal_ignoring_case(trim(pair.substr(0, equals)), wanted))
      found = unquoted(pair.substr(equals + 1));
  }
  return found;
}

// The addresses of one field, or nothing when one of them is none.
bool add_list(std::string_view list, bool rfc7239, std::vector<AddressBytes>& out) {
  for (const auto hop : split(list, ',')) {
    std::string_view text = trim(hop);
    if (rfc7239) text = parameter(text, "for");
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

Result<Proxies> Proxies::make(const std::vector<std::string>& trusted, std::string_view public_address) {
  Proxies out;
  if (const auto scheme = public_address.find("://"); scheme != public_address.npos) {
    const auto host = public_address.substr(scheme + 3);
    if (const auto named = host.substr(0, host.find('/')); is_host(named)) out.public_host_ = named;
    out.public_is_https_ = equal_ignoring_case(public_address.substr(0, scheme), "https");
  }
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

bool speaks_for_another(const Headers& headers) {
  for (const char* field : {"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"})
    if (headers.find(field)) return true;
  return false;
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 260 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]_") == text.npos;
}

namespace {

std::optional<std::vector<AddressBytes>> chain_of(const Headers& headers, bool standard) {
  std::vector<AddressBytes> out;
  bool good = true;
  for (std::size_t i = 0; i < headers.size(); ++i)
    if (equal_ignoring_case(headers.name(i), standard ? "Forwarded" : "X-Forwarded-For"))
      good = good && add_list(headers.value(i), standard, out);
  if (!good) return std::nullopt;
  return out;
}

// What the outermost of `hops` trusted proxies put into a list: each adds at the end, or says only its own.
std::string_view said_by(const Headers& headers, std::string_view field, std::size_t hops) {
  std::vector<std::string_view> all;
  for (std::size_t i = 0; i < headers.size(); ++i)
    if (equal_ignoring_case(headers.name(i), field))
      for (const auto one : split(headers.value(i), ',')) all.push_back(trim(one));
  if (all.empty()) return {};
  return all[all.size() - std::min(hops, all.size())];
}

// The standard's own parameter before the field of custom.
std::string_view said(const Headers& headers, std::string_view named, std::string_view field, std::size_t hops) {
  const auto standard = parameter(said_by(headers, "Forwarded", hops), named);
  return standard.empty() ? said_by(headers, field, hops) : standard;
}

}  // namespace

std::optional<Proxies::Client> Proxies::client_by(const Headers& headers, bool standard) const {
  const auto chain = chain_of(headers, standard);
  if (!chain || chain->empty()) return std::nullopt;
  // From the near end: each trusted proxy tells who came to it; the first whom nobody here trusts is the client.
  std::size_t hops = 1;
  for (auto hop = chain->rbegin(); hop != chain->rend(); ++hop, ++hops)
    if (!trusts(*hop)) return Client{address_text(*hop), hops};
  return Client{address_text(chain->front()), chain->size()};
}

// A proxy that knows only one of the two fields lets a client's other one pass: where they name different clients,
// neither counts.
std::optional<Proxies::Client> Proxies::client_of(const Headers& headers) const {
  const bool standard = headers.find("Forwarded").has_value(), custom = headers.find("X-Forwarded-For").has_value();
  const auto first = client_by(headers, standard);
  if (!standard || !custom) return first;
  const auto second = client_by(headers, false);
  return first && second && first->address == second->address ? first : std::nullopt;
}

void Proxies::identify(Request& request, bool tls) const {
  request.remote = request.peer;
  request.encrypted = tls;
  request.host = request.headers.get("Host");
  request.second_host = public_host_;
  if (trusted_.empty() || !speaks_for_another(request.headers)) return;
  const auto own = parse_address(request.peer);
  if (!own || !trusts(*own)) return;
  const auto client = client_of(request.headers);
  if (client) request.remote = client->address;
  const std::size_t hops = client ? client->hops : 1;
  const auto scheme = said(request.headers, "proto", "X-Forwarded-Proto", hops);
  if (equal_ignoring_case(scheme, "https") || equal_ignoring_case(scheme, "http"))
    request.encrypted = equal_ignoring_case(scheme, "https");
  else if (public_is_https_)
    request.encrypted = true;
  if (const auto host = said(request.headers, "host", "X-Forwarded-Host", hops); is_host(host))
    request.host = host;
  else if (!public_host_.empty())
    std::swap(request.host, request.second_host);
}

}  // namespace civitas::http
