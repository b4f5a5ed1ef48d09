#include "text/sound.hpp"

#include "base/utf8.hpp"
#include "text/resolved.hpp"

namespace civitas::text {

namespace {
constexpr std::u32string_view numerals = U"零一二三四五六七八九";

std::size_t index_of(SoundLevel level) { return static_cast<std::size_t>(level); }

// The sound of position i as an entry of the lexicon, or a lower-case letter in `letter`; neither for a silent sign.
const SyllableEntry* sounding(const Resolved& resolved, std::size_t i, char& letter) {
  letter = 0;
  SyllableId id = resolved.id(i);
  const char32_t c = resolved.character(i);
  if (id == no_syllable) {
    if (c >= U'0' && c <= U'9')
      id = lexicon().first_reading(numerals[c - U'0']);
    else if (c >= U'a' && c <= U'z')
      letter = static_cast<char>(c);
    else if (c >= U'A' && c <= U'Z')
      letter = static_cast<char>(c + 32);
  }
  return id == no_syllable ? nullptr : &lexicon().entry(id);
}

std::string key_of(const Syllable& syllable, SoundLevel level) {
  if (level == SoundLevel::exact) return syllable.plain + std::to_string(syllable.tone);
  return level == SoundLevel::toneless ? syllable.plain : near_form(syllable.plain);
}

const Syllable* override_at(const Overrides* overrides, std::size_t i) {
  if (overrides)
    for (const auto& [position, syllable] : overrides->readings)
      if (position == i && !syllable.empty()) return &syllable;
  return nullptr;
}

std::uint64_t mix(std::uint64_t state, std::uint64_t part) {
  state = (state ^ part) * 0x9e3779b97f4a7c15ull;
  return state ^ (state >> 29);
}
}  // namespace

std::string sound_key(std::string_view name, SoundLevel level, const Overrides* overrides) {
  const Resolved resolved(name);
  std::string key;
  for (std::size_t i = 0; i < resolved.size(); ++i) {
    char letter;
    const SyllableEntry* entry = sounding(resolved, i, letter);
    const Syllable* corrected = override_at(overrides, i);
    if (!entry && !letter && !corrected) continue;
    if (!key.empty()) key += ' ';
    if (corrected)
      key += key_of(*corrected, level);
    else if (entry)
      key += key_of(entry->syllable, level);
    else
      key += letter;
  }
  return key;
}

std::uint64_t sound_hash(std::string_view name, SoundLevel level, const Overrides* overrides) {
  const Resolved resolved(name);
  std::uint64_t state = 0x243f6a8885a308d3ull;
  bool any = false;
  for (std::size_t i = 0; i < resolved.size(); ++i) {
    char letter;
    const SyllableEntry* entry = sounding(resolved, i, letter);
    const Syllable* corrected = override_at(overrides, i);
    if (!entry && !letter && !corrected) continue;
    any = true;
    if (corrected)
      state = mix(state, hash_text(key_of(*corrected, level)));
    else if (entry)
      state = mix(state, entry->hashes[index_of(level)]);
    else
      state = mix(state, hash_text(std::string_view(&letter, 1)));
  }
  if (!any) return 0;
  return state == 0 ? 1 : state;
}

bool same_sound(std::string_view a, std::string_view b, SoundLevel level) {
  const std::uint64_t hash = sound_hash(a, level);
  return hash != 0 && hash == sound_hash(b, level) && sound_key(a, level) == sound_key(b, level);
}

bool same_sound(char32_t a, char32_t b, SoundLevel level) {
  const Lexicon& lex = lexicon();
  for (const SyllableId left : lex.readings(a))
    for (const SyllableId right : lex.readings(b))
      if (left != no_syllable && lex.entry(left).hashes[index_of(level)] == lex.entry(right).hashes[index_of(level)])
        return true;
  return false;
}

}  // namespace civitas::text
