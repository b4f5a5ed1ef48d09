// Fields of rows and of several references: tables of their own, with their versions, on both databases.
#include <gtest/gtest.h>

#include "base/test_folder.hpp"
#include "entities/test_town.hpp"

namespace civitas::entities {
namespace {

constexpr const char* kind_yaml = R"(terms: kind
title: {zh: 类别, en: Kind}
codes:
  - {code: old, title: {zh: 旧称, en: Former}}
  - {code: alias, title: {zh: 别名, en: Alias}}
)";
constexpr const char* street_yaml = R"yaml(entity: street
title: {zh: 街, en: Street}
fields:
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true}
  - {name: note, type: text, title: {zh: 备注, en: Note}, required_if: "any(aliases, kind = 'old' AND since IS NULL)"}
  - {name: closed, type: boolean, title: {zh: 封闭, en: Closed}}
  - name: aliases
    type: rows
    title: {zh: 别名, en: Aliases}
    max: 4
    fields:
      - {name: name, type: text, title: {zh: 名称, en: Name}, required: true, max: 8}
      - {name: kind, type: term, of: kind, title: {zh: 类别, en: Kind}, default: alias}
      - {name: since, type: uncertain_date, title: {zh: 始于, en: Since}}
      - {name: day, type: date, title: {zh: 公布日, en: Announced}}
      - {name: length, type: decimal, title: {zh: 长度, en: Length}}
      - {name: used, type: boolean, title: {zh: 在用, en: In use}}
      - {name: district, type: ref, to: district, title: {zh: 区, en: District}}
      - {name: place, type: geometry, title: {zh: 位置, en: Place}}
  - {name: width, type: decimal, title: {zh: 宽, en: Width}}
  - {name: lanes, type: integer, title: {zh: 车道, en: Lanes}}
  - {name: lane_width, type: computed, as: decimal, rule: "width / lanes", title: {zh: 车道宽, en: Width of a lane}}
  - {name: renamed, type: computed, as: boolean, rule: "any(aliases, kind = 'old')", title: {zh: 有旧称, en: Had another name}}
  - {name: crosses, type: refs, to: district, title: {zh: 经过, en: Crosses}}
list: {columns: [name, crosses], filters: [name, crosses], sort: [name]}
access:
  - {role: public, read: "any(aliases, kind = 'old')", fields: [name, crosses]}
  - {role: clerk, read: "TRUE", write: "closed IS NULL", create: "closed IS NULL AND NOT any(aliases, name = '禁')", remove: "TRUE"}
)yaml";

Json json(std::string_view text) { return Json::parse(text).value(); }

class ChildrenTest : public TownTest {
 protected:
  void SetUp() override {
    declare("town/terms/kind.yaml", kind_yaml);
    declare("town/street.yaml", street_yaml);
    TownTest::SetUp();
  }
  Result<Json> create(const Json& street) { return TownTest::create(clerk, "town/street", street); }
  Result<Json> update(const std::string& id, const Json& changes, const WriteOptions& options = {}) {
    return TownTest::update(clerk, "town/street", id, changes, options);
  }
  Result<Json> get(const std::string& id, const Moment& moment = {}) {
    return TownTest::get(clerk, "town/street", id, moment);
  }
  // The names of what the filter finds, in order.
  std::string names(const std::string& filter, const Context* who = nullptr,
                    const std::function<void(ListQuery&)>& more = nullptr) {
    ListQuery q;
    q.filter = filter;
    if (more) more(q);
    const auto page = list(who ? *who : clerk, "town/street", q);
    if (!page) return page.error().reason + " " + page.error().detail;
    std::string found;
    for (const auto& item : (*page)["items"].as_array()) found += item["name"].as_string();
    return found;
  }
  std::string ref(std::size_t i) const { return "\"" + districts[i] + "\""; }
};

