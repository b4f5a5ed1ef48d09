#include "entities/loader.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <set>

#include "base/strings.hpp"
#include "entities/children.hpp"
#include "entities/process_text.hpp"
#include "entities/schema.hpp"

namespace civitas::entities {

namespace {

namespace fs = std::filesystem;

std::optional<FieldType> type_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(FieldType::computed); ++i)
    if (type_name(static_cast<FieldType>(i)) == name) return static_cast<FieldType>(i);
  return std::nullopt;
}

bool is_word(std::string_view name) {
  if (name.empty() || name.size() > 40 || !(name[0] >= 'a' && name[0] <= 'z')) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

/// A name becomes part of tables, addresses and keys, so it is a plain word.
std::string read_name(MapReader& in, std::string_view key) {
  std::string name = in.required_text(key);
  if (!name.empty() && !is_word(name))
    in.wrong(0, std::string(key) + " 只能用小写字母、数字和下划线，至多 40 个：" + name,
             std::string(key) + " has lower-case letters, digits and _ only, at most 40: " + name);
  return name;
}

// What SQLite or PostgreSQL would read as something else where a column is meant.
bool is_reserved(std::string_view name) {
  static const std::set<std::string_view> words{"add",
                                                "all",
                                                "alter",
                                                "analyse",
                                                "analyze",
                                                "and",
                                                "any",
                                                "array",
                                                "as",
                                                "asc",
                                                "asymmetric",
                                                "authorization",
                                                "autoincrement",
                                                "between",
                                                "binary",
                                                "both",
                                                "case",
                                                "cast",
                                                "check",
                                                "collate",
                                                "collation",
                                                "column",
                                                "commit",
                                                "concurrently",
                                                "constraint",
                                                "create",
                                                "cross",
                                                "current_catalog",
                                                "current_date",
                                                "current_role",
                                                "current_schema",
                                                "current_time",
                                                "current_timestamp",
                                                "current_user",
                                                "default",
                                                "deferrable",
                                                "delete",
                                                "desc",
                                                "distinct",
                                                "do",
                                                "drop",
                                                "else",
                                                "end",
                                                "escape",
                                                "except",
                                                "exists",
                                                "false",
                                                "fetch",
                                                "for",
                                                "foreign",
                                                "freeze",
                                                "from",
                                                "full",
                                                "grant",
                                                "group",
                                                "having",
                                                "ilike",
                                                "in",
                                                "index",
                                                "initially",
                                                "inner",
                                                "insert",
                                                "intersect",
                                                "into",
                                                "is",
                                                "isnull",
                                                "join",
                                                "lateral",
                                                "leading",
                                                "left",
                                                "like",
                                                "limit",
                                                "localtime",
                                                "localtimestamp",
                                                "natural",
                                                "not",
                                                "nothing",
                                                "notnull",
                                                "null",
                                                "offset",
                                                "on",
                                                "only",
                                                "or",
                                                "order",
                                                "outer",
                                                "overlaps",
                                                "placing",
                                                "primary",
                                                "references",
                                                "returning",
                                                "right",
                                                "rowid",
                                                "select",
                                                "session_user",
                                                "set",
                                                "similar",
                                                "some",
                                                "symmetric",
                                                "table",
                                                "tablesample",
                                                "then",
                                                "to",
                                                "trailing",
                                                "transaction",
                                                "true",
                                                "union",
                                                "unique",
                                                "update",
                                                "user",
                                                "using",
                                                "values",
                                                "variadic",
                                                "verbose",
                                                "when",
                                                "where",
                                                "window",
                                                "with"};
  return words.contains(name);
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
                                                             {cell.scope, "scope"},
                                                             {cell.read_only, "read_only"},
                                                             {!cell.visible.empty(), "visible"},
                                                             {!cell.required_if.empty(), "required_if"}})
      if (written)
        in.wrong(cell.line, std::string("rows 的列不能写 ") + key, std::string("a column of rows has no ") + key);
  }
}

