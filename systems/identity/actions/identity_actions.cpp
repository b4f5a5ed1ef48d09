#include "identity/actions/identity_actions.hpp"

#include <algorithm>
#include <set>

#include "base/strings.hpp"
#include "entities/store.hpp"

namespace civitas::identity_system {

namespace {

using entities::HookCall;

// "identity.security_administrator" → "security"; "" when it is no power; nothing when it is not declared.
std::optional<std::string> power_of(const entities::Catalog& catalog, const std::string& permission) {
  for (const auto& system : catalog.systems())
    for (const auto& role : system.roles)
      if (system.name + "." + role.name == permission) return role.power;
  return std::nullopt;
}

Problem two_powers() {
  return problem(Kind::unprocessable, "identity.powers.separate",
                 "系统管理、安全管理、审计管理三种权限必须由不同的人担任。",
                 "System, security and audit administration must be held by different people.")
      .with_field("roles");
}

Status guard_role(HookCall& call) {
  std::set<std::string> powers;
  const Json& permissions = call.record["permissions"];
  if (!permissions.is_array())
    return fail(invalid("entities.field.type", "“权限集”应为列表。", "“Permission sets” must be a list.")
                    .with_field("permissions"));
  for (const auto& item : permissions.as_array()) {
    const auto power = power_of(call.store.catalog(), item.as_string());
    if (!power)
      return fail(invalid("identity.permission.unknown", "没有权限集 " + item.as_string() + "。",
                          "There is no permission set " + item.as_string() + ".")
                      .with_field("permissions"));
    if (!power->empty()) powers.insert(*power);
  }
  if (powers.size() > 1) return fail(two_powers().with_field("permissions"));
  return {};
}

Status guard_person(HookCall& call) {
  const bool roles_changed = !call.before || !((*call.before)["roles"] == call.record["roles"]);
  if (!roles_changed) return {};
  if (call.before && call.id == call.context.who.id)
    return fail(problem(Kind::forbidden, "identity.roles.own", "不能修改自己的角色，请由其他管理员操作。",
                        "Nobody changes their own roles; ask another administrator.")
                    .with_field("roles"));
  std::set<std::string> powers;
  for (const auto& role : call.record["roles"].as_array()) {
    CIVITAS_TRY(const auto text, call.transaction.query_text("SELECT permissions FROM identity_role WHERE id=?",
                                                             {entities::reference_id(role).value_or(0)}));
    if (!text)
      return fail(invalid("entities.field.reference", "“角色”所选的记录不存在。",
                          "“Roles” refers to a record that does not exist.")
                      .with_field("roles"));
    CIVITAS_TRY(const Json permissions, Json::parse(*text));
    for (const auto& item : permissions.as_array())
      if (const auto power = power_of(call.store.catalog(), item.as_string()); power && !power->empty())
        powers.insert(*power);
  }
  if (powers.size() > 1) return fail(two_powers());
  if (call.record["kind"].as_string() == "citizen" && call.record["roles"].size() > 0)
    return fail(invalid("identity.roles.citizen", "社会公众账号不能有工作人员角色。",
                        "A citizen's account cannot hold roles of the staff.")
                    .with_field("roles"));
  return {};
}

Status guard_department(HookCall& call) {
  auto parent = entities::reference_id(call.record["parent"]);
  for (int depth = 0; parent; ++depth) {
    if (*parent == call.id || depth > 50)
      return fail(invalid("identity.department.circle", "上级部门不能是自己或自己的下级。",
                          "A department cannot lie below itself.")
                      .with_field("parent"));
    CIVITAS_TRY(parent, call.transaction.query_integer("SELECT parent FROM identity_department WHERE id=?", {*parent}));
  }
  return {};
}

}  // namespace

void register_hooks(entities::Hooks& hooks, identity::Identity& identity) {
  hooks.add("identity.guard_role", guard_role);
  hooks.add("identity.guard_person", guard_person);
  hooks.add("identity.guard_department", guard_department);
  hooks.add("identity.person_changed", [&identity](HookCall& call) -> Status {
    call.transaction.after_commit([&identity] { identity.forget(); });
    return {};
  });
}

}  // namespace civitas::identity_system
