// What is printed is looked at by other programs: poppler for text and fonts, zbar for the codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>

#include "base/test_needs.hpp"
#include "documents/forms.hpp"
#include "documents/qr.hpp"
#include "documents/test_files.hpp"

#ifdef DOCUMENTS_SANITIZED
// Cairo 1.16 loses 768 bytes with every PDF that shows text, fontconfig its list of folders, and
// libxlsxwriter 1.1 the name of a list that stands on another sheet: seen in programs of ten lines without
// this room.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libcairo.so\nleak:libfontconfig.so\nleak:lxw_strdup\n";
}
#endif

namespace civitas::documents {
namespace {

using testing::Folder;
using ::testing::HasSubstr;
using ::testing::Not;

std::string output_of(const std::string& command) {
  std::string out;
  std::FILE* pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
  std::array<char, 4096> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe)) out.append(buffer.data(), count);
  ::pclose(pipe);
  return out;
}
bool have(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

/// Kept for the eye when DOCUMENTS_KEEP names a folder.
std::filesystem::path keep(const Folder& folder, const std::string& name, const std::string& pdf) {
  if (const char* where = std::getenv("DOCUMENTS_KEEP"))
    std::ofstream(std::filesystem::path(where) / name, std::ios::binary) << pdf;
  return folder.write(name, pdf);
}

ApprovalForm sample_form() {
  return {.title = "地名命名审批表",
          .number = "合民地〔2026〕12号",
          .left_line = "申报单位：市自然资源和规划局",
          .fields = {{"拟用名称", "𠮷祥路"},
                     {"罗马字母拼写", "Jíxiáng Lù"},
                     {"地名类别", "道路、街巷"},
                     {"起止点", "东起长江路，西至𡎚口街"},
                     {"含义与来历",
                      "取吉祥如意之意。沿线原有𬒈石村，2003 "
                      "年并入城区，老住户仍用旧称；经论证会讨论，保留“祥”字。",
                      2, 26},
                     {"联系人", "王某某"}},
          .opinions = {{"受理", "材料齐全，符合法定形式，同意受理。", "李某某", make_date(2026, 11, 2)},
                       {"审核", "经核查，不与现有地名重名、同音，符合《地名管理条例》第九条，拟同意命名。", "赵某某",
                        make_date(2026, 11, 9)},
                       {"批准"}},
          .notes = "注：本表一式三份，申报单位、主管部门、档案馆各存一份。",
          .verification = {"https://dm.example.gov.cn/v/AB12CD34EF", "AB12-CD34-EF"},
          .author = "市民政局",
          .created = parse_instant("2026-11-21T03:47:00Z")};
}

Certificate sample_certificate() {
  return {.title = "标准地名证书",
          .number = "编号：合地证〔2026〕第 0012 号",
          .paragraphs = {"根据《地名管理条例》及有关规定，经审查批准，下列名称为标准地名，自公布之日起使用。",
                         "任何单位和个人不得擅自更改。"},
          .fields = {{"标准名称", "𠮷祥路"},
                     {"罗马字母拼写", "Jíxiáng Lù"},
                     {"所在政区", "𡎚口街道、𬒈石社区"},
                     {"批准文号", "合民地〔2026〕12号"}},
          .issuer = "某某市民政局",
          .date = make_date(2026, 11, 21),
          .verification = {"https://dm.example.gov.cn/v/AB12CD34EF", "AB12-CD34-EF"}};
}

TEST(Pdf, ApprovalForm) {
  Folder folder;
  const auto form = render_approval_form(sample_form());
  ASSERT_TRUE(form);
  EXPECT_EQ(form->pages, 1);
  EXPECT_TRUE(form->pdf.starts_with("%PDF-1."));
  const auto file = keep(folder, "form.pdf", form->pdf);
  CIVITAS_NEEDS(have("pdftotext"), "poppler-utils");
  const std::string text = output_of("pdftotext -layout " + file.string() + " -");
  for (const char* part : {"地名命名审批表", "合民地〔2026〕12号", "𠮷祥路", "𡎚口街", "𬒈石村", "Jíxiáng Lù", "李某某",
                           "2026年11月2日", "第1页", "共1页", "AB12-CD34-EF"})
    EXPECT_THAT(replace_all(text, " ", ""), HasSubstr(replace_all(part, " ", "")));
  const std::string fonts = output_of("pdffonts " + file.string());
  EXPECT_THAT(fonts, HasSubstr("NotoSerifCJK"));
  std::size_t lines = count(fonts, "\n");
  ASSERT_GT(lines, 3u);
  // emb, sub, uni: yes for every font.
  EXPECT_EQ(count(fonts, "yes yes yes"), lines - 2) << fonts;
  const std::string info = output_of("pdfinfo " + file.string());
  EXPECT_THAT(info, HasSubstr("地名命名审批表"));
  EXPECT_THAT(info, HasSubstr("市民政局"));
  EXPECT_THAT(info, HasSubstr("A4"));
}

TEST(Pdf, Certificate) {
  Folder folder;
  auto certificate = sample_certificate();
  const auto upright = render_certificate(certificate);
  ASSERT_TRUE(upright);
  ASSERT_EQ(upright->seal_places.size(), 1u);
  EXPECT_EQ(upright->seal_places[0].name, "某某市民政局");
  const auto file = keep(folder, "certificate.pdf", upright->pdf);
  certificate.orientation = Orientation::landscape;
  certificate.pairs_per_line = 2;
  const auto wide = render_certificate(certificate);
  ASSERT_TRUE(wide);
  keep(folder, "certificate_wide.pdf", wide->pdf);
  certificate.paragraphs.assign(20, std::string(900, 'x'));
  const auto too_long = render_certificate(certificate);
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().reason, "documents.forms.too_long");
  CIVITAS_NEEDS(have("pdftotext"), "poppler-utils");
  CIVITAS_NEEDS(have("zbarimg"), "zbar-tools");
  const std::string text = output_of("pdftotext " + file.string() + " -");
  for (const char* part : {"标准地名证书", "𠮷祥路", "𡎚口街道", "𬒈石社区", "二〇二六年十一月二十一日"})
    EXPECT_THAT(text, HasSubstr(part));
  output_of("pdftoppm -r 150 -png " + file.string() + " " + (folder / "page").string());
  EXPECT_EQ(output_of("zbarimg -q --raw " + (folder / "page-1.png").string()),
            "https://dm.example.gov.cn/v/AB12CD34EF\n");
}

