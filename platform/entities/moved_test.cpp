// A record type that moved to another system (`was:`) keeps its records, their history, numbering and indexes; names
// and hooks that systems give each other across systems.
#include "entities/test_town.hpp"

namespace civitas::entities {
namespace {

constexpr const char* lamp_yaml = R"(entity: lamp
title: {zh: 路灯, en: Lamp}
title_field: name
fields:
  - {name: code, type: code, rule: "LD{serial:4}", title: {zh: 编号, en: Code}, unique: true}
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true, search: true}
  - {name: place, type: point, title: {zh: 位置, en: Place}}
  - {name: near, type: refs, to: lamp, title: {zh: 相邻, en: Near}}
  - {name: bulbs, type: rows, title: {zh: 灯泡, en: Bulbs}, fields: [{name: watt, type: integer, title: {zh: 瓦, en: Watt}}]}
list: {columns: [code, name], filters: [name], sort: [code], map: place}
access:
  - {role: public, read: "TRUE"}
)";
constexpr const char* base_yaml = R"(system: base
title: {zh: 基础库, en: Base}
)";
constexpr const char* fault_yaml = R"(entity: fault
title: {zh: 报修, en: Fault}
title_field: name
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}}
  - {name: lamp, type: ref, to: town/lamp, title: {zh: 路灯, en: Lamp}}
access:
  - {role: public, read: "TRUE"}
)";

class MovedTest : public DeclaredTest {
 protected:
  void SetUp() override {
    declare("town/system.yaml", town_yaml);
    declare("town/lamp.yaml", lamp_yaml);
    declare("town/fault.yaml", fault_yaml);
    DeclaredTest::SetUp();
    ASSERT_TRUE(db->write_now([](sql::Transaction& t) {
      return t.run_script("CREATE TABLE identity_person(id BIGINT PRIMARY KEY,name TEXT)");
    }));
    system.who = identity::system_principal("test");
    system.now = clock.now();
  }
  void move() {
    declare("base/system.yaml", base_yaml);
    declare("base/lamp.yaml", replace_all(lamp_yaml, "entity: lamp\n", "entity: lamp\nwas: town/lamp\n"));
    std::filesystem::remove(db.folder / "systems/town/lamp.yaml");
  }
  Json lamp(std::string name) {
    Json input = Json::object();
    const auto parsed = Json::parse(R"({"bulbs":[{"watt":9}],"place":{"type":"Point","coordinates":[114.3,30.6]}})");
    input.set("name", Json(std::move(name))).set("bulbs", (*parsed)["bulbs"]).set("place", (*parsed)["place"]);
    return input;
  }

  Context system;
};

