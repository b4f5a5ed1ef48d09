#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/test_folder.hpp"
#include "entities/test_town.hpp"

namespace civitas::entities {
namespace {

constexpr const char* street_yaml = R"yaml(entity: street
title: {zh: 街, en: Street}
fields:
  - {name: code, type: code, rule: "{district.code:0:6}-{serial:4}", title: {zh: 编号, en: Code}, unique: true}
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true, search: true, max: 10, unique: district}
  - {name: district, type: ref, to: district, scope: division, title: {zh: 区, en: District}, required: true}
  - {name: since, type: uncertain_date, title: {zh: 始于, en: Since}}
  - {name: place, type: geometry, title: {zh: 位置, en: Place}}
  - {name: phone, type: phone, title: {zh: 电话, en: Phone}, masked: true}
  - {name: closed, type: boolean, title: {zh: 封闭, en: Closed}, default: false}
  - {name: reason, type: text, title: {zh: 原因, en: Reason}, required_if: "closed = TRUE"}
  - {name: why_renamed, type: text, title: {zh: 更名原因, en: Why renamed}, required_if: "old(name) = '长江路' AND name <> old(name)"}
list: {columns: [code, name, district], filters: [name, district], sort: [code, name, -updated_at], map: place}
access:
  - {role: public, read: "closed = FALSE", fields: [code, name, district, place]}
  - {role: clerk, read: "TRUE", write: "district IN my_divisions()", create: "district IN my_divisions()", remove: "district IN my_divisions()", unmasked: [phone]}
)yaml";

class EntitiesTest : public TownTest {
 protected:
  void SetUp() override {
    declare("town/street.yaml", street_yaml);
    TownTest::SetUp();
  }
  Result<Json> create(const Context& c, const Json& street) { return TownTest::create(c, "town/street", street); }
  Result<Json> update(const Context& c, const Json& record, const Json& changes, const WriteOptions& options = {}) {
    return TownTest::update(c, "town/street", record["id"].as_string(), changes, options);
  }
  Result<Json> list(const Context& c, const ListQuery& q) { return TownTest::list(c, "town/street", q); }
  Json street(std::string name, std::size_t district = 0) {
    Json s = Json::object();
    s.set("name", Json(std::move(name))).set("district", Json(districts[district]));
    return s;
  }
};

TEST_P(EntitiesTest, OldIsTheValueBeforeTheChange) {
  auto made = create(clerk, street("长江路"));
  ASSERT_TRUE(made) << made.error().message.en << ": nothing was before a creation";
  const auto with = [](const char* name, const char* value) { return Json(Json::Object{{name, Json(value)}}); };
  ASSERT_TRUE(update(clerk, *made, with("phone", "13800138000")));
  const auto renamed = update(clerk, *made, with("name", "长河路"));
  ASSERT_FALSE(renamed);
  EXPECT_EQ(renamed.error().field, "why_renamed");
  Json both = with("name", "长河路");
  both.set("why_renamed", Json("正名"));
  EXPECT_TRUE(update(clerk, *made, both));

  ListQuery q;
  q.filter = "old(name) = '长江路'";
  const auto listed = list(clerk, q);
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().reason, "query.cql2.old");
  EXPECT_TRUE(store->conditions().check_all());

  const std::int64_t id = *parse_integer((*made)["id"].as_string());
  ASSERT_TRUE(db->read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(Json before, store->get_unrestricted(c, entity("town/street"), id, "test"));
    before.set("name", Json("长江路"));
    CIVITAS_TRY(const bool changed,
                store->holds(c, clerk, entity("town/street"), id, "old(name) = '长江路' AND name = '长河路'", &before));
    EXPECT_TRUE(changed);
    CIVITAS_TRY(const bool without, store->holds(c, clerk, entity("town/street"), id, "old(name) = '长江路'"));
    EXPECT_FALSE(without);
    return {};
  }));
}

TEST_P(EntitiesTest, ARuleOfManyRowsKnowsNoValueBefore) {
  std::string wrong = district_yaml;
  wrong.replace(wrong.find("read: \"TRUE\""), 12, "read: \"old(name) = name\"");
  declare("town/district.yaml", wrong);
  const auto loaded = declared();
  ASSERT_TRUE(loaded);
  Conditions conditions(**loaded);
  const Status checked = conditions.check_all();
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.en.find("old() is the value before a change"), std::string::npos)
      << checked.error().message.en;
}

