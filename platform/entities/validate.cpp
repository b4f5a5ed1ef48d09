#include "entities/validate.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_set>

#include "base/strings.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"
#include "entities/pattern.hpp"
#include "entities/value_text.hpp"
#include "geo/geometry.hpp"
#include "text/ideographs.hpp"
#include "text/phone.hpp"

namespace civitas::entities {

namespace {

constexpr double text_limit = 200, long_text_limit = 20'000, json_limit = 1'000'000;
constexpr std::size_t row_limit = 500;  // rows of a field, or references, when none is declared

Problem wrong(const Field& f, std::string_view what, std::string zh, std::string en) {
  return invalid("entities.field." + std::string(what), "“" + f.title.zh + "”" + zh, "“" + f.title.en + "” " + en)
      .with_field(f.name);
}

std::string number_text(double value) {
  std::string out;
  append_json_number(out, value);
  return out;
}

Status validate_text(const Field& f, Json& value) {
  if (!value.is_string()) return fail(wrong(f, "type", "应为文字。", "must be text."));
  std::string text(trim(value.as_string()));
  if (!is_valid_utf8(text)) return fail(wrong(f, "encoding", "含有无法识别的字符编码。", "is not valid UTF-8."));
  text = civitas::text::unify_ideographs(text);  // ⻓ of a PDF is 长
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    const bool one_line = f.type != FieldType::long_text;
    if (one_line && (c == '\n' || c == '\r'))
      return fail(wrong(f, "line_break", "里有换行，只能写一行，请去掉换行。",
                        "has a line break and may be one line only; take the break out."));
    if (one_line && c == '\t')
      return fail(wrong(f, "tab", "里有制表符（Tab），请改为空格。", "has a tab; use a blank instead."));
    if (is_forbidden_control(c))
      return fail(wrong(f, "control", "含有不可见的控制字符，请删除后重新填写。",
                        "contains invisible control characters; remove them."));
  }
  const double limit = f.max.value_or(f.type == FieldType::long_text ? long_text_limit : text_limit);
  const std::size_t count = utf8_length(text);
  const auto length = static_cast<double>(count);
  if (length > limit)
    return fail(wrong(f, "too_long", "最多 " + number_text(limit) + " 个字，现有 " + std::to_string(count) + " 个。",
                      "may have at most " + number_text(limit) + " characters and has " + std::to_string(count) + "."));
  if (f.min && length < *f.min && length > 0)
    return fail(wrong(f, "too_short", "至少 " + number_text(*f.min) + " 个字。",
                      "needs at least " + number_text(*f.min) + " characters."));
  if (!f.pattern.empty() && !text.empty() && !matches(f.pattern, text))
    return fail(wrong(f, "pattern", "格式不对" + (f.help.zh.empty() ? "。" : "：" + f.help.zh),
                      "has the wrong form" + (f.help.en.empty() ? "." : ": " + f.help.en)));
  value = text.empty() ? Json() : Json(std::move(text));
  return {};
}

Status validate_phone(const Field& f, Json& value) {
  CIVITAS_CHECK(validate_text(f, value));
  if (value.is_null()) return {};
  auto number = civitas::text::phone_number(value.as_string());
  if (!number)
    return fail(wrong(f, "phone", "应为 11 位手机号、带区号的座机号（如 027-85771234）、400 或 800 号码，境外号码以 + 和国家或地区代码开头。",
                      "must be an 11-digit mobile number, a landline with its area code, a 400 or 800 number, or begin "
                      "with + and the country code."));
  value = Json(*std::move(number));
  return {};
}

// JSON can write numbers that no column holds: 1e400 is read as infinity, and of 9007199254740993 a column of decimals
// loses the last digit.
Status validate_number(const Field& f, const Json& value) {
  const bool whole = f.type == FieldType::integer;
  const double number = value.as_number();
  if (whole ? !value.is_integer() : !value.is_number() || !std::isfinite(number))
    return fail(
        wrong(f, "type", whole ? "应为整数。" : "应为数字。", whole ? "must be a whole number." : "must be a number."));
  constexpr double most_exact = 9'007'199'254'740'992;  // 2^53
  if (f.type == FieldType::decimal && std::abs(number) >= most_exact)
    return fail(wrong(f, "digits", "的位数过多，无法准确保存，最多 15 位。",
                      "has more digits than can be kept exactly; at most 15."));
  if (f.min && number < *f.min)
    return fail(wrong(f, "too_small", "不能小于 " + number_text(*f.min) + "。",
                      "must be at least " + number_text(*f.min) + "."));
  if (f.max && number > *f.max)
    return fail(wrong(f, "too_large", "不能大于 " + number_text(*f.max) + "。",
                      "must be at most " + number_text(*f.max) + "."));
  return {};
}

bool holds_finite_numbers(const Json& value) {
  if (value.is_number()) return std::isfinite(value.as_number());
  if (value.is_array()) return std::all_of(value.as_array().begin(), value.as_array().end(), holds_finite_numbers);
  if (!value.is_object()) return true;
  return std::all_of(value.as_object().begin(), value.as_object().end(),
                     [](const auto& member) { return holds_finite_numbers(member.second); });
}

Status check_count(const Field& f, std::size_t count, const char* zh, const char* en) {
  const auto has = static_cast<double>(count), most = f.max.value_or(row_limit);
  if (has > most)
    return fail(wrong(f, "too_many", "最多 " + number_text(most) + zh + "，现有 " + number_text(has) + "。",
                      "may have at most " + number_text(most) + en + " and has " + number_text(has) + "."));
  if (f.min && has < *f.min && count > 0)
    return fail(wrong(f, "too_few", "至少 " + number_text(*f.min) + zh + "。",
                      "needs at least " + number_text(*f.min) + en + "."));
  return {};
}

Status validate_time(const Field& f, Json& value) {
  if (value.is_string() && trim(value.as_string()).empty()) {
    value = Json();
    return {};
  }
  const auto time = value.is_string() ? time_of_day(value.as_string()) : std::nullopt;
  if (!time) return fail(wrong(f, "time", "应为一天中的时间，如 08:30。", "must be a time of the day such as 08:30."));
  value = Json(*time);
  return {};
}

Status validate_duration(const Field& f, Json& value) {
  if (value.is_string() && trim(value.as_string()).empty()) {
    value = Json();
    return {};
  }
  const auto seconds = value.is_string()                                 ? duration_seconds(value.as_string())
                       : value.is_integer() && value.as_integer() >= 0 ? duration_seconds(value.dump())
                                                                         : std::nullopt;
  if (!seconds)
    return fail(wrong(f, "duration", "应为时长，如 2 小时、90 分钟、1:30，或秒数。",
                      "must be a duration such as 2 hours, 90 minutes, 1:30, or a number of seconds."));
  value = Json(*seconds);
  return validate_number(f, value);
}

Status validate_labels(const Catalog& catalog, const Entity& entity, const Field& f, Json& value) {
  constexpr std::size_t longest = 40;
  if (value.is_string()) {
    Json list = Json::array();
    for (auto& label : split_labels(value.as_string())) list.push(Json(std::move(label)));
    value = std::move(list);
  }
  if (!value.is_array()) return fail(wrong(f, "type", "应为词的列表。", "must be a list of words."));
  const TermList* terms = f.terms.empty() ? nullptr : catalog.terms_of(entity, f);
  Json out = Json::array();
  std::set<std::string, std::less<>> seen;
  Field word = f;
  word.type = FieldType::text;
  word.max = longest;
  word.min = {};
  for (const auto& item : value.as_array()) {
    Json label = item;
    CIVITAS_CHECK(validate_text(word, label));
    if (label.is_null()) continue;
    if (!f.terms.empty() && (!terms || !terms->find(label.as_string())))
      return fail(wrong(f, "term", "中的“" + label.as_string() + "”不在代码表“" + (terms ? terms->title.zh : f.terms) + "”中。",
                        "has “" + label.as_string() + "”, which is not in the code list “" +
                            (terms ? terms->title.en : f.terms) + "”."));
    if (seen.insert(label.as_string()).second) out.push(std::move(label));
  }
  CIVITAS_CHECK(check_count(f, out.size(), " 个词", " words"));
  value = out.size() == 0 ? Json() : std::move(out);
  return {};
}

Status validate_schedule(const Field& f, Json& value) {
  if (const auto why = tidy_schedule(value)) return fail(wrong(f, "schedule", "：" + why->zh, ": " + why->en));
  if (value["week"].as_object().empty() && value["except"].is_null()) value = Json();
  return {};
}

// What is kept is the shape alone, as we write it.
Status validate_geometry(const Field& f, Json& value) {
  auto shape = geo::Geometry::from_geojson(value);
  if (!shape) return fail(std::move(shape.error()).with_field(f.name));
  if (auto valid = geo::require_valid(*shape); !valid) return fail(std::move(valid.error()).with_field(f.name));
  const auto type = shape->type();
  using T = geo::GeometryType;
  const bool fits = f.type == FieldType::geometry || (f.type == FieldType::point && type == T::point) ||
                    (f.type == FieldType::line && (type == T::line || type == T::multi_line)) ||
                    (f.type == FieldType::polygon && (type == T::polygon || type == T::multi_polygon));
  if (!fits) return fail(wrong(f, "shape", "的图形类型不对。", "has a shape of the wrong kind."));
  CIVITAS_TRY(value, Json::parse(shape->to_geojson()));
  return {};
}

// What a file is was found in its contents when it was uploaded (files/files.hpp).
bool is_accepted(const Field& f, std::string_view type) {
  return f.accept.empty() || std::any_of(f.accept.begin(), f.accept.end(), [&](std::string_view one) {
           return one.ends_with("/*") ? type.starts_with(one.substr(0, one.size() - 1)) : one == type;
         });
}

std::string accepted(const Field& f, bool in_chinese) {
  std::string out;
  for (const auto& type : f.accept) {
    out += out.empty() ? "" : in_chinese ? "、" : ", ";
    out += type == "image/*" ? (in_chinese ? "图片" : "pictures") : type == "application/pdf" ? "PDF" : type;
  }
  return out;
}

Status validate_files(const Field& f, const Json& value) {
  if (!value.is_array()) return fail(wrong(f, "type", "应为文件列表。", "must be a list of files."));
  if (f.max && static_cast<double>(value.size()) > *f.max)
    return fail(wrong(f, "too_many", "最多 " + number_text(*f.max) + " 个文件。",
                      "may have at most " + number_text(*f.max) + " files."));
  for (const auto& item : value.as_array())
    if (!item["id"].is_string() || !item["name"].is_string())
      return fail(wrong(f, "type", "的文件不完整，请重新上传。", "names an incomplete file; upload it again."));
  for (const auto& item : value.as_array())
    if (item["type"].is_string() && !is_accepted(f, item["type"].as_string()))
      return fail(wrong(f, "media_type", "只收" + accepted(f, true) + "，“" + item["name"].as_string() + "”不是。",
                        "takes only " + accepted(f, false) + "; “" + item["name"].as_string() + "” is none."));
  return {};
}

Status validate_references(const Field& f, Json& value) {
  if (!value.is_array()) return fail(wrong(f, "type", "应为列表。", "must be a list."));
  Json ids = Json::array();
  std::unordered_set<std::int64_t> seen;
  for (const auto& item : value.as_array()) {
    const auto id = reference_id(item);
    if (!id) return fail(wrong(f, "reference", "应为所选记录的编号。", "must hold ids of records."));
    if (seen.insert(*id).second) ids.push(Json(std::to_string(*id)));
  }
  CIVITAS_CHECK(check_count(f, ids.size(), " 项", " records"));
  value = ids.size() == 0 ? Json() : std::move(ids);
  return {};
}

// One row: its known cells, each checked as a field of the record would be; emptiness is left out.
void validate_row(const Catalog& catalog, const Entity& entity, const Field& f, std::size_t index, Json& row,
                  std::vector<Problem>& wrongs) {
  const auto add = [&](Problem p) { wrongs.push_back(in_row(f, index, std::move(p))); };
  if (!row.is_object()) return add(wrong(f, "type", "应为一组字段。", "must be an object.").with_field(""));
  for (const auto& [name, ignored] : row.as_object())
    if (std::none_of(f.fields.begin(), f.fields.end(), [&](const Field& cell) { return cell.name == name; }))
      add(invalid("entities.field.unknown", "没有列 " + std::string(utf8_prefix(name, 60)) + "。",
                  "There is no column " + std::string(utf8_prefix(name, 60)) + ".")
              .with_field(std::string(utf8_prefix(name, 60))));
  Json checked = Json::object();
  for (const auto& cell : f.fields) {
    const Json* given = row.find(cell.name);
    Json v = given ? *given : cell.default_value;
    if (auto good = validate_value(catalog, entity, cell, v); !good) {
      add(std::move(good.error()));
      continue;
    }
    if (!v.is_null())
      checked.set(cell.name, std::move(v));
    else if (cell.required)
      add(wrong(cell, "required", "必须填写。", "is required."));
  }
  row = std::move(checked);
}

Status validate_rows(const Catalog& catalog, const Entity& entity, const Field& f, Json& value) {
  constexpr std::size_t most_named = 50;
  if (!value.is_array()) return fail(wrong(f, "type", "应为列表。", "must be a list."));
  CIVITAS_CHECK(check_count(f, value.size(), " 行", " rows"));
  std::vector<Problem> wrongs;
  for (std::size_t i = 0; i < value.size() && wrongs.size() < most_named; ++i)
    validate_row(catalog, entity, f, i, value.array_ref()[i], wrongs);
  if (!wrongs.empty()) return fail(combine(std::move(wrongs)));
  if (value.size() == 0) value = Json();
  return {};
}

}  // namespace

