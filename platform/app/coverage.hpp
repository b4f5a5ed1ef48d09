// Which steps of the declared processes no scenario takes: a report of `civitas check`.
#pragma once

#include "entities/catalog.hpp"

namespace civitas::app {

/// Lines such as "town/permit: advise (expert) is taken in no scenario". A scenario of systems/*/tests
/// takes a transition for each role of its account in the demonstration (citizens: owner); it refuses one with an
/// expected 4xx. A scenario that this reader of YAML cannot read is told, too. Fails when the people of a demonstration
/// cannot be read.
Result<std::vector<Text>> steps_without_scenario(const entities::Catalog& catalog);

}  // namespace civitas::app
