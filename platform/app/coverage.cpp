#include "app/coverage.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/strings.hpp"
#include "base/yaml.hpp"

namespace civitas::app {

namespace fs = std::filesystem;

namespace {

std::string text_of(const YamlNode& node, std::string_view key) {
  const YamlNode* found = node.find(key);
  return found && found->is_scalar() ? found->scalar : "";
}

std::vector<std::string> words_of(const YamlNode& node, std::string_view key) {
  std::vector<std::string> out;
  if (const YamlNode* found = node.find(key))
    for (const auto& item : found->items) out.push_back(item.scalar);
  return out;
}

// account → its permission sets, "owner" for citizens.
Result<std::map<std::string, std::set<std::string>>> people_of(const entities::Catalog& catalog) {
  std::map<std::string, std::vector<std::string>> roles;
  std::map<std::string, std::set<std::string>> people;
  std::vector<YamlNode> files;
  for (const auto& system : catalog.systems()) {
    const fs::path file = fs::path(system.folder) / "demo/demo.yaml";
    if (!fs::exists(file)) continue;
    CIVITAS_TRY(files.emplace_back(), read_yaml(file));
  }
  for (const auto& file : files)
    if (const YamlNode* list = file.find("roles"))
      for (const auto& role : list->items) roles[text_of(role, "name")] = words_of(role, "permissions");
  for (const auto& file : files)
    if (const YamlNode* list = file.find("people"))
      for (const auto& person : list->items) {
        auto& sets = people[text_of(person, "account")];
        if (text_of(person, "kind") == "citizen") sets.insert("owner");
        for (const auto& role : words_of(person, "roles")) sets.insert(roles[role].begin(), roles[role].end());
      }
  return people;
}

// The least status that a step expects; 0 when it does not say.
int expected_status(const YamlNode& step) {
  const YamlNode* expect = step.find("expect");
  if (!expect) return 0;
  const YamlNode* status = expect->is_map() ? expect->find("status") : expect;
  if (status && status->is_map())
    if (const YamlNode* any = status->find("$any"); any && !any->items.empty()) status = &any->items[0];
  return status && status->is_scalar() ? static_cast<int>(parse_integer(status->scalar).value_or(0)) : 0;
}

}  // namespace

Result<std::vector<Text>> steps_without_scenario(const entities::Catalog& catalog) {
  CIVITAS_TRY(const auto people, people_of(catalog));
  std::vector<Text> out;
  std::set<std::string> taken, refused;  // "entity transition role", "entity transition"
  for (const auto& system : catalog.systems()) {
    const fs::path folder = fs::path(system.folder) / "tests";
    if (!fs::is_directory(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".yaml") continue;
      const auto scenario = read_yaml(entry.path());
      if (!scenario) {
        out.push_back({"场景无法读取：" + scenario.error().message.zh,
                       "a scenario cannot be read: " + scenario.error().message.en});
        continue;
      }
      const YamlNode* steps = scenario->find("steps");
      for (const auto& step : steps ? steps->items : std::vector<YamlNode>{}) {
        const std::string address = text_of(step, "post");
        const auto parts = split(address, '/');  // "", api, v1, system, entity, id, transitions, name
        if (parts.size() != 8 || parts[6] != "transitions") continue;
        const std::string what = std::string(parts[3]) + "/" + std::string(parts[4]) + " " + std::string(parts[7]);
        const int status = expected_status(step);
        if (status >= 400) refused.insert(what);
        if (status >= 300) continue;
        const std::string account = text_of(step, "as");
        const auto person = people.find(account);
        if (person == people.end())
          taken.insert(what + " owner");  // registered in the scenario itself
        else
          for (const auto& role : person->second) taken.insert(what + " " + role);
      }
    }
  }
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities) {
      if (!e.process) continue;
      for (const auto& t : e.process->transitions) {
        if (t.call && !catalog.contract(t.call->offer)) continue;  // nobody can take it
        const std::string what = e.path() + " " + t.name;
        // What happens by itself has happened before anybody takes it.
        const bool by_itself = t.automatic || std::ranges::find(t.roles, "system") != t.roles.end();
        for (const auto& role : t.roles)
          if (!by_itself && !taken.contains(what + " " + (role == "owner" ? role : e.system + "." + role)))
            out.push_back({e.path() + "：没有场景由 " + role + " 办理“" + t.title.zh + "”（" + t.name + "）",
                           e.path() + ": " + t.name + " (" + role + ") is taken in no scenario"});
        if (!t.roles.empty() && !refused.contains(what))
          out.push_back({e.path() + "：没有场景拒绝“" + t.title.zh + "”（" + t.name + "）",
                         e.path() + ": " + t.name + " is refused in no scenario"});
      }
    }
  return out;
}

}  // namespace civitas::app
