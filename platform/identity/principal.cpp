#include "identity/principal.hpp"

#include <algorithm>

namespace civitas::identity {

bool Principal::has_role(std::string_view system, std::string_view role) const {
  if (role == "public") return true;
  if (role == "citizen") return signed_in();
  if (role == "staff") return standing == Standing::staff || is_system();
  if (role == "system") return is_system();
  const std::string full = std::string(system) + "." + std::string(role);
  return std::binary_search(permissions.begin(), permissions.end(), full);
}

const StandIn* Principal::acting_for(std::string_view system, std::string_view role) const {
  if (stands_in.empty() || (in_own_right && in_own_right->has_role(system, role))) return nullptr;
  const std::string full = std::string(system) + "." + std::string(role);
  for (const auto& one : stands_in)
    if (std::binary_search(one.permissions.begin(), one.permissions.end(), full)) return &one;
  return nullptr;
}

void Principal::set_scope(std::string dimension, query::Scope scope) {
  auto made = scopes ? std::make_shared<query::Scopes>(*scopes) : std::make_shared<query::Scopes>();
  made->insert_or_assign(std::move(dimension), std::move(scope));
  scopes = std::move(made);
}

bool Principal::same_rights(const Principal& other) const {
  static const query::Scopes none;
  return id == other.id && standing == other.standing && permissions == other.permissions &&
         stands_in == other.stands_in && department == other.department && departments == other.departments &&
         (scopes ? *scopes : none) == (other.scopes ? *other.scopes : none);
}

Principal system_principal(std::string reason) {
  Principal p;
  p.name = std::move(reason);
  p.standing = Standing::system;
  return p;
}

}  // namespace civitas::identity
