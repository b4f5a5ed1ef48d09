// The endings that tell a division's level (省, 自治州, 街道办事处, 社区居民委员会 …), which of them mean the
// same, and how a name is cut into its specific part and its ending.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "place_names/engine/entry.hpp"

namespace civitas::place_names {

struct Suffix {
  std::u16string_view text;
  std::uint8_t levels;  // bit 1 << Level
  std::uint8_t group;   // endings of one group are the same word: 街道, 街道办, 街
};

/// All endings; number 0 is the empty one. Longest first.
std::span<const Suffix> suffixes();

inline bool suffix_fits(std::uint8_t suffix, Level level) {
  return (suffixes()[suffix].levels >> static_cast<int>(level)) & 1;
}

struct CutName {
  std::u16string core;
  std::uint8_t suffix = 0;
};

/// Ways to cut a standard name, the fullest specific part first: 民族街街道 → 民族街|街道, 民族|街街道 (as
/// 街道). At least one; the specific part never gets shorter than two characters unless the whole name has
/// only two.
std::vector<CutName> cut_name(std::u16string_view name, Level level);

/// Names such as 市辖区 and 省直辖县级行政区划 that nobody writes in an address.
bool is_pseudo_level(std::u16string_view name, Level level);

}  // namespace civitas::place_names
