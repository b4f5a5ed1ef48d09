#include "entities/catalog.hpp"

#include <algorithm>
#include <set>

#include "base/strings.hpp"
#include "entities/codes_check.hpp"
#include "entities/loader.hpp"
#include "entities/loader_messages.hpp"
#include "entities/loader_offers.hpp"
#include "entities/loader_statistics.hpp"
#include "entities/process_references.hpp"
#include "entities/storage.hpp"
#include "entities/validate.hpp"

namespace civitas::entities {

namespace {

bool known_role(const System& system, const std::string& role) {
  for (std::string_view builtin : {"public", "citizen", "staff", "owner", "system"})
    if (role == builtin) return true;
  return std::any_of(system.roles.begin(), system.roles.end(), [&](const Role& r) { return r.name == role; });
}

// The code list probably meant: one of the system's own, or system/list of another.
std::string list_meant(const Catalog& catalog, const std::string& system, const std::string& written) {
  std::vector<std::string> own, shared;
  for (const auto& other : catalog.systems())
    for (const auto& list : other.terms) {
      (other.name == system ? own : shared).push_back(other.name == system ? list.name : other.name + "/" + list.name);
      if (other.name != system && list.name == written) return shared.back();
    }
  const std::string near(nearest_word(written, own));
  return near.empty() ? std::string(nearest_word(written, shared)) : near;
}

void check_field(const Catalog& catalog, const Entity& e, const Field& f, Mistakes& mistakes) {
  if (f.type == FieldType::code) check_numbering(catalog, e, f, mistakes);
  if (!f.terms.empty() && !catalog.terms_of(e, f)) {
    const std::string meant = list_meant(catalog, e.system, f.terms);
    mistakes.add(e.file, f.line, "没有代码表 " + f.terms + (meant.empty() ? "" : "，是否想写 " + meant),
                 "no code list " + f.terms + (meant.empty() ? "" : "; did you mean " + meant));
  }
  if (!f.to.empty() && !catalog.target_of(f))
    mistakes.add(e.file, f.line, "没有记录类型 " + f.to_system + "/" + f.to, "no entity " + f.to_system + "/" + f.to);
  for (const auto& path : f.to_any)
    if (!catalog.entity_by_path(path)) mistakes.add(e.file, f.line, "没有记录类型 " + path, "no entity " + path);
  for (const auto& inner : f.fields) check_field(catalog, e, inner, mistakes);
  Json value = f.default_value;
  if (const auto valid = validate_value(catalog, e, f, value); !valid)
    mistakes.add(e.file, f.line, "default：" + valid.error().message.zh, "default: " + valid.error().message.en);
}

// Some fields take several columns, and every table has columns of its own.
void check_columns(const Catalog& catalog, const Entity& e, Mistakes& mistakes) {
  const Storage storage(catalog, e, sql::Dialect::sqlite);
  std::set<std::string_view> seen;
  for (const auto& column : storage.columns())
    if (!seen.insert(column.name).second)
      mistakes.add(e.file, 1, "列 " + column.name + " 有两个字段要用",
                   "two fields would take the column " + column.name);
  for (const auto& child : storage.children()) {
    seen.clear();
    for (const auto& column : child.columns())
      if (!seen.insert(column.name).second)
        mistakes.add(e.file, child.field().line, child.field().name + " 的列 " + column.name + " 有两个字段要用",
                     "two fields of " + child.field().name + " would take the column " + column.name);
    // PostgreSQL cuts longer names, and two tables would become one.
    if (child.history_table().size() > 63)
      mistakes.add(e.file, child.field().line, "名称过长：" + child.history_table() + " 超过 63 个字符",
                   "too long a name: " + child.history_table() + " has more than 63 characters");
  }
}

// Tables are named after systems, record types and fields; no two may get the same name.
void check_tables(const Catalog& catalog, Mistakes& mistakes) {
  std::set<std::string> seen;
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities) {
      std::vector<std::string> names{e.table, e.table + "_history", e.table + "_search", e.table + "_box"};
      for (const auto& f : e.fields)
        if (ChildTable::has_table(f))
          names.insert(names.end(), {ChildTable::table_of(e, f.name), ChildTable::table_of(e, f.name) + "_history"});
      for (auto& name : names)
        if (!seen.insert(name).second)
          mistakes.add(e.file, 1, "表名 " + name + " 已被别的声明使用",
                       "another declaration takes the table name " + name + " already");
    }
}

void check_menu_view(const Entity& e, const std::string& view, Mistakes& mistakes) {
  std::vector<std::string> known;
  for (const auto& v : e.views) known.push_back(v.name);
  if (std::find(known.begin(), known.end(), view) != known.end()) return;
  const std::string meant(nearest_word(view, known));
  mistakes.add(e.system + "/system.yaml", 1,
               "菜单里的 " + e.name + " 没有视图 " + view + (meant.empty() ? "" : "，是否想写 " + meant),
               "the menu names no view " + view + " of " + e.name + (meant.empty() ? "" : "; did you mean " + meant));
}

void check_related(const Catalog& catalog, const Entity& e, const Related& r, Mistakes& mistakes) {
  const Entity* other = related_entity(catalog, e, r);
  if (!other)
    return mistakes.add(e.file, r.line, "related 里没有记录类型 " + r.entity, "related names no entity " + r.entity);
  const Field* by = other->field(r.by);
  const auto targets = by ? catalog.targets_of(*by) : std::vector<const Entity*>();
  if (std::find(targets.begin(), targets.end(), &e) != targets.end()) return;
  std::vector<std::string> known;
  for (const auto& f : other->fields) {
    const auto to = catalog.targets_of(f);
    if (std::find(to.begin(), to.end(), &e) != to.end()) known.push_back(f.name);
  }
  const std::string meant = known.size() == 1 ? known.front() : std::string(nearest_word(r.by, known));
  mistakes.add(e.file, r.line,
               "related 的 by：" + r.entity + " 没有引用本类型的字段 " + r.by + (meant.empty() ? "" : "，是否想写 " + meant),
               "related: " + r.entity + " has no reference " + r.by + " to this type" +
                   (meant.empty() ? "" : "; did you mean " + meant));
}

void check_references(const Catalog& catalog, const System& system, const Entity& e, Mistakes& mistakes) {
  for (const auto& f : e.fields) check_field(catalog, e, f, mistakes);
  check_columns(catalog, e, mistakes);
  const auto check_role = [&](const std::string& role, int line) {
    if (!known_role(system, role)) mistakes.add(e.file, line, "没有角色 " + role, "no role " + role);
  };
  for (const auto& a : e.access) check_role(a.role, a.line);
  for (const auto& f : e.fields)
    for (const auto& role : f.write) check_role(role, f.line);
  if (e.process) {
    check_process_references(catalog, e, mistakes);
    for (const auto& s : e.process->states)
      if (s.joint)
        for (const auto& role : s.joint->roles) check_role(role, s.line);
    for (const auto& t : e.process->transitions) {
      for (const auto& role : t.roles) {
        check_role(role, t.line);
        const bool reads = std::any_of(e.access.begin(), e.access.end(),
                                       [&](const AccessRule& a) { return a.role == role && !a.read.empty(); });
        if (!reads && role != "system")
          mistakes.add(e.file, t.line, "流转 " + t.name + " 的角色 " + role + " 没有 read 权限，永远办不了",
                       "the transition " + t.name + " is for " + role + ", who has no right to read");
      }
      for (const auto& role : t.copies) {
        check_role(role, t.line);
        if (role == "public" || role == "citizen" || role == "owner" || role == "system")
          mistakes.add(e.file, t.line, "抄送只能写本系统的工作角色：" + role,
                       "copies go to working roles of the system: " + role);
      }
    }
  }
  for (const auto& view : e.views)
    for (const auto& role : view.roles) check_role(role, view.line);
  for (const auto& r : e.related) check_related(catalog, e, r, mistakes);
  if (e.access.empty()) mistakes.add(e.file, 1, "没有 access：没有人能看到它", "no access: nobody could see it");
}

// What people say of a notice refers to it by the one field of that type.
void resolve_comments(const Catalog& catalog, Entity& e, Mistakes& mistakes) {
  if (!e.portal || !e.portal->open || e.portal->open->comment.empty()) return;
  PublicList& open = *e.portal->open;
  const Entity* comment = catalog.entity(e.system, open.comment);
  if (!comment)
    return mistakes.add(e.file, e.portal->line, "public.comment：没有记录类型 " + open.comment,
                        "public.comment: no entity " + open.comment);
  for (const auto& f : comment->fields)
    if (f.type == FieldType::ref && catalog.target_of(f) == &e) {
      if (!open.comment_field.empty())
        mistakes.add(e.file, e.portal->line, "public.comment：" + open.comment + " 有不止一个字段引用本类型",
                     "public.comment: more than one field of " + open.comment + " refers to this type");
      open.comment_field = f.name;
    }
  if (open.comment_field.empty())
    mistakes.add(e.file, e.portal->line, "public.comment：" + open.comment + " 没有引用本类型的字段",
                 "public.comment: no field of " + open.comment + " refers to this type");
}

}  // namespace

