#include "identity/actions/grants.hpp"

#include <algorithm>
#include <set>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "entities/store.hpp"
#include "identity/identity.hpp"
#include "identity/records.hpp"

namespace civitas::identity_system {

namespace {

using entities::Context;
using entities::HookCall;
using identity::records::Grant;
using identity::records::Person;
using identity::records::Post;
using identity::records::Role;

constexpr std::string_view confirmers[] = {"identity.system_administrator", "identity.security_administrator"};

template <class Record>
std::set<std::int64_t> role_ids(const Json& record) {
  std::set<std::int64_t> out;
  for (const auto& role : Record(record).roles())
    if (const auto id = role.id()) out.insert(*id);
  return out;
}

Json ids_json(const std::set<std::int64_t>& ids) {
  Json out = Json::array();
  for (const auto id : ids) out.push(Json(std::to_string(id)));
  return out;
}

bool adds(const std::set<std::int64_t>& now, const std::set<std::int64_t>& before) {
  return !std::ranges::includes(before, now);
}

/// Whether one of the roles gives one of the three powers.
Result<bool> powerful(HookCall& call, const std::set<std::int64_t>& roles) {
  for (const auto id : roles) {
    CIVITAS_TRY(const auto stored, call.transaction.query_text("SELECT permissions FROM identity_role WHERE id=?", {id}));
    if (!stored) continue;
    CIVITAS_TRY(const Json permissions, Json::parse(*stored));
    for (const auto& item : permissions.as_array())
      for (const auto& system : call.store.catalog().systems())
        for (const auto& role : system.roles)
          if (!role.power.empty() && system.name + "." + role.name == item.as_string()) return true;
  }
  return false;
}

/// A person acts through the pages, and somebody else could confirm.
Result<bool> to_be_confirmed(HookCall& call) {
  const std::int64_t who = call.context.who.id;
  if (who == 0) return false;
  for (const auto permission : confirmers) {
    CIVITAS_TRY(const auto people, identity::Identity::staff_with(call.transaction, call.store.catalog().dimensions(),
                                                                  call.context.now, permission));
    if (std::ranges::any_of(people, [&](const auto& one) { return one.id != who; })) return true;
  }
  return false;
}

Status propose(HookCall& call, std::string_view of, const std::string& what, Json change) {
  const std::string id = std::to_string(call.id);
  CIVITAS_TRY(const auto open, call.transaction.query_integer("SELECT id FROM identity_grant WHERE " + std::string(of) +
                                                                  "=? AND state='proposed'",
                                                              {call.id}));
  if (open)
    return fail(problem(Kind::conflict, "identity.grant.open", "已有一项授权待另一位管理员确认，请先办理。",
                        "A grant for it waits for another administrator already; have that decided first."));
  Json record = Json::object();
  record.set("what", Json(what)).set(of, Json(id)).set("change", std::move(change));
  record.set("proposed_by", Json(std::to_string(call.context.who.id)));
  entities::WriteOptions options;
  options.read_only = entities::ReadOnly::accept;
  options.rules = entities::Rules::skip("proposed by an administrator, for another to confirm");
  const auto& grant = *call.store.catalog().entity("identity", "grant");
  CIVITAS_CHECK(call.store.create(call.transaction, call.context, grant, std::move(record), options));
  return {};
}

Result<std::string> role_names(HookCall& call, const std::set<std::int64_t>& roles) {
  std::string out;
  for (const auto id : roles) {
    CIVITAS_TRY(const auto name, call.transaction.query_text("SELECT name FROM identity_role WHERE id=?", {id}));
    out += (out.empty() ? "" : "、") + name.value_or("?");
  }
  return out.empty() ? std::string("无") : out;
}

std::string short_of(std::string text) { return std::string(utf8_prefix(text, 160)); }

Status hold_person(HookCall& call) {
  const auto wanted = role_ids<Person>(call.record);
  const auto held = call.before ? role_ids<Person>(*call.before) : std::set<std::int64_t>();
  Json change = Json::object();
  std::string what = std::string(Person(call.record).name()) + "（" + std::string(Person(call.record).account()) + "）：";
  bool power = false;
  if (call.before) {
    std::set<std::int64_t> all = held;
    CIVITAS_CHECK(call.transaction.query(
        "SELECT l.target FROM identity_post p JOIN identity_post__roles l ON l.of_record=p.id WHERE p.holder=? OR p.deputy=?",
        {call.id, call.id}, [&](const sql::Row& row) {
          all.insert(row.integer(0));
          return sql::Continue::yes;
        }));
    CIVITAS_TRY(power, powerful(call, all));
  }
  const bool roles = adds(wanted, held) || (power && wanted != held);
  std::vector<std::string_view> others;  // an account that is closed has no power
  if (power)
    for (const std::string_view field : {"disabled", "kind"})
      if (call.changed(field)) others.push_back(field);
  if (!roles && others.empty()) return {};
  CIVITAS_TRY(const bool waits, to_be_confirmed(call));
  if (!waits) return {};
  if (roles) {
    CIVITAS_TRY(const std::string names, role_names(call, wanted));
    what += "角色改为 " + names;
    change.set("roles", ids_json(wanted));
    call.change("roles", call.before ? (*call.before)["roles"] : Json::array());
  }
  for (const auto field : others) {
    what += field == "kind" ? " 类别改为 " + call.record[field].as_string()
            : call.record[field].as_bool() ? std::string(" 停用") : std::string(" 启用");
    change.set(field, call.record[field]);
    call.change(field, (*call.before)[field]);
  }
  if (!call.before) return {};  // proposed when there is a record to refer to
  return propose(call, "person", short_of(what), std::move(change));
}

Status propose_person(HookCall& call) {
  if (call.before || call.input["roles"].as_array().empty() || !role_ids<Person>(call.record).empty()) return {};
  const auto wanted = role_ids<Person>(call.input);
  CIVITAS_TRY(const std::string names, role_names(call, wanted));
  Json change = Json::object();
  change.set("roles", ids_json(wanted));
  const Person person(call.record);
  return propose(call, "person", short_of(std::string(person.name()) + "（" + std::string(person.account()) + "）：角色 " + names),
                 std::move(change));
}

Status hold_post(HookCall& call) {
  const auto wanted = role_ids<Post>(call.record);
  const auto held = call.before ? role_ids<Post>(*call.before) : std::set<std::int64_t>();
  std::set<std::int64_t> all = wanted;
  all.insert(held.begin(), held.end());
  if (all.empty()) return {};
  CIVITAS_TRY(const bool power, powerful(call, all));
  const auto changed = [&](std::string_view field) {
    const auto now = plug::Reference(call.record[field]).id();
    const auto then = call.before ? plug::Reference((*call.before)[field]).id() : std::nullopt;
    return now != then && (now || power);
  };
  const bool roles = adds(wanted, held) || (power && wanted != held);
  std::vector<std::string_view> people;
  for (const std::string_view field : {"holder", "deputy"})
    if (call.before && changed(field)) people.push_back(field);
  if (!roles && people.empty()) return {};
  CIVITAS_TRY(const bool waits, to_be_confirmed(call));
  if (!waits) return {};
  Json change = Json::object();
  std::string what = "岗位“" + std::string(Post(call.record).name()) + "”：";
  if (roles) {
    CIVITAS_TRY(const std::string names, role_names(call, wanted));
    what += "角色改为 " + names;
    change.set("roles", ids_json(wanted));
    call.change("roles", call.before ? (*call.before)["roles"] : Json::array());
  }
  for (const auto field : people) {
    const auto person = plug::Reference(call.record[field]).id();
    CIVITAS_TRY(const auto name, call.transaction.query_text("SELECT name FROM identity_person WHERE id=?", {person.value_or(0)}));
    what += std::string(field == "holder" ? " 任职人改为 " : " 代理人改为 ") + name.value_or("无");
    change.set(field, person ? Json(std::to_string(*person)) : Json());
    call.change(field, (*call.before)[field]);
  }
  if (!call.before) return {};
  return propose(call, "post", short_of(what), std::move(change));
}

Status propose_post(HookCall& call) {
  if (call.before) {
    // Gone: an administrator's power does not go with a post that another takes away alone.
    if (!call.record.as_object().empty()) return {};
    CIVITAS_TRY(const bool power, powerful(call, role_ids<Post>(*call.before)));
    if (!power || call.context.who.id == 0) return {};
    return fail(problem(Kind::unprocessable, "identity.grant.post", "该岗位有管理员权限，请先提请取消其角色，经另一位管理员确认后再删除。",
                        "This post gives an administrator's power; propose to take its roles away first, and remove it when that is confirmed."));
  }
  if (call.input["roles"].as_array().empty() || !role_ids<Post>(call.record).empty()) return {};
  const auto wanted = role_ids<Post>(call.input);
  CIVITAS_TRY(const std::string names, role_names(call, wanted));
  Json change = Json::object();
  change.set("roles", ids_json(wanted));
  return propose(call, "post", short_of("岗位“" + std::string(Post(call.record).name()) + "”：角色 " + names), std::move(change));
}

// Of a role that nobody has, permissions may be written freely: giving it is what is confirmed.
Status hold_role(HookCall& call) {
  if (!call.before || !call.changed("permissions")) return {};
  CIVITAS_TRY(const auto given, call.transaction.query_integer(
                                    "SELECT (SELECT count(*) FROM identity_person__roles WHERE target=?)+(SELECT count(*) FROM "
                                    "identity_post__roles WHERE target=?)",
                                    {call.id, call.id}));
  CIVITAS_TRY(const auto waiting, call.transaction.query_integer("SELECT count(*) FROM identity_grant WHERE state='proposed'"));
  if (given.value_or(0) + waiting.value_or(0) == 0) return {};
  CIVITAS_TRY(const bool waits, to_be_confirmed(call));
  if (!waits) return {};
  Json change = Json::object();
  change.set("permissions", call.record["permissions"]);
  const std::string what = "角色“" + std::string(Role(call.record).name()) + "”：权限集改为 " + call.record["permissions"].dump();
  call.change("permissions", (*call.before)["permissions"]);
  return propose(call, "role", short_of(what), std::move(change));
}

std::unexpected<Problem> refuse(std::string reason, std::string zh, std::string en) {
  return fail(problem(Kind::forbidden, std::move(reason), std::move(zh), std::move(en)));
}

/// Everybody whom the grant gives something to, or takes it from.
Result<std::set<std::int64_t>> concerned(HookCall& call) {
  const Grant grant(call.record);
  std::set<std::int64_t> out;
  const auto collect = [&](const sql::Row& row) {
    for (int i = 0; i < row.columns(); ++i)
      if (!row.is_null(i)) out.insert(row.integer(i));
    return sql::Continue::yes;
  };
  if (const auto person = grant.person().id()) out.insert(*person);
  for (const auto* field : {"holder", "deputy"})
    if (const auto person = plug::Reference(call.record["change"][field]).id()) out.insert(*person);
  if (const auto post = grant.post().id())
    CIVITAS_CHECK(call.transaction.query("SELECT holder,deputy FROM identity_post WHERE id=?", {*post}, collect));
  if (const auto role = grant.role().id()) {
    CIVITAS_CHECK(call.transaction.query("SELECT of_record FROM identity_person__roles WHERE target=?", {*role}, collect));
    CIVITAS_CHECK(call.transaction.query("SELECT p.holder,p.deputy FROM identity_post p JOIN identity_post__roles l ON "
                                         "l.of_record=p.id WHERE l.target=?",
                                         {*role}, collect));
  }
  return out;
}

Status confirm(HookCall& call) {
  const Grant grant(call.record);
  const std::int64_t who = call.context.who.id;
  if (who == 0 || grant.proposed_by().id() == who)
    return refuse("identity.grant.own", "提请人不能自己确认，请由另一位管理员确认。",
                  "Whoever proposed it cannot confirm it; another administrator does.");
  const auto& catalog = call.store.catalog();
  CIVITAS_TRY(const auto people, concerned(call));
  for (const auto person : people) {
    if (person == who)
      return refuse("identity.roles.own", "不能确认涉及自己的授权，请由另一位管理员确认。",
                    "Nobody confirms a grant that concerns themselves; ask another administrator.");
    CIVITAS_TRY(const auto made, call.transaction.query_integer(
                                     "SELECT 1 FROM identity_person WHERE id=? AND created_by=?", {person, who}));
    CIVITAS_TRY(const auto reset, call.transaction.query_integer(
                                      "SELECT 1 FROM " + catalog.entity("identity", "password_request")->table +
                                          " WHERE person=? AND answered_by=? LIMIT 1",
                                      {person, who}));
    if (made || reset)
      return refuse("identity.grant.made", "该账号由您建立或由您给过一次性密码，请由另一位管理员确认。",
                    "You made this account or gave it a one-time password; another administrator confirms.");
  }
  const Context as_product{identity::system_principal("双人确认的授权"), call.context.now, call.context.request};
  entities::WriteOptions options;
  options.action = "grant";
  options.rules = entities::Rules::skip("proposed by one administrator and confirmed by another");
  for (const auto& [of, target] : {std::pair{"person", grant.person().id()}, std::pair{"post", grant.post().id()},
                                   std::pair{"role", grant.role().id()}})
    if (target)
      CIVITAS_CHECK(call.store.update(call.transaction, as_product, *catalog.entity("identity", of), *target,
                                      call.record["change"], options));
  return {};
}

}  // namespace

void register_grants(entities::Hooks& hooks) {
  hooks.add("identity.hold_person", hold_person);
  hooks.add("identity.hold_post", hold_post);
  hooks.add("identity.hold_role", hold_role);
  hooks.add("identity.propose_person", propose_person);
  hooks.add("identity.propose_post", propose_post);
  hooks.add("identity.confirm_grant", confirm);
}

}  // namespace civitas::identity_system
