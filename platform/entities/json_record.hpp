// Inside this room: a record in its wire form, as conditions in memory see it.
#pragma once

#include "entities/catalog.hpp"
#include "query/evaluate.hpp"

namespace civitas::entities {

class JsonRecord final : public query::Record {
 public:
  JsonRecord(const Entity& entity, const Json& record) : JsonRecord(entity.fields, record) {}
  /// A record, or a row of a field of rows: both are fields and their values.
  JsonRecord(const std::vector<Field>& fields, const Json& record) : fields_(fields), record_(record) {}
  query::Value get(std::string_view field) const override;
  bool any_row(std::string_view rows, const std::function<bool(const query::Record&)>& test) const override;

 private:
  const Field* field(std::string_view name) const;
  const std::vector<Field>& fields_;
  const Json& record_;
};

}  // namespace civitas::entities
