#include "query/syntax.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "base/strings.hpp"

namespace civitas::query {

namespace {
// In the order of Op.
constexpr std::string_view names[] = {"literal",
                                      "property",
                                      "list",
                                      "interval",
                                      "unbounded",
                                      "function",
                                      "and",
                                      "or",
                                      "not",
                                      "=",
                                      "<>",
                                      "<",
                                      ">",
                                      "<=",
                                      ">=",
                                      "like",
                                      "between",
                                      "in",
                                      "isNull",
                                      "casei",
                                      "accenti",
                                      "+",
                                      "-",
                                      "*",
                                      "/",
                                      "div",
                                      "%",
                                      "^",
                                      "s_intersects",
                                      "s_equals",
                                      "s_disjoint",
                                      "s_touches",
                                      "s_within",
                                      "s_overlaps",
                                      "s_crosses",
                                      "s_contains",
                                      "t_after",
                                      "t_before",
                                      "t_contains",
                                      "t_disjoint",
                                      "t_during",
                                      "t_equals",
                                      "t_finishedBy",
                                      "t_finishes",
                                      "t_intersects",
                                      "t_meets",
                                      "t_metBy",
                                      "t_overlappedBy",
                                      "t_overlaps",
                                      "t_startedBy",
                                      "t_starts",
                                      "a_equals",
                                      "a_contains",
                                      "a_containedBy",
                                      "a_overlaps"};
constexpr int op_count = static_cast<int>(Op::a_overlaps) + 1;
static_assert(op_count == static_cast<int>(std::size(names)));

struct Range {
  char32_t first, last;
};
// Rule identifierStart of the standard's grammar.
constexpr Range start_ranges[] = {{0x3A, 0x3A},     {0x41, 0x5A},     {0x5F, 0x5F},     {0x61, 0x7A},
                                  {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},
                                  {0x37F, 0x1FFE},  {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
                                  {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF}};
}  // namespace

std::string_view op_name(Op op) { return names[static_cast<std::size_t>(op)]; }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::optional<Op> op_from_json_name(std::string_view name) {
  for (int i = static_cast<int>(Op::and_); i < op_count; ++i)
    if (op_name(static_cast<Op>(i)) == name) return static_cast<Op>(i);
  return std::nullopt;
}

std::optional<Op> op_from_call_name(std::string_view name) {
  if (name.size() < 5) return std::nullopt;
  const bool prefixed = name[1] == '_';
  if (!prefixed && !equal_ignoring_case(name, "casei") && !equal_ignoring_case(name, "accenti")) return std::nullopt;
  for (int i = static_cast<int>(Op::casei); i < op_count; ++i)
    if (const auto op = static_cast<Op>(i); !is_arithmetic(op) && equal_ignoring_case(op_name(op), name)) return op;
  return std::nullopt;
}

bool is_identifier_start(char32_t c) {
  return std::any_of(std::begin(start_ranges), std::end(start_ranges),
                     [c](Range r) { return c >= r.first && c <= r.last; });
}
bool is_identifier_part(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || (c >= 0x300 && c <= 0x36F) ||
         (c >= 0x203F && c <= 0x2040) || is_identifier_start(c);
}
bool is_reserved(std::string_view word) {
  static constexpr std::string_view words[] = {"and", "or",   "not",  "like",  "between", "in",
                                               "is",  "null", "true", "false", "div"};
  return std::any_of(std::begin(words), std::end(words), [&](auto w) { return equal_ignoring_case(w, word); });
}

Problem problem_at(Position at, std::string_view reason, std::string zh, std::string en) {
  const std::string character = std::to_string(at.character + 1);
  return invalid("query.cql2." + std::string(reason), "条件第 " + character + " 个字符处:" + std::move(zh),
                 "At character " + character + " of the condition: " + std::move(en));
}

std::optional<Literal> temporal_literal(std::string_view text) {
  if (text.size() == 10) {
    if (const auto date = parse_date(text)) return Literal(*date);
    return std::nullopt;
  }
  if (const auto instant = parse_instant(text)) return Literal(*instant);
  return std::nullopt;
}

std::string format_timestamp(Instant instant) {
  constexpr std::int64_t day = 86'400'000'000;
  std::int64_t days = instant.micros / day, rest = instant.micros % day;
  if (rest < 0) {
    rest += day;
    --days;
  }
  const std::int64_t seconds = rest / 1'000'000, micros = rest % 1'000'000;
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "T%02d:%02d:%02d", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  std::string text = format_date(Date{static_cast<std::int32_t>(days)}) + buffer;
  if (micros != 0) {
    std::snprintf(buffer, sizeof buffer, ".%06d", static_cast<int>(micros));
    text += buffer;
    while (text.back() == '0') text.pop_back();
  }
  return text + 'Z';
}

bool settle_depth(Expr& expr) {
  int depth = 0;
  for (const auto& arg : expr.args) depth = std::max<int>(depth, arg.depth);
  expr.depth = static_cast<std::uint16_t>(depth + 1);
  return depth + 1 <= Limits::depth;
}

namespace {
bool equal_literal(const Literal& a, const Literal& b) {
  const auto number = [](const Literal& v, double& out) {
    if (const auto* i = std::get_if<std::int64_t>(&v))
      out = static_cast<double>(*i);
    else if (const auto* d = std::get_if<double>(&v))
      out = *d;
    else
      return false;
    return true;
  };
  double x = 0, y = 0;
  if (a.index() != b.index()) return number(a, x) && number(b, y) && x == y;
  if (const auto* shape = std::get_if<GeometryLiteral>(&a))
    return (*shape)->dump() == std::get<GeometryLiteral>(b)->dump();
  return a == b;
}
}  // namespace

bool equal(const Expr& a, const Expr& b) {
  if (a.op != b.op || a.name != b.name || a.args.size() != b.args.size() || !equal_literal(a.value, b.value))
    return false;
  for (std::size_t i = 0; i < a.args.size(); ++i)
    if (!equal(a.args[i], b.args[i])) return false;
  return true;
}

}  // namespace civitas::query