TEST_P(EntitiesTest, NumbersContinueWithinTheirSeries) {
  EXPECT_EQ((*create(clerk, street("知音里")))["code"].as_string(), "420105-0001");
  EXPECT_EQ((*create(clerk, street("琴台路")))["code"].as_string(), "420105-0002");
  EXPECT_EQ((*create(system, street("粮道街", 1)))["code"].as_string(), "420106-0001");
}

TEST_P(EntitiesTest, WrongInputNamesEveryFieldAndChangesNothing) {
  Json bad = street("一二三四五六七八九十十一");
  bad.set("phone", Json("12")).set("nmae", Json("x")).set("code", Json("1"));
  const auto made = create(clerk, bad);
  ASSERT_FALSE(made);
  std::vector<std::string> fields;
  for (const auto& e : made.error().errors) fields.push_back(e.field + " " + e.reason);
  std::sort(fields.begin(), fields.end());
  EXPECT_EQ(fields, (std::vector<std::string>{"code entities.field.read_only", "name entities.field.too_long",
                                              "nmae entities.field.unknown", "phone entities.field.phone"}));
  EXPECT_EQ((*list(clerk, {}))["items"].size(), 0u);
}

TEST_P(EntitiesTest, RequiredAndConditionalFields) {
  Json closed = street("知音里");
  closed.set("closed", Json(true));
  EXPECT_EQ(create(clerk, closed).error().field, "reason");
  closed.set("reason", Json("施工"));
  EXPECT_TRUE(create(clerk, closed));
  Json nameless = street("x");
  nameless.erase("name");
  EXPECT_EQ(create(clerk, nameless).error().reason, "entities.field.required");
}

TEST_P(EntitiesTest, AForeignDistrictIsRefused) {
  EXPECT_EQ(create(clerk, street("粮道街", 1)).error().reason, "entities.access.forbidden");
  EXPECT_EQ(create(anonymous, street("粮道街")).error().kind, Kind::unauthenticated);
  const Json other = *create(system, street("粮道街", 1));
  EXPECT_EQ(update(clerk, other, street("改名")).error().kind, Kind::forbidden);
}

TEST_P(EntitiesTest, UniqueWithinItsDistrictOnly) {
  ASSERT_TRUE(create(system, street("中山路")));
  const auto again = create(system, street("中山路"));
  EXPECT_EQ(again.error().reason, "entities.field.taken");
  EXPECT_EQ(again.error().field, "name");
  EXPECT_TRUE(create(system, street("中山路", 1)));
}

TEST_P(EntitiesTest, ThePublicSeesOpenStreetsAndFewFields) {
  Json open = street("知音里"), closed = street("琴台路");
  open.set("phone", Json("13800000000"));
  closed.set("closed", Json(true)).set("reason", Json("施工"));
  ASSERT_TRUE(create(clerk, open));
  ASSERT_TRUE(create(clerk, closed));
  const Json seen = *list(anonymous, {});
  ASSERT_EQ(seen["items"].size(), 1u);
  EXPECT_TRUE(seen["items"].as_array()[0]["phone"].is_null());
  ListQuery few;
  few.filter = "district = " + districts[0];
  few.fields = {"name"};
  EXPECT_EQ((*list(anonymous, few))["items"].size(), 1u);
  few.filter = "phone = '13800000000'";
  few.fields = {"name"};
  EXPECT_EQ(list(anonymous, few).error().reason, "query.cql2.property");
  ListQuery by_phone;
  by_phone.filter = "phone = '13800000000'";
  EXPECT_EQ(list(anonymous, by_phone).error().reason, "query.cql2.property");
  EXPECT_EQ((*list(clerk, by_phone))["items"].as_array()[0]["phone"].as_string(), "13800000000");
}

TEST_P(EntitiesTest, PagesByKeyInBothDirectionsWithEmptyValues) {
  for (int i = 0; i < 7; ++i) {
    Json s = street("路" + std::to_string(i));
    ASSERT_TRUE(create(system, s));
  }
  for (const char* sort : {"code", "name", "-updated_at", "id", "-id"}) {
    ListQuery q;
    q.sort = sort;
    q.limit = 3;
    std::vector<std::string> seen;
    for (int page = 0; page < 4; ++page) {
      const Json got = *list(clerk, q);
      for (const auto& item : got["items"].as_array()) seen.push_back(item["id"].as_string());
      if (got["next"].is_null()) break;
      q.after = got["next"].as_string();
    }
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(std::unique(seen.begin(), seen.end()) - seen.begin(), 7) << sort;
    EXPECT_EQ(seen.size(), 7u) << sort;
  }
  ListQuery wrong;
  wrong.after = "x";
  EXPECT_EQ(list(clerk, wrong).error().reason, "entities.list.after");
}

