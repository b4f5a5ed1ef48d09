#include <algorithm>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "documents/table_writer.hpp"
#include "exchange/import_source.hpp"

namespace civitas::exchange {

namespace {

using documents::Cell;
using Rows = std::vector<std::pair<std::uint64_t, std::vector<Cell>>>;

constexpr std::size_t upper_rows = 20, top_rows = 8, sample_rows = 5, shown_characters = 60, most_columns = 200;

Json shown(const Cell& cell) { return Json(utf8_prefix(cell.shown(), shown_characters)); }

void ask(Json& out, const char* about, std::string zh, std::string en) {
  Json questions = out["questions"];
  questions.push(Json(Json::Object{{"about", Json(about)}, {"message", Json(Text{std::move(zh), std::move(en)})}}));
  out.set("questions", std::move(questions));
}

bool must_be_given(const entities::Field& f) {
  return f.required && f.default_value.is_null() && f.default_rule.empty();
}

class Preview {
 public:
  Preview(const entities::Entity& entity, const ImportChoice& choice)
      : entity_(entity), choice_(choice), matcher_(entity) {}

  Result<Json> of_table(const std::filesystem::path& file) {
    CIVITAS_TRY(const auto sheets, sheets_with_rows(file));
    std::string sheet = choice_.sheet;
    if (sheet.empty() && !sheets.empty()) sheet = sheets.front();
    CIVITAS_TRY(auto reader, documents::open_table(file, documents::TableFormat::detect, {.sheet = sheet}));
    begin();
    Json names = Json::array();
    for (const auto& name : sheets) names.push(Json(name));
    out_.set("sheets", std::move(names)).set("sheet", sheet.empty() ? Json() : Json(sheet));
    if (choice_.sheet.empty() && sheets.size() > 1)
      ask(out_, "sheet", "工作簿里有 " + std::to_string(sheets.size()) + " 张有内容的工作表，请确认导入哪一张。",
          "The workbook has " + std::to_string(sheets.size()) + " sheets with rows; choose the one to import.");

    const std::uint64_t last = choice_.head_row + sample_rows;
    Rows rows;
    std::vector<Cell> cells;
    while (rows.size() < upper_rows + sample_rows || reader->row_number() < last) {
      CIVITAS_TRY(const bool any, reader->next(cells));
      if (!any) break;
      rows.emplace_back(reader->row_number(), cells);
      // Of a head further down only what follows it is kept.
      if (choice_.head_row > 0 && rows.size() > upper_rows && rows[top_rows].first < choice_.head_row)
        rows.erase(rows.begin() + top_rows);
    }
    Json top = Json::array();
    for (std::size_t i = 0; i < std::min(rows.size(), top_rows); ++i) top.push(row(rows[i]));
    out_.set("top", std::move(top));
    if (choice_.headless) {
      out_.set("head_row", Json(0));
      columns(rows.begin(), rows.end(), {});
      return std::move(out_);
    }
    const auto head = head_of(rows);
    if (head == rows.end()) {
      ask(out_, "head_row", "没有找到与字段相符的表头，请指出哪一行是表头。",
          "No row names the fields; say which row is the head.");
      missing({});
      return std::move(out_);
    }
    out_.set("head_row", Json(static_cast<std::int64_t>(head->first)));
    columns(head + 1, rows.end(), head->second);
    return std::move(out_);
  }

  Result<Json> of_features(const std::filesystem::path& file) {
    CIVITAS_TRY(auto source, ImportSource::open(file, matcher_, {}, choice_));
    begin();
    std::vector<std::string> names;
    std::vector<Json> features;
    SourceRow feature;
    while (features.size() < sample_rows) {
      CIVITAS_TRY(const bool any, source->next(feature));
      if (!any) break;
      for (const auto& [name, value] : feature.feature["properties"].as_object())
        if (std::find(names.begin(), names.end(), name) == names.end() && names.size() < most_columns)
          names.push_back(name);
      features.push_back(feature.feature["properties"]);
    }
    std::vector<std::string> taken;
    Json columns = Json::array();
    for (const auto& name : names) {
      Json samples = Json::array();
      for (const auto& one : features)
        samples.push(Json(utf8_prefix(one[name].is_string() ? one[name].as_string()
                                      : one[name].is_null() ? std::string()
                                                            : one[name].dump(),
                                      shown_characters)));
      columns.push(column(name, name, std::move(samples), taken));
    }
    out_.set("columns", std::move(columns));
    missing(taken);
    return std::move(out_);
  }

