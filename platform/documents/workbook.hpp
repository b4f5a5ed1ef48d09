// A workbook being written: libxlsxwriter behind plain calls, for the writers of this room. Files appear
// under their name only when complete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "documents/table_writer.hpp"

struct lxw_workbook;
struct lxw_worksheet;
struct lxw_format;

namespace civitas::documents {

/// A name beside `target` that nobody else uses.
std::filesystem::path part_file(const std::filesystem::path& target);

enum class Memory { constant, whole };  // constant: rows only in ascending order
enum class Look { plain, head, head_required, hint, example, wrong, error_text, wrapped };

class Workbook {
 public:
  Workbook(const std::filesystem::path& target, Memory memory, const std::string& title, const std::string& author);
  ~Workbook();
  Workbook(const Workbook&) = delete;
  Workbook& operator=(const Workbook&) = delete;

  lxw_worksheet* add_sheet(const std::string& name);
  /// Rows and columns from 0.
  Status put(lxw_worksheet* sheet, std::uint64_t row, std::uint32_t column, const Cell& cell, Look look,
             const std::string& number_format = {});
  lxw_format* format(Look look, const std::string& number_format = {});
  lxw_workbook* handle() { return book_; }
  void set_columns(lxw_worksheet* sheet, const std::vector<Column>& columns);
  /// Drop-down lists and checks while typing for the rows from `first_row` down.
  Status set_checks(lxw_worksheet* sheet, const std::vector<Column>& columns, std::uint64_t first_row);
  Status close();

 private:
  std::filesystem::path target_;
  std::filesystem::path part_;
  lxw_workbook* book_;
  std::map<std::pair<int, std::string>, lxw_format*> formats_;
  std::map<std::vector<std::string>, std::string> lists_;  // choices → defined name
};

/// The format code of a column.
std::string format_code(const Column& column);
/// Width in characters of half a Han character each.
double display_width(std::string_view text);
Problem unwritable(std::string detail);

}  // namespace civitas::documents
