#include "exchange/import_source.hpp"

#include <fstream>

#include "base/strings.hpp"
#include "documents/table_writer.hpp"
#include "exchange/reference_system.hpp"

namespace civitas::exchange {

namespace {

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

bool is_json(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  char bytes[256] = {};
  in.read(bytes, sizeof bytes);
  std::string_view head(bytes, static_cast<std::size_t>(in.gcount()));
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  const auto first = head.find_first_not_of(" \t\r\n");
  return first != head.npos && head[first] == '{';
}

std::uint32_t column_number(std::string_view letters) {
  std::uint32_t out = 0;
  if (letters.empty() || letters.size() > 3) return 0;
  for (const char c : to_lower_ascii(letters)) {
    if (c < 'a' || c > 'z') return 0;
    out = out * 26 + static_cast<std::uint32_t>(c - 'a' + 1);
  }
  return out;
}

Result<std::vector<std::string>> sheets_with_rows(const std::filesystem::path& file) {
  CIVITAS_TRY(auto first, documents::open_table(file));
  std::vector<std::string> out;
  const auto sheets = first->sheets();
  if (sheets.size() < 2) return sheets;
  for (const auto& sheet : sheets) {
    CIVITAS_TRY(auto reader, documents::open_table(file, documents::TableFormat::detect, {.sheet = sheet}));
    std::vector<documents::Cell> row;
    CIVITAS_TRY(const bool any, reader->next(row));
    if (any) out.push_back(sheet);
  }
  return out;
}

Result<std::unique_ptr<ImportSource>> ImportSource::open(const std::filesystem::path& file, const HeadMatcher& matcher,
                                                         std::string_view name, const ImportChoice& choice) {
  auto out = std::make_unique<ImportSource>();
  std::error_code ignored;
  out->file_size_ = std::filesystem::file_size(file, ignored);
  out->matcher_ = &matcher;
  out->choice_ = choice;
  if (!is_json(file)) {
    CIVITAS_CHECK(out->open_rows(file, name));
    return out;
  }
  // What a collection says of its coordinates may stand behind its features.
  CIVITAS_TRY(auto whole, documents::FeatureReader::open(file));
  CIVITAS_CHECK(whole->skim());
  CIVITAS_CHECK(check_reference_system(whole->members()["crs"]));
  CIVITAS_TRY(out->features_, documents::FeatureReader::open(file));
  for (const auto& [key, column] : choice.columns) CIVITAS_CHECK(matcher.field(key));
  return out;
}

Status ImportSource::open_rows(const std::filesystem::path& file, std::string_view name) {
  const std::string ending = workbook_ending(name);
  const auto hint = ending.empty() ? documents::TableFormat::detect : documents::TableFormat::xlsx;
  CIVITAS_TRY(table_, documents::open_table(file, hint, {.sheet = choice_.sheet}));
  if (choice_.sheet.empty() && table_->sheets().size() > 1) {
    CIVITAS_TRY(const auto sheets, sheets_with_rows(file));
    if (sheets.size() > 1)
      return fail(invalid("exchange.import.which_sheet",
                          "工作簿里有几张有内容的工作表（" + join(sheets, "、") + "），请选择导入哪一张。",
                          "Several sheets of the workbook have rows (" + join(sheets, ", ") + "); say which one to import.")
                      .with_field("sheet"));
    if (sheets.size() == 1) {
      choice_.sheet = sheets.front();
      CIVITAS_TRY(table_, documents::open_table(file, hint, {.sheet = choice_.sheet}));
    }
  }
  const bool misnamed = !ending.empty() && table_->format() == documents::TableFormat::csv;
  if (choice_.headless) {
    CIVITAS_CHECK(choose_columns());
    for (std::size_t i = 1; i <= columns_.size(); ++i)
      head_.push_back(documents::Cell::of(documents::column_letters(static_cast<std::uint32_t>(i))));
    return {};
  }
  for (;;) {
    auto read = table_->next(head_);
    if (!read) return fail(misnamed ? not_a_workbook(ending, read.error()) : read.error());
    if (!*read && choice_.head_row == 0)
      return fail(invalid("exchange.import.no_columns", "文件里没有内容，请使用导入模板填写。",
                          "The file is empty; fill in the template."));
    head_row_ = table_->row_number();
    if (*read && head_row_ < choice_.head_row) continue;
    if (choice_.head_row == 0 || (*read && head_row_ == choice_.head_row)) break;
    return fail(invalid("exchange.import.head_row", "第 " + std::to_string(choice_.head_row) + " 行没有内容，不能作为表头。",
                        "Row " + std::to_string(choice_.head_row) + " is empty and cannot be the head.")
                    .with_field("head_row"));
  }
  if (choice_.names_columns()) return choose_columns();
  auto columns = matcher_->match_all(head_);
  if (!columns) return fail(misnamed ? not_a_workbook(ending, columns.error()) : columns.error());
  columns_ = std::move(*columns);
  return {};
}

Status ImportSource::choose_columns() {
  if (!choice_.names_columns())
    return fail(invalid("exchange.import.choice", "没有表头时，请指出各列对应的字段。",
                        "Without a head, say which column goes to which field.")
                    .with_field("columns"));
  for (const auto& [key, letters] : choice_.columns) {
    CIVITAS_TRY(const FieldColumn column, matcher_->field(key));
    if (letters == "#") {
      number_field_ = column.field;
      continue;
    }
    const std::uint32_t number = column_number(letters);
    if (number == 0 || number > documents::TableLimits().columns)
      return fail(invalid("exchange.import.choice", "没有 " + letters + " 这一列。", "There is no column " + letters + ".")
                      .with_field(key));
    if (columns_.size() < number) columns_.resize(number);
    if (columns_[number - 1].field)
      return fail(invalid("exchange.import.choice", "列 " + letters + " 只能用于一个字段。",
                          "Column " + letters + " may go to one field only.")
                      .with_field(key));
    columns_[number - 1] = column;
  }
  return {};
}

Result<FieldColumn> ImportSource::of_property(const std::string& name) const {
  if (!choice_.names_columns()) return matcher_->match(name);
  for (const auto& [key, column] : choice_.columns)
    if (column == name) return matcher_->field(key);
  return FieldColumn{};
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
