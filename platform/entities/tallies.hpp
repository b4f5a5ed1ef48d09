// Counts and sums over the records that refer to one (`rule: "quota - count(booking.slot)"`), kept in a column of it by
// every write of those records, and limits on how many they may be (`limit:`), which hold under a rush: a write locks
// what it refers to until its COMMIT, so that two of them count one after the other.
#pragma once

#include <unordered_map>
#include <vector>

#include "entities/hooks.hpp"
#include "query/evaluate.hpp"

namespace civitas::entities {

class Conditions;
class Mistakes;
class Store;

class Tallies {
 public:
  /// Of a store whose catalogue and conditions are there.
  explicit Tallies(Store& store);

  /// Whether this computed field counts what refers here.
  bool keeps(const Field& computed) const { return targets_.contains(&computed); }
  bool concerns(const Entity& referring) const { return kept_.contains(&referring) || !referring.limits.empty(); }
  /// Whether the type has fields that are counted: its own write locks it before they are made.
  bool is_counted(const Entity& target) const;

  /// Locks what the record refers to, now and before, in one order. SQLite writes one by one anyway.
  Status lock(sql::Transaction& t, const Entity& referring, const Json* before, const Json* after) const;
  Status lock_target(sql::Transaction& t, const Entity& target, std::int64_t id) const;
  /// Before the write. Fails with 422 `entities.limit.full`.
  Status check_limits(sql::Transaction& t, const Context& context, const Entity& referring, const Json* before,
                      const Json& after) const;
  /// After it: the columns of what it refers to, and of what it did.
  Status recount(sql::Transaction& t, const Context& context, const Entity& referring, const Json* before,
                 const Json* after) const;
  /// What a count() or sum() over referring records gives for the record with this id.
  Result<query::Value> value(sql::Connection& db, const Context& context, const query::Node& call,
                             std::int64_t id) const;

 private:
  struct Kept {
    const Entity* target;
    const Field* computed;   // of the target
    std::string reference;   // field of the referring type
  };
  std::vector<std::pair<const Entity*, std::int64_t>> touched(const Entity& referring, const Json* before,
                                                              const Json* after) const;
  Store& store_;
  std::unordered_map<const Entity*, std::vector<Kept>> kept_;  // by referring type
  std::unordered_map<const Field*, const Entity*> targets_;    // the computed fields and whose they are
};

/// Whether the database alone can count whatever a value counts and sums: no shapes, no ACCENTI.
bool database_counts(const Conditions& conditions, const query::Node& value);

/// What is wrong with counts, sums and limits of a record type, told when it is loaded.
void check_tallies(Conditions& conditions, const Catalog& catalog, const Entity& entity, Mistakes& mistakes);

}  // namespace civitas::entities