Result<std::shared_ptr<const Catalog>> Catalog::load(const std::vector<std::filesystem::path>& roots,
                                                     const std::filesystem::path& city_folder) {
  Mistakes mistakes;
  std::vector<System> systems;
  City city = read_city(city_folder, mistakes);
  for (const auto& root : roots) {
    if (!std::filesystem::is_directory(root))
      return fail(problem(Kind::not_found, "entities.systems_missing", "找不到系统声明目录 " + root.string(),
                          "There is no folder of systems at " + root.string()));
    for (const auto& entry : std::filesystem::directory_iterator(root)) {
      if (!std::filesystem::exists(entry.path() / "system.yaml")) continue;
      System made = load_system(entry.path(), city, mistakes);
      apply_values(city, made, mistakes);
      if (std::any_of(systems.begin(), systems.end(), [&](const System& s) { return s.name == made.name; }))
        mistakes.add(made.name + "/system.yaml", 1, "有两个名为 " + made.name + " 的系统",
                     "there are two systems named " + made.name);
      else
        systems.push_back(std::move(made));
    }
  }
  check_values(city, systems, mistakes);
  check_overlays(city, systems, mistakes);
  return make(std::move(systems), std::move(city), mistakes);
}

Result<std::shared_ptr<const Catalog>> Catalog::make(std::vector<System> systems) {
  Mistakes mistakes;
  return make(std::move(systems), {}, mistakes);
}

