#include "text/pinyin.hpp"

#include <array>

#include "base/utf8.hpp"
#include "text/characters.hpp"
#include "text/ideographs.hpp"
#include "text/lexicon.hpp"
#include "text/resolved.hpp"

namespace civitas::text {

Resolved::Resolved(std::string_view text) {
  if (text.size() <= inline_size) {
    characters_ = inline_characters_.data();
    ids_ = inline_ids_.data();
  } else {
    heap_characters_.resize(text.size());
    heap_ids_.resize(text.size());
    characters_ = heap_characters_.data();
    ids_ = heap_ids_.data();
  }
  for (std::size_t at = 0; at < text.size();) characters_[size_++] = unified_ideograph(next_code_point(text, at));
  lexicon().resolve({characters_, size_}, ids_);
}

const Syllable& Resolved::syllable(std::size_t i, const Overrides* overrides) const {
  if (overrides)
    for (const auto& [position, syllable] : overrides->readings)
      if (position == i) return syllable;
  return lexicon().entry(ids_[i]).syllable;
}

Result<Overrides> overrides_from(std::string_view text, std::string_view reading) {
  CIVITAS_TRY(auto syllables, parse_syllables(reading));
  Overrides result;
  std::size_t position = 0, next = 0, expected = 0;
  for (std::size_t at = 0; at < text.size(); ++position) {
    if (!is_chinese(unified_ideograph(next_code_point(text, at)))) continue;
    ++expected;
    if (next < syllables.size()) result.readings.emplace_back(position, std::move(syllables[next++]));
  }
  if (expected != syllables.size())
    return fail(invalid("text.pinyin.wrong_count",
                        "“" + std::string(text) + "”有 " + std::to_string(expected) + " 个汉字，读音却有 " +
                            std::to_string(syllables.size()) + " 个音节，请逐字给出读音。",
                        "The text has " + std::to_string(expected) + " Chinese characters, the reading " +
                            std::to_string(syllables.size()) + " syllables; give one for each character."));
  return result;
}

std::vector<Syllable> readings(char32_t c) {
  std::vector<Syllable> result;
  for (const SyllableId id : lexicon().readings(c)) result.push_back(lexicon().entry(id).syllable);
  return result;
}

bool is_polyphone(char32_t c) { return lexicon().readings(c).size() > 1; }

std::vector<Syllable> pinyin(std::string_view text, const Overrides* overrides) {
  const Resolved resolved(text);
  std::vector<Syllable> result;
  result.reserve(resolved.size());
  for (std::size_t i = 0; i < resolved.size(); ++i) result.push_back(resolved.syllable(i, overrides));
  return result;
}

namespace {
template <class Write>
std::string spaced(std::string_view text, const Overrides* overrides, Write write) {
  const Resolved resolved(text);
  std::string out;
  out.reserve(text.size() * 2);
  bool after_syllable = false;
  for (std::size_t i = 0; i < resolved.size(); ++i) {
    const Syllable& syllable = resolved.syllable(i, overrides);
    if (syllable.empty()) {
      if (after_syllable && resolved.character(i) != U' ') out += ' ';
      append_utf8(out, resolved.character(i));
      after_syllable = false;
      continue;
    }
    if (!out.empty() && out.back() != ' ') out += ' ';
    write(out, syllable);
    after_syllable = true;
  }
  return out;
}
}  // namespace

std::string toned(std::string_view text, const Overrides* overrides) {
  return spaced(text, overrides, [](std::string& out, const Syllable& s) { out += s.toned; });
}

std::string plain(std::string_view text, const Overrides* overrides) {
  return spaced(text, overrides, [](std::string& out, const Syllable& s) { out += s.plain; });
}

std::string numbered(std::string_view text, const Overrides* overrides) {
  return spaced(text, overrides, [](std::string& out, const Syllable& s) {
    out += s.plain;
    out += static_cast<char>('0' + s.tone);
  });
}

std::string initials(std::string_view text, const Overrides* overrides) {
  const Resolved resolved(text);
  std::string out;
  for (std::size_t i = 0; i < resolved.size(); ++i) {
    const char32_t c = resolved.character(i);
    if (const Syllable& syllable = resolved.syllable(i, overrides); !syllable.empty())
      out += syllable.plain[0];
    else if ((c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'z'))
      out += static_cast<char>(c);
    else if (c >= U'A' && c <= U'Z')
      out += static_cast<char>(c + 32);
  }
  return out;
}

}  // namespace civitas::text
