// Characters that look like an ordinary ideograph and are another code point: radicals and strokes as PDF and character
// recognition give them, compatibility ideographs, private use of GBK. One folding for what is stored, matched, checked and
// spelt. They are slips of machines and never meant, so that also a name to be certified is folded.
#pragma once

#include <string>
#include <string_view>

namespace civitas::text {

/// The ordinary ideograph that `c` stands for (Equivalent_Unified_Ideograph of Unicode, the canonical decomposition of
/// compatibility ideographs, GB 18030-2022 for private use); `c` itself when it is none of them.
char32_t unified_ideograph(char32_t c);
/// The text with each of its characters so replaced; any bytes, malformed ones stay as they are.
std::string unify_ideographs(std::string_view text);

}  // namespace civitas::text