 private:
  void begin() {
    Json fields = Json::array();
    for (const auto& one : writable_columns(entity_)) {
      const Text title{column_title(entity_, one, Language::zh), column_title(entity_, one, Language::en)};
      fields.push(Json(Json::Object{{"name", Json(HeadMatcher::key_of(one))},
                                    {"title", Json(title)},
                                    {"required", Json(must_be_given(*one.field))}}));
    }
    out_.set("fields", std::move(fields)).set("questions", Json::array()).set("columns", Json::array());
    out_.set("sheets", Json::array()).set("sheet", Json()).set("head_row", Json()).set("top", Json::array());
  }

  static Json row(const Rows::value_type& one) {
    Json cells = Json::array();
    for (std::size_t i = 0; i < std::min(one.second.size(), most_columns); ++i) cells.push(shown(one.second[i]));
    return Json(Json::Object{{"row", Json(static_cast<std::int64_t>(one.first))}, {"cells", std::move(cells)}});
  }

  std::size_t named(const std::vector<Cell>& cells) const {
    std::vector<std::string> found;
    for (const auto& cell : cells)
      if (const auto one = matcher_.match(cell.text); one && one->field) {
        const auto key = HeadMatcher::key_of(*one);
        if (std::find(found.begin(), found.end(), key) == found.end()) found.push_back(key);
      }
    return found.size();
  }

  Rows::const_iterator head_of(const Rows& rows) const {
    if (choice_.head_row > 0)
      return std::find_if(rows.begin(), rows.end(), [&](const auto& one) { return one.first == choice_.head_row; });
    auto best = rows.end();
    std::size_t most = 0;
    for (auto one = rows.begin(); one != rows.end() && one - rows.begin() < static_cast<std::ptrdiff_t>(upper_rows); ++one)
      if (const auto count = named(one->second); count > most) {
        most = count;
        best = one;
      }
    return best;
  }

  void columns(Rows::const_iterator from, Rows::const_iterator to, const std::vector<Cell>& head) {
    std::size_t width = head.size();
    std::vector<const std::vector<Cell>*> samples;
    for (auto one = from; one != to && samples.size() < sample_rows; ++one) {
      if (documents::is_template_note(one->second)) continue;
      samples.push_back(&one->second);
      width = std::max(width, one->second.size());
    }
    std::vector<std::string> taken;
    Json list = Json::array();
    for (std::size_t i = 0; i < std::min(width, most_columns); ++i) {
      Json texts = Json::array();
      for (const auto* cells : samples) texts.push(i < cells->size() ? shown((*cells)[i]) : Json(""));
      const std::string title = i < head.size() ? head[i].shown() : "";
      list.push(column(documents::column_letters(static_cast<std::uint32_t>(i + 1)), title, std::move(texts), taken));
    }
    out_.set("columns", std::move(list));
    missing(taken);
  }

  Json column(const std::string& name, const std::string& head, Json samples, std::vector<std::string>& taken) {
    const std::string title(trim(head)), head_shown(utf8_prefix(title, shown_characters));
    std::string key;
    if (choice_.names_columns()) {
      for (const auto& [field, chosen] : choice_.columns)
        if (chosen == name || (column_number(chosen) > 0 && column_number(chosen) == column_number(name))) key = field;
    } else if (const auto found = matcher_.match(title); !title.empty() && !found) {
      ask(out_, "columns", "列 " + name + "“" + head_shown + "”不是已知的列名，请选择它对应的字段，或不导入。",
          "Column " + name + " “" + head_shown + "” is no known head; choose its field, or pass it over.");
    } else if (found) {
      key = HeadMatcher::key_of(*found);
      if (!key.empty() && std::find(taken.begin(), taken.end(), key) != taken.end()) {
        ask(out_, "columns", "列 " + name + "“" + head_shown + "”与前面一列是同一字段，请选择用哪一列。",
            "Column " + name + " “" + head_shown + "” names the same field as an earlier one; choose one of them.");
        key.clear();
      }
    }
    if (!key.empty()) taken.push_back(key);
    return Json(Json::Object{{"column", Json(name)},
                             {"head", Json(head_shown)},
                             {"field", key.empty() ? Json() : Json(key)},
                             {"sample", std::move(samples)}});
  }

  void missing(const std::vector<std::string>& taken) {
    Json out = Json::array();
    for (const auto& f : entity_.fields)
      if (must_be_given(f) && is_writable(f) &&
          !choice_.values.find(f.name) && std::none_of(taken.begin(), taken.end(), [&](const std::string& key) {
            return key == f.name || key.starts_with(f.name + ".");
          }))
        out.push(Json(f.name));
    out_.set("missing", std::move(out));
  }

  const entities::Entity& entity_;
  const ImportChoice& choice_;
  HeadMatcher matcher_;
  Json out_ = Json::object();
};

}  // namespace

Result<Json> preview(const entities::Entity& entity, const std::filesystem::path& file, const ImportChoice& choice) {
  Preview preview(entity, choice);
  return is_json(file) ? preview.of_features(file) : preview.of_table(file);
}

}  // namespace civitas::exchange
