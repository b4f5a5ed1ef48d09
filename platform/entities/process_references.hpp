// What processes name outside their own record type.
#pragma once

#include "entities/catalog.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

/// The type of the records that a step of `e` makes; nullptr: there is none.
const Entity* entity_of(const Catalog& catalog, const Entity& e, const MadeRecord& made);
/// The field of `e` that then refers to the new record: as declared, else the only one that refers to its type, else
/// nullptr.
const Field* link_of(const Catalog& catalog, const Entity& e, const MadeRecord& made);

void check_process_references(const Catalog& catalog, const Entity& e, Mistakes& mistakes);

}  // namespace civitas::entities