TEST_P(ChildrenTest, RowsComeBackTypedAndInOrder) {
  const auto made = create(json(R"({"name":"甲","aliases":[
      {"name":"  乙 ","kind":"old","since":"1927年以前","day":"2024-02-29","length":0.1,"used":false,"district":)" +
                                ref(1) + R"(,"place":{"type":"Point","coordinates":[114.1,30.2]}},
      {"name":"丙","length":null}],"crosses":[)" +
                                ref(2) + "," + ref(0) + "," + ref(2) + "]}"));
  ASSERT_TRUE(made) << made.error().message.en << made.error().detail;
  const std::string id = (*made)["id"].as_string();
  const Json read = *get(id);
  EXPECT_EQ(
      read["aliases"].dump(),
      R"([{"name":"乙","kind":"old","since":"1927年以前","day":"2024-02-29","length":0.1,"used":false,"district":{"id":)" +
          ref(1) +
          R"(,"title":"区2"},"place":{"type":"Point","coordinates":[114.1,30.2]}},{"name":"丙","kind":"alias"}])");
  EXPECT_EQ(read["crosses"].dump(),
            R"([{"id":)" + ref(2) + R"(,"title":"区3"},{"id":)" + ref(0) + R"(,"title":"区1"}])");
  // What is given back to the writer is what a reader gets.
  EXPECT_EQ((*made)["aliases"], read["aliases"]);
  EXPECT_EQ((*made)["crosses"], read["crosses"]);
  EXPECT_EQ(number("SELECT count(*) FROM town_street__aliases WHERE since_earliest IS NULL AND since_latest IS NULL"),
            1);
  EXPECT_EQ(number("SELECT day FROM town_street__aliases WHERE day IS NOT NULL"), 19782);

  ASSERT_TRUE(update(id, json(R"({"aliases":[],"crosses":null})")));
  EXPECT_TRUE((*get(id))["aliases"].is_null());
  EXPECT_TRUE((*get(id))["crosses"].is_null());
  EXPECT_EQ(number("SELECT count(*) FROM town_street__aliases"), 0);
}

TEST_P(ChildrenTest, AWrongRowIsNamed) {
  const auto problem = [&](const std::string& aliases) {
    const auto made = create(json(R"({"name":"甲","note":"x","aliases":)" + aliases + "}"));
    return made ? Problem() : made.error();
  };
  const Problem several =
      problem(R"([{"name":"一"},{"name":"一二三四五六七八九","kind":"none"},{},{"name":"x","nmae":1}])");
  std::vector<std::string> found;
  for (const auto& e : several.errors) found.push_back(e.field + " " + e.reason);
  EXPECT_EQ(found, (std::vector<std::string>{
                       "/aliases/1/name entities.field.too_long", "/aliases/1/kind entities.field.term",
                       "/aliases/2/name entities.field.required", "/aliases/3/nmae entities.field.unknown"}));
  EXPECT_EQ(several.errors[0].message.zh.find("“别名”第 2 行："), 0u) << several.errors[0].message.zh;
  EXPECT_EQ(several.errors[0].message.en.find("Row 2 of “Aliases”: "), 0u);
  EXPECT_EQ(problem(R"([{"name":"甲","district":"5"}])").field, "/aliases/0/district");
  EXPECT_EQ(problem(R"([{"name":"甲"},{"name":"甲"},{"name":"甲"},{"name":"甲"},{"name":"甲"}])").reason,
            "entities.field.too_many");
  EXPECT_EQ(problem(R"([5])").field, "/aliases/0");
  EXPECT_EQ(problem("{}").reason, "entities.field.type");
  EXPECT_EQ(create(json(R"({"name":"甲","crosses":["5"]})")).error().reason, "entities.field.reference");
  EXPECT_EQ(create(json(R"({"name":"甲","crosses":"5"})")).error().reason, "entities.field.type");
  // A condition over the rows of what is being written.
  EXPECT_EQ(create(json(R"({"name":"甲","aliases":[{"name":"乙","kind":"old"}]})")).error().field, "note");
  EXPECT_TRUE(create(json(R"({"name":"甲","aliases":[{"name":"乙","kind":"old","since":"明"}]})")));
  EXPECT_EQ(names(""), "甲");
}

