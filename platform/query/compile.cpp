#include "query/compile.hpp"

#include "query/emitter.hpp"

namespace civitas::query {

Result<Compiled> compile(const Typed& condition, Dialect dialect, const Bindings& bindings) {
  Emitter emitter(dialect, bindings);
  const Node& root = condition.root();
  Compiled compiled;
  if (root.op != Op::and_ || root.args.size() > 200) {
    emitter.condition(root, Want::yes);
    if (emitter.inexact) compiled.residual = condition;
  } else {
    // Only the conjuncts that SQL cannot decide are evaluated again.
    Node rest;
    rest.op = Op::and_;
    rest.at = root.at;
    rest.args = emitter.conjunction(root);
    if (!rest.args.empty()) compiled.residual = Typed(std::make_shared<const Node>(std::move(rest)));
  }
  if (emitter.too_long())
    return fail(invalid("query.cql2.complex", "条件过于复杂，请简化。", "The condition is too complex; simplify it."));
  compiled.sql = std::move(emitter.sql);
  compiled.params = std::move(emitter.params);
  return compiled;
}

}  // namespace civitas::query
