// Inside this room: what a condition of a declaration cannot mean, although its names and types are right.
#pragma once

#include <set>
#include <string>

#include "entities/conditions.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

/// Codes that their list has not, states that the process has not, in comparisons: `kind = 'strete'`. The condition stands
/// in the declaration of `e`; it is about records of `about`, unless told of `e` itself.
void check_literals(const Conditions& conditions, const Catalog& catalog, const Entity& e, const query::Typed& condition,
                    int line, Mistakes& mistakes, const Entity* about = nullptr);

/// Whether the condition can hold for a record in one of these states (empty: in any). False only when it surely
/// cannot: constants, a state outside of these, two values of one field at once.
bool can_hold(const query::Typed& condition, const std::set<std::string>& states);

/// Guards that never hold, steps whose role can never read the record where the step begins, joint states whose signers
/// cannot read it, open interfaces of what the public may not read.
void check_reach(Conditions& conditions, const Entity& e, Mistakes& mistakes);

/// Whether the condition reads other records than the one it is asked of, which memory does not have.
bool looks_elsewhere(const query::Node& condition);

}  // namespace civitas::entities
