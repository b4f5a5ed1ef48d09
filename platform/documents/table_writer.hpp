// Writes tables: XLSX in constant memory, CSV, import templates, and the copy of an uploaded table with its
// errors marked.
//
// Reasons of failure: documents.table.unwritable, documents.table.rows (XLSX holds 1,048,576),
// documents.table.columns, documents.table.cell_size (XLSX holds 32,767 UTF-16 units a cell),
// documents.csv.encoding (a character that GB18030 cannot carry), documents.table.finished (used after
// finish()). Files are written beside the target and renamed by finish(); without finish() the target stays
// as it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "documents/cell.hpp"
#include "documents/table_reader.hpp"

namespace civitas::documents {

enum class ColumnKind { text, integer, decimal, date, date_time, boolean };
enum class Need { optional, required };

struct Column {
  std::string title = {};
  ColumnKind kind = ColumnKind::text;
  double width = 0;                // characters; 0 is told from title and example
  std::string number_format = {};  // XLSX format code, "" is the default of the kind
  // Templates only:
  Need need = Need::optional;
  std::string hint = {};
  std::vector<std::string> choices = {};  // drop-down list
  std::string example = {};
};

class TableWriter {
 public:
  virtual ~TableWriter() = default;
  /// Cells beyond the declared columns are a failure. A number cell is stored as a number only when it
  /// survives: 18-digit identity numbers and codes with leading zeros stay text.
  virtual Status row(const std::vector<Cell>& cells) = 0;
  /// Plain text, converted by the kind of each column ("" stays empty).
  Status row(const std::vector<std::string>& texts);
  virtual Status finish() = 0;

 protected:
  virtual const std::vector<Column>& columns() const = 0;
};

struct XlsxOptions {
  std::string sheet_name = "数据";
  std::string title;   // document property
  std::string author;  // document property
  bool filter = true;  // filter buttons on the head
};

/// Bold shaded head, frozen. Text is never taken for a formula.
Result<std::unique_ptr<TableWriter>> create_xlsx(const std::filesystem::path& file, std::vector<Column> columns,
                                                 const XlsxOptions& options = {});

enum class Mark { without, with };  // byte order mark

struct CsvOptions {
  TextEncoding encoding = TextEncoding::utf8;  // utf8 or gb18030
  Mark byte_order_mark = Mark::with;           // UTF-8 only; office programs need it
  char separator = ',';
};

/// RFC 4180 with CR LF. Text cells for which looks_like_formula() holds get a leading apostrophe (TableReader
/// takes it away again).
Result<std::unique_ptr<TableWriter>> create_csv(const std::filesystem::path& file, std::vector<Column> columns,
                                                const CsvOptions& options = {});

enum class HintPlace { comment, second_row };
enum class ExamplePlace { none, data_sheet, guide_sheet };

struct TemplateOptions {
  std::string sheet_name = "数据";
  std::string guide_sheet_name = "填写说明";  // "" leaves the sheet out
  HintPlace hint = HintPlace::comment;
  ExamplePlace example = ExamplePlace::guide_sheet;
};

/// An empty workbook to be filled in: required columns carry a red asterisk, choices are drop-down lists
/// (long ones kept on a hidden sheet), dates and numbers are checked while typing, a second sheet explains
/// each column.
Status write_template(const std::filesystem::path& file, const std::vector<Column>& columns,
                      const TemplateOptions& options = {});

/// True for the rows of hints and examples that write_template() puts under the head: an import passes them
/// over.
bool is_template_note(const std::vector<Cell>& row);
/// The title as declared, from a head cell as found: without the mark of required columns and outer blanks.
std::string template_title(std::string_view head_cell);

struct RowError {
  std::uint64_t row = 0;     // TableReader::row_number()
  std::uint32_t column = 0;  // from 1; 0 is the row as a whole
  std::string message = {};
};

struct MarkOptions {
  TableOptions input = {};
  std::uint64_t head_row = 1;
  std::string error_title = "错误说明";  // an existing last column of this title is replaced
  std::string sheet_name = "数据";
  std::vector<Column> columns = {};  // when given: their widths and drop-down lists are set again
};

/// Copies the table `input` (any format) to the XLSX `output` on the same rows, wrong cells coloured, with
/// one more column that says what is wrong, so that people correct it and send it again.
Status write_marked_errors(const std::filesystem::path& input, const std::filesystem::path& output,
                           std::vector<RowError> errors, const MarkOptions& options = {});

}  // namespace civitas::documents
