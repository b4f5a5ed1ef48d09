// What of a record type is public: the rows that its declaration opens, narrowed by the caller's condition.
#pragma once

#include <optional>

#include "entities/declaration.hpp"
#include "query/ast.hpp"

namespace civitas::gateway {

/// One CQL2 text. The caller's condition is a tree, never text, so that no parenthesis in it can lead out of the open
/// rows.
std::string within_open_rows(const entities::Entity& entity, const std::optional<query::Expr>& condition);

/// a AND b.
query::Expr both(query::Expr a, query::Expr b);
void narrow(std::optional<query::Expr>& condition, query::Expr more);

}  // namespace civitas::gateway
