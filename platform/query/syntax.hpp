// What parser and writers share: names of operators, characters of identifiers, problems with a position.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "query/ast.hpp"

namespace civitas::query {

std::optional<Op> op_from_json_name(std::string_view name);
/// Operators written as a function in text: S_…, T_…, A_…, CASEI, ACCENTI. Letter case does not matter.
std::optional<Op> op_from_call_name(std::string_view name);

bool is_identifier_start(char32_t c);
bool is_identifier_part(char32_t c);
/// A word that cannot stand for a property without double quotes.
bool is_reserved(std::string_view word);
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// A failure at a character of the text.
Problem problem_at(Position at, std::string_view reason, std::string zh, std::string en);

/// A literal of the kind that `text` is: a date, an instant, or nothing.
std::optional<Literal> temporal_literal(std::string_view text);
std::string format_timestamp(Instant instant);

/// Sets `depth` from the operands; false when it passes the limit.
bool settle_depth(Expr& expr);

}  // namespace civitas::query
