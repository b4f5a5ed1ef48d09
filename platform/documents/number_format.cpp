#include "documents/number_format.hpp"

#include <optional>
#include <vector>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "documents/cell.hpp"

namespace civitas::documents {

namespace {

struct Piece {
  char place = 0;  // 0, # or ?; else a literal
  std::string literal;
};

struct Section {
  std::vector<Piece> whole, fraction;
  int whole_places = 0, fraction_places = 0;
  int percent = 0;
  bool grouped = false;
};

// What stands behind a [ of a format: a currency sign is shown, colours are not; nothing for what cannot be followed.
std::optional<std::string> bracket(std::string_view inside) {
  if (inside.starts_with('$')) return std::string(inside.substr(1, inside.find('-', 1) - 1));
  const std::string word = to_lower_ascii(inside);
  for (const char* colour : {"black", "blue", "cyan", "green", "magenta", "red", "white", "yellow"})
    if (word == colour) return std::string();
  if (word.starts_with("color")) return std::string();
  return std::nullopt;
}

class SectionReader {
 public:
  explicit SectionReader(std::string_view code) : code_(code) {}

  /// Reads up to the next semicolon, which is taken.
  bool read(Section& to) {
    bool point = false;
    const auto literal = [&](std::string text) {
      if (!text.empty()) (point ? to.fraction : to.whole).push_back({0, std::move(text)});
    };
    while (at_ < code_.size()) {
      const char c = code_[at_++];
      if (c == ';') return true;
      if (c == '"') {
        const auto close = code_.find('"', at_);
        if (close == code_.npos) return false;
        literal(std::string(code_.substr(at_, close - at_)));
        at_ = close + 1;
      } else if (c == '\\') {
        literal(character());
      } else if (c == '_') {
        character();
        literal(" ");
      } else if (c == '*') {
        character();
      } else if (c == '[') {
        const auto close = code_.find(']', at_);
        const auto shown = close == code_.npos ? std::nullopt : bracket(code_.substr(at_, close - at_));
        if (!shown) return false;
        literal(*shown);
        at_ = close + 1;
      } else if (c == '0' || c == '#' || c == '?') {
        if (pending_comma_) to.grouped = true;
        pending_comma_ = false;
        (point ? to.fraction : to.whole).push_back({c, {}});
        ++(point ? to.fraction_places : to.whole_places);
      } else if (c == ',') {
        if (to.whole_places == 0 || point) return false;
        pending_comma_ = true;  // between places: thousands; behind the last: a scale, which is not followed
      } else if (c == '.') {
        if (point) return false;
        point = true;
      } else if (c == '%') {
        ++to.percent;
        literal("%");
      } else if (c == '-' || c == '+' || c == '(' || c == ')' || c == ' ' || c == ':' || c == '$' ||
                 static_cast<unsigned char>(c) >= 0x80) {
        --at_;
        literal(character());
      } else {
        return false;  // General, E+, fractions, dates
      }
      if (pending_comma_ && c != ',') return false;
    }
    return !pending_comma_;
  }
  bool ended() const { return at_ >= code_.size(); }

 private:
  std::string character() {
    if (at_ >= code_.size()) return {};
    const std::size_t from = at_;
    next_code_point(code_, at_);
    return std::string(code_.substr(from, at_ - from));
  }
  std::string_view code_;
  std::size_t at_ = 0;
  bool pending_comma_ = false;
};

std::string whole_text(const Section& s, std::string digits) {
  std::vector<std::string> out;  // from the right
  std::size_t taken = 0;
  int places_left = s.whole_places;
  const auto digit = [&](char c) {
    if (s.grouped && taken > 0 && taken % 3 == 0) out.emplace_back(",");
    out.emplace_back(1, c);
    ++taken;
  };
  for (auto piece = s.whole.rbegin(); piece != s.whole.rend(); ++piece) {
    if (!piece->place) {
      out.push_back(piece->literal);
      continue;
    }
    if (!digits.empty()) {
      digit(digits.back());
      digits.pop_back();
    } else if (piece->place == '0') {
      digit('0');
    } else if (piece->place == '?') {
      out.emplace_back(" ");
    }
    if (--places_left > 0) continue;
    for (; !digits.empty(); digits.pop_back()) digit(digits.back());  // the first place takes all that is left
  }
  std::string text;
  for (auto part = out.rbegin(); part != out.rend(); ++part) text += *part;
  return text;
}

}  // namespace

std::string shown_number(std::string_view decimal, std::string_view code) {
  if (code.empty() || code.size() > 255) return {};
  std::string_view rest = decimal;
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  const auto dot = rest.find('.');
  std::string whole(rest.substr(0, dot)), fraction(dot == rest.npos ? "" : rest.substr(dot + 1));
  if (whole.empty() || (whole + fraction).find_first_not_of("0123456789") != std::string::npos) return {};

  std::vector<Section> sections;
  SectionReader reader(code);
  while (!reader.ended() && sections.size() < 3) {
    Section s;
    if (!reader.read(s)) return {};
    sections.push_back(std::move(s));
  }
  const bool zero = (whole + fraction).find_first_not_of('0') == std::string::npos;
  const std::size_t which = zero && sections.size() > 2 ? 2 : negative && !zero && sections.size() > 1 ? 1 : 0;
  const Section& s = sections[which];
  if (s.whole_places + s.fraction_places == 0) return {};
  for (int i = 0; i < s.percent * 2; ++i) {
    whole += fraction.empty() ? '0' : fraction.front();
    if (!fraction.empty()) fraction.erase(0, 1);
  }
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  if (fraction.size() > static_cast<std::size_t>(s.fraction_places)) return {};
  if (s.whole_places == 0 && !whole.empty()) return {};

  std::string text = negative && which == 0 && !zero ? "-" : "";
  text += whole_text(s, whole);
  if (s.fraction_places > 0) text += '.';
  std::size_t at = 0;
  for (const Piece& piece : s.fraction) {
    if (!piece.place)
      text += piece.literal;
    else if (at < fraction.size())
      text += fraction[at++];
    else if (piece.place == '0')
      text += '0';
  }
  const std::string shown(trim(text));
  return shown == decimal ? std::string() : shown;
}

std::string_view builtin_number_format(int id) {
  switch (id) {
    case 1: return "0";
    case 2: return "0.00";
    case 3: return "#,##0";
    case 4: return "#,##0.00";
    case 9: return "0%";
    case 10: return "0.00%";
    default: return {};
  }
}

std::string Cell::shown() const {
  if (format.empty()) return text;
  std::string out = shown_number(text, format);
  return out.empty() ? text : out;
}

}  // namespace civitas::documents
