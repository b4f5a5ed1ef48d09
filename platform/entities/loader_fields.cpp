// The fields of an entity, and the columns of its rows.
#include <algorithm>
#include <iterator>
#include <sstream>

#include "entities/children.hpp"
#include "entities/loader_parts.hpp"
#include "entities/pattern.hpp"

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
  if (f.pattern.size() > longest_pattern)
    return in.wrong(0, "pattern 至多 500 个字节", "a pattern has at most 500 bytes");
  if (const auto why = pattern_mistake(f.pattern))
    in.wrong(0, "pattern 不是有效的正则表达式（RE2）：" + f.pattern + "：" + *why,
             "the pattern is no regular expression of RE2: " + f.pattern + ": " + *why);
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
    static constexpr FieldType no_column[] = {FieldType::refs,   FieldType::rows,       FieldType::code,
                                              FieldType::secret, FieldType::citizen_id, FieldType::computed};
    if (std::find(std::begin(no_column), std::end(no_column), cell.type) != std::end(no_column))
      in.wrong(cell.line, "rows 的列不能是 " + std::string(type_name(cell.type)),
               "a column of rows cannot be of the type " + std::string(type_name(cell.type)));
    if (std::find(std::begin(ChildTable::own_columns), std::end(ChildTable::own_columns), cell.name) !=
        std::end(ChildTable::own_columns))
      in.wrong(cell.line, "rows 的列不能叫 " + cell.name, "a column of rows cannot be named " + cell.name);
    for (const auto& [written, key] :
         std::initializer_list<std::pair<bool, const char*>>{{cell.unique, "unique"},
                                                             {cell.search, "search"},
                                                             {!cell.scope.empty(), "scope"},
                                                             {cell.read_only, "read_only"},
                                                             {!cell.default_rule.empty(), "default: {value: …}"},
                                                             {!cell.options.empty(), "options"},
                                                             {cell.sealed, "sealed"},
                                                             {!cell.write.empty(), "write"},
                                                             {!cell.to_any.empty(), "to with several types"},
                                                             {!cell.visible.empty(), "visible"},
                                                             {!cell.required_if.empty(), "required_if"}})
      if (written)
        in.wrong(cell.line, std::string("rows 的列不能写 ") + key, std::string("a column of rows has no ") + key);
  }
}

// A record type, of this system or system/type; a ref also takes several.
void read_target(Field& f, MapReader& in, const std::string& system) {
  std::vector<std::string> targets = in.words("to");
  if (targets.size() > 1) {
    for (auto& target : targets)
      f.to_any.push_back(target.find('/') == target.npos ? system + "/" + target : std::move(target));
    if (f.type != FieldType::ref)
      in.wrong(0, "只有 ref 字段能引用多种记录", "only a field of the type ref refers to one of several types");
    return;
  }
  f.to_system = system;
  if (targets.empty()) return;
  f.to = std::move(targets.front());
  if (const auto slash = f.to.find('/'); slash != f.to.npos) {
    f.to_system = f.to.substr(0, slash);
    f.to = f.to.substr(slash + 1);
  }
}

// Encrypted at rest: always what is a secret or a citizen number.
void read_sealed(Field& f, MapReader& in) {
  const bool always = f.type == FieldType::citizen_id || f.type == FieldType::secret;
  f.sealed = in.flag("sealed", always) || always;
  const std::string found = in.choice("find", {"none", "exact", "words"}, f.type == FieldType::citizen_id ? "exact" : "none");
  f.find = found == "words" ? Find::words : found == "exact" ? Find::exact : Find::none;
  const bool text = f.type == FieldType::text || f.type == FieldType::long_text || f.type == FieldType::phone;
  if (f.sealed && !always && !text)
    in.wrong(0, "只有 text、long_text、phone 字段能写 sealed", "only a field of the type text, long_text or phone may be sealed");
  if (f.find != Find::none && (!f.sealed || f.type == FieldType::secret))
    in.wrong(0, "find 用在 sealed 的字段上", "find belongs to a sealed field");
  if (f.sealed && f.unique && f.find == Find::none)
    in.wrong(0, "sealed 的字段要 unique，须写 find: exact", "a sealed field that is unique needs find: exact");
  if (f.sealed && f.search)
    in.wrong(0, "sealed 的字段不能写 search，请写 find: words", "a sealed field has no search; write find: words");
}