Problem in_row(const Field& rows, std::size_t index, Problem inner) {
  const std::string number = std::to_string(index + 1);
  inner.message = {"“" + rows.title.zh + "”第 " + number + " 行：" + inner.message.zh,
                   "Row " + number + " of “" + rows.title.en + "”: " + inner.message.en};
  inner.field = "/" + rows.name + "/" + std::to_string(index) +
                (inner.field.empty() ? "" : "/" + replace_all(replace_all(inner.field, "~", "~0"), "/", "~1"));
  return inner;
}

bool is_citizen_id(std::string_view text) {
  if (text.size() != 18) return false;
  static constexpr int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (int i = 0; i < 17; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    sum += (text[i] - '0') * weights[i];
  }
  const std::string birth =
      std::string(text.substr(6, 4)) + "-" + std::string(text.substr(10, 2)) + "-" + std::string(text.substr(12, 2));
  return parse_date(birth) && text[17] == "10X98765432"[sum % 11];
}

std::optional<std::int64_t> reference_id(const Json& value) {
  if (value.is_object()) return reference_id(value["id"]);
  if (value.is_integer()) return value.as_integer();
  if (value.is_string()) return parse_integer(value.as_string());
  return std::nullopt;
}

Status validate_value(const Catalog& catalog, const Entity& entity, const Field& f, Json& value) {
  if (value.is_null()) return {};
  switch (f.type) {
    case FieldType::text:
    case FieldType::long_text:
    case FieldType::code:
    case FieldType::secret: return validate_text(f, value);
    case FieldType::phone: return validate_phone(f, value);
    case FieldType::citizen_id:
      CIVITAS_CHECK(validate_text(f, value));
      if (value.is_null()) return {};
      value = replace_all(value.as_string(), "x", "X");
      if (!is_citizen_id(value.as_string()))
        return fail(wrong(f, "citizen_id", "不是有效的 18 位公民身份号码，请核对。",
                          "is not a valid 18-digit citizen number; check it."));
      return {};
    case FieldType::time: return validate_time(f, value);
    case FieldType::duration: return validate_duration(f, value);
    case FieldType::labels: return validate_labels(catalog, entity, f, value);
    case FieldType::schedule: return validate_schedule(f, value);
    case FieldType::integer:
    case FieldType::decimal: return validate_number(f, value);
    case FieldType::boolean:
      if (!value.is_bool()) return fail(wrong(f, "type", "应为是或否。", "must be true or false."));
      return {};
    case FieldType::date:
      if (!value.is_string() || !parse_date(value.as_string()))
        return fail(wrong(f, "date", "应为真实的日期，如 2026-11-21。", "must be a real date such as 2026-11-21."));
      return {};
    case FieldType::instant:
      if (!value.is_string() || !parse_instant(value.as_string()))
        return fail(wrong(f, "instant", "应为时间，如 2026-11-21T09:00:00+08:00。",
                          "must be a time such as 2026-11-21T09:00:00+08:00."));
      return {};
    case FieldType::uncertain_date:
      CIVITAS_CHECK(validate_text(f, value));
      if (!value.is_null() && !parse_uncertain_date(value.as_string()))
        return fail(wrong(f, "uncertain_date",
                          "无法理解，可写 1949-10-01、1949年10月、1949、1950年代、明、民国、1927年以前。",
                          "is not understood; write 1949-10-01, 1949, “明”, before 1927."));
      return {};
    case FieldType::term: {
      if (value.is_null()) return {};
      const TermList* list = catalog.terms_of(entity, f);
      if (!value.is_string() || !list || !list->find(value.as_string()))
        return fail(wrong(f, "term", "不在代码表“" + (list ? list->title.zh : f.terms) + "”中。",
                          "is not in the code list “" + (list ? list->title.en : f.terms) + "”."));
      return {};
    }
    case FieldType::ref: {
      if (value.is_string() && trim(value.as_string()).empty()) {
        value = Json();
        return {};
      }
      const auto id = reference_id(value);
      if (!id) return fail(wrong(f, "reference", "应为所选记录的编号。", "must be the id of a record."));
      value = Json(Json::Object{{"id", Json(std::to_string(*id))}});
      return {};
    }
    case FieldType::refs: return validate_references(f, value);
    case FieldType::rows: return validate_rows(catalog, entity, f, value);
    case FieldType::files: return validate_files(f, value);
    case FieldType::point:
    case FieldType::line:
    case FieldType::polygon:
    case FieldType::geometry: return validate_geometry(f, value);
    case FieldType::json:
      if (!holds_finite_numbers(value))
        return fail(wrong(f, "number", "含有过大的数字，无法保存。", "holds a number that is too large to keep."));
      if (static_cast<double>(value.dump().size()) > json_limit)
        return fail(wrong(f, "too_long", "过长。", "is too long."));
      return {};
    case FieldType::computed: return {};
  }
  return {};
}

