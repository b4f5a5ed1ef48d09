// Inside of the CSV reader; use open_table().
#pragma once

#include <memory>

#include "documents/byte_source.hpp"
#include "documents/table_reader.hpp"

namespace civitas::documents {

/// Text that the CSV writer marks with one more apostrophe in front: a formula behind any number of
/// apostrophes, so that taking one away on reading is exact.
bool needs_apostrophe(std::string_view text);

struct CsvShape {
  TextEncoding encoding = TextEncoding::utf8;
  std::size_t mark_bytes = 0;  // length of the byte order mark
};

/// Tells the encoding from the mark, else from `sample`: bytes that begin at or before the first byte beyond
/// ASCII. A sequence cut off by the end of the sample is no error. Fails with documents.table.format for
/// binary content.
Result<CsvShape> tell_csv_encoding(std::string_view head, std::string_view sample);

/// `source` begins behind the byte order mark. `total_bytes` only serves progress().
Result<std::unique_ptr<TableReader>> open_csv(std::unique_ptr<ByteSource> source, TextEncoding encoding,
                                              std::uint64_t total_bytes, const TableOptions& options);

}  // namespace civitas::documents
