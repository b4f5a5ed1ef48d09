// Inside of the XLSX reader; use open_table(). The pieces are apart so that they can be fuzzed without an
// archive.
#pragma once

#include <memory>

#include "documents/byte_source.hpp"
#include "documents/table_reader.hpp"
#include "documents/xlsx_merged.hpp"
#include "documents/xlsx_parts.hpp"

namespace civitas::documents {

Result<std::unique_ptr<TableReader>> open_xlsx(const std::filesystem::path& file, const TableOptions& options);
/// `bytes` must outlive the reader.
Result<std::unique_ptr<TableReader>> open_xlsx_bytes(std::string_view bytes, const TableOptions& options);

/// What the cells of a sheet refer to.
struct XlsxContext {
  SharedStrings strings;
  XlsxStyles styles;
  std::vector<MergedArea> merged;
  bool epoch_1904 = false;
};

/// Rows of one worksheet part, one at a time.
class SheetRows {
 public:
  SheetRows(std::unique_ptr<ByteSource> source, const XlsxContext& context, const TableLimits& limits);
  ~SheetRows();
  SheetRows(const SheetRows&) = delete;
  SheetRows& operator=(const SheetRows&) = delete;
  Result<bool> next(std::vector<Cell>& row);
  std::uint64_t row_number() const;

 private:
  class Handler;
  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<Handler> handler_;
  std::unique_ptr<XmlStream> xml_;
};

}  // namespace civitas::documents
