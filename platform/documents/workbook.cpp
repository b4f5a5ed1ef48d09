#include "documents/workbook.hpp"

#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <atomic>

#include "base/strings.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"
#include "documents/xlsx_parts.hpp"

namespace civitas::documents {

namespace {
constexpr std::size_t longest_cell = 32'767;
constexpr std::uint32_t head_color = 0xDCE6F1;
constexpr std::uint32_t wrong_color = 0xFFC7CE;

std::size_t utf16_length(std::string_view text) {
  std::size_t units = 0;
  for (const unsigned char c : text) units += ((c & 0xC0) != 0x80) + (c >= 0xF0);
  return units;
}

// A double keeps 15 significant digits, and a leading zero belongs to a code, not to a number.
bool survives_as_number(std::string_view text, double& value) {
  const auto number = parse_number(text);
  if (!number || text.size() > 20) return false;
  std::string_view digits = text;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  if (digits.size() > 1 && digits[0] == '0' && digits[1] != '.') return false;
  std::size_t count = 0;
  bool leading = true;
  for (const char c : digits) {
    if (c == '.') continue;
    if (c < '0' || c > '9') return false;
    if (c != '0') leading = false;
    count += !leading;
  }
  value = *number;
  return count <= 15;
}

bool parse_moment(std::string_view text, lxw_datetime& out) {
  const auto date = parse_date(text.substr(0, 10));
  if (!date || date->year() < 1900 || date->year() > 9999) return false;
  out = {date->year(), date->month(), date->day(), 0, 0, 0};
  if (text.size() == 10) return true;
  if (text.size() < 16 || (text[10] != 'T' && text[10] != ' ')) return false;
  const auto hour = parse_integer(text.substr(11, 2)), minute = parse_integer(text.substr(14, 2));
  const auto second = text.size() >= 19 ? parse_integer(text.substr(17, 2)) : std::optional<std::int64_t>(0);
  if (!hour || !minute || !second || (text.size() != 16 && text.size() != 19)) return false;
  if (*hour > 23 || *minute > 59 || *second > 59) return false;
  out.hour = static_cast<int>(*hour);
  out.min = static_cast<int>(*minute);
  out.sec = static_cast<double>(*second);
  return true;
}
}  // namespace

Problem unwritable(std::string detail) {
  return problem(Kind::unavailable, "documents.table.unwritable", "写不了表格文件，请检查磁盘空间后重试。",
                 "The table file cannot be written; check the disk and try again.")
      .with_detail(std::move(detail));
}

std::filesystem::path part_file(const std::filesystem::path& target) {
  static std::atomic<unsigned> serial{0};
  std::filesystem::path part = target;
  part += ".part" + std::to_string(::getpid()) + "-" + std::to_string(++serial);
  return part;
}

double display_width(std::string_view text) {
  double widest = 0, now = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (c == '\n') {
      now = 0;
      continue;
    }
    now += c < 0x1100 ? 1 : 2;
    widest = std::max(widest, now);
  }
  return widest;
}

std::string format_code(const Column& column) {
  if (!column.number_format.empty()) return column.number_format;
  switch (column.kind) {
    case ColumnKind::text: return "@";
    case ColumnKind::integer: return "0";
    case ColumnKind::date: return "yyyy-mm-dd";
    case ColumnKind::date_time: return "yyyy-mm-dd hh:mm:ss";
    default: return "";
  }
}

Workbook::Workbook(const std::filesystem::path& target, Memory memory, const std::string& title,
                   const std::string& author)
    : target_(target), part_(part_file(target)) {
  lxw_workbook_options options{};
  options.constant_memory = memory == Memory::constant ? LXW_TRUE : LXW_FALSE;
  options.use_zip64 = LXW_FALSE;
  book_ = workbook_new_opt(part_.c_str(), &options);
  if (book_ && (!title.empty() || !author.empty())) {
    lxw_doc_properties properties{};
    std::string title_copy = title, author_copy = author;
    properties.title = title_copy.data();
    properties.author = author_copy.data();
    workbook_set_properties(book_, &properties);
  }
}

Workbook::~Workbook() {
  if (book_) lxw_workbook_free(book_);
  std::error_code ignored;
  std::filesystem::remove(part_, ignored);
}

lxw_worksheet* Workbook::add_sheet(const std::string& name) {
  if (!book_) return nullptr;
  // Excel allows 31 characters and none of []:*?/\ in a sheet name.
  std::string clean;
  for (const char c : name) clean += std::string_view("[]:*?/\\'").find(c) == std::string_view::npos ? c : ' ';
  clean = utf8_prefix(clean, 31);
  return workbook_add_worksheet(book_, clean.empty() ? nullptr : clean.c_str());
}

