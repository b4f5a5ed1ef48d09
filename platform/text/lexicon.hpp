// The tables of readings in memory. For use inside the room only; read once, then constant.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "text/pinyin.hpp"

namespace civitas::text {

using SyllableId = std::uint16_t;
constexpr SyllableId no_syllable = 0;

/// A syllable with what is derived from it once: the hashes of its key at the three levels of sound.
struct SyllableEntry {
  Syllable syllable;
  std::string near;  // plain form with the merged sounds
  std::array<std::uint64_t, 3> hashes{};
};

class Lexicon {
 public:
  Lexicon();
  const SyllableEntry& entry(SyllableId id) const { return syllables_[id]; }
  std::span<const SyllableId> readings(char32_t c) const;
  SyllableId first_reading(char32_t c) const;
  int level(char32_t c) const;
  /// A syllable by its toned form, or no_syllable.
  SyllableId find_toned(std::string_view toned) const;
  /// True for a plain form that occurs with any tone.
  bool is_plain_syllable(std::string_view plain) const;
  /// One id for each code point; `out` has the size of `text`.
  void resolve(std::span<const char32_t> text, SyllableId* out) const;

 private:
  struct Words {  // sorted by first character, then the longer word first
    struct Word {
      std::uint32_t text;       // offset in texts
      std::uint32_t syllables;  // offset in ids
      std::uint32_t length;
    };
    std::vector<Word> words;
    std::u32string texts;
    std::vector<SyllableId> ids;
  };
  struct Range {
    std::uint32_t begin = 0;
    std::uint32_t count = 0;
  };
  struct Character {
    std::uint32_t readings = 0;
    std::uint16_t reading_count = 0;
    std::uint16_t level = 0;
    Range words[2];
  };
  const Character* find(char32_t c) const;
  Character* find_or_add(char32_t c);
  SyllableId intern(std::string_view toned);
  void read_characters();
  void read_words(std::string_view table, int which);
  void index(int which);
  std::size_t match(int which, std::span<const char32_t> text, SyllableId* out) const;

  std::vector<SyllableEntry> syllables_;
  std::vector<std::pair<std::uint64_t, SyllableId>> toned_index_;
  std::vector<std::string> plain_forms_;
  std::vector<Character> plane_;                        // U+3400 to U+9FFF by position
  std::vector<std::pair<char32_t, Character>> others_;  // sorted
  std::vector<SyllableId> reading_pool_;
  Words words_[2];
};

const Lexicon& lexicon();

/// Takes the tone mark off: "huáng" -> {"huáng", "huang", 2}; nothing when it is no letter of pinyin.
std::optional<Syllable> syllable_from_toned(std::string_view toned);
/// Puts the tone mark on a plain syllable ("lv", 4 -> "lǜ").
std::string with_tone(std::string_view plain, int tone);
std::string near_form(std::string_view plain);
std::uint64_t hash_text(std::string_view text, std::uint64_t seed = 0xcbf29ce484222325ull);

}  // namespace civitas::text
