#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "documents/csv_decoder.hpp"
#include "documents/table_writer.hpp"
#include "documents/test_files.hpp"

namespace civitas::documents {
namespace {

using testing::Folder;
using testing::read_all;

std::string gb(std::string_view text) {
  bool ok = false;
  std::string bytes = to_gb18030(text, ok);
  EXPECT_TRUE(ok);
  return bytes;
}

TEST(Csv, QuotesLineBreaksAndEmptyCells) {
  Folder folder;
  const auto t =
      read_all(folder.write("a.csv", "名称,备注,数\r\n\"长江\r\n路\",\"说\"\"好\"\"\",\r\n\r\n,,3\r\n末,\"\""));
  ASSERT_EQ(t.reason, "");
  ASSERT_EQ(t.rows.size(), 4u);
  EXPECT_EQ(t.at(1, 0), "长江\r\n路");
  EXPECT_EQ(t.at(1, 1), "说\"好\"");
  EXPECT_EQ(t.rows[1].size(), 2u);
  EXPECT_EQ(t.at(2, 2), "3");
  EXPECT_EQ(t.numbers, (std::vector<std::uint64_t>{1, 2, 4, 5}));
  EXPECT_EQ(t.at(3, 0), "末");
}

TEST(Csv, TakesOffWhatKeepsZerosInExcel) {
  Folder folder;
  const auto t = read_all(
      folder.write("z.csv", "=\"007\",\"=\"\"008\"\"\",'009,=\"\",'q,\"=\"\"a\"\"\"\"b\"\"\",\"=\"\"a\"\"&\"\"b\"\"\"\n"));
  ASSERT_EQ(t.rows.size(), 1u) << t.reason;
  EXPECT_EQ(t.at(0, 0), "007");
  EXPECT_EQ(t.at(0, 1), "008");
  EXPECT_EQ(t.at(0, 2), "009");
  EXPECT_EQ(t.at(0, 3), "");
  EXPECT_EQ(t.at(0, 4), "'q") << "an apostrophe before a word is the word's own";
  EXPECT_EQ(t.at(0, 5), "a\"b");
  EXPECT_EQ(t.at(0, 6), "=\"a\"&\"b\"") << "a real formula is left to be seen";
}

TEST(Csv, TellsSeparators) {
  Folder folder;
  EXPECT_EQ(read_all(folder.write("t", "a\tb,c\tc\n1\t2\t3\n")).at(1, 2), "3");
  EXPECT_EQ(read_all(folder.write("s", "a;b;c\n\"1;1\";2;3,5\n")).at(1, 0), "1;1");
  EXPECT_EQ(read_all(folder.write("s2", "a;b;c\n\"1;1\";2;3,5\n")).at(1, 2), "3,5");
  EXPECT_EQ(read_all(folder.write("n", "sep=;\r\na,b;c\r\n")).at(0, 0), "a,b");
  EXPECT_EQ(read_all(folder.write("o", "仅一列\n值\n")).at(1, 0), "值");
}

TEST(Csv, TellsEncodings) {
  Folder folder;
  auto t = read_all(folder.write("bom", "\xEF\xBB\xBF名,值\n𠮷,1\n"));
  EXPECT_EQ(t.at(0, 0), "名");
  EXPECT_EQ(t.at(1, 0), "𠮷");
  t = read_all(folder.write("gb", gb("地名,类别\n㐂路𠮷,道路\n")));
  EXPECT_EQ(t.encoding, TextEncoding::gb18030);
  EXPECT_EQ(t.at(1, 0), "㐂路𠮷");
  t = read_all(folder.write("le", std::string_view("\xFF\xFE\x2F\x8D,\0\x42\xD8\xB7\xDF\n\0", 12)));
  EXPECT_EQ(t.encoding, TextEncoding::utf16le);
  EXPECT_EQ(t.at(0, 0), "贯");
  EXPECT_EQ(t.at(0, 1), "𠮷");
  t = read_all(folder.write("be", std::string_view("\xFE\xFF\x8D\x2F\0,\0a", 8)));
  EXPECT_EQ(t.at(0, 0), "贯");
  EXPECT_EQ(t.at(0, 1), "a");
}

TEST(Csv, LongAsciiBeginningSaysNothingAboutTheEncoding) {
  Folder folder;
  std::string text = "code,name\n";
  for (int i = 0; i < 20'000; ++i) text += "100000,abc\n";
  const auto t = read_all(folder.write("late", text + gb("1,长江路\n")));
  EXPECT_EQ(t.reason, "");
  EXPECT_EQ(t.encoding, TextEncoding::gb18030);
  EXPECT_EQ(t.rows.back()[1].text, "长江路");
}

TEST(Csv, MixedEncodingsNameTheLine) {
  Folder folder;
  std::string text = "名,值\n";
  for (int i = 0; i < 20'000; ++i) text += "长江路,\"一\n二\"\n";
  auto t = read_all(folder.write("mixed", text + gb("黄河路,1\n")));
  EXPECT_EQ(t.reason, "documents.csv.encoding");
  EXPECT_EQ(t.rows.size(), 20'001u);
  EXPECT_EQ(t.problem.field, "line 40002");
  EXPECT_THAT(t.problem.message.zh, ::testing::HasSubstr("第 40002 行"));
  // The wrong bytes in the first lines.
  t = read_all(folder.write("mixed2", std::string("名称,值\n长江路,1\n长江路的东段,2\n") + "\xFF\xFE,3\n"));
  EXPECT_EQ(t.reason, "documents.csv.encoding");
  EXPECT_EQ(t.problem.field, "line 4");
  // A sequence that the end cuts off.
  t = read_all(folder.write("cut", "名称,值\n长江路,\xE9\x95"));
  EXPECT_EQ(t.reason, "documents.csv.encoding");
  EXPECT_EQ(t.problem.field, "line 2");
  // A given encoding is obeyed.
  TableOptions options;
  options.encoding = TextEncoding::gb18030;
  EXPECT_EQ(read_all(folder.write("given", "\xC1\xAA\xCD\xA8\n"), options).at(0, 0), "联通");
}

TEST(Csv, RefusesWhatIsWrong) {
  Folder folder;
  auto t = read_all(folder.write("q", "a,b\n1,\"没有结束\n2,3\n"));
  EXPECT_EQ(t.reason, "documents.csv.quote");
  EXPECT_EQ(t.problem.field, "B2");
  EXPECT_EQ(t.rows.size(), 1u);
  EXPECT_EQ(read_all(folder.write("q2", "\"a\"b,c\n")).reason, "documents.csv.quote");
  EXPECT_EQ(read_all(folder.write("q3", "\"")).reason, "documents.csv.quote");
  EXPECT_EQ(read_all(folder.write("empty", "")).reason, "documents.table.empty");
  EXPECT_EQ(read_all(folder / "absent").reason, "documents.table.unreadable");
  EXPECT_EQ(read_all(folder.write("nul", std::string("a\0b", 3))).reason, "documents.table.format");
  EXPECT_EQ(read_all(folder.write("xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....")).reason, "documents.table.format");
  EXPECT_EQ(read_all(folder.write("png", "\x89PNG\r\n\x1A\n\xFF\xFE\xFF")).reason, "documents.table.format");
  TableOptions options;
  options.limits.columns = 3;
  options.limits.rows = 2;
  options.limits.cell_bytes = 10;
  options.limits.row_bytes = 25;
  EXPECT_EQ(read_all(folder.write("c", "1,2,3,4\n"), options).reason, "documents.table.columns");
  EXPECT_EQ(read_all(folder.write("r", "1\n2\n3\n"), options).reason, "documents.table.rows");
  EXPECT_EQ(read_all(folder.write("l", "12345678901\n"), options).reason, "documents.table.cell_size");
  EXPECT_EQ(read_all(folder.write("w", "1234567890,1234567890,1234567890\n"), options).reason,
            "documents.table.row_size");
  t = read_all(folder.write("lq", "\"12345\n678901\n"), options);
  EXPECT_EQ(t.reason, "documents.table.cell_size");
  EXPECT_THAT(t.problem.message.zh, ::testing::HasSubstr("引号"));
}

TEST(Csv, WritesWhatItReads) {
  Folder folder;
  for (const TextEncoding encoding : {TextEncoding::utf8, TextEncoding::gb18030}) {
    CsvOptions options;
    options.encoding = encoding;
    auto writer =
        create_csv(folder / "out.csv", {{.title = "名称"}, {.title = "数", .kind = ColumnKind::decimal}}, options);
    ASSERT_TRUE(writer);
    const std::vector<std::string> names = {"=1+1", "+86", "-x",        "@a",   "\tt", "\rr", "'=1",
                                            "''-2", "＝1", "a\"b,c\nd", " 边 ", "𡎚",  "'q",  "'007", "=\"007\""};
    for (const auto& name : names) ASSERT_TRUE((*writer)->row({Cell::of(name), Cell::number("-5.5")}));
    EXPECT_FALSE(std::filesystem::exists(folder / "out.csv") && encoding == TextEncoding::utf8);
    ASSERT_TRUE((*writer)->finish());
    const auto raw = read_file(folder / "out.csv");
    ASSERT_TRUE(raw);
    EXPECT_THAT(*raw, ::testing::HasSubstr("\r\n'=1+1,-5.5\r\n"));
    EXPECT_THAT(*raw, ::testing::HasSubstr("\r\n'+86,"));
    EXPECT_THAT(*raw, ::testing::HasSubstr("\r\n'-x,"));
    EXPECT_THAT(*raw, ::testing::HasSubstr("\r\n'@a,"));
    EXPECT_THAT(*raw, ::testing::HasSubstr("\r\n'\tt,"));
    EXPECT_THAT(*raw, ::testing::HasSubstr("\r\n\"'\rr\","));
    const auto t = read_all(folder / "out.csv");
    ASSERT_EQ(t.reason, "");
    EXPECT_EQ(t.encoding, encoding);
    ASSERT_EQ(t.rows.size(), names.size() + 1);
    for (std::size_t i = 0; i < names.size(); ++i) EXPECT_EQ(t.at(i + 1, 0), names[i]);
    EXPECT_EQ(t.at(1, 1), "-5.5");
  }
}

TEST(Csv, UnfinishedExportLeavesTheTargetAlone) {
  Folder folder;
  const auto file = folder.write("out.csv", "old");
  {
    auto writer = create_csv(file, {{.title = "a"}});
    ASSERT_TRUE(writer);
  }
  EXPECT_EQ(*read_file(file), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}), 1);
}

}  // namespace
}  // namespace civitas::documents
