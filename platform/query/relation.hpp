// Relations in time as comparisons of starts and ends, the same for SQL and for evaluation in process.
#pragma once

#include <array>
#include <cstddef>

#include "query/ast.hpp"

namespace civitas::query {

/// (start or end of a) op (start or end of b)
struct Clause {
  bool a_end;
  Op op;
  bool b_end;
};
/// All clauses or one of them.
struct Relation {
  bool all = true;
  std::size_t size = 0;
  std::array<Clause, 3> clauses{};
};

/// When `op` (a T_… predicate, or a comparison of dates that may be uncertain) certainly holds. For a comparison of
/// uncertain dates both `holds` and `fails` may be untrue: then nobody knows.
Relation holds(Op op);
Relation fails(Op op);
Op negated(Op comparison);

}  // namespace civitas::query
