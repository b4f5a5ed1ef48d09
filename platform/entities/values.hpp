// Values that declarations give to fields: `default: {value: …}`, `set:` of a step, `rule:` of a computed field; and what
// `options:` let choose. A value is CQL2 over the record as it stands in memory: its fields, one step of reference
// (`class.department`, read from the database), rows and several references by any(), me(), today(), now(), old(field),
// first(type, condition) for what is found elsewhere, whoever may read it, counts and sums of what refers here. NULL is
// no value.
#pragma once

#include "entities/conditions.hpp"
#include "entities/hooks.hpp"
#include "query/evaluate.hpp"

namespace civitas::entities {

class Mistakes;
class Store;

/// The record that a value is about.
struct Subject {
  const Entity& entity;
  const Json& record;            // all fields, in the wire form
  const Json* before = nullptr;  // for old(field); nullptr: it is being made
};

/// The field that gets a value; of the record itself, or of one that a step makes.
struct FieldOf {
  const Entity& entity;
  const Field& field;
};

class Values {
 public:
  explicit Values(Store& store) : store_(store) {}

  /// The value for `field`, of any record type, in its wire form; null where something that it needs is missing. Whether
  /// the field takes it (a length, a code of its list) is for whoever writes it to check.
  Result<Json> of(sql::Connection& db, const Context& context, const Subject& subject, const Field& field,
                  const std::string& value) const;
  /// The value, for no field.
  Result<query::Value> evaluate(sql::Connection& db, const Context& context, const Subject& subject,
                                const std::string& value) const;
  /// Computes the fields that have a `rule:`, in declared order.
  Status compute(sql::Connection& db, const Context& context, const Entity& entity, Json& record) const;
  /// Fills what was left empty and has a `default: {value: …}`, in declared order; checked as what somebody types is (the
  /// failures of `validate_value`).
  Status fill(sql::Connection& db, const Context& context, const Entity& entity, Json& record) const;
  /// For references with `options:` that were chosen anew (`before` nullptr: all of them): the record referred to is
  /// one of those that may be chosen. Fails with 422 `entities.field.option`.
  Status check_options(sql::Connection& db, const Context& context, const Entity& entity, const Json& record,
                       const Json* before) const;

 private:
  Result<query::Value> evaluate(sql::Connection& db, const Context& context, const Subject& subject,
                                const query::Typed& value) const;
  Result<query::Value> first(sql::Connection& db, const Context& context, const query::Node& call,
                             const query::Record& outer) const;
  Status check_option(sql::Connection& db, const Context& context, const Entity& entity, const Field& field,
                      const Json& record, std::int64_t chosen) const;
  Store& store_;
};

/// Whether the value is NULL, which empties a field.
bool is_nothing(std::string_view value);

/// The value as a field of this type keeps it on the wire; null where it does not fit.
Json wire_value(FieldType type, const query::Value& value);

/// The field that a value is, when it is one as it stands, `field`, `ref.field` or old(field), and not what every
/// record carries.
std::optional<FieldOf> field_as_it_stands(const Catalog& catalog, const Entity& subject, const query::Node& value);

/// Checks, at load, a declared value over records of `subject` that `field` gets. Mistakes are those of the file of
/// `subject`; they begin with `key`, as in "set count: …".
void check_value(Conditions& conditions, const Catalog& catalog, const Entity& subject, const FieldOf& field,
                 const std::string& value, const std::string& key, int line, Mistakes& mistakes);
/// The same for what a step, or a clock that has run out, sets in records of `made`.
void check_set(Conditions& conditions, const Catalog& catalog, const Entity& subject, const std::vector<SetValue>& values,
               const Entity& made, int line, Mistakes& mistakes);

}  // namespace civitas::entities
