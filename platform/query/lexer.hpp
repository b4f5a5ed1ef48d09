// The words of CQL2 text. One token ahead; offsets in bytes and characters.
#pragma once

#include "query/syntax.hpp"

namespace civitas::query {

enum class Token : std::uint8_t { end, word, quoted_word, string, integer, number, symbol };

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  /// Reads the next token into the fields below.
  Status next();

  Token token = Token::end;
  Position at;
  std::string_view word;  // word, quoted_word (without quotes), symbol, or the digits of a number
  std::string string;     // string, unescaped
  std::int64_t integer = 0;
  double number = 0;
  bool call = false;  // a word directly followed by '(' (spaces allowed)

  bool is_symbol(std::string_view s) const { return token == Token::symbol && word == s; }
  bool is_word(std::string_view w) const { return token == Token::word && equal_ignoring_case(word, w); }
  /// What stands here, for messages.
  std::string shown() const;
  /// The text from the token on, for a reader with words of its own (WKT); where its `bytes` end; and the token behind.
  std::string_view rest() const { return text_.substr(at.byte); }
  Position behind(std::size_t bytes) const;
  Status continue_behind(std::size_t bytes);

 private:
  char peek(std::size_t ahead = 0) const { return byte_ + ahead < text_.size() ? text_[byte_ + ahead] : '\0'; }
  void advance_to(std::size_t byte);
  void skip_space();
  Status read_string();
  Status read_quoted();
  Status read_number();

  std::string_view text_;
  std::size_t byte_ = 0;
  std::uint32_t character_ = 0;
};

}  // namespace civitas::query