TEST_P(MovedTest, KeepsRecordsHistoryNumbersAndIndexes) {
  const Json first = *create(system, "town/lamp", lamp("一号灯"));
  const std::string id = first["id"].as_string();
  Json change = Json::object();
  change.set("name", Json("头灯")).set("near", Json(Json::Array{Json(id)}));
  ASSERT_TRUE(update(system, "town/lamp", id, change));
  Json fault = Json::object();
  fault.set("name", Json("不亮")).set("lamp", Json(id));
  const Json report = *create(system, "town/fault", fault);

  move();
  std::string told;
  const auto moved = declared();
  ASSERT_TRUE(moved) << moved.error().message.en;
  ASSERT_EQ((*moved)->remarks().size(), 1u);
  EXPECT_EQ((*moved)->remarks()[0].en, "town/fault.yaml:6: town/lamp is base/lamp now");
  const Status migrated = db->write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(const auto plan,
                plan_migration(**moved, t, {[&](sql::Transaction&, std::string_view from, std::string_view to) -> Status {
                  told += std::string(from) + ">" + std::string(to) + " ";
                  return {};
                }}));
    EXPECT_TRUE(plan.remarks.empty()) << plan.remarks.front().en;
    return apply_migration(plan, t);
  });
  ASSERT_TRUE(migrated) << migrated.error().detail;
  EXPECT_EQ(told, "town/lamp>base/lamp ");
  EXPECT_EQ(load(), 0u);

  const Json now = *get(system, "base/lamp", id);
  EXPECT_EQ(now["name"].as_string(), "头灯");
  EXPECT_EQ(now["bulbs"].as_array().size(), 1u);
  EXPECT_EQ(now["near"].as_array()[0]["title"].as_string(), "头灯");
  EXPECT_EQ((*get(system, "town/fault", report["id"].as_string()))["lamp"]["title"].as_string(), "头灯");
  std::string history;
  ASSERT_TRUE(db->read([&](sql::Connection& c) {
    return store->history(c, system, entity("base/lamp"), *parse_integer(id), history);
  }));
  EXPECT_EQ((*Json::parse(history))["versions"].size(), 2u);
  EXPECT_EQ((*create(system, "base/lamp", lamp("二号灯")))["code"].as_string(), "LD0002");
  ListQuery found;
  found.search = "头灯";
  EXPECT_EQ((*list(system, "base/lamp", found))["items"].size(), 1u);
  ListQuery inside;
  inside.box = {114, 30, 115, 31};
  EXPECT_EQ((*list(system, "base/lamp", inside))["items"].size(), 2u);
  // Nothing of the old name is left, and what is stored under it means the same record type.
  EXPECT_EQ(number(GetParam() == sql::Dialect::sqlite
                       ? "SELECT count(*) FROM sqlite_master WHERE name LIKE 'town~_lamp%' ESCAPE '~'"
                       : "SELECT count(*) FROM pg_class WHERE relname LIKE 'town~_lamp%' ESCAPE '~' AND relkind<>'S' AND "
                         "relnamespace=current_schema()::regnamespace"),
            0);
  EXPECT_EQ(&entity("town/lamp"), &entity("base/lamp"));
  EXPECT_EQ(catalog->entity("town", "lamp"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(Engines, MovedTest, sql::each_dialect(), sql::dialect_name);

// ---- what systems say of one another ------------------------------------------------------------------------------

std::string complaints(const std::map<std::string, std::string>& files) {
  const TestFolder folder;
  for (const auto& [file, text] : files) folder.put(file, text);
  const auto loaded = Catalog::load(folder.path());
  return loaded ? "" : loaded.error().message.en;
}

TEST(Across, FormerPathsAreCheckedAtLoad) {
  const std::string moved = replace_all(lamp_yaml, "entity: lamp\n", "entity: lamp\nwas: town/lamp\n");
  EXPECT_NE(complaints({{"town/system.yaml", town_yaml}, {"town/lamp.yaml", lamp_yaml}, {"base/system.yaml", base_yaml},
                        {"base/lamp.yaml", moved}})
                .find("base/lamp.yaml:1: was names town/lamp, which is there still"),
            std::string::npos);
  EXPECT_NE(complaints({{"base/system.yaml", base_yaml},
                        {"base/lamp.yaml", replace_all(moved, "type: point", "type: citizen_id")}})
                .find("a record type with sealed fields cannot be renamed"),
            std::string::npos);
  EXPECT_NE(complaints({{"base/system.yaml", base_yaml}, {"base/lamp.yaml", replace_all(moved, "town/lamp", "Town/x")}})
                .find("was is a former name"),
            std::string::npos);
}

TEST(Across, ScopesNameRecordsAndTheFieldThatMakesATree) {
  const auto with = [](const std::string& scopes, const std::string& lamp = lamp_yaml) {
    return complaints({{"base/system.yaml", base_yaml + scopes}, {"base/lamp.yaml", lamp}});
  };
  EXPECT_EQ(with("scopes:\n  - {name: lamp, of: lamp, title: {zh: 灯, en: Lamp}, path: code}\n"), "");
  EXPECT_NE(with("scopes:\n  - {name: lamp, of: lamb, title: {zh: 灯, en: Lamp}}\n")
                .find("base/system.yaml:4: scopes names no entity lamb"),
            std::string::npos);
  EXPECT_NE(with("scopes:\n  - {name: lamp, of: lamp, title: {zh: 灯, en: Lamp}, path: place}\n")
                .find("path must be a field of text of lamp"),
            std::string::npos);
  EXPECT_NE(with("scopes:\n  - {name: lamp, of: lamp, title: {zh: 灯, en: Lamp}, parent: name}\n")
                .find("parent must be a field of lamp that refers to another lamp"),
            std::string::npos);
  EXPECT_NE(with("scopes:\n  - {name: lamp, of: lamp, title: {zh: 灯, en: Lamp}, path: code, parent: name}\n")
                .find("path and parent exclude each other"),
            std::string::npos);
  const auto scoped = [](const char* scope) {
    return complaints({{"base/system.yaml", std::string(base_yaml) + "scopes:\n  - {name: lamp, of: lamp, title: {zh: 灯, en: Lamp}}\n"},
                       {"base/lamp.yaml", lamp_yaml},
                       {"town/system.yaml", town_yaml},
                       {"town/fault.yaml", replace_all(fault_yaml, "to: town/lamp", scope)}});
  };
  EXPECT_EQ(scoped("to: base/lamp, scope: lamp"), "");
  EXPECT_NE(scoped("to: base/lamp, scope: lamb").find("town/fault.yaml:6: no scope lamb; did you mean lamp"),
            std::string::npos);
  EXPECT_NE(scoped("to: fault, scope: lamp").find("the scope lamp is one of base/lamp, not of town/fault"),
            std::string::npos);
}

TEST(Across, HooksAreAddedToRecordsOfARegister) {
  const TestFolder folder;
  folder.put("base/system.yaml", base_yaml);
  folder.put("base/lamp.yaml", std::string(lamp_yaml) + "after_write: [base.first]\n");
  folder.put("town/system.yaml", std::string(town_yaml) + "hooks:\n  - {to: base/lamp, after_write: [town.second]}\n");
  const auto loaded = Catalog::load(folder.path());
  ASSERT_TRUE(loaded) << loaded.error().message.en;
  EXPECT_EQ((*loaded)->entity("base", "lamp")->after_write, (std::vector<std::string>{"base.first", "town.second"}));
  folder.put("town/system.yaml", std::string(town_yaml) + "hooks:\n  - {to: base/lamb, after_write: [town.second]}\n");
  const auto wrong = Catalog::load(folder.path());
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.en.find("town/system.yaml:7: no entity base/lamb"), std::string::npos)
      << wrong.error().message.en;
}

}  // namespace
}  // namespace civitas::entities
