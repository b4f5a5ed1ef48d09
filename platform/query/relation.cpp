#include "query/relation.hpp"

namespace civitas::query {

namespace {
constexpr bool start = false, end = true;
Relation all(Clause a) { return {true, 1, {a}}; }
Relation all(Clause a, Clause b) { return {true, 2, {a, b}}; }
Relation all(Clause a, Clause b, Clause c) { return {true, 3, {a, b, c}}; }
Relation either(Clause a, Clause b) { return {false, 2, {a, b}}; }
}  // namespace

Op negated(Op op) {
  switch (op) {
    case Op::eq: return Op::ne;
    case Op::ne: return Op::eq;
    case Op::lt: return Op::ge;
    case Op::ge: return Op::lt;
    case Op::gt: return Op::le;
    case Op::le: return Op::gt;
    default: return op;
  }
}

Relation holds(Op op) {
  const Clause start_before_start{start, Op::lt, start}, start_after_start{start, Op::gt, start};
  const Clause same_start{start, Op::eq, start}, same_end{end, Op::eq, end};
  const Clause end_before_end{end, Op::lt, end}, end_after_end{end, Op::gt, end};
  const Clause before{end, Op::lt, start}, after{start, Op::gt, end};
  switch (op) {
    case Op::t_after:
    case Op::gt: return all(after);
    case Op::t_before:
    case Op::lt: return all(before);
    case Op::le: return all({end, Op::le, start});
    case Op::ge: return all({start, Op::ge, end});
    case Op::eq: return all({start, Op::eq, end}, {end, Op::eq, start});
    case Op::ne:
    case Op::t_disjoint: return either(before, after);
    case Op::t_intersects: return all({start, Op::le, end}, {end, Op::ge, start});
    case Op::t_equals: return all(same_start, same_end);
    case Op::t_contains: return all(start_before_start, end_after_end);
    case Op::t_during: return all(start_after_start, end_before_end);
    case Op::t_finished_by: return all(start_before_start, same_end);
    case Op::t_finishes: return all(start_after_start, same_end);
    case Op::t_started_by: return all(same_start, end_after_end);
    case Op::t_starts: return all(same_start, end_before_end);
    case Op::t_meets: return all({end, Op::eq, start});
    case Op::t_met_by: return all({start, Op::eq, end});
    case Op::t_overlaps: return all(start_before_start, {end, Op::gt, start}, end_before_end);
    case Op::t_overlapped_by: return all(start_after_start, {start, Op::lt, end}, end_after_end);
    default: return {};
  }
}

Relation fails(Op op) {
  if (is_comparison(op)) return holds(negated(op));
  Relation relation = holds(op);
  relation.all = !relation.all;
  for (std::size_t i = 0; i < relation.size; ++i) relation.clauses[i].op = negated(relation.clauses[i].op);
  return relation;
}

}  // namespace civitas::query
