#include "exchange/exchange.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "audit/audit.hpp"
#include "base/strings.hpp"
#include "documents/geojson.hpp"
#include "documents/table_reader.hpp"
#include "documents/table_writer.hpp"
#include "entities/migration.hpp"
#include "exchange/values.hpp"

namespace civitas::exchange {
namespace {

namespace fs = std::filesystem;
using entities::Context;
using entities::Entity;

constexpr const char* system_yaml = R"(
system: town
title: {zh: 城镇, en: Town}
roles:
  - {name: editor, title: {zh: 编辑, en: Editor}}
)";
constexpr const char* terms_yaml = R"(
terms: kind
title: {zh: 类别, en: Kind}
codes:
  - {code: "10", title: {zh: 街巷, en: Street}}
  - {code: "20", title: {zh: 桥梁, en: Bridge}}
  - {code: "31", title: {zh: 其他, en: Other}}
  - {code: "32", title: {zh: 其他, en: Other}}
)";
constexpr const char* division_yaml = R"(
entity: division
title: {zh: 政区, en: Division}
title_field: name
fields:
  - {name: code, type: text, title: {zh: 区划代码, en: Division code}, required: true, unique: true, pattern: "[0-9]{12}", max: 12}
  - {name: name, type: text, title: {zh: 名称, en: Name}, required: true, max: 60}
  - {name: parent, type: ref, to: division, title: {zh: 上级, en: Parent}}
list: {columns: [code, name], filters: [code], sort: [code]}
access:
  - {role: editor, read: "TRUE", write: "TRUE", create: "TRUE"}
)";
constexpr const char* place_yaml = R"(
entity: place
title: {zh: 地名, en: Place}
title_field: name
fields:
  - {name: code, type: code, rule: "P{serial:6}", title: {zh: 地名代码, en: Code}, unique: true}
  - {name: key, type: text, title: {zh: 编号, en: Key}, unique: true, max: 40}
  - {name: name, type: text, title: {zh: 标准名称, en: Standard name}, required: true, max: 20, help: {zh: 不超过 20 字, en: At most 20 characters}}
  - {name: kind, type: term, of: kind, title: {zh: 类别, en: Kind}, required: true}
  - {name: division, type: ref, to: division, title: {zh: 所在政区, en: Division}}
  - {name: divisions, type: refs, to: division, title: {zh: 跨越政区, en: Divisions crossed}}
  - {name: length, type: decimal, title: {zh: 长度, en: Length}, min: 0}
  - {name: lanes, type: integer, title: {zh: 车道数, en: Lanes}, min: 0}
  - {name: open, type: boolean, title: {zh: 开放, en: Open}}
  - {name: approved_on, type: date, title: {zh: 批准日期, en: Approved on}}
  - {name: checked_at, type: instant, title: {zh: 核查时间, en: Checked at}}
  - {name: since, type: uncertain_date, title: {zh: 始建, en: Since}}
  - {name: origin, type: long_text, title: {zh: 来历, en: Origin}, max: 2000}
  - {name: spot, type: point, title: {zh: 位置, en: Spot}}
  - {name: course, type: line, title: {zh: 走向, en: Course}}
list: {columns: [code, name], filters: [code, name], sort: [code, name], map: spot}
access:
  - {role: editor, read: "TRUE", write: "TRUE", create: "TRUE", remove: "TRUE"}
)";

