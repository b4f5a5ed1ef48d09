// Inside of the XLSX reader: the merged areas of a sheet (ECMA-376 18.3.1.55). They stand behind the rows, and what a
// person reads in a row below the first is in them: so they are read first, from sheets that have any.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "documents/xlsx_parts.hpp"

namespace civitas::documents {

struct MergedArea {
  std::uint64_t first_row = 0, last_row = 0;  // from 1
  std::uint32_t first_column = 0, last_column = 0;
};

/// In the order of their first rows. Areas of one cell and beyond the columns allowed are left out; more than rows are
/// allowed fail with documents.table.rows.
Result<std::vector<MergedArea>> read_merged(XlsxPackage& package, const std::string& part, const TableLimits& limits);

/// The areas while rows go by: what each shows, and in which cells.
class MergedCells {
 public:
  MergedCells(const std::vector<MergedArea>& areas, std::uint32_t columns) : areas_(areas), columns_(columns) {}

  void start_row(std::uint64_t row);
  bool any() const { return !active_.empty(); }
  /// Takes the values of the areas that begin in this row, and gives each other cell of an area what the area shows.
  /// `filled`: cells of the row that count; a row without any stays empty. False, and nothing given, where that would
  /// be more than `most` bytes.
  bool end_row(std::vector<Cell>& cells, std::size_t& filled, std::size_t most);

 private:
  struct Active {
    MergedArea area;
    Cell value;
    std::uint32_t width() const { return area.last_column - area.first_column + 1; }
  };
  const std::vector<MergedArea>& areas_;
  std::uint32_t columns_;
  std::size_t next_ = 0;
  std::uint64_t row_ = 0;
  std::uint32_t width_ = 0;  // of the active areas together
  std::vector<Active> active_;
};

}  // namespace civitas::documents
