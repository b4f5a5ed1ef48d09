#include <algorithm>
#include <array>

#include "base/strings.hpp"
#include "base/yaml.hpp"
#include "place_names/engine/name_check.hpp"

namespace civitas::place_names {

namespace {

constexpr std::size_t kind_count = 11;

Problem at_line(const std::string& file, int line, const char* reason, const std::string& zh, const std::string& en) {
  const auto where = file + ":" + std::to_string(line);
  return invalid(reason, where + " " + zh, where + ": " + en);
}

std::optional<Severity> parse_severity(std::string_view text) {
  if (text == "block") return Severity::block;
  if (text == "warn") return Severity::warn;
  if (text == "off") return Severity::none;
  return std::nullopt;
}

std::optional<Scope> parse_scope(std::string_view text) {
  static constexpr std::array<std::string_view, 7> names{"off",    "nation",   "province",     "city",
                                                         "county", "township", "built_up_area"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<Scope>(i);
  return std::nullopt;
}

std::vector<std::string> texts(const YamlNode* node) {
  std::vector<std::string> list;
  if (node)
    for (const auto& item : node->items) list.push_back(item.scalar);
  return list;
}

Result<Rule> read_rule(const std::filesystem::path& file) {
  CIVITAS_TRY(const auto root, read_yaml(file));
  const auto name = file.filename().string();
  static constexpr std::array<std::string_view, 10> keys{"id",    "title",  "severity", "kind",     "parameters",
                                                         "scope", "source", "enabled",  "examples", "severity_by_kind"};
  for (const auto& [key, value] : root.members)
    if (std::find(keys.begin(), keys.end(), key.scalar) == keys.end())
      return fail(at_line(name, key.line, "place_names.rule.unknown_key", "未知的键 " + key.scalar,
                          "unknown key " + key.scalar));
  for (auto needed : {"id", "title", "severity", "kind", "source", "examples"})
    if (!root.find(needed))
      return fail(at_line(name, root.line, "place_names.rule.missing", std::string("缺少 ") + needed,
                          std::string(needed) + " is missing"));
  auto bad = [&](const YamlNode& node) {
    return at_line(name, node.line, "place_names.rule.syntax", "值“" + node.scalar + "”无效",
                   "invalid value \"" + node.scalar + "\"");
  };
  Rule rule;
  rule.id = root.find("id")->scalar;
  const auto* title = root.find("title");
  if (!title->find("zh") || !title->find("en")) return fail(bad(*title));
  rule.title = {title->find("zh")->scalar, title->find("en")->scalar};
  const auto severity = parse_severity(root.find("severity")->scalar);
  if (!severity) return fail(bad(*root.find("severity")));
  rule.severity = *severity;
  rule.kind = root.find("kind")->scalar;
  if (const auto* p = root.find("parameters")) rule.parameters = p->to_json();
  rule.source = root.find("source")->scalar;
  if (const auto* e = root.find("enabled")) rule.enabled = e->scalar != "false";
  rule.scope.assign(kind_count, root.find("scope") ? Scope::off : Scope::city);
  rule.by_kind.assign(kind_count, Severity::none);
  auto by_kind = [&](const YamlNode* map, auto use) -> Status {
    if (!map) return {};
    for (const auto& [key, value] : map->members) {
      const auto kind = parse_legal_kind(key.scalar);
      if (!kind) return fail(bad(key));
      if (!use(static_cast<std::size_t>(*kind), value)) return fail(bad(value));
    }
    return {};
  };
  CIVITAS_CHECK(by_kind(root.find("scope"), [&](std::size_t kind, const YamlNode& value) {
    const auto scope = parse_scope(value.scalar);
    if (scope) rule.scope[kind] = *scope;
    return scope.has_value();
  }));
  CIVITAS_CHECK(by_kind(root.find("severity_by_kind"), [&](std::size_t kind, const YamlNode& value) {
    const auto s = parse_severity(value.scalar);
    if (s) rule.by_kind[kind] = *s;
    return s.has_value();
  }));
  const auto* examples = root.find("examples");
  rule.examples.pass = texts(examples->find("pass"));
  rule.examples.refuse = texts(examples->find("refuse"));
  rule.examples.existing = texts(examples->find("existing"));
  auto text = [&](const char* key) {
    const auto* node = examples->find(key);
    return node ? node->scalar : std::string();
  };
  rule.examples.division = text("division");
  rule.examples.category = text("category");
  rule.examples.legal_kind = text("legal_kind");
  rule.examples.own = text("own");
  return rule;
}

template <class Use>
Status each_file(const std::filesystem::path& folder, std::string_view extension, Use use) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == extension) files.push_back(entry.path());
  if (error)
    return fail(
        problem(Kind::not_found, "base.file.unreadable", "无法读取规则目录。", "Cannot read the folder of rules.")
            .with_detail(folder.string()));
  std::sort(files.begin(), files.end());
  for (const auto& file : files) CIVITAS_CHECK(use(file));
  return {};
}

}  // namespace

Result<std::vector<Rule>> read_rules(const std::filesystem::path& folder) {
  std::vector<Rule> rules;
  CIVITAS_CHECK(each_file(folder, ".yaml", [&](const auto& file) -> Status {
    CIVITAS_TRY(auto rule, read_rule(file));
    rules.push_back(std::move(rule));
    return {};
  }));
  return rules;
}

Result<std::vector<RestrictedWord>> read_word_lists(const std::filesystem::path& folder) {
  std::vector<RestrictedWord> words;
  CIVITAS_CHECK(each_file(folder, ".tsv", [&](const std::filesystem::path& file) -> Status {
    CIVITAS_TRY(const auto content, read_file(file));
    int number = 0;
    for (auto line : split(content, '\n')) {
      ++number;
      line = trim(line);
      if (line.empty() || line.starts_with("#") || line.starts_with("word\t")) continue;
      const auto fields = split(line, '\t');
      const auto severity = fields.size() >= 2 ? parse_severity(fields[1]) : std::nullopt;
      if (!severity || fields[0].empty())
        return fail(at_line(file.filename().string(), number, "place_names.rule.syntax",
                            "应为：词、severity、来源、标记", "expected word, severity, source, mark"));
      words.push_back({std::string(fields[0]), file.stem().string(), *severity,
                       fields.size() > 2 ? std::string(fields[2]) : "", true});
    }
    return {};
  }));
  return words;
}

}  // namespace civitas::place_names
