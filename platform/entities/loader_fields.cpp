// The fields of an entity, and the columns of its rows.
#include <algorithm>
#include <iterator>
#include <regex>
#include <sstream>

#include "entities/children.hpp"
#include "entities/loader_parts.hpp"

namespace civitas::entities {

namespace {

std::optional<FieldType> type_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(FieldType::computed); ++i)
    if (type_name(static_cast<FieldType>(i)) == name) return static_cast<FieldType>(i);
  return std::nullopt;
}

// What SQLite or PostgreSQL would read as something else where a column is meant.
bool is_reserved(std::string_view name) {
  static const std::set<std::string> words = [] {
    std::istringstream in(R"(
      add all alter analyse analyze and any array as asc asymmetric authorization autoincrement between binary both
      case cast check collate collation column commit concurrently constraint create cross current_catalog
      current_date current_role current_schema current_time current_timestamp current_user default deferrable delete
      desc distinct do drop else end escape except exists false fetch for foreign freeze from full grant group having
      ilike in index initially inner insert intersect into is isnull join lateral leading left like limit localtime
      localtimestamp natural not nothing notnull null offset on only or order outer overlaps placing primary
      references returning right rowid select session_user set similar some symmetric table tablesample then to
      trailing transaction true union unique update user using values variadic verbose when where window with)");
    return std::set<std::string>(std::istream_iterator<std::string>(in), {});
  }();
  return words.contains(std::string(name));
}

void check_pattern(const Field& f, MapReader& in) {
  constexpr std::size_t longest_pattern = 500;
  constexpr double longest_text = 1000;  // matching takes stack by the length of the text
  if (f.pattern.size() > longest_pattern)
    return in.wrong(0, "pattern 至多 500 个字节", "a pattern has at most 500 bytes");
  const double limit = f.max.value_or(f.type == FieldType::long_text ? 20'000 : 200);
  if (limit > longest_text)
    return in.wrong(0, "有 pattern 的字段要写不超过 1000 的 max", "a field with a pattern needs a max of at most 1000");
  try {
    const std::regex compiled(f.pattern, std::regex::ECMAScript);
  } catch (const std::regex_error&) {
    in.wrong(0, "pattern 不是有效的正则表达式：" + f.pattern, "the pattern is no regular expression: " + f.pattern);
  }
}

// Rows and several references have a table of their own, whose columns are plain values.
void check_several(const Field& f, MapReader& in) {
  constexpr double most = 10'000;
  const auto never = [&](bool written, const char* key) {
    if (written)
      in.wrong(0, std::string(type_name(f.type)) + " 字段不能写 " + key,
               "a field of " + std::string(type_name(f.type)) + " has no " + key);
  };
  never(f.unique, "unique");
  never(f.search, "search");
  never(f.masked, "masked");
  never(!f.default_value.is_null(), "default");
  if (f.max.value_or(1) < 1 || f.max.value_or(1) > most)
    in.wrong(0, "max 应为 1 到 10000", "max must be from 1 to 10000");
  if (f.type == FieldType::refs) return;
  if (f.fields.empty()) in.wrong(0, "rows 字段要写 fields", "a field of rows needs fields");
  for (const auto& cell : f.fields) {
    if (!cell.computed.empty())
      in.wrong(cell.line, "rows 的列不能是 computed", "a column of rows cannot be of the type computed");
    static constexpr FieldType no_column[] = {FieldType::refs,    FieldType::rows,   FieldType::code,
                                              FieldType::files,   FieldType::secret, FieldType::citizen_id,
                                              FieldType::computed};
    if (std::find(std::begin(no_column), std::end(no_column), cell.type) != std::end(no_column))
      in.wrong(cell.line, "rows 的列不能是 " + std::string(type_name(cell.type)),
               "a column of rows cannot be of the type " + std::string(type_name(cell.type)));
    if (std::find(std::begin(ChildTable::own_columns), std::end(ChildTable::own_columns), cell.name) !=
        std::end(ChildTable::own_columns))
      in.wrong(cell.line, "rows 的列不能叫 " + cell.name, "a column of rows cannot be named " + cell.name);
    for (const auto& [written, key] :
         std::initializer_list<std::pair<bool, const char*>>{{cell.unique, "unique"},
                                                             {cell.search, "search"},
                                                             {cell.masked, "masked"},
                                                             {!cell.scope.empty(), "scope"},
                                                             {cell.read_only, "read_only"},
                                                             {!cell.visible.empty(), "visible"},
                                                             {!cell.required_if.empty(), "required_if"}})
      if (written)
        in.wrong(cell.line, std::string("rows 的列不能写 ") + key, std::string("a column of rows has no ") + key);
  }
}

FieldType read_type(MapReader& in) {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names;
    for (int i = 0; i <= static_cast<int>(FieldType::computed); ++i)
      names.emplace_back(type_name(static_cast<FieldType>(i)));
    return names;
  }();
  return type_named(in.choice("type", all, "")).value_or(FieldType::text);
}

}  // namespace