// Every test runs on SQLite, and on PostgreSQL when CIVITAS_TEST_POSTGRES names one.
class ExchangeTest : public testing::TestWithParam<sql::Dialect> {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("civitas_exchange_" + std::to_string(getpid()));
    fs::remove_all(root_);
    fs::create_directories(root_ / "systems/town/terms");
    write(root_ / "systems/town/system.yaml", system_yaml);
    write(root_ / "systems/town/terms/kind.yaml", terms_yaml);
    write(root_ / "systems/town/division.yaml", division_yaml);
    write(root_ / "systems/town/place.yaml", place_yaml);
    auto catalog = entities::Catalog::load(root_ / "systems");
    ASSERT_TRUE(catalog) << catalog.error().message.zh;
    catalog_ = *catalog;
    place_ = catalog_->entity("town", "place");
    division_ = catalog_->entity("town", "division");
    open();
    ASSERT_TRUE(db_->write_now([&](sql::Transaction& t) -> Status {
      if (GetParam() == sql::Dialect::postgres)
        CIVITAS_CHECK(t.run_script("DROP SCHEMA IF EXISTS civitas_exchange CASCADE; CREATE SCHEMA civitas_exchange"));
      CIVITAS_CHECK(entities::create_tables(t));
      CIVITAS_CHECK(audit::create_tables(t));
      CIVITAS_CHECK(jobs::Jobs::create_tables(t));
      CIVITAS_CHECK(t.run_script(
          "CREATE TABLE identity_person(id BIGINT,account TEXT,name TEXT,kind TEXT,all_divisions BIGINT,disabled "
          "BIGINT);"
          "CREATE TABLE identity_person__roles(of_record BIGINT,target BIGINT);CREATE TABLE "
          "identity_person__divisions(of_record BIGINT,target BIGINT);"
          "CREATE TABLE identity_role(id BIGINT,permissions TEXT);CREATE TABLE place_names_division(id BIGINT,code "
          "TEXT);"
          "INSERT INTO identity_role VALUES(1,'[\"town.editor\"]');"
          "INSERT INTO identity_person VALUES(7,'li','李','staff',1,0);INSERT INTO identity_person__roles VALUES(7,1);"
          "INSERT INTO identity_person VALUES(8,'wang','王','staff',1,0)"));
      CIVITAS_TRY(const auto plan, entities::plan_migration(*catalog_, t));
      CIVITAS_CHECK(entities::apply_migration(plan, t));
      for (const auto& [code, name] : {std::pair{"420103000000", "江汉区"}, std::pair{"420111000000", "洪山区"},
                                       std::pair{"420111001000", "新村"}, std::pair{"420103001000", "新村"}}) {
        Json input = Json::object();
        input.set("code", Json(code)).set("name", Json(name));
        CIVITAS_CHECK(store_->create(t, context(), *division_, input));
      }
      return {};
    }));
  }
  void TearDown() override {
    close();
    fs::remove_all(root_);
  }
  sql::DatabaseOptions options() const {
    sql::DatabaseOptions out;
    out.dialect = GetParam();
    out.file = root_ / "test.db";
    out.writers = 2;
    if (out.dialect == sql::Dialect::postgres)
      out.connection_string =
          std::getenv("CIVITAS_TEST_POSTGRES") + std::string(" options='-c search_path=civitas_exchange'");
    return out;
  }
  void open() {
    auto opened = sql::Database::open(options());
    ASSERT_TRUE(opened) << opened.error().detail;
    db_ = std::move(*opened);
    store_ = std::make_unique<entities::Store>(catalog_, GetParam(), ids_, hooks_, nullptr);
    jobs_ = std::make_unique<jobs::Jobs>(*db_, clock_, ids_);
    importer_ = std::make_unique<Importer>(*db_, *store_, clock_, root_ / "imports");
    importer_->register_kind(*jobs_);
  }
  void close() {
    if (jobs_) jobs_->stop();
    if (db_) db_->close();
    importer_.reset();
    jobs_.reset();
    store_.reset();
    db_.reset();
  }
  static void write(const fs::path& file, std::string_view text) { std::ofstream(file, std::ios::binary) << text; }
  Context context(std::int64_t person = 7) const {
    identity::Principal who;
    who.id = person;
    who.name = "李";
    who.standing = identity::Standing::staff;
    if (person == 7) who.permissions = {"town.editor"};
    return {who, clock_.now(), "test"};
  }
  std::int64_t enqueue(const fs::path& source, Mode mode, const std::string& entity = "town/place",
                       std::int64_t person = 7) {
    auto folder = importer_->new_folder();
    EXPECT_TRUE(folder);
    fs::copy_file(source, *folder / "upload");
    std::int64_t id = 0;
    EXPECT_TRUE(db_->write_now([&](sql::Transaction& t) -> Status {
      CIVITAS_TRY(id, jobs_->enqueue(t, import_kind, {"导入", "Import"},
                                     Importer::input_of({entity, *folder / "upload", mode, person, Language::zh,
                                                         source.filename().string()}),
                                     person));
      return {};
    }));
    errors_ = *folder / "errors.xlsx";
    return id;
  }
  Json job(std::int64_t id) {
    Json out;
    EXPECT_TRUE(db_->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(out, jobs::Jobs::describe(c, id));
      return {};
    }));
    return out;
  }
  Json finished(std::int64_t id, int seconds = 300) {
    for (int i = 0; i < seconds * 100; ++i) {
      const Json state = job(id);
      if (state["state"].as_string() != "queued" && state["state"].as_string() != "running") return state;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return {};
  }
  Json import(const fs::path& source, Mode mode, const std::string& entity = "town/place", std::int64_t person = 7) {
    EXPECT_TRUE(jobs_->start());
    const Json out = finished(enqueue(source, mode, entity, person));
    jobs_->stop();
    return out;
  }
  Json import_text(std::string_view text, Mode mode, const std::string& entity = "town/place") {
    write(root_ / "in.csv", text);
    return import(root_ / "in.csv", mode, entity);
  }
  std::int64_t number(const std::string& statement) {
    std::int64_t out = -1;
    EXPECT_TRUE(db_->read([&](sql::Connection& c) -> Status {
      CIVITAS_TRY(const auto n, c.query_integer(statement));
      out = n.value_or(-1);
      return {};
    }));
    return out;
  }
  std::int64_t places() { return number("SELECT count(*) FROM town_place"); }
  std::string clear_places() const {
    return GetParam() == sql::Dialect::sqlite ? "DELETE FROM town_place; DELETE FROM town_place_box"
                                              : "DELETE FROM town_place";
  }
  // Everything that a change could touch.
  std::string state_of_database() {
    std::string out;
    for (const char* table : {"town_place", "town_place_history", "town_division", "entities_serial"})
      out += std::string(table) + "=" + std::to_string(number(std::string("SELECT count(*) FROM ") + table)) + " ";
    return out + std::to_string(number("SELECT coalesce(sum(last),0) FROM entities_serial"));
  }
  std::vector<Json> records(const Entity& e) {
    std::vector<Json> out;
    EXPECT_TRUE(db_->read([&](sql::Connection& c) -> Status {
      entities::ListQuery q;
      q.limit = 100'000;
      q.sort = e.name == "place" ? "name" : "code";
      CIVITAS_CHECK(store_->each(c, context(), e, q, [&](const Json& r) -> Status {
        Json plain = Json::object();
        for (const auto& [name, value] : r.as_object())
          if (name != "id" && name != "version" && name != "created_at" && name != "updated_at" && name != "code")
            plain.set(name, value);
        out.push_back(std::move(plain));
        return {};
      }));
      return {};
    }));
    return out;
  }
  std::vector<std::vector<documents::Cell>> rows_of(const fs::path& file) {
    std::vector<std::vector<documents::Cell>> out;
    auto reader = documents::open_table(file);
    EXPECT_TRUE(reader);
    std::vector<documents::Cell> row;
    while (reader && (*reader)->next(row).value_or(false)) out.push_back(row);
    return out;
  }
  Result<std::int64_t> export_to(const fs::path& file, Format format, Language language = Language::zh,
                                 std::int64_t person = 7) {
    entities::ListQuery query;
    query.sort = "name";
    return export_records(*db_, *store_, context(person), {*place_, query, format, language}, file);
  }

  const std::string good_rows =
      "编号,标准名称*,类别,所在政区,跨越政区,长度,车道数,开放,批准日期,核查时间,始建,来历,经度,纬度,走向\r\n"
      "A1,中山大道,街巷,江汉区,江汉区；420111000000,1200.5,4,是,2024/5/1,2024-05-01 "
      "08:30,1927年以前,\"第一行\n第二行\",114.305,30.593,\"LINESTRING (114.3 30.59, 114.31 30.6)\"\r\n"
      "A2,=友谊路,10 街巷,420111,,,,否,2024年5月1日,,1949,,,,\r\n"
      "A3,长江大桥,20,420103001000 新村,,,6,,20240501,,,,114.28,30.55,\r\n";

  fs::path root_, errors_;
  SystemClock clock_;
  IdGenerator ids_{clock_};
  entities::Hooks hooks_;
  std::shared_ptr<const entities::Catalog> catalog_;
  const Entity* place_ = nullptr;
  const Entity* division_ = nullptr;
  std::unique_ptr<sql::Database> db_;
  std::unique_ptr<entities::Store> store_;
  std::unique_ptr<jobs::Jobs> jobs_;
  std::unique_ptr<Importer> importer_;
};

