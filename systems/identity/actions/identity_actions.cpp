#include "identity/actions/identity_actions.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/strings.hpp"
#include "entities/store.hpp"
#include "identity/actions/grants.hpp"
#include "identity/records.hpp"

namespace civitas::identity_system {

namespace {

using entities::HookCall;
using identity::records::Department;
using identity::records::Person;
using identity::records::Post;
using identity::records::Role;
namespace terms = identity::records::terms;

/// A problem with a field of `Record`.
template <class Record>
std::unexpected<Problem> fail_at(plug::FieldName<Record> field, Problem problem) {
  return fail(std::move(problem).with_field(std::string(field)));
}

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
                 "System, security and audit administration must be held by different people.");
}

using Powers = std::set<std::string>;

Status add_powers(const entities::Catalog& catalog, std::string_view stored, Powers& to) {
  CIVITAS_TRY(const Json permissions, Json::parse(stored));
  for (const auto& item : permissions.as_array())
    if (const auto power = power_of(catalog, item.as_string()); power && !power->empty()) to.insert(*power);
  return {};
}

// What a role gives, it gives to all who hold it: by themselves or by a post.
Status check_holders(HookCall& call, const Powers& given) {
  std::map<std::int64_t, Powers> holders;
  Status added;
  CIVITAS_CHECK(call.transaction.query(
      "SELECT h.person,r.id,r.permissions FROM (SELECT of_record AS person,target AS role FROM identity_person__roles UNION "
      "SELECT p.holder,l.target FROM identity_post p JOIN identity_post__roles l ON l.of_record=p.id UNION "
      "SELECT p.deputy,l.target FROM identity_post p JOIN identity_post__roles l ON l.of_record=p.id) h "
      "JOIN identity_role r ON r.id=h.role WHERE h.person IS NOT NULL",
      {}, [&](const sql::Row& row) {
        Powers& of = holders[row.integer(0)];
        if (row.integer(1) == call.id)
          of.insert(given.begin(), given.end());
        else
          added = add_powers(call.store.catalog(), row.text(2), of);
        return added ? sql::Continue::yes : sql::Continue::no;
      }));
  CIVITAS_CHECK(std::move(added));
  for (const auto& [person, powers] : holders)
    if (powers.size() > 1) return fail_at(Role::Field::permissions, two_powers());
  return {};
}

Status guard_role(HookCall& call) {
  std::set<std::string> powers;
  const Json& permissions = Role(call.record).permissions();
  if (!permissions.is_array())
    return fail_at(Role::Field::permissions,
                   invalid("entities.field.type", "“权限集”应为列表。", "“Permission sets” must be a list."));
  for (const auto& item : permissions.as_array()) {
    const auto power = power_of(call.store.catalog(), item.as_string());
    if (!power)
      return fail_at(Role::Field::permissions,
                     invalid("identity.permission.unknown", "没有权限集 " + item.as_string() + "。",
                             "There is no permission set " + item.as_string() + "."));
    if (!power->empty()) powers.insert(*power);
  }
  if (powers.size() > 1) return fail_at(Role::Field::permissions, two_powers());
  return call.before && !powers.empty() ? check_holders(call, powers) : Status{};
}

