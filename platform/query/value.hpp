// A value of a field, a function or a sub-expression while a condition is evaluated. Null is std::monostate.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "geo/geometry.hpp"

namespace civitas::query {

/// The days between which an uncertain date lies.
struct DateSpan {
  Date earliest;
  Date latest;
  bool operator==(const DateSpan&) const = default;
};

using TextList = std::vector<std::string>;
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, Date, Instant, DateSpan, TextList,
                           geo::Geometry>;
inline bool is_null(const Value& v) { return v.index() == 0; }

/// What an expression gives.
enum class Type : std::uint8_t {
  boolean,
  integer,
  number,
  text,
  date,
  instant,
  date_span,
  interval,
  geometry,
  json,
  text_list,
  id,
  rows,
  list,
};
Text type_name(Type type);

/// The truth of a condition; a record without the value asked for gives `unknown`, as NULL does in SQL.
enum class Truth : std::uint8_t { no, yes, unknown };
inline Truth truth_not(Truth t) { return t == Truth::unknown ? t : t == Truth::yes ? Truth::no : Truth::yes; }

}  // namespace civitas::query
