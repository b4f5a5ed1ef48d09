#include "text/characters.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "text/lexicon.hpp"

namespace civitas::text {

int standard_level(char32_t c) { return lexicon().level(c); }

int worst_level(std::string_view text) {
  int worst = 1;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (!is_chinese(c)) continue;
    const int level = standard_level(c);
    if (level == 0) return 0;
    worst = std::max(worst, level);
  }
  return worst;
}

std::u32string rare_characters(std::string_view text) {
  std::u32string result;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (!is_chinese(c)) continue;
    const int level = standard_level(c);
    if ((level == 0 || level == 3) && result.find(c) == std::u32string::npos) result += c;
  }
  return result;
}

bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || c == 0x3007 || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x20000 && c <= 0x2FA1F) || (c >= 0x30000 && c <= 0x323AF);
}

bool has_chinese(std::string_view text) {
  for (std::size_t at = 0; at < text.size();)
    if (is_chinese(next_code_point(text, at))) return true;
  return false;
}

bool is_all_chinese(std::string_view text) {
  for (std::size_t at = 0; at < text.size();)
    if (!is_chinese(next_code_point(text, at))) return false;
  return !text.empty();
}

CharacterClass character_class(char32_t c) {
  if (is_chinese(c)) return CharacterClass::chinese;
  const auto in = [c](char32_t low, char32_t high) { return c >= low && c <= high; };
  if (in('0', '9') || in(0xFF10, 0xFF19)) return CharacterClass::digit;
  if (in('a', 'z') || in('A', 'Z') || in(0xFF21, 0xFF3A) || in(0xFF41, 0xFF5A)) return CharacterClass::letter;
  if (in(0xC0, 0x24F) && c != 0xD7 && c != 0xF7) return CharacterClass::letter;
  if (in(0x370, 0x52F)) return CharacterClass::letter;  // Greek and Cyrillic
  if (in(0x3041, 0x30FF) || in(0xAC00, 0xD7A3)) return CharacterClass::letter;
  if (c == ' ' || in(9, 13) || c == 0x3000 || c == 0xA0 || in(0x2000, 0x200A)) return CharacterClass::space;
  if (in(0x21, 0x7E) || in(0xA1, 0xBF) || in(0x2010, 0x206F) || in(0x3001, 0x303F) || in(0xFF01, 0xFF65))
    return CharacterClass::punctuation;
  return CharacterClass::other;
}

namespace {
int numeral(char32_t c) {
  constexpr std::u32string_view numerals = U"零一二三四五六七八九";
  const std::size_t at = numerals.find(c);
  return at == std::u32string_view::npos ? (c == U'〇' ? 0 : -1) : static_cast<int>(at);
}
}  // namespace

int chinese_number(std::string_view text) {
  const std::u32string s = to_utf32(text);
  if (s.empty() || s.size() > 9) return -1;
  if (std::all_of(s.begin(), s.end(), [](char32_t c) { return c >= U'0' && c <= U'9'; })) {
    if (s.size() > 8) return -1;
    int value = 0;
    for (char32_t c : s) value = value * 10 + static_cast<int>(c - U'0');
    return value;
  }
  // digit 千 digit 百 digit 十 digit, with 零 for a gap and 十 alone for one ten.
  int value = 0, unit = 10000, pending = -1;
  bool gap = false;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const int weight = s[i] == U'千' ? 1000 : s[i] == U'百' ? 100 : s[i] == U'十' ? 10 : 0;
    if (weight != 0) {
      if (weight >= unit) return -1;
      if (pending <= 0) {
        if (weight != 10 || (i != 0 && !gap) || pending == 0) return -1;
        pending = 1;
      }
      value += pending * weight;
      unit = weight;
      pending = -1;
      gap = false;
      continue;
    }
    const int digit = numeral(s[i]);
    if (digit < 0 || pending >= 0) return -1;
    if (digit == 0) {
      if (s.size() == 1) return 0;
      if (gap || i == 0) return -1;
      gap = true;
      continue;
    }
    pending = digit;
  }
  if (pending >= 0) {
    // 一百五 is one hundred and fifty in speech: not a cardinal that a name would use.
    if (unit > 10 && unit < 10000 && !gap) return -1;
    value += pending;
  } else if (gap) {
    return -1;
  }
  return value == 0 ? -1 : value;
}

}  // namespace civitas::text
