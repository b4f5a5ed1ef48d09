#include "query/lexer.hpp"

#include <charconv>
#include <cmath>

#include "base/blank.hpp"
#include "base/utf8.hpp"

namespace civitas::query {

namespace {
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Full-width punctuation, which a Chinese input method types. The standard's grammar would take some of it for
// letters; here it needs a quoted name, so that `（` gives a plain message.
bool is_wide_punctuation(char32_t c) {
  return (c >= 0xFF01 && c <= 0xFF0F) || (c >= 0xFF1A && c <= 0xFF20) || (c >= 0xFF3B && c <= 0xFF40 && c != 0xFF3F) ||
         (c >= 0xFF5B && c <= 0xFF65) || (c >= 0x3001 && c <= 0x3002) || (c >= 0x3008 && c <= 0x3011);
}

std::string meant_by(char32_t c) {
  if (c == 0x2018 || c == 0x2019) return "'";
  if (c == 0x201C || c == 0x201D) return "\"";
  if (c == 0x3001) return ",";
  if (c == '!' || c == 0xFF01 || c == 0x2260) return "<>";
  if (c == '&') return "AND";
  if (c == '|') return "OR";
  if (c == 0x2264) return "<=";
  if (c == 0x2265) return ">=";
  if (c >= 0xFF01 && c <= 0xFF5E) return std::string(1, static_cast<char>(c - 0xFEE0));
  return {};
}
}  // namespace

void Lexer::advance_to(std::size_t byte) {
  for (; byte_ < byte; ++byte_) character_ += (static_cast<unsigned char>(text_[byte_]) & 0xC0) != 0x80;
}

void Lexer::skip_space() {
  while (byte_ < text_.size()) {
    const auto first = static_cast<unsigned char>(text_[byte_]);
    if (first < 0x80) {
      if (first != ' ' && (first < 0x09 || first > 0x0D)) return;
      ++byte_, ++character_;
      continue;
    }
    std::size_t after = byte_;
    if (!is_blank(next_code_point(text_, after))) return;
    byte_ = after;
    ++character_;
  }
}

Status Lexer::next() {
  skip_space();
  at = Position{static_cast<std::uint32_t>(byte_), character_};
  call = false;
  if (byte_ == text_.size()) {
    token = Token::end;
    word = {};
    return {};
  }
  const char c = peek();
  if (c == '\'') return read_string();
  if (c == '"') return read_quoted();
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return read_number();

  // `$name` is a field of the record for which something is looked for (typed.hpp).
  std::size_t end = byte_ + (c == '$' ? 1 : 0);
  const char32_t first = end < text_.size() ? next_code_point(text_, end) : U' ';
  if (is_identifier_start(first) && !is_wide_punctuation(first)) {
    while (end < text_.size()) {
      std::size_t after = end;
      const char32_t part = next_code_point(text_, after);
      if (!is_identifier_part(part) || is_wide_punctuation(part)) break;
      end = after;
    }
    token = Token::word;
    word = text_.substr(byte_, end - byte_);
    advance_to(end);
    const std::size_t byte = byte_;
    const auto character = character_;
    skip_space();
    call = peek() == '(' && c != '$';
    byte_ = byte;
    character_ = character;
    return {};
  }

  const char d = peek(1);
  std::size_t length = 0;
  if ((c == '<' && (d == '=' || d == '>')) || (c == '>' && d == '='))
    length = 2;
  else if (std::string_view("()=<>,+-*/%^").find(c) != std::string_view::npos)
    length = 1;
  if (length == 0) {
    std::size_t after = byte_;
    const char32_t typed = next_code_point(text_, after);
    const std::string found(text_.substr(byte_, after - byte_)), meant = meant_by(typed);
    const bool shown = typed >= 0x20 && !is_forbidden_control(typed);
    return fail(problem_at(
        at, "character",
        (shown ? "此处不能出现“" + found + "”" : "此处有不允许的字符") + (meant.empty() ? "" : "，应为 " + meant) + "。",
        (shown ? "“" + found + "” cannot stand here" : "a character that is not allowed") +
            (meant.empty() ? "" : "; " + meant + " is meant") + "."));
  }
  token = Token::symbol;
  word = text_.substr(byte_, length);
  advance_to(byte_ + length);
  return {};
}

Status Lexer::read_string() {
  string.clear();
  std::size_t i = byte_ + 1;
  for (;; ++i) {
    if (i >= text_.size())
      return fail(problem_at(at, "string", "文本缺少结尾的单引号。", "the text has no closing quotation mark."));
    const char c = text_[i];
    if (c == '\'') {
      if (i + 1 < text_.size() && text_[i + 1] == '\'') {
        string += '\'';
        ++i;
        continue;
      }
      break;
    }
    if (c == '\\' && i + 1 < text_.size()) {
      static constexpr std::string_view letters = "abtnvfr'\\", meaning = "\a\b\t\n\v\f\r'\\";
      if (const auto index = letters.find(text_[i + 1]); index != std::string_view::npos) {
        string += meaning[index];
        ++i;
        continue;
      }
    }
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x20 && (u < 0x07 || u > 0x0D)) {
      advance_to(i);
      return fail(problem_at({static_cast<std::uint32_t>(byte_), character_}, "character",
                             "文本中含有不允许的控制字符。",
                             "the text holds a control character that is not allowed."));
    }
    string += c;
  }
  token = Token::string;
  advance_to(i + 1);
  return {};
}

