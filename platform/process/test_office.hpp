// For tests of this room: an office of two departments whose people work on declared cases.
#pragma once

#include "entities/test_town.hpp"
#include "identity/identity.hpp"
#include "jobs/outbox.hpp"
#include "process/engine.hpp"

namespace civitas::process {

class OfficeTest : public entities::DeclaredTest {
 protected:
  OfficeTest() : DeclaredTest("2026-03-02T02:00:00Z") {}  // a Monday, ten in the morning; the next holiday is in April
  void SetUp() override {
    declare("identity/system.yaml", "system: identity\ntitle: {zh: 用户, en: People}\norder: 1\n");
    declare("identity/department.yaml", R"(entity: department
title: {zh: 部门, en: Department}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}}
  - {name: parent, type: ref, to: department, title: {zh: 上级, en: Parent}}
access: [{role: staff, read: "TRUE"}]
)");
    declare("identity/role.yaml", R"(entity: role
title: {zh: 角色, en: Role}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}}
  - {name: permissions, type: json, title: {zh: 权限, en: Permissions}}
access: [{role: staff, read: "TRUE"}]
)");
    declare("registers/system.yaml", "system: registers\ntitle: {zh: 政区, en: Places}\nscopes: [{name: division, of: division, title: {zh: 政区, en: Division}, path: code}]\n");
    declare("registers/division.yaml", R"(entity: division
title: {zh: 政区, en: Division}
fields:
  - {name: code, type: text, title: {zh: 代码, en: Code}}
  - {name: name, type: text, title: {zh: 名称, en: Name}}
access: [{role: staff, read: "TRUE"}]
)");
    declare("identity/person.yaml", R"(entity: person
title: {zh: 人员, en: Person}
fields:
  - {name: account, type: text, title: {zh: 账号, en: Account}}
  - {name: name, type: text, title: {zh: 姓名, en: Name}}
  - {name: kind, type: text, title: {zh: 类别, en: Kind}}
  - {name: department, type: ref, to: department, title: {zh: 部门, en: Department}}
  - {name: roles, type: refs, to: role, title: {zh: 角色, en: Roles}}
  - {name: divisions, type: refs, to: registers/division, title: {zh: 范围, en: Scope}}
  - {name: all_divisions, type: boolean, title: {zh: 全市, en: All}}
  - name: scopes
    type: rows
    title: {zh: 其他范围, en: Other scopes}
    fields:
      - {name: dimension, type: text, title: {zh: 范围, en: Dimension}}
      - {name: record, type: text, title: {zh: 记录, en: Record}}
  - {name: disabled, type: boolean, title: {zh: 停用, en: Disabled}}
access: [{role: staff, read: "TRUE"}]
)");
    declare("identity/post.yaml", R"(entity: post
title: {zh: 岗位, en: Post}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}}
  - {name: department, type: ref, to: department, title: {zh: 部门, en: Department}}
  - {name: roles, type: refs, to: role, title: {zh: 角色, en: Roles}}
  - {name: divisions, type: refs, to: registers/division, title: {zh: 范围, en: Scope}}
  - {name: all_divisions, type: boolean, title: {zh: 全市, en: All}}
  - {name: holder, type: ref, to: person, title: {zh: 任职人, en: Holder}}
  - {name: deputy, type: ref, to: person, title: {zh: 代理人, en: Deputy}}
  - {name: away_from, type: date, title: {zh: 离岗, en: Away from}}
  - {name: away_until, type: date, title: {zh: 至, en: Away until}}