Field read_field(const YamlNode& node, const std::string& system, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  Field f;
  f.line = node.line;
  f.name = read_name(in, "name");
  if (is_reserved(f.name))
    in.wrong(0, "字段名 " + f.name + " 是数据库的保留字",
             "the field name " + f.name + " is a reserved word of the database");
  f.type = read_type(in);
  f.title = in.title("title");
  f.help = in.title("help", false);
  f.required = in.flag("required");
  f.read_only = in.flag("read_only", f.type == FieldType::code || f.type == FieldType::computed);
  f.search = in.flag("search");
  f.masked = in.flag("masked", f.type == FieldType::citizen_id || f.type == FieldType::secret);
  if (const YamlNode* unique = in.get("unique")) {
    f.unique = unique->scalar != "false";
    if (f.unique && unique->scalar != "true") f.unique_within = unique->scalar;
  }
  f.min = in.number("min");
  f.max = in.number("max");
  f.pattern = in.text("pattern");
  if (!f.pattern.empty()) check_pattern(f, in);
  if (const YamlNode* value = in.get("default")) f.default_value = value->to_json();
  f.visible = in.text("visible");
  f.required_if = in.text("required_if");
  f.terms = in.text("of");
  f.to = in.text("to");
  f.to_system = system;
  if (const auto dot = f.to.find('/'); dot != f.to.npos) {
    f.to_system = f.to.substr(0, dot);
    f.to = f.to.substr(dot + 1);
  }
  f.scope = in.text("scope");
  f.rule = in.text("rule");
  const std::string as = in.choice("as", {"text", "integer", "decimal", "boolean", "date"}, "text");
  if (f.type == FieldType::computed) {
    f.read_only = true;
    std::swap(f.computed, f.rule);
    if (!f.computed.empty()) f.type = type_named(as).value_or(FieldType::text);
  }
  f.accept = in.words("accept");
  for (const YamlNode* inner : in.items("fields")) f.fields.push_back(read_field(*inner, system, file, mistakes));
  f.was = in.text("was");
  if (f.type == FieldType::term && f.terms.empty())
    in.wrong(0, "term 字段要写 of: 代码表", "a term field needs of: code list");
  if ((f.type == FieldType::ref || f.type == FieldType::refs) && f.to.empty())
    in.wrong(0, "ref 字段要写 to: 记录类型", "a ref field needs to: entity");
  if (!f.scope.empty() && f.type != FieldType::ref) in.wrong(0, "只有 ref 字段能写 scope", "only a ref field may have a scope");
  if (!f.fields.empty() && f.type != FieldType::rows)
    in.wrong(0, "只有 rows 字段能写 fields", "only a field of rows may have fields");
  check_once(f.fields, file, f.line, mistakes);
  if (f.type == FieldType::rows || f.type == FieldType::refs) check_several(f, in);
  if (f.type == FieldType::code && f.rule.empty()) in.wrong(0, "code 字段要写 rule", "a code field needs a rule");
  in.finish();
  return f;
}

}  // namespace civitas::entities
