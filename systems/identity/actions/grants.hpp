// Grants of rights are proposed by one administrator and confirmed by another (identity/grant): hooks that hold back what
// is to be confirmed, and the action that makes it so.
//
// Held back: roles added to a person, a post or its holder and deputy; other permissions of a role that somebody holds; and
// whatever takes power from one of the three administrators: roles, post, account. Roles are taken from others at
// once. Where nobody is there who could confirm (a city that begins with one administrator), it is done at once.
#pragma once

#include "entities/hooks.hpp"

namespace civitas::identity_system {

void register_grants(entities::Hooks& hooks);

}  // namespace civitas::identity_system
