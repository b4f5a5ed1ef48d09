#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "documents/xlsx_parts.hpp"

namespace civitas::documents {

CellReference parse_reference(std::string_view text) {
  CellReference r;
  std::size_t i = 0;
  for (; i < text.size() && ((text[i] >= 'A' && text[i] <= 'Z') || (text[i] >= 'a' && text[i] <= 'z')) && i < 4; ++i)
    r.column = r.column * 26 + static_cast<std::uint32_t>((text[i] & 0x1F));
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9' && r.row < 100'000'000; ++i)
    r.row = r.row * 10 + static_cast<std::uint64_t>(text[i] - '0');
  return r;
}

NumberStyle style_of_builtin(int id) {
  if ((id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || id == 57 ||
      id == 58)
    return NumberStyle::date;
  // 32–35, 55 and 56 show hours and minutes in Chinese.
  if ((id >= 18 && id <= 21) || (id >= 45 && id <= 47) || (id >= 32 && id <= 35) || id == 55 || id == 56)
    return NumberStyle::time;
  return NumberStyle::number;
}

NumberStyle style_of_format(std::string_view code) {
  bool day = false, hour = false, month_or_minute = false;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == ';') break;  // the first section tells: later ones are for negative numbers and text
    if (c == '"') {
      i = code.find('"', i + 1);
      if (i == std::string_view::npos) break;
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '[') {
      const std::size_t close = code.find(']', i);
      if (close == std::string_view::npos) break;
      const std::string inside = to_lower_ascii(code.substr(i + 1, close - i - 1));
      if (!inside.empty() && inside.find_first_not_of(inside[0]) == std::string::npos &&
          (inside[0] == 'h' || inside[0] == 'm' || inside[0] == 's'))
        hour = true;  // elapsed time
      i = close;
    } else if (c == 'y' || c == 'Y' || c == 'd' || c == 'D') {
      day = true;
    } else if (c == 'h' || c == 'H' || c == 's' || c == 'S') {
      hour = true;
    } else if (c == 'm' || c == 'M') {
      month_or_minute = true;
    } else if (c == 'G' || c == 'g') {
      if (to_lower_ascii(code.substr(i, 7)) == "general") i += 6;
    } else if (c == '0' || c == '#' || c == '?') {
      // Fractions of a second follow 's'; any other digit place belongs to a number.
      if (!hour) return NumberStyle::number;
    }
  }
  if (day) return NumberStyle::date;
  if (hour) return NumberStyle::time;
  return month_or_minute ? NumberStyle::date : NumberStyle::number;
}

std::string decode_escapes(std::string text) {
  std::size_t at = text.find("_x");
  if (at == std::string::npos) return text;
  std::string out;
  std::size_t done = 0;
  while (at != std::string::npos) {
    std::uint32_t unit = 0;
    if (at + 7 <= text.size() && text[at + 6] == '_') {
      const auto [end, error] = std::from_chars(text.data() + at + 2, text.data() + at + 6, unit, 16);
      if (error == std::errc{} && end == text.data() + at + 6 && unit != 0 && (unit < 0xD800 || unit > 0xDFFF)) {
        out.append(text, done, at - done);
        append_utf8(out, static_cast<char32_t>(unit));
        at += 7;
        done = at;
        at = text.find("_x", at);
        continue;
      }
    }
    at = text.find("_x", at + 2);
  }
  out.append(text, done, text.size() - done);
  return out;
}

std::string encode_escapes(std::string text) {
  for (std::size_t at = text.find("_x"); at != std::string::npos; at = text.find("_x", at)) {
    const std::string piece = text.substr(at, 7);
    const bool escape =
        piece.size() == 7 && piece[6] == '_' && piece.find_first_not_of("0123456789abcdefABCDEF", 2) == 6;
    if (escape) text.insert(at, "_x005F");
    at += escape ? 8 : 2;
  }
  return text;
}

std::string displayed_number(std::string_view stored) {
  stored = trim(stored);
  std::size_t digits = 0;
  bool plain = !stored.empty();
  bool leading = true;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const char c = stored[i];
    if (c >= '0' && c <= '9') {
      if (c != '0') leading = false;
      if (!leading) ++digits;
    } else if (c != '.' && !(c == '-' && i == 0)) {
      plain = false;
    }
  }
  if (plain && digits <= 15) return std::string(stored);
  const auto value = parse_number(stored);
  if (!value || !std::isfinite(*value)) return std::string(stored);
  char scientific[40];
  std::snprintf(scientific, sizeof scientific, "%.14e", *value);
  const int exponent =
      std::atoi(std::string_view(scientific).substr(std::string_view(scientific).find('e') + 1).data());
  if (exponent < -7 || exponent > 20) {
    char text[40];
    std::snprintf(text, sizeof text, "%.15g", *value);
    return text;
  }
  // 15 significant digits: beyond them the digits are of the machine, not of the person.
  std::string all;
  for (const char* c = scientific; *c != 'e'; ++c)
    if (*c >= '0' && *c <= '9') all += *c;
  std::string out = *value < 0 ? "-" : "";
  if (exponent < 0) {
    out += "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + all;
  } else {
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (all.size() < whole) all.append(whole - all.size(), '0');
    out += all.substr(0, whole);
    if (all.size() > whole) out += "." + all.substr(whole);
  }
  if (out.find('.') != std::string::npos) {
    while (out.back() == '0') out.pop_back();
    if (out.back() == '.') out.pop_back();
  }
  return out == "-0" ? "0" : out;
}

std::optional<std::string> iso_from_serial(double serial, bool epoch_1904, NumberStyle style) {
  constexpr double last_serial = 2958466;  // 9999-12-31 and its hours
  if (!std::isfinite(serial) || serial < 0 || serial >= last_serial) return std::nullopt;
  std::int64_t seconds = std::llround(serial * 86400);
  if (style == NumberStyle::time && serial < (epoch_1904 ? 1461 : 366)) {
    char text[32];
    std::snprintf(text, sizeof text, "%02d:%02d:%02d", static_cast<int>(seconds / 3600),
                  static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
    return std::string(text);
  }
  std::int64_t days = seconds / 86400;
  seconds %= 86400;
  std::chrono::sys_days base;
  if (epoch_1904) {
    base = std::chrono::sys_days(std::chrono::year(1904) / 1 / 1);
  } else {
    // Serial 60 is 29 February 1900, a day that never was; 0 is no day at all.
    if (days == 60 || days == 0) return std::nullopt;
    base = std::chrono::sys_days(std::chrono::year(1899) / 12 / (days < 60 ? 31 : 30));
  }
  const std::chrono::year_month_day day{base + std::chrono::days(days)};
  if (static_cast<int>(day.year()) > 9999) return std::nullopt;
  char text[40];
  const int length = std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(day.year()),
                                   static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  if (seconds > 0)
    std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), "T%02d:%02d:%02d",
                  static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60),
                  static_cast<int>(seconds % 60));
  return std::string(text);
}

}  // namespace civitas::documents
