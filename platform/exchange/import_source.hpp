// Inside this room: the rows of an uploaded table or feature collection, whichever it is.
#pragma once

#include <filesystem>
#include <memory>

#include "documents/geojson.hpp"
#include "documents/table_reader.hpp"
#include "exchange/columns.hpp"

namespace civitas::exchange {

struct SourceRow {
  std::uint64_t number = 0;            // of the row in the sheet, or of the feature, from 1
  std::vector<documents::Cell> cells;  // of a table
  Json feature;                        // of a collection
  std::size_t bytes = 0;
};

class ImportSource {
 public:
  /// Reads the head of a table and finds its columns. The content decides what the file is; `name`, which the person
  /// gave it, is there to tell of a text that calls itself a workbook and is no table either.
  static Result<std::unique_ptr<ImportSource>> open(const std::filesystem::path& file, const HeadMatcher& matcher,
                                                    std::string_view name = {});
  /// False at the end. Rows of hints and examples that a template carries are passed over.
  Result<bool> next(SourceRow& row);

  bool is_table() const { return table_ != nullptr; }
  std::uint64_t head_row() const { return head_row_; }
  const std::vector<documents::Cell>& head() const { return head_; }
  const std::vector<FieldColumn>& columns() const { return columns_; }
  double progress() const;

 private:
  std::unique_ptr<documents::TableReader> table_;
  std::unique_ptr<documents::FeatureReader> features_;
  std::uint64_t file_size_ = 0, head_row_ = 0;
  std::vector<documents::Cell> head_;
  std::vector<FieldColumn> columns_;
};

}  // namespace civitas::exchange
