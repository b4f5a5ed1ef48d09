#include "exchange/test_exchange.hpp"
#include "exchange/values.hpp"

namespace civitas::exchange {
namespace {

class ImportTest : public ExchangeTest {};

TEST(NormalDate, UnderstandsTheUsualForms) {
  for (const char* text : {"2024-5-1", "2024/05/01", "2024.5.1", "2024年5月1日", "20240501", " 2024-05-01 ", "2024/5/1 0:00",
                           "2024-05-01 00:00:00", "2024-05-01T08:30:00", "２０２４／５／１", "　2024年5月1日　", "２０２４－０５－０１　０：００",
                           "2024-05-01T00:00:00+08:00", "2024-04-30T16:00:00Z"})
    EXPECT_EQ(normal_date(text), "2024-05-01") << text;
  EXPECT_EQ(normal_date("5/1/2024"), "5/1/2024");
  EXPECT_EQ(normal_date("明"), "明");
  EXPECT_EQ(normal_date("2024-05-01 at 8:30"), "2024-05-01 at 8:30");
}

TEST_P(ImportTest, ReadsEveryKindOfColumn) {
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

TEST_P(ImportTest, WrongRowsAreToldByRowColumnAndField) {
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

TEST_P(ImportTest, ACheckChangesNothing) {
  const std::string before = state_of_database();
  const Json done = import_text(good_rows + "A1,重复,街巷,,,,,,,,,,,,\r\n,缺类别,,,,,,,,,,,,,\r\n", Mode::check);
  EXPECT_EQ(done["result"]["good"].as_integer(), 3) << done.dump();
  EXPECT_EQ(done["result"]["bad"].as_integer(), 2);
  EXPECT_EQ(state_of_database(), before);
  EXPECT_EQ(rows_of(errors_).size(), 6u) << "of a check, the whole table";
}

TEST_P(ImportTest, ACheckSeesRepetitionsAndReferencesAcrossBatches) {
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

TEST_P(ImportTest, AllOrNothing) {
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

TEST_P(ImportTest, ATextThatCallsItselfAWorkbookIsToldWhatItIs) {
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

TEST_P(ImportTest, ProblemsOfTheWholeFileFailTheJob) {
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

TEST_P(ImportTest, FeaturesImportWithTheirShapes) {
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

INSTANTIATE_TEST_SUITE_P(Engines, ImportTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::exchange