TEST(NormalDate, UnderstandsTheUsualForms) {
  for (const char* text : {"2024-5-1", "2024/05/01", "2024.5.1", "2024年5月1日", "20240501", " 2024-05-01 "})
    EXPECT_EQ(normal_date(text), "2024-05-01") << text;
  EXPECT_EQ(normal_date("5/1/2024"), "5/1/2024");
  EXPECT_EQ(normal_date("明"), "明");
}

TEST_P(ExchangeTest, ReadsEveryKindOfColumn) {
  const Json done = import_text(good_rows, Mode::good);
  ASSERT_EQ(done["state"].as_string(), "done") << done.dump();
  EXPECT_EQ(done["result"]["good"].as_integer(), 3) << done.dump();
  EXPECT_EQ(done["result"]["bad"].as_integer(), 0);
  EXPECT_TRUE(done["result"]["errors_file"].is_null());
  const auto all = records(*place_);
  ASSERT_EQ(all.size(), 3u);
  const Json& first = all[1]["key"].as_string() == "A1" ? all[1] : all[0]["key"].as_string() == "A1" ? all[0] : all[2];
  EXPECT_EQ(first["name"].as_string(), "中山大道");
  EXPECT_EQ(first["kind"].as_string(), "10");
  EXPECT_EQ(first["division"]["title"].as_string(), "江汉区");
  EXPECT_EQ(first["divisions"].size(), 2u);
  EXPECT_EQ(first["length"].as_number(), 1200.5);
  EXPECT_EQ(first["lanes"].as_integer(), 4);
  EXPECT_TRUE(first["open"].as_bool());
  EXPECT_EQ(first["approved_on"].as_string(), "2024-05-01");
  EXPECT_EQ(parse_instant(first["checked_at"].as_string()), parse_instant("2024-05-01T00:30:00Z"));
  EXPECT_EQ(first["since"].as_string(), "1927年以前");
  EXPECT_EQ(first["origin"].as_string(), "第一行\n第二行");
  EXPECT_EQ(first["spot"]["coordinates"].as_array()[0].as_number(), 114.305);
  EXPECT_EQ(first["course"]["type"].as_string(), "LineString");
  EXPECT_EQ(number("SELECT count(*) FROM audit_entry WHERE action='town.place.import'"), 1);
}

