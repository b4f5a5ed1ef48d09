// Reading and writing stay small however long the table is, and another program reads what was written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "base/test_needs.hpp"
#include "documents/table_writer.hpp"
#include "documents/test_files.hpp"

namespace civitas::documents {
namespace {

using testing::Folder;
using testing::read_all;

constexpr int many = 100'000;

std::uint64_t peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss);
}

std::vector<Column> columns() {
  return {{.title = "名称"},
          {.title = "编码"},
          {.title = "经度", .kind = ColumnKind::decimal},
          {.title = "纬度", .kind = ColumnKind::decimal},
          {.title = "日期", .kind = ColumnKind::date},
          {.title = "备注"}};
}

std::vector<Cell> row_of(int i) {
  return {Cell::of("长江路" + std::to_string(i) + "号"),
          Cell::of("3401040000" + std::to_string(100000 + i)),
          Cell::number("117." + std::to_string(100000 + i)),
          Cell::number("31.8206"),
          Cell::date("2024-05-01"),
          Cell::of("由人民政府命名的道路")};
}

void write_and_read(TableWriter& writer, const std::filesystem::path& file) {
  const std::uint64_t before = peak_kilobytes();
  for (int i = 0; i < many; ++i) ASSERT_TRUE(writer.row(row_of(i)));
  ASSERT_TRUE(writer.finish());
  auto reader = open_table(file);
  ASSERT_TRUE(reader);
  std::vector<Cell> row;
  int rows = 0;
  double last_progress = 0;
  for (;;) {
    const auto any = (*reader)->next(row);
    ASSERT_TRUE(any) << any.error().message.en << any.error().detail;
    if (!*any) break;
    ASSERT_EQ((*reader)->row_number(), static_cast<std::uint64_t>(++rows));
    if (rows == 1) continue;
    ASSERT_EQ(row.size(), 6u);
    ASSERT_EQ(row[0].text, "长江路" + std::to_string(rows - 2) + "号");
    ASSERT_GE((*reader)->progress(), last_progress);
    last_progress = (*reader)->progress();
  }
  EXPECT_EQ(rows, many + 1);
  EXPECT_GT(last_progress, 0.9);
#ifndef DOCUMENTS_SANITIZED
  EXPECT_LT(peak_kilobytes() - before, 24'000u) << "peak memory grew with the rows";
#else
  (void)before;
#endif
}

TEST(LargeTable, XlsxInConstantMemory) {
  Folder folder;
  auto writer = create_xlsx(folder / "large.xlsx", columns());
  ASSERT_TRUE(writer);
  write_and_read(**writer, folder / "large.xlsx");
}

TEST(LargeTable, CsvInConstantMemory) {
  Folder folder;
  auto writer = create_csv(folder / "large.csv", columns());
  ASSERT_TRUE(writer);
  write_and_read(**writer, folder / "large.csv");
}

bool have_office() { return std::system("command -v soffice >/dev/null 2>&1") == 0; }

bool office_convert(const Folder& folder, const std::string& to, const std::filesystem::path& file) {
  const std::string command = "timeout 120 soffice -env:UserInstallation=file://" + (folder / "profile").string() +
                              " --headless --convert-to " + to + " --outdir " + (folder / "out").string() + " " +
                              file.string() + " >/dev/null 2>&1";
  return std::system(command.c_str()) == 0;
}

TEST(OtherPrograms, AgreeOnOurWorkbooks) {
  CIVITAS_NEEDS(have_office(), "LibreOffice");
  Folder folder;
  auto writer = create_xlsx(folder / "ours.xlsx", columns());
  ASSERT_TRUE(writer);
  ASSERT_TRUE((*writer)->row({Cell::of("=1+1"), Cell::number("340104198001011234"), Cell::number("117.5"),
                              Cell::number("-3"), Cell::date("2024-05-01"), Cell::of("𠮷_x000D_,\"二\"\n行")}));
  ASSERT_TRUE((*writer)->finish());
  ASSERT_TRUE(
      office_convert(folder, "'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true'", folder / "ours.xlsx"));
  const auto theirs = read_all(folder / "out/ours.csv");
  ASSERT_EQ(theirs.reason, "");
  ASSERT_EQ(theirs.rows.size(), 2u);
  EXPECT_EQ(theirs.at(1, 0), "=1+1");
  EXPECT_EQ(theirs.at(1, 1), "340104198001011234");
  EXPECT_EQ(theirs.at(1, 2), "117.5");
  EXPECT_EQ(theirs.at(1, 3), "-3");
  EXPECT_EQ(theirs.at(1, 4), "2024-05-01");
  EXPECT_EQ(theirs.at(1, 5), "𠮷_x000D_,\"二\"\n行");

  // And the other way: a workbook written by it, with its shared strings and styles.
  ASSERT_TRUE(office_convert(folder, "xlsx:'Calc MS Excel 2007 XML'", folder / "ours.xlsx"));
  const auto back = read_all(folder / "out/ours.xlsx");
  ASSERT_EQ(back.reason, "");
  EXPECT_EQ(back.at(1, 0), "=1+1");
  EXPECT_EQ(back.rows[1][3], Cell::number("-3"));
  EXPECT_EQ(back.rows[1][4], Cell::date("2024-05-01"));
  EXPECT_EQ(back.at(1, 5), "𠮷_x000D_,\"二\"\n行");

  ASSERT_TRUE(write_template(folder / "form.xlsx", {{.title = "类别", .choices = {"一", "二"}}}));
  EXPECT_TRUE(office_convert(folder, "pdf", folder / "form.xlsx"));
  EXPECT_TRUE(std::filesystem::exists(folder / "out/form.pdf"));
}

}  // namespace
}  // namespace civitas::documents
