// SQL and memory give the same answer: random conditions on random records, in SQLite, in PostgreSQL and here.
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include <charconv>
#include <cstdlib>
#include <random>

#include "city_fixture.hpp"

namespace civitas::query {
namespace {

using testing::City;
using testing::MapRecord;

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    sqlite3_open(":memory:", &db_);
    if (const char* server = std::getenv("CIVITAS_TEST_POSTGRES")) {
      pg_ = PQconnectdb(server);
      run_postgres(
          "CREATE TEMP TABLE division(id BIGINT PRIMARY KEY, code TEXT COLLATE \"C\", level BIGINT);"
          "CREATE TEMP TABLE sign(id BIGSERIAL PRIMARY KEY, place_id BIGINT, state TEXT COLLATE \"C\", height DOUBLE "
          "PRECISION);"
          "CREATE TEMP TABLE crossing(place_id BIGINT, division BIGINT);"
          "CREATE TEMP TABLE neighbour(of_division BIGINT, division BIGINT);"
          "CREATE TEMP TABLE step(place_id BIGINT, step TEXT, who BIGINT, acting_for BIGINT, department BIGINT);"
          "CREATE TEMP TABLE place(id BIGINT PRIMARY KEY, name TEXT, kind TEXT, floors BIGINT, count BIGINT,"
          "length DOUBLE PRECISION, width DOUBLE PRECISION, vanished SMALLINT, checked SMALLINT, valid_from INTEGER,"
          "valid_to INTEGER, changed BIGINT, created BIGINT, founded_from INTEGER, founded_to INTEGER, place TEXT,"
          "place_min_x DOUBLE PRECISION, place_min_y DOUBLE PRECISION, place_max_x DOUBLE PRECISION,"
          "place_max_y DOUBLE PRECISION, tags TEXT, extra TEXT, division BIGINT, division_path TEXT, owner BIGINT);");
    }
    run_sqlite(
        "CREATE TABLE division(id INTEGER PRIMARY KEY, code TEXT, level INTEGER);"
        "CREATE TABLE sign(id INTEGER PRIMARY KEY, place_id INTEGER, state TEXT, height REAL);"
        "CREATE TABLE crossing(place_id INTEGER, division INTEGER);"
        "CREATE TABLE neighbour(of_division INTEGER, division INTEGER);"
        "CREATE TABLE step(place_id INTEGER, step TEXT, who INTEGER, acting_for INTEGER, department INTEGER);"
        "CREATE VIRTUAL TABLE place_box USING rtree(id,min_x,max_x,min_y,max_y);"
        "CREATE TABLE place(id INTEGER PRIMARY KEY, name TEXT, kind TEXT, floors INTEGER, count INTEGER, length REAL, "
        "width REAL,"
        "vanished INTEGER, checked INTEGER, valid_from INTEGER, valid_to INTEGER, changed INTEGER, created INTEGER,"
        "founded_from INTEGER, founded_to INTEGER, place TEXT, place_min_x REAL, place_min_y REAL, place_max_x REAL,"
        "place_max_y REAL, tags TEXT, extra TEXT, division INTEGER, division_path TEXT, owner INTEGER);");
    divisions_.resize(4);
    const char* codes[] = {"442000", "44200015", "4401", "44"};
    for (int i = 0; i < 4; ++i) {
      divisions_[static_cast<std::size_t>(i)].values["code"] = i == 3 ? Value() : Value(std::string(codes[i]));
      divisions_[static_cast<std::size_t>(i)].values["level"] = std::int64_t{i};
      run("INSERT INTO division VALUES(" + std::to_string(i + 1) + "," +
          (i == 3 ? "NULL" : "'" + std::string(codes[i]) + "'") + "," + std::to_string(i) + ")");
    }
    for (const auto& [of, to] : {std::pair{1, 2}, {1, 4}, {3, 1}}) {
      divisions_[static_cast<std::size_t>(of - 1)].crosses.push_back(&divisions_[static_cast<std::size_t>(to - 1)]);
      run("INSERT INTO neighbour VALUES(" + std::to_string(of) + "," + std::to_string(to) + ")");
    }
    for (int id = 1; id <= 60; ++id) add(id, codes);
  }
  ~World() {
    sqlite3_close(db_);
    PQfinish(pg_);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// The ids that SQL (and the residual) selects; what the statement cannot do is a test failure.
  std::vector<int> select(const Compiled& c, const Bindings& bindings) {
    sqlite3_stmt* statement = nullptr;
    const std::string sql = "SELECT t.id FROM place AS t WHERE " + c.sql + " ORDER BY t.id";
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      ADD_FAILURE() << sqlite3_errmsg(db_) << "\n" << sql;
      return {-1};
    }
    for (std::size_t i = 0; i < c.params.size(); ++i) {
      const int at = static_cast<int>(i) + 1;
      if (const auto* n = std::get_if<std::int64_t>(&c.params[i]))
        sqlite3_bind_int64(statement, at, *n);
      else if (const auto* d = std::get_if<double>(&c.params[i]))
        sqlite3_bind_double(statement, at, *d);
      else if (const auto* s = std::get_if<std::string>(&c.params[i]))
        sqlite3_bind_text(statement, at, s->data(), static_cast<int>(s->size()), SQLITE_TRANSIENT);
      else
        sqlite3_bind_null(statement, at);
    }
    std::vector<int> ids;
    int status = 0;
    while ((status = sqlite3_step(statement)) == SQLITE_ROW) {
      const int id = sqlite3_column_int(statement, 0);
      if (!c.residual || evaluate(*c.residual, records[static_cast<std::size_t>(id - 1)], bindings) == Truth::yes)
        ids.push_back(id);
    }
    EXPECT_EQ(status, SQLITE_DONE) << sqlite3_errmsg(db_) << "\n" << sql;
    sqlite3_finalize(statement);
    return ids;
  }