TEST_P(ExchangeTest, WhatIsExportedImportsEqual) {
  ASSERT_EQ(import_text(good_rows, Mode::all)["result"]["good"].as_integer(), 3);
  const auto before = records(*place_);
  for (const auto& [format, name] : {std::pair{Format::xlsx, "out.xlsx"}, std::pair{Format::csv, "out.csv"},
                                     std::pair{Format::geojson, "out.geojson"}}) {
    for (const Language language : {Language::zh, Language::en}) {
      const auto count = export_to(root_ / name, format, language);
      ASSERT_TRUE(count) << count.error().message.zh << count.error().detail;
      EXPECT_EQ(*count, 3);
      ASSERT_TRUE(db_->write_now([&](sql::Transaction& t) { return t.run_script(clear_places()); }));
      // Two divisions are called 新村: the title alone cannot tell which.
      const Json done = import(root_ / name, Mode::good);
      EXPECT_EQ(done["result"]["good"].as_integer(), 2) << name << done.dump();
      EXPECT_EQ(done["result"]["errors"].as_array().at(0)["reason"].as_string(), "exchange.import.reference_ambiguous");
      for (const auto& record : records(*place_))
        EXPECT_NE(std::find(before.begin(), before.end(), record), before.end()) << name << record.dump();
      ASSERT_TRUE(db_->write_now([&](sql::Transaction& t) { return t.run_script(clear_places()); }));
      ASSERT_EQ(import_text(good_rows, Mode::all)["result"]["good"].as_integer(), 3);
    }
  }
}

TEST_P(ExchangeTest, AnExportThatIsCancelledLeavesNoFile) {
  ASSERT_EQ(import_text(good_rows, Mode::all)["result"]["good"].as_integer(), 3);
  std::int64_t seen = 0;
  const auto stopped = export_records(*db_, *store_, context(7), {*place_, {}, Format::csv, Language::zh},
                                      root_ / "out.csv", [&](std::int64_t done) -> Status {
                                        seen = done;
                                        return fail(problem(Kind::cancelled, "jobs.cancelled", "", ""));
                                      });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().reason, "jobs.cancelled");
  EXPECT_EQ(seen, 3);
  Exporter exporter(*db_, *store_, clock_, root_ / "exports");
  jobs::Jobs jobs(*db_, clock_, ids_);
  exporter.register_kind(jobs);
  const auto input = Exporter::input_of({*place_, {}, Format::csv, Language::zh}, context(7).who);
  const auto done = jobs.run_here(export_kind, {"导出", "Export"}, input, 7);
  ASSERT_TRUE(done);
  EXPECT_EQ((*done)["state"].as_string(), "done") << done->dump();
  EXPECT_EQ((*done)["result"]["rows"].as_integer(), 3);
  EXPECT_TRUE(fs::exists(exporter.file_of(parse_integer((*done)["id"].as_string()).value_or(0), input)));
  Json stranger = input;
  stranger.set("person", Json("0"));
  const auto refused = jobs.run_here(export_kind, {"导出", "Export"}, stranger, 0);
  ASSERT_TRUE(refused);
  EXPECT_EQ((*refused)["state"].as_string(), "failed") << "an export of nobody reads what nobody may";
}

