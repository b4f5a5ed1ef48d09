// What the declarations call by name and the engines of the systems program: hooks before and after a write, actions of
// a transition (`do:`). Registered by hand when the program starts.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/time.hpp"
#include "entities/catalog.hpp"
#include "identity/principal.hpp"
#include "sql/connection.hpp"

namespace civitas::entities {

class Mistakes;
class Store;

/// On whose behalf, and when.
struct Context {
  identity::Principal who;
  Instant now;
  std::string request;  // request id, for the audit trail
};

/// What the references of a record point to, by field; `code` is empty where the record type referred to has none,
/// `path` where the field has no scope of a dimension with codes.
struct Referred {
  std::string title, code, path;
};
using References = std::map<std::string, Referred, std::less<>>;

/// What a hook or an action is called with. Made by `HookCall::of(…)`, which names what there is besides the record:
///   HookCall call = HookCall::of(store, t, context, entity, id, record).before(before).input(given);
struct HookCall {
  Store& store;
  sql::Transaction& transaction;
  const Context& context;
  const Entity& entity;
  std::int64_t id;
  const Json* before;             // nullptr: being created; of an action: before the step
  Json& record;                   // all fields; a hook before the write may set some
  const Json& input;              // what the caller wrote: the fields named in the call; else {}
  std::string transition;         // of an action; of a job its name, of a subscription what happened
  const References* references;   // after a write: already read
  Json changes = Json::object();  // of an action: what it changes in the record

  class Of;
  static Of of(Store& store, sql::Transaction& transaction, const Context& context, const Entity& entity,
               std::int64_t id, Json& record);

  /// An action changes its record by this and never writes it: the step does, once, with all that came together. A hook
  /// before the write may use it as well.
  HookCall& change(std::string_view field, Json value) {
    record.set(field, value);
    changes.set(field, std::move(value));
    return *this;
  }
  HookCall& change(const Json& several) {
    for (const auto& [field, value] : several.as_object()) change(field, value);
    return *this;
  }
  /// Whether a field differs from what it was; of a new record: always.
  bool changed(std::string_view field) const { return !before || !((*before)[field] == record[field]); }
};

/// Becomes a HookCall; what it was given must outlive that.
class HookCall::Of {
 public:
  Of& before(const Json& record) {
    before_ = &record;
    return *this;
  }
  Of& input(const Json& given) {
    input_ = &given;
    return *this;
  }
  Of& transition(std::string_view name) {
    transition_ = name;
    return *this;
  }
  Of& references(const References& read) {
    references_ = &read;
    return *this;
  }
  operator HookCall() const {
    return {store_,     transaction_, context_, entity_, id_, before_, record_, *input_, std::string(transition_),
            references_};
  }

 private:
  friend struct HookCall;
  Of(Store& store, sql::Transaction& transaction, const Context& context, const Entity& entity, std::int64_t id,
     Json& record)
      : store_(store), transaction_(transaction), context_(context), entity_(entity), id_(id), record_(record) {}

  static inline const Json no_input = Json::object();
  Store& store_;
  sql::Transaction& transaction_;
  const Context& context_;
  const Entity& entity_;
  std::int64_t id_;
  Json& record_;
  const Json* before_ = nullptr;
  const Json* input_ = &no_input;
  std::string_view transition_;
  const References* references_ = nullptr;
};

inline HookCall::Of HookCall::of(Store& store, sql::Transaction& transaction, const Context& context,
                                 const Entity& entity, std::int64_t id, Json& record) {
  return {store, transaction, context, entity, id, record};
}

using Hook = std::function<Status(HookCall&)>;

class Hooks {
 public:
  void add(std::string name, Hook hook) { hooks_[std::move(name)] = std::move(hook); }
  const Hook* find(std::string_view name) const {
    const auto found = hooks_.find(name);
    return found == hooks_.end() ? nullptr : &found->second;
  }
  /// Every hook and action that the declarations name exists; fails with `entities.declaration`.
  Status check(const Catalog& catalog) const;
  void check(const Catalog& catalog, Mistakes& mistakes) const;

 private:
  std::map<std::string, Hook, std::less<>> hooks_;
};

}  // namespace civitas::entities
