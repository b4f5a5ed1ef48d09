#include <xlsxwriter.h>

#include <algorithm>

#include "documents/workbook.hpp"

namespace civitas::documents {

namespace {
// The column for the errors: behind the widest row, or where the errors of the last round stand.
struct Shape {
  std::size_t width = 0;
};

Result<Shape> measure(const std::filesystem::path& input, const MarkOptions& options) {
  CIVITAS_TRY(auto reader, open_table(input, TableFormat::detect, options.input));
  Shape shape;
  std::vector<Cell> row;
  std::size_t old_errors = 0;
  for (;;) {
    CIVITAS_TRY(const bool any, reader->next(row));
    if (!any) break;
    if (reader->row_number() == options.head_row && !row.empty() && row.back().text == options.error_title)
      old_errors = row.size();
    shape.width = std::max(shape.width, row.size());
  }
  if (old_errors > 0 && old_errors == shape.width) --shape.width;
  return shape;
}
}  // namespace

Status write_marked_errors(const std::filesystem::path& input, const std::filesystem::path& output,
                           std::vector<RowError> errors, const MarkOptions& options) {
  std::stable_sort(errors.begin(), errors.end(), [](const RowError& a, const RowError& b) { return a.row < b.row; });
  CIVITAS_TRY(const Shape shape, measure(input, options));
  CIVITAS_TRY(auto reader, open_table(input, TableFormat::detect, options.input));

  Workbook book(output, Memory::constant, "", "");
  lxw_worksheet* sheet = book.add_sheet(options.sheet_name);
  if (!sheet) return fail(unwritable("no sheet"));
  std::vector<Column> columns = options.columns;
  columns.resize(shape.width, Column{.width = 18});
  const auto error_column = static_cast<std::uint32_t>(shape.width);
  book.set_columns(sheet, columns);
  worksheet_set_column(sheet, static_cast<lxw_col_t>(error_column), static_cast<lxw_col_t>(error_column), 60,
                       book.format(Look::error_text));

  std::size_t next_error = 0;
  // Errors of rows without content (a required row is missing) keep their place, too.
  const auto write_lone_errors = [&](std::uint64_t before) -> Status {
    while (next_error < errors.size() && errors[next_error].row < before) {
      const std::uint64_t row = errors[next_error].row;
      std::string text;
      for (; next_error < errors.size() && errors[next_error].row == row; ++next_error)
        text += (text.empty() ? "" : "；") + errors[next_error].message;
      if (row > 0) CIVITAS_CHECK(book.put(sheet, row - 1, error_column, Cell::of(text), Look::error_text));
    }
    return {};
  };

  std::vector<Cell> row;
  std::vector<bool> wrong;
  for (;;) {
    CIVITAS_TRY(const bool any, reader->next(row));
    if (!any) break;
    const std::uint64_t number = reader->row_number();
    CIVITAS_CHECK(write_lone_errors(number));
    row.resize(std::min(row.size(), shape.width));
    wrong.assign(shape.width, false);
    std::string text;
    for (; next_error < errors.size() && errors[next_error].row == number; ++next_error) {
      const RowError& error = errors[next_error];
      if (error.column > 0 && error.column <= wrong.size()) wrong[error.column - 1] = true;
      text += (text.empty() ? "" : "；") + error.message;
    }
    const bool head = number == options.head_row;
    row.resize(shape.width);
    for (std::uint32_t i = 0; i < row.size(); ++i) {
      const Look look = wrong[i] ? Look::wrong : head ? Look::head : Look::plain;
      CIVITAS_CHECK(
          book.put(sheet, number - 1, i, row[i], look, i < options.columns.size() ? format_code(columns[i]) : ""));
    }
    if (head) text = options.error_title;
    if (!text.empty())
      CIVITAS_CHECK(book.put(sheet, number - 1, error_column, Cell::of(text), head ? Look::head : Look::error_text));
  }
  CIVITAS_CHECK(write_lone_errors(std::numeric_limits<std::uint64_t>::max()));
  worksheet_freeze_panes(sheet, static_cast<lxw_row_t>(options.head_row), 0);
  if (!options.columns.empty()) CIVITAS_CHECK(book.set_checks(sheet, options.columns, options.head_row));
  return book.close();
}

}  // namespace civitas::documents