TEST(Pdf, LongTablesRepeatTheirHead) {
  Folder folder;
  PdfDocument pdf = PdfDocument::create({.title = "清册", .page_numbers = PageNumbers::of_total});
  pdf.paragraph("地名清册", {.size = 18, .weight = Weight::bold, .align = Align::center, .space_after = 4});
  std::vector<TableRow> rows = {{{{.text = "序号"}, {.text = "名称"}, {.text = "说明"}}}};
  for (int i = 1; i <= 120; ++i)
    rows.push_back({{{.text = "N" + std::to_string(i) + "E"}, {.text = "长江路"}, {.text = "东西走向"}}});
  std::string novel;
  for (int i = 1; i <= 400; ++i) novel += "第" + std::to_string(i) + "句说明这条道路的来历。";
  rows.push_back({{{.text = "长"}, {.text = "长文"}, {.text = novel, .foot = "全文完"}}});
  pdf.table({20, 40, 0}, rows, {.head_rows = 1});
  const int pages = pdf.pages();
  EXPECT_GE(pages, 6);
  const auto bytes = pdf.finish();
  ASSERT_TRUE(bytes);
  const auto file = keep(folder, "long.pdf", *bytes);
  CIVITAS_NEEDS(have("pdftotext"), "poppler-utils");
  const std::string text = output_of("pdftotext -layout " + file.string() + " -");
  EXPECT_EQ(count(text, "序号"), static_cast<std::size_t>(pages));
  for (int i = 1; i <= 120; ++i) EXPECT_EQ(count(text, "N" + std::to_string(i) + "E"), 1u) << i;
  EXPECT_EQ(count(text, "全文完"), 1u);
  std::string joined;
  for (const char c : text)
    if (c != ' ' && c != '\n') joined += c;
  for (int i = 1; i <= 400; ++i) EXPECT_EQ(count(joined, "第" + std::to_string(i) + "句"), 1u) << i;
}

