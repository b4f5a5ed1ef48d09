#include "documents/csv_reader.hpp"

#include <array>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "documents/csv_decoder.hpp"

namespace civitas::documents {

namespace {

std::string place_zh(std::uint64_t line) { return "第 " + std::to_string(line) + " 行"; }

// Told from the first records outside quotes: the separator that appears in the most records with the same
// count.
char tell_separator(std::string_view text) {
  constexpr std::array<char, 3> candidates = {',', '\t', ';'};
  std::array<std::vector<int>, 3> counts;
  std::array<int, 3> now{};
  bool quoted = false;
  bool content = false;
  const auto close = [&] {
    if (!content) return;
    for (std::size_t i = 0; i < 3; ++i) counts[i].push_back(now[i]);
    now = {};
    content = false;
  };
  for (std::size_t i = 0; i < text.size() && counts[0].size() < 20; ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '\n' || c == '\r')) {
      close();
      continue;
    }
    content = true;
    if (quoted) continue;
    for (std::size_t k = 0; k < 3; ++k) now[k] += c == candidates[k];
  }
  if (counts[0].empty()) close();
  int best = 0;
  char answer = ',';
  for (std::size_t k = 0; k < 3; ++k) {
    if (counts[k].empty() || counts[k][0] == 0) continue;
    int same = 0;
    for (const int count : counts[k]) same += count == counts[k][0];
    const int score = same * 1000 + std::min(counts[k][0], 999);
    if (score > best) {
      best = score;
      answer = candidates[k];
    }
  }
  return answer;
}

class CsvReader final : public TableReader {
 public:
  CsvReader(std::unique_ptr<ByteSource> source, TextEncoding encoding, std::uint64_t total, const TableOptions& options)
      : decoder_(std::move(source), encoding),
        encoding_(encoding),
        total_(total),
        limits_(options.limits),
        separator_(options.separator) {}

  Status begin() {
    CIVITAS_CHECK(fill());
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    std::string_view head = rest();
    // Excel's own way to name the separator.
    if (head.size() > 5 && (head.starts_with("sep=") || head.starts_with("SEP=")) &&
        (head[5] == '\r' || head[5] == '\n')) {
      if (separator_ == 0) separator_ = head[4];
      at_ += head.substr(5).starts_with("\r\n") ? 7 : 6;
      ++line_;
      ++record_;
    }
    if (separator_ == 0) separator_ = tell_separator(rest().substr(0, 64 * 1024));
    return {};
  }

  Result<bool> next(std::vector<Cell>& row) override {
    if (failure_) return fail(*failure_);
    auto result = read_record(row);
    if (!result) failure_ = std::make_unique<Problem>(result.error());
    return result;
  }
  std::uint64_t row_number() const override { return record_; }
  TableFormat format() const override { return TableFormat::csv; }
  TextEncoding encoding() const override { return encoding_; }
  double progress() const override {
    if (total_ == 0) return 1;
    return std::min(1.0, static_cast<double>(decoder_.bytes_read()) / static_cast<double>(total_));
  }

 private:
  std::string_view rest() const { return std::string_view(text_).substr(at_); }

  // Drops what was consumed and appends the next piece; false at the end.
  Result<bool> fill() {
    text_.erase(0, at_);
    at_ = 0;
    const std::size_t before = text_.size();
    while (text_.size() == before) {
      CIVITAS_TRY(const bool any, decoder_.more(text_));
      if (!any) return false;
      if (decoder_.malformed() && text_.size() == before) return false;
    }
    return true;
  }

  // Either the end of the file or bytes of another encoding.
  Status at_end() {
    if (!decoder_.malformed()) return {};
    const std::string name(encoding_name(encoding_));
    return fail(invalid("documents.csv.encoding",
                        place_zh(line_) + "含有不是 " + name +
                            " 编码的字节，文件可能混用了几种编码，请用同一种编码重新保存后再上传。",
                        "Line " + std::to_string(line_) + " has bytes that are not " + name +
                            "; the file may mix encodings. Save it again in one encoding.")
                    .with_field("line " + std::to_string(line_)));
  }

  Problem cell_problem(std::string reason, const std::string& zh, const std::string& en, std::size_t column) const {
    const std::string col = std::to_string(column);
    return invalid(std::move(reason), "第 " + std::to_string(record_) + " 行第 " + col + " 列：" + zh,
                   "Row " + std::to_string(record_) + ", column " + col + ": " + en)
        .with_field(column_letters(static_cast<std::uint32_t>(column)) + std::to_string(record_));
  }