TEST_P(ChildrenTest, FiltersLookIntoRowsAndReferences) {
  ASSERT_TRUE(create(json(
      R"({"name":"a","note":"x","aliases":[{"name":"x","kind":"old","length":2},{"name":"y","length":9,"district":)" +
      ref(2) + R"(}],"crosses":[)" + ref(0) + "," + ref(1) + "]}")));
  ASSERT_TRUE(create(
      json(R"({"name":"b","aliases":[{"name":"y","place":{"type":"Point","coordinates":[114,30]}}],"crosses":[)" +
           ref(1) + "]}")));
  ASSERT_TRUE(create(json(R"({"name":"c"})")));
  EXPECT_EQ(names("any(aliases, name = 'y')"), "ab");
  EXPECT_EQ(names("any(aliases, name = 'y' AND length > 3)"), "a");
  EXPECT_EQ(names("any(aliases, name = 'x' AND length > 3)"), "");
  EXPECT_EQ(names("NOT any(aliases, kind = 'old')"), "bc");
  EXPECT_EQ(names("any(aliases, district.level = 3)"), "a");
  EXPECT_EQ(names("any(aliases, district = " + districts[2] + ")"), "a");
  EXPECT_EQ(names("any(aliases, S_INTERSECTS(place, BBOX(113,29,115,31)))"), "b");
  EXPECT_EQ(names("any(aliases, ACCENTI(name) = 'x')"), "a");
  EXPECT_EQ(names("aliases IS NULL"), "c");
  EXPECT_EQ(names("crosses IS NOT NULL AND aliases IS NOT NULL"), "ab");
  EXPECT_EQ(names("any(crosses, level = 2)"), "ab");
  EXPECT_EQ(names("any(crosses, level < 2 OR name = '区9')"), "a");
  EXPECT_EQ(names("NOT any(crosses, level = 1)"), "bc");
  const std::string first = "'" + districts[0] + "'", second = "'" + districts[1] + "'";
  EXPECT_EQ(names("A_CONTAINS(crosses, (" + first + "))"), "a");
  EXPECT_EQ(names("A_EQUALS(crosses, (" + second + "))"), "b");
  EXPECT_EQ(names("A_CONTAINEDBY(crosses, (" + first + "," + second + "))"), "ab");
  EXPECT_EQ(names("A_OVERLAPS(crosses, (" + first + ",'x'))"), "a");
  EXPECT_EQ(names("NOT A_OVERLAPS(crosses, (" + first + "))"), "b");
  // What is decided row by row cannot be mixed with what other records say.
  EXPECT_EQ(names("any(crosses, ACCENTI(name) = '区1')").substr(0, 20), "query.cql2.elsewhere");
  // Rules look into the rows, too; the fields that a rule hides are not there to filter by.
  EXPECT_EQ(names("", &anonymous), "a");
  EXPECT_EQ(names("any(crosses, level = 2)", &anonymous).substr(0, 19), "query.cql2.property");
  EXPECT_EQ(names("any(aliases, name = 'x')", &anonymous).substr(0, 19), "query.cql2.property");
  EXPECT_EQ(create(json(R"({"name":"d","aliases":[{"name":"禁"}]})")).error().reason, "entities.access.forbidden");
  EXPECT_EQ(number("SELECT count(*) FROM town_street__aliases WHERE name='禁'"), 0);
}

