// Bringing text into one form before it is compared or searched. Never for the name that is displayed or certified: the
// approved characters of a name are what they are.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace civitas::text {

/// Traditional to simplified (OpenCC t2s: phrases first, then characters). A text whose Chinese characters are all in
/// 《通用规范汉字表》 is returned as it is: 乾, 著 and 於 are standard characters in names.
std::string to_simplified(std::string_view text);
/// Full-width ASCII and the ideographic space to half width, half-width katakana left alone.
std::string to_half_width(std::string_view text);
/// Compatibility forms to plain ones (NFKC: ①→1, ㎡→m2, 號→号 by to_simplified; ideographs.hpp), one kind of brackets, quotes, hyphens
/// and middle dots, no control or invisible characters, runs of white space to one space, trimmed.
std::string normalise(std::string_view text);
/// normalise, simplified, ASCII letters in lower case: the form for comparison and search.
std::string fold(std::string_view text);
/// The data of OpenCC can be read; fails with `text.convert.no_data`. The functions above throw without it.
Status check_conversion();

}  // namespace civitas::text