template <class Items>
void check_once(const Items& items, const std::string& file, int line, Mistakes& mistakes) {
  std::set<std::string_view> seen;
  for (const auto& item : items)
    if (!seen.insert(item.name).second)
      mistakes.add(file, line, "重复的名称 " + item.name, "repeats the name " + item.name);
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
  f.scope = !in.text("scope").empty();
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
  if (f.scope && f.type != FieldType::ref) in.wrong(0, "只有 ref 字段能写 scope", "only a ref field may have a scope");
  if (!f.fields.empty() && f.type != FieldType::rows)
    in.wrong(0, "只有 rows 字段能写 fields", "only a field of rows may have fields");
  check_once(f.fields, file, f.line, mistakes);
  if (f.type == FieldType::rows || f.type == FieldType::refs) check_several(f, in);
  if (f.type == FieldType::code && f.rule.empty()) in.wrong(0, "code 字段要写 rule", "a code field needs a rule");
  in.finish();
  return f;
}

// A small stable digest of the text (FNV-1a): tells definitions apart, protects nothing.
std::string content_hash(std::string_view text) {
  std::uint64_t h = 1469598103934665603ULL;
  for (unsigned char c : text) h = (h ^ c) * 1099511628211ULL;
  char buffer[20];
  std::snprintf(buffer, sizeof buffer, "%016llx", static_cast<unsigned long long>(h));
  return buffer;
}

StateKind read_kind(MapReader& in) {
  const std::string kind = in.choice("kind", {"normal", "stopped", "final", "rejected"}, "normal");
  return kind == "stopped"    ? StateKind::stopped
         : kind == "final"    ? StateKind::final
         : kind == "rejected" ? StateKind::rejected
                              : StateKind::normal;
}

ProcessDeclaration read_process(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  ProcessDeclaration p;
  p.initial = in.required_text("initial");
  p.limit = in.text("limit");
  p.starts = in.text("starts");
  p.remind = in.text("remind");
  for (const YamlNode* item : in.items("states")) {
    MapReader s(*item, file, mistakes);
    State state;
    state.name = read_name(s, "name");
    state.title = s.title("title");
    state.kind = read_kind(s);
    state.within = s.text("within");
    state.remind = s.text("remind");
    state.then = s.text("then");
    state.after = s.text("after");
    state.editable = s.words("editable");
    s.finish();
    p.states.push_back(std::move(state));
  }
  for (const YamlNode* item : in.items("transitions")) {
    MapReader t(*item, file, mistakes);
    Transition out;
    out.line = item->line;
    out.name = read_name(t, "name");
    out.title = t.title("title");
    out.from = t.words("from");
    out.to = t.required_text("to");
    out.roles = t.words("role");
    out.when = t.text("when");
    out.when_message = t.title("else", false);
    for (std::string word : t.words("form")) {
      const bool required = word.ends_with('!');
      if (required) word.pop_back();
      if (word == "comment") {
        out.comment = true;
        out.comment_required = required;
        continue;
      }
      out.form.push_back({std::move(word), required});
    }
    out.danger = t.flag("danger");
    out.actions = t.words("do");
    out.copies = t.words("copies");
    if (out.roles.empty())
      t.wrong(0, "流转 " + out.name + " 没有写 role", "the transition " + out.name + " names no role");
    t.finish();
    p.transitions.push_back(std::move(out));
  }
  in.finish();
  check_once(p.states, file, node.line, mistakes);
  check_once(p.transitions, file, node.line, mistakes);
  p.text = node.to_json().dump();
  p.hash = content_hash(p.text);
  return p;
}