TEST_P(ExchangeTest, AFormulaIsGuardedInCsvAndComesBack) {
  ASSERT_EQ(import_text(good_rows, Mode::good)["result"]["good"].as_integer(), 3);
  ASSERT_TRUE(export_to(root_ / "out.csv", Format::csv));
  const std::string text = read_file(root_ / "out.csv").value_or("");
  EXPECT_TRUE(text.starts_with("\xEF\xBB\xBF"));
  EXPECT_NE(text.find(",'=友谊路,"), std::string::npos) << text;
}

TEST_P(ExchangeTest, WrongRowsAreToldByRowColumnAndField) {
  const std::string text =
      "编号,标准名称,类别,所在政区,长度,批准日期,经度,纬度\r\n"
      "B1,好地名,街巷,江汉区,1,2024-05-01,114.3,30.5\r\n"
      "B2,,街巷,,,,,\r\n"
      "B3,这个名称实在是太长太长太长太长太长太长太长太长了,街巷,,,,,\r\n"
      "B4,甲,不存在,,,,,\r\n"
      "B5,乙,其他,,,,,\r\n"
      "B6,丙,街巷,火星区,,,,\r\n"
      "B7,丁,街巷,新村,,,,\r\n"
      "B8,戊,街巷,,很长,2024-02-30,,\r\n"
      "B9,己,街巷,,,,114.3,\r\n"
      "B1,庚,街巷,,,,,\r\n"
      "B10,辛,街巷,,,,200,95\r\n"
      "B11,又一个好的,桥梁,,,,,\r\n";
  const Json done = import_text(text, Mode::good);
  ASSERT_EQ(done["state"].as_string(), "done") << done.dump();
  const Json& result = done["result"];
  EXPECT_EQ(result["good"].as_integer(), 2) << done.dump();
  EXPECT_EQ(result["bad"].as_integer(), 10);
  EXPECT_EQ(places(), 2);
  EXPECT_EQ(number("SELECT count(*) FROM town_place_history"), 2) << "a refused row leaves nothing";
  const auto expect = [&](std::size_t at, int row, const char* column, const char* field, const char* reason) {
    const Json& e = result["errors"].as_array().at(at);
    EXPECT_EQ(e["row"].as_integer(), row) << e.dump();
    EXPECT_EQ(e["column"].as_string(), column) << e.dump();
    EXPECT_EQ(e["field"].as_string(), field) << e.dump();
    EXPECT_EQ(e["reason"].as_string(), reason) << e.dump();
    EXPECT_FALSE(e["detail"].as_string().empty());
  };
  expect(0, 3, "B", "name", "entities.field.required");
  expect(1, 4, "B", "name", "entities.field.too_long");
  expect(2, 5, "C", "kind", "exchange.import.term");
  expect(3, 6, "C", "kind", "exchange.import.term_ambiguous");
  expect(4, 7, "D", "division", "exchange.import.reference_unknown");
  expect(5, 8, "D", "division", "exchange.import.reference_ambiguous");
  EXPECT_NE(result["errors"].as_array()[5]["detail"].as_string().find("420111001000"), std::string::npos)
      << "names the candidates";
  expect(6, 9, "E", "length", "exchange.import.number");
  expect(7, 10, "G", "spot", "exchange.import.position");
  expect(8, 11, "A", "key", "entities.field.taken");
  EXPECT_EQ(result["errors"].as_array()[9]["row"].as_integer(), 12);

  // The workbook of errors has the wrong rows only; corrected, it can be sent as it is.
  const auto rows = rows_of(errors_);
  ASSERT_EQ(rows.size(), 11u);
  EXPECT_EQ(rows[0].back().text, "错误说明");
  EXPECT_EQ(rows[1][0].text, "B2");
  EXPECT_NE(rows[1].back().text.find("标准名称"), std::string::npos);
  const Json again = import(errors_, Mode::check);
  EXPECT_EQ(again["state"].as_string(), "done") << again.dump();
  EXPECT_EQ(again["result"]["bad"].as_integer(), 10);
}

TEST_P(ExchangeTest, ACheckChangesNothing) {
  const std::string before = state_of_database();
  const Json done = import_text(good_rows + "A1,重复,街巷,,,,,,,,,,,,\r\n,缺类别,,,,,,,,,,,,,\r\n", Mode::check);
  EXPECT_EQ(done["result"]["good"].as_integer(), 3) << done.dump();
  EXPECT_EQ(done["result"]["bad"].as_integer(), 2);
  EXPECT_EQ(state_of_database(), before);
  EXPECT_EQ(rows_of(errors_).size(), 6u) << "of a check, the whole table";
}