TEST_P(EntitiesTest, FindsByPinyinAndByBox) {
  Json s = street("知音里");
  s.set("place", *Json::parse(R"({"type":"Point","coordinates":[114.26,30.55]})"));
  ASSERT_TRUE(create(clerk, s));
  ASSERT_TRUE(create(clerk, street("琴台路")));
  ListQuery q;
  q.search = "zhiyin";
  EXPECT_EQ((*list(clerk, q))["items"].size(), 1u);
  ListQuery box;
  box.box = {114.2, 30.5, 114.3, 30.6};
  EXPECT_EQ((*list(clerk, box))["items"].size(), 1u);
  box.box = {113.2, 30.5, 113.3, 30.6};
  EXPECT_EQ((*list(clerk, box))["items"].size(), 0u);
  ListQuery shape;
  shape.filter = "S_INTERSECTS(place, POLYGON((114 30, 115 30, 115 31, 114 31, 114 30)))";
  EXPECT_EQ((*list(clerk, shape))["items"].size(), 1u);
}

TEST_P(EntitiesTest, ASpatialConditionReadsTheBoxIndex) {
  const auto plan = [&](const std::string& filter) {
    const auto typed = store->conditions().typed(entity("town/street"), filter);
    EXPECT_TRUE(typed) << filter;
    const auto condition = *store->conditions().compile(*typed, GetParam(), bindings_for(clerk.who, clerk.now));
    const bool sqlite = GetParam() == sql::Dialect::sqlite;
    std::string out;
    const Status done = db->write_now([&](sql::Transaction& t) -> Status {
      out.clear();
      // A table of nothing is best read whole; the question is what the planner could do.
      if (!sqlite) CIVITAS_CHECK(t.run_script("SET LOCAL enable_seqscan=off"));
      const std::vector<sql::Param> params(condition.clause.params.begin(), condition.clause.params.end());
      return t.query(std::string(sqlite ? "EXPLAIN QUERY PLAN" : "EXPLAIN") + " SELECT t.id FROM town_street t WHERE " +
                         condition.clause.sql,
                     sql::Params(params), [&](const sql::Row& row) {
                       out += std::string(row.text(sqlite ? 3 : 0)) + "\n";
                       return sql::Continue::yes;
                     });
    });
    EXPECT_TRUE(done) << done.error().detail;
    return out;
  };
  const std::string index = GetParam() == sql::Dialect::sqlite ? "VIRTUAL TABLE INDEX" : "town_street_box";
  const std::string area = "POLYGON((114 30, 115 30, 115 31, 114 30))";
  for (const std::string& filter :
       {"S_INTERSECTS(place, " + area + ")", "S_WITHIN(place, " + area + ")", "S_CONTAINS(" + area + ", place)",
        std::string("S_EQUALS(place, POINT(114 30))"), "name = 'x' AND NOT S_DISJOINT(place, " + area + ")",
        "S_WITHIN(place, " + area + ") OR S_WITHIN(place, POLYGON((113 30, 114 30, 114 31, 113 30)))"})
    EXPECT_NE(plan(filter).find(index), std::string::npos) << filter << "\n" << plan(filter);
  for (const auto& filter : {"NOT S_INTERSECTS(place, " + area + ")", "S_DISJOINT(place, " + area + ")"})
    EXPECT_EQ(plan(filter).find(index), std::string::npos) << filter;
}

