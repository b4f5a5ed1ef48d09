// Wires the `subscriptions:` that systems declare to the outbox.
#pragma once

#include "entities/store.hpp"
#include "jobs/outbox.hpp"

namespace civitas::entities {

/// One subscriber for each declared subscription, "SYSTEM.ACTION ENTITY". The hook is called with the record whole and
/// in clear, empty when it is gone by then; what the caller wrote and the record before are not known to it.
void subscribe_declared(Store& store, const Clock& clock, jobs::Outbox& outbox);

}  // namespace civitas::entities
