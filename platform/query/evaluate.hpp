// Evaluation in process: guards, visibility, quality rules, and what SQL could not decide exactly.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "query/scope.hpp"
#include "query/typed.hpp"

namespace civitas::query {

/// The record that a condition is about.
class Record {
 public:
  virtual ~Record() = default;
  /// The value of a field, null when there is none. ref: its key as std::int64_t; geometry: a Geometry, or text with
  /// GeoJSON; uncertain_date: a DateSpan. A value of another kind than the field's counts as null.
  virtual Value get(std::string_view field) const = 0;
  /// `division.code`: the field of the row that the ref points to.
  virtual Value get_through(std::string_view /*ref*/, std::string_view /*field*/) const { return {}; }
  /// The path stored beside a ref to a record with a code (FieldInfo::scope_path_column), null when the ref is null.
  virtual Value scope_path(std::string_view /*ref*/) const { return {}; }
  /// True when `test` is true for a child row, or for a row that a field of several references points to; `line.keepers`
  /// are those of the record that the ref `line` points to.
  virtual bool any_row(std::string_view /*rows*/, const std::function<bool(const Record&)>& /*test*/) const {
    return false;
  }
  /// Whether that person took this step ("": any) in the record's case.
  virtual bool took_part(std::int64_t /*person*/, std::string_view /*step*/) const { return false; }
  /// Whether somebody of one of these departments did.
  virtual bool department_took_part(const Scope& /*departments*/, std::string_view /*step*/) const { return false; }
};

/// What the functions of the language stand for now.
struct Bindings {
  std::optional<std::int64_t> me;  // anonymous: me() is null
  std::optional<std::int64_t> department;  // whoever is in none: my_department() is null
  Instant now;
  std::shared_ptr<const Scopes> scopes;  // nullptr: none
  bool everywhere = false;               // the product itself: every dimension whole
  const Record* old = nullptr;    // before the change; nullptr: old(field) is null
  const Record* outer = nullptr;  // what `$field` is a field of; nullptr: it is null
  /// What first(), or a count or sum of what refers here, gives for the record; unset: null.
  std::function<Value(const Node& call, const Record& record)> elsewhere = {};
  /// Alias of the record's table in the FROM clause.
  std::string table = "t";
  bool versions = false;  // that table holds versions of records: child rows are those of the version
  Date today() const { return date_in_china(now); }
  const Scope& scope(std::string_view dimension) const;
};

/// What `old(field)` is with these bindings.
Value old_value(const Node& call, const Bindings& bindings);
/// What `$field` is.
Value outer_value(const Node& property, const Bindings& bindings);

/// Total: no exceptions, no failures. Division by zero and values that do not fit are null.
Truth evaluate(const Typed& condition, const Record& record, const Bindings& bindings);
/// The value of an expression, null where a field it needs is.
Value evaluate_expression(const Typed& expression, const Record& record, const Bindings& bindings);

}  // namespace civitas::query
