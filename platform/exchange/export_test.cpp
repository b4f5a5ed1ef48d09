#include "documents/table_writer.hpp"
#include "exchange/test_exchange.hpp"

namespace civitas::exchange {
namespace {

class ExportTest : public ExchangeTest {};

TEST_P(ExportTest, WhatIsExportedImportsEqual) {
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

TEST_P(ExportTest, AnExportThatIsCancelledLeavesNoFile) {
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
  EXPECT_EQ((*refused)["state"].as_string(), "failed") << "an anonymous export reads what nobody may";
}

TEST_P(ExportTest, AFormulaIsGuardedInCsvAndComesBack) {
  ASSERT_EQ(import_text(good_rows, Mode::good)["result"]["good"].as_integer(), 3);
  ASSERT_TRUE(export_to(root_ / "out.csv", Format::csv));
  const std::string text = read_file(root_ / "out.csv").value_or("");
  EXPECT_TRUE(text.starts_with("\xEF\xBB\xBF"));
  EXPECT_NE(text.find(",'=友谊路,"), std::string::npos) << text;
}

TEST_P(ExportTest, TheTemplateFilledInImports) {
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

TEST_P(ExportTest, NobodyExportsWhatTheyMayNotRead) {
  ASSERT_EQ(import_text(good_rows, Mode::good)["result"]["good"].as_integer(), 3);
  const auto refused = export_to(root_ / "out.csv", Format::csv, Language::zh, 8);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "entities.access.forbidden");
  EXPECT_FALSE(fs::exists(root_ / "out.csv"));
}

INSTANTIATE_TEST_SUITE_P(Engines, ExportTest, sql::each_dialect(), sql::dialect_name);

}  // namespace
}  // namespace civitas::exchange
