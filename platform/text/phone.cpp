#include "text/phone.hpp"

#include <algorithm>
#include <array>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "text/convert.hpp"

namespace civitas::text {

namespace {

constexpr std::size_t longest_typed = 60;

// Digits with "+" in front and "#" before an extension; nothing where something else stands between.
std::optional<std::string> bare(std::string_view typed) {
  std::string text = to_half_width(trim(typed));
  for (const char* mark : {"转", "分机", "ext.", "ext", "x", "X"}) text = replace_all(std::move(text), mark, "#");
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (c >= '0' && c <= '9')
      out += static_cast<char>(c);
    else if (c == '+' && out.empty())
      out += '+';
    else if (c == '#' && !out.empty() && out.find('#') == out.npos)
      out += '#';
    else if (c == '-' || c == U'‐' || c == U'‑' || c == U'–' || c == U'—' || c == U'−')
      out += '-';
    else if (c != ' ' && c != 0xA0 && c != '(' && c != ')')
      return std::nullopt;
  }
  return out;
}

bool begins_in(std::string_view digits, char first, char last) {
  return !digits.empty() && digits.front() >= first && digits.front() <= last;
}

std::size_t area_digits(std::string_view digits) { return begins_in(digits, '1', '2') ? 2 : 3; }

// An area code without its 0, and the number: of large cities two digits and eight, else three and seven or eight.
bool is_fixed(std::string_view digits) {
  if (!begins_in(digits, '1', '9')) return false;
  if (digits.front() == '1' && !digits.starts_with("10")) return false;
  const auto area = area_digits(digits);
  if (digits.size() < area) return false;
  const auto local = digits.substr(area);
  return (local.size() == 8 || (area == 3 && local.size() == 7)) && begins_in(local, '2', '9');
}

std::string fixed(std::string_view digits) {
  const auto area = area_digits(digits);
  return "0" + std::string(digits.substr(0, area)) + "-" + std::string(digits.substr(area));
}

// `digits` as one dials within the mainland. With +86 before it the 0 of an area code falls away.
std::optional<std::string> mainland(std::string_view digits, bool from_abroad) {
  if (is_mobile_number(digits)) return std::string(digits);
  if ((digits.starts_with("400") || digits.starts_with("800")) && digits.size() == 10) return std::string(digits);
  if (digits.starts_with('0') && is_fixed(digits.substr(1))) return fixed(digits.substr(1));
  if (from_abroad && is_fixed(digits)) return fixed(digits);
  return std::nullopt;
}

std::optional<std::string> international(std::string_view digits) {
  if (digits.starts_with("86")) return mainland(digits.substr(2), true);
  const auto rest = digits.size() > 3 ? digits.substr(3) : std::string_view{};
  bool good = begins_in(digits, '1', '9') && digits.size() >= 7 && digits.size() <= 15;
  if (digits.starts_with("852")) good = rest.size() == 8 && begins_in(rest, '2', '9');
  if (digits.starts_with("853")) good = rest.size() == 8 && (rest[0] == '2' || rest[0] == '6' || rest[0] == '8');
  if (digits.starts_with("886")) {
    const auto national = rest.starts_with('0') ? rest.substr(1) : rest;
    if (national.starts_with('9') ? national.size() != 9
                                  : !begins_in(national, '2', '8') || national.size() < 8 || national.size() > 9)
      return std::nullopt;
    return "+886" + std::string(national);
  }
  return good ? std::optional("+" + std::string(digits)) : std::nullopt;
}

std::optional<std::string> plain_number(std::string_view text) {
  if (text.find('#') != text.npos) return std::nullopt;
  std::string digits(text);
  std::erase(digits, '-');
  if (digits.starts_with('+')) return international(std::string_view(digits).substr(1));
  if (digits.starts_with("00")) return international(std::string_view(digits).substr(2));
  if (digits.starts_with("86") && is_mobile_number(std::string_view(digits).substr(2))) return digits.substr(2);
  return mainland(digits, false);
}

// Behind "#", or behind a dash with as many digits before it as a number has: "0713-8234567-1" is no number of eight.
std::size_t extension_mark(std::string_view text) {
  constexpr std::size_t shortest = 7;
  if (const auto mark = text.find('#'); mark != text.npos) return mark;
  const auto last = text.rfind('-');
  if (last == text.npos || last < shortest) return text.npos;
  const auto before = text.rfind('-', last - 1);
  return last - (before == text.npos ? 0 : before + 1) >= shortest ? last : text.npos;
}

std::optional<std::string> with_extension(std::string_view text, std::size_t mark) {
  const auto extension = text.substr(mark + 1);
  if (extension.empty() || extension.size() > 6 || extension.find_first_not_of("0123456789") != extension.npos)
    return std::nullopt;
  const auto number = plain_number(text.substr(0, mark));
  if (!number || is_mobile_number(*number)) return std::nullopt;
  return *number + "-" + std::string(extension);
}

}  // namespace

bool is_mobile_number(std::string_view kept) {
  return kept.size() == 11 && kept[0] == '1' && kept[1] >= '3' && kept[1] <= '9' &&
         kept.find_first_not_of("0123456789") == kept.npos;
}

std::optional<std::string> phone_number(std::string_view typed) {
  if (typed.size() > longest_typed || !is_valid_utf8(typed)) return std::nullopt;
  const auto text = bare(typed);
  if (!text || text->empty() || text->front() == '-' || text->back() == '-') return std::nullopt;
  const auto mark = extension_mark(*text);
  if (mark != text->npos)
    if (auto number = with_extension(*text, mark)) return number;
  return plain_number(*text);
}

}  // namespace civitas::text
