#include "exchange/choice.hpp"

namespace civitas::exchange {

namespace {

Problem wrong(const char* member, const char* zh, const char* en) {
  return invalid("exchange.import.choice", std::string(member) + " " + zh, std::string(member) + " " + en)
      .with_field(member);
}

}  // namespace

Result<ImportChoice> choice_of(const Json& json) {
  ImportChoice out;
  if (json.is_null()) return out;
  if (!json.is_object()) return fail(wrong("choice", "应为 JSON 对象。", "must be a JSON object."));
  for (const auto& [name, value] : json.as_object()) {
    if (value.is_null()) continue;
    if (name == "sheet") {
      if (!value.is_string()) return fail(wrong("sheet", "应为工作表的名称。", "must be the name of a sheet."));
      out.sheet = value.as_string();
    } else if (name == "head_row") {
      if (!value.is_integer() || value.as_integer() < 0)
        return fail(wrong("head_row", "应为表头所在的行号，没有表头写 0。", "must be the number of the row that is the head, or 0 for none."));
      out.head_row = static_cast<std::uint64_t>(value.as_integer());
      out.headless = out.head_row == 0;
    } else if (name == "columns") {
      if (!value.is_object())
        return fail(wrong("columns", "应为“字段: 列”的对象。", "must be an object of fields with their columns."));
      for (const auto& [field, column] : value.as_object()) {
        if (!column.is_string() || column.as_string().empty())
          return fail(wrong("columns", "中的列应写列号，如 B。", "must name a column such as B for each field."));
        out.columns.emplace_back(field, column.as_string());
      }
    } else if (name == "values") {
      if (!value.is_object()) return fail(wrong("values", "应为“字段: 值”的对象。", "must be an object of fields and values."));
      out.values = value;
    } else {
      return fail(wrong("choice", "只有 sheet、head_row、columns 和 values。",
                        "knows sheet, head_row, columns and values only."));
    }
  }
  return out;
}

Json to_json(const ImportChoice& choice) {
  Json columns = Json::object();
  for (const auto& [field, column] : choice.columns) columns.set(field, Json(column));
  Json out = Json::object();
  out.set("sheet", choice.sheet.empty() ? Json() : Json(choice.sheet));
  out.set("head_row", choice.head_row || choice.headless ? Json(static_cast<std::int64_t>(choice.head_row)) : Json());
  out.set("columns", std::move(columns)).set("values", choice.values);
  return out;
}

}  // namespace civitas::exchange