TEST_P(ChildrenTest, AVersionHasTheRowsOfItsTime) {
  const auto made = create(json(
      R"({"name":"a","note":"x","aliases":[{"name":"one","kind":"old"},{"name":"two"}],"crosses":[)" + ref(0) + "]}"));
  ASSERT_TRUE(made) << made.error().message.en << made.error().detail;
  const std::string id = (*made)["id"].as_string();
  const Instant first = clerk.now;
  const auto later = [&] {
    clock.advance_seconds(60);
    clerk.now = clock.now();
  };
  later();
  ASSERT_TRUE(update(id, json(R"({"note":"y"})")));
  // A change of something else writes no rows.
  EXPECT_EQ(number("SELECT count(*) FROM town_street__aliases_history"), 2);
  later();
  WriteOptions in_the_world;
  in_the_world.valid_from = "2027-01-01";
  ASSERT_TRUE(update(
      id, json(R"({"aliases":[{"name":"one","kind":"old"},{"name":"2"},{"name":"three"}],"crosses":[)" + ref(1) + "]}"),
      in_the_world));
  // A row that stayed is not written again.
  EXPECT_EQ(number("SELECT count(*) FROM town_street__aliases_history"), 4);
  EXPECT_EQ(number("SELECT count(*) FROM town_street__aliases"), 3);

  const auto shown = [](const Json& record) {
    std::string out;
    for (const auto& row : record["aliases"].as_array()) out += row["name"].as_string() + " ";
    for (const auto& one : record["crosses"].as_array()) out += one["title"].as_string();
    return out;
  };
  EXPECT_EQ(shown(*get(id)), "one 2 three 区2");
  EXPECT_EQ(shown(*get(id, {{}, first})), "one two 区1");
  EXPECT_EQ(shown(*get(id, {*parse_date("2026-12-01"), {}})), "one two 区1");
  EXPECT_EQ(shown(*get(id, {*parse_date("2027-02-01"), {}})), "one 2 three 区2");
  const auto as_of = [](const char* day) { return [day](ListQuery& q) { q.as_of = *parse_date(day); }; };
  EXPECT_EQ(names("any(aliases, name = 'two')"), "");
  EXPECT_EQ(names("any(aliases, name = 'two')", nullptr, as_of("2026-12-01")), "a");
  EXPECT_EQ(names("any(aliases, name = 'three')", nullptr, as_of("2026-12-01")), "");
  EXPECT_EQ(names("A_CONTAINS(crosses, ('" + districts[0] + "'))", nullptr, as_of("2026-12-01")), "a");
  EXPECT_EQ(names("any(crosses, level = 2)", nullptr, as_of("2027-02-01")), "a");
  EXPECT_EQ(names("", &anonymous, as_of("2026-12-01")), "a");

  std::string text;
  ASSERT_TRUE(db->read(
      [&](sql::Connection& c) { return store->history(c, clerk, entity("town/street"), *parse_integer(id), text); }));
  const Json versions = json(text)["versions"];
  std::vector<std::string> found;
  for (const auto& v : versions.as_array())
    found.push_back(v["action"].as_string() + ": " + shown(v["record"]) + " " + v["changed"].dump());
  EXPECT_EQ(found, (std::vector<std::string>{R"(update: one 2 three 区2 ["aliases","crosses"])",
                                             R"(end: one two 区1 [])", R"(update: one two 区1 ["note"])",
                                             R"(create: one two 区1 ["name","note","aliases","renamed","crosses"])"}));

  const Instant kept = clerk.now;
  later();
  ASSERT_TRUE(remove(clerk, "town/street", id));
  EXPECT_EQ(number("SELECT count(*) FROM town_street__aliases"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM town_street__crosses"), 0);
  EXPECT_EQ(shown(*get(id, {*parse_date("2027-02-01"), kept})), "one 2 three 区2");
}

TEST_P(ChildrenTest, AComputedFieldFollowsTheOthers) {
  const auto made =
      create(json(R"({"name":"a","width":7,"lanes":2,"note":"x","aliases":[{"name":"x","kind":"old"}]})"));
  ASSERT_TRUE(made) << made.error().message.en << made.error().detail;
  EXPECT_EQ((*made)["lane_width"].as_number(), 3.5);
  const std::string id = (*made)["id"].as_string();
  ASSERT_TRUE(create(json(R"({"name":"b","width":7})")));
  EXPECT_EQ((*get(id))["lane_width"].as_number(), 3.5);
  EXPECT_TRUE((*get(id))["renamed"].as_bool());
  EXPECT_EQ(names("lane_width > 3"), "a");
  EXPECT_EQ(names("renamed = FALSE"), "b");
  EXPECT_EQ(names("lane_width IS NULL"), "b");
  ASSERT_TRUE(update(id, json(R"({"lanes":4,"aliases":null})")));
  EXPECT_EQ((*get(id))["lane_width"].as_number(), 1.75);
  EXPECT_FALSE((*get(id))["renamed"].as_bool());
  ASSERT_TRUE(update(id, json(R"({"lanes":0})")));
  EXPECT_TRUE((*get(id))["lane_width"].is_null());
  EXPECT_EQ(update(id, json(R"({"lane_width":1})")).error().reason, "entities.field.read_only");
  WriteOptions set_by_the_product;
  set_by_the_product.read_only = ReadOnly::accept;
  ASSERT_TRUE(update(id, json(R"({"lanes":7,"lane_width":100})"), set_by_the_product));
  EXPECT_EQ((*get(id))["lane_width"].as_number(), 1);
}

TEST_P(ChildrenTest, WhatIsReferredToStays) {
  ASSERT_TRUE(
      create(json(R"({"name":"a","aliases":[{"name":"x","district":)" + ref(1) + R"(}],"crosses":[)" + ref(0) + "]}")));
  EXPECT_EQ(remove(clerk, "town/district", districts[0]).error().reason, "entities.record.referenced");
  EXPECT_EQ(remove(clerk, "town/district", districts[1]).error().reason, "entities.record.referenced");
  EXPECT_TRUE(remove(clerk, "town/district", districts[2]));
}

TEST_P(ChildrenTest, APageIsReadWithOneStatementForEachField) {
  for (int i = 0; i < 30; ++i)
    ASSERT_TRUE(create(json(R"({"name":"s","aliases":[{"name":"x"},{"name":"y"}],"crosses":[)" + ref(0) + "]}")));
  struct Counting final : sql::Connection {
    explicit Counting(sql::Connection& c) : inner(c) {}
    sql::Dialect dialect() const override { return inner.dialect(); }
    Result<std::int64_t> execute(std::string_view s, sql::Params p) override { return inner.execute(s, p); }
    Status query(std::string_view s, sql::Params p, const sql::OnRow& on_row) override {
      ++statements;
      return inner.query(s, p, on_row);
    }
    Status run_script(std::string_view s) override { return inner.run_script(s); }
    sql::Connection& inner;
    int statements = 0;
  };
  const auto statements = [&](const char* of, const std::vector<std::string>& fields) {
    int out = 0;
    EXPECT_TRUE(db->read([&](sql::Connection& c) -> Status {
      Counting counting(c);
      ListQuery q;
      q.limit = 100;
      q.fields = fields;
      std::string text;
      CIVITAS_CHECK(store->list(counting, clerk, entity(of), q, text));
      EXPECT_EQ(text.find("\"x\"") != text.npos, fields.empty() && std::string_view(of) == "town/street");
      out = counting.statements;
      return {};
    }));
    return out;
  };
  EXPECT_EQ(statements("town/street", {}), 3);
  EXPECT_EQ(statements("town/street", {"name", "crosses"}), 2);
  EXPECT_EQ(statements("town/street", {"name"}), 1);
  EXPECT_EQ(statements("town/district", {}), 1);
}

TEST_P(ChildrenTest, OldJsonColumnsAreCarriedOver) {
  const std::string plain =
      replace_all(replace_all(street_yaml, "type: rows", "type: json"), "type: refs, to: district", "type: json");
  // Declared as JSON, such fields were kept as they once were.
  std::string before = plain.substr(0, plain.find("    max: 4")) + plain.substr(plain.find("  - {name: crosses"));
  before = replace_all(replace_all(before, "required_if: \"any(aliases, kind = 'old' AND since IS NULL)\"", "max: 20"),
                       "any(aliases, kind = 'old')", "TRUE");
  before = replace_all(before, " AND NOT any(aliases, name = '禁')", "");
  before = replace_all(before, "filters: [name, crosses]", "filters: [name]");
  ASSERT_TRUE(db->write_now([&](sql::Transaction& t) {
    return t.run_script(
        "DROP TABLE town_street;DROP TABLE town_street_history;DROP TABLE town_street__aliases;DROP TABLE "
        "town_street__aliases_history;"
        "DROP TABLE town_street__crosses;DROP TABLE town_street__crosses_history");
  }));
  declare("town/street.yaml", before);
  ASSERT_GT(load(), 0u);
  const auto id =
      (*create(json(R"({"name":"a","aliases":[{"name":"one","kind":"old","length":1.5},{"name":"two"}],"crosses":[)" +
                    ref(0) + R"(,"12345"]})")))["id"]
          .as_string();
  const Instant first = clerk.now;
  clock.advance_seconds(60);
  clerk.now = clock.now();
  ASSERT_TRUE(update(id, json(R"({"aliases":[{"name":"one","kind":"gone"},{"name":"二"}],"crosses":[)" + ref(1) +
                              R"(,"12345",)" + ref(0) + "]}")));
  const auto bare = (*create(json(R"({"name":"b"})")))["id"].as_string();

  declare("town/street.yaml", street_yaml);
  EXPECT_EQ(load(), 16u);  // four tables, two indexes, two fields carried over; four columns, in the table and its history
  EXPECT_EQ((*get(id))["aliases"].dump(), R"([{"name":"one"},{"name":"二"}])");
  EXPECT_EQ((*get(id))["crosses"].dump(),
            R"([{"id":)" + ref(1) + R"(,"title":"区2"},{"id":)" + ref(0) + R"(,"title":"区1"}])");
  EXPECT_EQ((*get(id, {{}, first}))["aliases"].dump(), R"([{"name":"one","kind":"old","length":1.5},{"name":"two"}])");
  EXPECT_EQ((*get(id, {{}, first}))["crosses"].as_array()[0]["title"].as_string(), "区1");
  EXPECT_TRUE((*get(bare))["aliases"].is_null());
  // And lives on there.
  const auto changed = update(id, json(R"({"aliases":[{"name":"one"}],"crosses":[)" + ref(0) + "]}"));
  ASSERT_TRUE(changed) << changed.error().detail;
  EXPECT_EQ((*get(id))["aliases"].dump(), R"([{"name":"one","kind":"alias"}])");
  EXPECT_EQ((*get(id))["crosses"].size(), 1u);
  EXPECT_EQ((*get(id, {{}, clerk.now}))["crosses"].size(), 1u);
}

TEST_P(ChildrenTest, DeclarationsChangeAndDataStays) {
  const auto id =
      (*create(json(R"({"name":"a","aliases":[{"name":"one","length":2}],"crosses":[)" + ref(0) + "]}")))["id"]
          .as_string();
  std::string changed =
      replace_all(street_yaml, "{name: crosses, type: refs,", "{name: passes, was: crosses, type: refs,");
  changed = replace_all(replace_all(changed, "[name, crosses]", "[name, passes]"), "{name: length, type: decimal,",
                        "{name: metres, was: length, type: decimal,");
  changed = replace_all(
      changed, "      - {name: used, type: boolean,",
      "      - {name: tracks, type: integer, title: {zh: 轨道, en: Tracks}}\n      - {name: used, type: boolean,");
  declare("town/street.yaml", changed);
  EXPECT_EQ(load(),
            7u);  // two tables renamed and an index anew; a column renamed and one added, in the table and its history
  EXPECT_EQ((*get(id))["aliases"].dump(), R"([{"name":"one","kind":"alias","metres":2}])");
  EXPECT_EQ((*get(id))["passes"].as_array()[0]["title"].as_string(), "区1");
  ASSERT_TRUE(update(id, json(R"({"aliases":[{"name":"one","tracks":4}],"passes":[)" + ref(1) + "]}")));
  EXPECT_EQ((*get(id))["aliases"].as_array()[0]["tracks"].as_integer(), 4);
  EXPECT_EQ((*get(id, {{}, clerk.now}))["passes"].size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Engines, ChildrenTest, sql::each_dialect(), sql::dialect_name);

TEST(DeclaredRows, WhatHasNoColumnIsRefused) {
  const TestFolder folder;
  const auto mistake = [&](std::string_view from, std::string_view to) {
    folder.put("town/system.yaml", town_yaml);
    folder.put("town/terms/kind.yaml", kind_yaml);
    folder.put("town/district.yaml", district_yaml);
    folder.put("town/street.yaml", replace_all(street_yaml, from, to));
    const auto loaded = Catalog::load(folder.path());
    return loaded ? std::string() : loaded.error().message.en;
  };
  EXPECT_EQ(mistake("x", "x"), "");
  EXPECT_NE(mistake("{name: length, type: decimal,", "{name: length, type: citizen_id,").find("cannot be of the type citizen_id"),
            std::string::npos);
  EXPECT_NE(mistake("{name: length, type: decimal,", "{name: row_no, type: decimal,").find("cannot be named row_no"),
            std::string::npos);
  EXPECT_NE(mistake("{name: length, type: decimal,", "{name: since_latest, type: decimal,")
                .find("would take the column since_latest"),
            std::string::npos);
  EXPECT_NE(
      mistake("{name: length, type: decimal,", "{name: length, unique: true, type: decimal,").find("has no unique"),
      std::string::npos);
  EXPECT_NE(mistake("max: 4", "max: 20000").find("from 1 to 10000"), std::string::npos);
  EXPECT_NE(mistake("sort: [name]", "sort: [crosses]").find("several values"), std::string::npos);
}

TEST(DeclaredRows, ARuleThatCannotBeKeptIsRefused) {
  const TestFolder folder;
  const auto mistake = [&](std::string_view rule) {
    folder.put("town/system.yaml", town_yaml);
    folder.put("town/terms/kind.yaml", kind_yaml);
    folder.put("town/district.yaml", district_yaml);
    folder.put("town/street.yaml", replace_all(street_yaml, "width / lanes", rule));
    const auto loaded = Catalog::load(folder.path());
    if (!loaded) return loaded.error().message.en;
    Conditions conditions(**loaded);
    const Status checked = conditions.check_all();
    return checked ? std::string() : checked.error().message.en;
  };
  EXPECT_EQ(mistake("width * 2 + 1"), "");
  EXPECT_NE(mistake("widht * 2").find("width"), std::string::npos);
  EXPECT_NE(mistake("name").find("gives text, which the field"), std::string::npos);
  EXPECT_NE(mistake("lane_width + 1").find("own fields only"), std::string::npos);
  EXPECT_NE(mistake("year(today())").find("own fields only"), std::string::npos);
  EXPECT_NE(mistake("width) IS NULL AND (lanes").find("a single value"), std::string::npos);
}

}  // namespace
}  // namespace civitas::entities
