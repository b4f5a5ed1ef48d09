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

Principal system_principal(std::string reason) {
  Principal p;
  p.name = std::move(reason);
  p.standing = Standing::system;
  p.all_divisions = true;
  return p;
}

}  // namespace civitas::identity
