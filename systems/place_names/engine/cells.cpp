#include "place_names/engine/cells.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "text/convert.hpp"
#include "text/ideographs.hpp"

namespace civitas::place_names {

namespace {

constexpr std::u16string_view numerals = u"零一二三四五六七八九";

/// What makes the digits before it a house, floor or distance number and no part of a name.
bool is_number_unit(char16_t c) {
  static constexpr std::u16string_view units = u"号栋幢室楼层座米弄门单梯房铺公千元年月日路组队期附特临之";
  return units.find(c) != std::u16string_view::npos;
}

char32_t half_width(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) return c - 0xFEE0;
  if (c == 0x3000) return ' ';
  return c;
}

char32_t closing_bracket(char32_t c) {
  switch (c) {
    case '(': return ')';
    case '[': return ']';
    case '{': return '}';
    case U'【': return U'】';
    case U'〔': return U'〕';
    case U'〈': return U'〉';
    case U'《': return U'》';
    case U'「': return U'」';
    default: return 0;
  }
}

bool is_letter(char16_t c) { return (c >= 'a' && c <= 'z'); }
bool is_digit(char16_t c) { return c >= '0' && c <= '9'; }

struct Raw {
  char16_t ch;
  bool upper;
  bool break_before;
  std::uint32_t begin, end;
};

/// Pinyin vowels with tone marks, so that wǔhàn reads as wuhan.
char without_tone(char32_t c) {
  switch (c) {
    case U'ā':
    case U'á':
    case U'ǎ':
    case U'à': return 'a';
    case U'ē':
    case U'é':
    case U'ě':
    case U'è': return 'e';
    case U'ī':
    case U'í':
    case U'ǐ':
    case U'ì': return 'i';
    case U'ō':
    case U'ó':
    case U'ǒ':
    case U'ò': return 'o';
    case U'ū':
    case U'ú':
    case U'ǔ':
    case U'ù': return 'u';
    case U'ǖ':
    case U'ǘ':
    case U'ǚ':
    case U'ǜ':
    case U'ü': return 'v';
    default: return 0;
  }
}

/// Fewest syllables that spell letters[0, n); lengths in `cut`, or nothing.
std::size_t spell(std::string_view letters, const CharTable& table, Spelling spelling,
                  std::array<std::uint8_t, max_cells>& cut) {
  const std::size_t n = letters.size();
  if (n > max_cells) return 0;
  std::array<std::uint8_t, max_cells + 1> best{}, step{};
  best.fill(255);
  best[n] = 0;
  for (std::size_t i = n; i-- > 0;)
    for (std::size_t length = 1; length <= 6 && i + length <= n; ++length) {
      const int count = best[i + length] + 1;
      if (best[i + length] == 255 || (spelling == Spelling::early ? count >= best[i] : count > best[i])) continue;
      if (!table.syllable(letters.substr(i, length))) continue;
      best[i] = static_cast<std::uint8_t>(best[i + length] + 1);
      step[i] = static_cast<std::uint8_t>(length);
    }
  if (best[0] == 255) return 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < n; i += step[i]) cut[count++] = step[i];
  return count;
}

void append_number(std::u16string& out, std::u16string_view digits) {
  const int value0 = digits[0] - u'0';
  if (digits.size() == 2 && value0 > 0) {
    if (value0 > 1) out += numerals[static_cast<std::size_t>(value0)];
    out += u'十';
    if (digits[1] != u'0') out += numerals[static_cast<std::size_t>(digits[1] - u'0')];
    return;
  }
  for (char16_t d : digits) out += numerals[static_cast<std::size_t>(d - u'0')];
}

}  // namespace

CharTable::CharTable(std::span<const index_format::CharRow> rows, std::span<const index_format::SoundRow> sounds,
                     std::span<const char32_t> rare)
    : rows_(rows), sounds_(sounds), rare_(rare) {
  by_letters_.reserve(sounds.size() * 2);
  for (std::size_t i = 1; i < sounds.size(); ++i)
    by_letters_.emplace(std::string_view(sounds[i].letters, sounds[i].length), static_cast<std::uint16_t>(i));
}

bool CharTable::has_sound(char16_t c, std::uint16_t sound) const {
  const auto& s = rows_[c].sounds;
  return sound && (s[0] == sound || s[1] == sound || s[2] == sound);
}

bool CharTable::same_sound(char16_t a, char16_t b) const {
  for (auto sound : rows_[a].sounds)
    if (has_sound(b, sound)) return true;
  return false;
}

bool CharTable::loosely_same_sound(char16_t a, char16_t b) const {
  for (auto x : rows_[a].sounds)
    for (auto y : rows_[b].sounds)
      if (x && y && sounds_[x].loose == sounds_[y].loose) return true;
  return false;
}

bool CharTable::lookalike(char16_t a, char16_t b) const {
  for (auto c : rows_[a].lookalikes)
    if (c == b) return true;
  for (auto c : rows_[b].lookalikes)
    if (c == a) return true;
  return false;
}

std::uint16_t CharTable::syllable(std::string_view letters) const {
  auto found = by_letters_.find(letters);
  return found == by_letters_.end() ? 0 : found->second;
}

char16_t CharTable::unit(char32_t c) const {
  if (!is_rare(c)) return static_cast<char16_t>(c);
  const auto found = std::lower_bound(rare_.begin(), rare_.end(), c);
  return found != rare_.end() && *found == c ? static_cast<char16_t>(first_rare_unit + (found - rare_.begin()))
                                             : unknown_unit;
}

char32_t comparable(char32_t c) {
  if (c < 0x2E80 || (c >= 0x3400 && c < 0xE000)) return c;
  c = text::unified_ideograph(c);
  if (c <= 0xFFFF) return c;
  std::string one;
  append_utf8(one, c);
  const auto simplified = to_utf32(text::to_simplified(one));
  return simplified.size() == 1 ? simplified[0] : c;
}