TEST_P(ExchangeTest, ACheckSeesRepetitionsAndReferencesAcrossBatches) {
  std::string text = "区划代码,名称,上级\r\n";
  for (int i = 0; i < 1200; ++i) {
    const std::string n = std::to_string(500'000 + i);
    text += "430" + n + "000,村" + n + "," + (i == 0 ? "" : "430500000000") + "\r\n";
  }
  text += "430500003000,重复的代码,\r\n430500003000,再重复,\r\n430999999000,没有上级,430888888000\r\n";
  const Json done = import_text(text, Mode::check, "town/division");
  ASSERT_EQ(done["state"].as_string(), "done") << done.dump();
  EXPECT_EQ(done["result"]["good"].as_integer(), 1200) << done.dump();
  std::string reasons;
  for (const auto& e : done["result"]["errors"].as_array()) reasons += e["reason"].as_string() + " ";
  EXPECT_EQ(reasons, "exchange.import.repeated exchange.import.repeated exchange.import.reference_unknown ");
  const std::string repeated = "430500003000,丙,\r\n";
  std::string twice = "区划代码,名称,上级\r\n" + repeated;
  for (int i = 0; i < 700; ++i) twice += "440" + std::to_string(500'000 + i) + "000,村" + std::to_string(i) + ",\r\n";
  const Json again = import_text(twice + repeated, Mode::check, "town/division");
  ASSERT_EQ(again["result"]["bad"].as_integer(), 1) << again.dump();
  EXPECT_EQ(again["result"]["errors"].as_array()[0]["reason"].as_string(), "exchange.import.repeated");
  EXPECT_EQ(again["result"]["errors"].as_array()[0]["row"].as_integer(), 703);
}

TEST_P(ExchangeTest, AllOrNothing) {
  const std::string before = state_of_database();
  const Json refused = import_text(good_rows + ",缺类别,,,,,,,,,,,,,\r\n", Mode::all);
  EXPECT_EQ(refused["state"].as_string(), "done");
  EXPECT_EQ(refused["result"]["good"].as_integer(), 0) << refused.dump();
  EXPECT_EQ(refused["result"]["bad"].as_integer(), 1);
  EXPECT_EQ(state_of_database(), before);
  const Json done = import_text(good_rows, Mode::all);
  EXPECT_EQ(done["result"]["good"].as_integer(), 3) << done.dump();
  EXPECT_EQ(places(), 3);
}

TEST_P(ExchangeTest, ATextThatCallsItselfAWorkbookIsToldWhatItIs) {
  write(root_ / "名单.XLSX", "今天的会议记录\r\n第一项\r\n");
  const Json told = import(root_ / "名单.XLSX", Mode::check);
  EXPECT_EQ(told["state"].as_string(), "failed");
  EXPECT_EQ(told["result"]["reason"].as_string(), "exchange.import.not_a_workbook");
  EXPECT_NE(told["message"]["zh"].as_string().find("内容却是纯文本"), std::string::npos) << told.dump();
  EXPECT_NE(told["message"]["zh"].as_string().find("另存为 .xlsx"), std::string::npos);
  EXPECT_NE(told["message"]["en"].as_string().find("name it .csv"), std::string::npos);
  write(root_ / "page.xlsx", "<html><table><tr><td>标准名称</td></tr></table></html>");
  EXPECT_EQ(import(root_ / "page.xlsx", Mode::check)["result"]["reason"].as_string(), "documents.table.format");
  // The content decides: a table is read whatever it is called, and the name alone makes nothing wrong.
  write(root_ / "good.xlsx", "标准名称,类别\r\n甲,街巷\r\n");
  EXPECT_EQ(import(root_ / "good.xlsx", Mode::check)["result"]["good"].as_integer(), 1);
  write(root_ / "plain.csv", "今天的会议记录\r\n第一项\r\n");
  EXPECT_EQ(import(root_ / "plain.csv", Mode::check)["result"]["reason"].as_string(), "exchange.import.column_unknown");
}

TEST_P(ExchangeTest, ProblemsOfTheWholeFileFailTheJob) {
  const auto reason = [](const Json& job) {
    return job["state"].as_string() + " " + job["result"]["reason"].as_string();
  };
  EXPECT_EQ(reason(import_text("标准名字,类别\r\n甲,街巷\r\n", Mode::good)), "failed exchange.import.column_unknown");
  EXPECT_EQ(reason(import_text("标准名称,Standard Name,类别\r\n甲,乙,街巷\r\n", Mode::good)),
            "failed exchange.import.column_twice");
  EXPECT_EQ(reason(import_text("地名代码,状态\r\n甲,街巷\r\n", Mode::good)), "failed exchange.import.no_columns");
  write(root_ / "in.csv", "标准名称,类别\r\n甲,街巷\r\n");
  EXPECT_EQ(reason(import(root_ / "in.csv", Mode::good, "town/place", 8)), "failed entities.access.forbidden");
  EXPECT_EQ(reason(import(root_ / "in.csv", Mode::good, "town/place", 99)), "failed entities.access.forbidden");
  EXPECT_EQ(places(), 0);
}

TEST_P(ExchangeTest, TheTemplateFilledInImports) {
  ASSERT_TRUE(write_template(*catalog_, *place_, Language::zh, root_ / "template.xlsx"));
  const auto rows = rows_of(root_ / "template.xlsx");
  ASSERT_EQ(rows.size(), 2u) << "head and example";
  std::vector<std::string> titles;
  for (const auto& cell : rows[0]) titles.push_back(cell.text);
  EXPECT_EQ(join(titles, ","),
            "编号,标准名称*,类别*,所在政区,跨越政区,长度,车道数,开放,批准日期,核查时间,始建,来历,经度,纬度,走向");
  const Json empty = import(root_ / "template.xlsx", Mode::check);
  EXPECT_EQ(empty["result"]["good"].as_integer(), 0) << empty.dump();
  EXPECT_EQ(empty["result"]["bad"].as_integer(), 0) << "the example is no row";

  auto writer = documents::create_xlsx(
      root_ / "filled.xlsx",
      {{.title = "标准名称*"}, {.title = "类别*"}, {.title = "批准日期", .kind = documents::ColumnKind::date}});
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->row(std::vector<std::string>{"江汉路", "10 街巷", "2024-05-01"}));
  ASSERT_TRUE((*writer)->finish());
  EXPECT_EQ(import(root_ / "filled.xlsx", Mode::all)["result"]["good"].as_integer(), 1);
  EXPECT_EQ(records(*place_).at(0)["approved_on"].as_string(), "2024-05-01");
  ASSERT_TRUE(write_template(*catalog_, *place_, Language::en, root_ / "template_en.xlsx"));
  EXPECT_EQ(rows_of(root_ / "template_en.xlsx").at(0).at(1).text, "Standard name*");
}

TEST_P(ExchangeTest, FeaturesImportWithTheirShapes) {
  write(root_ / "in.geojson",
        R"({"type":"FeatureCollection","features":[
          {"type":"Feature","geometry":{"type":"Point","coordinates":[114.3,30.5]},"properties":{"标准名称":"甲","kind":"街巷","lanes":2,"open":true,"id":5}},
          {"type":"Feature","geometry":{"type":"LineString","coordinates":[[114.3,30.5],[114.4,30.6]]},"properties":{"name":"乙","kind":"10"}},
          {"type":"Feature","geometry":null,"properties":{"name":"丙","kind":"20","unheard":1}}]})");
  const Json done = import(root_ / "in.geojson", Mode::good);
  ASSERT_EQ(done["state"].as_string(), "done") << done.dump();
  EXPECT_EQ(done["result"]["good"].as_integer(), 1) << done.dump();
  EXPECT_EQ(done["result"]["bad"].as_integer(), 2);
  EXPECT_EQ(records(*place_).at(0)["lanes"].as_integer(), 2);
  EXPECT_EQ(rows_of(errors_).size(), 3u);
}

