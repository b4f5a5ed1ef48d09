// Inside this room: what lists know of a record's case, beside its fields. The room process keeps it.
#pragma once

#include <string>
#include <string_view>

#include "query/schema.hpp"

namespace civitas::entities {

/// `case` in `case.due_at`: a step from the record to the row of its case.
query::FieldInfo case_relation(const query::Schema& of_case);
/// due_at (the nearest end of a clock that runs), entered_at, person, department, claimed_by, late.
query::FieldList fields_of_case();
/// Whether a list of a type with cases can be ordered by this: case.due_at, case.entered_at.
bool is_case_order(std::string_view name);
/// That value of the record `t`, as SQL.
std::string case_value(std::string_view name);

}  // namespace civitas::entities
