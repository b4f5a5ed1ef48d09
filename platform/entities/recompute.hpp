// Rules of computed fields that are new or changed reach the records there are: a job after the start, in small
// transactions, that goes on where it was after a restart. What is written meanwhile has its value by its own write.
#pragma once

#include "entities/store.hpp"
#include "jobs/jobs.hpp"

namespace civitas::entities {

inline constexpr std::string_view recompute_kind = "entities.recompute";

/// With the migration: notes which rules differ from those that the records were computed by. Returns whether any
/// record may wait for its value.
Result<bool> note_rules(sql::Transaction& transaction, const Catalog& catalog);

class Recompute {
 public:
  Recompute(sql::Database& database, Store& store, const Clock& clock)
      : database_(database), store_(store), clock_(clock) {}
  void register_kind(jobs::Jobs& jobs);
  static Text title() { return {"重算计算字段", "Computed fields made anew"}; }

 private:
  Result<Json> run(jobs::JobRun& job);
  sql::Database& database_;
  Store& store_;
  const Clock& clock_;
};

/// Its table; part of `create_tables`.
Status create_rule_table(sql::Transaction& transaction);

}  // namespace civitas::entities