TEST_P(ExchangeTest, NobodyExportsWhatTheyMayNotRead) {
  ASSERT_EQ(import_text(good_rows, Mode::good)["result"]["good"].as_integer(), 3);
  const auto refused = export_to(root_ / "out.csv", Format::csv, Language::zh, 8);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "entities.access.forbidden");
  EXPECT_FALSE(fs::exists(root_ / "out.csv"));
}

std::string many_rows(int count) {
  std::string out = "编号,标准名称,类别,所在政区,批准日期,经度,纬度\r\n";
  for (int i = 0; i < count; ++i) {
    const std::string n = std::to_string(i);
    out += "K" + n + ",地名" + n + ",街巷,江汉区,2024-05-01,114.3,30.5\r\n";
  }
  return out;
}

std::int64_t resident_kib() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmHWM:"))
      return parse_integer(trim(std::string_view(line).substr(6, line.size() - 8))).value_or(0);
  return 0;
}

void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

// AddressSanitizer keeps what was freed for a while: its 256 MB of quarantine are no growth of ours.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::int64_t allowed_kib = 512 * 1024;
#elif defined(__has_feature)
constexpr std::int64_t allowed_kib = __has_feature(address_sanitizer) ? 512 * 1024 : 64 * 1024;
#else
constexpr std::int64_t allowed_kib = 64 * 1024;
#endif