Result<std::shared_ptr<const Catalog>> Catalog::make(std::vector<System> systems, City city, Mistakes& mistakes) {
  auto made = std::make_shared<Catalog>();
  made->city_ = std::move(city);
  made->overlays_ = mistakes.overlays();
  made->systems_ = std::move(systems);
  std::sort(made->systems_.begin(), made->systems_.end(),
            [](const System& a, const System& b) { return std::pair(a.order, a.name) < std::pair(b.order, b.name); });
  for (auto& system : made->systems_) expand_profile(system, mistakes);
  made->resolve_former_paths(mistakes);
  made->add_hooks(mistakes);
  made->resolve_scopes(mistakes);
  for (const auto& system : made->systems_)
    for (const auto& offer : system.offers)
      made->contracts_.push_back(std::make_unique<Contract>(contract_of(system, offer)));
  check_offers(*made, mistakes);
  for (const auto& remark : mistakes.remarks()) {
    const std::string where = remark.file + ":" + std::to_string(remark.line) + ": ";
    made->remarks_.push_back({where + remark.message.zh, where + remark.message.en});
  }
  for (const auto& system : made->systems_) {
    for (const auto& e : system.entities) check_references(*made, system, e, mistakes);
    for (const auto& e : system.entities) check_statistics(*made, e, mistakes);
    check_messages(*made, system, mistakes);
    check_dashboards(system, mistakes);
    for (const auto& s : system.subscriptions)
      if (!made->entity_by_path(s.to))
        mistakes.add(system.name + "/system.yaml", s.line, "没有记录类型 " + s.to, "no entity " + s.to);
    for (const auto& group : system.menu)
      for (const auto& item : group.items)
        if (!item.entity.empty() && !system.entity(item.entity))
          mistakes.add(system.name + "/system.yaml", 1, "菜单里没有记录类型 " + item.entity,
                       "the menu names no entity " + item.entity);
        else if (!item.view.empty())
          check_menu_view(*system.entity(item.entity), item.view, mistakes);
  }
  for (const auto& contract : made->contracts_)
    for (const Entity* part : {&contract->takes, &contract->gives})
      for (const auto& f : part->fields) check_field(*made, *part, f, mistakes);
  for (auto& system : made->systems_)
    for (auto& e : system.entities) resolve_comments(*made, e, mistakes);
  check_tables(*made, mistakes);
  if (!mistakes.none()) return fail(mistakes.to_problem());
  return made;
}

