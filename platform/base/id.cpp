#include "base/id.hpp"

#include <sys/random.h>

#include <stdexcept>

#include "base/strings.hpp"

namespace civitas {

std::int64_t IdGenerator::next() {
  constexpr std::int64_t epoch_ms = 1'735'660'800'000;  // 2025-01-01 in China
  const std::int64_t base = (clock_.now().micros / 1000 - epoch_ms) << 12;
  std::int64_t last = last_.load(std::memory_order_relaxed);
  std::int64_t id;
  do {
    id = base > last ? base : last + 1;
  } while (!last_.compare_exchange_weak(last, id, std::memory_order_relaxed));
  return id;
}

std::string random_hex(std::size_t bytes) {
  std::string raw(bytes, '\0');
  if (::getrandom(raw.data(), bytes, 0) != static_cast<ssize_t>(bytes)) throw std::runtime_error("getrandom failed");
  return to_hex(raw);
}

}  // namespace civitas
