// A text with the reading of each code point, without allocation for names. For use inside the room only.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "text/lexicon.hpp"

namespace civitas::text {

class Resolved {
 public:
  explicit Resolved(std::string_view text);
  Resolved(const Resolved&) = delete;
  Resolved& operator=(const Resolved&) = delete;
  std::size_t size() const { return size_; }
  char32_t character(std::size_t i) const { return characters_[i]; }
  SyllableId id(std::size_t i) const { return ids_[i]; }
  const Syllable& syllable(std::size_t i, const Overrides* overrides) const;

 private:
  static constexpr std::size_t inline_size = 96;  // bytes: 32 Chinese characters
  std::array<char32_t, inline_size> inline_characters_;
  std::array<SyllableId, inline_size> inline_ids_;
  std::vector<char32_t> heap_characters_;
  std::vector<SyllableId> heap_ids_;
  char32_t* characters_ = nullptr;
  SyllableId* ids_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace civitas::text
