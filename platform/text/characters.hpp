// Classes of characters, and the level of a Chinese character in 《通用规范汉字表》 (2013: level 1 3,500, level 2
// 3,000, level 3 1,605 characters), taken from the Unihan field kTGH.
#pragma once

#include <string>
#include <string_view>

namespace civitas::text {

enum class CharacterClass { chinese, letter, digit, space, punctuation, other };

/// 1, 2 or 3; 0 for a character outside the table.
int standard_level(char32_t c);
/// The worst level of the Chinese characters of `text`: 0 as soon as one of them is outside the table, otherwise the
/// highest number; 1 for a text without Chinese characters. 《地名管理条例》 article 9(3) asks for common characters.
int worst_level(std::string_view text);
/// The characters of `text` outside the table or in level 3, each once, in order of appearance.
std::u32string rare_characters(std::string_view text);

/// A Chinese character: the unified blocks with extensions A to H, the compatibility blocks and 〇. Not punctuation.
bool is_chinese(char32_t c);
bool has_chinese(std::string_view text);
bool is_all_chinese(std::string_view text);
CharacterClass character_class(char32_t c);

/// Value of a Chinese numeral written as a cardinal (三, 十二, 二十, 一百零五) or digits; -1 when it is not one:
/// 二七 and 五一 are names, no numbers.
int chinese_number(std::string_view text);

}  // namespace civitas::text
