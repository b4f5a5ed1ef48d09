#include "documents/forms.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace civitas::documents {

namespace {

// Wide enough for the longest label on one line, within reason.
double label_width(const std::vector<FormField>& fields, double text_size) {
  std::size_t longest = 0;
  for (const FormField& field : fields) longest = std::max(longest, utf8_length(field.label));
  return std::clamp(static_cast<double>(longest) * text_size * 25.4 / 72 + 4.5, 27.0, 46.0);
}

// Packs fields into lines of label/value pairs; a line that stays open is filled by widening its last value.
std::vector<TableRow> grid_rows(const std::vector<FormField>& fields, int pairs, const TextStyle& label_style,
                                const TextStyle& value_style, double row_height) {
  std::vector<TableRow> rows;
  int used = pairs;
  const auto widen = [&] {
    if (!rows.empty() && used < pairs) rows.back().cells.back().column_span += 2 * (pairs - used);
  };
  for (const FormField& field : fields) {
    const int span = std::clamp(field.span, 1, pairs);
    if (used + span > pairs) {
      widen();
      rows.push_back({{}, row_height});
      used = 0;
    }
    rows.back().min_height = std::max(rows.back().min_height, field.min_height);
    rows.back().cells.push_back({.text = field.label, .style = label_style});
    rows.back().cells.push_back({.text = field.value, .column_span = 2 * span - 1, .style = value_style});
    used += span;
  }
  widen();
  return rows;
}

std::vector<double> grid_widths(int pairs, double label) {
  std::vector<double> widths;
  for (int i = 0; i < pairs; ++i) {
    widths.push_back(label);
    widths.push_back(0);
  }
  return widths;
}

void verification_block(PdfDocument& page, const Verification& verification, double x, double y, double size,
                        double text_width, double text_size) {
  page.qr(verification.url, x, y, size);
  const TextStyle small = {.size = text_size, .line_height = 1.4, .color = {0.25, 0.25, 0.25}};
  std::string text = "扫描二维码或访问以下网址核验";
  if (!verification.code.empty()) text += "　编号 " + verification.code;
  page.text({x + size + 2, y, text_width, size}, text + "\n" + verification.url, small, Middle::center);
}

// Four corners of two nested frames, joined by small squares.
void double_frame(PdfDocument& page, const Color& color) {
  const double w = page.page_width(), h = page.page_height();
  page.rectangle({10, 10, w - 20, h - 20}, 2.6, color);
  page.rectangle({12.4, 12.4, w - 24.8, h - 24.8}, 0.6, color);
  constexpr double inner = 15.5, step = 7;
  page.rectangle({inner, inner, w - 2 * inner, h - 2 * inner}, 0.9, color);
  for (const double right : {0.0, 1.0}) {
    for (const double low : {0.0, 1.0}) {
      const auto corner = [&](double inset, double size, double line) {
        const double x = right > 0 ? w - inset - size : inset;
        const double y = low > 0 ? h - inset - size : inset;
        page.rectangle({x, y, size, size}, line, color);
      };
      corner(inner, step, 0.9);
      corner(inner + 1.5, step - 3, 0.5);
      const double dot = 1.6;
      page.fill({right > 0 ? w - inner - step / 2 - dot / 2 : inner + step / 2 - dot / 2,
                 low > 0 ? h - inner - step / 2 - dot / 2 : inner + step / 2 - dot / 2, dot, dot},
                color);
    }
  }
}

}  // namespace

