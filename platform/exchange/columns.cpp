#include "exchange/columns.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "documents/table_writer.hpp"

namespace civitas::exchange {

using entities::Entity;
using entities::Field;
using entities::FieldType;

namespace {

std::string normal(std::string_view head) {
  std::string out = to_lower_ascii(documents::template_title(head));
  return replace_all(replace_all(std::move(out), "（", "("), "）", ")");
}

// The point field that bare 经度 and 纬度 mean: the map's, else the only one; a field for any shape may be filled so,
// too.
const Field* located_field(const Entity& e) {
  const Field* found = nullptr;
  for (const auto& f : e.fields) {
    if (f.type != FieldType::point && f.type != FieldType::geometry) continue;
    if (f.name == e.list.map) return &f;
    if (!found || (f.type == FieldType::point && found->type != FieldType::point)) found = &f;
  }
  return found;
}

}  // namespace

bool is_writable(const Field& f, Whose whose) {
  if (whose == Whose::product) return f.computed.empty() && f.type != FieldType::computed && f.type != FieldType::files;
  return !f.read_only && f.type != FieldType::code && f.type != FieldType::computed && f.type != FieldType::files;
}

std::vector<FieldColumn> writable_columns(const Entity& e) {
  std::vector<FieldColumn> out;
  for (const auto& f : e.fields) {
    if (!is_writable(f)) continue;
    if (f.type == FieldType::point) {
      out.push_back({&f, Part::longitude});
      out.push_back({&f, Part::latitude});
    } else {
      out.push_back({&f, Part::whole});
    }
  }
  return out;
}

std::string column_title(const Entity& e, const FieldColumn& c, Language language) {
  const std::string title = in(language, c.field->title);
  if (c.part == Part::whole) return title;
  const bool zh = language == Language::zh, east = c.part == Part::longitude;
  const std::string word = zh ? (east ? "经度" : "纬度") : (east ? "Longitude" : "Latitude");
  return c.field == located_field(e) ? word : title + (zh ? "" : " ") + word;
}

Result<std::string> state_named(const Entity& e, std::string_view word) {
  std::vector<std::string> names;
  for (const auto& s : e.process->states) {
    if (word == s.name || word == s.title.zh || word == s.title.en) return s.name;
    names.push_back(s.name);
  }
  const std::string shown(utf8_prefix(word, 60)), meant(nearest_word(shown, names));
  return fail(invalid("exchange.import.state",
                      "“" + e.title.zh + "”没有状态 " + shown + (meant.empty() ? "。" : "，是否想写 " + meant + "？"),
                      "“" + e.title.en + "” has no state " + shown + (meant.empty() ? "." : "; did you mean " + meant + "?"))
                  .with_field("state"));
}

HeadMatcher::HeadMatcher(const Entity& e, Whose whose) : entity_(e), whose_(whose) {
  const auto parts = [&](const Field& f, const std::string& before) {
    for (const char* word : {"经度", "longitude", "lon", "lng", "x"}) add(before + word, {&f, Part::longitude});
    for (const char* word : {"纬度", "latitude", "lat", "y"}) add(before + word, {&f, Part::latitude});
  };
  // What an export or a corrected file carries beside the fields.
  for (const char* own : {"id", "version", "created_at", "updated_at", "created_by", "state", "valid_from", "valid_to",
                          "状态", "错误说明"})
    add(own, {});
  // Only the product says in which state a record begins.
  if (e.process && whose == Whose::product)
    for (const char* word : {"state", "状态"}) known_[word].part = Part::state;
  if (whose == Whose::product) known_[normal("valid_from")] = {nullptr, Part::since};
  for (const auto& f : e.fields) {
    const FieldColumn column{is_writable(f, whose) ? &f : nullptr, Part::whole};
    for (const std::string& head : {f.name, f.title.zh, f.title.en}) add(head, column);
    if (is_writable(f, whose)) titles_.push_back(f.title.zh);
    if (f.type != FieldType::point && f.type != FieldType::geometry) continue;
    for (const std::string& before : {f.name + "_", f.title.zh, f.title.zh + " ", f.title.en + " "}) parts(f, before);
  }
  if (const Field* f = located_field(e); f && is_writable(*f, whose)) parts(*f, "");
}

Result<FieldColumn> HeadMatcher::field(std::string_view key) const {
  const auto dot = key.find('.');
  const std::string_view part = dot == key.npos ? "" : key.substr(dot + 1);
  const Field* f = entity_.field(std::string(key.substr(0, dot)));
  const bool located = f && (f->type == FieldType::point || f->type == FieldType::geometry);
  if (f && is_writable(*f, whose_) && (part.empty() || (located && (part == "longitude" || part == "latitude"))))
    return FieldColumn{f, part.empty() ? Part::whole : part == "longitude" ? Part::longitude : Part::latitude};
  const std::string shown(utf8_prefix(key, 60));
  return fail(invalid("exchange.import.field_unknown", "“" + entity_.title.zh + "”没有可导入的字段 " + shown + "。",
                      "“" + entity_.title.en + "” has no field " + shown + " to import.")
                  .with_field(shown));
}

std::string HeadMatcher::key_of(const FieldColumn& column) {
  if (!column.field) return {};
  return column.field->name +
         (column.part == Part::longitude ? ".longitude" : column.part == Part::latitude ? ".latitude" : "");
}

void HeadMatcher::add(std::string_view head, FieldColumn column) {
  // A field's own name and title come before what is only usual.
  auto& known = known_[normal(head)];
  if (!known.field) known = column;
}

Result<FieldColumn> HeadMatcher::match(std::string_view head) const {
  const auto found = known_.find(normal(head));
  if (found != known_.end()) return found->second;
  const std::string shown(utf8_prefix(head, 60)), meant(nearest_word(shown, titles_));
  return fail(
      invalid("exchange.import.column_unknown",
              "没有“" + shown + "”这一列" +
                  (meant.empty() ? "，请按模板的列名填写。" : "，是否想写“" + meant + "”？请按模板的列名填写。"),
              "There is no column “" + shown + "”" + (meant.empty() ? "" : "; did you mean “" + meant + "”?") +
                  " Use the columns of the template.")
          .with_field(shown));
}

Result<std::vector<FieldColumn>> HeadMatcher::match_all(const std::vector<documents::Cell>& head) const {
  std::vector<FieldColumn> out;
  bool any = false;
  for (const auto& cell : head) {
    if (trim(cell.text).empty()) {
      out.push_back({});
      continue;
    }
    CIVITAS_TRY(const FieldColumn column, match(cell.text));
    if (column.field) {
      any = true;
      for (const auto& other : out)
        if (other.field == column.field && other.part == column.part)
          return fail(invalid("exchange.import.column_twice", "列“" + cell.text + "”出现了两次，请删除一列。",
                              "The column “" + cell.text + "” is there twice; remove one.")
                          .with_field(column.field->name));
    }
    out.push_back(column);
  }
  if (!any)
    return fail(invalid("exchange.import.no_columns", "第一行没有可导入的列名，请使用导入模板。",
                        "The first row names no column to import; use the template."));
  return out;
}

}  // namespace civitas::exchange
