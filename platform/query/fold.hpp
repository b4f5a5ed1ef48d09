// Folding of text for CASEI and ACCENTI, and LIKE patterns.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace civitas::query {

/// Simple case folding of Unicode, except that no letter beyond ASCII becomes an ASCII one (U+017F, U+212A stay): so
/// LOWER() of the databases, which knows A-Z only, decides equality with a constant exactly when `is_plain(constant)`.
std::string fold_case(std::string_view text);
/// Canonical decomposition without combining marks.
std::string fold_accents(std::string_view text);
/// Nothing but ASCII and characters without letter case, such as Han.
bool is_plain(std::string_view text);

/// LIKE of CQL2: % any text, _ one character, \ escapes. Linear in text times pattern.
bool like(std::string_view text, std::string_view pattern);
bool is_valid_pattern(std::string_view pattern);  // no lone backslash at the end
/// The same as a GLOB pattern of SQLite.
std::string to_glob(std::string_view pattern);
/// The literal text before the first wildcard, and whether the rest is nothing or a single %.
struct PatternPrefix {
  std::string text;
  enum class Rest { nothing, anything, other } rest = Rest::nothing;
};
PatternPrefix pattern_prefix(std::string_view pattern);
/// The least text greater than all that start with `prefix`, nothing when there is none.
std::optional<std::string> prefix_end(std::string_view prefix);

}  // namespace civitas::query
