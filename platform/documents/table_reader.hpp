// Reads tables that people upload, row by row, in memory that does not grow with the number of rows: XLSX
// (ISO/IEC 29500, transitional and strict) and CSV (RFC 4180; comma, tab or semicolon; UTF-8, UTF-16 with
// BOM, GB18030). The format is told by the content, never by the file name. The file is hostile until proven
// otherwise: archives are limited in entries, size and ratio, document type declarations are refused, so no
// entity is ever expanded.
//
// Reasons of failure, all with the row and column in the sentence and the cell ("C12") in `field` where one
// is known:
//   documents.table.unreadable   the file cannot be opened
//   documents.table.empty        no bytes at all
//   documents.table.format       neither XLSX nor CSV; an old .xls or encrypted workbook says so
//   documents.table.rows / .columns / .cell_size / .row_size / .file_size      beyond a limit
//   documents.xlsx.broken        damaged archive or part;   documents.xlsx.bomb     grows beyond the limits
//   when unpacked documents.xlsx.xml           a part is not well-formed; documents.xlsx.dtd      a part
//   declares a document type documents.xlsx.sheet         no such sheet;             documents.xlsx.strings
//   shared string missing or too many documents.xlsx.encrypted     an entry has a password
//   documents.csv.encoding       bytes that are not of the encoding told from the beginning; names the line
//   documents.csv.quote          a quote is not closed, or text follows a closing quote
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "documents/cell.hpp"

namespace civitas::documents {

enum class TableFormat { detect, xlsx, csv };
enum class TextEncoding { detect, utf8, utf16le, utf16be, gb18030 };

struct TableLimits {
  std::uint64_t file_bytes = 512ull << 20;
  std::uint64_t rows = 1'048'576;
  std::uint32_t columns = 1'000;
  std::uint32_t cell_bytes = 1u << 20;
  std::uint32_t row_bytes = 8u << 20;
  std::uint64_t unpacked_bytes = 2ull << 30;  // all parts read, together
  std::uint32_t unpack_ratio = 200;           // of one part, once it is larger than `unpack_ratio_from`
  std::uint64_t unpack_ratio_from = 16ull << 20;
  std::uint32_t entries = 10'000;
  std::uint64_t shared_string_bytes = 256ull << 20;
};

struct TableOptions {
  std::string sheet = {};                        // XLSX: name of the sheet; "" is the first visible one
  TextEncoding encoding = TextEncoding::detect;  // CSV
  char separator = 0;                            // CSV: 0 is told from the first records
  TableLimits limits = {};
};

class TableReader {
 public:
  virtual ~TableReader() = default;
  /// The next row that has any content: false at the end. Trailing empty cells are left out; rows without
  /// content are passed over, so use row_number(). Every cell of a merged area carries its value. Formulas give
  /// the stored result; one without a result is an error cell. After a failure the reader stays failed.
  virtual Result<bool> next(std::vector<Cell>& row) = 0;
  /// Row of the last next() as an office program shows it, from 1 (a CSV record with line breaks inside is
  /// one row).
  virtual std::uint64_t row_number() const = 0;
  virtual TableFormat format() const = 0;
  /// CSV: what was told from the bytes. XLSX: always utf8.
  virtual TextEncoding encoding() const { return TextEncoding::utf8; }
  /// XLSX: names of the sheets that a person sees, in order; CSV: none.
  virtual std::vector<std::string> sheets() const { return {}; }
  /// Part of the work that is done, from 0 to 1, for a progress bar.
  virtual double progress() const = 0;
};

/// Opens a table. With hint `detect` or one that the content contradicts, the content decides.
Result<std::unique_ptr<TableReader>> open_table(const std::filesystem::path& file,
                                                TableFormat hint = TableFormat::detect,
                                                const TableOptions& options = {});

/// "UTF-8", "GB18030", …
std::string_view encoding_name(TextEncoding encoding);

}  // namespace civitas::documents
