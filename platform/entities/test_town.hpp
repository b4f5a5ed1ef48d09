// For tests of what works on records: declarations that a test writes, their tables in each database that is there, and
// the small town that most tests are about.
#pragma once

#include <gtest/gtest.h>

#include "audit/audit.hpp"
#include "base/strings.hpp"
#include "entities/migration.hpp"
#include "entities/store.hpp"
#include "sql/test_database.hpp"

namespace civitas::entities {

/// Declares with declare() before its SetUp(), which reads the declarations and makes their tables. An entity is named
/// by its path, such as "town/street".
class DeclaredTest : public ::testing::TestWithParam<sql::Dialect> {
 protected:
  explicit DeclaredTest(std::string_view now = "2026-11-21T00:00:00Z") : clock(*parse_instant(now)) {}
  void SetUp() override {
    const Status opened = db.open();
    ASSERT_TRUE(opened) << opened.error().detail;
    ASSERT_TRUE(db->write_now([](sql::Transaction& t) -> Status {
      CIVITAS_CHECK(create_tables(t));
      return audit::create_tables(t);
    }));
    load();
  }

  void declare(const std::filesystem::path& file, std::string_view text) { db.folder.put("systems" / file, text); }
  /// The declarations as they are now.
  Result<std::shared_ptr<const Catalog>> declared() const { return Catalog::load(db.folder / "systems"); }
  /// Migrates to them; how many steps that took.
  std::size_t load() {
    const auto loaded = declared();
    EXPECT_TRUE(loaded) << loaded.error().message.en;
    catalog = *loaded;
    std::size_t steps = 0;
    const Status done = db->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_TRY(const auto plan, plan_migration(*catalog, t));
      steps = plan.steps.size();
      CIVITAS_CHECK(apply_migration(plan, t));
      CIVITAS_TRY(const auto again, plan_migration(*catalog, t));
      EXPECT_TRUE(again.steps.empty()) << again.steps.front().statement;
      return {};
    });
    EXPECT_TRUE(done) << done.error().detail;
    store = std::make_unique<Store>(catalog, GetParam(), ids, hooks, cipher);
    if (const auto sound = store->conditions().check_all(); !sound) ADD_FAILURE() << sound.error().message.en;
    return steps;
  }

  const Entity& entity(std::string_view path) const { return *catalog->entity_by_path(path); }
  Result<Json> create(const Context& c, std::string_view path, const Json& input, const WriteOptions& options = {}) {
    return write([&](sql::Transaction& t) { return store->create(t, c, entity(path), input, options); });
  }
  Result<Json> update(const Context& c, std::string_view path, const std::string& id, const Json& changes,
                      const WriteOptions& options = {}) {
    return write(
        [&](sql::Transaction& t) { return store->update(t, c, entity(path), *parse_integer(id), changes, options); });
  }
  Status remove(const Context& c, std::string_view path, const std::string& id) {
    return db->write_now([&](sql::Transaction& t) { return store->remove(t, c, entity(path), *parse_integer(id)); });
  }
  Result<Json> get(const Context& c, std::string_view path, const std::string& id, const Moment& moment = {}) {
    Result<Json> out = fail(internal_problem("not run"));
    const Status done = db->read([&](sql::Connection& connection) -> Status {
      out = store->get(connection, c, entity(path), *parse_integer(id), moment);
      return {};
    });
    if (!done) return fail(done.error());
    return out;
  }
  Result<Json> list(const Context& c, std::string_view path, const ListQuery& query) {
    std::string out;
    CIVITAS_CHECK(
        db->read([&](sql::Connection& connection) { return store->list(connection, c, entity(path), query, out); }));
    return Json::parse(out);
  }
  std::int64_t number(const std::string& statement) {
    std::int64_t out = -1;
    EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(const auto found, c.query_integer(statement));
      out = found.value_or(-1);
      return {};
    }));
    return out;
  }

  sql::TestDatabase db{GetParam()};
  ManualClock clock;
  IdGenerator ids{clock};
  Hooks hooks;
  const crypto::FieldCipher* cipher = nullptr;  // a test with sealed fields has one
  std::shared_ptr<const Catalog> catalog;
  std::unique_ptr<Store> store;

 private:
  Result<Json> write(const std::function<Result<Json>(sql::Transaction&)>& work) {
    Result<Json> out = fail(internal_problem("not run"));
    const Status done = db->write_now([&](sql::Transaction& t) -> Status {
      out = work(t);
      if (!out) return fail(out.error());
      return {};
    });
    if (!done) return fail(done.error());
    return out;
  }
};

inline constexpr const char* town_yaml = R"(system: town
title: {zh: 测试, en: Test}
roles:
  - {name: clerk, title: {zh: 办事员, en: Clerk}}
  - {name: chief, title: {zh: 主任, en: Chief}}
)";
inline constexpr const char* town_scopes_yaml = R"(scopes:
  - {name: division, of: district, title: {zh: 区, en: District}, path: code}
)";
inline constexpr const char* district_yaml = R"(entity: district
title: {zh: 区, en: District}
fields:
  - {name: code, type: text, title: {zh: 代码, en: Code}, required: true, unique: true}
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true, search: true}
  - {name: level, type: integer, title: {zh: 级别, en: Level}}
  - {name: place, type: geometry, title: {zh: 位置, en: Place}}
list: {columns: [code, name], sort: [code]}
access:
  - {role: public, read: "TRUE", fields: [code, name]}
  - {role: clerk, read: "TRUE", remove: "TRUE"}
)";

/// A town of three districts, 区1 to 区3, and a clerk of the first. A test adds what is in its streets.
class TownTest : public DeclaredTest {
 protected:
  void SetUp() override {
    declare("town/system.yaml", std::string(town_yaml) + town_scopes_yaml);
    declare("town/district.yaml", district_yaml);
    DeclaredTest::SetUp();
    ASSERT_TRUE(db->write_now([](sql::Transaction& t) {
      return t.run_script("CREATE TABLE identity_person(id BIGINT PRIMARY KEY,name TEXT)");
    }));
    clerk.who.id = 7;
    clerk.who.standing = identity::Standing::staff;
    clerk.who.permissions = {"town.clerk"};
    clerk.who.set_scope("division", {false, {"420105"}, {}});
    system.who = identity::system_principal("test");
    anonymous.now = clerk.now = system.now = clock.now();
    for (const std::int64_t i : {1, 2, 3}) {
      const auto made = create(system, "town/district",
                               Json(Json::Object{{"code", Json("42010" + std::to_string(i + 4) + "000000")},
                                                 {"name", Json("区" + std::to_string(i))},
                                                 {"level", Json(i)}}));
      ASSERT_TRUE(made) << made.error().message.en << made.error().detail;
      districts.push_back((*made)["id"].as_string());
    }
  }

  Context anonymous, clerk, system;
  std::vector<std::string> districts;  // their ids
};

}  // namespace civitas::entities
