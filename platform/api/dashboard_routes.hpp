// Inside this room: who sees which dashboard.
#pragma once

#include "entities/declaration.hpp"
#include "identity/principal.hpp"

namespace civitas::api {

/// Its roles, or without any all staff of the system.
bool shows_dashboard(const entities::System& system, const entities::Dashboard& dashboard,
                     const identity::Principal& who);

}  // namespace civitas::api
