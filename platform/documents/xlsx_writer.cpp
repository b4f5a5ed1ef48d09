#include <xlsxwriter.h>

#include "documents/workbook.hpp"

namespace civitas::documents {

namespace {

class XlsxWriter final : public TableWriter {
 public:
  XlsxWriter(const std::filesystem::path& file, std::vector<Column> columns, const XlsxOptions& options)
      : book_(file, Memory::constant, options.title, options.author), columns_(std::move(columns)), options_(options) {
    for (const Column& column : columns_) codes_.push_back(format_code(column));
  }

  Status begin() {
    sheet_ = book_.add_sheet(options_.sheet_name);
    if (!sheet_) return fail(unwritable("no sheet"));
    book_.set_columns(sheet_, columns_);
    for (std::size_t i = 0; i < columns_.size(); ++i)
      CIVITAS_CHECK(book_.put(sheet_, 0, static_cast<std::uint32_t>(i), Cell::of(columns_[i].title), Look::head));
    worksheet_freeze_panes(sheet_, 1, 0);
    return {};
  }

  Status row(const std::vector<Cell>& cells) override {
    if (finished_) return fail(internal_problem("documents.table.finished: row after finish"));
    if (cells.size() > columns_.size())
      return fail(internal_problem("documents.table.columns: more cells than columns"));
    ++rows_;
    for (std::size_t i = 0; i < cells.size(); ++i)
      CIVITAS_CHECK(book_.put(sheet_, rows_, static_cast<std::uint32_t>(i), cells[i], Look::plain, codes_[i]));
    return {};
  }
  using TableWriter::row;

  Status finish() override {
    if (finished_) return fail(internal_problem("documents.table.finished: finish twice"));
    finished_ = true;
    if (options_.filter && !columns_.empty() && rows_ > 0)
      worksheet_autofilter(sheet_, 0, 0, static_cast<lxw_row_t>(rows_), static_cast<lxw_col_t>(columns_.size() - 1));
    return book_.close();
  }

 protected:
  const std::vector<Column>& columns() const override { return columns_; }

 private:
  Workbook book_;
  std::vector<Column> columns_;
  std::vector<std::string> codes_;
  XlsxOptions options_;
  lxw_worksheet* sheet_ = nullptr;
  std::uint64_t rows_ = 0;
  bool finished_ = false;
};

}  // namespace

Status TableWriter::row(const std::vector<std::string>& texts) {
  std::vector<Cell> cells;
  cells.reserve(texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    CellKind kind = CellKind::text;
    if (i < columns().size()) {
      switch (columns()[i].kind) {
        case ColumnKind::text: break;
        case ColumnKind::integer:
        case ColumnKind::decimal: kind = CellKind::number; break;
        case ColumnKind::date:
        case ColumnKind::date_time: kind = CellKind::date; break;
        case ColumnKind::boolean: kind = CellKind::boolean; break;
      }
    }
    cells.emplace_back(texts[i].empty() ? CellKind::empty : kind, texts[i]);
    if (kind == CellKind::boolean && (texts[i] == "true" || texts[i] == "1")) cells.back().text = "TRUE";
  }
  return row(cells);
}

Result<std::unique_ptr<TableWriter>> create_xlsx(const std::filesystem::path& file, std::vector<Column> columns,
                                                 const XlsxOptions& options) {
  auto writer = std::make_unique<XlsxWriter>(file, std::move(columns), options);
  CIVITAS_CHECK(writer->begin());
  return std::unique_ptr<TableWriter>(std::move(writer));
}

}  // namespace civitas::documents
