#include "exchange/check_table.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "documents/table_reader.hpp"
#include "entities/validate.hpp"
#include "exchange/columns.hpp"
#include "exchange/values.hpp"

namespace civitas::exchange {

using entities::Catalog;
using entities::Entity;
using entities::Field;
using entities::FieldType;

namespace {

class TableCheck {
 public:
  TableCheck(const Catalog& catalog, const Entity& e, const TableFindings& findings)
      : catalog_(catalog), e_(e), findings_(findings), matcher_(e, Whose::product), keys_(key_fields(e)) {}

  void run(const std::filesystem::path& file) {
    auto reader = documents::open_table(file);
    if (!reader) return findings_.wrong(1, reader.error().message);
    std::vector<documents::Cell> cells;
    auto any = (*reader)->next(cells);
    if (any && *any) head((*reader)->row_number(), cells);
    while (any && *any) {
      any = (*reader)->next(cells);
      if (any && *any) row((*reader)->row_number(), cells);
    }
    if (!any) findings_.wrong((*reader)->row_number(), any.error().message);
  }

 private:
  void head(std::uint64_t at, const std::vector<documents::Cell>& cells) {
    for (const auto& cell : cells) {
      columns_.emplace_back();
      if (trim(cell.text).empty()) continue;
      if (const auto column = matcher_.match(cell.text))
        columns_.back() = *column;
      else
        findings_.wrong(at, column.error().message);
    }
  }
  void row(std::uint64_t at, const std::vector<documents::Cell>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const Field* f = i < columns_.size() ? columns_[i].field : nullptr;
      if (i >= columns_.size() && !trim(cells[i].text).empty())
        findings_.wrong(at, {"第 " + documents::column_letters(static_cast<std::uint32_t>(i + 1)) + " 列没有列名",
                             "column " + documents::column_letters(static_cast<std::uint32_t>(i + 1)) + " has no head"});
      if (i < columns_.size() && columns_[i].part == Part::state && !trim(cells[i].text).empty())
        if (const auto state = state_named(e_, trim(cells[i].text)); !state)
          findings_.wrong(at, state.error().message);
      if (f && !cells[i].empty()) cell(at, *f, columns_[i].part, cells[i]);
    }
    for (const auto& f : e_.fields) required(at, f, cells);
  }
  void cell(std::uint64_t at, const Field& f, Part part, const documents::Cell& cell) {
    const std::string text(trim(cell.text));
    if (f.name == e_.title_field || f.name == "code" || std::find(keys_.begin(), keys_.end(), &f) != keys_.end())
      findings_.named(text);
    if (part != Part::whole) {
      if (!parse_number(text))
        findings_.wrong(at, {"“" + f.title.zh + "”的经度和纬度应是十进制度数",
                             "longitude and latitude of “" + f.title.en + "” are decimal degrees"});
      return;
    }
    if (f.type == FieldType::ref) return findings_.refers(at, f, text);
    if (f.type == FieldType::refs) {
      for (const auto& word : words_of_references(text)) findings_.refers(at, f, word);
      return;
    }
    auto value = read_plain_cell(catalog_, e_, f, cell);
    if (!value) return findings_.wrong(at, value.error().message);
    if (auto valid = entities::validate_value(catalog_, e_, f, *value); !valid)
      findings_.wrong(at, valid.error().message);
  }
  // Of a field that has a column; one that has none may be made by a hook.
  void required(std::uint64_t at, const Field& f, const std::vector<documents::Cell>& cells) {
    if (!f.required || !f.default_value.is_null() || !f.default_rule.empty()) return;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].field == &f && (i >= cells.size() || trim(cells[i].text).empty()))
        return findings_.wrong(at, {"“" + f.title.zh + "”必填", "“" + f.title.en + "” is required"});
  }

  const Catalog& catalog_;
  const Entity& e_;
  const TableFindings& findings_;
  HeadMatcher matcher_;
  std::vector<const Field*> keys_;
  std::vector<FieldColumn> columns_;
};

}  // namespace

void check_table(const Catalog& catalog, const Entity& e, const std::filesystem::path& file,
                 const TableFindings& findings) {
  TableCheck(catalog, e, findings).run(file);
}

}  // namespace civitas::exchange