TEST_P(EntitiesTest, SpatialConditionsFindWhatLooksRight) {
  std::mt19937 random(5);
  const auto number = [&](double from, double to) { return std::uniform_real_distribution<double>(from, to)(random); };
  const auto wkt = [&](double largest) {
    const double x = number(113, 115), y = number(29, 31), w = number(0, largest), h = number(0, largest);
    const auto at = [](double a, double b) { return std::to_string(a) + " " + std::to_string(b); };
    if (number(0, 3) < 1) return "POINT(" + at(x, y) + ")";
    if (number(0, 3) < 1) return "LINESTRING(" + at(x, y) + "," + at(x + w, y + h) + ")";
    return "POLYGON((" + at(x, y) + "," + at(x + w, y) + "," + at(x + w / 2, y + h) + "," + at(x, y) + "))";
  };
  std::map<std::string, geo::Geometry> shapes;
  for (int i = 0; i < 150; ++i) {
    const auto shape = *geo::Geometry::from_wkt(wkt(0.3));
    Json s = street("路" + std::to_string(i));
    s.set("place", *Json::parse(shape.to_geojson()));
    shapes.emplace((*create(system, s))["id"].as_string(), shape);
  }
  const auto holds = [](const std::string& op, const geo::Geometry& a, const geo::Geometry& b) {
    query::FieldList fields;
    query::FieldInfo place;
    place.name = place.column = "place";
    place.type = query::FieldType::geometry;
    fields.add(place);
    struct One final : query::Record {
      explicit One(const geo::Geometry& g) : shape(g) {}
      query::Value get(std::string_view) const override { return shape; }
      const geo::Geometry& shape;
    };
    const auto typed = query::read_condition(op + "(place, " + b.to_wkt() + ")", fields);
    EXPECT_TRUE(typed);
    return query::evaluate(*typed, One(a), {}) == query::Truth::yes;
  };
  const char* ops[] = {"S_INTERSECTS", "S_WITHIN",  "S_CONTAINS", "S_EQUALS",
                       "S_DISJOINT",   "S_TOUCHES", "S_CROSSES",  "S_OVERLAPS"};
  std::size_t found = 0;
  for (int i = 0; i < 120; ++i) {
    const std::string op = ops[i % 8], other = ops[i / 8 % 8];
    const auto a = i % 5 == 0 ? std::next(shapes.begin(), i)->second : *geo::Geometry::from_wkt(wkt(1.5)),
               b = *geo::Geometry::from_wkt(wkt(1.5));
    const std::string first = op + "(place, " + a.to_wkt() + ")", second = other + "(place, " + b.to_wkt() + ")";
    const int kind = i % 4;
    ListQuery q;
    q.limit = 1000;
    q.filter = kind == 0   ? first
               : kind == 1 ? first + " AND " + second
               : kind == 2 ? first + " OR " + second
                           : "NOT (" + first + " AND " + second + ")";
    std::set<std::string> listed, expected;
    const auto page = list(clerk, q);
    ASSERT_TRUE(page) << q.filter << page.error().detail;
    for (const auto& item : (*page)["items"].as_array()) listed.insert(item["id"].as_string());
    for (const auto& [id, shape] : shapes) {
      const bool x = holds(op, shape, a), y = holds(other, shape, b);
      if (kind == 0 ? x : kind == 1 ? x && y : kind == 2 ? x || y : !(x && y)) expected.insert(id);
    }
    EXPECT_EQ(listed, expected) << q.filter;
    found += listed.size();
  }
  EXPECT_GT(found, 1000u);
}

TEST_P(EntitiesTest, TwoTimes) {
  const Json made = *create(system, street("中正路"));
  WriteOptions in_the_world;
  in_the_world.valid_from = "2027-01-01";
  Json renamed = Json::object();
  renamed.set("name", Json("解放路"));
  ASSERT_TRUE(update(system, made, renamed, in_the_world));
  ListQuery before;
  before.as_of = *parse_date("2026-12-31");
  EXPECT_EQ((*list(clerk, before))["items"].as_array()[0]["name"].as_string(), "中正路");
  ListQuery after;
  after.as_of = *parse_date("2027-01-01");
  EXPECT_EQ((*list(clerk, after))["items"].as_array()[0]["name"].as_string(), "解放路");
  ListQuery as_known;
  as_known.as_of = *parse_date("2027-06-01");
  as_known.recorded_as_of = clock.now();
  clock.advance_seconds(10);
  std::string history;
  ASSERT_TRUE(db->read([&](sql::Connection& c) {
    return store->history(c, clerk, entity("town/street"), *parse_integer(made["id"].as_string()), history);
  }));
  EXPECT_EQ((*Json::parse(history))["versions"].size(), 3u);
}

TEST_P(EntitiesTest, SomebodyElsesChangeIsNotOverwritten) {
  const Json made = *create(clerk, street("知音里"));
  WriteOptions first;
  first.version = 1;
  Json change = Json::object();
  change.set("since", Json("明"));
  ASSERT_TRUE(update(clerk, made, change, first));
  change.set("since", Json("清"));
  EXPECT_EQ(update(clerk, made, change, first).error().reason, "entities.record.changed");
}

TEST_P(EntitiesTest, MigrationTwiceDoesNothingAndARenameKeepsItsData) {
  ASSERT_TRUE(create(clerk, street("知音里")));
  Status done = db->read([&](sql::Connection& c) -> Status {
    CIVITAS_TRY(const auto plan, plan_migration(*catalog, c));
    EXPECT_TRUE(plan.steps.empty()) << plan.steps.front().statement;
    return {};
  });
  ASSERT_TRUE(done);
  declare("town/street.yaml", replace_all(street_yaml, "{name: since,", "{name: begun, was: since,"));
  const auto renamed = *declared();
  done = db->write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(const auto plan, plan_migration(*renamed, t));
    EXPECT_EQ(plan.steps.size(), 6u);  // three columns, in the table and in its history
    CIVITAS_CHECK(apply_migration(plan, t));
    CIVITAS_TRY(const auto again, plan_migration(*renamed, t));
    EXPECT_TRUE(again.steps.empty());
    return {};
  });
  ASSERT_TRUE(done) << done.error().detail;
}

