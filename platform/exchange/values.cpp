#include "exchange/values.hpp"

#include <cctype>
#include <cmath>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "geo/geometry.hpp"

namespace civitas::exchange {

using documents::Cell;
using documents::CellKind;
using entities::Catalog;
using entities::Entity;
using entities::Field;
using entities::FieldType;

namespace {

Problem wrong(const Field& f, std::string_view what, const std::string& zh, const std::string& en) {
  return invalid("exchange.import." + std::string(what), "“" + f.title.zh + "”" + zh, "“" + f.title.en + "” " + en)
      .with_field(f.name);
}

Result<Json> read_number(const Field& f, std::string text) {
  text = replace_all(std::move(text), ",", "");
  const auto number = parse_number(text);
  if (!number || !std::isfinite(*number)) return fail(wrong(f, "number", "应为数字。", "must be a number."));
  if (f.type == FieldType::decimal) return Json(*number);
  if (const auto whole = parse_integer(text)) return Json(*whole);
  if (*number == std::floor(*number) && std::abs(*number) < 9e15) return Json(static_cast<std::int64_t>(*number));
  return fail(wrong(f, "number", "应为整数。", "must be a whole number."));
}

Result<Json> read_boolean(const Field& f, std::string_view text) {
  const std::string word = to_lower_ascii(text);
  for (const char* yes : {"是", "true", "1", "yes", "y", "有", "√", "✓"})
    if (word == yes) return Json(true);
  for (const char* no : {"否", "false", "0", "no", "n", "无", "×"})
    if (word == no) return Json(false);
  return fail(wrong(f, "boolean", "应为“是”或“否”。", "must be yes or no."));
}

Result<Json> read_instant(const Field& f, std::string_view text) {
  if (parse_instant(text)) return Json(text);
  // Civil time in China, as office programs show it.
  const auto gap = text.find_first_of(" T");
  std::string day = normal_date(text.substr(0, gap)),
              time = gap == text.npos ? "00:00:00" : std::string(trim(text.substr(gap + 1)));
  if (time.size() == 4 || time.size() == 7) time.insert(0, "0");
  if (time.size() == 5) time += ":00";
  const auto instant = parse_instant(day + "T" + time + "+08:00");
  if (!instant)
    return fail(wrong(f, "date", "应为时间，如 2024-05-01 08:30。", "must be a time such as 2024-05-01 08:30."));
  return Json(format_instant(*instant));
}

Result<Json> read_term(const Catalog& catalog, const Entity& e, const Field& f, std::string_view text) {
  const auto* list = catalog.terms_of(e, f);
  if (!list) return fail(internal_problem("no terms of " + f.name));
  if (list->find(text)) return Json(text);
  if (const auto blank = text.find(' '); blank != text.npos)
    if (const auto* term = list->find(text.substr(0, blank));
        term && (term->title.zh == trim(text.substr(blank)) || term->title.en == trim(text.substr(blank))))
      return Json(term->code);
  const std::string word = to_lower_ascii(text);
  std::vector<std::string> codes;
  for (const auto& term : list->codes)
    if (to_lower_ascii(term.title.zh) == word || to_lower_ascii(term.title.en) == word) codes.push_back(term.code);
  if (codes.size() == 1) return Json(codes.front());
  const std::string shown(utf8_prefix(text, 60));
  if (codes.empty())
    return fail(wrong(
        f, "term", "：代码表“" + list->title.zh + "”中没有“" + shown + "”，请从模板的下拉列表中选择。",
        "has no “" + shown + "” in the code list “" + list->title.en + "”; choose from the list in the template."));
  return fail(wrong(f, "term_ambiguous", "：“" + shown + "”对应多个代码（" + join(codes, "、") + "），请填写代码。",
                    "“" + shown + "” has several codes (" + join(codes, ", ") + "); give the code."));
}

Result<Json> read_shape(const Field& f, std::string_view text) {
  if (text.starts_with('{')) {
    auto json = Json::parse(text);
    if (!json) return fail(wrong(f, "json", "：GeoJSON 格式不对。", "is not GeoJSON."));
    return *json;
  }
  if (const auto comma = text.find_first_of(",，"); comma != text.npos && text.find('(') == text.npos) {
    const auto parts = split(replace_all(std::string(text), "，", ","), ',');
    const auto x = parts.size() == 2 ? parse_number(trim(parts[0])) : std::nullopt,
               y = parts.size() == 2 ? parse_number(trim(parts[1])) : std::nullopt;
    if (x && y)
      return Json(Json::Object{{"type", Json("Point")}, {"coordinates", Json(Json::Array{Json(*x), Json(*y)})}});
  }
  auto shape = geo::Geometry::from_wkt(text);
  if (!shape) return fail(std::move(shape.error()).with_field(f.name));
  return Json::parse(shape->to_geojson());
}

Result<Value> read_refs(sql::Connection& c, const Field& f, std::string_view text, References& references) {
  Value out{Json::array()};
  for (const auto& word : words_of_references(text)) {
    CIVITAS_TRY(const std::int64_t id, references.find(c, f, word));
    if (id == 0)
      out.pending = true;
    else
      out.json.push(Json(std::to_string(id)));
  }
  return out;
}

}  // namespace

std::vector<std::string> words_of_references(std::string_view text) {
  std::string plain = replace_all(replace_all(std::string(text), "；", ";"), "\n", ";");
  plain = replace_all(std::move(plain), "、", ";");
  std::vector<std::string> out;
  for (const auto word : split(plain, ';'))
    if (!trim(word).empty()) out.emplace_back(trim(word));
  return out;
}

std::string plain_figures(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = next_code_point(text, at);
    if (c >= 0xFF01 && c <= 0xFF5E)
      c -= 0xFEE0;
    else if (c == 0x3000 || c == 0xA0)
      c = ' ';
    append_utf8(out, c);
  }
  return std::string(trim(out));
}

