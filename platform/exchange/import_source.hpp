// Inside this room: the rows of an uploaded table or feature collection, whichever it is.
#pragma once

#include <filesystem>
#include <memory>

#include "documents/geojson.hpp"
#include "documents/table_reader.hpp"
#include "exchange/choice.hpp"
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
  /// Reads the head of a table and finds its columns, or takes those of `choice`. The content decides what the file is;
  /// `name`, which the person gave it, is there to tell of a text that calls itself a workbook and is no table either.
  /// Several sheets with rows and none chosen fail with `exchange.import.which_sheet`.
  static Result<std::unique_ptr<ImportSource>> open(const std::filesystem::path& file, const HeadMatcher& matcher,
                                                    std::string_view name = {}, const ImportChoice& choice = {});
  /// False at the end. Rows of hints and examples that a template carries are passed over.
  Result<bool> next(SourceRow& row);

  bool is_table() const { return table_ != nullptr; }
  std::uint64_t head_row() const { return head_row_; }
  const std::vector<documents::Cell>& head() const { return head_; }
  const std::vector<FieldColumn>& columns() const { return columns_; }
  const ImportChoice& choice() const { return choice_; }
  /// The field that takes the number of the row; nullptr: none.
  const entities::Field* number_field() const { return number_field_; }
  /// Where a property of a feature goes.
  Result<FieldColumn> of_property(const std::string& name) const;
  double progress() const;

 private:
  Status open_rows(const std::filesystem::path& file, std::string_view name);
  Status choose_columns();

  const HeadMatcher* matcher_ = nullptr;
  ImportChoice choice_;
  std::unique_ptr<documents::TableReader> table_;
  std::unique_ptr<documents::FeatureReader> features_;
  std::uint64_t file_size_ = 0, head_row_ = 0;
  std::vector<documents::Cell> head_;
  std::vector<FieldColumn> columns_;
  const entities::Field* number_field_ = nullptr;
};

/// Whether the file is JSON, which no workbook is and no table that could be imported.
bool is_json(const std::filesystem::path& file);
/// The sheets that have any row, of those that a person sees; fails as the readers do.
Result<std::vector<std::string>> sheets_with_rows(const std::filesystem::path& file);
/// "B" or "ab" → 2, 28; 0: no letters of a column.
std::uint32_t column_number(std::string_view letters);

}  // namespace civitas::exchange