TEST_P(EntitiesTest, AnotherOrderIsAnotherIndexAndTheOldOneGoes) {
  const auto indexes = [&] {
    std::string out;
    const Status read = db->read([&](sql::Connection& c) {
      return c.query(GetParam() == sql::Dialect::sqlite
                         ? "SELECT name FROM sqlite_master WHERE type='index' AND tbl_name='town_street' ORDER BY 1"
                         : "SELECT indexname::text FROM pg_indexes WHERE tablename='town_street' ORDER BY 1",
                     {}, [&](const sql::Row& row) {
                       out += std::string(row.text(0)) + " ";
                       return sql::Continue::yes;
                     });
    });
    EXPECT_TRUE(read);
    return out;
  };
  EXPECT_TRUE(indexes().contains("town_street_of_district_name "));
  ASSERT_TRUE(
      db->write_now([](sql::Transaction& t) { return t.run_script("CREATE INDEX own_index ON town_street(name)"); }));
  declare("town/street.yaml", replace_all(street_yaml, "sort: [code, name, -updated_at]", "sort: [-updated_at, code]"));
  const auto other = *declared();
  ASSERT_TRUE(db->write_now([&](sql::Transaction& t) -> Status {
    CIVITAS_TRY(const auto plan, plan_migration(*other, t));
    CIVITAS_CHECK(apply_migration(plan, t));
    CIVITAS_TRY(const auto again, plan_migration(*other, t));
    EXPECT_TRUE(again.steps.empty()) << again.steps.front().statement;
    return {};
  }));
  const std::string now = indexes();
  EXPECT_FALSE(now.contains("town_street_of_district_name ")) << now;
  EXPECT_TRUE(now.contains("town_street_name_updated_at ")) << now;
  EXPECT_TRUE(now.contains("own_index ")) << now;
}

INSTANTIATE_TEST_SUITE_P(Engines, EntitiesTest, sql::each_dialect(), sql::dialect_name);

// "district" is a name like any other: an index of the field is not one of the data scope.
TEST(Indexes, AFieldCalledDistrictHasItsOwn) {
  const TestFolder folder;
  folder.put("town/system.yaml", std::string(town_yaml) + town_scopes_yaml);
  folder.put("town/district.yaml", district_yaml);
  for (const char* scope : {"", ", scope: division"}) {
    folder.put("town/street.yaml",
               replace_all(replace_all(street_yaml, ", scope: division", scope), "district IN my_divisions()", "TRUE"));
    const auto loaded = Catalog::load(folder.path());
    ASSERT_TRUE(loaded) << loaded.error().message.en;
    for (const auto dialect : {sql::Dialect::sqlite, sql::Dialect::postgres}) {
      std::string all;
      for (const auto& statement : Storage(**loaded, *(*loaded)->entity("town", "street"), dialect).index_statements())
        all += statement + "\n";
      EXPECT_NE(all.find("ON town_street(district" + std::string(dialect == sql::Dialect::sqlite ? "," : " ")),
                all.npos)
          << all;
      EXPECT_EQ(all.find("substr(district_path,1,6)") != all.npos, *scope != 0) << all;
    }
  }
}

TEST(Declarations, MistakesNameFileLineAndTheWordMeant) {
  const TestFolder folder;
  folder.put("town/system.yaml", town_yaml);
  folder.put("town/district.yaml",
             replace_all(replace_all(district_yaml, "required: true, unique", "requird: true, unique"),
                         "columns: [code, name]", "columns: [code, nmae]"));
  const auto loaded = Catalog::load(folder.path());
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.en.find("town/district.yaml:4: unknown key requird; did you mean required"),
            std::string::npos)
      << loaded.error().message.en;
  EXPECT_NE(loaded.error().message.en.find("names no field nmae; did you mean name"), std::string::npos);
}

TEST(Validation, CitizenNumbers) {
  EXPECT_TRUE(is_citizen_id("11010519491231002X"));
  EXPECT_FALSE(is_citizen_id("110105194912310021"));
  EXPECT_FALSE(is_citizen_id("11010519491331002X"));
}

}  // namespace
}  // namespace civitas::entities