namespace {

// Where a time of day begins behind a date: "0:00", "T00:00:00", "08:30:00.000".
std::size_t time_behind(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos || colon < 2) return text.npos;
  std::size_t at = colon;
  while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9') --at;
  if (at == colon || at == 0 || (text[at - 1] != ' ' && text[at - 1] != 'T' && text[at - 1] != 't')) return text.npos;
  return text.find_first_not_of("0123456789:.", at) == text.npos ? at - 1 : text.npos;
}

}  // namespace

std::string normal_date(std::string_view given) {
  if (!is_valid_utf8(given)) return std::string(given);
  const std::string figures = plain_figures(given);
  std::string_view text = figures;
  if (const auto instant = parse_instant(text)) return format_date(date_in_china(*instant));
  text = trim(text.substr(0, time_behind(text)));
  if (text.size() == 8 && text.find_first_not_of("0123456789") == text.npos)
    return std::string(text.substr(0, 4)) + "-" + std::string(text.substr(4, 2)) + "-" + std::string(text.substr(6));
  std::string plain(text);
  for (const char* mark : {"年", "月", "/", "."}) plain = replace_all(std::move(plain), mark, "-");
  plain = replace_all(replace_all(std::move(plain), "日", ""), "号", "");
  const auto parts = split(plain, '-');
  if (parts.size() != 3) return std::string(trim(given));
  std::string out;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto digits = trim(parts[i]);
    const std::size_t width = i == 0 ? 4 : 2;
    if (digits.empty() || digits.size() > width || digits.find_first_not_of("0123456789") != digits.npos ||
        (i == 0 && digits.size() != 4))
      return std::string(trim(given));
    out += (i ? "-" : "") + std::string(width - digits.size(), '0') + std::string(digits);
  }
  return out;
}

Result<Json> read_plain_cell(const Catalog& catalog, const Entity& e, const Field& f, const Cell& cell) {
  if (cell.kind == CellKind::error && cell.text.starts_with('='))
    return fail(wrong(f, "formula",
                      "：单元格里的公式（" + cell.text + "）没有存下结果，请用 Excel 或 WPS 打开并保存一次，或改为实际内容。",
                      "holds a formula (" + cell.text +
                          ") whose result the file lacks; open and save it in an office program, or write the value."));
  if (cell.kind == CellKind::error)
    return fail(wrong(f, "formula", "：单元格里的公式出错（" + cell.text + "），请改为实际内容。",
                      "holds a formula that failed (" + cell.text + "); write the value itself."));
  const std::string text(trim(cell.text));
  if (text.empty()) return Json();
  const std::string shown(trim(cell.shown()));
  switch (f.type) {
    case FieldType::integer:
    case FieldType::decimal: return read_number(f, plain_figures(text));
    case FieldType::boolean: return read_boolean(f, plain_figures(text));
    case FieldType::date: return Json(normal_date(text));
    case FieldType::uncertain_date: {
      const std::string day = normal_date(text);
      return Json(parse_date(day) ? day : text);
    }
    case FieldType::instant: return read_instant(f, plain_figures(text));
    case FieldType::term: {
      auto term = read_term(catalog, e, f, shown);
      return term || shown == text ? std::move(term) : read_term(catalog, e, f, text);
    }
    case FieldType::rows:
    case FieldType::schedule:
    case FieldType::json: {
      auto json = Json::parse(text);
      if (!json) return fail(wrong(f, "json", "应为 JSON。", "must be JSON."));
      return std::move(*json);
    }
    case FieldType::point:
    case FieldType::line:
    case FieldType::polygon:
    case FieldType::geometry: return read_shape(f, text);
    // A cell of a table program holds a time as a day of 1899 or 1900 with it.
    case FieldType::time: return Json(cell.kind == CellKind::date && text.size() >= 16 ? text.substr(11, 5) : text);
    case FieldType::long_text: return Json(replace_all(replace_all(shown, "\r\n", "\n"), "\r", "\n"));
    default: return Json(shown);
  }
}

Result<Value> read_cell(sql::Connection& c, const Catalog& catalog, const Entity& e, const Field& f, const Cell& cell,
                        References& references) {
  const std::string shown = cell.shown();
  const std::string_view text = trim(shown);
  const bool refers = cell.kind != CellKind::error && !text.empty();
  if (refers && f.type == FieldType::ref) {
    auto id = references.find(c, f, text);
    if (!id && text != trim(cell.text)) id = references.find(c, f, trim(cell.text));
    if (!id) return fail(std::move(id.error()));
    if (*id == 0) return Value{Json(), true};
    return Value{Json(std::to_string(*id))};
  }
  if (refers && f.type == FieldType::refs) return read_refs(c, f, text, references);
  CIVITAS_TRY(Json value, read_plain_cell(catalog, e, f, cell));
  return Value{std::move(value)};
}

Result<Value> read_property(sql::Connection& c, const Catalog& catalog, const Entity& e, const Field& f,
                            const Json& property, References& references) {
  if (property.is_null()) return Value{};
  if (property.is_bool())
    return read_cell(c, catalog, e, f, Cell(CellKind::boolean, property.as_bool() ? "TRUE" : "FALSE"), references);
  if (property.is_number()) return read_cell(c, catalog, e, f, Cell::number(property.dump()), references);
  if (property.is_string()) return read_cell(c, catalog, e, f, Cell::of(property.as_string()), references);
  return Value{property};  // validation says what it thinks of it
}

}  // namespace civitas::exchange
