#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "documents/number_format.hpp"
#include "documents/table_writer.hpp"
#include "documents/test_files.hpp"
#include "documents/xlsx_parts.hpp"

namespace civitas::documents {
namespace {

using testing::Folder;
using ::testing::HasSubstr;
using testing::read_all;
using testing::workbook_parts;
using testing::zip_file;

TEST(XlsxValues, NumbersAsPeopleSeeThem) {
  EXPECT_EQ(displayed_number("1.1000000000000001"), "1.1");
  EXPECT_EQ(displayed_number("113.34999999999999"), "113.35");
  EXPECT_EQ(displayed_number("0.30000000000000004"), "0.3");
  EXPECT_EQ(displayed_number("12"), "12");
  EXPECT_EQ(displayed_number("-0.50"), "-0.50");
  EXPECT_EQ(displayed_number("1E+3"), "1000");
  EXPECT_EQ(displayed_number("1.5E-4"), "0.00015");
  EXPECT_EQ(displayed_number("1.2345678901234567E+19"), "12345678901234600000");
  EXPECT_EQ(displayed_number("1E+300"), "1e+300");
  EXPECT_EQ(displayed_number("abc"), "abc");
}

TEST(XlsxValues, SerialDates) {
  EXPECT_EQ(iso_from_serial(1, false, NumberStyle::date), "1900-01-01");
  EXPECT_EQ(iso_from_serial(59, false, NumberStyle::date), "1900-02-28");
  EXPECT_EQ(iso_from_serial(60, false, NumberStyle::date), std::nullopt);
  EXPECT_EQ(iso_from_serial(61, false, NumberStyle::date), "1900-03-01");
  EXPECT_EQ(iso_from_serial(45413, false, NumberStyle::date), "2024-05-01");
  EXPECT_EQ(iso_from_serial(45413.354166666664, false, NumberStyle::date), "2024-05-01T08:30:00");
  EXPECT_EQ(iso_from_serial(45413.999999999, false, NumberStyle::date), "2024-05-02");
  EXPECT_EQ(iso_from_serial(0, true, NumberStyle::date), "1904-01-01");
  EXPECT_EQ(iso_from_serial(43951, true, NumberStyle::date), "2024-05-01");
  EXPECT_EQ(iso_from_serial(0.5, false, NumberStyle::time), "12:00:00");
  EXPECT_EQ(iso_from_serial(1.5, false, NumberStyle::time), "36:00:00");
  EXPECT_EQ(iso_from_serial(-1, false, NumberStyle::date), std::nullopt);
  EXPECT_EQ(iso_from_serial(1e300, false, NumberStyle::date), std::nullopt);
}

TEST(XlsxValues, FormatCodes) {
  EXPECT_EQ(style_of_format("yyyy\"年\"m\"月\"d\"日\""), NumberStyle::date);
  EXPECT_EQ(style_of_format("[$-804]yyyy/m/d;@"), NumberStyle::date);
  EXPECT_EQ(style_of_format("[DBNum1][$-804]m\"月\""), NumberStyle::date);
  EXPECT_EQ(style_of_format("h:mm:ss.000"), NumberStyle::time);
  EXPECT_EQ(style_of_format("[h]:mm"), NumberStyle::time);
  EXPECT_EQ(style_of_format("[Red]0.00;[Blue]-0.00"), NumberStyle::number);
  EXPECT_EQ(style_of_format("0.00\"m\""), NumberStyle::number);
  EXPECT_EQ(style_of_format("General"), NumberStyle::number);
  EXPECT_EQ(style_of_format("0.00E+00"), NumberStyle::number);
  EXPECT_EQ(style_of_format("#,##0\\d"), NumberStyle::number);
  EXPECT_EQ(style_of_builtin(31), NumberStyle::date);
  EXPECT_EQ(style_of_builtin(14), NumberStyle::date);
  EXPECT_EQ(style_of_builtin(20), NumberStyle::time);
  EXPECT_EQ(style_of_builtin(2), NumberStyle::number);
}

TEST(XlsxValues, Escapes) {
  EXPECT_EQ(decode_escapes("a_x000D_b"), "a\rb");
  EXPECT_EQ(decode_escapes("_x005F_x000D_"), "_x000D_");
  EXPECT_EQ(decode_escapes("_x00_ _xZZZZ_ _xD800_ x"), "_x00_ _xZZZZ_ _xD800_ x");
}

TEST(Xlsx, KindsOfCells) {
  Folder folder;
  const auto file = zip_file(
      folder, "k.xlsx",
      workbook_parts("<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c><c r=\"C2\" t=\"s\"><v>1</v></c></row>"
                     "<row r=\"5\"><c t=\"inlineStr\"><is><t>内</t><rPh><t>nei</t></rPh><r><t>联</t></r></is></c>"
                     "<c t=\"b\"><v>1</v></c><c t=\"e\"><v>#N/A</v></c><c><f>1+1</f><v>2</v></c>"
                     "<c t=\"str\"><f>A1</f><v>文</v></c><c s=\"1\"><v>45413</v></c><c s=\"2\"><v>45413.5</v></c>"
                     "<c t=\"d\"><v>2024-05-01T00:00:00</v></c><c/></row><row r=\"7\"><c r=\"A7\" s=\"1\"/></row>",
                     "<si><t>长江路</t><rPh sb=\"0\"><t>チョウ</t></rPh></si><si><r><t>富</t></r><r><t "
                     "xml:space=\"preserve\"> 文本</t></r></si>",
                     "<numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;\"/></numFmts>"
                     "<cellStyleXfs><xf numFmtId=\"9\"/></cellStyleXfs>"
                     "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/></cellXfs>"));
  const auto t = read_all(file);
  ASSERT_EQ(t.reason, "") << t.problem.detail;
  ASSERT_EQ(t.rows.size(), 2u);
  EXPECT_EQ(t.numbers, (std::vector<std::uint64_t>{2, 5}));
  EXPECT_EQ(t.rows[0], (std::vector<Cell>{Cell::of("长江路"), Cell(), Cell::of("富 文本")}));
  EXPECT_EQ(t.rows[1],
            (std::vector<Cell>{Cell::of("内联"), Cell(CellKind::boolean, "TRUE"), Cell(CellKind::error, "#N/A"),
                               Cell::number("2"), Cell::of("文"), Cell::date("2024-05-01"),
                               Cell::date("2024-05-01T12:00:00"), Cell::date("2024-05-01")}));
}

TEST(XlsxValues, NumbersUnderTheirFormats) {
  for (const auto& [number, code, shown] : std::vector<std::array<const char*, 3>>{
           {"42", "00000", "00042"},
           {"-42", "00000", "-00042"},
           {"123456", "00000", ""},
           {"7", "\"SN-\"000", "SN-007"},
           {"13800138000", "000\\-0000\\-0000", "138-0013-8000"},
           {"1234567.5", "#,##0.00", "1,234,567.50"},
           {"12.3456", "0.00", ""},  // rounding would lose digits
           {"0.125", "0.0%", "12.5%"},
           {"0.5", "0%", "50%"},
           {"5", "0\"米\"", "5米"},
           {"-3", "0;(0)", "(3)"},
           {"0", "0;-0;\"无\"0", "无0"},
           {"3", "[Red]00", "03"},
           {"3", "[>2]00", ""},
           {"3.5", "# ?/?", ""},
           {"1200", "0.0E+00", ""},
           {"1200", "0,", ""},
           {"42", "General", ""},
           {"1e+300", "00", ""},
           {"42", "00\"", ""}})
    EXPECT_EQ(shown_number(number, code), shown) << number << " under " << code;
}

TEST(Xlsx, TextOfANumberIsWhatTheSheetShows) {
  Folder folder;
  const auto t = read_all(zip_file(
      folder, "f.xlsx",
      workbook_parts("<row><c s=\"1\"><v>42</v></c><c s=\"2\"><v>3.5</v></c><c><v>42</v></c></row>", "",
                     "<numFmts><numFmt numFmtId=\"170\" formatCode=\"00000\"/></numFmts>"
                     "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"170\"/><xf numFmtId=\"2\"/></cellXfs>")));
  ASSERT_EQ(t.rows.size(), 1u) << t.reason;
  EXPECT_EQ(t.at(0, 0), "42") << "a number stays one";
  EXPECT_EQ(t.rows[0][0].shown(), "00042");
  EXPECT_EQ(t.rows[0][1].shown(), "3.50");
  EXPECT_EQ(t.rows[0][2].shown(), "42");
}

TEST(Xlsx, EveryCellOfAMergedAreaCarriesItsValue) {
  Folder folder;
  auto parts = workbook_parts(
      "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>题</v></c></row>"
      "<row r=\"2\"><c r=\"A2\" t=\"str\"><v>甲</v></c><c r=\"B2\" t=\"str\"><v>局</v></c></row>"
      "<row r=\"3\"><c r=\"A3\" t=\"str\"><v>乙</v></c><c r=\"B3\"/></row>"
      "<row r=\"4\"><c r=\"B4\"/></row>"
      "<row r=\"5\"><c r=\"A5\" t=\"str\"><v>丙</v></c><c r=\"B5\" t=\"str\"><v>hidden</v></c></row>"
      "<row r=\"6\"><c r=\"A6\" t=\"str\"><v>丁</v></c></row>");
  auto& sheet = parts[4].second;
  sheet.insert(sheet.find("</worksheet>"),
               "<mergeCells><mergeCell ref=\"B2:C5\"/><mergeCell ref=\"A1:C1\"/><mergeCell ref=\"bad\"/></mergeCells>");
  const auto t = read_all(zip_file(folder, "m.xlsx", parts));
  ASSERT_EQ(t.rows.size(), 5u) << t.reason;
  EXPECT_EQ(t.numbers, (std::vector<std::uint64_t>{1, 2, 3, 5, 6})) << "a row of nothing but an area is no row";
  EXPECT_EQ(t.at(0, 2), "题");
  EXPECT_TRUE(t.rows[0][2].merged);
  EXPECT_EQ(t.at(2, 1), "局");
  EXPECT_EQ(t.at(2, 2), "局");
  EXPECT_EQ(t.at(3, 1), "局") << "what lies under an area is not seen";
  EXPECT_EQ(t.rows[4].size(), 1u);
}

TEST(Xlsx, AFormulaWithoutResultIsAnError) {
  Folder folder;
  const auto t = read_all(zip_file(
      folder, "u.xlsx",
      workbook_parts("<row><c><f>A1&amp;\"路\"</f></c><c><f>1+1</f><v></v></c><c><f t=\"shared\" si=\"0\"/></c>"
                     "<c t=\"str\"><f>IF(1,\"\")</f><v></v></c><c><f>1+1</f><v>2</v></c></row>")));
  ASSERT_EQ(t.rows.size(), 1u) << t.reason;
  EXPECT_EQ(t.rows[0], (std::vector<Cell>{Cell(CellKind::error, "=A1&\"路\""), Cell(CellKind::error, "=1+1"),
                                          Cell(CellKind::error, "="), Cell(), Cell::number("2")}));
}

TEST(Xlsx, Dates1904AndPrefixedNames) {
  Folder folder;
  auto parts = workbook_parts("", "", "<cellXfs><xf numFmtId=\"14\"/></cellXfs>", "<workbookPr date1904=\"1\"/>");
  parts[4].second =
      "<x:worksheet xmlns:x=\"urn:x\"><x:sheetData><x:row><x:c "
      "s=\"0\"><x:v>43951</x:v></x:c></x:row></x:sheetData></x:worksheet>";
  EXPECT_EQ(read_all(zip_file(folder, "d.xlsx", parts)).at(0, 0), "2024-05-01");
}

TEST(Xlsx, RefusesWhatIsWrong) {
  Folder folder;
  const auto sheet = [&](std::string data, std::string strings = "") {
    return read_all(zip_file(folder, "x.xlsx", workbook_parts(std::move(data), std::move(strings))));
  };
  auto t = sheet("<row r=\"3\"><c r=\"B3\" t=\"s\"><v>7</v></c></row>", "<si><t>a</t></si>");
  EXPECT_EQ(t.reason, "documents.xlsx.strings");
  EXPECT_EQ(t.problem.field, "B3");
  EXPECT_EQ(sheet("<row><c t=\"s\"><v>-1</v></c></row>", "<si/>").reason, "documents.xlsx.strings");
  EXPECT_EQ(sheet("<row><c><v>1</v></c></row").reason, "documents.xlsx.xml");
  EXPECT_EQ(sheet("<row r=\"1048577\"><c><v>1</v></c></row>").reason, "documents.table.rows");
  EXPECT_EQ(sheet("<row r=\"2\"><c><v>1</v></c></row><row r=\"2\"><c><v>1</v></c></row>").reason, "documents.xlsx.xml");
  EXPECT_EQ(sheet("<row r=\"1\"><c r=\"ALM1\"><v>1</v></c></row>").reason, "documents.table.columns");
  EXPECT_EQ(sheet("<row r=\"1\"><c r=\"B1\"><v>1</v></c><c r=\"A1\"><v>1</v></c></row>").reason, "documents.xlsx.xml");
  for (const char* nested : {"<row><c r=\"AA1\"><v>1<row/></v></c></row>", "<row><row><c><v>1</v></c></row></row>",
                             "<row><c><c><v>1</v></c></c></row>"})
    EXPECT_EQ(sheet(nested).reason, "documents.xlsx.xml") << nested;
  EXPECT_EQ(sheet("<row><c t=\"inlineStr\"><is><t>" + std::string(1'100'000, 'a') + "</t></is></c></row>").reason,
            "documents.table.cell_size");
  EXPECT_EQ(read_all(zip_file(folder, "doc.docx", {{"word/document.xml", "<w/>"}})).reason, "documents.table.format");

  auto parts = workbook_parts("<row><c><v>1</v></c></row>");
  parts[4].second = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" + parts[4].second;
  EXPECT_EQ(read_all(zip_file(folder, "xxe.xlsx", parts)).reason, "documents.xlsx.dtd");
  parts = workbook_parts("<row><c t=\"s\"><v>0</v></c></row>", "<si><t>&e;</t></si>");
  parts.back().second =
      "<!DOCTYPE lolz [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\"><!ENTITY e \"&b;&b;\">]>" + parts.back().second;
  EXPECT_EQ(read_all(zip_file(folder, "laughs.xlsx", parts)).reason, "documents.xlsx.dtd");
}

TEST(Xlsx, Bombs) {
  Folder folder;
  std::string rows = "<row><c><v>";
  rows.append(40u << 20, ' ');
  auto parts = workbook_parts(rows + "1</v></c></row>");
  auto t = read_all(zip_file(folder, "ratio.xlsx", parts));
  EXPECT_EQ(t.reason, "documents.xlsx.bomb");
  EXPECT_LT(std::filesystem::file_size(folder / "ratio.xlsx"), 200'000u);

  TableOptions small;
  small.limits.unpacked_bytes = 100'000;
  parts = workbook_parts("<row><c><v>1</v></c></row>");
  parts.emplace_back("xl/media/image1.bin", std::string(200'000, 'x'));
  EXPECT_EQ(read_all(zip_file(folder, "total.xlsx", parts), small).reason, "documents.xlsx.bomb");

  parts = workbook_parts("<row><c><v>1</v></c></row>");
  for (int i = 0; i < 11'000; ++i) parts.emplace_back("f" + std::to_string(i), "");
  EXPECT_EQ(read_all(zip_file(folder, "entries.xlsx", parts)).reason, "documents.xlsx.bomb");

  // An archive that declares less than it holds: the central directory's size field is lowered.
  zip_file(folder, "lie.xlsx",
           workbook_parts("<row><c t=\"inlineStr\"><is><t>" + std::string(300'000, 'a') + "</t></is></c></row>"));
  auto bytes = *read_file(folder / "lie.xlsx");
  std::size_t lowered = 0;
  for (std::size_t at = bytes.find("PK\x01\x02"); at != std::string::npos; at = bytes.find("PK\x01\x02", at + 4)) {
    if (bytes.compare(at + 46, 24, "xl/worksheets/sheet1.xml") != 0) continue;
    bytes[at + 24] = 16, bytes[at + 25] = bytes[at + 26] = bytes[at + 27] = 0;
    ++lowered;
  }
  ASSERT_EQ(lowered, 1u);
  EXPECT_EQ(read_all(folder.write("lie2.xlsx", bytes), small).reason, "documents.xlsx.bomb");
}

TEST(Xlsx, SharedStringsAreLimited) {
  Folder folder;
  TableOptions small;
  small.limits.shared_string_bytes = 1000;
  std::string strings;
  for (int i = 0; i < 300; ++i) strings += "<si/>";
  EXPECT_EQ(read_all(zip_file(folder, "s.xlsx", workbook_parts("<row/>", strings)), small).reason,
            "documents.xlsx.strings");
}

TEST(Xlsx, BrokenArchives) {
  Folder folder;
  auto writer = create_xlsx(folder / "whole.xlsx", {{.title = "a"}});
  ASSERT_TRUE(writer);
  for (int i = 0; i < 200; ++i)
    ASSERT_TRUE((*writer)->row(std::vector<std::string>{"文字" + std::to_string(i * 7919)}));
  ASSERT_TRUE((*writer)->finish());
  const std::string whole = *read_file(folder / "whole.xlsx");
  EXPECT_EQ(read_all(folder.write("half.xlsx", whole.substr(0, whole.size() / 2))).reason, "documents.xlsx.broken");
  EXPECT_EQ(read_all(folder.write("head.xlsx", "PK\x03\x04 and nothing")).reason, "documents.xlsx.broken");
  // Flipped bytes either do not matter or are noticed; nothing crashes and the rows read stay bounded.
  int noticed = 0;
  for (std::size_t at = 40; at < whole.size(); at += whole.size() / 60) {
    std::string bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    const auto t = read_all(folder.write("bad.xlsx", bad));
    noticed += !t.reason.empty();
    EXPECT_LE(t.rows.size(), 201u);
  }
  EXPECT_GT(noticed, 10);
}

TEST(Xlsx, WritesWhatItReads) {
  Folder folder;
  XlsxOptions options;
  options.title = "地名录";
  auto writer = create_xlsx(folder / "w.xlsx",
                            {{.title = "名称"},
                             {.title = "编码"},
                             {.title = "长度", .kind = ColumnKind::decimal},
                             {.title = "日期", .kind = ColumnKind::date},
                             {.title = "时刻", .kind = ColumnKind::date_time},
                             {.title = "在用", .kind = ColumnKind::boolean}},
                            options);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(
      (*writer)->row({Cell::of("=HYPERLINK(\"x\")𠮷"), Cell::number("340104198001011234"), Cell::number("113.35"),
                      Cell::date("2024-05-01"), Cell::date("2024-05-01T08:30:15"), Cell(CellKind::boolean, "TRUE")}));
  ASSERT_TRUE((*writer)->row({Cell::of("_x000D_ <&>\n二行"), Cell::number("007"), Cell::number("-12345678901234.5"),
                              Cell::date("1898-06-11"), Cell(), Cell(CellKind::boolean, "FALSE")}));
  ASSERT_TRUE((*writer)->row(std::vector<std::string>{"", "x", "7", "1949-10-01"}));
  EXPECT_FALSE((*writer)->row(std::vector<std::string>(7, "x")));
  auto too_long = (*writer)->row({Cell::of(std::string(32'768, 'a'))});
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().reason, "documents.table.cell_size");
  EXPECT_FALSE(std::filesystem::exists(folder / "w.xlsx"));
  ASSERT_TRUE((*writer)->finish());
  EXPECT_FALSE((*writer)->finish());

  const auto t = read_all(folder / "w.xlsx");
  ASSERT_EQ(t.reason, "") << t.problem.detail;
  ASSERT_EQ(t.rows.size(), 4u);
  EXPECT_EQ(t.rows[1], (std::vector<Cell>{Cell::of("=HYPERLINK(\"x\")𠮷"), Cell::of("340104198001011234"),
                                          Cell::number("113.35"), Cell::date("2024-05-01"),
                                          Cell::date("2024-05-01T08:30:15"), Cell(CellKind::boolean, "TRUE")}));
  EXPECT_EQ(t.rows[2],
            (std::vector<Cell>{Cell::of("_x000D_ <&>\n二行"), Cell::of("007"), Cell::number("-12345678901234.5"),
                               Cell::of("1898-06-11"), Cell(), Cell(CellKind::boolean, "FALSE")}));
  EXPECT_EQ(t.rows[3], (std::vector<Cell>{Cell(), Cell::of("x"), Cell::number("7"), Cell::date("1949-10-01")}));
}

std::vector<Column> sample_columns() {
  std::vector<std::string> many;
  for (int i = 0; i < 300; ++i) many.push_back("类别" + std::to_string(i));
  return {{.title = "名称", .need = Need::required, .hint = "标准全称", .example = "长江路_x000D_"},
          {.title = "类别", .choices = {"道路", "桥梁", "住宅区"}, .example = "道路"},
          {.title = "细类", .need = Need::required, .choices = many},
          {.title = "长度", .kind = ColumnKind::decimal, .hint = "米", .example = "1200.5"},
          {.title = "命名日期", .kind = ColumnKind::date, .example = "2024-05-01"}};
}

std::string part_text(const std::filesystem::path& file, const std::string& part) {
  auto package = XlsxPackage::open(file, {});
  if (!package) return "";
  auto source = (*package)->part(part);
  if (!source) return "";
  std::string text(4 << 20, '\0');
  std::size_t size = 0;
  while (auto count = (*source)->read(text.data() + size, text.size() - size)) {
    if (*count == 0) break;
    size += *count;
  }
  text.resize(size);
  return text;
}

TEST(Template, AListOfManyBytesInFewCharactersIsALongList) {
  Folder folder;
  Column kind;
  kind.title = "类别";
  for (int i = 0; i < 20; ++i)
    kind.choices.push_back("第" + std::to_string(i) + "类地理实体");  // 200 characters, over 400 bytes
  ASSERT_TRUE(write_template(folder / "bytes.xlsx", {kind}));
  EXPECT_THAT(part_text(folder / "bytes.xlsx", "xl/worksheets/sheet1.xml"), HasSubstr("choices_1"));
}

TEST(Template, HasListsHintsAndMarks) {
  Folder folder;
  TemplateOptions options;
  options.hint = HintPlace::second_row;
  options.example = ExamplePlace::data_sheet;
  ASSERT_TRUE(write_template(folder / "t.xlsx", sample_columns(), options));
  const auto t = read_all(folder / "t.xlsx");
  ASSERT_EQ(t.reason, "");
  ASSERT_EQ(t.rows.size(), 3u);
  EXPECT_EQ(t.at(0, 0), "名称*");
  EXPECT_EQ(template_title(t.at(0, 0)), "名称");
  EXPECT_EQ(template_title(" ＊类别 "), "类别");
  EXPECT_EQ(t.at(0, 1), "类别");
  EXPECT_FALSE(is_template_note(t.rows[0]));
  EXPECT_TRUE(is_template_note(t.rows[1]));
  EXPECT_TRUE(is_template_note(t.rows[2]));
  EXPECT_EQ(t.at(2, 0), "【示例】长江路_x000D_");
  EXPECT_EQ(t.at(2, 3), "1200.5");
  EXPECT_EQ(t.kind(2, 4), CellKind::date);
  const std::string sheet = part_text(folder / "t.xlsx", "xl/worksheets/sheet1.xml");
  EXPECT_THAT(sheet, HasSubstr("<formula1>\"道路,桥梁,住宅区\"</formula1>"));
  EXPECT_THAT(sheet, HasSubstr("<formula1>choices_1</formula1>"));
  EXPECT_THAT(sheet, HasSubstr("type=\"date\""));
  const std::string book = part_text(folder / "t.xlsx", "xl/workbook.xml");
  EXPECT_THAT(book, HasSubstr("_choices!$A$1:$A$300"));
  EXPECT_THAT(book, HasSubstr("state=\"hidden\""));
  TableOptions guide;
  guide.sheet = "填写说明";
  const auto g = read_all(folder / "t.xlsx", guide);
  ASSERT_EQ(g.rows.size(), 6u);
  EXPECT_EQ(g.at(1, 1), "必填");
  EXPECT_THAT(g.at(3, 5), HasSubstr("等 300 项"));
  guide.sheet = "没有";
  EXPECT_EQ(read_all(folder / "t.xlsx", guide).reason, "documents.xlsx.sheet");

  ASSERT_TRUE(write_template(folder / "c.xlsx", sample_columns()));
  EXPECT_EQ(read_all(folder / "c.xlsx").rows.size(), 1u);
  EXPECT_THAT(part_text(folder / "c.xlsx", "xl/comments1.xml"), HasSubstr("标准全称"));
}

TEST(MarkedErrors, ComeBackCorrected) {
  Folder folder;
  const auto input = folder.write("in.csv", "名称,类别,长度\n长江路,道路,12\n\n黄河路,河,x\n淮河路,道路,5\n");
  MarkOptions options;
  ASSERT_TRUE(write_marked_errors(input, folder / "m.xlsx",
                                  {{4, 3, "长度应为数字"}, {4, 2, "没有这个类别"}, {9, 0, "缺少合计行"}}, options));
  auto t = read_all(folder / "m.xlsx");
  ASSERT_EQ(t.reason, "") << t.problem.detail;
  EXPECT_EQ(t.numbers, (std::vector<std::uint64_t>{1, 2, 4, 5, 9}));
  EXPECT_EQ(t.at(0, 3), "错误说明");
  EXPECT_EQ(t.at(1, 3), "");
  EXPECT_EQ(t.at(2, 3), "长度应为数字；没有这个类别");
  EXPECT_EQ(t.at(4, 3), "缺少合计行");
  EXPECT_EQ(t.at(2, 0), "黄河路");
  const std::string sheet = part_text(folder / "m.xlsx", "xl/worksheets/sheet1.xml");
  const auto style = [&](const std::string& cell) {
    const std::size_t at = sheet.find("<c r=\"" + cell + "\"");
    return at == std::string::npos ? std::string("none") : sheet.substr(sheet.find(" s=", at), 6);
  };
  EXPECT_EQ(style("B4"), style("C4"));
  EXPECT_NE(style("B4"), style("B5"));
  EXPECT_NE(style("B4"), style("A4"));

  // The second round replaces the column.
  options.columns = sample_columns();
  options.columns.resize(3);
  ASSERT_TRUE(write_marked_errors(folder / "m.xlsx", folder / "m2.xlsx", {{2, 1, "重名"}}, options));
  t = read_all(folder / "m2.xlsx");
  EXPECT_EQ(t.rows[0].size(), 4u);
  EXPECT_EQ(t.at(1, 3), "重名");
  EXPECT_EQ(t.at(2, 3), "");
  EXPECT_THAT(part_text(folder / "m2.xlsx", "xl/worksheets/sheet1.xml"), HasSubstr("choices_1"));
}

}  // namespace
}  // namespace civitas::documents