  bool has_postgres() const { return pg_ != nullptr; }

  std::vector<int> select_postgres(const Compiled& c, const Bindings& bindings) {
    std::string sql = "SELECT t.id FROM place AS t WHERE ";
    int placeholder = 0;
    for (const char ch : c.sql) {
      if (ch == '?')
        sql += "$" + std::to_string(++placeholder);
      else
        sql += ch;
    }
    sql += " ORDER BY t.id";
    std::vector<std::string> texts;
    for (const auto& p : c.params) {
      char buffer[40];
      if (const auto* n = std::get_if<std::int64_t>(&p))
        texts.push_back(std::to_string(*n));
      else if (const auto* d = std::get_if<double>(&p))
        texts.emplace_back(buffer, std::to_chars(buffer, buffer + 40, *d).ptr);
      else
        texts.push_back(std::get<std::string>(p));
    }
    std::vector<const char*> values;
    for (const auto& text : texts) values.push_back(text.c_str());
    PGresult* result =
        PQexecParams(pg_, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0);
    EXPECT_EQ(PQresultStatus(result), PGRES_TUPLES_OK) << PQerrorMessage(pg_) << sql;
    std::vector<int> ids;
    for (int i = 0; i < PQntuples(result); ++i) {
      const int id = std::atoi(PQgetvalue(result, i, 0));
      if (!c.residual || evaluate(*c.residual, records[static_cast<std::size_t>(id - 1)], bindings) == Truth::yes)
        ids.push_back(id);
    }
    PQclear(result);
    return ids;
  }

  std::vector<int> filter(const Typed& typed, const Bindings& bindings) const {
    std::vector<int> ids;
    for (std::size_t i = 0; i < records.size(); ++i)
      if (evaluate(typed, records[i], bindings) == Truth::yes) ids.push_back(static_cast<int>(i) + 1);
    return ids;
  }

  std::vector<MapRecord> records;