std::string Catalog::place(const std::string& file, int line) const {
  const Mistake at = Mistakes(overlays_).placed({file, line, {}});
  return at.file + (at.line ? ":" + std::to_string(at.line) : "");
}

const Entity* related_entity(const Catalog& catalog, const Entity& e, const Related& related) {
  return related.entity.find('/') == related.entity.npos ? catalog.entity(e.system, related.entity)
                                                         : catalog.entity_by_path(related.entity);
}

const System* Catalog::system(std::string_view name) const {
  for (const auto& s : systems_)
    if (s.name == name) return &s;
  return nullptr;
}

const Entity* Catalog::entity(std::string_view system_name, std::string_view name) const {
  const System* s = system(system_name);
  return s ? s->entity(name) : nullptr;
}

const Entity* Catalog::entity_by_path(std::string_view path) const {
  const auto slash = path.find('/');
  if (slash == path.npos) return nullptr;
  const Entity* e = entity(path.substr(0, slash), path.substr(slash + 1));
  return e ? e : formerly(path);
}

const Contract* Catalog::contract(std::string_view offer) const {
  for (const auto& c : contracts_)
    if (c->offer->name == offer) return c.get();
  return nullptr;
}

const Entity* Catalog::formerly(std::string_view path) const {
  for (const auto& s : systems_)
    for (const auto& e : s.entities)
      if (!e.was.empty() && e.was == path) return &e;
  return nullptr;
}

const identity::Dimension* Catalog::dimension(std::string_view name) const {
  for (const auto& d : dimensions_)
    if (d.name == name) return &d;
  return nullptr;
}

const Entity* Catalog::records_of(std::string_view dimension) const {
  for (const auto& system : systems_)
    for (const auto& s : system.scopes)
      if (s.name == dimension) return system.entity(s.of);
  return nullptr;
}

std::vector<const Entity*> Catalog::targets_of(const Field& field) const {
  std::vector<const Entity*> out;
  if (const Entity* one = target_of(field)) out.push_back(one);
  for (const auto& path : field.to_any)
    if (const Entity* one = entity_by_path(path)) out.push_back(one);
  return out;
}

const TermList* Catalog::terms_of(const Entity& e, const Field& field) const {
  const auto slash = field.terms.find('/');
  const System* s = system(slash == field.terms.npos ? std::string_view(e.system)
                                                     : std::string_view(field.terms).substr(0, slash));
  return s ? s->term_list(std::string_view(field.terms).substr(slash == field.terms.npos ? 0 : slash + 1)) : nullptr;
}

}  // namespace civitas::entities
