// Result<T>: a value or a Problem. Expected failures travel this way; exceptions mean a bug or a lost resource.
#pragma once

#include <expected>
#include <utility>

#include "base/problem.hpp"

namespace civitas {

template <class T>
using Result = std::expected<T, Problem>;
using Status = Result<void>;

inline std::unexpected<Problem> fail(Problem p) { return std::unexpected(std::move(p)); }

}  // namespace civitas

#define CIVITAS_CAT_(a, b) a##b
#define CIVITAS_CAT(a, b) CIVITAS_CAT_(a, b)

/// CIVITAS_TRY(auto x, make_x());  binds the value or returns the problem. Statements, not an expression: g++ 12
/// miscompiles statement expressions in coroutines.
#define CIVITAS_TRY(declaration, expression)                                                                      \
  auto CIVITAS_CAT(result_, __LINE__) = (expression);                                                             \
  if (!CIVITAS_CAT(result_, __LINE__)) return std::unexpected(std::move(CIVITAS_CAT(result_, __LINE__)).error()); \
  declaration = *std::move(CIVITAS_CAT(result_, __LINE__))

/// CIVITAS_CHECK(do_it());  returns the problem of a Status (or of a Result whose value is not wanted).
#define CIVITAS_CHECK(expression)                                                            \
  do {                                                                                       \
    if (auto CIVITAS_CAT(status_, __LINE__) = (expression); !CIVITAS_CAT(status_, __LINE__)) \
      return std::unexpected(std::move(CIVITAS_CAT(status_, __LINE__)).error());             \
  } while (false)
