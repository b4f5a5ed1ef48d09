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

using Powers = std::set<std::string>;

Status add_powers(const entities::Catalog& catalog, std::string_view stored, Powers& to) {
  CIVITAS_TRY(const Json permissions, Json::parse(stored));
  for (const auto& item : permissions.as_array())
    if (const auto power = power_of(catalog, item.as_string()); power && !power->empty()) to.insert(*power);
  return {};
}

Status add_powers_of_roles(HookCall& call, const Json& roles, Powers& to) {
  for (const auto& role : roles.as_array()) {
    CIVITAS_TRY(const auto text, call.transaction.query_text("SELECT permissions FROM identity_role WHERE id=?",
                                                             {entities::reference_id(role).value_or(0)}));
    if (!text)
      return fail(invalid("entities.field.reference", "“角色”所选的记录不存在。",
                          "“Roles” refers to a record that does not exist.")
                      .with_field("roles"));
    CIVITAS_CHECK(add_powers(call.store.catalog(), *text, to));
  }
  return {};
}

// A deputy counts as if the holder were away: the day must not decide whether the powers stay apart.
Status add_powers_of_posts(HookCall& call, std::int64_t person, std::int64_t but, Powers& to) {
  Status added;
  CIVITAS_CHECK(call.transaction.query(
      "SELECT r.permissions FROM identity_post p JOIN identity_post__roles l ON l.of_record=p.id JOIN identity_role r ON "
      "r.id=l.target WHERE (p.holder=? OR p.deputy=?) AND p.id<>?",
      {person, person, but}, [&](const sql::Row& row) {
        added = add_powers(call.store.catalog(), row.text(0), to);
        return added ? sql::Continue::yes : sql::Continue::no;
      }));
  return added;
}

bool changed(const HookCall& call, std::string_view field) {
  return !call.before || !((*call.before)[field] == call.record[field]);
}

Status check_scopes(HookCall& call) {
  if (!changed(call, "scopes")) return {};
  std::size_t at = 0;
  for (const auto& row : call.record["scopes"].as_array()) {
    const std::string cell = "/scopes/" + std::to_string(at++) + "/", line = std::to_string(at);
    const auto* dimension = call.store.catalog().dimension(row["dimension"].as_string());
    if (!dimension)
      return fail(invalid("identity.scope.unknown",
                          "第 " + line + " 行：没有数据范围 " + row["dimension"].as_string() + "。",
                          "Row " + line + ": there is no data scope " + row["dimension"].as_string() + ".")
                      .with_field(cell + "dimension"));
    if (row["record"].is_null()) continue;
    CIVITAS_TRY(const auto known, call.transaction.query_integer("SELECT 1 FROM " + dimension->table + " WHERE id=?",
                                                                 {parse_integer(row["record"].as_string()).value_or(0)}));
    if (!known)
      return fail(invalid("entities.field.reference", "第 " + line + " 行：所选的记录不存在。",
                          "Row " + line + " refers to a record that does not exist.")
                      .with_field(cell + "record"));
  }
  return {};
}

Status guard_person(HookCall& call) {
  CIVITAS_CHECK(check_scopes(call));
  if (!changed(call, "roles")) return {};
  if (call.before && call.id == call.context.who.id)
    return fail(problem(Kind::forbidden, "identity.roles.own", "不能修改自己的角色，请由其他管理员操作。",
                        "Nobody changes their own roles; ask another administrator.")
                    .with_field("roles"));
  Powers powers;
  CIVITAS_CHECK(add_powers_of_roles(call, call.record["roles"], powers));
  if (call.id != 0) CIVITAS_CHECK(add_powers_of_posts(call, call.id, 0, powers));
  if (powers.size() > 1) return fail(two_powers());
  if (call.record["kind"].as_string() == "citizen" && call.record["roles"].size() > 0)
    return fail(invalid("identity.roles.citizen", "社会公众账号不能有工作人员角色。",
                        "A citizen's account cannot hold roles of the staff.")
                    .with_field("roles"));
  return {};
}

Status guard_post(HookCall& call) {
  const auto holder = entities::reference_id(call.record["holder"]);
  const auto deputy = entities::reference_id(call.record["deputy"]);
  const Json &from = call.record["away_from"], &until = call.record["away_until"];
  if (holder && holder == deputy)
    return fail(invalid("identity.post.deputy", "代理人不能是任职人本人。", "The deputy cannot be the holder.")
                    .with_field("deputy"));
  if (!from.is_null() && !until.is_null() && until.as_string() < from.as_string())
    return fail(invalid("identity.post.days", "“离岗至”早于“离岗自”。", "“Away until” lies before “away from”.")
                    .with_field("away_until"));
  for (const char* field : {"holder", "deputy"}) {
    const auto person = entities::reference_id(call.record[field]);
    const auto before = call.before ? entities::reference_id((*call.before)[field]) : std::nullopt;
    const std::int64_t who = call.context.who.id;
    if (who != 0 && (person == who || before == who))
      return fail(problem(Kind::forbidden, "identity.roles.own", "不能修改自己担任或代理的岗位，请由其他管理员操作。",
                          "Nobody changes a post of their own; ask another administrator.")
                      .with_field(field));
    if (!person) continue;
    CIVITAS_TRY(const auto kind, call.transaction.query_text("SELECT kind FROM identity_person WHERE id=?", {*person}));
    if (kind.value_or("") != "staff")
      return fail(invalid("identity.roles.citizen", "岗位只能由工作人员担任。", "Only members of staff hold posts.")
                      .with_field(field));
    Powers powers;
    CIVITAS_CHECK(add_powers_of_roles(call, call.record["roles"], powers));
    CIVITAS_CHECK(call.transaction.query("SELECT r.permissions FROM identity_person__roles l JOIN identity_role r ON "
                                         "r.id=l.target WHERE l.of_record=?",
                                         {*person}, [&](const sql::Row& row) {
                                           return add_powers(call.store.catalog(), row.text(0), powers)
                                                      ? sql::Continue::yes
                                                      : sql::Continue::no;
                                         }));
    CIVITAS_CHECK(add_powers_of_posts(call, *person, call.id, powers));
    if (powers.size() > 1) return fail(two_powers());
  }
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
  hooks.add("identity.guard_post", guard_post);
  hooks.add("identity.guard_department", guard_department);
  hooks.add("identity.person_changed", [&identity](HookCall& call) -> Status {
    call.transaction.after_commit([&identity] { identity.forget(); });
    return {};
  });
}

}  // namespace civitas::identity_system