// References inside one process: states and transitions that exist, states that can be reached, no dead ends.
void check_process(const Entity& e, const ProcessDeclaration& p, Mistakes& mistakes, int line) {
  const auto wrong = [&](int at, std::string zh, std::string en) {
    mistakes.add(e.file, at ? at : line, std::move(zh), std::move(en));
  };
  std::vector<std::string> names;
  for (const auto& s : p.states) names.push_back(s.name);
  const auto check_state = [&](const std::string& name, int at) {
    if (p.state(name)) return;
    const std::string meant(nearest_word(name, names));
    wrong(at, "没有状态 " + name + (meant.empty() ? "" : "，是否想写 " + meant),
          "no state " + name + (meant.empty() ? "" : "; did you mean " + meant));
  };
  check_state(p.initial, 0);
  std::map<std::string_view, std::vector<std::string_view>> leads_to;
  for (const auto& t : p.transitions)
    for (const auto& from : t.from) leads_to[from].push_back(t.to);
  std::set<std::string_view> reached{p.initial};
  for (std::vector<std::string_view> next{p.initial}; !next.empty();) {
    const auto at = next.back();
    next.pop_back();
    for (const auto& to : leads_to[at])
      if (reached.insert(to).second) next.push_back(to);
  }
  for (const auto& t : p.transitions) {
    check_state(t.to, t.line);
    for (const auto& from : t.from) check_state(from, t.line);
    for (const auto& f : t.form)
      if (!e.field(f.name)) wrong(t.line, "表单里没有字段 " + f.name, "the form names no field " + f.name);
  }
  for (const auto& s : p.states) {
    if (!reached.contains(s.name))
      wrong(0, "状态 " + s.name + " 无法到达", "the state " + s.name + " cannot be reached");
    const bool ends = s.kind == StateKind::final || s.kind == StateKind::rejected;
    const bool leaves = leads_to.contains(s.name);
    if (!ends && !leaves) wrong(0, "状态 " + s.name + " 没有出路", "the state " + s.name + " is a dead end");
    if (!s.then.empty() && !p.transition(s.then)) wrong(0, "没有流转 " + s.then, "no transition " + s.then);
    for (const auto& f : s.editable)
      if (!e.field(f)) wrong(0, "没有字段 " + f, "no field " + f);
  }
}

AccessRule read_access(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  AccessRule a;
  a.line = node.line;
  a.role = in.required_text("role");
  a.read = in.text("read");
  a.write = in.text("write");
  a.create = in.text("create");
  a.remove = in.text("remove");
  a.fields = in.words("fields");
  a.unmasked = in.words("unmasked");
  in.finish();
  return a;
}

void check_words(const Entity& e, const std::vector<std::string>& words, const char* where, int line,
                 Mistakes& mistakes) {
  static const std::vector<std::string> common{"id",      "state",      "created_at", "updated_at",
                                               "version", "valid_from", "valid_to"};
  std::vector<std::string> known = common;
  for (const auto& f : e.fields) known.push_back(f.name);
  for (std::string word : words) {
    if (word.starts_with('-')) word.erase(0, 1);
    if (std::find(known.begin(), known.end(), word) != known.end()) continue;
    const std::string meant(nearest_word(word, known));
    mistakes.add(e.file, line,
                 std::string(where) + " 里没有字段 " + word + (meant.empty() ? "" : "，是否想写 " + meant),
                 std::string(where) + " names no field " + word + (meant.empty() ? "" : "; did you mean " + meant));
  }
}

int line_of(const YamlNode& node, std::string_view key) {
  const YamlNode* found = node.find(key);
  return found ? found->line : node.line;
}

