// CQL2 conditions over an entity: parsed and typed once, compiled for whoever asks.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "entities/catalog.hpp"
#include "entities/clause.hpp"
#include "identity/principal.hpp"
#include "query/compile.hpp"
#include "query/parse.hpp"

namespace civitas::crypto {
class FieldCipher;
}

namespace civitas::entities {

class Mistakes;

/// A condition that SQL answers whole or narrows: `residual` is then evaluated on each record.
struct Condition {
  Clause clause;
  std::optional<query::Typed> residual;
};

class Conditions {
 public:
  /// `cipher`: digests what is looked for in sealed fields; without it nothing is found in them.
  explicit Conditions(const Catalog& catalog, const crypto::FieldCipher* cipher = nullptr);
  ~Conditions();

  /// Typed form of a declared condition or a caller's filter. Kept for the next time. Empty text is TRUE.
  Result<query::Typed> typed(const Entity& entity, const std::string& text);
  /// Typed form of a declared value (values.hpp). Kept, too.
  Result<query::Typed> expression(const Entity& entity, const std::string& text);
  /// Typed form of `options:` of a field, a condition on the records referred to. Kept, too.
  Result<query::Typed> options(const Entity& entity, const Field& field);
  /// Whose schema this is; nullptr: that of rows.
  const Entity* entity_of(const query::Schema& schema) const;
  /// A caller's filter; refuses fields outside `readable` (empty: all) as if they did not exist.
  Result<query::Typed> filter(const Entity& entity, const std::string& text, const std::vector<std::string>& readable);

  /// The fields of other record types that a condition reads, by a step (`division.code`) or by any() over references.
  struct Elsewhere {
    const Entity* entity;
    std::string field;
  };
  std::vector<Elsewhere> elsewhere(const query::Typed& condition) const;

  /// Whether it asks for what is kept beside the record: its case.
  static bool reads_case(const query::Typed& condition);

  Result<Condition> compile(const query::Typed& condition, sql::Dialect dialect, const query::Bindings& bindings) const;

  const query::Schema& schema(const Entity& entity) const;
  /// Checks every condition that the declarations contain.
  Status check_all();

 private:
  // The record types as the declarations of a system name them: `grid_cell`, or `registers.division` of another.
  class Sources;
  using Dimensions = std::map<const Entity*, const identity::Dimension*>;
  static void add_common_fields(query::FieldList& list, const identity::Dimension* dimension);
  query::FieldInfo own_field(const Entity& entity, const Field& field, const Dimensions& dimensions,
                             const crypto::FieldCipher* cipher);
  void point_to_target(query::FieldInfo& from, const Field& field, const Dimensions& dimensions) const;
  void add_process(query::FieldList& list, const Entity& entity) const;
  const Catalog& catalog_;
  std::unordered_map<const Entity*, std::unique_ptr<query::FieldList>> schemas_;
  std::unordered_map<std::string, std::unique_ptr<query::Sources>> sources_;  // by system
  std::vector<std::unique_ptr<query::FieldList>> rows_;  // of fields of rows
  std::unique_ptr<query::FieldList> case_;
  std::mutex mutex_;
  std::unordered_map<std::string, query::Typed> known_;
};

query::Bindings bindings_for(const identity::Principal& who, Instant now);

}  // namespace civitas::entities
