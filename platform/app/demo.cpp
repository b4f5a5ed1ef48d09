#include "app/demo.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "base/yaml.hpp"

namespace civitas::app {

namespace fs = std::filesystem;
using entities::Catalog;
using entities::MapReader;
using entities::Mistakes;

namespace {

std::string hint_zh(const std::string& meant) { return meant.empty() ? "" : "，是否想写 " + meant; }
std::string hint_en(const std::string& meant) { return meant.empty() ? "" : "; did you mean " + meant; }

DemoRole read_role(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  DemoRole out{in.required_text("name"), in.words("permissions"), node.line};
  in.finish();
  return out;
}

DemoPerson read_person(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  DemoPerson out;
  out.line = node.line;
  out.account = in.required_text("account");
  out.name = in.required_text("name");
  out.kind = in.choice("kind", {"staff", "citizen"}, "staff");
  out.department = in.text("department");
  out.phone = in.text("phone");
  out.email = in.text("email");
  out.roles = in.words("roles");
  out.divisions = in.words("divisions");
  out.all_divisions = in.flag("all_divisions");
  if (const YamlNode* scopes = in.get("scopes"))
    for (const auto& [dimension, records] : scopes->members) {
      std::vector<std::string> words;
      if (records.is_scalar()) words.push_back(records.scalar);
      for (const auto& item : records.items) words.push_back(item.scalar);
      out.scopes.emplace_back(dimension.scalar, std::move(words));
    }
  in.finish();
  return out;
}

Demo read_demo(const fs::path& folder, Mistakes& mistakes) {
  Demo out;
  out.folder = folder;
  out.file = folder.parent_path().filename().string() + "/demo/demo.yaml";
  const auto node = read_yaml(folder / "demo.yaml");
  if (!node) {
    mistakes.add(out.file, 1, node.error().message.zh, node.error().message.en);
    return out;
  }
  MapReader in(*node, out.file, mistakes);
  for (const YamlNode* role : in.items("roles")) out.roles.push_back(read_role(*role, out.file, mistakes));
  for (const YamlNode* person : in.items("people")) out.people.push_back(read_person(*person, out.file, mistakes));
  for (const YamlNode* table : in.items("tables")) {
    MapReader t(*table, out.file, mistakes);
    out.tables.push_back({t.required_text("entity"), t.required_text("file"), t.text("key"), table->line});
    t.finish();
  }
  out.password = in.text("password");
  in.text("city");  // for city_folder
  if (out.password.empty() && !out.people.empty())
    in.wrong(0, "有 people 就要写 password：他们都用它登录", "people need a password: all of them sign in with it");
  in.finish();
  return out;
}

void check_permissions(const Catalog& catalog, const Demo& demo, Mistakes& mistakes) {
  std::vector<std::string> known;
  for (const auto& system : catalog.systems())
    for (const auto& role : system.roles) known.push_back(system.name + "." + role.name);
  for (const auto& role : demo.roles)
    for (const auto& permission : role.permissions) {
      if (std::find(known.begin(), known.end(), permission) != known.end()) continue;
      const std::string meant(nearest_word(permission, known));
      mistakes.add(demo.file, role.line, "没有权限集 " + permission + "，应写 系统.角色" + hint_zh(meant),
                   "there is no permission set " + permission + "; write SYSTEM.ROLE" + hint_en(meant));
    }
}

void check_people(const Catalog& catalog, const std::vector<Demo>& demos, Mistakes& mistakes) {
  std::vector<std::string> roles;
  std::vector<std::string> accounts;
  for (const auto& demo : demos)
    for (const auto& role : demo.roles) roles.push_back(role.name);
  std::vector<std::string> dimensions;
  for (const auto& system : catalog.systems())
    for (const auto& scope : system.scopes) dimensions.push_back(scope.name);
  for (const auto& demo : demos)
    for (const auto& person : demo.people) {
      if (std::find(accounts.begin(), accounts.end(), person.account) != accounts.end())
        mistakes.add(demo.file, person.line, "账号 " + person.account + " 已有人用",
                     "the account " + person.account + " is taken already");
      accounts.push_back(person.account);
      for (const auto& role : person.roles) {
        if (std::find(roles.begin(), roles.end(), role) != roles.end()) continue;
        const std::string meant(nearest_word(role, roles));
        mistakes.add(demo.file, person.line, "没有角色 " + role + hint_zh(meant), "there is no role " + role + hint_en(meant));
      }
      for (const auto& [dimension, records] : person.scopes) {
        if (std::find(dimensions.begin(), dimensions.end(), dimension) != dimensions.end()) continue;
        const std::string meant(nearest_word(dimension, dimensions));
        mistakes.add(demo.file, person.line, "没有数据范围 " + dimension + hint_zh(meant),
                     "there is no data scope " + dimension + hint_en(meant));
      }
    }
}

void check_tables(const Catalog& catalog, const Demo& demo, Mistakes& mistakes) {
  std::vector<std::string> known;
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities) known.push_back(e.path());
  for (const auto& table : demo.tables) {
    const auto* e = catalog.entity_by_path(table.entity);
    if (!e) {
      const std::string meant(nearest_word(table.entity, known));
      mistakes.add(demo.file, table.line, "没有记录类型 " + table.entity + hint_zh(meant),
                   "no entity " + table.entity + hint_en(meant));
    } else if (!table.key.empty() && !e->field(table.key)) {
      std::vector<std::string> fields;
      for (const auto& f : e->fields) fields.push_back(f.name);
      const std::string meant(nearest_word(table.key, fields));
      mistakes.add(demo.file, table.line, table.entity + " 没有字段 " + table.key + hint_zh(meant),
                   table.entity + " has no field " + table.key + hint_en(meant));
    }
    if (!table.file.empty() && !fs::exists(demo.folder / table.file))
      mistakes.add(demo.file, table.line, "没有文件 " + table.file, "there is no file " + table.file);
  }
}

}  // namespace

std::vector<Demo> read_demos(const Catalog& catalog, Mistakes& mistakes) {
  std::vector<fs::path> folders;
  if (const auto& city = catalog.city().folder; !city.empty()) folders.push_back(city / "demo");
  if (folders.empty() || !fs::exists(folders.front() / "demo.yaml")) {
    folders.clear();
    for (const auto& system : catalog.systems()) folders.push_back(fs::path(system.folder) / "demo");
  }
  std::vector<Demo> out;
  for (const auto& folder : folders)
    if (fs::exists(folder / "demo.yaml")) out.push_back(read_demo(folder, mistakes));
  for (const auto& demo : out) {
    check_permissions(catalog, demo, mistakes);
    check_tables(catalog, demo, mistakes);
  }
  check_people(catalog, out, mistakes);
  return out;
}

}  // namespace civitas::app