std::string date_in_han(Date date) {
  static constexpr std::string_view digits[] = {"〇", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"};
  std::string out;
  for (const char c : std::to_string(date.year())) out += digits[c - '0'];
  const auto small = [&](int number) {
    if (number >= 20) out += digits[number / 10];
    if (number >= 10) out += digits[10];
    if (number % 10 != 0) out += digits[number % 10];
  };
  out += "年";
  small(date.month());
  out += "月";
  small(date.day());
  return out + "日";
}

Result<Rendered> render_approval_form(const ApprovalForm& form) {
  PdfDocument page = PdfDocument::create(
      {.title = form.title, .author = form.author, .created = form.created, .page_numbers = PageNumbers::of_total});
  const Box area = page.content();
  page.paragraph(form.title, {.size = 22,
                              .weight = Weight::bold,
                              .align = Align::center,
                              .tracking = 2,
                              .line_height = 1.4,
                              .space_after = 5});
  if (!form.number.empty() || !form.left_line.empty()) {
    const TextStyle small = {.size = 11, .line_height = 1.4};
    TextStyle right = small;
    right.align = Align::right;
    const double half = area.width / 2;
    const double left_height = page.text({area.x, page.y(), half, 0}, form.left_line, small);
    const double right_height = page.text({area.x + half, page.y(), half, 0}, form.number, right);
    page.space(std::max(left_height, right_height) + 1.5);
  }

  const TextStyle label = {.size = 11, .align = Align::center, .line_height = 1.35};
  const TextStyle value = {.size = 11, .line_height = 1.35};
  TableStyle style;
  style.text = value;
  style.outer_line = 1.2;
  const int pairs = std::max(1, form.pairs_per_line);
  std::vector<TableRow> rows = grid_rows(form.fields, pairs, label, value, 10);
  for (const Opinion& opinion : form.opinions) {
    std::string foot = "签名：" + (opinion.person.empty() ? std::string("　　　　　") : opinion.person) + "　　";
    foot += opinion.date ? format_date_zh(*opinion.date) : "　　年　　月　　日";
    rows.push_back({{{.text = opinion.step, .style = label},
                     {.text = opinion.opinion,
                      .column_span = 2 * pairs - 1,
                      .style = TextStyle{.size = 11, .line_height = 1.45, .indent = 2},
                      .middle = Middle::top,
                      .foot = foot}},
                    opinion.min_height});
  }
  page.table(grid_widths(pairs, label_width(form.fields, 11)), rows, style);
  if (!form.notes.empty())
    page.paragraph(form.notes, {.size = 9, .line_height = 1.4, .space_before = 2, .color = {0.25, 0.25, 0.25}});
  if (!form.verification.url.empty()) {
    constexpr double size = 24;
    page.space(3);
    page.keep_together(size);
    verification_block(page, form.verification, area.x, page.y(), size, area.width - size - 2, 9);
    page.space(size);
  }
  Rendered rendered;
  rendered.pages = page.pages();
  rendered.seal_places = page.seal_places();
  CIVITAS_TRY(rendered.pdf, page.finish());
  return rendered;
}

Result<Rendered> render_certificate(const Certificate& certificate) {
  const bool wide = certificate.orientation == Orientation::landscape;
  PdfDocument page = PdfDocument::create({.title = certificate.title,
                                          .author = certificate.issuer,
                                          .created = certificate.created,
                                          .orientation = certificate.orientation,
                                          .margin_top = wide ? 30.0 : 44.0,
                                          .margin_right = 32,
                                          .margin_bottom = 26,
                                          .margin_left = 32});
  double_frame(page, certificate.frame);
  const Box area = page.content();
  page.paragraph(certificate.title, {.size = wide ? 34.0 : 38.0,
                                     .weight = Weight::bold,
                                     .align = Align::center,
                                     .tracking = 8,
                                     .line_height = 1.4,
                                     .space_after = wide ? 3.0 : 8.0,
                                     .color = certificate.frame});
  if (!certificate.number.empty())
    page.paragraph(certificate.number,
                   {.size = 12, .align = Align::right, .line_height = 1.4, .space_after = wide ? 4.0 : 9.0});
  for (const std::string& text : certificate.paragraphs)
    page.paragraph(
        text, {.size = 16, .align = Align::justify, .line_height = wide ? 1.6 : 1.85, .indent = 2, .space_after = 2});
  if (!certificate.fields.empty()) {
    page.space(4);
    const int pairs = std::max(1, certificate.pairs_per_line);
    TableStyle style;
    style.line = 0.5;
    style.outer_line = 0.9;
    const TextStyle label = {.size = 12, .align = Align::center, .line_height = 1.35};
    page.table(grid_widths(pairs, label_width(certificate.fields, 12)),
               grid_rows(certificate.fields, pairs, label, {.size = 12, .line_height = 1.35}, 10.5), style);
  }

  // The foot stands at the bottom whatever the length of the text: QR code left, issuer and date right under
  // the seal.
  constexpr double qr_size = 26, seal_size = 42, sign_width = 80;
  const double bottom = area.y + area.height;
  const double foot_top = bottom - seal_size;
  const bool fits = page.pages() == 1 && page.y() <= bottom - 32;
  if (!fits)
    return fail(invalid("documents.forms.too_long", "证书内容超过一页，请缩短正文或减少栏目。",
                        "The certificate is longer than one page; shorten the text or leave out fields."));
  if (!certificate.verification.url.empty())
    verification_block(page, certificate.verification, area.x - 2, bottom - qr_size, qr_size,
                       area.width - sign_width - qr_size - 4, 8);
  const double sign_x = area.x + area.width - sign_width;
  const TextStyle sign = {.size = 15, .align = Align::center, .line_height = 1.5};
  page.text({sign_x, bottom - 26, sign_width, 9}, certificate.issuer, sign, Middle::center);
  if (certificate.date)
    page.text(
        {sign_x, bottom - 16, sign_width, 9},
        certificate.date_words == DateWords::han ? date_in_han(*certificate.date) : format_date_zh(*certificate.date),
        sign, Middle::center);
  page.seal_place({sign_x + (sign_width - seal_size) / 2, foot_top, seal_size, seal_size}, certificate.issuer);
  Rendered rendered;
  rendered.pages = page.pages();
  rendered.seal_places = page.seal_places();
  CIVITAS_TRY(rendered.pdf, page.finish());
  return rendered;
}

}  // namespace civitas::documents