access: [{role: staff, read: "TRUE"}]
)");
    declare("town/system.yaml", entities::town_yaml);
    DeclaredTest::SetUp();
    ASSERT_TRUE(db->write_now([](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(Engine::create_tables(t));
      return jobs::Outbox::create_tables(t);
    }));
    engine = std::make_unique<Engine>(*store, calendar);
    engine->register_hooks(hooks);
    for (const auto& system : catalog->systems())
      for (const auto& e : system.entities)
        if (e.process) store->announce(e);
    product.who = identity::system_principal("test");
    roads = made("identity/department", {{"name", Json("道路科")}});
    water = made("identity/department", {{"name", Json("水务科")}});
    applicant = person("applicant", 0, "");
    clerk = person("clerk", roads, "town.clerk");
    colleague = person("colleague", water, "town.clerk");
    chief = person("chief", 0, "town.chief");
  }

  using Values = std::vector<std::pair<std::string, Json>>;
  static Json object(Values values) {
    Json out = Json::object();
    for (auto& [name, value] : values) out.set(name, std::move(value));
    return out;
  }
  std::int64_t made(std::string_view path, Values values) {
    product.now = clock.now();
    entities::WriteOptions options;
    options.rules = entities::Rules::skip("test");
    options.read_only = entities::ReadOnly::accept;
    const auto record = create(product, path, object(std::move(values)), options);
    EXPECT_TRUE(record) << record.error().message.en << record.error().detail;
    return record ? *parse_integer((*record)["id"].as_string()) : 0;
  }
  /// A member of staff of a department, or without a permission a citizen.
  entities::Context person(const std::string& name, std::int64_t department, const std::string& permission) {
    Values values{
        {"account", Json(name)}, {"name", Json(name)}, {"kind", Json(permission.empty() ? "citizen" : "staff")}};
    if (department) values.emplace_back("department", Json(std::to_string(department)));
    if (!permission.empty()) {
      const auto role =
          made("identity/role", {{"name", Json(name)}, {"permissions", Json(Json::Array{Json(permission)})}});
      values.emplace_back("roles", Json(Json::Array{Json(std::to_string(role))}));
    }
    const auto id = made("identity/person", std::move(values));
    entities::Context c;
    EXPECT_TRUE(db->read([&](sql::Connection& connection) -> Status {
      CIVITAS_TRY(c.who, identity::Identity::load_principal(connection, catalog->dimensions(), clock.now(), id));
      return {};
    }));
    return c;
  }
  std::int64_t opened(entities::Context who, std::string_view path, Values values) {
    who.now = clock.now();
    const auto record = create(who, path, object(std::move(values)));
    EXPECT_TRUE(record) << record.error().message.en << record.error().detail;
    return record ? *parse_integer((*record)["id"].as_string()) : 0;
  }
  Status step(entities::Context who, std::string_view path, std::int64_t id, std::string_view name,
              Values input = {}) {
    who.now = clock.now();
    return db->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(engine->transition(t, who, entity(path), id, name, object(input)));
      return {};
    });
  }
  template <class Work>
  Status write(entities::Context who, Work work) {
    who.now = clock.now();
    return db->write_now([&](sql::Transaction& t) -> Status { return work(t, who); });
  }
  Json record(std::string_view path, std::int64_t id) {
    const auto found = get(product, path, std::to_string(id));
    EXPECT_TRUE(found) << found.error().message.en;
    return found.value_or(Json());
  }
  Json course(std::string_view path, std::int64_t id) {
    Json out;
    EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(out, engine->case_of(c, entity(path), id, clock.now()));
      return {};
    }));
    return out;
  }
  /// What may be done now, such as "finish send_back ".
  std::string may(entities::Context who, std::string_view path, std::int64_t id) {
    who.now = clock.now();
    std::string out;
    EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(const auto actions, engine->actions(c, who, entity(path), id));
      for (const auto& a : actions) out += a.name + " ";
      return {};
    }));
    return out;
  }
  Json tasks(entities::Context who) {
    who.now = clock.now();
    std::string out;
    EXPECT_TRUE(
        db->read([&](sql::Connection& c) -> Status { return engine->tasks(c, who, Box::todo, 50, 0, out); }));
    return Json::parse(out).value_or(Json());
  }
  std::int64_t todos(const entities::Context& who) { return tasks(who)["counts"]["todo"].as_integer(); }
  void minutes(std::int64_t n) { clock.set(Instant{clock.now().micros + n * 60'000'000}); }
  static std::string reason(const Status& s) { return s ? "" : s.error().reason; }

  WorkingCalendar calendar = WorkingCalendar::load({"platform/process/data/holidays.yaml"}).value();
  std::unique_ptr<Engine> engine;
  entities::Context product, applicant, clerk, colleague, chief;
  std::int64_t roads = 0, water = 0;
};

}  // namespace civitas::process
