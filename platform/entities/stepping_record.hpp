// Inside this room: a record in memory whose references are followed in the database, each read when first asked for.
#pragma once

#include <map>
#include <string>

#include "entities/json_record.hpp"
#include "sql/connection.hpp"

namespace civitas::entities {

class Store;

class SteppingRecord final : public query::Record {
 public:
  /// All of it must outlive this.
  SteppingRecord(const Store& store, sql::Connection& db, const Entity& entity, const Json& record)
      : SteppingRecord(store, db, entity.fields, record) {}

  query::Value get(std::string_view field) const override { return view_.get(field); }
  query::Value get_through(std::string_view ref, std::string_view field) const override;
  /// Rows of the record, records that it refers to, and (`line.keepers`) those of a record that it refers to; each with
  /// its own references.
  bool any_row(std::string_view rows, const std::function<bool(const query::Record&)>& test) const override;

  /// The record that a reference leads to, whole; null when there is none.
  const Json& referred(std::string_view ref) const;
  /// What the database refused while values were asked for: they were null then.
  const Status& status() const { return status_; }

 private:
  SteppingRecord(const Store& store, sql::Connection& db, const std::vector<Field>& fields, const Json& record)
      : store_(store), db_(db), fields_(fields), view_(fields, record), record_(record) {}
  const Field* field(std::string_view name) const;
  const Entity* target_of(std::string_view ref) const;
  Json read(const Entity& target, const Json& reference) const;
  template <class Use>
  bool as_record(const std::vector<Field>& fields, const Json& record, const Use& use) const;

  const Store& store_;
  sql::Connection& db_;
  const std::vector<Field>& fields_;
  JsonRecord view_;
  const Json& record_;
  mutable std::map<std::string, Json, std::less<>> referred_;  // by reference field
  mutable Status status_;
};

}  // namespace civitas::entities
