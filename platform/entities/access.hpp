// Who may see and change what of an entity, compiled into the SQL of the query itself.
#pragma once

#include <optional>
#include <unordered_map>

#include "entities/conditions.hpp"
#include "entities/storage.hpp"

namespace civitas::entities {

enum class Act { read, write, create, remove };

/// The rows that somebody may read, and what of each.
struct ReadPlan {
  Clause where;
  struct Group {
    Clause clause;
    Storage::Reading reading;
  };
  std::vector<Group> groups;  // one: every row reads alike
  bool every_row = false;     // and no row is left out
  /// Conditions of which `where` is the union, each fit for an index; empty where there are too many or but one.
  std::vector<Clause> alternatives;

  std::vector<std::string> filters;  // what may be filtered by, where a caller then asked to see fewer fields

  /// Fields that a caller may filter by: those readable in every group.
  std::vector<std::string> filterable(const Entity& e) const;
  /// A number with a bit for each group that a row is of, as SQL over `t`.
  Clause groups_held() const;
  /// What such groups together let somebody read of a row: what any one of them shows.
  Storage::Reading reading_of(unsigned held) const;
};

/// How cases stand is the business of those who handle them.
bool sees_cases(const Entity& entity, const identity::Principal& who);

class Access {
 public:
  Access(const Catalog& catalog, Conditions& conditions);

  /// Fails with 401 `entities.access.sign_in` for who is anonymous and 403 `entities.access.forbidden` when no rule
  /// could ever hold. The rows may be those of the table or, where history is read, of all its versions.
  Result<ReadPlan> read(const Storage& storage, const identity::Principal& who, Instant now,
                        Versions versions = Versions::latest) const;
  /// The condition under which `who` may do this to a row; same failures.
  Result<Clause> may(const Storage& storage, Act act, const identity::Principal& who, Instant now) const;
  /// Whether any rule could allow the act, whatever the row: for buttons and menus.
  bool ever(const Entity& entity, Act act, const identity::Principal& who) const;
  /// The condition that a transition's role puts on the row: TRUE, or owner.
  std::optional<std::string> role_condition(const Entity& entity, const std::string& role,
                                            const identity::Principal& who) const;

 private:
  Problem refusal(const Entity& entity, const identity::Principal& who) const;
  Conditions& conditions_;
  std::unordered_map<const AccessRule*, Storage::Reading> readings_;  // of every declared rule that lets read
};

}  // namespace civitas::entities
