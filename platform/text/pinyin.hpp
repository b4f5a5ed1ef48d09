// Readings of Chinese text: 《汉语拼音方案》 syllables for every character, polyphones decided by our list of place
// names first, then by dictionary words (longest match), then by the most common reading. Tones are those of the
// dictionary: no sandhi of 一 and 不, and the neutral tone only where a character has no other (and for 子 in words).
// All functions are safe from many threads; the tables are read at the first call.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace civitas::text {

/// One syllable. `toned` keeps ü and the tone mark ("lǜ"), `plain` is ASCII with v for ü ("lv"); tone 1 to 4, 5 the
/// neutral tone. All empty and 0 for a code point without a reading (digits, letters, symbols, unknown characters).
struct Syllable {
  std::string toned;
  std::string plain;
  int tone = 0;
  bool empty() const { return plain.empty(); }
  bool operator==(const Syllable&) const = default;
};

/// Readings that a clerk has corrected on a record: position in code points and the reading at that place.
struct Overrides {
  std::vector<std::pair<std::size_t, Syllable>> readings;
  bool empty() const { return readings.empty(); }
};

/// Reads one syllable in any usual writing: "huáng", "huang2", "lü4", "lv4", "lu:4", "huang" (tone 5).
std::optional<Syllable> parse_syllable(std::string_view text);
/// Syllables of "huáng pí qū", "huang2 pi2 qu1" or "Xī'ān" with a separator between every two syllables.
/// Fails with `text.pinyin.not_a_syllable`.
Result<std::vector<Syllable>> parse_syllables(std::string_view reading);
/// The reading of a whole text as a clerk gives it, one syllable for each Chinese character.
/// Fails with `text.pinyin.not_a_syllable` or `text.pinyin.wrong_count`.
Result<Overrides> overrides_from(std::string_view text, std::string_view reading);

/// All readings of a character, the most common first; empty when it has none.
std::vector<Syllable> readings(char32_t c);
bool is_polyphone(char32_t c);
/// One syllable for each code point of `text`.
std::vector<Syllable> pinyin(std::string_view text, const Overrides* overrides = nullptr);

/// "huáng pí qū": syllables separated by spaces; runs of other characters are kept as they are ("2 hào").
std::string toned(std::string_view text, const Overrides* overrides = nullptr);
/// "huang pi qu".
std::string plain(std::string_view text, const Overrides* overrides = nullptr);
/// "huang2 pi2 qu1": the form for keys and comparison.
std::string numbered(std::string_view text, const Overrides* overrides = nullptr);
/// "hpq": first letters; ASCII letters and digits of the text are kept in lower case, all else is left out.
std::string initials(std::string_view text, const Overrides* overrides = nullptr);

}  // namespace civitas::text
