// Names that declarations give each other across systems: former paths, and dimensions of data scopes.
#include <algorithm>
#include <map>

#include "base/strings.hpp"
#include "entities/catalog.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

namespace {

void each_field(std::vector<Field>& fields, const auto& act) {
  for (auto& f : fields) {
    act(f);
    each_field(f.fields, act);
  }
}

bool has_sealed(const Entity& e) {
  return std::any_of(e.fields.begin(), e.fields.end(), [](const Field& f) {
    return f.type == FieldType::secret || f.sealed;
  });
}

}  // namespace

// A record type that moved is meant by its former path as well; everything else then meets the present one alone.
void Catalog::resolve_former_paths(Mistakes& mistakes) {
  std::map<std::string, std::pair<std::string, std::string>> now;  // former path: present system and name
  for (const auto& system : systems_)
    for (const auto& e : system.entities) {
      if (e.was.empty()) continue;
      if (entity(e.was.substr(0, e.was.find('/')), e.was.substr(e.was.find('/') + 1)))
        mistakes.add(e.file, e.line, "was 所写的 " + e.was + " 还在，不能既是旧名又是新名",
                     "was names " + e.was + ", which is there still");
      // What is sealed is bound to the name of its table.
      if (has_sealed(e))
        mistakes.add(e.file, e.line, "有加密字段的记录类型不能改名：" + e.was + " → " + e.path(),
                     "a record type with sealed fields cannot be renamed: " + e.was + " to " + e.path());
      if (!now.emplace(e.was, std::pair(e.system, e.name)).second)
        mistakes.add(e.file, e.line, "另一个记录类型也写了 was: " + e.was, "another record type was " + e.was + ", too");
    }
  if (now.empty()) return;
  const auto follow = [&](std::string& system, std::string& name, const std::string& file, int line) {
    const auto found = now.find(system + "/" + name);
    if (found == now.end()) return;
    mistakes.remark(file, line, found->first + " 已改为 " + found->second.first + "/" + found->second.second,
                    found->first + " is " + found->second.first + "/" + found->second.second + " now");
    std::tie(system, name) = found->second;
  };
  for (auto& system : systems_) {
    for (auto& e : system.entities)
      each_field(e.fields, [&](Field& f) {
        if (!f.to.empty()) follow(f.to_system, f.to, e.file, f.line);
      });
    for (auto& offer : system.offers)
      for (auto* fields : {&offer.takes, &offer.gives})
        each_field(*fields, [&](Field& f) {
          if (!f.to.empty()) follow(f.to_system, f.to, system.name + "/system.yaml", f.line);
        });
    const auto follow_path = [&](std::string& path, int line) {
      const auto slash = path.find('/');
      if (slash == path.npos) return;
      std::string of = path.substr(0, slash), name = path.substr(slash + 1);
      follow(of, name, system.name + "/system.yaml", line);
      path = of + "/" + name;
    };
    for (auto& s : system.subscriptions) follow_path(s.to, s.line);
    for (auto& h : system.hooks) follow_path(h.to, h.line);
  }
}

void Catalog::add_hooks(Mistakes& mistakes) {
  for (const auto& system : systems_)
    for (const auto& h : system.hooks) {
      const auto slash = h.to.find('/');
      Entity* to = nullptr;
      for (auto& other : systems_)
        for (auto& e : other.entities)
          if (slash != h.to.npos && other.name == h.to.substr(0, slash) && e.name == h.to.substr(slash + 1)) to = &e;
      if (!to) {
        mistakes.add(system.name + "/system.yaml", h.line, "没有记录类型 " + h.to, "no entity " + h.to);
        continue;
      }
      to->before_write.insert(to->before_write.end(), h.before_write.begin(), h.before_write.end());
      to->after_write.insert(to->after_write.end(), h.after_write.begin(), h.after_write.end());
    }
}

void Catalog::resolve_scopes(Mistakes& mistakes) {
  std::map<std::string, const Entity*> records;  // by dimension
  for (const auto& system : systems_)
    for (const auto& s : system.scopes) {
      const std::string file = system.name + "/system.yaml";
      const Entity* e = system.entity(s.of);
      if (!e) {
        mistakes.add(file, s.line, "scopes 里没有记录类型 " + s.of, "scopes names no entity " + s.of);
        continue;
      }
      if (!records.emplace(s.name, e).second) {
        mistakes.add(file, s.line, "另一个系统已声明范围 " + s.name,
                     "another system declares the scope " + s.name + " already");
        continue;
      }
      const Field* path = s.path.empty() ? nullptr : e->field(s.path);
      const Field* parent = s.parent.empty() ? nullptr : e->field(s.parent);
      if (!s.path.empty() && (!path || (path->type != FieldType::text && path->type != FieldType::code)))
        mistakes.add(file, s.line, "path 应为 " + s.of + " 的一个文本字段", "path must be a field of text of " + s.of);
      if (!s.parent.empty() &&
          (!parent || parent->type != FieldType::ref || parent->to_system != e->system || parent->to != e->name))
        mistakes.add(file, s.line, "parent 应为 " + s.of + " 引用自己的字段",
                     "parent must be a field of " + s.of + " that refers to another " + s.of);
      dimensions_.push_back({s.name, e->table, s.path, s.parent});
    }
  std::vector<std::string> names;
  for (const auto& [name, e] : records) names.push_back(name);
  for (auto& system : systems_)
    for (auto& e : system.entities)
      for (auto& f : e.fields) {
        if (f.scope.empty()) continue;
        if (f.scope == "region" && !records.contains(f.scope)) {
          mistakes.remark(e.file, f.line, "scope: region 已改为 scope: division", "scope: region is scope: division now");
          f.scope = "division";
        }
        const auto found = records.find(f.scope);
        if (found == records.end()) {
          const std::string meant(nearest_word(f.scope, names));
          mistakes.add(e.file, f.line, "没有范围 " + f.scope + (meant.empty() ? "" : "，是否想写 " + meant),
                       "no scope " + f.scope + (meant.empty() ? "" : "; did you mean " + meant));
          continue;
        }
        const Entity& of = *found->second;
        if (f.to_system != of.system || f.to != of.name)
          mistakes.add(e.file, f.line, "范围 " + f.scope + " 是 " + of.path() + "，不是 " + f.to_system + "/" + f.to,
                       "the scope " + f.scope + " is one of " + of.path() + ", not of " + f.to_system + "/" + f.to);
        f.scope_path = !dimension(f.scope)->path.empty();
      }
}

}  // namespace civitas::entities
