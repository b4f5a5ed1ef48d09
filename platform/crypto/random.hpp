// Random bytes from the operating system (getrandom). Throws only when the system gives none, which nothing can mend.
#pragma once

#include <cstddef>
#include <string>

namespace civitas::crypto {

std::string random_bytes(std::size_t count);
/// A secret for links, sessions and interface keys: `bytes` random bytes as base64url without padding.
std::string random_token(std::size_t bytes = 32);

}  // namespace civitas::crypto