  Result<bool> read_record(std::vector<Cell>& row);
  Status quoted_cell(std::string& cell, std::size_t column);
  Status plain_cell(std::string& cell, std::size_t column);
  Status check_cell(const std::string& cell, std::size_t column, std::uint64_t quote_line);

  Decoder decoder_;
  TextEncoding encoding_;
  std::uint64_t total_;
  TableLimits limits_;
  char separator_;
  std::string text_;
  std::size_t at_ = 0;
  std::uint64_t record_ = 0;
  std::uint64_t line_ = 1;
  std::size_t row_bytes_ = 0;
  std::unique_ptr<Problem> failure_;
};

// ="007" is how programs keep the zeros of a number in a CSV for Excel, which shows 007.
void undress(std::string& text) {
  if (text.size() < 3 || !text.starts_with("=\"") || !text.ends_with('"')) return;
  std::string inside = text.substr(2, text.size() - 3);
  const std::string alone = replace_all(inside, "\"\"", "");
  if (alone.find('"') == alone.npos) text = replace_all(std::move(inside), "\"\"", "\"");
}

Status CsvReader::check_cell(const std::string& cell, std::size_t column, std::uint64_t quote_line) {
  if (cell.size() > limits_.cell_bytes) {
    const std::string limit = std::to_string(limits_.cell_bytes);
    std::string zh = "单元格超过 " + limit + " 字节";
    std::string en = "the cell is longer than " + limit + " bytes";
    if (quote_line > 0) {
      zh += "，" + place_zh(quote_line) + "开始的引号可能没有结束";
      en += "; perhaps the quote that begins on line " + std::to_string(quote_line) + " is not closed";
    }
    return fail(cell_problem("documents.table.cell_size", zh + "。", en + ".", column));
  }
  if (row_bytes_ + cell.size() > limits_.row_bytes)
    return fail(cell_problem("documents.table.row_size", "一行的内容过长，请检查换行。",
                             "the row is too long; check the line breaks.", column));
  return {};
}

Status CsvReader::plain_cell(std::string& cell, std::size_t column) {
  const char stops[] = {separator_, '\n', '\r'};
  for (;;) {
    const std::size_t stop = text_.find_first_of(std::string_view(stops, 3), at_);
    const std::size_t end = stop == std::string::npos ? text_.size() : stop;
    cell.append(text_, at_, end - at_);
    at_ = end;
    CIVITAS_CHECK(check_cell(cell, column, 0));
    if (stop != std::string::npos) return {};
    CIVITAS_TRY(const bool any, fill());
    if (!any) return at_end();
  }
}

Status CsvReader::quoted_cell(std::string& cell, std::size_t column) {
  const std::uint64_t began = line_;
  ++at_;
  for (;;) {
    const std::size_t stop = text_.find('"', at_);
    const std::size_t end = stop == std::string::npos ? text_.size() : stop;
    for (std::size_t i = at_; i < end; ++i) line_ += text_[i] == '\n';
    cell.append(text_, at_, end - at_);
    at_ = end;
    CIVITAS_CHECK(check_cell(cell, column, began));
    if (stop != std::string::npos) {
      if (at_ + 1 >= text_.size()) {
        CIVITAS_TRY(const bool any, fill());
        if (!any) CIVITAS_CHECK(at_end());
      }
      if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        cell += '"';
        at_ += 2;
        continue;
      }
      ++at_;
      break;
    }
    CIVITAS_TRY(const bool any, fill());
    if (any) continue;
    CIVITAS_CHECK(at_end());
    return fail(cell_problem("documents.csv.quote", place_zh(began) + "开始的引号没有结束，请补上引号。",
                             "the quote that begins on line " + std::to_string(began) + " is not closed.", column));
  }
  // Blanks between the closing quote and the separator are harmless and common.
  while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  if (at_ < text_.size()) {
    const char c = text_[at_];
    if (c != separator_ && c != '\n' && c != '\r')
      return fail(cell_problem("documents.csv.quote", "引号结束后还有文字，文字中的引号应写成两个引号。",
                               "text follows a closing quote; write a quote inside text as two quotes.", column));
  }
  return {};
}

