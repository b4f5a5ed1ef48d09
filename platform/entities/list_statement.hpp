// Inside this room: the one SQL statement that reads a part of a list, put together from its parts.
#pragma once

#include "entities/clause.hpp"

namespace civitas::entities {

/// SELECT columns FROM table t joins WHERE where order LIMIT limit
///
/// With alternatives the rows are those that fit any of them: each is a short list of its own, in order from its own
/// index and no longer than `limit`; a long OR would be read whole and sorted.
struct ListStatement {
  Clause columns;     // what is selected, of `t` and of what is joined
  std::string table;  // its rows are called `t`
  std::string joins;  // " LEFT JOIN …", or nothing
  Clause where;
  std::vector<Clause> alternatives;
  std::string order;  // " ORDER BY …", of values of `t` alone
  std::int64_t limit = 0;

  /// The statement and the values of all its placeholders, in their order.
  Clause text() const;
  /// How many rows of the table fit `where`.
  Clause count() const;

 private:
  Clause ids_of_alternatives() const;
};

}  // namespace civitas::entities