TEST(Pdf, RareCharactersComeFromTheFallbackFont) {
  Folder folder;
  const std::string rare = "𠀀𪛖𫝀𬺡";  // beginnings and ends of the extensions B to E
  PdfDocument pdf = PdfDocument::create({});
  pdf.paragraph("姓名" + rare, {.size = 20});
  pdf.paragraph("姓名" + rare, {.size = 20, .weight = Weight::bold, .family = Family::sans});
  const auto bytes = pdf.finish();
  ASSERT_TRUE(bytes);
  const auto file = keep(folder, "rare.pdf", *bytes);
  CIVITAS_NEEDS(have("pdftotext"), "poppler-utils");
  CIVITAS_NEEDS(!output_of("fc-list HanaMinB").empty(), "the font HanaMinB");
  EXPECT_EQ(count(output_of("pdftotext " + file.string() + " -"), "姓名" + rare), 2u);
  const std::string fonts = output_of("pdffonts " + file.string());
  EXPECT_THAT(fonts, HasSubstr("HanaMinB"));
  EXPECT_EQ(count(fonts, "yes yes yes"), count(fonts, "\n") - 2) << fonts;
}

TEST(Pdf, SpansAndProblems) {
  PdfDocument pdf = PdfDocument::create({});
  pdf.table({30, 0, 0},
            {{{{.text = "a", .row_span = 2}, {.text = "b", .column_span = 2}}}, {{{.text = "c"}, {.text = "d"}}}});
  EXPECT_TRUE(pdf.finish());
  PdfDocument wrong = PdfDocument::create({});
  wrong.table({30, 0}, {{{{.text = "a", .column_span = 3}}}});
  EXPECT_EQ(wrong.finish().error().reason, "documents.pdf.table");
  PdfDocument image = PdfDocument::create({});
  image.image_png({0, 0, 10, 10}, "no image");
  EXPECT_EQ(image.finish().error().reason, "documents.pdf.image");
  PdfDocument code = PdfDocument::create({});
  code.qr(std::string(4000, 'x'), 0, 0, 10);
  EXPECT_EQ(code.finish().error().reason, "documents.qr.too_long");
  PdfDocument dirty = PdfDocument::create({.title = "a\xFF"});
  dirty.paragraph(std::string("bad \xFF\xC0 \x01 text\r\nnext") + '\0' + "end");
  EXPECT_TRUE(dirty.finish());
}

TEST(Pdf, SameDocumentSameBytes) {
  const auto first = render_approval_form(sample_form());
  const auto second = render_approval_form(sample_form());
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->pdf, second->pdf);
}

TEST(Forms, HanDates) {
  EXPECT_EQ(date_in_han(make_date(2026, 11, 21)), "二〇二六年十一月二十一日");
  EXPECT_EQ(date_in_han(make_date(2003, 10, 30)), "二〇〇三年十月三十日");
  EXPECT_EQ(date_in_han(make_date(1949, 1, 10)), "一九四九年一月十日");
}

TEST(Qr, MatrixAndSvg) {
  const auto matrix = make_qr("https://dm.example.gov.cn/v/1");
  ASSERT_TRUE(matrix);
  EXPECT_EQ((matrix->size - 17) % 4, 0);
  // The finder pattern: dark ring, light ring, dark middle.
  EXPECT_TRUE(matrix->dark(0, 0));
  EXPECT_FALSE(matrix->dark(1, 1));
  EXPECT_TRUE(matrix->dark(3, 3));
  EXPECT_FALSE(matrix->dark(7, 7));
  const std::string path = qr_svg_path(*matrix);
  EXPECT_TRUE(path.starts_with("M4 4h7v1h-7z"));
  EXPECT_THAT(qr_svg(*matrix), HasSubstr(path));
  EXPECT_EQ(make_qr("").error().reason, "documents.qr.empty");
  EXPECT_EQ(make_qr(std::string(2954, 'x'), QrLevel::low).error().reason, "documents.qr.too_long");
  EXPECT_TRUE(make_qr(std::string(2953, 'x'), QrLevel::low));
  EXPECT_TRUE(make_qr(std::string("a\0b", 3)));
}

}  // namespace
}  // namespace civitas::documents
