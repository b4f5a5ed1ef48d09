// Inside this room: a record in its wire form, as conditions in memory see it.
#pragma once

#include "entities/catalog.hpp"
#include "query/evaluate.hpp"

namespace civitas::entities {

class JsonRecord final : public query::Record {
 public:
  JsonRecord(const Entity& entity, const Json& record) : entity_(entity), record_(record) {}
  query::Value get(std::string_view field) const override;

 private:
  const Entity& entity_;
  const Json& record_;
};

}  // namespace civitas::entities
