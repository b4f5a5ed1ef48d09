#include <cstdio>

#include "base/strings.hpp"
#include "documents/csv_decoder.hpp"
#include "documents/csv_reader.hpp"
#include "documents/table_writer.hpp"
#include "documents/workbook.hpp"

namespace civitas::documents {

namespace {

constexpr std::size_t flush_bytes = 256 * 1024;

class CsvWriter final : public TableWriter {
 public:
  CsvWriter(const std::filesystem::path& file, std::vector<Column> columns, const CsvOptions& options)
      : target_(file),
        part_(part_file(file)),
        columns_(std::move(columns)),
        options_(options),
        out_(std::fopen(part_.c_str(), "wb")) {}
  ~CsvWriter() override {
    if (out_) std::fclose(out_);
    std::error_code ignored;
    if (!finished_) std::filesystem::remove(part_, ignored);
  }

  Status begin() {
    if (!out_) return fail(unwritable("open"));
    if (options_.encoding == TextEncoding::utf8 && options_.byte_order_mark == Mark::with) buffer_ = "\xEF\xBB\xBF";
    std::vector<Cell> head;
    for (const Column& column : columns_) head.push_back(Cell::of(column.title));
    return row(head);
  }

  Status row(const std::vector<Cell>& cells) override {
    if (finished_) return fail(internal_problem("documents.table.finished: row after finish"));
    if (cells.size() > columns_.size())
      return fail(internal_problem("documents.table.columns: more cells than columns"));
    ++rows_;
    line_.clear();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line_ += options_.separator;
      if (i < cells.size()) append(cells[i]);
    }
    // A lone empty cell would read back as an empty line.
    if (line_.empty()) line_ = "\"\"";
    line_ += "\r\n";
    if (options_.encoding == TextEncoding::gb18030) {
      bool ok = false;
      std::string bytes = to_gb18030(line_, ok);
      if (!ok)
        return fail(
            invalid("documents.csv.encoding",
                    "第 " + std::to_string(rows_) + " 行有 GB18030 不能表示的字符，请改用 UTF-8 导出。",
                    "Row " + std::to_string(rows_) + " has a character that GB18030 cannot carry; export as UTF-8."));
      buffer_ += bytes;
    } else {
      buffer_ += line_;
    }
    return buffer_.size() >= flush_bytes ? flush() : Status{};
  }
  using TableWriter::row;

  Status finish() override {
    if (finished_) return fail(internal_problem("documents.table.finished: finish twice"));
    CIVITAS_CHECK(flush());
    if (std::fclose(std::exchange(out_, nullptr)) != 0) return fail(unwritable("close"));
    std::error_code moved;
    std::filesystem::rename(part_, target_, moved);
    if (moved) return fail(unwritable(moved.message()));
    finished_ = true;
    return {};
  }

 protected:
  const std::vector<Column>& columns() const override { return columns_; }

 private:
  void append(const Cell& cell) {
    const std::string& text = cell.text;
    // A negative number is no formula; whatever only claims to be a number is treated as text.
    const bool number = cell.kind == CellKind::number && parse_number(text).has_value();
    const bool guard = !number && needs_apostrophe(text);
    const char special[] = {options_.separator, '"', '\n', '\r'};
    const bool quote = text.find_first_of(std::string_view(special, 4)) != std::string::npos || text.starts_with(' ') ||
                       text.ends_with(' ');
    if (!quote) {
      if (guard) line_ += '\'';
      line_ += text;
      return;
    }
    line_ += '"';
    if (guard) line_ += '\'';
    for (const char c : text) {
      if (c == '"') line_ += '"';
      line_ += c;
    }
    line_ += '"';
  }

  Status flush() {
    if (std::fwrite(buffer_.data(), 1, buffer_.size(), out_) != buffer_.size()) return fail(unwritable("write"));
    buffer_.clear();
    return {};
  }

  std::filesystem::path target_;
  std::filesystem::path part_;
  std::vector<Column> columns_;
  CsvOptions options_;
  std::FILE* out_;
  std::string line_;
  std::string buffer_;
  std::uint64_t rows_ = 0;
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<TableWriter>> create_csv(const std::filesystem::path& file, std::vector<Column> columns,
                                                const CsvOptions& options) {
  auto writer = std::make_unique<CsvWriter>(file, std::move(columns), options);
  CIVITAS_CHECK(writer->begin());
  return std::unique_ptr<TableWriter>(std::move(writer));
}

}  // namespace civitas::documents
