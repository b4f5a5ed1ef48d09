#include "gateway/open_filter.hpp"

#include <algorithm>

#include "query/parse.hpp"

namespace civitas::gateway {

query::Expr both(query::Expr a, query::Expr b) {
  query::Expr out;
  out.op = query::Op::and_;
  out.depth = static_cast<std::uint16_t>(std::max(a.depth, b.depth) + 1);
  out.args.push_back(std::move(a));
  out.args.push_back(std::move(b));
  return out;
}

void narrow(std::optional<query::Expr>& condition, query::Expr more) {
  if (condition)
    condition = both(std::move(*condition), std::move(more));
  else
    condition = std::move(more);
}

std::string within_open_rows(const entities::Entity& entity, const std::optional<query::Expr>& condition) {
  if (!condition) return entity.open_filter;
  const std::string wanted = query::to_text(*condition);
  if (entity.open_filter.empty()) return wanted;
  // What was asked stands first: a complaint about it names the place where the caller finds it.
  return (condition->op == query::Op::or_ ? "(" + wanted + ")" : wanted) + " AND (" + entity.open_filter + ")";
}

}  // namespace civitas::gateway