// true, a field or several with which it is unique together, or {with: […], while: "…"}.
void read_unique(Field& f, MapReader& in, const std::string& file, Mistakes& mistakes) {
  const YamlNode* unique = in.get("unique");
  in.or_words("unique");
  if (!unique) return;
  f.unique = true;
  if (unique->is_map()) {
    MapReader rule(*unique, file, mistakes);
    f.unique_with = rule.words("with");
    f.unique_while = rule.text("while");
    rule.finish();
  } else if (unique->is_sequence()) {
    for (const auto& item : unique->items) f.unique_with.push_back(item.scalar);
    if (f.unique_with.empty())
      in.wrong(unique->line, "unique 的列表不能为空", "the list of unique must name fields");
  } else {
    f.unique = unique->scalar != "false";
    if (f.unique && unique->scalar != "true") f.unique_with = {unique->scalar};
  }
  for (const auto& name : f.unique_with)
    if (name == f.name)
      in.wrong(unique->line, "unique 不必写字段自己：" + name, "unique names the field itself: " + name);
}

// A plain value, or {value: "a CQL2 value"}.
void read_default(Field& f, MapReader& in, const std::string& file, Mistakes& mistakes) {
  const YamlNode* value = in.get("default");
  if (!value) return;
  if (f.type == FieldType::json || value->type != YamlNode::Type::map || !value->find("value")) {
    f.default_value = value->to_json();
    return;
  }
  MapReader rule(*value, file, mistakes);
  f.default_rule = rule.required_text("value");
  rule.finish();
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
  read_unique(f, in, file, mistakes);
  read_sealed(f, in);
  f.min = in.number("min");
  f.max = in.number("max");
  f.pattern = in.text("pattern");
  if (!f.pattern.empty()) check_pattern(f, in);
  read_default(f, in, file, mistakes);
  f.options = in.text("options");
  f.visible = in.text("visible");
  f.required_if = in.text("required_if");
  f.terms = in.text("of");
  read_target(f, in, system);
  f.scope = in.text("scope");
  f.rule = in.text("rule");
  const std::string as = in.choice("as", {"text", "integer", "decimal", "boolean", "date", "instant", "duration"}, "text");
  if (f.type == FieldType::computed) {
    f.read_only = true;
    std::swap(f.computed, f.rule);
    if (!f.computed.empty()) f.type = type_named(as).value_or(FieldType::text);
  }
  f.append = in.flag("append");
  if (f.append && f.type != FieldType::rows)
    in.wrong(0, "只有 rows 字段能写 append", "only a field of rows may have append");
  f.write = in.words("write");
  f.accept = in.words("accept");
  for (const YamlNode* inner : in.items("fields")) f.fields.push_back(read_field(*inner, system, file, mistakes));
  f.was = in.text("was");
  if (f.type == FieldType::term && f.terms.empty())
    in.wrong(0, "term 字段要写 of: 代码表", "a term field needs of: code list");
  if ((f.type == FieldType::ref || f.type == FieldType::refs) && f.to.empty() && f.to_any.empty())
    in.wrong(0, "ref 字段要写 to: 记录类型", "a ref field needs to: entity");
  if (!f.options.empty() && f.type != FieldType::ref && f.type != FieldType::refs)
    in.wrong(0, "只有 ref 和 refs 字段能写 options", "only a field of the type ref or refs may have options");
  if (!f.to_any.empty() && (!f.scope.empty() || !f.options.empty()))
    in.wrong(0, "引用多种记录的字段不能写 scope 和 options", "a reference to one of several types has no scope and no options");
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
