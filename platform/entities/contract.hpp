// An offer as the catalogue holds it: what it takes and gives are two record types that are stored nowhere, so that values
// over them are typed, checked and computed as those over any record.
#pragma once

#include "entities/declaration.hpp"

namespace civitas::entities {

struct Contract {
  const System* system = nullptr;
  const Offer* offer = nullptr;
  Entity takes, gives;
};

/// `offer` stands in `system`.
Contract contract_of(const System& system, const Offer& offer);

}  // namespace civitas::entities
