// What counts as blank: Unicode White_Space (PropList.txt), also the ideographic space U+3000 of Chinese keyboards. The one
// definition for trimming, required fields, unique values, import, conditions and search.
#pragma once

namespace civitas {

constexpr bool is_blank(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

}  // namespace civitas