bool is_han(char16_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || c == u'〇' || (c >= 0xE000 && c < 0xF900);
}

int numeral(char16_t c) {
  if (is_digit(c)) return c - u'0';
  if (c == u'〇') return 0;
  if (c == u'十') return 10;
  auto at = numerals.find(c);
  return at == std::u16string_view::npos ? -1 : static_cast<int>(at);
}

void read_cells(std::string_view text, const CharTable& table, Spelling spelling, Brackets brackets, Cells& out) {
  std::array<Raw, 4 * max_cells> raw;
  std::size_t n = 0;
  bool pending_break = false;
  out.has_remark = false;
  for (std::size_t at = 0; at < text.size() && n < raw.size();) {
    const auto begin = static_cast<std::uint32_t>(at);
    char32_t c = half_width(next_code_point(text, at));
    c = comparable(c);
    if (char32_t close = closing_bracket(c); close && n > 0) {
      // A remark; when nothing closes it, only the bracket itself goes.
      out.has_remark = true;
      pending_break = true;
      if (brackets == Brackets::text) continue;
      std::size_t scan = at;
      int steps = 0;
      while (scan < text.size() && steps++ < 64) {
        if (half_width(next_code_point(text, scan)) == close) {
          at = scan;
          break;
        }
      }
      continue;
    }
    if (char tone = without_tone(c)) c = static_cast<char32_t>(tone);
    bool upper = false;
    if (c >= 'A' && c <= 'Z') {
      c += 32;
      upper = true;
    }
    if (c == '#') c = U'号';
    const char16_t u = table.simplified(table.unit(c));
    if (is_han(u) || is_letter(u) || is_digit(u)) {
      raw[n++] = {u, upper, pending_break, begin, static_cast<std::uint32_t>(at)};
      pending_break = false;
    } else if (c == '-' && n > 0 && is_digit(raw[n - 1].ch)) {
      raw[n++] = {u'-', false, false, begin, static_cast<std::uint32_t>(at)};
    } else if (c != '\'' && c != U'’') {
      pending_break = true;
    }
  }

  out.count = 0;
  out.has_letters = false;
  auto push = [&](char16_t ch, std::uint16_t sound, char initial, const Raw& from, std::uint32_t end, bool broken) {
    if (out.count == max_cells) return;
    Cell& cell = out.cell[out.count++];
    cell = Cell{ch, sound, initial, is_han(ch), broken, from.begin, end};
    if (!ch) out.has_letters = true;
  };
  for (std::size_t i = 0; i < n;) {
    if (is_letter(raw[i].ch)) {
      std::size_t j = i + 1;
      while (j < n && is_letter(raw[j].ch) && !raw[j].break_before) ++j;
      std::array<char, 4 * max_cells> letters;
      for (std::size_t k = i; k < j; ++k) letters[k - i] = static_cast<char>(raw[k].ch);
      const std::string_view word(letters.data(), j - i);
      std::array<std::uint8_t, max_cells> cut;
      const bool before_number = i > 0 && is_digit(raw[i - 1].ch);
      std::size_t pieces = word.size() == 1 || before_number ? 0 : spell(word, table, spelling, cut);
      if (pieces) {
        std::size_t k = i;
        for (std::size_t p = 0; p < pieces; ++p) {
          push(0, table.syllable(word.substr(k - i, cut[p])), 0, raw[k], raw[k + cut[p] - 1].end,
               k == i && raw[k].break_before);
          k += cut[p];
        }
      } else if (word.size() >= 2 && !before_number) {
        for (std::size_t k = i; k < j; ++k)
          push(0, 0, static_cast<char>(raw[k].ch), raw[k], raw[k].end, k == i && raw[k].break_before);
      } else {
        for (std::size_t k = i; k < j; ++k) push(raw[k].ch, 0, 0, raw[k], raw[k].end, k == i && raw[k].break_before);
      }
      i = j;
      continue;
    }
    if (is_digit(raw[i].ch)) {
      std::size_t j = i + 1;
      while (j < n && (is_digit(raw[j].ch) || raw[j].ch == u'-') && !raw[j].break_before) ++j;
      const bool in_name =
          j < n && j - i <= 3 && is_han(raw[j].ch) && !is_number_unit(raw[j].ch) && !raw[j].break_before;
      if (in_name && std::all_of(&raw[i], &raw[j], [](const Raw& r) { return is_digit(r.ch); })) {
        std::u16string digits, words;
        for (std::size_t k = i; k < j; ++k) digits += raw[k].ch;
        append_number(words, digits);
        for (std::size_t k = 0; k < words.size(); ++k)
          push(words[k], table.sound(words[k]), 0, raw[i], raw[j - 1].end, k == 0 && raw[i].break_before);
      } else {
        for (std::size_t k = i; k < j; ++k) push(raw[k].ch, 0, 0, raw[k], raw[k].end, k == i && raw[k].break_before);
      }
      i = j;
      continue;
    }
    push(raw[i].ch == u'〇' ? u'零' : raw[i].ch, table.sound(raw[i].ch == u'〇' ? u'零' : raw[i].ch), 0, raw[i],
         raw[i].end, raw[i].break_before);
    ++i;
  }
}

std::u16string normal_name(std::string_view name, const CharTable& table) {
  Cells cells;
  read_cells(name, table, Spelling::early, Brackets::remark, cells);
  std::u16string out;
  for (std::size_t i = 0; i < cells.count; ++i) {
    const auto& cell = cells[i];
    if (cell.ch) out += cell.ch;
  }
  return out;
}

}  // namespace civitas::place_names
