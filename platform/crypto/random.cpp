#include "crypto/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <stdexcept>

#include "base/strings.hpp"

namespace civitas::crypto {

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  for (std::size_t done = 0; done < count;) {
    const auto n = ::getrandom(out.data() + done, count - done, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw std::runtime_error("getrandom failed");
    done += static_cast<std::size_t>(n);
  }
  return out;
}

std::string random_token(std::size_t bytes) { return to_base64url(random_bytes(bytes)); }

}  // namespace civitas::crypto
