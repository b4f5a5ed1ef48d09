#include "exchange/import_source.hpp"

#include <fstream>

#include "base/strings.hpp"
#include "documents/table_writer.hpp"

namespace civitas::exchange {

namespace {

// JSON begins with a brace, which no workbook does and no head of a table that could be imported.
bool is_json(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  char bytes[256] = {};
  in.read(bytes, sizeof bytes);
  std::string_view head(bytes, static_cast<std::size_t>(in.gcount()));
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const auto first = head.find_first_not_of(" \t\r\n");
  return first != head.npos && head[first] == '{';
}

std::string workbook_ending(std::string_view name) {
  const std::string ending = to_lower_ascii(std::filesystem::path(name).extension().string());
  return ending == ".xlsx" || ending == ".xlsm" || ending == ".xls" ? ending : "";
}

Problem not_a_workbook(const std::string& ending, const Problem& cause) {
  return invalid(
             "exchange.import.not_a_workbook",
             "这个文件名为 " + ending + "，内容却是纯文本，不是 Excel 工作簿。请用 Excel 或 WPS 打开并另存为 .xlsx；" +
                 "如果它是 CSV，请把文件名改为 .csv，并按导入模板填写第一行的列名。",
             "This file is called " + ending + " but holds plain text, no Excel workbook. Open it in Excel or WPS " +
                 "and save it as .xlsx; if it is CSV, name it .csv and give its first row the columns of the template.")
      .with_detail(cause.reason);
}

}  // namespace

Result<std::unique_ptr<ImportSource>> ImportSource::open(const std::filesystem::path& file, const HeadMatcher& matcher,
                                                         std::string_view name) {
  auto out = std::make_unique<ImportSource>();
  std::error_code ignored;
  out->file_size_ = std::filesystem::file_size(file, ignored);
  if (is_json(file)) {
    CIVITAS_TRY(out->features_, documents::FeatureReader::open(file));
    return out;
  }
  const std::string ending = workbook_ending(name);
  CIVITAS_TRY(out->table_, documents::open_table(
                               file, ending.empty() ? documents::TableFormat::detect : documents::TableFormat::xlsx));
  const bool misnamed = !ending.empty() && out->table_->format() == documents::TableFormat::csv;
  auto read = out->table_->next(out->head_);
  if (!read) return fail(misnamed ? not_a_workbook(ending, read.error()) : read.error());
  const bool any = *read;
  if (!any)
    return fail(invalid("exchange.import.no_columns", "文件里没有内容，请使用导入模板填写。",
                        "The file is empty; fill in the template."));
  out->head_row_ = out->table_->row_number();
  auto columns = matcher.match_all(out->head_);
  if (!columns) return fail(misnamed ? not_a_workbook(ending, columns.error()) : columns.error());
  out->columns_ = std::move(*columns);
  return out;
}

Result<bool> ImportSource::next(SourceRow& row) {
  row.bytes = 0;
  if (features_) {
    CIVITAS_TRY(const bool any, features_->next(row.feature));
    row.number = features_->number();
    row.bytes = 1000;
    return any;
  }
  for (;;) {
    CIVITAS_TRY(const bool any, table_->next(row.cells));
    if (!any) return false;
    if (documents::is_template_note(row.cells)) continue;
    row.number = table_->row_number();
    for (const auto& cell : row.cells) row.bytes += cell.text.size();
    return true;
  }
}

double ImportSource::progress() const {
  if (table_) return table_->progress();
  return file_size_ ? static_cast<double>(features_->bytes_read()) / static_cast<double>(file_size_) : 1;
}

}  // namespace civitas::exchange
