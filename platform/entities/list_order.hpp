// Inside this room: the order of a list, and the place in it where a page ends and the next one begins (keyset paging:
// what is created meanwhile moves no page).
#pragma once

#include <string>
#include <vector>

#include "entities/conditions.hpp"
#include "entities/declaration.hpp"
#include "sql/connection.hpp"

namespace civitas::entities {

struct Sort {
  std::string column = "id";
  bool descending = false;
  bool nullable = false;  // records without a value come first, and last when it descends
  bool of_case = false;   // case.due_at, case.entered_at: records without one come last
  /// The value, as SQL over the record `t`.
  std::string value() const;
};

/// Whether the order may be that of the cases, which is for staff.
enum class CaseOrder { no, yes };
/// "name", "-updated_at", or the declared order, that of the view first, for "". Fails with `entities.list.sort`, naming
/// what is possible.
Result<Sort> read_sort(const Entity& entity, std::string text, const View* view = nullptr,
                       CaseOrder cases = CaseOrder::no);
std::string order_clause(const Sort& sort, sql::Dialect dialect);

/// The value sorted by and the id of the last row of a page, as text that callers hand back as they got it.
std::string write_cursor(const sql::Row& row, int sort_column, int id_column);
/// Fails with `entities.list.after`.
Result<std::vector<sql::Value>> read_cursor(const std::string& text);
/// The condition for the rows behind it.
Clause after_clause(const Sort& sort, const std::vector<sql::Value>& cursor);

}  // namespace civitas::entities
