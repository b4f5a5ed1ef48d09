// Inside this room: `offers:` and `calls:` of a system, `call:` of a step.
#pragma once

#include "entities/catalog.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

class Conditions;

std::vector<Offer> read_offers(MapReader& system, const std::string& name, const std::string& file, Mistakes& mistakes);
std::vector<Need> read_needs(MapReader& system, const std::string& file, Mistakes& mistakes);
std::optional<OfferCall> read_call(MapReader& step, const std::string& file, Mistakes& mistakes);

/// Names: offers that are there once, what they make, and that callers use what is offered. Tells of what is only wished
/// for and not there.
void check_offers(const Catalog& catalog, Mistakes& mistakes);
/// Types: what goes into an offer and what comes out of it fits the fields that take it.
void check_offer_values(Conditions& conditions, const Catalog& catalog, Mistakes& mistakes);

}  // namespace civitas::entities
