#include <xlsxwriter.h>

#include "base/strings.hpp"
#include "documents/workbook.hpp"

namespace civitas::documents {

namespace {

constexpr std::string_view required_mark = "*";
constexpr std::string_view hint_start = "【说明】";
constexpr std::string_view example_start = "【示例】";

CellKind kind_of(const Column& column) {
  switch (column.kind) {
    case ColumnKind::integer:
    case ColumnKind::decimal: return CellKind::number;
    case ColumnKind::date:
    case ColumnKind::date_time: return CellKind::date;
    default: return CellKind::text;
  }
}

std::string kind_words(const Column& column) {
  if (!column.choices.empty()) return "从列表选择";
  switch (column.kind) {
    case ColumnKind::text: return "文字";
    case ColumnKind::integer: return "整数";
    case ColumnKind::decimal: return "数字";
    case ColumnKind::date: return "日期（如 2024-05-01）";
    case ColumnKind::date_time: return "日期和时间（如 2024-05-01 08:30:00）";
    case ColumnKind::boolean: return "是或否";
  }
  return "";
}

Status write_guide(Workbook& book, const std::vector<Column>& columns, const TemplateOptions& options) {
  lxw_worksheet* sheet = book.add_sheet(options.guide_sheet_name);
  const std::vector<Column> head = {{.title = "列名", .width = 22}, {.title = "是否必填", .width = 12},
                                    {.title = "内容", .width = 26}, {.title = "说明", .width = 48},
                                    {.title = "示例", .width = 26}, {.title = "可选值", .width = 60}};
  book.set_columns(sheet, head);
  for (std::uint32_t i = 0; i < head.size(); ++i)
    CIVITAS_CHECK(book.put(sheet, 0, i, Cell::of(head[i].title), Look::head));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    std::string choices = join(column.choices, "、");
    if (column.choices.size() > 40)
      choices = join({column.choices.begin(), column.choices.begin() + 40}, "、") + " 等 " +
                std::to_string(column.choices.size()) + " 项";
    const std::string texts[] = {column.title,       column.need == Need::required ? "必填" : "选填",
                                 kind_words(column), column.hint,
                                 column.example,     choices};
    for (std::uint32_t c = 0; c < 6; ++c)
      CIVITAS_CHECK(book.put(sheet, i + 1, c, Cell::of(texts[c]), Look::wrapped, "@"));
  }
  worksheet_freeze_panes(sheet, 1, 0);
  return {};
}

}  // namespace

Status write_template(const std::filesystem::path& file, const std::vector<Column>& columns,
                      const TemplateOptions& options) {
  Workbook book(file, Memory::whole, "", "");
  lxw_worksheet* sheet = book.add_sheet(options.sheet_name);
  if (!sheet) return fail(unwritable("no sheet"));
  book.set_columns(sheet, columns);
  std::uint64_t next_row = 1;
  for (std::uint32_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    const bool required = column.need == Need::required;
    CIVITAS_CHECK(book.put(sheet, 0, i, Cell::of(column.title + (required ? std::string(required_mark) : "")),
                           required ? Look::head_required : Look::head));
    if (options.hint == HintPlace::comment && !column.hint.empty()) {
      const lxw_error error = worksheet_write_comment(sheet, 0, static_cast<lxw_col_t>(i), column.hint.c_str());
      if (error != LXW_NO_ERROR) return fail(unwritable(column.title + ": " + lxw_strerror(error)));
    }
  }
  if (options.hint == HintPlace::second_row) {
    for (std::uint32_t i = 0; i < columns.size(); ++i)
      CIVITAS_CHECK(book.put(sheet, next_row, i, Cell::of((i == 0 ? std::string(hint_start) : "") + columns[i].hint),
                             Look::hint, "@"));
    ++next_row;
  }
  if (options.example == ExamplePlace::data_sheet) {
    for (std::uint32_t i = 0; i < columns.size(); ++i) {
      Cell cell(kind_of(columns[i]), columns[i].example);
      if (i == 0) cell = Cell::of(std::string(example_start) + columns[i].example);
      CIVITAS_CHECK(book.put(sheet, next_row, i, cell, Look::example, format_code(columns[i])));
    }
    ++next_row;
  }
  worksheet_freeze_panes(sheet, static_cast<lxw_row_t>(next_row), 0);
  if (!options.guide_sheet_name.empty()) CIVITAS_CHECK(write_guide(book, columns, options));
  CIVITAS_CHECK(book.set_checks(sheet, columns, next_row));
  worksheet_activate(sheet);
  return book.close();
}

bool is_template_note(const std::vector<Cell>& row) {
  return !row.empty() && (row[0].text.starts_with(hint_start) || row[0].text.starts_with(example_start));
}

std::string template_title(std::string_view head_cell) {
  std::string_view title = trim(head_cell);
  for (const std::string_view mark : {std::string_view("*"), std::string_view("＊")}) {
    if (title.ends_with(mark)) title.remove_suffix(mark.size());
    if (title.starts_with(mark)) title.remove_prefix(mark.size());
  }
  return std::string(trim(title));
}

}  // namespace civitas::documents