Status Lexer::read_quoted() {
  const std::size_t end = text_.find('"', byte_ + 1);
  if (end == std::string_view::npos)
    return fail(problem_at(at, "string", "字段名缺少结尾的双引号。",
                           "the property name has no closing double quotation mark."));
  word = text_.substr(byte_ + 1, end - byte_ - 1);
  std::size_t i = 0;
  bool good = !word.empty() && is_identifier_start(next_code_point(word, i));
  while (good && i < word.size()) good = is_identifier_part(next_code_point(word, i));
  if (!good)
    return fail(problem_at(at, "syntax", "双引号内不是合法的字段名；文本请用单引号。",
                           "what stands in double quotation marks is no property name; text takes single ones."));
  token = Token::quoted_word;
  advance_to(end + 1);
  return {};
}

Status Lexer::read_number() {
  std::size_t i = byte_;
  bool whole = true;
  while (i < text_.size() && is_digit(text_[i])) ++i;
  if (i < text_.size() && text_[i] == '.') {
    whole = false;
    ++i;
    while (i < text_.size() && is_digit(text_[i])) ++i;
  }
  if (i < text_.size() && (text_[i] == 'e' || text_[i] == 'E')) {
    std::size_t j = i + 1;
    if (j < text_.size() && (text_[j] == '+' || text_[j] == '-')) ++j;
    if (j < text_.size() && is_digit(text_[j])) {
      whole = false;
      while (j < text_.size() && is_digit(text_[j])) ++j;
      i = j;
    }
  }
  word = text_.substr(byte_, i - byte_);
  std::size_t after = i;
  if (i < text_.size() && is_identifier_part(next_code_point(text_, after)))
    return fail(problem_at(at, "number", "“" + std::string(word) + "”之后紧跟着其他字符，不是合法的数。",
                           "“" + std::string(word) + "” runs into other characters and is no number."));
  const char* const first = word.data();
  const char* const last = first + word.size();
  token = Token::number;
  if (whole && std::from_chars(first, last, integer).ec == std::errc{}) {
    token = Token::integer;
  } else {
    // from_chars leaves the value untouched when it is out of range; tiny values would be 0 but are refused as well.
    const auto [end, error] = std::from_chars(first, last, number);
    if (error != std::errc{} || end != last || !std::isfinite(number))
      return fail(problem_at(at, "number", "数 " + std::string(word.substr(0, 40)) + " 超出范围。",
                             "the number " + std::string(word.substr(0, 40)) + " is out of range."));
  }
  advance_to(i);
  return {};
}

Position Lexer::behind(std::size_t bytes) const {
  Lexer there = *this;
  there.byte_ = at.byte;
  there.character_ = at.character;
  there.advance_to(at.byte + bytes);
  return {static_cast<std::uint32_t>(there.byte_), there.character_};
}

Status Lexer::continue_behind(std::size_t bytes) {
  const Position there = behind(bytes);
  byte_ = there.byte;
  character_ = there.character;
  return next();
}

std::string Lexer::shown() const {
  switch (token) {
    case Token::end: return "";
    case Token::string: return "'" + std::string(utf8_prefix(string, 30)) + "'";
    case Token::quoted_word: return "\"" + std::string(utf8_prefix(word, 30)) + "\"";
    default: return std::string(utf8_prefix(word, 30));
  }
}

}  // namespace civitas::query