lxw_format* Workbook::format(Look look, const std::string& number_format) {
  auto& slot = formats_[{static_cast<int>(look), number_format}];
  if (slot) return slot;
  slot = workbook_add_format(book_);
  if (!number_format.empty()) format_set_num_format(slot, number_format.c_str());
  format_set_align(slot, LXW_ALIGN_VERTICAL_CENTER);
  switch (look) {
    case Look::plain: break;
    case Look::head:
    case Look::head_required:
      format_set_bold(slot);
      format_set_bg_color(slot, head_color);
      format_set_border(slot, LXW_BORDER_THIN);
      format_set_text_wrap(slot);
      if (look == Look::head_required) format_set_font_color(slot, 0xC00000);
      break;
    case Look::hint:
      format_set_italic(slot);
      format_set_font_color(slot, 0x7F7F7F);
      format_set_text_wrap(slot);
      break;
    case Look::example: format_set_font_color(slot, 0x7F7F7F); break;
    case Look::wrong:
      format_set_bg_color(slot, wrong_color);
      format_set_font_color(slot, 0x9C0006);
      break;
    case Look::error_text:
      format_set_font_color(slot, 0xC00000);
      format_set_text_wrap(slot);
      break;
    case Look::wrapped: format_set_text_wrap(slot); break;
  }
  return slot;
}

Status Workbook::put(lxw_worksheet* sheet, std::uint64_t row, std::uint32_t column, const Cell& cell, Look look,
                     const std::string& number_format) {
  if (!book_ || !sheet) return fail(unwritable("no workbook"));
  if (row >= LXW_ROW_MAX)
    return fail(problem(Kind::too_large, "documents.table.rows", "Excel 工作表最多 1048576 行，请缩小范围或改用 CSV。",
                        "An Excel sheet holds 1,048,576 rows; narrow the selection or use CSV."));
  if (column >= LXW_COL_MAX)
    return fail(
        problem(Kind::too_large, "documents.table.columns", "列数超过 Excel 的限制。", "Too many columns for Excel."));
  const auto r = static_cast<lxw_row_t>(row);
  const auto c = static_cast<lxw_col_t>(column);
  const std::string place = column_letters(column + 1) + std::to_string(row + 1);
  lxw_error error = LXW_NO_ERROR;
  double value = 0;
  lxw_datetime moment{};
  if (cell.empty()) {
    if (look == Look::plain) return {};
    error = worksheet_write_blank(sheet, r, c, format(look, number_format));
  } else if (cell.kind == CellKind::number && survives_as_number(cell.text, value)) {
    error = worksheet_write_number(
        sheet, r, c, value, format(look, number_format == "@" ? "" : number_format.empty() ? cell.format : number_format));
  } else if (cell.kind == CellKind::date && parse_moment(cell.text, moment)) {
    std::string code = number_format;
    if (code.empty() || code == "@") code = cell.text.size() > 10 ? "yyyy-mm-dd hh:mm:ss" : "yyyy-mm-dd";
    error = worksheet_write_datetime(sheet, r, c, &moment, format(look, code));
  } else if (cell.kind == CellKind::boolean) {
    error = worksheet_write_boolean(sheet, r, c, cell.text == "TRUE", format(look));
  } else {
    if (utf16_length(cell.text) > longest_cell)
      return fail(problem(Kind::too_large, "documents.table.cell_size",
                          "单元格 " + place + " 的文字超过 32767 字，Excel 放不下。",
                          "The text of cell " + place + " is longer than the 32,767 characters Excel holds.")
                      .with_field(place));
    const bool dated = cell.kind == CellKind::date || cell.kind == CellKind::time;
    error = worksheet_write_string(sheet, r, c, encode_escapes(cell.text).c_str(),
                                   format(look, dated ? "@" : number_format));
  }
  if (error != LXW_NO_ERROR) return fail(unwritable(place + ": " + lxw_strerror(error)));
  return {};
}

void Workbook::set_columns(lxw_worksheet* sheet, const std::vector<Column>& columns) {
  if (!sheet) return;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    double width = column.width;
    if (width <= 0) {
      width = std::max(display_width(column.title), display_width(column.example)) + 4;
      if (column.kind == ColumnKind::date) width = std::max(width, 12.0);
      if (column.kind == ColumnKind::date_time) width = std::max(width, 20.0);
      width = std::clamp(width, 8.0, 60.0);
    }
    const auto c = static_cast<lxw_col_t>(i);
    worksheet_set_column(sheet, c, c, width, format(Look::plain, format_code(column)));
  }
}

