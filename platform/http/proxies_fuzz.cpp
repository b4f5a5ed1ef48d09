// The fields by which a proxy says whom it speaks for; a client writes them as well.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/proxies.hpp"

using namespace civitas::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Proxies proxies = *Proxies::make({"127.0.0.0/8", "10.0.0.0/8", "::1"}, "https://city.example");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto half = text.find('\n');
  Request request;
  for (const char* field : {"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"})
    request.headers.add(field, text.substr(0, half));
  if (half != text.npos) request.headers.add("Forwarded", text.substr(half + 1));
  // Whoever is not trusted is taken for nobody else.
  request.peer = "203.0.113.1";
  proxies.identify(request, false);
  if (request.remote != request.peer || request.encrypted || !request.host.empty()) std::abort();
  request.peer = "127.0.0.1";
  proxies.identify(request, false);
  const auto address = parse_address(request.remote);
  if (!address || address_text(*address) != request.remote) std::abort();
  if (!is_host(request.host)) std::abort();
  if (address_group(text).size() > 60) std::abort();
  return 0;
}
