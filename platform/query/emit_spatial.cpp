#include "query/emitter.hpp"

namespace civitas::query {

// Shapes that meet have boxes that meet. The index keeps rounded boxes, which the shapes decide; versions have no
// index.
bool Emitter::box_index(const FieldInfo& f, const geo::Box& bounds) {
  if (f.box_index.empty() || (bindings_.versions && alias_ == base_)) return false;
  ++subqueries_;
  const auto number = [&](std::string_view before, double n) {
    put(before);
    param(n);
  };
  if (dialect_ == Dialect::sqlite) {
    const std::string alias = next_alias();
    put(alias_ + ".id IN (SELECT " + alias + ".id FROM " + quoted(f.box_index) + " AS " + alias + " WHERE " + alias);
    number(".min_x <= ", bounds.max_x);
    number(" AND " + alias + ".max_x >= ", bounds.min_x);
    number(" AND " + alias + ".min_y <= ", bounds.max_y);
    number(" AND " + alias + ".max_y >= ", bounds.min_y);
    put(")");
  } else {
    const auto corner = [&](std::size_t x, std::size_t y) {
      return "point(" + alias_ + "." + quoted(f.box_columns[x]) + "," + alias_ + "." + quoted(f.box_columns[y]) + ")";
    };
    put("box(" + corner(0, 1) + "," + corner(2, 3) + ") && box(point(");
    number("", bounds.min_x);
    number(",", bounds.min_y);
    number("),point(", bounds.max_x);
    number(",", bounds.max_y);
    put("))");
  }
  --subqueries_;
  return true;
}

bool Emitter::spatial(const Node& n, Want want) {
  const bool inexact_before = std::exchange(inexact, true);
  Op op = n.op;
  if (op == Op::s_disjoint) {
    op = Op::s_intersects;
    want = opposite(want);
  }
  const auto is_fixed = [](const Node& arg) { return arg.op == Op::literal || arg.outer; };
  const bool swapped = is_fixed(n.args[0]);
  const Node& field = n.args[swapped ? 1 : 0];
  const Node& shape = n.args[swapped ? 0 : 1];
  if (field.op != Op::property || field.outer || field.field->box_columns[0].empty() || !is_fixed(shape)) return false;
  const auto& box = field.field->box_columns;
  if (want == Want::no) {
    open();
    if (!property(field, box[0])) return false;
    put(" IS NOT NULL");
    close();
    return true;
  }
  const Value fixed = constant(shape).value_or(Value());
  if (is_null(fixed)) {  // a shape that is not there meets none
    inexact = inexact_before;
    truth(false);
    return true;
  }
  const geo::Box bounds = std::get<geo::Geometry>(fixed).bounds();
  const std::tuple<int, std::string_view, double> sides[] = {
      {0, " <= ", bounds.max_x}, {2, " >= ", bounds.min_x}, {1, " <= ", bounds.max_y}, {3, " >= ", bounds.min_y}};
  if (field.through == nullptr && box_index(*field.field, bounds)) return true;
  open();
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& [column, comparison, limit] = sides[i];
    if (i > 0) put(" AND ");
    if (!property(field, box[static_cast<std::size_t>(column)])) return false;
    put(comparison);
    param(limit);
  }
  close();
  return true;
}

}  // namespace civitas::query
