// Record identifiers: 53-bit integers that grow with time (41 bits of milliseconds since 2025, 12 bits of sequence), so
// that they are exact in JSON, sort by creation and never repeat in one installation. Strings on the wire.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/time.hpp"

namespace civitas {

class IdGenerator {
 public:
  /// `last_used` is the greatest identifier already stored, so that a clock set back cannot repeat one.
  explicit IdGenerator(const Clock& clock, std::int64_t last_used = 0) : clock_(clock), last_(last_used) {}
  std::int64_t next();

 private:
  const Clock& clock_;
  std::atomic<std::int64_t> last_;
};

/// `bytes` random bytes from the operating system, as lower-case hexadecimal: for tokens and request ids.
std::string random_hex(std::size_t bytes);

}  // namespace civitas
