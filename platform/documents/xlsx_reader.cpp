#include "documents/xlsx_reader.hpp"

#include <cmath>

#include "base/strings.hpp"
#include "base/utf8.hpp"

namespace civitas::documents {

class SheetRows::Handler final : public XmlHandler {
 public:
  Handler(const XlsxContext& context, const TableLimits& limits)
      : context_(context), limits_(limits), merged_(context.merged, limits.columns) {}
  XmlStream* stream = nullptr;
  std::vector<Cell>* row = nullptr;
  std::uint64_t row_number = 0;
  bool row_ready = false;

  void start(std::string_view name, const Attributes& attributes) override {
    if (name == "c") {
      start_cell(attributes);
    } else if (name == "v") {
      take_ = in_cell_;
    } else if (name == "f") {
      has_formula_ = take_formula_ = in_cell_;
    } else if (name == "t") {
      take_ = in_inline_ && phonetic_ == 0;
    } else if (name == "is") {
      in_inline_ = in_cell_;
    } else if (name == "rPh") {
      ++phonetic_;
    } else if (name == "row") {
      start_row(attributes);
    } else if (name == "sheetData") {
      in_data_ = true;
    }
  }

  void end(std::string_view name) override {
    if (name == "c") {
      end_cell();
    } else if (name == "v" || name == "t") {
      take_ = false;
    } else if (name == "f") {
      take_formula_ = false;
    } else if (name == "is") {
      in_inline_ = false;
    } else if (name == "rPh") {
      if (phonetic_ > 0) --phonetic_;
    } else if (name == "row" && in_row_) {
      in_row_ = false;
      if (merged_.any() && !merged_.end_row(*row, filled_, limits_.row_bytes)) return stop_long();
      row->resize(filled_);
      if (filled_ > 0) {
        row_ready = true;
        stream->pause();
      }
    } else if (name == "sheetData") {
      in_data_ = false;
    }
  }

  void text(std::string_view piece) override {
    if (take_formula_ && formula_.size() < 60) formula_ += piece.substr(0, 60);
    if (!take_) return;
    value_ += piece;
    if (value_.size() > limits_.cell_bytes)
      stop(problem(Kind::too_large, "documents.table.cell_size", where_zh() + "的内容过长。",
                   "The content of cell " + where() + " is too long.")
               .with_field(where()));
  }

 private:
  std::string where() const { return column_letters(column_) + std::to_string(row_number); }
  std::string where_zh() const { return "单元格 " + where() + " "; }
  void stop(Problem problem) { stream->stop(std::move(problem)); }

  // A row in a row or a cell in a cell: no program writes such a sheet.
  void stop_nested() {
    stop(invalid("documents.xlsx.xml", "工作表的结构有误，请用办公软件打开后重新保存。",
                 "The sheet is not well built; open it in an office program and save it again.")
             .with_field("row " + std::to_string(row_number)));
  }

  void stop_long() {
    stop(problem(Kind::too_large, "documents.table.row_size", "第 " + std::to_string(row_number) + " 行的内容过长。",
                 "Row " + std::to_string(row_number) + " is too long.")
             .with_field("row " + std::to_string(row_number)));
  }

  void start_row(const Attributes& attributes) {
    if (!in_data_) return;
    if (in_row_) return stop_nested();
    std::uint64_t number = row_number + 1;
    if (const auto given = parse_integer(attributes["r"]); given && *given > 0)
      number = static_cast<std::uint64_t>(*given);
    if (number <= row_number) {
      return stop(invalid("documents.xlsx.xml", "工作表的行次序有误，请用办公软件打开后重新保存。",
                          "The rows of the sheet are out of order; open it in an office program and save it again.")
                      .with_field("row " + std::to_string(number)));
    }
    if (number > limits_.rows)
      return stop(problem(Kind::too_large, "documents.table.rows",
                          "表格超过 " + std::to_string(limits_.rows) + " 行，请分成几个文件。",
                          "The table has more than " + std::to_string(limits_.rows) + " rows; split it."));
    row_number = number;
    column_ = 0;
    filled_ = 0;
    row_bytes_ = 0;
    for (Cell& cell : *row) {
      cell.kind = CellKind::empty;
      cell.text.clear();
      cell.format.clear();
      cell.merged = false;
    }
    merged_.start_row(number);
    in_row_ = true;
  }

