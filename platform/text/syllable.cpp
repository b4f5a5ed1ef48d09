// One syllable: tone marks on and off, the ways people write it.
#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "text/lexicon.hpp"

namespace civitas::text {

namespace {
constexpr std::u32string_view marked[] = {U"āáǎàa", U"ēéěèe", U"īíǐìi", U"ōóǒòo", U"ūúǔùu", U"ǖǘǚǜü"};
constexpr char bare[] = {'a', 'e', 'i', 'o', 'u', 'v'};

// Latin letters that carry a tone as a separate mark: decomposed text from a Mac or a PDF.
int combining_tone(char32_t c) {
  switch (c) {
    case 0x0304: return 1;
    case 0x0301: return 2;
    case 0x030C: return 3;
    case 0x0300: return 4;
    default: return 0;
  }
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> prefixes) {
  for (const auto prefix : prefixes)
    if (text.starts_with(prefix)) return true;
  return false;
}
}  // namespace

std::optional<Syllable> syllable_from_toned(std::string_view toned) {
  Syllable result;
  for (std::size_t at = 0; at < toned.size();) {
    char32_t c = next_code_point(toned, at);
    if (c >= U'A' && c <= U'Z') c += 32;
    if (const int tone = combining_tone(c); tone != 0) {
      if (result.tone != 0 || result.plain.empty()) return std::nullopt;
      result.tone = tone;
      continue;
    }
    if (c == 0x0308) {  // combining diaeresis
      if (result.plain.empty() || result.plain.back() != 'u') return std::nullopt;
      result.plain.back() = 'v';
      continue;
    }
    bool known = c >= U'a' && c <= U'z';
    if (known) {
      result.plain += static_cast<char>(c);
      continue;
    }
    if (c == U'Ü') c = U'ü';
    for (std::size_t vowel = 0; vowel < std::size(marked) && !known; ++vowel) {
      const std::size_t tone = marked[vowel].find(c);
      if (tone == std::u32string_view::npos) continue;
      known = true;
      result.plain += bare[vowel];
      if (tone < 4) {
        if (result.tone != 0) return std::nullopt;
        result.tone = static_cast<int>(tone) + 1;
      }
    }
    // Capitals with a tone mark (Ā to Ǜ) stand one before their small letter, except the Latin-1 ones.
    if (!known) {
      const char32_t small = c < 0x100 ? c + 32 : c + 1;
      for (std::size_t vowel = 0; vowel < std::size(marked) && !known; ++vowel) {
        const std::size_t tone = marked[vowel].find(small);
        if (tone == std::u32string_view::npos || tone > 3 || result.tone != 0) continue;
        known = true;
        result.plain += bare[vowel];
        result.tone = static_cast<int>(tone) + 1;
      }
    }
    if (!known) return std::nullopt;
  }
  if (result.plain.empty()) return std::nullopt;
  if (result.tone == 0) result.tone = 5;
  result.toned = with_tone(result.plain, result.tone);
  return result;
}

std::string with_tone(std::string_view plain, int tone) {
  std::size_t at = plain.find_first_of("ae");
  if (at == std::string_view::npos) at = plain.find("ou");
  if (at == std::string_view::npos) at = plain.find_last_of("iouv");
  std::string out;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (i != at && plain[i] != 'v') {
      out += plain[i];
      continue;
    }
    const std::size_t vowel = std::string_view(bare, sizeof bare).find(plain[i]);
    append_utf8(out, marked[vowel][i == at && tone >= 1 && tone <= 4 ? tone - 1 : 4]);
  }
  return out;
}

std::string near_form(std::string_view plain) {
  std::string s(plain);
  if (starts_with_any(s, {"zh", "ch", "sh"})) {
    s.erase(1, 1);
  } else if (s.front() == 'n') {
    s.front() = 'l';
  } else if (s.front() == 'f') {
    // f is heard as h before u: fang = huang, fei = hui, fen = hun.
    std::string_view rest = std::string_view(plain).substr(1);
    if (rest == "ei")
      s = "hui";
    else if (rest == "en" || rest == "eng")
      s = "hun";
    else if (rest == "u")
      s = "hu";
    else if (rest == "ou")
      s = "hou";
    else
      s = "hu" + std::string(rest);
  }
  if (s.ends_with("ng") && s.size() >= 3) {
    const char vowel = s[s.size() - 3];
    const bool single = !s.ends_with("iang");  // liang and lian stay apart
    if ((vowel == 'a' || vowel == 'e' || vowel == 'i') && single) s.pop_back();
  }
  return s;
}

std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
  for (unsigned char c : text) seed = (seed ^ c) * 0x100000001b3ull;
  return seed;
}

std::optional<Syllable> parse_syllable(std::string_view text) {
  text = trim(text);
  int tone = 0;
  if (!text.empty() && text.back() >= '0' && text.back() <= '5') {
    tone = text.back() == '0' ? 5 : text.back() - '0';
    text.remove_suffix(1);
  }
  const std::string colon = replace_all(std::string(text), "u:", "ü");
  auto syllable = syllable_from_toned(colon);
  if (!syllable) return std::nullopt;
  if (tone != 0) {
    if (syllable->tone != 5) return std::nullopt;  // a mark and a digit
    syllable->tone = tone;
    syllable->toned = with_tone(syllable->plain, tone);
  }
  // "nue" and "lue" are written without the dots, as are the syllables after j, q, x, y.
  if (syllable->plain == "nue" || syllable->plain == "lue")
    syllable->plain[1] = 'v';
  else if (syllable->plain.find('v') == 1 && starts_with_any(syllable->plain, {"j", "q", "x", "y"}))
    syllable->plain[1] = 'u';
  syllable->toned = with_tone(syllable->plain, syllable->tone);
  if (!lexicon().is_plain_syllable(syllable->plain)) return std::nullopt;
  return syllable;
}

Result<std::vector<Syllable>> parse_syllables(std::string_view reading) {
  std::vector<Syllable> result;
  const std::string text = replace_all(replace_all(std::string(reading), "'", " "), "’", " ");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(" \t\n-·", at);
    if (begin == std::string::npos) break;
    std::size_t end = text.find_first_of(" \t\n-", begin);
    if (end == std::string::npos) end = text.size();
    const std::string_view part = std::string_view(text).substr(begin, end - begin);
    auto syllable = parse_syllable(part);
    if (!syllable)
      return fail(
          invalid("text.pinyin.not_a_syllable",
                  "“" + std::string(part) + "”不是一个汉语拼音音节，请逐字输入读音并用空格分开，例如 huáng pí。",
                  "“" + std::string(part) +
                      "” is not a syllable of pinyin; give one for each character, "
                      "separated by spaces, e.g. huáng pí."));
    result.push_back(std::move(*syllable));
    at = end;
  }
  return result;
}

}  // namespace civitas::text
