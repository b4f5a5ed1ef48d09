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

struct HookCall {
  Store& store;
  sql::Transaction& transaction;
  const Context& context;
  const Entity& entity;
  std::int64_t id = 0;
  const Json* before = nullptr;            // nullptr: being created; of an action: before the step
  Json& record;                            // all fields; a hook before the write may set some
  const Json& input;                       // what the caller wrote: the fields named in the call
  std::string transition;                  // of an action
  const References* references = nullptr;  // after a write: already read
  Json changes = Json::object();           // of an action: what it changes in the record

  /// An action changes its record by this and never writes it: the step does, once, with all that came together.
  HookCall& change(std::string_view field, Json value) {
    record.set(field, value);
    changes.set(field, std::move(value));
    return *this;
  }
};

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
