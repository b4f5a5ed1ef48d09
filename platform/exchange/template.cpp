#include "documents/table_writer.hpp"
#include "exchange/columns.hpp"

namespace civitas::exchange {

using documents::Column;
using documents::ColumnKind;
using entities::Catalog;
using entities::Entity;
using entities::Field;
using entities::FieldType;

namespace {

std::string target_title(const Catalog& catalog, const Field& f, Language language) {
  const Entity* target = catalog.target_of(f);
  return target ? in(language, target->title) : f.to;
}

// What the field wants beside its own help.
std::string kind_hint(const Catalog& catalog, const FieldColumn& c, Language language) {
  const Field& f = *c.field;
  const bool zh = language == Language::zh;
  if (c.part == Part::longitude)
    return zh ? "经度，十进制度，如 114.305" : "Longitude in decimal degrees, such as 114.305";
  if (c.part == Part::latitude) return zh ? "纬度，十进制度，如 30.593" : "Latitude in decimal degrees, such as 30.593";
  switch (f.type) {
    case FieldType::ref:
      return zh ? "填写“" + target_title(catalog, f, language) + "”的代码或名称"
                : "Code or title of a “" + target_title(catalog, f, language) + "”";
    case FieldType::refs:
      return zh ? "填写“" + target_title(catalog, f, language) + "”的代码或名称，多个用分号隔开"
                : "Codes or titles of “" + target_title(catalog, f, language) + "”, separated by semicolons";
    case FieldType::term:
      return zh ? "从列表选择，也可只填代码或名称" : "Choose from the list; code or title alone will do";
    case FieldType::date: return zh ? "日期，如 2024-05-01" : "A date such as 2024-05-01";
    case FieldType::instant: return zh ? "日期和时间，如 2024-05-01 08:30" : "Date and time such as 2024-05-01 08:30";
    case FieldType::uncertain_date:
      return zh ? "可写 1949-10-01、1949、明、1927年以前" : "Such as 1949-10-01, 1949, 明, before 1927";
    case FieldType::line:
    case FieldType::polygon:
    case FieldType::geometry: return zh ? "WKT 或 GeoJSON 文本，经度在前" : "WKT or GeoJSON text, longitude first";
    case FieldType::time: return zh ? "一天中的时间，如 08:30" : "A time of the day such as 08:30";
    case FieldType::duration: return zh ? "时长，如 2:30（时:分）、90 分钟" : "A duration such as 2:30 (hours:minutes), 90 minutes";
    case FieldType::labels: return zh ? "多个词用顿号或逗号隔开" : "Words, separated by commas";
    case FieldType::rows:
    case FieldType::schedule:
    case FieldType::json: return "JSON";
    default: return "";
  }
}

std::string example_of(const Catalog& catalog, const Entity& e, const FieldColumn& c,
                       const std::vector<std::string>& choices, Language language) {
  const Field& f = *c.field;
  if (c.part == Part::longitude) return "114.305";
  if (c.part == Part::latitude) return "30.593";
  if (!choices.empty()) {
    if (const auto* terms = f.type == FieldType::term ? catalog.terms_of(e, f) : nullptr)
      for (std::size_t i = 0; i < terms->codes.size(); ++i)
        if (f.default_value == Json(terms->codes[i].code)) return choices[i];
    return choices.front();
  }
  if (f.default_value.is_string()) return f.default_value.as_string();
  if (f.default_value.is_number()) return f.default_value.dump();
  const bool zh = language == Language::zh;
  switch (f.type) {
    case FieldType::integer: return "1";
    case FieldType::decimal: return "1.5";
    case FieldType::date: return "2024-05-01";
    case FieldType::instant: return "2024-05-01 08:30:00";
    case FieldType::uncertain_date: return "1949";
    case FieldType::time: return "08:30";
    case FieldType::duration: return "2:30";
    case FieldType::phone: return "13800138000";
    case FieldType::line: return "LINESTRING (114.300 30.590, 114.310 30.600)";
    case FieldType::polygon: return "POLYGON ((114.30 30.59, 114.31 30.59, 114.31 30.60, 114.30 30.59))";
    case FieldType::geometry: return "POINT (114.305 30.593)";
    case FieldType::text: return f.required ? (zh ? "示例" : "Example") + in(language, f.title) : "";
    default: return "";
  }
}

}  // namespace

Status write_template(const Catalog& catalog, const Entity& e, Language language, const std::filesystem::path& file) {
  const bool zh = language == Language::zh;
  std::vector<Column> columns;
  for (const auto& c : writable_columns(e)) {
    const Field& f = *c.field;
    Column out;
    out.title = column_title(e, c, language);
    out.need = f.required && f.default_value.is_null() ? documents::Need::required : documents::Need::optional;
    out.hint = in(language, f.help);
    if (const std::string kind = kind_hint(catalog, c, language); !kind.empty())
      out.hint += (out.hint.empty() ? "" : zh ? "；" : "; ") + kind;
    if (c.part != Part::whole)
      out.kind = ColumnKind::decimal;
    else if (f.type == FieldType::integer)
      out.kind = ColumnKind::integer;
    else if (f.type == FieldType::decimal)
      out.kind = ColumnKind::decimal;
    else if (f.type == FieldType::date)
      out.kind = ColumnKind::date;
    else if (f.type == FieldType::instant)
      out.kind = ColumnKind::date_time;
    if (f.type == FieldType::boolean)
      out.choices = zh ? std::vector<std::string>{"是", "否"} : std::vector<std::string>{"yes", "no"};
    if (const auto* terms = f.type == FieldType::term ? catalog.terms_of(e, f) : nullptr)
      for (const auto& term : terms->codes) out.choices.push_back(term.code + " " + in(language, term.title));
    out.example = example_of(catalog, e, c, out.choices, language);
    columns.push_back(std::move(out));
  }
  documents::TemplateOptions options;
  options.sheet_name = zh ? "数据" : "Data";
  options.guide_sheet_name = zh ? "填写说明" : "Guide";
  options.example = documents::ExamplePlace::data_sheet;
  return documents::write_template(file, columns, options);
}

}  // namespace civitas::exchange
