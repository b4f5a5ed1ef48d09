// Roman spelling of a place name by 《中国地名汉语拼音字母拼写规则(汉语地名部分)》 (1984): specific and generic part
// apart, each word with a capital letter, apostrophe before a, o, e inside a word, ordinals of streets in digits, names
// of villages and towns as one word. Rules that need knowledge of the name (a person's name, a modifier of two
// syllables, 东四十二条) follow the word breaks that the caller gives.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "text/generic.hpp"
#include "text/pinyin.hpp"

namespace civitas::text {

struct SpellingOptions {
  Feature feature = Feature::none;       // what the name names; none = taken from its generic term
  std::vector<std::size_t> breaks;       // word breaks in code points; when given they replace all guessing of words
  const Overrides* overrides = nullptr;  // approved readings
};

struct Spelling {
  std::string toned;                // "Huángpí Qū"
  std::string plain;                // "Huangpi Qu", ü kept: "Lüyuan Lu"
  std::string capitals;             // "HUANGPI QU": the form on signs
  std::vector<std::string> words;   // the toned words
  std::vector<std::size_t> breaks;  // the breaks used, in code points
};

Spelling spell(std::string_view name, const SpellingOptions& options = {});

}  // namespace civitas::text