  void start_cell(const Attributes& attributes) {
    if (!in_row_) return;
    if (in_cell_) return stop_nested();
    const CellReference reference = parse_reference(attributes["r"]);
    const std::uint32_t before = column_;
    column_ = reference.column > 0 ? reference.column : column_ + 1;
    if (column_ <= before)
      return stop(
          invalid("documents.xlsx.xml", where_zh() + "的次序有误，请用办公软件打开后重新保存。",
                  "Cell " + where() + " is out of order; open the workbook in an office program and save it again.")
              .with_field(where()));
    type_ = attributes["t"];
    style_ = static_cast<std::size_t>(parse_integer(attributes["s"]).value_or(0));
    value_.clear();
    formula_.clear();
    has_formula_ = false;
    in_cell_ = true;
  }

  void end_cell() {
    if (!in_cell_) return;
    in_cell_ = false;
    take_ = take_formula_ = false;
    in_inline_ = false;
    // A text result may be empty. Any other formula has a result, if the program that wrote the file computed it.
    const bool uncomputed = has_formula_ && type_ != "str" && trim(value_).empty();
    if (uncomputed) {
      type_ = "e";
      value_ = "=" + std::string(utf8_prefix(formula_, 40));
    }
    if (value_.empty()) return;
    if (column_ > limits_.columns)
      return stop(problem(Kind::too_large, "documents.table.columns",
                          where_zh() + "超出允许的 " + std::to_string(limits_.columns) + " 列。",
                          "Cell " + where() + " is beyond the " + std::to_string(limits_.columns) + " columns allowed.")
                      .with_field(where()));
    if (row->size() < column_) row->resize(column_);
    Cell& cell = (*row)[column_ - 1];
    if (!fill(cell)) return;
    if (cell.text.empty()) {
      cell.kind = CellKind::empty;
      return;
    }
    row_bytes_ += cell.text.size();
    if (row_bytes_ > limits_.row_bytes) return stop_long();
    filled_ = column_;
  }

  bool fill(Cell& cell) {
    if (type_ == "s") {
      const auto index = parse_integer(trim(value_));
      if (!index || *index < 0 || static_cast<std::size_t>(*index) >= context_.strings.size()) {
        stop(invalid("documents.xlsx.strings", where_zh() + "引用的文字不存在，文件已损坏，请重新保存。",
                     "Cell " + where() + " refers to text that does not exist; the file is damaged, save it again.")
                 .with_field(where()));
        return false;
      }
      cell.kind = CellKind::text;
      cell.text = context_.strings[static_cast<std::size_t>(*index)];
    } else if (type_ == "inlineStr" || type_ == "str") {
      cell.kind = CellKind::text;
      cell.text = decode_escapes(value_);
    } else if (type_ == "b") {
      cell.kind = CellKind::boolean;
      cell.text = value_ == "1" || value_ == "true" ? "TRUE" : "FALSE";
    } else if (type_ == "e") {
      cell.kind = CellKind::error;
      cell.text = value_;
    } else if (type_ == "d") {
      cell.kind = value_.find('-') == std::string::npos ? CellKind::time : CellKind::date;
      cell.text = value_.ends_with("T00:00:00") ? value_.substr(0, value_.size() - 9) : value_;
    } else {
      cell.kind = CellKind::number;
      if (const NumberStyle style = context_.styles.of(style_); style != NumberStyle::number) {
        const auto serial = parse_number(trim(value_));
        if (const auto iso = serial ? iso_from_serial(*serial, context_.epoch_1904, style) : std::nullopt) {
          cell.kind = iso->find('-') == std::string::npos ? CellKind::time : CellKind::date;
          cell.text = *iso;
          return true;
        }
      }
      cell.text = displayed_number(value_);
      cell.format = context_.styles.format_of(style_);
    }
    return true;
  }