Entity read_entity(const YamlNode& node, const std::string& system, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  Entity e;
  e.system = system;
  e.file = file;
  e.name = read_name(in, "entity");
  e.table = system + "_" + e.name;
  e.title = in.title("title");
  e.title_field = in.text("title_field", "name");
  for (const YamlNode* item : in.items("fields")) e.fields.push_back(read_field(*item, system, file, mistakes));
  check_once(e.fields, file, node.line, mistakes);
  if (const YamlNode* list = in.get("list")) {
    MapReader l(*list, file, mistakes);
    e.list = {l.words("columns"), l.words("filters"), l.words("sort"), l.text("map")};
    l.finish();
  }
  for (const YamlNode* item : in.items("form")) {
    MapReader s(*item, file, mistakes);
    e.form.push_back({s.title("title"), s.words("fields")});
    s.finish();
  }
  if (const YamlNode* process = in.get("process")) e.process = read_process(*process, file, mistakes);
  for (const YamlNode* item : in.items("access")) e.access.push_back(read_access(*item, file, mistakes));
  for (const YamlNode* item : in.items("statistics")) {
    MapReader s(*item, file, mistakes);
    e.statistics.push_back({read_name(s, "name"), s.title("title"), s.words("group"), s.text("measure", "count"),
                            s.choice("chart", {"bar", "line", "pie"}, "bar")});
    check_words(e, e.statistics.back().group, "statistics", item->line, mistakes);
    s.finish();
  }
  for (const YamlNode* item : in.items("documents")) {
    MapReader d(*item, file, mistakes);
    e.documents.push_back({read_name(d, "name"), d.title("title"), d.text("when")});
    d.finish();
  }
  e.before_write = in.words("before_write");
  e.after_write = in.words("after_write");
  e.history = in.choice("history", {"both", "none"}, "both") != "none";
  if (const YamlNode* open = in.get("open")) {
    MapReader o(*open, file, mistakes);
    e.open_attributes = o.flag("attributes");
    e.open_features = o.flag("features");
    e.open_filter = o.text("filter");
    o.finish();
  }
  in.finish();

  check_words(e, {e.title_field}, "title_field", node.line, mistakes);
  check_words(e, e.list.columns, "list.columns", line_of(node, "list"), mistakes);
  check_words(e, e.list.filters, "list.filters", line_of(node, "list"), mistakes);
  check_words(e, e.list.sort, "list.sort", line_of(node, "list"), mistakes);
  const auto one_value = [&](std::string name, const char* where, int line) {
    if (name.starts_with('-')) name.erase(0, 1);
    if (const Field* f = e.field(name); f && ChildTable::has_table(*f))
      mistakes.add(file, line, std::string(where) + " 里的字段 " + name + " 有多个值",
                   std::string(where) + " names " + name + ", which has several values");
  };
  for (const auto& name : e.list.sort) one_value(name, "list.sort", line_of(node, "list"));
  for (const auto& s : e.statistics)
    for (const auto& name : s.group) one_value(name, "statistics", line_of(node, "statistics"));
  one_value(e.title_field, "title_field", node.line);
  for (const auto& f : e.fields) one_value(f.unique_within, "unique", f.line);
  if (!e.list.map.empty()) {
    check_words(e, {e.list.map}, "list.map", line_of(node, "list"), mistakes);
    if (const Field* map = e.field(e.list.map); map && !is_spatial(map->type))
      mistakes.add(file, line_of(node, "list"), "list.map 应为空间字段", "list.map must be a spatial field");
  }
  for (const auto& section : e.form) check_words(e, section.fields, "form", line_of(node, "form"), mistakes);
  for (const auto& a : e.access) check_words(e, a.fields, "access.fields", a.line, mistakes);
  for (const auto& f : e.fields)
    if (!f.unique_within.empty()) check_words(e, {f.unique_within}, "unique", f.line, mistakes);
  if (e.process) check_process(e, *e.process, mistakes, line_of(node, "process"));
  if (e.form.empty()) {
    FormSection all{{"基本信息", "Facts"}, {}};
    for (const auto& f : e.fields) all.fields.push_back(f.name);
    e.form.push_back(std::move(all));
  }
  return e;
}

TermList read_terms(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  TermList list;
  list.name = read_name(in, "terms");
  list.title = in.title("title");
  for (const YamlNode* item : in.items("codes")) {
    MapReader c(*item, file, mistakes);
    list.codes.push_back({c.required_text("code"), c.title("title"), c.text("parent")});
    c.finish();
  }
  in.finish();
  std::set<std::string_view> codes;
  for (const auto& c : list.codes)
    if (!codes.insert(c.code).second)
      mistakes.add(file, node.line, "重复的代码 " + c.code, "repeats the code " + c.code);
  return list;
}

void read_system_file(const YamlNode& node, const std::string& file, System& out, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  if (in.required_text("system") != out.name) in.wrong(0, "system 应与文件夹同名", "system must be the folder's name");
  if (!is_word(out.name))
    in.wrong(0, "文件夹名只能用小写字母、数字和下划线", "the folder's name has lower-case letters, digits and _ only");
  out.title = in.title("title");
  const double order = in.number("order").value_or(100);
  if (std::abs(order) > 1'000'000) in.wrong(0, "order 过大", "order is too large");
  out.order = static_cast<int>(std::clamp(order, -1e6, 1e6));
  for (const YamlNode* item : in.items("roles")) {
    MapReader r(*item, file, mistakes);
    out.roles.push_back({read_name(r, "name"), r.title("title"), r.text("power")});
    r.finish();
  }
  for (const YamlNode* item : in.items("subscriptions")) {
    MapReader s(*item, file, mistakes);
    out.subscriptions.push_back({s.required_text("to"), s.words("acts"), s.required_text("do"), item->line});
    s.finish();
  }
  for (const YamlNode* group : in.items("menu")) {
    MapReader g(*group, file, mistakes);
    MenuGroup made{g.title("title"), {}};
    for (const YamlNode* item : g.items("items")) {
      MapReader m(*item, file, mistakes);
      made.items.push_back({m.text("entity"), m.text("page"), m.title("title", false), m.words("role")});
      for (const auto& role : made.items.back().roles)
        if (std::none_of(out.roles.begin(), out.roles.end(), [&](const Role& known) { return known.name == role; }))
          m.wrong(0, "没有角色 " + role, "there is no role " + role);
      m.finish();
    }
    g.finish();
    out.menu.push_back(std::move(made));
  }
  in.finish();
}

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