Problem combine(std::vector<Problem> problems) {
  Problem first = problems.front();
  if (problems.size() > 1) first.errors = std::move(problems);
  return first;
}

Status validate_input(const Catalog& catalog, const Entity& e, Json& input, ReadOnly read_only) {
  if (!input.is_object())
    return fail(invalid("entities.body.object", "请求内容应为 JSON 对象。", "The body must be a JSON object."));
  std::vector<Problem> wrongs;
  for (auto& [name, value] : input.object_ref()) {
    const Field* f = e.field(name);
    if (!f) {
      std::vector<std::string> names;
      for (const auto& known : e.fields) names.push_back(known.name);
      const std::string meant(nearest_word(name, names));
      wrongs.push_back(invalid("entities.field.unknown",
                               "没有字段 " + std::string(utf8_prefix(name, 60)) +
                                   (meant.empty() ? "。" : "，是否想写 " + meant + "？"),
                               "There is no field " + std::string(utf8_prefix(name, 60)) +
                                   (meant.empty() ? "." : "; did you mean " + meant + "?"))
                           .with_field(std::string(utf8_prefix(name, 60))));
      continue;
    }
    if (f->read_only && read_only == ReadOnly::refuse) {
      wrongs.push_back(wrong(*f, "read_only", "由系统生成，不能填写。", "is set by the system and cannot be written."));
      continue;
    }
    if (auto good = validate_value(catalog, e, *f, value); !good) {
      auto several = std::move(good.error().errors);
      if (several.empty()) several.push_back(std::move(good.error()));
      for (auto& one : several) wrongs.push_back(std::move(one));
    }
  }
  if (!wrongs.empty()) return fail(combine(std::move(wrongs)));
  return {};
}

}  // namespace civitas::entities
