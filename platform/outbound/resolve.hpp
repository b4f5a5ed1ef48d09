// Inside this room: names to addresses, within a deadline.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "outbound/address.hpp"

namespace civitas::outbound {

/// The system's resolver, which cannot be interrupted: it goes on in its own thread when the deadline has passed.
Result<std::vector<Address>> resolve(const std::string& host, std::chrono::milliseconds deadline);

}  // namespace civitas::outbound
