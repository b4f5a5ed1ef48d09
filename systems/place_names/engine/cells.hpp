// The text of one query as the matcher sees it: a short row of cells, each one character (simplified, half
// width), one spelled syllable, or one initial letter. Private to the engine.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>

#include "place_names/engine/index_format.hpp"

namespace civitas::place_names {

struct Cell {
  char16_t ch = 0;          // 0 for a spelled syllable or an initial
  std::uint16_t sound = 0;  // first toneless syllable of the character, or the spelled one
  char initial = 0;         // letter, only for cells made from initials
  bool han = false;
  bool break_before = false;         // punctuation or space stood here
  std::uint32_t begin = 0, end = 0;  // bytes of the original text
  bool reads_as(const Cell& other) const {
    return ch == other.ch && (ch || (sound == other.sound && initial == other.initial));
  }
};

inline constexpr std::size_t max_cells = 96;

struct Cells {
  std::array<Cell, max_cells> cell;
  std::uint32_t count = 0;
  bool has_letters = false;  // some cells are syllables or initials
  bool has_remark = false;   // something stands in brackets
  const Cell& operator[](std::size_t i) const { return cell[i]; }
};

/// Character facts of the index.
class CharTable {
 public:
  CharTable() = default;
  CharTable(std::span<const index_format::CharRow> rows, std::span<const index_format::SoundRow> sounds,
            std::span<const char32_t> rare);

  /// The unit of a code point: itself inside of the basic plane. Beyond it and in private use, those of the names have
  /// units of their own and all others share one that no name has.
  char16_t unit(char32_t c) const;

  char16_t simplified(char16_t c) const { return rows_[c].simplified ? rows_[c].simplified : c; }
  std::uint16_t sound(char16_t c) const { return rows_[c].sounds[0]; }
  const index_format::CharRow& row(char16_t c) const { return rows_[c]; }
  std::uint16_t loose(std::uint16_t sound) const { return sounds_[sound].loose; }
  char initial(std::uint16_t sound) const { return sounds_[sound].letters[0]; }
  bool same_sound(char16_t a, char16_t b) const;
  bool has_sound(char16_t c, std::uint16_t sound) const;
  bool loosely_same_sound(char16_t a, char16_t b) const;
  bool lookalike(char16_t a, char16_t b) const;
  /// The number of a syllable written in letters, 0 when there is none.
  std::uint16_t syllable(std::string_view letters) const;

 private:
  std::span<const index_format::CharRow> rows_;
  std::span<const index_format::SoundRow> sounds_;
  std::span<const char32_t> rare_;
  std::unordered_map<std::string_view, std::uint16_t> by_letters_;
};

/// Code points without a unit of their own: private use, and beyond the basic plane.
inline bool is_rare(char32_t c) { return c > 0xFFFF || (c >= 0xE000 && c < 0xF900); }
/// Units of the rare code points of the names, in their order; the last one stands for all others.
inline constexpr char16_t first_rare_unit = 0xE000, unknown_unit = 0xF8FF;
/// The form in which a character is compared, before its unit is taken: 长 for the radical ⻓, simplified when rare.
char32_t comparable(char32_t c);
bool is_han(char16_t c);
/// The value 0–9 of a digit or of a Chinese numeral, -1 otherwise. 十 is 10.
int numeral(char16_t c);

/// Letters between two syllables: jiangan as jian|gan (as the rules of spelling have it) or as jiang|an.
enum class Spelling : std::uint8_t { early, late };

/// What stands in brackets: a remark that belongs to no name, or part of the address like all else.
enum class Brackets : std::uint8_t { remark, text };

/// Reads any bytes. What cannot be part of a name (punctuation, remarks in brackets, telephone numbers)
/// becomes a break; Arabic digits inside names become Chinese numerals (117街 and 一一七街 are the same
/// cells).
void read_cells(std::string_view text, const CharTable& table, Spelling spelling, Brackets brackets, Cells& out);

/// Name of the index in the same normal form.
std::u16string normal_name(std::string_view name, const CharTable& table);

}  // namespace civitas::place_names
