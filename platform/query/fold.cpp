#include "query/fold.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "base/utf8.hpp"

namespace civitas::query {

namespace {
bool is_ascii(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}
}  // namespace

std::string fold_case(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = next_code_point(text, i);
    const auto folded = static_cast<char32_t>(u_foldCase(static_cast<UChar32>(c), U_FOLD_CASE_DEFAULT));
    append_utf8(out, c >= 0x80 && folded < 0x80 ? c : folded);
  }
  return out;
}

std::string fold_accents(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfd = icu::Normalizer2::getNFDInstance(error);
  if (U_FAILURE(error)) return std::string(text);
  const auto size = static_cast<int32_t>(text.size());
  const icu::UnicodeString decomposed =
      nfd->normalize(icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), size)), error);
  if (U_FAILURE(error)) return std::string(text);
  icu::UnicodeString kept;
  for (int32_t i = 0; i < decomposed.length(); i = decomposed.moveIndex32(i, 1)) {
    const UChar32 c = decomposed.char32At(i);
    if (u_charType(c) != U_NON_SPACING_MARK) kept.append(c);
  }
  std::string out;
  kept.toUTF8String(out);
  return out;
}

bool is_plain(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const char32_t c = next_code_point(text, i);
    if (c < 0x80) continue;
    const auto u = static_cast<UChar32>(c);
    if (u_hasBinaryProperty(u, UCHAR_CASED) || u_hasBinaryProperty(u, UCHAR_CHANGES_WHEN_CASEMAPPED)) return false;
  }
  return true;
}

bool like(std::string_view text, std::string_view pattern) {
  std::size_t t = 0, p = 0;
  constexpr std::size_t none = std::string_view::npos;
  std::size_t star_p = none, star_t = 0;
  while (t < text.size()) {
    if (p < pattern.size()) {
      const char c = pattern[p];
      if (c == '%') {
        star_p = ++p;
        star_t = t;
        continue;
      }
      if (c == '_') {
        next_code_point(text, t);
        ++p;
        continue;
      }
      const std::size_t literal = c == '\\' && p + 1 < pattern.size() ? p + 1 : p;
      if (pattern[literal] == text[t]) {
        p = literal + 1;
        ++t;
        continue;
      }
    }
    if (star_p == none) return false;
    p = star_p;
    next_code_point(text, star_t);
    t = star_t;
  }
  while (p < pattern.size() && pattern[p] == '%') ++p;
  return p == pattern.size();
}

bool is_valid_pattern(std::string_view pattern) {
  std::size_t i = 0;
  while (i < pattern.size()) i += pattern[i] == '\\' ? 2 : 1;
  return i == pattern.size();
}

std::string to_glob(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '%') {
      out += '*';
    } else if (c == '_') {
      out += '?';
    } else {
      if (c == '\\' && i + 1 < pattern.size()) c = pattern[++i];
      if (c == '*' || c == '?' || c == '[')
        ((out += '[') += c) += ']';
      else
        out += c;
    }
  }
  return out;
}

PatternPrefix pattern_prefix(std::string_view pattern) {
  PatternPrefix prefix;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '%' || c == '_') {
      const bool last = pattern.substr(i).find_first_not_of('%') == std::string_view::npos;
      prefix.rest = last ? PatternPrefix::Rest::anything : PatternPrefix::Rest::other;
      return prefix;
    }
    if (c == '\\' && i + 1 < pattern.size()) c = pattern[++i];
    prefix.text += c;
  }
  return prefix;
}

std::optional<std::string> prefix_end(std::string_view prefix) {
  std::u32string characters = to_utf32(prefix);
  while (!characters.empty()) {
    if (characters.back() < 0x10FFFF) {
      characters.back() += characters.back() == 0xD7FF ? 0x801 : 1;
      return to_utf8(characters);
    }
    characters.pop_back();
  }
  return std::nullopt;
}

}  // namespace civitas::query