 private:
  void run(const std::string& sql) {
    run_sqlite(sql);
    if (pg_ != nullptr) run_postgres(sql);
  }
  void run_postgres(const std::string& sql) {
    PGresult* result = PQexec(pg_, sql.c_str());
    EXPECT_EQ(PQresultStatus(result), PGRES_COMMAND_OK) << PQerrorMessage(pg_) << sql;
    PQclear(result);
  }
  void run_sqlite(const std::string& sql) {
    char* message = nullptr;
    ASSERT_EQ(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message << sql;
  }
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  void add(int id, const char* const* codes) {
    MapRecord record;
    std::string columns = "id", values = std::to_string(id);
    const auto put = [&](const std::string& column, const std::string& sql) {
      columns += "," + column;
      values += "," + sql;
    };
    const char* texts[] = {"a", "A",      "ab", "Ab%", "a_b",  "中山路", "中山",
                           "",  "Straße", "é",  "e",   "b*[c", "\\",     "中山A"};
    for (const auto* name : {"name", "kind"})
      if (pick(5) != 0) {
        const std::string text = texts[pick(14)];
        record.values[name] = text;
        put(name, "'" + text + "'");
      }
    for (const auto* name : {"floors", "count"})
      if (pick(5) != 0) {
        const std::int64_t n = pick(7) - 3;
        record.values[name] = n;
        put(name, std::to_string(n));
      }
    for (const auto* name : {"length", "width"})
      if (pick(5) != 0) {
        const double n = (pick(9) - 4) * 0.5;
        record.values[name] = n;
        put(name, std::to_string(n));
      }
    for (const auto* name : {"vanished", "checked"})
      if (pick(3) != 0) {
        const bool b = pick(2) != 0;
        record.values[name] = b;
        put(name, b ? "1" : "0");
      }
    for (const auto* name : {"valid_from", "valid_to"})
      if (pick(4) != 0) {
        const Date d{20000 + pick(4)};
        record.values[name] = d;
        put(name, std::to_string(d.days));
      }
    for (const auto* name : {"changed", "created"})
      if (pick(4) != 0) {
        const Instant at{start_of_day(Date{20000 + pick(4)}).micros + (pick(3) - 1)};
        record.values[name] = at;
        put(name, std::to_string(at.micros));
      }
    if (pick(4) != 0) {
      const Date from{20000 + pick(4)};
      const Date to{from.days + pick(3)};
      record.values["founded"] = DateSpan{from, to};
      put("founded_from", std::to_string(from.days));
      put("founded_to", std::to_string(to.days));
    }
    if (pick(5) != 0) {
      const int x = pick(6), y = pick(6), size = pick(3);
      const std::string wkt = size == 0 ? "POINT(" + std::to_string(x) + " " + std::to_string(y) + ")"
                                        : "POLYGON((" + std::to_string(x) + " " + std::to_string(y) + "," +
                                              std::to_string(x + size) + " " + std::to_string(y) + "," +
                                              std::to_string(x + size) + " " + std::to_string(y + size) + "," +
                                              std::to_string(x) + " " + std::to_string(y) + "))";
      const auto shape = geo::Geometry::from_wkt(wkt);
      ASSERT_TRUE(shape);
      record.values["place"] = *shape;
      put("place", "'" + shape->to_geojson() + "'");
      put("place_min_x", std::to_string(x));
      put("place_min_y", std::to_string(y));
      put("place_max_x", std::to_string(x + size));
      put("place_max_y", std::to_string(y + size));
      const auto number = [](int n) { return "," + std::to_string(n); };
      run_sqlite("INSERT INTO place_box VALUES(" + std::to_string(id) + number(x) + number(x + size) + number(y) +
                 number(y + size) + ")");
    }
    if (pick(5) != 0) {
      TextList tags;
      std::string json;
      for (const auto* tag : {"a", "b", "c"})
        if (pick(2) != 0) {
          tags.push_back(tag);
          json += (json.empty() ? "\"" : ",\"") + std::string(tag) + "\"";
        }
      record.values["tags"] = tags;
      put("tags", "'[" + json + "]'");
    }
    if (pick(4) != 0) {
      const int d = pick(4);
      record.values["division"] = std::int64_t{d + 1};
      record.refs["division"] = &divisions_[static_cast<std::size_t>(d)];
      record.path = std::string(codes[d]);
      put("division", std::to_string(d + 1));
      put("division_path", "'" + std::string(codes[d]) + "'");
    }
    if (pick(3) != 0) {
      const std::int64_t owner = pick(3);
      record.values["owner"] = owner;
      put("owner", std::to_string(owner));
    }
    for (int i = pick(3); i > 0; --i) {
      const MapRecord::Step step{pick(2) == 0 ? "verify" : "close", pick(3), pick(3), pick(4)};
      run("INSERT INTO step VALUES(" + std::to_string(id) + ",'" + step.step + "'," + std::to_string(step.who) + "," +
          std::to_string(step.acting_for) + "," + (step.department ? std::to_string(step.department) : "NULL") + ")");
      record.steps.push_back(step);
    }
    for (int i = pick(3); i > 0; --i) {
      MapRecord sign;
      const char* states[] = {"a", "b"};
      const std::string state = states[pick(2)];
      const bool no_height = pick(2) == 0;
      sign.values["state"] = state;
      if (!no_height) sign.values["height"] = 2.5;
      run("INSERT INTO sign(place_id,state,height) VALUES(" + std::to_string(id) + ",'" + state + "'," +
          (no_height ? "NULL" : "2.5") + ")");
      record.rows.push_back(std::move(sign));
    }
    TextList crossed;
    for (int d = pick(2); d < 4; d += 1 + pick(3)) {
      if (pick(2) == 0) continue;
      run("INSERT INTO crossing VALUES(" + std::to_string(id) + "," + std::to_string(d + 1) + ")");
      crossed.push_back(std::to_string(d + 1));
      record.crosses.push_back(&divisions_[static_cast<std::size_t>(d)]);
    }
    if (!crossed.empty()) record.values["crosses"] = crossed;
    run("INSERT INTO place(" + columns + ") VALUES(" + values + ")");
    records.push_back(std::move(record));
  }

  std::mt19937 random_;
  sqlite3* db_ = nullptr;
  PGconn* pg_ = nullptr;
  std::vector<MapRecord> divisions_;
};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string condition(int depth) {
    switch (depth <= 0 ? 3 + pick(25) : pick(28)) {
      case 0:
        return "(" + condition(depth - 1) + " AND " + condition(depth - 1) +
               (pick(3) == 0 ? " AND " + condition(depth - 1) : "") + ")";
      case 1: return "(" + condition(depth - 1) + " OR " + condition(depth - 1) + ")";
      case 2: return "NOT (" + condition(depth - 1) + ")";
      case 3: return number(depth) + compare() + number(depth);
      case 4: return text() + compare() + text();
      case 5:
        return one({"name", "kind", "CASEI(name)", "ACCENTI(name)", "division.code"}) + one({" LIKE ", " NOT LIKE "}) +
               pattern();
      case 6: return number(1) + one({" BETWEEN ", " NOT BETWEEN "}) + number(0) + " AND " + number(0);
      case 7: return text() + one({" IN (", " NOT IN ("}) + text() + "," + text() + ")";
      case 8: return number(0) + one({" IN (", " NOT IN ("}) + number(0) + "," + number(0) + ")";
      case 9:
        return one({"name", "floors", "vanished", "founded", "place", "tags", "division", "division.code", "changed",
                    "signs", "crosses"}) +
               one({" IS NULL", " IS NOT NULL"});
      case 10:
        return one(
            {"vanished", "checked", "vanished = TRUE", "checked <> FALSE", "vanished = checked", "TRUE", "FALSE"});
      case 11: return time() + compare() + time();
      case 12: return time() + one({" BETWEEN ", " NOT BETWEEN "}) + time() + " AND " + time();
      case 13:
        return one({"T_AFTER", "T_BEFORE", "T_DISJOINT", "T_EQUALS", "T_INTERSECTS"}) + "(" +
               one({time(), interval()}) + "," + one({time(), interval()}) + ")";
      case 14:
        return one({"T_CONTAINS", "T_DURING", "T_FINISHEDBY", "T_FINISHES", "T_MEETS", "T_METBY", "T_OVERLAPPEDBY",
                    "T_OVERLAPS", "T_STARTEDBY", "T_STARTS"}) +
               "(" + interval() + "," + interval() + ")";
      case 15:
        return one({"S_INTERSECTS", "S_EQUALS", "S_DISJOINT", "S_TOUCHES", "S_WITHIN", "S_OVERLAPS", "S_CROSSES",
                    "S_CONTAINS"}) +
               one({"(place,", "(POINT(2 2),"}) +
               one({"place)", "BBOX(1,1,3,3))", "POINT(2 2))", "LINESTRING(0 0,4 4))"});
      case 16:
        return one({"A_EQUALS", "A_CONTAINS", "A_CONTAINEDBY", "A_OVERLAPS"}) + "(" + one({"tags", "('a','b')", "()"}) +
               "," + one({"tags", "('a')", "('b','c')", "()"}) + ")";
      case 17:
        return "any(signs," +
               one({"state = 'a'", "height > 2", "NOT height > 2", "state = 'b' AND height IS NULL",
                    "ACCENTI(state) = 'a'"}) +
               ")";
      case 18: return "division IN my_divisions()";
      case 19: return "owner" + one({" = ", " <> "}) + one({"me()", "1", "'2'", "owner", "my_department()"});
      case 20: return time() + one({" IN (", " NOT IN ("}) + time() + "," + time() + ")";
      case 21:
        return "(" + condition(depth - 2) + ")" + one({" = TRUE", " = FALSE", " <> TRUE", " = vanished", " IS NULL"});
      case 22:
        return one({"A_EQUALS", "A_CONTAINS", "A_CONTAINEDBY", "A_OVERLAPS"}) + "(" + one({"crosses", "tags"}) + "," +
               one({"crosses", "('1')", "('2','3')", "('1','x')", "('x')", "()"}) + ")";
      case 25:
        return "owner" + one({" IN ", " NOT IN "}) + one({"my_departments()", "my_scope('department')"});
      case 26:
        return "took_part(" + one({"me()", "owner", "my_department()", "1", "my_departments()"}) + one({"", ", 'verify'", ", 'close'"}) + ")";
      case 27:
        return "any(division.neighbours, " + one({"code = '44200015'", "level > 1", "code IS NULL", "level < 9"}) + ")";
      case 23:
        return "any(crosses," +
               one({"code = '442000'", "level > 1", "NOT level > 1", "code IS NULL", "code LIKE '44%' AND level < 2",
                    "ACCENTI(code) = '44'", "code LIKE '%2%' OR level = 3"}) +
               ")";
      default:
        return one({"division.level > 0", "division.code = '442000'", "NOT division.level IN (1,2)",
                    "division.code >= '4401' AND division.level < 3", "division.level + floors > 1"});
    }
  }