Status Workbook::set_checks(lxw_worksheet* sheet, const std::vector<Column>& columns, std::uint64_t first_row) {
  if (!book_ || !sheet) return fail(unwritable("no workbook"));
  std::vector<const Column*> long_lists;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    lxw_data_validation check{};
    check.validate = LXW_VALIDATION_TYPE_NONE;
    check.ignore_blank = LXW_VALIDATION_ON;
    std::string formula, title = "请检查", message, hint;
    std::vector<std::string> choices = column.choices;
    std::vector<char*> pointers;
    if (!choices.empty()) {
      std::size_t length = 0;
      bool plain = true;
      for (const auto& choice : choices) {
        length += choice.size() + 1;
        plain = plain && choice.find(',') == std::string::npos && choice.find('"') == std::string::npos;
      }
      check.dropdown = LXW_VALIDATION_ON;
      message = "请从下拉列表中选择。";
      // Excel allows 255 characters; libxlsxwriter 1.1.4 joins them in a buffer of as many bytes.
      if (plain && length <= 240) {
        check.validate = LXW_VALIDATION_TYPE_LIST;
        for (auto& choice : choices) pointers.push_back(choice.data());
        pointers.push_back(nullptr);
        check.value_list = pointers.data();
      } else {
        auto& name = lists_[choices];
        if (name.empty()) {
          name = "choices_" + std::to_string(lists_.size());
          long_lists.push_back(&column);
        }
        check.validate = LXW_VALIDATION_TYPE_LIST_FORMULA;
        formula = "=" + name;
        check.value_formula = formula.data();
      }
    } else if (column.kind == ColumnKind::date || column.kind == ColumnKind::date_time) {
      check.validate = LXW_VALIDATION_TYPE_DATE;
      check.criteria = LXW_VALIDATION_CRITERIA_BETWEEN;
      check.minimum_datetime = {1900, 1, 1, 0, 0, 0};
      check.maximum_datetime = {9999, 12, 31, 0, 0, 0};
      // Early dates and dates written as text are left to the import, which understands more than the office
      // program.
      check.error_type = LXW_VALIDATION_ERROR_TYPE_WARNING;
      message = "请输入日期，例如 2024-05-01。";
    } else if (column.kind == ColumnKind::integer || column.kind == ColumnKind::decimal) {
      check.validate = column.kind == ColumnKind::integer ? LXW_VALIDATION_TYPE_INTEGER : LXW_VALIDATION_TYPE_DECIMAL;
      check.criteria = LXW_VALIDATION_CRITERIA_BETWEEN;
      check.minimum_number = -999999999999999.0;
      check.maximum_number = 999999999999999.0;
      message = column.kind == ColumnKind::integer ? "请输入整数。" : "请输入数字。";
    }
    if (check.validate == LXW_VALIDATION_TYPE_NONE) continue;
    check.show_error = LXW_VALIDATION_ON;
    check.error_title = title.data();
    check.error_message = message.data();
    const lxw_error error =
        worksheet_data_validation_range(sheet, static_cast<lxw_row_t>(first_row), static_cast<lxw_col_t>(i),
                                        LXW_ROW_MAX - 1, static_cast<lxw_col_t>(i), &check);
    if (error != LXW_NO_ERROR) return fail(unwritable(column.title + ": " + lxw_strerror(error)));
  }
  if (long_lists.empty()) return {};
  lxw_worksheet* hidden = add_sheet("_choices");
  worksheet_hide(hidden);
  std::size_t rows = 0;
  for (const Column* column : long_lists) rows = std::max(rows, column->choices.size());
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < long_lists.size(); ++c)
      if (r < long_lists[c]->choices.size())
        CIVITAS_CHECK(put(hidden, r, static_cast<std::uint32_t>(c), Cell::of(long_lists[c]->choices[r]), Look::plain));
  for (std::size_t c = 0; c < long_lists.size(); ++c) {
    const std::string letters = column_letters(static_cast<std::uint32_t>(c + 1));
    const std::string range =
        "=_choices!$" + letters + "$1:$" + letters + "$" + std::to_string(long_lists[c]->choices.size());
    const lxw_error error = workbook_define_name(book_, lists_[long_lists[c]->choices].c_str(), range.c_str());
    if (error != LXW_NO_ERROR) return fail(unwritable(lxw_strerror(error)));
  }
  return {};
}

Status Workbook::close() {
  if (!book_) return fail(unwritable("no workbook"));
  const lxw_error error = workbook_close(std::exchange(book_, nullptr));
  if (error != LXW_NO_ERROR) return fail(unwritable(lxw_strerror(error)));
  std::error_code moved;
  std::filesystem::rename(part_, target_, moved);
  if (moved) return fail(unwritable(moved.message()));
  return {};
}

}  // namespace civitas::documents
