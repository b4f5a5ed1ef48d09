// UTF-8: checking, walking by code point, counting. Text is UTF-8 everywhere in the product.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace civitas {

/// Well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF).
bool is_valid_utf8(std::string_view text);
/// Number of code points; `text` must be valid.
std::size_t utf8_length(std::string_view text);
/// Reads the code point at `at` and moves `at` behind it; U+FFFD and one byte for a malformed sequence.
char32_t next_code_point(std::string_view text, std::size_t& at);
void append_utf8(std::string& out, char32_t code_point);
std::u32string to_utf32(std::string_view text);
std::string to_utf8(std::u32string_view text);
/// The first `count` code points.
std::string_view utf8_prefix(std::string_view text, std::size_t count);
/// True for a C0 or C1 control other than tab and line feed, and for characters that reorder or hide text
/// (bidirectional controls, zero-width): they have no place in a record.
bool is_forbidden_control(char32_t c);

}  // namespace civitas