Result<ProcessDeclaration> read_process_text(const std::string& text, const std::string& name) {
  CIVITAS_TRY(const YamlNode node, parse_yaml(text, name));  // JSON is YAML
  Mistakes mistakes;
  ProcessDeclaration p = read_process(node, name, mistakes);
  if (!mistakes.none()) return fail(mistakes.to_problem());
  return p;
}

Json declarations_schema() {
  const auto described = [](const auto& read) {
    Mistakes ignored;
    Shape shape;
    shape.kind = Shape::Kind::object;
    ignored.describe(&shape);
    read(ignored);
    return shape.schema();
  };
  const YamlNode nothing = [] {
    YamlNode made;
    made.type = YamlNode::Type::map;
    return made;
  }();
  Json entity = described([&](Mistakes& m) { read_entity(nothing, "", "", m); });
  Json definitions = Json::object();
  definitions.set("fields", entity["properties"]["fields"]);
  definitions.set("entity", std::move(entity));
  definitions.set("terms", described([&](Mistakes& m) { read_terms(nothing, "", m); }));
  definitions.set("system", described([&](Mistakes& m) {
                    System system;
                    read_system_file(nothing, "", system, m);
                  }));
  const auto parsed = [](std::string_view text) { return Json::parse(text).value(); };
  definitions.set("text", parsed(R"({"type": ["string", "number", "boolean"]})"));
  definitions.set("title", parsed(R"({"type": "object", "additionalProperties": false, "required": ["zh", "en"],
                                      "properties": {"zh": {"type": ["string", "number"]}, "en": {"type": ["string", "number"]}}})"));
  definitions.set(
      "words",
      parsed(
          R"({"anyOf": [{"$ref": "#/definitions/text"}, {"type": "array", "items": {"$ref": "#/definitions/text"}}]})"));
  // By its first key a file says what it declares.
  Json out = parsed(R"({"$schema": "http://json-schema.org/draft-07/schema#", "title": "Civitas declarations",
                        "if": {"required": ["entity"]}, "then": {"$ref": "#/definitions/entity"},
                        "else": {"if": {"required": ["terms"]}, "then": {"$ref": "#/definitions/terms"}, "else": {"$ref": "#/definitions/system"}}})");
  out.set("definitions", std::move(definitions));
  return out;
}

System read_system(const std::string& name, const std::vector<Source>& sources, Mistakes& mistakes) {
  System out;
  out.name = name;
  for (const auto& source : sources) {
    const std::string file = name + "/" + source.path;
    const auto node = parse_yaml(source.text, file);
    if (!node)
      mistakes.add(file, 1, node.error().message.zh, node.error().message.en);
    else if (source.path == "system.yaml")
      read_system_file(*node, file, out, mistakes);
    else if (source.path.starts_with("terms/"))
      out.terms.push_back(read_terms(*node, file, mistakes));
    else {
      out.entities.push_back(read_entity(*node, name, file, mistakes));
      out.entities.back().hash = content_hash(node->to_json().dump());
    }
  }
  check_once(out.roles, name + "/system.yaml", 1, mistakes);
  for (const auto& e : out.entities)
    if (out.entity(e.name) != &e) mistakes.add(e.file, 1, "重复的记录类型 " + e.name, "repeats the entity " + e.name);
  check_once(out.terms, name + "/terms", 1, mistakes);
  return out;
}

System load_system(const fs::path& folder, Mistakes& mistakes) {
  const std::string name = folder.filename().string();
  std::vector<Source> sources;
  for (const auto& inner : {folder, folder / "terms"})
    for (const auto& file : yaml_files(inner)) {
      const std::string path = fs::relative(file, folder).string();
      auto text = read_file(file);
      if (text)
        sources.push_back({path, std::move(*text)});
      else
        mistakes.add(name + "/" + path, 1, text.error().message.zh, text.error().message.en);
    }
  System out = read_system(name, sources, mistakes);
  out.folder = folder.string();
  return out;
}

}  // namespace civitas::entities
