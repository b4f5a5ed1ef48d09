// Hooks and actions of the place-name system that its declarations call by name.
#pragma once

#include "entities/hooks.hpp"
#include "entities/profile_declaration.hpp"
#include "geo/extent.hpp"
#include "place_names/actions/naming_service.hpp"
#include "process/working_calendar.hpp"

namespace civitas::place_names {

struct ActionParts {
  const process::WorkingCalendar& calendar;
  NamingService& naming;
  const entities::Profile& profile;
  geo::Extent city;  // what lies outside is a slip of the hand
};

void register_hooks(entities::Hooks& hooks, ActionParts parts);

}  // namespace civitas::place_names
