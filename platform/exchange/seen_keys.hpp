// Inside this room: a set of 64-bit digests, about 16 bytes each, for keys met in a file.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace civitas::exchange {

class SeenKeys {
 public:
  static std::uint64_t digest(std::size_t field, std::string_view key) {
    std::uint64_t h = 1469598103934665603ULL ^ field;
    for (const unsigned char c : key) h = (h ^ c) * 1099511628211ULL;
    // Mixes the high bits down, which choose the slot.
    h ^= h >> 32;
    h *= 0x9E3779B97F4A7C15ULL;
    h ^= h >> 29;
    return h ? h : 1;
  }
  bool contains(std::uint64_t key) const { return !slots_.empty() && slots_[slot(key)] == key; }
  void insert(std::uint64_t key) {
    if (2 * (count_ + 1) > slots_.size()) grow();
    auto& place = slots_[slot(key)];
    count_ += place == 0;
    place = key;
  }

 private:
  std::size_t slot(std::uint64_t key) const {
    std::size_t at = key & (slots_.size() - 1);
    while (slots_[at] != 0 && slots_[at] != key) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  void grow() {
    std::vector<std::uint64_t> old(slots_.empty() ? 1024 : slots_.size() * 2);
    old.swap(slots_);
    count_ = 0;
    for (const auto key : old)
      if (key) insert(key);
  }
  std::vector<std::uint64_t> slots_;
  std::size_t count_ = 0;
};

}  // namespace civitas::exchange
