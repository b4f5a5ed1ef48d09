// For tests of this room: the declarations of people, posts and places that an engine counts on, and the engine.
#pragma once

#include "entities/test_town.hpp"
#include "jobs/outbox.hpp"
#include "process/engine.hpp"

namespace civitas::process {

class PeopleTest : public entities::DeclaredTest {
 protected:
  PeopleTest() : DeclaredTest("2026-03-02T02:00:00Z") {}  // a Monday, ten in the morning; the next holiday is in April
  void SetUp() override {
    DeclaredTest::SetUp();
    ASSERT_TRUE(db->write_now([](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(Engine::create_tables(t));
      return jobs::Outbox::create_tables(t);
    }));
    engine = std::make_unique<Engine>(*store, calendar);
    engine->register_hooks(hooks);
  }

  /// `more`: further keys of the system identity.
  void declare_people(std::string_view more = "") {
    declare("identity/system.yaml", "system: identity\ntitle: {zh: 用户, en: People}\norder: 1\n" + std::string(more));
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
  }

  WorkingCalendar calendar = WorkingCalendar::load({"platform/process/data/holidays.yaml"}).value();
  std::unique_ptr<Engine> engine;
};

}  // namespace civitas::process
