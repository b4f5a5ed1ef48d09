#include "text/convert.hpp"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <opencc/SimpleConverter.hpp>
#include <optional>
#include <stdexcept>

#include "base/blank.hpp"
#include "base/utf8.hpp"
#include "text/characters.hpp"
#include "text/ideographs.hpp"

namespace civitas::text {

namespace {
const opencc::SimpleConverter& converter() {
  static const opencc::SimpleConverter instance("t2s.json");
  return instance;
}

// Well-formed UTF-8 whatever came in: OpenCC and ICU must not see broken sequences.
std::string repaired(std::string_view text) {
  return is_valid_utf8(text) ? std::string(text) : to_utf8(to_utf32(text));
}

std::string nfkc(const std::string& text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normaliser = icu::Normalizer2::getNFKCInstance(status);
  if (U_FAILURE(status)) throw std::runtime_error("ICU has no NFKC data");
  std::string out;
  normaliser->normalize(icu::UnicodeString::fromUTF8(text), status).toUTF8String(out);
  if (U_FAILURE(status)) throw std::runtime_error("ICU failed to normalise");
  return out;
}

bool is_ascii(std::string_view text) {
  for (unsigned char c : text)
    if (c >= 0x80) return false;
  return true;
}

// True when every code point is ASCII or in the block of unified ideographs: NFKC changes none of these.
bool is_plain(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (c >= 0x80 && (c < 0x4E00 || c > 0x9FFF)) return false;
  }
  return true;
}

char32_t one_form(char32_t c) {
  switch (c) {
    case U'【':
    case U'〔':
    case U'［':
    case U'〖': return U'(';
    case U'】':
    case U'〕':
    case U'］':
    case U'〗': return U')';
    case U'“':
    case U'”':
    case U'「':
    case U'」':
    case U'『':
    case U'』':
    case U'〝':
    case U'〞': return U'"';
    case U'‘':
    case U'’':
    case U'ʼ':
    case U'`': return U'\'';
    case U'‐':
    case U'‑':
    case U'‒':
    case U'–':
    case U'—':
    case U'―':
    case U'−':
    case U'─': return U'-';
    case U'•':
    case U'‧':
    case U'∙':
    case U'⋅':
    case U'・':
    case U'･':
    case U'●': return U'·';
    case U'、': return U',';
    case U'。': return U'.';
    default: return c;
  }
}
}  // namespace

Status check_conversion() {
  try {
    converter();
  } catch (const std::exception& error) {
    return fail(problem(Kind::unavailable, "text.convert.no_data",
                        "找不到繁简转换数据，请安装 OpenCC 数据包（libopencc-data）。",
                        "The data for traditional characters is missing; install the package libopencc-data.")
                    .with_detail(error.what()));
  }
  return {};
}

std::string to_simplified(std::string_view text) {
  bool needed = false;
  for (std::size_t at = 0; at < text.size() && !needed;) {
    const char32_t c = next_code_point(text, at);
    needed = is_chinese(c) && standard_level(c) == 0;
  }
  if (!needed) return std::string(text);
  return converter().Convert(repaired(text));
}

std::string to_half_width(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = next_code_point(text, at);
    if (c >= 0xFF01 && c <= 0xFF5E)
      c -= 0xFEE0;
    else if (c == 0x3000)
      c = U' ';
    append_utf8(out, c);
  }
  return out;
}

std::string normalise(std::string_view text) {
  std::string composed = is_plain(text) ? std::string(text) : nfkc(unify_ideographs(repaired(text)));
  std::string out;
  out.reserve(composed.size());
  for (std::size_t at = 0; at < composed.size();) {
    const char32_t c = one_form(next_code_point(composed, at));
    if (is_blank(c)) {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else if (!is_forbidden_control(c)) {
      append_utf8(out, c);
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string fold(std::string_view text) {
  std::string out = normalise(text);
  if (!is_ascii(out)) out = to_simplified(out);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

}  // namespace civitas::text
