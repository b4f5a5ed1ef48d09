// Reading and writing CQL2 in its two encodings. Every failure is a Problem of Kind::invalid whose reason starts with
// `query.cql2.` and whose sentence names the character (text, from 1) or the JSON pointer (JSON) where it happened:
//   syntax, character, number, date, geometry, string, length (over 100 KB), depth (over 100), nodes (over 10,000),
//   operator, arguments.
// Beyond the standard: IN may be followed by a function that gives a list, `division IN my_divisions()`; AND and OR
// chains are one flat node; `-x` becomes `-1 * x` as in the standard's own examples. A backslash in a character literal
// that starts none of the standard's escapes stays, so that '\%' reaches LIKE; '\\' is one backslash.
#pragma once

#include "base/result.hpp"
#include "query/ast.hpp"

namespace civitas::query {

Result<Expr> parse_text(std::string_view text);
/// Positions of the nodes are those of `to_text` of the result.
Result<Expr> parse_json(const Json& json);
/// JSON text; deeper nesting than `Json::parse` allows by itself.
Result<Expr> parse_json_text(std::string_view text);

/// Canonical text with the fewest parentheses; parse_text of it gives the same tree.
std::string to_text(const Expr& expr);
Json to_json(const Expr& expr);

}  // namespace civitas::query
