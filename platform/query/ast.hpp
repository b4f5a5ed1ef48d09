// The syntax tree of a condition in OGC CQL2 (OGC 21-065r2), before anything is known about types and fields.
// Text (`owner LIKE '张%' AND floors > 5`) and JSON (`{"op":"and","args":[…]}`) both become this tree.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.hpp"
#include "base/time.hpp"

namespace civitas::query {

/// Where a node starts in the text, both from 0. Messages show `character + 1`.
struct Position {
  std::uint32_t byte = 0;
  std::uint32_t character = 0;
};

enum class Op : std::uint8_t {
  // leaves and containers
  literal,
  property,
  list,
  interval,
  unbounded,
  function,
  // logic
  and_,
  or_,
  not_,
  // comparison
  eq,
  ne,
  lt,
  gt,
  le,
  ge,
  like,
  between,
  in,
  is_null,
  // text
  casei,
  accenti,
  // arithmetic
  add,
  subtract,
  multiply,
  divide,
  integer_divide,
  modulo,
  power,
  // spatial
  s_intersects,
  s_equals,
  s_disjoint,
  s_touches,
  s_within,
  s_overlaps,
  s_crosses,
  s_contains,
  // temporal
  t_after,
  t_before,
  t_contains,
  t_disjoint,
  t_during,
  t_equals,
  t_finished_by,
  t_finishes,
  t_intersects,
  t_meets,
  t_met_by,
  t_overlapped_by,
  t_overlaps,
  t_started_by,
  t_starts,
  // arrays, taken as sets
  a_equals,
  a_contains,
  a_contained_by,
  a_overlaps,
};

/// The name in CQL2 JSON ("s_intersects", "t_metBy", "="); the text encoding writes the same in capitals.
std::string_view op_name(Op op);
inline bool is_spatial(Op op) { return op >= Op::s_intersects && op <= Op::s_contains; }
inline bool is_temporal(Op op) { return op >= Op::t_after && op <= Op::t_starts; }
inline bool is_array(Op op) { return op >= Op::a_equals && op <= Op::a_overlaps; }
inline bool is_comparison(Op op) { return op >= Op::eq && op <= Op::ge; }
inline bool is_arithmetic(Op op) { return op >= Op::add && op <= Op::power; }

/// A GeoJSON geometry, or {"bbox":[…]}.
using GeometryLiteral = std::shared_ptr<const Json>;
using Literal = std::variant<std::monostate, bool, std::int64_t, double, std::string, Date, Instant, GeometryLiteral>;

struct Expr {
  Op op = Op::literal;
  std::uint16_t depth = 1;  // levels of nodes below and including this one
  Position at;
  std::string name;  // of a property or function
  Literal value;     // of a literal
  /// Operands. `in`: the value, then a `list` or a function that gives a list. `interval`: start and end, each a
  /// date or instant literal, `unbounded`, a property or a function.
  std::vector<Expr> args;
};

/// The same tree: operators, names, literals and operands, whatever the positions.
bool equal(const Expr& a, const Expr& b);

/// Limits that hostile text meets before it costs anything.
struct Limits {
  static constexpr std::size_t bytes = 100 * 1024;
  static constexpr std::size_t nodes = 10'000;
  static constexpr int depth = 100;
  static constexpr std::size_t pattern_bytes = 1'000;  // of a LIKE pattern
};

}  // namespace civitas::query