/// Of the roles in a field of a person or a post.
template <class Record>
Status add_powers_of_roles(HookCall& call, Powers& to) {
  for (const auto& role : Record(call.record).roles()) {
    CIVITAS_TRY(const auto text, call.transaction.query_text("SELECT permissions FROM identity_role WHERE id=?",
                                                             {role.id().value_or(0)}));
    if (!text)
      return fail_at(Record::Field::roles, invalid("entities.field.reference", "“角色”所选的记录不存在。",
                                                   "“Roles” refers to a record that does not exist."));
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

Status check_scopes(HookCall& call) {
  if (!call.changed(Person::Field::scopes)) return {};
  std::size_t at = 0;
  for (const auto& row : Person(call.record).scopes()) {
    const std::string cell = "/scopes/" + std::to_string(at++) + "/", line = std::to_string(at);
    const std::string wanted(row.dimension());
    const auto* dimension = call.store.catalog().dimension(wanted);
    if (!dimension)
      return fail(invalid("identity.scope.unknown", "第 " + line + " 行：没有数据范围 " + wanted + "。",
                          "Row " + line + ": there is no data scope " + wanted + ".")
                      .with_field(cell + "dimension"));
    if (row.record().empty()) continue;
    CIVITAS_TRY(const auto known, call.transaction.query_integer("SELECT 1 FROM " + dimension->table + " WHERE id=?",
                                                                 {parse_integer(row.record()).value_or(0)}));
    if (!known)
      return fail(invalid("entities.field.reference", "第 " + line + " 行：所选的记录不存在。",
                          "Row " + line + " refers to a record that does not exist.")
                      .with_field(cell + "record"));
  }
  return {};
}

Status guard_person(HookCall& call) {
  CIVITAS_CHECK(check_scopes(call));
  if (!call.changed(Person::Field::roles)) return {};
  if (call.before && call.id == call.context.who.id)
    return fail_at(Person::Field::roles,
                   problem(Kind::forbidden, "identity.roles.own", "不能修改自己的角色，请由其他管理员操作。",
                           "Nobody changes their own roles; ask another administrator."));
  const Person person(call.record);
  Powers powers;
  CIVITAS_CHECK(add_powers_of_roles<Person>(call, powers));
  if (call.id != 0) CIVITAS_CHECK(add_powers_of_posts(call, call.id, 0, powers));
  if (powers.size() > 1) return fail_at(Person::Field::roles, two_powers());
  if (person.kind() == terms::person_kind::citizen && !person.roles().empty())
    return fail_at(Person::Field::roles, invalid("identity.roles.citizen", "社会公众账号不能有工作人员角色。",
                                                 "A citizen's account cannot hold roles of the staff."));
  return {};
}

Status guard_post(HookCall& call) {
  using Field = Post::Field;
  const Post post(call.record);
  const auto from = post.away_from(), until = post.away_until();
  if (post.holder() && post.holder() == post.deputy())
    return fail_at(Field::deputy,
                   invalid("identity.post.deputy", "代理人不能是任职人本人。", "The deputy cannot be the holder."));
  if (from && until && *until < *from)
    return fail_at(Field::away_until,
                   invalid("identity.post.days", "“离岗至”早于“离岗自”。", "“Away until” lies before “away from”."));
  for (const auto field : {Field::holder, Field::deputy}) {
    const auto person = plug::Reference(post[field]).id();
    const auto before = call.before ? plug::Reference(Post(*call.before)[field]).id() : std::nullopt;
    const std::int64_t who = call.context.who.id;
    if (who != 0 && (person == who || before == who))
      return fail_at(
          field, problem(Kind::forbidden, "identity.roles.own", "不能修改自己担任或代理的岗位，请由其他管理员操作。",
                         "Nobody changes a post of their own; ask another administrator."));
    if (!person) continue;
    CIVITAS_TRY(const auto kind, call.transaction.query_text("SELECT kind FROM identity_person WHERE id=?", {*person}));
    if (terms::person_kind::Code(kind.value_or("")) != terms::person_kind::staff)
      return fail_at(
          field, invalid("identity.roles.citizen", "岗位只能由工作人员担任。", "Only members of staff hold posts."));
    Powers powers;
    CIVITAS_CHECK(add_powers_of_roles<Post>(call, powers));
    CIVITAS_CHECK(call.transaction.query("SELECT r.permissions FROM identity_person__roles l JOIN identity_role r ON "
                                         "r.id=l.target WHERE l.of_record=?",
                                         {*person}, [&](const sql::Row& row) {
                                           return add_powers(call.store.catalog(), row.text(0), powers)
                                                      ? sql::Continue::yes
                                                      : sql::Continue::no;
                                         }));
    CIVITAS_CHECK(add_powers_of_posts(call, *person, call.id, powers));
    if (powers.size() > 1) return fail_at(Field::roles, two_powers());
  }
  return {};
}

Status guard_department(HookCall& call) {
  auto parent = Department(call.record).parent().id();
  for (int depth = 0; parent; ++depth) {
    if (*parent == call.id || depth > 50)
      return fail_at(Department::Field::parent,
                     invalid("identity.department.circle", "上级部门不能是自己或自己的下级。",
                             "A department cannot lie below itself."));
    CIVITAS_TRY(parent, call.transaction.query_integer("SELECT parent FROM identity_department WHERE id=?", {*parent}));
  }
  return {};
}

}  // namespace

void register_hooks(entities::Hooks& hooks, identity::Identity& identity) {
  hooks.add("identity.guard_role", guard_role);
  hooks.add("identity.guard_person", guard_person);
  hooks.add("identity.guard_post", guard_post);
  register_grants(hooks);
  hooks.add("identity.guard_department", guard_department);
  hooks.add("identity.person_changed", [&identity](HookCall& call) -> Status {
    call.transaction.after_commit([&identity] { identity.forget(); });
    return {};
  });
}

}  // namespace civitas::identity_system