 private:
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  std::string one(std::vector<std::string> list) {
    return list[static_cast<std::size_t>(pick(static_cast<int>(list.size())))];
  }
  std::string compare() { return one({" = ", " <> ", " < ", " > ", " <= ", " >= "}); }
  std::string number(int depth) {
    if (depth > 0 && pick(3) == 0)
      return "(" + number(depth - 1) + one({" + ", " - ", " * ", " / ", " % ", " div ", " ^ "}) + number(depth - 1) +
             ")";
    return one({"floors", "count", "length", "width", "1", "0", "-2", "1.5", "2.0", "length(name)", "abs(length)",
                "division.level", "year(valid_from)", "old(floors)"});
  }
  std::string text() {
    return one({"name", "kind", "'a'", "'A'", "'中山'", "'Ab%'", "CASEI(name)", "CASEI(kind)", "CASEI('STRASSE')",
                "ACCENTI(name)", "'e'", "lower(name)", "upper(kind)", "trim(name)", "division.code", "old(name)",
                "concat(name, 'a')", "concat(kind, floors, '-', lower(name))", "concat(division.code, 7)"});
  }
  std::string pattern() {
    return one({"'a%'", "'%a%'", "'_b'", "'中山%'", "'中_'", "'%'", "''", "'Ab\\%'", "'a\\_%'", "'%*[%'", "CASEI('A%')",
                "'a'", "'\\\\\\\\'", "'%b_'", "'straß%'"});
  }
  std::string time() {
    return one({"valid_from", "valid_to", "changed", "created", "founded", "DATE('2024-10-05')", "DATE('2024-10-06')",
                "TIMESTAMP('2024-10-05T16:00:00Z')", "today()", "now()", "'2024-10-05'", "old(valid_from)"});
  }
  std::string interval() {
    const auto end = [&] {
      return one(
          {"'..'", "valid_from", "valid_to", "changed", "'2024-10-05'", "'2024-10-06'", "'2024-10-05T16:00:00Z'"});
    };
    return "INTERVAL(" + end() + "," + end() + ")";
  }
  std::mt19937 random_;
};

