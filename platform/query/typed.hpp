// A condition after it was checked against a schema: every field found, every type known. What `compile` and
// `evaluate` take.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "query/ast.hpp"
#include "query/functions.hpp"
#include "query/schema.hpp"
#include "query/value.hpp"

namespace civitas::query {

/// Calls that belong to the language; registered functions have a Function instead.
enum class Builtin : std::uint8_t { none, me, my_department, my_scope, today, now, old, any, took_part, first, count, sum };

struct Node {
  Op op = Op::literal;
  Type type = Type::boolean;
  Builtin builtin = Builtin::none;
  Position at;
  Value value;                         // of a literal; INT64_MIN/MAX do not occur, open ends are `unbounded`;
                                       // my_scope(): the dimension; took_part(): the step, "" for any
  const FieldInfo* field = nullptr;    // of a property, of old(field), of the rows of any()
  const FieldInfo* through = nullptr;  // the ref before the dot in `division.code` and in any(line.keepers, …)
  const StepTable* steps = nullptr;    // of took_part()
  bool outer = false;                  // `$field`: of the record for which another is looked for
  const Schema* source = nullptr;      // of first(), count() and sum(): where they look; nullptr: own child rows
  const Function* function = nullptr;
  std::vector<Node> args;
};

/// Cheap to copy. Points into the Schema and Functions it was checked with: they must outlive it.
class Typed {
 public:
  Typed() = default;
  explicit Typed(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  const Node& root() const { return *root_; }
  explicit operator bool() const { return root_ != nullptr; }

 private:
  std::shared_ptr<const Node> root_;
};

/// The record types in which first() may look, by the names that a declaration uses.
class Sources {
 public:
  virtual ~Sources() = default;
  virtual const Schema* find(std::string_view name) const = 0;
  /// For the word probably meant.
  virtual std::vector<std::string> names() const = 0;
};

/// Both conditions, of one schema.
Typed both(const Typed& a, const Typed& b);

struct Environment {
  const Functions* functions = &Functions::standard();
  const Schema* outer = nullptr;     // what `$field` means; nullptr: it means nothing
  const Sources* sources = nullptr;  // nullptr: first() is refused
};

/// Types and names. Reasons (all `query.cql2.`): property, function, step (more than one step of reference), type,
/// arguments, list, pattern, geometry, boolean (the whole is no condition). Casts beyond the standard: text to date,
/// time or id where one is asked for ('2026-11-21', '123'); a timestamp compared with a date is compared by its civil
/// date in China. `hall IN my_scope('hall')` needs a reference to a record of that dimension; my_divisions() and
/// my_departments() are short for my_scope('division') and my_scope('department').
Result<Typed> check(const Expr& expr, const Schema& schema, const Environment& environment = {});

///
/// first(grid_cell, S_CONTAINS(boundary, $place)) is the key of the first record of that type, in the order of its
/// list, for which the condition holds; with a third argument that value of it. Inside, names are fields of the type
/// looked in, and `$place` is a field of the record at hand. Only where Environment::sources is given; it is evaluated
/// in process (Bindings::elsewhere), never compiled.
///
/// count(booking.slot) is how many records of `booking` refer to this one by `slot`, with a second argument those for
/// which it holds; sum(booking.slot, amount) the sum of that field of theirs, a third argument being such a condition.
/// count(disks) and sum(disks.gib) are about the rows of a field of the record. Node::field is the reference, or the
/// field of rows; `args` are the summed property (of sum), then the condition.

/// A value instead of a condition: `length * width`, of whatever type `root().type` says. Same reasons.
Result<Typed> read_expression(std::string_view text, const Schema& schema, const Environment& environment = {});

/// parse_text and check.
Result<Typed> read_condition(std::string_view text, const Schema& schema, const Environment& environment = {});

}  // namespace civitas::query
