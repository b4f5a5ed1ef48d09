#include "outbound/resolve.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <future>
#include <memory>
#include <thread>

namespace civitas::outbound {

namespace {

std::vector<Address> ask(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::vector<Address> out;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return out;
  for (const addrinfo* at = found; at; at = at->ai_next) {
    Address address;
    if (at->ai_family == AF_INET) {
      address = Address::from_v4(&reinterpret_cast<const sockaddr_in*>(at->ai_addr)->sin_addr);
    } else if (at->ai_family == AF_INET6) {
      const auto& bytes = reinterpret_cast<const sockaddr_in6*>(at->ai_addr)->sin6_addr.s6_addr;
      std::copy(std::begin(bytes), std::end(bytes), address.bytes.begin());
    } else {
      continue;
    }
    out.push_back(address);
  }
  freeaddrinfo(found);
  return out;
}

}  // namespace

Result<std::vector<Address>> resolve(const std::string& host, std::chrono::milliseconds deadline) {
  if (const auto literal = Address::parse(host)) return std::vector<Address>{*literal};
  auto promise = std::make_shared<std::promise<std::vector<Address>>>();
  auto answer = promise->get_future();
  std::thread([promise, host] { promise->set_value(ask(host)); }).detach();
  if (answer.wait_for(deadline) != std::future_status::ready)
    return fail(problem(Kind::timeout, "outbound.timeout", "域名服务器没有及时回答。",
                        "The name server did not answer in time.")
                    .with_detail(host));
  auto addresses = answer.get();
  if (addresses.empty())
    return fail(
        problem(Kind::unavailable, "outbound.resolve", "找不到主机 " + host + "。", "There is no host " + host + ".")
            .with_detail(host));
  return addresses;
}

}  // namespace civitas::outbound
