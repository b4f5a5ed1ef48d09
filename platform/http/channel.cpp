#include "http/channel.hpp"

namespace civitas::http {

std::expected<OpenChannels::Place, OpenChannels::Full> OpenChannels::enter(Channel::Kind kind,
                                                                           const std::string& address, std::size_t most,
                                                                           std::size_t most_of_address) {
  const std::lock_guard lock(mutex_);
  if (counts_[0].load() + counts_[1].load() >= most) return std::unexpected(Full::all);
  auto& of_address = by_address_[address];
  if (of_address >= most_of_address) {
    if (of_address == 0) by_address_.erase(address);
    return std::unexpected(Full::address);
  }
  ++of_address;
  counts_[static_cast<std::size_t>(kind)].fetch_add(1);
  return Place(*this, kind, address);
}

void OpenChannels::leave(Channel::Kind kind, const std::string& address) {
  const std::lock_guard lock(mutex_);
  counts_[static_cast<std::size_t>(kind)].fetch_sub(1);
  const auto at = by_address_.find(address);
  if (at != by_address_.end() && --at->second == 0) by_address_.erase(at);
}

}  // namespace civitas::http
