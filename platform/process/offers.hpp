// What systems do for one another while the program runs (`offers:` and `calls:`, docs/declarations.md). A call is part of
// the caller's transaction: what it makes and what called it become true together or not at all.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "entities/contract.hpp"
#include "entities/hooks.hpp"

namespace civitas::process {

class Engine;

/// The record that something is asked for, and the step that asks.
struct Caller {
  const entities::Entity* entity = nullptr;  // nullptr: for no record
  std::int64_t id = 0;
  std::string step;
};

/// A record, of whatever type.
struct Made {
  const entities::Entity* entity = nullptr;
  std::int64_t id = 0;
};

/// What an action of C++ (`do:` of an offer) is asked for.
struct OfferedCall {
  entities::Store& store;
  sql::Transaction& transaction;
  const entities::Context& product;  // in whose name it acts; its name says for whom
  const entities::Context& asker;    // the person
  const Json& takes;                 // as declared: every field has its type, what is required is there
  const Caller& caller;
  Made made = {};  // the record that came of it, if one did: both records then name each other in their traces
};

class Offers {
 public:
  Offers(entities::Store& store, Engine& engine) : store_(store), engine_(engine) {}

  /// Returns what is given, by the fields declared under `gives`.
  using Action = std::function<Result<Json>(OfferedCall&)>;
  void add(std::string name, Action action) { actions_[std::move(name)] = std::move(action); }
  /// Every action that an offer names (`do:`) is there; fails with `entities.declaration`.
  Status check() const;

  bool has(std::string_view offer) const;
  /// Asks for what some system offers by this name, in the name of the product and on behalf of `c.who`; returns what is
  /// given. 422 `across.offer.absent` when no system of the city does it, `across.offer.takes` for what it does not take,
  /// `across.offer.circle` for offers that call one another without end; else what comes of the work itself.
  Result<Json> call(sql::Transaction& t, const entities::Context& c, std::string_view offer, Json takes,
                    const Caller& caller = {});

 private:
  friend class Engine;
  struct Answer {
    Json given;
    Made made;
  };
  Result<Answer> serve(sql::Transaction& t, const entities::Context& c, const entities::Contract& contract, Json takes,
                       const Caller& caller);
  Result<Answer> create(sql::Transaction& t, const entities::Context& c, const entities::Context& product,
                        const entities::Contract& contract, const Json& takes, const Caller& caller);
  Result<Answer> act(sql::Transaction& t, const entities::Context& c, const entities::Context& product,
                     const entities::Contract& contract, const Json& takes, const Caller& caller);
  /// The caller's record names the one that was made.
  Status trace_call(sql::Transaction& t, const entities::Context& c, const entities::Contract& contract,
                    const Answer& answer, const Caller& caller) const;

  entities::Store& store_;
  Engine& engine_;
  std::map<std::string, Action, std::less<>> actions_;
};

/// 422 `across.offer.absent`
Problem offer_is_absent(std::string_view offer);

}  // namespace civitas::process
