// The fields by which a proxy says whom it speaks for; a client writes them as well.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/proxies.hpp"

using namespace civitas::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Proxies proxies = *Proxies::make({"127.0.0.0/8", "10.0.0.0/8", "::1"});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto half = text.find('\n');
  Headers headers;
  headers.add("X-Forwarded-For", text.substr(0, half));
  if (half != text.npos) headers.add("Forwarded", text.substr(half + 1));
  // Whoever is not trusted is taken for nobody else.
  if (proxies.client_of("203.0.113.1", headers) != "203.0.113.1") std::abort();
  const std::string client = proxies.client_of("127.0.0.1", headers);
  const auto address = parse_address(client);
  if (!address || address_text(*address) != client) std::abort();
  if (address_group(text).size() > 60) std::abort();
  return 0;
}
