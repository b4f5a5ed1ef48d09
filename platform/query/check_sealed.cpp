// What is encrypted at rest can be asked for by equality with a known value, or for being there: nothing else of it is
// in the database.
#include "query/checker.hpp"
#include "query/syntax.hpp"

namespace civitas::query {

namespace {

bool is_sealed(const Node& n) { return n.op == Op::property && n.field->sealing != nullptr && !n.outer; }

Problem only_equal(const Node& n) {
  const std::string& name = n.field->name;
  if (n.field->blind_column.empty())
    return problem_at(n.at, "sealed", name + " 加密保存，不能用作条件，只能判断 IS NULL。",
                      name + " is encrypted and cannot be looked for; only IS NULL can be asked.");
  return problem_at(n.at, "sealed", name + " 加密保存，只能用 =、<>、IN 与完整的值比较，或判断 IS NULL。",
                    name + " is encrypted: only = , <> and IN with whole values, and IS NULL, can be asked.");
}

}  // namespace

Status Checker::settle_sealed(Node& n) {
  const bool compares = n.op == Op::eq || n.op == Op::ne || n.op == Op::in;
  if ((n.op == Op::eq || n.op == Op::ne) && is_sealed(n.args[1])) std::swap(n.args[0], n.args[1]);
  for (std::size_t i = 0; i < n.args.size(); ++i) {
    Node& arg = n.args[i];
    if (!is_sealed(arg)) {
      CIVITAS_CHECK(settle_sealed(arg));
      continue;
    }
    if (n.op == Op::is_null) continue;
    if (!compares || i != 0 || arg.field->blind_column.empty()) return fail(only_equal(arg));
    for (std::size_t k = 1; k < n.args.size(); ++k) {
      auto* text = std::get_if<std::string>(&n.args[k].value);
      if (n.args[k].op != Op::literal || text == nullptr) return fail(only_equal(arg));
      *text = arg.field->sealing->normal(*text);
    }
  }
  return {};
}

Status Checker::settle_sealed_root(Node& root) {
  if (is_sealed(root)) return fail(only_equal(root));
  return settle_sealed(root);
}

}  // namespace civitas::query
