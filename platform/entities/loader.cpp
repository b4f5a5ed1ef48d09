#include "entities/loader.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/strings.hpp"
#include "entities/children.hpp"
#include "entities/key_descriptions.hpp"
#include "entities/loader_messages.hpp"
#include "entities/loader_offers.hpp"
#include "entities/loader_parts.hpp"
#include "entities/loader_statistics.hpp"
#include "entities/schema.hpp"

namespace civitas::entities {

namespace {

namespace fs = std::filesystem;

bool is_word(std::string_view name) {
  if (name.empty() || name.size() > 40 || !(name[0] >= 'a' && name[0] <= 'z')) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
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
  e.line = node.line;
  e.was = in.text("was");
  if (!e.was.empty() && e.was.find('/') == e.was.npos) e.was = system + "/" + e.was;
  if (!e.was.empty() && (!is_word(e.was.substr(0, e.was.find('/'))) || !is_word(e.was.substr(e.was.find('/') + 1))))
    in.wrong(0, "was 应为以前的名称或 系统/名称：" + e.was, "was is a former name, or system/name: " + e.was);
  e.title = in.title("title");
  e.title_field = in.text("title_field", "name");
  for (const YamlNode* item : in.items("fields")) e.fields.push_back(read_field(*item, system, file, mistakes));
  check_once(e.fields, file, node.line, mistakes);
  if (const YamlNode* list = in.get("list")) e.list = read_list(*list, file, mistakes);
  e.views = read_views(in, file, mistakes);
  e.related = read_related(in, file, mistakes);
  for (const YamlNode* item : in.items("form")) {
    MapReader s(*item, file, mistakes);
    e.form.push_back({s.title("title"), s.words("fields")});
    s.finish();
  }
  if (const YamlNode* process = in.get("process")) e.process = read_process(*process, file, mistakes);
  for (const YamlNode* item : in.items("access")) e.access.push_back(read_access(*item, file, mistakes));
  for (const YamlNode* item : in.items("statistics"))
    e.statistics.push_back(read_statistics(*item, file, mistakes));
  for (const YamlNode* item : in.items("documents")) {
    MapReader d(*item, file, mistakes);
    e.documents.push_back({read_name(d, "name"), d.title("title"), d.text("when")});
    d.finish();
  }
  e.flags = read_flags(in, file, mistakes);
  for (const YamlNode* one : in.items_or_one("limit")) {
    MapReader l(*one, file, mistakes);
    e.limits.push_back({l.required_text("of"), l.required_text("at_most"), l.text("while"), one->line});
    l.finish();
  }
  e.hooks_line = line_of(node, node.find("before_write") ? "before_write" : "after_write");
  e.before_write = in.words("before_write");
  e.after_write = in.words("after_write");
  e.history = in.choice("history", {"both", "none"}, "both") != "none";
  if (const YamlNode* open = in.get("open")) {
    MapReader o(*open, file, mistakes);
    e.open_line = open->line;
    e.open_attributes = o.flag("attributes");
    e.open_features = o.flag("features");
    e.open_filter = o.text("filter");
    o.finish();
  }
  if (const YamlNode* portal = in.get("portal")) e.portal = read_portal(*portal, file, mistakes);
  if (const YamlNode* verify = in.get("verify")) e.verify = read_verify(*verify, file, mistakes);
  if (const YamlNode* inbound = in.get("inbound")) e.inbound = read_inbound(*inbound, file, mistakes);
  e.pushes = read_pushes(in, file, mistakes);
  e.tell = read_record_tells(in, file, mistakes);
  in.finish();

  check_words(e, {e.title_field}, "title_field", node.line, mistakes);
  check_words(e, e.list.columns, "list.columns", line_of(node, "list"), mistakes);
  check_words(e, e.list.filters, "list.filters", line_of(node, "list"), mistakes);
  check_words(e, e.list.sort, "list.sort", line_of(node, "list"), mistakes);
  check_fields(e, mistakes);
  check_filters(e, e.list.filters, line_of(node, "list"), mistakes);
  for (const auto& view : e.views) check_filters(e, view.filters, view.line, mistakes);
  const auto one_value = [&](std::string name, const char* where, int line) {
    if (name.starts_with('-')) name.erase(0, 1);
    if (const Field* f = e.field(name); f && ChildTable::has_table(*f))
      mistakes.add(file, line, std::string(where) + " 里的字段 " + name + " 有多个值",
                   std::string(where) + " names " + name + ", which has several values");
  };
  for (const auto& name : e.list.sort) one_value(name, "list.sort", line_of(node, "list"));
  one_value(e.title_field, "title_field", node.line);
  const auto in_clear = [&](std::string name, const char* where, int line) {
    if (name.starts_with('-')) name.erase(0, 1);
    if (const Field* f = e.field(name); f && f->sealed)
      mistakes.add(file, line, std::string(where) + " 不能用加密保存的字段 " + name,
                   std::string(where) + " cannot use " + name + ", which is encrypted at rest");
  };
  in_clear(e.title_field, "title_field", node.line);
  for (const auto& name : e.list.sort) in_clear(name, "list.sort", line_of(node, "list"));
  for (const auto& f : e.fields)
    for (const auto& other : e.fields)
      if (other.sealed && f.rule.find("{" + other.name) != f.rule.npos) in_clear(other.name, "rule", f.line);
  for (const auto& f : e.fields)
    for (const auto& name : f.unique_with) one_value(name, "unique", f.line);
  if (!e.list.map.empty()) {
    check_words(e, {e.list.map}, "list.map", line_of(node, "list"), mistakes);
    if (const Field* map = e.field(e.list.map); map && !is_spatial(map->type))
      mistakes.add(file, line_of(node, "list"), "list.map 应为空间字段", "list.map must be a spatial field");
  }
  if (!e.list.symbol.empty()) {
    check_words(e, {e.list.symbol}, "list.symbol", line_of(node, "list"), mistakes);
    if (const Field* by = e.field(e.list.symbol); by && by->type != FieldType::term)
      mistakes.add(file, line_of(node, "list"), "list.symbol 应为代码字段", "list.symbol must be a term");
    if (e.list.map.empty())
      mistakes.add(file, line_of(node, "list"), "list.symbol 要先写 list.map", "list.symbol needs list.map");
  }
  for (const auto& section : e.form) check_words(e, section.fields, "form", line_of(node, "form"), mistakes);
  for (const auto& a : e.access) check_words(e, a.fields, "access.fields", a.line, mistakes);
  for (const auto& f : e.fields)
    check_words(e, f.unique_with, "unique", f.line, mistakes);
  check_once(e.views, file, node.line, mistakes);
  check_views(e, line_of(node, "list"), mistakes);
  if (e.process) check_process(e, *e.process, mistakes, line_of(node, "process"));
  check_portal(e, mistakes);
  if (e.form.empty()) {
    FormSection all{{"基本信息", "Facts"}, {}};
    for (const auto& f : e.fields) all.fields.push_back(f.name);
    e.form.push_back(std::move(all));
  }
  return e;
}

std::string read_symbol(MapReader& in) {
  std::string symbol = in.text("symbol");
  const auto& known = map_symbols();
  if (symbol.empty() || std::find(known.begin(), known.end(), symbol) != known.end()) return symbol;
  const std::string meant(nearest_word(symbol, known));
  in.wrong(0, "没有符号 " + symbol + (meant.empty() ? "" : "，是否想写 " + meant),
           "there is no symbol " + symbol + (meant.empty() ? "" : "; did you mean " + meant));
  return symbol;
}

TermList read_terms(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  TermList list;
  list.name = read_name(in, "terms");
  list.title = in.title("title");
  for (const YamlNode* item : in.items("codes")) {
    MapReader c(*item, file, mistakes);
    list.codes.push_back({c.required_text("code"), c.title("title"), c.text("parent"), read_symbol(c)});
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
  // Addresses are /api/v1/{system}/{record type}; these first words are the platform's own.
  static const std::set<std::string> taken{"audit",  "cases", "dashboards", "files",   "follow",   "ground", "jobs", "meta",
                                           "notices", "password",  "portal",  "search",   "session",
                                           "sessions", "tasks",    "test",    "totp",     "verify", "views"};
  if (taken.contains(out.name))
    in.wrong(0, "系统不能叫 " + out.name + "：这个词是平台自己的地址",
             "a system cannot be named " + out.name + ": the platform has addresses of that name");
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
  for (const YamlNode* item : in.items("portal")) out.portal_pages.push_back(read_portal_page(*item, file, mistakes));
  out.templates = read_templates(in, file, mistakes);
  out.jobs = read_jobs(in, file, mistakes);
  out.hooks = read_added_hooks(in, file, mistakes);
  out.offers = read_offers(in, out.name, file, mistakes);
  out.calls = read_needs(in, file, mistakes);
  out.profile = read_profile(in, file, mistakes);
  out.scopes = read_scopes(in, file, mistakes);
  out.dashboards = read_dashboards(in, file, mistakes);
  for (const YamlNode* group : in.items("menu")) {
    MapReader g(*group, file, mistakes);
    MenuGroup made{g.title("title"), {}};
    for (const YamlNode* item : g.items("items")) {
      MapReader m(*item, file, mistakes);
      made.items.push_back({m.text("entity"), m.text("page"), m.title("title", false), m.words("role"), m.text("view"),
                            m.flag("views"), m.text("dashboard")});
      if (made.items.back().entity.empty() && (!made.items.back().view.empty() || made.items.back().views))
        m.wrong(0, "view 和 views 要与 entity 一起写", "view and views go with an entity");
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

std::string read_name(MapReader& in, std::string_view key) {
  std::string name = in.required_text(key);
  if (!name.empty() && !is_word(name))
    in.wrong(0, std::string(key) + " 只能用小写字母、数字和下划线，至多 40 个：" + name,
             std::string(key) + " has lower-case letters, digits and _ only, at most 40: " + name);
  return name;
}

std::string content_hash(std::string_view text) {
  std::uint64_t h = 1469598103934665603ULL;
  for (unsigned char c : text) h = (h ^ c) * 1099511628211ULL;
  char buffer[20];
  std::snprintf(buffer, sizeof buffer, "%016llx", static_cast<unsigned long long>(h));
  return buffer;
}

Json declarations_schema(std::vector<std::string>* undescribed) {
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
  const auto explained = [&](Json schema, const char* name) {
    for (auto& key : describe_keys(schema, name))
      if (undescribed) undescribed->push_back(std::move(key));
    return schema;
  };
  entity = explained(std::move(entity), "entity");
  Json definitions = Json::object();
  definitions.set("fields", entity["properties"]["fields"]);
  definitions.set("entity", std::move(entity));
  definitions.set("terms", explained(described([&](Mistakes& m) { read_terms(nothing, "", m); }), "terms"));
  definitions.set("system", explained(described([&](Mistakes& m) {
                                        System system;
                                        read_system_file(nothing, "", system, m);
                                      }),
                                      "system"));
  const auto parsed = [](std::string_view text) { return Json::parse(text).value(); };
  definitions.set("overlay", explained(described([&](Mistakes& m) { describe_overlay(nothing, m); }), "overlay"));
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
                        "else": {"if": {"required": ["terms"]}, "then": {"$ref": "#/definitions/terms"}, "else": {"if": {"required": ["overlay"]}, "then": {"$ref": "#/definitions/overlay"}, "else": {"$ref": "#/definitions/system"}}}})");
  out.set("definitions", std::move(definitions));
  return out;
}

System read_system(const std::string& name, const std::vector<Source>& sources, Mistakes& mistakes) {
  System out;
  out.name = name;
  for (const auto& source : sources) {
    const std::string file = name + "/" + source.path;
    auto node = parse_yaml(source.text, file);
    const bool is_system = source.path == "system.yaml", is_terms = source.path.starts_with("terms/");
    std::vector<std::string> hidden;
    if (node && source.overlay)
      hidden = merge_overlay(*node, is_system ? "system" : is_terms ? "terms" : "entity", *source.overlay, mistakes);
    if (!node)
      mistakes.add(file, 1, node.error().message.zh, node.error().message.en);
    else if (is_system)
      read_system_file(*node, file, out, mistakes);
    else if (is_terms)
      out.terms.push_back(read_terms(*node, file, mistakes));
    else {
      out.entities.push_back(read_entity(*node, name, file, mistakes));
      for (auto& f : out.entities.back().fields)
        if (std::ranges::find(hidden, f.name) != hidden.end()) f.hidden = f.read_only = true;
      out.entities.back().hash = content_hash(node->to_json().dump());
    }
  }
  check_once(out.roles, name + "/system.yaml", 1, mistakes);
  check_once(out.scopes, name + "/system.yaml", 1, mistakes);
  for (const auto& e : out.entities)
    if (out.entity(e.name) != &e) mistakes.add(e.file, 1, "重复的记录类型 " + e.name, "repeats the entity " + e.name);
  check_once(out.terms, name + "/terms", 1, mistakes);
  return out;
}

namespace {

std::optional<OverlayFile> overlay_of(const City& city, const std::string& system, const std::string& path,
                                      Mistakes& mistakes) {
  const fs::path file = city.folder / "overlays" / system / path;
  if (city.folder.empty() || !fs::exists(file)) return std::nullopt;
  const std::string shown = city.name() + "/overlays/" + system + "/" + path;
  auto text = read_file(file);
  if (text) return OverlayFile{shown, std::move(*text)};
  mistakes.add(shown, 1, text.error().message.zh, text.error().message.en);
  return std::nullopt;
}

}  // namespace

void check_overlays(const City& city, const std::vector<System>& systems, Mistakes& mistakes) {
  if (city.folder.empty()) return;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(city.folder / "overlays", none)) {
    const std::string name = entry.path().filename().string(), shown = city.name() + "/overlays/" + name;
    const auto system = std::ranges::find(systems, name, &System::name);
    if (system == systems.end()) {
      mistakes.add(shown, 1, "没有系统 " + name, "there is no system " + name);
      continue;
    }
    for (const auto& inner : {entry.path(), entry.path() / "terms"})
      for (const auto& file : yaml_files(inner)) {
        const std::string path = fs::relative(file, entry.path()).string();
        if (!fs::exists(fs::path(system->folder) / path))
          mistakes.add(shown + "/" + path, 1, "系统 " + name + " 没有文件 " + path + "；新的记录类型写在城市自己的系统里",
                       "the system " + name + " has no file " + path +
                           "; new record types belong to a system of the city's own");
      }
  }
}

System load_system(const fs::path& folder, const City& city, Mistakes& mistakes) {
  const std::string name = folder.filename().string();
  std::vector<Source> sources;
  for (const auto& inner : {folder, folder / "terms"})
    for (const auto& file : yaml_files(inner)) {
      const std::string path = fs::relative(file, folder).string();
      auto text = read_file(file);
      if (text)
        sources.push_back({path, std::move(*text), overlay_of(city, name, path, mistakes)});
      else
        mistakes.add(name + "/" + path, 1, text.error().message.zh, text.error().message.en);
    }
  System out = read_system(name, sources, mistakes);
  out.folder = folder.string();
  return out;
}

}  // namespace civitas::entities