Result<bool> CsvReader::read_record(std::vector<Cell>& row) {
  row.clear();
  for (;;) {
    if (at_ >= text_.size()) {
      CIVITAS_TRY(const bool any, fill());
      if (!any) {
        CIVITAS_CHECK(at_end());
        return false;
      }
    }
    if (++record_ > limits_.rows)
      return fail(problem(Kind::too_large, "documents.table.rows",
                          "表格超过 " + std::to_string(limits_.rows) + " 行，请分成几个文件。",
                          "The table has more than " + std::to_string(limits_.rows) + " rows; split it."));
    row_bytes_ = 0;
    std::size_t columns = 0;
    std::size_t filled = 0;
    bool content = false;
    for (bool more_cells = true; more_cells;) {
      if (++columns > limits_.columns)
        return fail(cell_problem("documents.table.columns", "列数超过 " + std::to_string(limits_.columns) + "。",
                                 "more than " + std::to_string(limits_.columns) + " columns.", columns));
      if (row.size() < columns) row.emplace_back();
      Cell& cell = row[columns - 1];
      if (at_ < text_.size() && text_[at_] == '"')
        CIVITAS_CHECK(quoted_cell(cell.text, columns));
      else
        CIVITAS_CHECK(plain_cell(cell.text, columns));
      row_bytes_ += cell.text.size();
      if (cell.text.size() > 1 && cell.text[0] == '\'' && needs_apostrophe(cell.text))
        cell.text.erase(0, 1);
      else
        undress(cell.text);
      if (!cell.text.empty()) {
        cell.kind = CellKind::text;
        filled = columns;
        content = true;
      }
      if (at_ >= text_.size()) CIVITAS_CHECK(fill());
      more_cells = at_ < text_.size() && text_[at_] == separator_;
      if (more_cells) {
        ++at_;
        if (at_ >= text_.size()) CIVITAS_CHECK(fill());
      }
    }
    CIVITAS_CHECK(at_ < text_.size() ? Status{} : at_end());
    if (at_ < text_.size()) {
      const bool carriage = text_[at_] == '\r';
      ++at_;
      if (carriage) {
        if (at_ >= text_.size()) CIVITAS_CHECK(fill());
        if (at_ < text_.size() && text_[at_] == '\n') ++at_;
      }
      ++line_;
    }
    row.resize(filled);
    if (content) return true;
    row.clear();
  }
}

}  // namespace

bool needs_apostrophe(std::string_view text) {
  const std::size_t start = text.find_first_not_of('\'');
  if (start == std::string_view::npos) return false;
  const std::string_view rest = text.substr(start);
  // '007: the apostrophe by which people keep the zeros of a number.
  return looks_like_formula(rest) || (start > 0 && rest.find_first_not_of("0123456789") == rest.npos);
}

std::string_view encoding_name(TextEncoding encoding) {
  switch (encoding) {
    case TextEncoding::gb18030: return "GB18030";
    case TextEncoding::utf16le: return "UTF-16LE";
    case TextEncoding::utf16be: return "UTF-16BE";
    default: return "UTF-8";
  }
}

Result<CsvShape> tell_csv_encoding(std::string_view head, std::string_view sample) {
  if (head.starts_with("\xEF\xBB\xBF")) return CsvShape{TextEncoding::utf8, 3};
  if (head.starts_with("\xFF\xFE")) return CsvShape{TextEncoding::utf16le, 2};
  if (head.starts_with("\xFE\xFF")) return CsvShape{TextEncoding::utf16be, 2};
  const auto not_a_table = [] {
    return fail(problem(Kind::unsupported, "documents.table.format",
                        "这不是 Excel（.xlsx）或 CSV 表格，请用办公软件另存为其中一种后再上传。",
                        "This is neither an Excel (.xlsx) nor a CSV table; save it as one of them."));
  };
  if (head.find('\0') != std::string_view::npos || sample.find('\0') != std::string_view::npos) return not_a_table();
  bool cut_off = false;
  const std::size_t good = valid_utf8_prefix(sample, cut_off);
  if (good == sample.size() || cut_off) return CsvShape{TextEncoding::utf8, 0};
  if (could_be_gb18030(sample)) return CsvShape{TextEncoding::gb18030, 0};
  // Mostly good UTF-8 with a wrong place: let the reader name the line. Otherwise it is no text at all.
  if (good > sample.size() / 2 || good > 1024) return CsvShape{TextEncoding::utf8, 0};
  return not_a_table();
}

Result<std::unique_ptr<TableReader>> open_csv(std::unique_ptr<ByteSource> source, TextEncoding encoding,
                                              std::uint64_t total_bytes, const TableOptions& options) {
  auto reader = std::make_unique<CsvReader>(std::move(source), encoding, total_bytes, options);
  CIVITAS_CHECK(reader->begin());
  return std::unique_ptr<TableReader>(std::move(reader));
}

}  // namespace civitas::documents
