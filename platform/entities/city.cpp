#include "entities/city.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "entities/declaration.hpp"
#include "entities/loader_parts.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

namespace {

bool are_numbers(const Json& value, std::size_t count) {
  return value.is_array() && value.as_array().size() == count &&
         std::ranges::all_of(value.as_array(), [](const Json& one) { return one.is_number(); });
}

Json read_map(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  Json out = Json::object();
  for (const auto& [key, count] : {std::pair{"center", 2}, {"extent", 4}})
    if (const YamlNode* given = in.get(key)) {
      Json value = given->to_json();
      if (are_numbers(value, static_cast<std::size_t>(count)))
        out.set(key, std::move(value));
      else
        mistakes.add(file, given->line, std::string(key) + " 应为 " + std::to_string(count) + " 个数",
                     std::string(key) + " is " + std::to_string(count) + " numbers");
    }
  if (const auto zoom = in.number("zoom")) out.set("zoom", Json(*zoom));
  if (const YamlNode* base = in.get("base")) out.set("base", base->to_json());
  in.finish();
  return out;
}

// Files lie in the city's folder: what is outside of it is not the city's to publish.
std::vector<GroundFile> read_ground(MapReader& in, const City& city, Mistakes& mistakes) {
  std::vector<GroundFile> out;
  for (const YamlNode* item : in.items("ground")) {
    MapReader g(*item, city.file, mistakes);
    GroundFile one;
    one.line = item->line;
    g.required_text("kind");
    one.kind = g.choice("kind", ground_kinds(), "");
    const std::string name = g.required_text("file");
    one.source = g.required_text("source");
    g.finish();
    const std::filesystem::path path(name);
    const bool inside = path.is_relative() && std::ranges::find(path, std::filesystem::path("..")) == path.end();
    one.file = city.folder / path;
    if (!name.empty() && (!inside || !std::filesystem::is_regular_file(one.file)))
      mistakes.add(city.file, item->line, "本目录中没有文件 " + name, "there is no file " + name + " in this folder");
    out.push_back(std::move(one));
  }
  return out;
}

std::string meant(std::string_view word, const std::vector<std::string>& known, std::string_view question) {
  const std::string nearest(nearest_word(word, known));
  return nearest.empty() ? "" : std::string(question) + nearest;
}

void apply_codes(const YamlNode& given, const TermList& list, const std::string& file, ProfileValue& value,
                 Mistakes& mistakes) {
  if (!given.is_map())
    return mistakes.add(file, given.line, value.name + " 应按代码表 " + value.of + " 逐项写（代码: 文字）",
                        value.name + " has a text for each code of " + value.of + " (code: text)");
  std::vector<std::string> codes;
  for (const auto& c : list.codes) codes.push_back(c.code);
  for (const auto& [code, text] : given.members) {
    if (!list.find(code.scalar))
      mistakes.add(file, code.line, value.of + " 没有代码 " + code.scalar + meant(code.scalar, codes, "，是否想写 "),
                   value.of + " has no code " + code.scalar + meant(code.scalar, codes, "; did you mean "));
    else if (!text.is_scalar())
      mistakes.add(file, text.line, code.scalar + " 应为文字", code.scalar + " must be text");
    else
      value.by_code[code.scalar] = text.scalar;
  }
}

}  // namespace

const std::vector<std::string>& ground_kinds() {
  static const std::vector<std::string> kinds{"outline", "boundary", "green", "campus", "water", "rail", "road"};
  return kinds;
}

City read_city(const std::filesystem::path& folder, Mistakes& mistakes) {
  City out;
  if (folder.empty()) return out;
  out.folder = folder;
  out.file = std::filesystem::weakly_canonical(folder).filename().string() + "/city.yaml";
  const auto node = read_yaml(folder / "city.yaml");
  if (!node) {
    mistakes.add(out.file, 1, node.error().message.zh, node.error().message.en);
    return out;
  }
  MapReader in(*node, out.file, mistakes);
  out.title = in.title("title");
  if (const YamlNode* map = in.get("map")) out.map = read_map(*map, out.file, mistakes);
  out.ground = read_ground(in, out, mistakes);
  if (const YamlNode* values = in.get("values")) out.values = *values;
  in.finish();
  if (!out.values.is_null() && !out.values.is_map())
    mistakes.add(out.file, out.values.line, "values 应按系统写（系统: {名称: 文字}）",
                 "values are written by system (system: {name: text})");
  return out;
}