TEST(Compile, DatabasesAndMemorySelectTheSameRows) {
  const City city;
  World world(7);
  Generator generator(11);
  Bindings bindings;
  bindings.me = 1;
  bindings.now = Instant{start_of_day(Date{20001}).micros + 5};
  bindings.department = 2;
  MapRecord old;
  old.values["floors"] = std::int64_t{1};
  old.values["name"] = std::string("a");
  int accepted = 0, residuals = 0, some = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = generator.condition(3);
    const auto typed = read_condition(text, city.place);
    if (!typed) {
      // Two literals such as '2024-10-05' < '2024-10-05T…' are texts, `'a' = …` may lack a property: never a syntax
      // error.
      ASSERT_EQ(typed.error().reason, "query.cql2.type") << text << ": " << typed.error().message.en;
      continue;
    }
    ++accepted;
    bindings.old = i % 2 == 0 ? &old : nullptr;
    bindings.scopes = testing::scopes_of({"4420"}, i % 7 == 0, i % 5 == 0 ? std::vector<std::int64_t>{} : std::vector<std::int64_t>{0, 2});
    const auto sql = compile(*typed, Dialect::sqlite, bindings);
    ASSERT_TRUE(sql) << sql.error().message.en;
    residuals += sql->residual.has_value();
    const auto expected = world.filter(*typed, bindings);
    some += !expected.empty() && expected.size() < world.records.size();
    ASSERT_EQ(world.select(*sql, bindings), expected) << text << "\n" << sql->sql;
    if (world.has_postgres() && i % 4 == 0) {
      const auto postgres = compile(*typed, Dialect::postgres, bindings);
      ASSERT_TRUE(postgres);
      ASSERT_EQ(world.select_postgres(*postgres, bindings), expected) << text << "\n" << postgres->sql;
    }
    const auto expr = parse_text(text);
    const auto again = check(*parse_text(to_text(*expr)), city.place);
    ASSERT_TRUE(again);
    ASSERT_EQ(world.filter(*again, bindings), expected) << to_text(*expr);
  }
  EXPECT_GT(accepted, 10'000);
  EXPECT_GT(residuals, 1'000);
  EXPECT_GT(some, 3'000);
}

TEST(Compile, DeepAndLongConditionsStillRun) {
  const City city;
  World world(3);
  std::string deep = "floors > 0", wide = "floors = 0";
  for (int i = 0; i < 40; ++i)
    deep = "floors > " + std::to_string(-i % 4) + (i % 2 != 0 ? " AND (" : " OR (") + deep + ")";
  for (int i = 1; i < 3'000; ++i) wide += " OR floors = " + std::to_string(i);
  std::string sums = "floors";
  for (int i = 0; i < 90; ++i) sums = "(" + sums + " + 1)";
  for (const auto& text : {deep, wide, sums + " > 90"}) {
    const auto typed = read_condition(text, city.place);
    ASSERT_TRUE(typed) << typed.error().message.en;
    const auto sql = compile(*typed, Dialect::sqlite, {});
    ASSERT_TRUE(sql);
    EXPECT_EQ(world.select(*sql, {}), world.filter(*typed, {}));
  }
}

}  // namespace
}  // namespace civitas::query
