// Inside this room: regular expressions of declarations (`pattern:`), by RE2: time is linear in the text whatever the
// expression, and hostile text takes no stack. Syntax: https://github.com/google/re2/wiki/Syntax, without look-around
// and back references; the pages read the same text as a JavaScript expression.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace civitas::entities {

/// What is wrong with the expression, in the words of RE2; nothing when it is one.
std::optional<std::string> pattern_mistake(const std::string& pattern);
/// Whether the whole text matches. Each pattern is compiled once: it comes from a declaration, never from a caller.
bool matches(const std::string& pattern, std::string_view text);

}  // namespace civitas::entities