void apply_values(const City& city, System& system, Mistakes& mistakes) {
  const YamlNode* given = city.values.is_map() ? city.values.find(system.name) : nullptr;
  if (!given) return;
  if (!given->is_map())
    return mistakes.add(city.file, given->line, system.name + " 应为映射（名称: 文字）",
                        system.name + " must be a map (name: text)");
  std::vector<std::string> names;
  for (const auto& v : system.profile.values) names.push_back(v.name);
  for (const auto& [name, text] : given->members) {
    const auto value = std::ranges::find(system.profile.values, name.scalar, &ProfileValue::name);
    if (value == system.profile.values.end()) {
      mistakes.add(city.file, name.line,
                   system.name + " 的 profile 没有 " + name.scalar + meant(name.scalar, names, "，是否想写 "),
                   "the profile of " + system.name + " has no " + name.scalar +
                       meant(name.scalar, names, "; did you mean "));
    } else if (const TermList* list = value->of.empty() ? nullptr : system.term_list(value->of)) {
      apply_codes(text, *list, city.file, *value, mistakes);
    } else if (value->of.empty() && text.is_scalar()) {
      value->text = text.scalar;
    } else if (value->of.empty()) {
      mistakes.add(city.file, text.line, name.scalar + " 应为文字", name.scalar + " must be text");
    }
  }
}

void check_values(const City& city, const std::vector<System>& systems, Mistakes& mistakes) {
  std::vector<std::string> names;
  for (const auto& s : systems) names.push_back(s.name);
  for (const auto& [name, value] : city.values.members)
    if (std::ranges::find(names, name.scalar) == names.end())
      mistakes.add(city.file, name.line, "没有系统 " + name.scalar + meant(name.scalar, names, "，是否想写 "),
                   "there is no system " + name.scalar + meant(name.scalar, names, "; did you mean "));
}

Profile read_profile(MapReader& in, const std::string& file, Mistakes& mistakes) {
  Profile out;
  for (const YamlNode* item : in.items("profile")) {
    MapReader p(*item, file, mistakes);
    ProfileValue value;
    value.line = item->line;
    value.name = read_name(p, "name");
    value.title = p.title("title");
    value.of = p.text("of");
    value.text = p.text("default");
    for (auto& [code, text] : p.entries("defaults")) value.by_code[code] = text;
    if (value.of.empty() != value.by_code.empty())
      p.wrong(0, "of 和 defaults 应同时写", "of and defaults are written together");
    p.finish();
    out.values.push_back(std::move(value));
  }
  check_once(out.values, file, in.line(), mistakes);
  return out;
}

void expand_profile(System& system, Mistakes& mistakes) {
  const std::string file = system.name + "/system.yaml";
  for (const auto& value : system.profile.values) {
    if (value.of.empty()) continue;
    const TermList* list = system.term_list(value.of);
    if (!list) {
      mistakes.add(file, value.line, "没有代码表 " + value.of, "no code list " + value.of);
      continue;
    }
    for (const auto& c : list->codes)
      if (!value.by_code.contains(c.code))
        mistakes.add(file, value.line, value.name + " 没有代码 " + c.code + " 的文字",
                     value.name + " has no text for the code " + c.code);
  }
  constexpr std::string_view opening = "{profile.";
  for (auto& e : system.entities)
    for (auto& f : e.fields)
      for (std::size_t at = f.rule.find(opening); at != f.rule.npos; at = f.rule.find(opening, at)) {
        const auto end = f.rule.find('}', at);
        const std::string name = f.rule.substr(at + opening.size(), end - at - opening.size());
        const ProfileValue* value = end == f.rule.npos ? nullptr : system.profile.find(name);
        if (!value || !value->of.empty()) {
          mistakes.add(e.file, f.line, "profile 没有文字 " + name, "the profile has no text " + name);
          break;
        }
        if (value->text.find_first_of("{}") != std::string::npos) {
          mistakes.add(e.file, f.line, "编号里的 " + name + " 不能有花括号", name + " has braces, and numbers have none");
          break;
        }
        f.rule.replace(at, end + 1 - at, value->text);
        at += value->text.size();
      }
}

}  // namespace civitas::entities