  const XlsxContext& context_;
  TableLimits limits_;
  std::string type_;
  std::string value_;
  std::string formula_;  // its beginning
  MergedCells merged_;
  std::size_t style_ = 0;
  std::uint32_t column_ = 0;
  std::size_t filled_ = 0;
  std::size_t row_bytes_ = 0;
  int phonetic_ = 0;
  bool in_data_ = false;
  bool in_row_ = false;
  bool in_cell_ = false;
  bool in_inline_ = false;
  bool take_ = false;
  bool has_formula_ = false;
  bool take_formula_ = false;
};

SheetRows::SheetRows(std::unique_ptr<ByteSource> source, const XlsxContext& context, const TableLimits& limits)
    : source_(std::move(source)),
      handler_(std::make_unique<Handler>(context, limits)),
      xml_(std::make_unique<XmlStream>(*source_, *handler_, "sheet")) {
  handler_->stream = xml_.get();
}
SheetRows::~SheetRows() = default;

Result<bool> SheetRows::next(std::vector<Cell>& row) {
  handler_->row = &row;
  handler_->row_ready = false;
  CIVITAS_CHECK(xml_->run());
  if (!handler_->row_ready) row.clear();
  return handler_->row_ready;
}
std::uint64_t SheetRows::row_number() const { return handler_->row_number; }

namespace {

class CountingSource final : public ByteSource {
 public:
  CountingSource(std::unique_ptr<ByteSource> inner, std::uint64_t& count) : inner_(std::move(inner)), count_(count) {}
  Result<std::size_t> read(char* into, std::size_t size) override {
    CIVITAS_TRY(const std::size_t got, inner_->read(into, size));
    count_ += got;
    return got;
  }

 private:
  std::unique_ptr<ByteSource> inner_;
  std::uint64_t& count_;
};

class XlsxReader final : public TableReader {
 public:
  explicit XlsxReader(std::unique_ptr<XlsxPackage> package) : package_(std::move(package)) {}

  Status begin(const TableOptions& options) {
    CIVITAS_TRY(info_, read_workbook(*package_));
    const SheetInfo* chosen = nullptr;
    for (const SheetInfo& sheet : info_.sheets) {
      if (options.sheet.empty() ? sheet.visible : sheet.name == options.sheet) {
        chosen = &sheet;
        break;
      }
    }
    if (!chosen && options.sheet.empty()) chosen = &info_.sheets.front();
    if (!chosen)
      return fail(invalid("documents.xlsx.sheet", "工作簿里没有名为“" + options.sheet + "”的工作表。",
                          "The workbook has no sheet named \"" + options.sheet + "\"."));
    context_.epoch_1904 = info_.epoch_1904;
    if (!info_.strings_part.empty() && package_->has(info_.strings_part)) {
      CIVITAS_TRY(auto part, package_->part(info_.strings_part));
      CIVITAS_CHECK(context_.strings.load(*part, options.limits));
    }
    if (!info_.styles_part.empty() && package_->has(info_.styles_part)) {
      CIVITAS_TRY(auto part, package_->part(info_.styles_part));
      CIVITAS_CHECK(context_.styles.load(*part));
    }
    CIVITAS_TRY(context_.merged, read_merged(*package_, chosen->part, options.limits));
    total_ = package_->part_bytes(chosen->part);
    CIVITAS_TRY(auto sheet, package_->part(chosen->part));
    rows_ = std::make_unique<SheetRows>(std::make_unique<CountingSource>(std::move(sheet), read_), context_,
                                        options.limits);
    return {};
  }

  Result<bool> next(std::vector<Cell>& row) override { return rows_->next(row); }
  std::uint64_t row_number() const override { return rows_->row_number(); }
  TableFormat format() const override { return TableFormat::xlsx; }
  std::vector<std::string> sheets() const override {
    std::vector<std::string> names;
    for (const auto& sheet : info_.sheets)
      if (sheet.visible) names.push_back(sheet.name);
    return names;
  }
  double progress() const override {
    return total_ == 0 ? 1 : std::min(1.0, static_cast<double>(read_) / static_cast<double>(total_));
  }

 private:
  std::unique_ptr<XlsxPackage> package_;
  WorkbookInfo info_;
  XlsxContext context_;
  std::uint64_t read_ = 0;
  std::uint64_t total_ = 0;
  std::unique_ptr<SheetRows> rows_;  // last: it reads from the package
};

Result<std::unique_ptr<TableReader>> begin(std::unique_ptr<XlsxPackage> package, const TableOptions& options) {
  auto reader = std::make_unique<XlsxReader>(std::move(package));
  CIVITAS_CHECK(reader->begin(options));
  return std::unique_ptr<TableReader>(std::move(reader));
}

}  // namespace

Result<std::unique_ptr<TableReader>> open_xlsx(const std::filesystem::path& file, const TableOptions& options) {
  CIVITAS_TRY(auto package, XlsxPackage::open(file, options.limits));
  return begin(std::move(package), options);
}

Result<std::unique_ptr<TableReader>> open_xlsx_bytes(std::string_view bytes, const TableOptions& options) {
  CIVITAS_TRY(auto package, XlsxPackage::open_bytes(bytes, options.limits));
  return begin(std::move(package), options);
}

}  // namespace civitas::documents
