// Hooks of the people, departments and roles: what no declaration can say about them.
#pragma once

#include "entities/hooks.hpp"
#include "identity/identity.hpp"

namespace civitas::identity_system {

/// guard_person: nobody holds two of the three powers (system, security, audit), nobody changes their own roles;
/// and what is assigned in `scopes` exists; guard_role: a role names only declared permission sets and at most one
/// power; guard_post: the powers stay apart whoever holds a post or stands in, and nobody changes a post of their own;
/// guard_department: no circles; person_changed: sessions see the new rights at once.
void register_hooks(entities::Hooks& hooks, identity::Identity& identity);

}  // namespace civitas::identity_system
