// What processes name outside their own record type: persons and departments, records that steps make, roles.
#include <algorithm>

#include "base/strings.hpp"
#include "entities/process_references.hpp"

namespace civitas::entities {

namespace {

bool refers_to(const Catalog& catalog, const Field& f, std::string_view path) {
  const Entity* target = catalog.target_of(f);
  return target && target->path() == path;
}

void check_made(const Catalog& catalog, const Entity& e, const Transition& t, const MadeRecord& made, bool starts,
                Mistakes& mistakes) {
  const auto wrong = [&](std::string zh, std::string en) {
    mistakes.add(e.file, t.line, std::move(zh), std::move(en));
  };
  const Entity* target = entity_of(catalog, e, made);
  if (!target) {
    std::vector<std::string> names;
    for (const auto& other : catalog.system(e.system)->entities) names.push_back(other.name);
    const std::string meant(nearest_word(made.entity, names));
    return wrong("没有记录类型 " + made.entity + (meant.empty() ? "" : "，是否想写 " + meant),
                 "no entity " + made.entity + (meant.empty() ? "" : "; did you mean " + meant));
  }
  if (starts && !target->process)
    wrong("starts 的记录类型 " + made.entity + " 没有流程", "starts: " + made.entity + " has no process");
  for (const auto& v : made.set)
    if (!target->field(v.field)) {
      std::vector<std::string> names;
      for (const auto& f : target->fields) names.push_back(f.name);
      const std::string meant(nearest_word(v.field, names));
      wrong(made.entity + " 没有字段 " + v.field + (meant.empty() ? "" : "，是否想写 " + meant),
            made.entity + " has no field " + v.field + (meant.empty() ? "" : "; did you mean " + meant));
    }
  if (const Field* link = e.field(made.link); link && (link->type != FieldType::ref || catalog.target_of(*link) != target))
    wrong("link 的字段 " + made.link + " 应引用 " + made.entity, "link: the field " + made.link + " must refer to " +
                                                                     made.entity);
}

}  // namespace

const Entity* entity_of(const Catalog& catalog, const Entity& e, const MadeRecord& made) {
  return made.entity.find('/') == std::string::npos ? catalog.entity(e.system, made.entity)
                                                    : catalog.entity_by_path(made.entity);
}

const Field* link_of(const Catalog& catalog, const Entity& e, const MadeRecord& made) {
  if (!made.link.empty()) return e.field(made.link);
  const Entity* target = entity_of(catalog, e, made);
  const Field* found = nullptr;
  for (const auto& f : e.fields) {
    if (f.type != FieldType::ref || catalog.target_of(f) != target) continue;
    if (found) return nullptr;
    found = &f;
  }
  return found;
}

void check_process_references(const Catalog& catalog, const Entity& e, Mistakes& mistakes) {
  for (const auto& t : e.process->transitions) {
    const auto check_assigned = [&](const std::string& name, std::string_view path, const char* zh, const char* en) {
      const Field* f = name.empty() ? nullptr : e.field(name);
      if (f && (f->type != FieldType::ref || !refers_to(catalog, *f, path)))
        mistakes.add(e.file, t.line, "assign 的字段 " + name + " 应引用" + zh,
                     "assign: the field " + name + " must refer to " + en);
    };
    check_assigned(t.assign.person, "identity/person", "人员（identity/person）", "a person (identity/person)");
    check_assigned(t.assign.department, "identity/department", "部门（identity/department）",
                   "a department (identity/department)");
    if (t.creates) check_made(catalog, e, t, *t.creates, false, mistakes);
    if (t.starts) check_made(catalog, e, t, *t.starts, true, mistakes);
  }
  for (const auto& s : e.process->states) {
    if (!s.joint) continue;
    for (const auto& name : s.joint->each)
      if (const Field* f = e.field(name);
          f && ((f->type != FieldType::ref && f->type != FieldType::refs) ||
                (!refers_to(catalog, *f, "identity/person") && !refers_to(catalog, *f, "identity/department"))))
        mistakes.add(e.file, s.line, "joint 的字段 " + name + " 应引用部门或人员",
                     "joint: the field " + name + " must refer to departments or persons");
  }
}

}  // namespace civitas::entities
