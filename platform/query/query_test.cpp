#include <gtest/gtest.h>

#include "city_fixture.hpp"
#include "query/alternatives.hpp"

namespace civitas::query {
namespace {

using testing::City;
using testing::MapRecord;

// ---- types and names ---------------------------------------------------------------------------------------------

struct Refused {
  const char* text;
  const char* reason;
  int character;
  const char* contains;
};

TEST(Check, RefusesWithReasonAndCharacter) {
  const City city;
  const Refused refused[] = {
      {"flors > 3", "query.cql2.property", 1, "floors"},
      {"division.cod = '44'", "query.cql2.property", 1, "code"},
      {"owner.name = 'x'", "query.cql2.step", 1, ""},
      {"kind.name = 'x'", "query.cql2.step", 1, ""},
      {"division.parent.code = 'x'", "query.cql2.step", 1, ""},
      {"kind = 'a' AND lenght(name) > 2", "query.cql2.function", 16, "length"},
      {"name = 3", "query.cql2.type", 8, "text cannot be compared with an integer"},
      {"floors = '3'", "query.cql2.type", 10, ""},
      {"vanished > TRUE", "query.cql2.type", 1, ""},
      {"owner < 3", "query.cql2.type", 1, ""},
      {"floors", "query.cql2.boolean", 1, ""},
      {"kind = 'a' AND name", "query.cql2.boolean", 16, ""},
      {"floors LIKE 'a'", "query.cql2.type", 1, ""},
      {"name LIKE kind", "query.cql2.pattern", 11, ""},
      {"name LIKE 'a\\'", "query.cql2.string", 11, ""},
      {"name + 1 = 2", "query.cql2.type", 1, ""},
      {"S_INTERSECTS(name,POINT(1 2))", "query.cql2.type", 14, ""},
      {"S_INTERSECTS(place,POINT(200 2))", "query.cql2.geometry", 20, ""},
      {"T_DURING(valid_from,INTERVAL('2000-01-01','..'))", "query.cql2.type", 10, "T_INTERSECTS"},
      {"T_AFTER(name,DATE('2000-01-01'))", "query.cql2.type", 9, ""},
      {"valid_from > 'gestern'", "query.cql2.type", 14, ""},
      {"A_CONTAINS(tags,('a',1))", "query.cql2.list", 22, ""},
      {"any(floors, TRUE)", "query.cql2.arguments", 5, ""},
      {"any(signs, name = 'x')", "query.cql2.property", 12, ""},
      {"me(1) = 1", "query.cql2.arguments", 1, ""},
      {"concat(name) = 'a'", "query.cql2.arguments", 1, "takes 2 to 50 arguments"},
      {"concat(name, length) = 'a'", "query.cql2.type", 14, ""},
      {"old(division.code) = 'x'", "query.cql2.arguments", 5, ""},
      {"floors IN my_divisions()", "query.cql2.type", 1, ""},
      {"my_divisions() = 1", "query.cql2.type", 1, ""},
      {"owner IN my_divisions()", "query.cql2.type", 1, "refers to a department"},
      {"division IN my_departments()", "query.cql2.type", 1, "refers to a division"},
      {"division IN my_scope('hall')", "query.cql2.type", 1, "a reference to a hall"},
      {"division IN my_scope(kind)", "query.cql2.arguments", 13, ""},
      {"my_scope('hall') = 1", "query.cql2.type", 1, "stands after IN"},
      {"owner IN my_departmens()", "query.cql2.function", 10, "my_department"},
      {"my_department(1) = 1", "query.cql2.arguments", 1, ""},
      {"took_part()", "query.cql2.arguments", 1, ""},
      {"took_part(name)", "query.cql2.type", 11, "a person"},
      {"took_part(me(), 'verfy')", "query.cql2.step", 17, "verify"},
      {"took_part(my_divisions())", "query.cql2.arguments", 11, "my_departments"},
      {"took_part(my_departments(1))", "query.cql2.arguments", 11, "no arguments"},
      {"any(signs, took_part(me()))", "query.cql2.function", 12, "no process"},
      {"division.neighbours IS NULL", "query.cql2.step", 1, "any()"},
      {"any(division.code, TRUE)", "query.cql2.arguments", 5, ""},
      {"signs = 1", "query.cql2.type", 9, ""},
      {"any(tags, TRUE)", "query.cql2.arguments", 5, ""},
  };
  for (const auto& [text, reason, character, contains] : refused) {
    const auto typed = read_condition(text, city.place);
    ASSERT_FALSE(typed) << text;
    EXPECT_EQ(typed.error().reason, reason) << text << ": " << typed.error().message.en;
    EXPECT_TRUE(typed.error().message.en.starts_with("At character " + std::to_string(character) + " "))
        << text << ": " << typed.error().message.en;
    EXPECT_NE(typed.error().message.en.find(contains), std::string::npos) << typed.error().message.en;
  }
}

// ---- the SQL itself ----------------------------------------------------------------------------------------------

std::string compiled(const City& city, const std::string& text, Dialect dialect, const Bindings& bindings = {}) {
  const auto typed = read_condition(text, city.place);
  if (!typed) return typed.error().message.en;
  const auto sql = compile(*typed, dialect, bindings);
  if (!sql) return sql.error().message.en;
  return sql->sql + (sql->residual ? " +" : "");
}

TEST(Compile, UsesWhatAnIndexCanServe) {
  const City city;
  const auto sqlite = [&](const std::string& text, const Bindings& b = {}) {
    return compiled(city, text, Dialect::sqlite, b);
  };
  EXPECT_EQ(sqlite("kind = 'road'"), R"(("t"."kind" = ?))");
  EXPECT_EQ(sqlite("'road' = kind"), R"(("t"."kind" = ?))");
  EXPECT_EQ(sqlite("name LIKE '中山%'"), R"(("t"."name" >= ? AND "t"."name" < ?))");
  EXPECT_EQ(sqlite("name LIKE '中山_路'"), R"(("t"."name" >= ? AND "t"."name" < ? AND "t"."name" GLOB ?))");
  EXPECT_EQ(sqlite("name NOT LIKE '%路'"), R"(("t"."name" NOT GLOB ?))");
  EXPECT_EQ(sqlite("NOT (kind = 'a' AND floors > 3)"), R"((("t"."kind" <> ?) OR ("t"."floors" <= ?)))");
  EXPECT_EQ(sqlite("vanished"), R"(("t"."vanished" = 1))");
  EXPECT_EQ(sqlite("vanished = FALSE"), R"(("t"."vanished" = 0))");
  EXPECT_EQ(sqlite("created = DATE('2026-11-21')"), R"((("t"."created" >= ? AND "t"."created" < ?)))");
  EXPECT_EQ(sqlite("division.code = '442000'"),
            R"(("t"."division" IN (SELECT r1."id" FROM "division" AS r1 WHERE (r1."code" = ?))))");
  EXPECT_EQ(sqlite("any(signs, state = 'x')"),
            R"(EXISTS (SELECT 1 FROM "sign" AS r1 WHERE r1."place_id" = "t"."id" AND (r1."state" = ?)))");
  EXPECT_EQ(sqlite("CASEI(name) = CASEI('中山ROAD')"), R"((LOWER("t"."name") = ?))");
  EXPECT_EQ(sqlite("CASEI(name) = CASEI('Straße')"), "1=1 +");
  EXPECT_EQ(sqlite("concat(kind, '-', floors) = 'a-3'"), R"((("t"."kind" || ? || CAST("t"."floors" AS TEXT)) = ?))");
  EXPECT_EQ(compiled(city, "concat('a', 7) = 'a7'", Dialect::postgres), "(CAST(? AS text) = CAST(? AS text))");
  EXPECT_EQ(sqlite("kind = 'a' AND ACCENTI(name) = 'x'"), R"((("t"."kind" = ?) AND 1=1) +)");
  EXPECT_EQ(
      sqlite("S_INTERSECTS(place,BBOX(1,2,3,4))"),
      R"("t".id IN (SELECT r1.id FROM "place_box" AS r1 WHERE r1.min_x <= ? AND r1.max_x >= ? AND r1.min_y <= ? AND r1.max_y >= ?) +)");
  Bindings versions;
  versions.versions = true;
  EXPECT_EQ(
      sqlite("S_INTERSECTS(place,BBOX(1,2,3,4))", versions),
      R"(("t"."place_min_x" <= ? AND "t"."place_max_x" >= ? AND "t"."place_min_y" <= ? AND "t"."place_max_y" >= ?) +)");
  EXPECT_EQ(
      sqlite("any(signs, state = 'x')", versions),
      R"(EXISTS (SELECT 1 FROM "sign_history" AS r1 WHERE r1."place_id" = "t"."id" AND r1.since_version <= "t".version AND )"
      R"((r1.until_version IS NULL OR r1.until_version > "t".version) AND (r1."state" = ?)))");
  EXPECT_EQ(
      sqlite("any(crosses, level = 1)"),
      R"(EXISTS (SELECT 1 FROM "crossing" AS r1 WHERE r1."place_id" = "t"."id" AND EXISTS (SELECT 1 FROM "division" AS r2 )"
      R"(WHERE r2."id" = r1."division" AND (r2."level" = ?))))");
  EXPECT_EQ(sqlite("NOT S_INTERSECTS(place,BBOX(1,2,3,4))"), R"(("t"."place_min_x" IS NOT NULL) +)");
  EXPECT_EQ(compiled(city, "name < 'b' AND length > 1.5", Dialect::postgres),
            R"((("t"."name" COLLATE "C" < CAST(? AS text)) AND ("t"."length" > CAST(? AS double precision))))");

  Bindings clerk;
  EXPECT_EQ(sqlite("division IN my_divisions()", clerk), "1=0");
  clerk.scopes = testing::scopes_of({"442000", "44200015"});
  EXPECT_EQ(sqlite("division IN my_divisions()", clerk), R"((substr("t"."division_path",1,6) IN (?)))");
  clerk.scopes = testing::scopes_of({"420115001", "442000", "420111"});
  EXPECT_EQ(sqlite("division IN my_divisions()", clerk),
            R"((substr("t"."division_path",1,6) IN (?,?) OR ("t"."division_path" >= ? AND "t"."division_path" < ?)))");
  clerk.scopes = testing::scopes_of({}, true, {3, 5});
  EXPECT_EQ(sqlite("division IN my_divisions()", clerk), "1=1");
  EXPECT_EQ(sqlite("division IN my_scope('division')", clerk), "1=1");
  EXPECT_EQ(sqlite("owner IN my_departments()", clerk), R"(("t"."owner" IN (?, ?)))");
  EXPECT_EQ(sqlite("owner NOT IN my_departments()", clerk), R"(("t"."owner" NOT IN (?, ?)))");
  EXPECT_EQ(sqlite("owner IN my_departments()"), "1=0");
  EXPECT_EQ(sqlite("owner = my_department()", clerk), R"(("t"."owner" = NULL))");
  clerk.department = 3;
  EXPECT_EQ(sqlite("owner = my_department()", clerk), R"(("t"."owner" = ?))");
  clerk.everywhere = true;
  EXPECT_EQ(sqlite("owner IN my_departments()", clerk), "1=1");
  EXPECT_EQ(
      sqlite("any(division.neighbours, code = '4401')"),
      R"(EXISTS (SELECT 1 FROM "neighbour" AS r1 WHERE r1."of_division" = "t"."division" AND EXISTS (SELECT 1 FROM "division" AS r2 WHERE r2."id" = r1."division" AND (r2."code" = ?))))");
  EXPECT_EQ(
      sqlite("took_part(owner, 'verify')"),
      R"(EXISTS (SELECT 1 FROM "step" AS r1 WHERE r1."place_id" = "t"."id" AND r1."step" = ? AND (r1."who" = "t"."owner" OR r1."acting_for" = "t"."owner")))");
  EXPECT_EQ(sqlite("took_part(my_departments(), 'verify')"), "1=0");
  Bindings colleague;
  colleague.scopes = std::make_shared<Scopes>(Scopes{{"department", {false, {}, {3, 5}}}});
  EXPECT_EQ(
      sqlite("took_part(my_departments(), 'verify')", colleague),
      R"(EXISTS (SELECT 1 FROM "step" AS r1 WHERE r1."place_id" = "t"."id" AND r1."step" = ? AND r1."department" IN (?, ?)))");
}

TEST(Alternatives, TheirUnionIsTheCondition) {
  const City city;
  const auto texts = [&](const char* condition, std::size_t most) {
    auto typed = read_condition(condition, city.place);
    EXPECT_TRUE(typed) << condition;
    std::vector<std::string> out;
    for (const auto& part : alternatives(*typed, most)) out.push_back(compile(part, Dialect::sqlite, {})->sql);
    return out;
  };
  EXPECT_EQ(texts("name = 'a'", 8).size(), 1u);
  EXPECT_EQ(texts("name IN ('a','b','c') AND length > 1", 8).size(), 3u);
  EXPECT_EQ(texts("name IN ('a','b','c') AND length > 1", 2).size(), 1u);
  EXPECT_EQ(texts("length > 5 OR (name IN ('a','b') AND length > 1)", 8).size(), 3u);
  EXPECT_EQ(texts("name NOT IN ('a','b')", 8).size(), 1u);
  EXPECT_EQ(texts("name IN ('a','b')", 8)[1], R"(("t"."name" = ?))");
}

TEST(Compile, NoTextOfTheConditionReachesTheSql) {
  const City city;
  const auto typed = read_condition("name = 'x'' OR 1=1 --' AND A_CONTAINS(tags,('\"; DROP'))", city.place);
  ASSERT_TRUE(typed);
  for (const auto dialect : {Dialect::sqlite, Dialect::postgres}) {
    const auto sql = compile(*typed, dialect, {});
    ASSERT_TRUE(sql);
    EXPECT_EQ(sql->sql.find("DROP"), std::string::npos);
    EXPECT_EQ(sql->sql.find("--"), std::string::npos);
    ASSERT_EQ(sql->params.size(), 2u);
    EXPECT_EQ(std::get<std::string>(sql->params[0]), "x' OR 1=1 --");
  }
}

TEST(Evaluate, UncertainDatesMayBeUnknown) {
  const City city;
  MapRecord record;
  record.values["founded"] = DateSpan{make_date(1911, 1, 1), make_date(1949, 9, 30)};
  const auto truth = [&](const char* text) {
    const auto typed = read_condition(text, city.place);
    return typed ? evaluate(*typed, record, {}) : Truth::unknown;
  };
  EXPECT_EQ(truth("founded < DATE('1949-10-01')"), Truth::yes);
  EXPECT_EQ(truth("founded > DATE('1949-10-01')"), Truth::no);
  EXPECT_EQ(truth("founded < DATE('1930-01-01')"), Truth::unknown);
  EXPECT_EQ(truth("NOT founded < DATE('1930-01-01')"), Truth::unknown);
  EXPECT_EQ(truth("T_INTERSECTS(founded,INTERVAL('1930-01-01','1930-12-31'))"), Truth::yes);
}

TEST(Evaluate, DaysOfTimesAreChinese) {
  const City city;
  MapRecord record;
  record.values["created"] = *parse_instant("2026-11-20T16:00:00Z");  // midnight in China
  const auto truth = [&](const char* text) { return evaluate(*read_condition(text, city.place), record, {}); };
  EXPECT_EQ(truth("created = DATE('2026-11-21')"), Truth::yes);
  EXPECT_EQ(truth("created >= '2026-11-21'"), Truth::yes);
  EXPECT_EQ(truth("created > DATE('2026-11-20')"), Truth::yes);
  EXPECT_EQ(truth("T_AFTER(created,DATE('2026-11-21'))"), Truth::no);
}

TEST(Evaluate, ChangesAndPeople) {
  const City city;
  MapRecord before, after;
  before.values["floors"] = std::int64_t{3};
  after.values["floors"] = std::int64_t{4};
  after.values["owner"] = std::int64_t{42};
  Bindings bindings;
  bindings.me = 42;
  bindings.old = &before;
  const auto truth = [&](const char* text) { return evaluate(*read_condition(text, city.place), after, bindings); };
  EXPECT_EQ(truth("floors > old(floors) AND owner = me()"), Truth::yes);
  EXPECT_EQ(truth("floors / 0 = 1"), Truth::unknown);
  bindings.me.reset();
  EXPECT_EQ(truth("owner = me()"), Truth::unknown);
}

}  // namespace
}  // namespace civitas::query