TEST_P(ExchangeTest, HundredThousandRowsInBoundedMemory) {
  // CIVITAS_TEST_IMPORT_ROWS changes the number; the rate is printed.
  const char* wanted = std::getenv("CIVITAS_TEST_IMPORT_ROWS");
  const int count = wanted ? std::atoi(wanted) : 100'000;
  ASSERT_EQ(import_text(many_rows(2'000), Mode::good)["result"]["good"].as_integer(), 2'000);
  ASSERT_TRUE(db_->write_now([&](sql::Transaction& t) { return t.run_script(clear_places()); }));
  write(root_ / "large.csv", many_rows(count));
  reset_peak();
  const std::int64_t before = resident_kib();
  const auto began = std::chrono::steady_clock::now();
  const Json done = import(root_ / "large.csv", Mode::good);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  ASSERT_EQ(done["result"]["good"].as_integer(), count) << done.dump();
  EXPECT_EQ(places(), count);
  const std::int64_t grew = resident_kib() - before;
  std::cout << count << " rows imported in " << seconds << " s: " << static_cast<int>(count / seconds)
            << " rows/s; memory grew by " << grew << " KiB\n";
  EXPECT_LT(grew, allowed_kib);

  for (const auto& [format, name] : {std::pair{Format::xlsx, "large.xlsx"}, std::pair{Format::csv, "large_out.csv"},
                                     std::pair{Format::geojson, "large.geojson"}}) {
    reset_peak();
    const std::int64_t base = resident_kib();
    const auto start = std::chrono::steady_clock::now();
    const auto written = export_to(root_ / name, format);
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ASSERT_TRUE(written) << written.error().detail;
    EXPECT_EQ(*written, count);
    std::cout << name << ": " << static_cast<int>(count / took) << " rows/s; memory grew by " << resident_kib() - base
              << " KiB\n";
    EXPECT_LT(resident_kib() - base, allowed_kib);
  }
}

TEST_P(ExchangeTest, GoesOnAfterKillWithEveryRowOnce) {
  const int count = 6'000;
  write(root_ / "many.csv", many_rows(count) + "坏行,,,,,,\r\n");
  const auto id = enqueue(root_ / "many.csv", Mode::good);
  close();
  const pid_t child = fork();
  if (child == 0) {
    open();
    (void)jobs_->start();
    std::this_thread::sleep_for(std::chrono::seconds(120));
    _exit(3);
  }
  // Killed when some batches are committed and others are not.
  {
    auto watcher = sql::Database::open(options());
    ASSERT_TRUE(watcher);
    for (std::int64_t seen = 0; seen < 1'500;) {
      ASSERT_TRUE((*watcher)->read([&](sql::Connection& c) -> Status {
        CIVITAS_TRY(const auto n, c.query_integer("SELECT count(*) FROM town_place"));
        seen = n.value_or(0);
        return {};
      }));
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
    kill(child, SIGKILL);
    int how = 0;
    waitpid(child, &how, 0);
    ASSERT_TRUE(WIFSIGNALED(how));
  }
  open();
  const std::int64_t left = places();
  EXPECT_GE(left, 1'500);
  EXPECT_LT(left, count) << "killed too late to show anything";
  EXPECT_EQ(left % 500, 0) << "whole batches";
  ASSERT_TRUE(jobs_->start());
  const Json done = finished(id);
  EXPECT_EQ(done["state"].as_string(), "done") << done.dump();
  EXPECT_EQ(done["result"]["good"].as_integer(), count);
  EXPECT_EQ(done["result"]["bad"].as_integer(), 1);
  EXPECT_EQ(done["result"]["errors"].size(), 2u) << done.dump();
  EXPECT_EQ(places(), count);
  EXPECT_EQ(number("SELECT count(DISTINCT key) FROM town_place"), count);
}

TEST_P(ExchangeTest, CancelledImportStopsBetweenBatches) {
  write(root_ / "many.csv", many_rows(20'000));
  ASSERT_TRUE(jobs_->start());
  const auto id = enqueue(root_ / "many.csv", Mode::good);
  while (places() < 500) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  ASSERT_TRUE(jobs_->cancel(id));
  EXPECT_EQ(finished(id)["state"].as_string(), "cancelled");
  const std::int64_t left = places();
  EXPECT_LT(left, 20'000);
  EXPECT_EQ(left % 500, 0);
}

std::vector<sql::Dialect> dialects() {
  std::vector<sql::Dialect> out{sql::Dialect::sqlite};
  if (std::getenv("CIVITAS_TEST_POSTGRES")) out.push_back(sql::Dialect::postgres);
  return out;
}
INSTANTIATE_TEST_SUITE_P(Databases, ExchangeTest, testing::ValuesIn(dialects()),
                         [](const auto& each) { return each.param == sql::Dialect::sqlite ? "Sqlite" : "Postgres"; });

}  // namespace
}  // namespace civitas::exchange
