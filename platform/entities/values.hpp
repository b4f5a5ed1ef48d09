// Values that declarations give to fields: `default: {value: …}`, `set:` of a step, `computed`. A value is CQL2 over the
// record as it stands in memory: its fields, one step of reference (`class.department`, read from the database), me(),
// today(), now(), old(field), and first(type, condition) for what is found elsewhere, whoever may read it.
#pragma once

#include <map>

#include "entities/conditions.hpp"
#include "entities/hooks.hpp"
#include "entities/json_record.hpp"
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

/// A record in memory whose references are followed in the database.
class SteppingRecord final : public query::Record {
 public:
  SteppingRecord(const Store& store, sql::Connection& db, const Entity& entity, const Json& record)
      : store_(store), db_(db), entity_(entity), view_(entity, record), record_(record) {}
  query::Value get(std::string_view field) const override { return view_.get(field); }
  query::Value get_through(std::string_view ref, std::string_view field) const override;
  bool any_row(std::string_view rows, const std::function<bool(const query::Record&)>& test) const override {
    return view_.any_row(rows, test);
  }
  /// What the database refused while values were asked for.
  const Status& status() const { return status_; }

 private:
  const Store& store_;
  sql::Connection& db_;
  const Entity& entity_;
  JsonRecord view_;
  const Json& record_;
  mutable std::map<std::string, Json, std::less<>> referred_;  // by reference field
  mutable Status status_;
};

class Values {
 public:
  explicit Values(Store& store) : store_(store) {}

  /// The value for `field` in its wire form, null where something that it needs is missing; checked as what somebody
  /// types is (the failures of `validate_value`).
  Result<Json> of(sql::Connection& db, const Context& context, const Subject& subject, const FieldOf& field,
                  const std::string& value) const;
  /// The value of a computed field of the record as it stands.
  Result<Json> computed(sql::Connection& db, const Context& context, const Entity& entity, const Field& field,
                        const Json& record) const;
  /// Answers first(), and count() and sum() of what refers to the record `id`, while a value is computed over `record`
  /// (query::Bindings::elsewhere). What the database refuses meanwhile is left in `asked`. The arguments outlive it.
  std::function<query::Value(const query::Node&, const query::Record&)> elsewhere(sql::Connection& db,
                                                                                   const Context& context,
                                                                                   const query::Record& record,
                                                                                   std::int64_t id, Status& asked) const;
  /// Fills what was left empty and has a `default: {value: …}`, in declared order.
  Status fill(sql::Connection& db, const Context& context, const Entity& entity, Json& record) const;
  /// For references with `options:` that were chosen anew (`before` nullptr: all of them): the record referred to is
  /// one of those that may be chosen. Fails with 422 `entities.field.option`.
  Status check_options(sql::Connection& db, const Context& context, const Entity& entity, const Json& record,
                       const Json* before) const;

 private:
  Result<query::Value> evaluate(sql::Connection& db, const Context& context, const Subject& subject,
                                const std::string& text) const;
  Result<query::Value> first(sql::Connection& db, const Context& context, const query::Node& call,
                             const query::Record& outer) const;
  Status check_option(sql::Connection& db, const Context& context, const Entity& entity, const Field& field,
                      const Json& record, std::int64_t chosen) const;
  Store& store_;
};

/// The value as a field of this type keeps it on the wire; null where it does not fit.
Json wire_value(FieldType type, const query::Value& value);

/// Checks, at load, a declared value over records of `subject` that `field` gets: for `default`, `set` and whatever else
/// gives values. Mistakes are those of the file of `subject`.
void check_value(Conditions& conditions, const Catalog& catalog, const Entity& subject, const FieldOf& field,
                 const std::string& value, int line, Mistakes& mistakes);

}  // namespace civitas::entities
