#include "exchange/import_source.hpp"

#include <fstream>

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

}  // namespace

Result<std::unique_ptr<ImportSource>> ImportSource::open(const std::filesystem::path& file,
                                                         const HeadMatcher& matcher) {
  auto out = std::make_unique<ImportSource>();
  std::error_code ignored;
  out->file_size_ = std::filesystem::file_size(file, ignored);
  if (is_json(file)) {
    CIVITAS_TRY(out->features_, documents::FeatureReader::open(file));
    return out;
  }
  CIVITAS_TRY(out->table_, documents::open_table(file));
  CIVITAS_TRY(const bool any, out->table_->next(out->head_));
  if (!any)
    return fail(invalid("exchange.import.no_columns", "文件里没有内容，请使用导入模板填写。",
                        "The file is empty; fill in the template."));
  out->head_row_ = out->table_->row_number();
  CIVITAS_TRY(out->columns_, matcher.match_all(out->head_));
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
