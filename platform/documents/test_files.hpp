// Files that the tests of this room make.
#pragma once

#include <zip.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.hpp"
#include "documents/table_reader.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define DOCUMENTS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DOCUMENTS_SANITIZED 1
#endif
#endif

namespace civitas::documents::testing {

/// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "documents_test_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::filesystem::path write(const std::string& name, std::string_view content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

using Parts = std::vector<std::pair<std::string, std::string>>;

inline std::filesystem::path zip_file(const Folder& folder, const std::string& name, const Parts& parts) {
  const auto path = folder / name;
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  for (const auto& [part, content] : parts)
    zip_file_add(archive, part.c_str(), zip_source_buffer(archive, content.data(), content.size(), 0),
                 ZIP_FL_OVERWRITE);
  zip_close(archive);
  return path;
}

/// The smallest workbook around one sheet.
inline Parts workbook_parts(std::string sheet_data, std::string strings = "", std::string styles = "",
                            std::string workbook_properties = "") {
  const std::string office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const std::string main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  Parts parts = {
      {"[Content_Types].xml", "<Types/>"},
      {"_rels/.rels", "<Relationships><Relationship Id=\"r1\" Type=\"" + office +
                          "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"},
      {"xl/workbook.xml", "<workbook xmlns=\"" + main + "\" xmlns:r=\"" + office + "\">" + workbook_properties +
                              "<sheets><sheet name=\"一\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"},
      {"xl/_rels/workbook.xml.rels",
       "<Relationships><Relationship Id=\"r1\" Type=\"" + office +
           "/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"" + office +
           "/sharedStrings\" Target=\"sharedStrings.xml\"/><Relationship Id=\"r3\" Type=\"" + office +
           "/styles\" Target=\"styles.xml\"/></Relationships>"},
      {"xl/worksheets/sheet1.xml",
       "<worksheet xmlns=\"" + main + "\"><sheetData>" + sheet_data + "</sheetData></worksheet>"}};
  if (!strings.empty()) parts.emplace_back("xl/sharedStrings.xml", "<sst>" + strings + "</sst>");
  if (!styles.empty()) parts.emplace_back("xl/styles.xml", "<styleSheet>" + styles + "</styleSheet>");
  return parts;
}

struct Table {
  std::vector<std::vector<Cell>> rows;
  std::vector<std::uint64_t> numbers;
  std::string reason;  // of the failure, "" when read to the end
  Problem problem;
  TextEncoding encoding = TextEncoding::detect;

  std::string at(std::size_t row, std::size_t column) const {
    return row < rows.size() && column < rows[row].size() ? rows[row][column].text : "";
  }
  CellKind kind(std::size_t row, std::size_t column) const {
    return row < rows.size() && column < rows[row].size() ? rows[row][column].kind : CellKind::empty;
  }
};

inline Table read_all(const std::filesystem::path& file, const TableOptions& options = {}) {
  Table table;
  auto reader = open_table(file, TableFormat::detect, options);
  if (!reader) {
    table.problem = reader.error();
    table.reason = table.problem.reason;
    return table;
  }
  table.encoding = (*reader)->encoding();
  std::vector<Cell> row;
  for (;;) {
    auto any = (*reader)->next(row);
    if (!any) {
      table.problem = any.error();
      table.reason = table.problem.reason;
      return table;
    }
    if (!*any) return table;
    table.rows.push_back(row);
    table.numbers.push_back((*reader)->row_number());
  }
}

}  // namespace civitas::documents::testing
