#include "entities/conditions.hpp"

#include <algorithm>
#include <map>

#include "base/strings.hpp"
#include "entities/case_relation.hpp"
#include "entities/meaning_check.hpp"
#include "entities/reader.hpp"
#include "entities/sealing.hpp"
#include "entities/storage.hpp"
#include "entities/values.hpp"

namespace civitas::entities {

namespace {

constexpr std::size_t known_limit = 5000;

query::FieldInfo plain(std::string name, query::FieldType type) {
  query::FieldInfo info;
  info.column = name;
  info.name = std::move(name);
  info.type = type;
  return info;
}

query::FieldInfo info_of(const Field& f) {
  using T = query::FieldType;
  query::FieldInfo info = plain(f.name, T::text);
  switch (f.type) {
    case FieldType::duration:
    case FieldType::integer: info.type = T::integer; break;
    case FieldType::decimal: info.type = T::number; break;
    case FieldType::boolean: info.type = T::boolean; break;
    case FieldType::date: info.type = T::date; break;
    case FieldType::instant: info.type = T::instant; break;
    case FieldType::uncertain_date:
      info.type = T::uncertain_date;
      info.earliest_column = f.name + "_earliest";
      info.latest_column = f.name + "_latest";
      break;
    case FieldType::ref:
      info.type = T::ref;
      info.scope = f.scope;
      if (f.scope_path) info.scope_path_column = f.name + "_path";
      break;
    case FieldType::refs: info.type = T::refs; break;
    case FieldType::rows: info.type = T::rows; break;
    case FieldType::labels: info.type = T::text_list; break;
    case FieldType::files:
    case FieldType::schedule:
    case FieldType::json: info.type = T::json; break;
    case FieldType::point:
    case FieldType::line:
    case FieldType::polygon:
    case FieldType::geometry:
      info.type = T::geometry;
      info.box_columns = {f.name + "_min_x", f.name + "_min_y", f.name + "_max_x", f.name + "_max_y"};
      break;
    default: break;
  }
  return info;
}

void collect_fields(const query::Node& node, std::vector<std::string>& out) {
  if (node.outer) return;
  if (node.through && !node.through->beside) out.push_back(node.through->name);
  if (node.field && !node.through) out.push_back(node.field->name);
  if (node.builtin == query::Builtin::any) return;  // what is inside are columns of the rows
  for (const auto& arg : node.args) collect_fields(arg, out);
}

bool uses_old(const query::Node& node) {
  return node.builtin == query::Builtin::old || std::any_of(node.args.begin(), node.args.end(), uses_old);
}

}  // namespace

bool looks_elsewhere(const query::Node& node) {
  if (node.outer) return false;
  if (node.builtin == query::Builtin::count || node.builtin == query::Builtin::sum) return false;
  if (node.through || node.builtin == query::Builtin::took_part ||
      (node.builtin == query::Builtin::any && node.field->type == query::FieldType::refs))
    return true;
  return std::any_of(node.args.begin(), node.args.end(), looks_elsewhere);
}

class Conditions::Sources final : public query::Sources {
 public:
  Sources(const Conditions& conditions, std::string system) : conditions_(conditions), system_(std::move(system)) {}
  const query::Schema* find(std::string_view name) const override {
    const auto dot = name.find('.');
    const Entity* e = dot == name.npos ? conditions_.catalog_.entity(system_, name)
                                       : conditions_.catalog_.entity(name.substr(0, dot), name.substr(dot + 1));
    return e ? &conditions_.schema(*e) : nullptr;
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& system : conditions_.catalog_.systems())
      for (const auto& e : system.entities) out.push_back(e.system == system_ ? e.name : e.system + "." + e.name);
    return out;
  }

 private:
  const Conditions& conditions_;
  std::string system_;
};

Conditions::~Conditions() = default;

Conditions::Conditions(const Catalog& catalog, const crypto::FieldCipher* cipher) : catalog_(catalog) {
  for (const auto& system : catalog.systems())
    sources_.emplace(system.name, std::make_unique<Sources>(*this, system.name));
  case_ = std::make_unique<query::FieldList>(fields_of_case());
  Dimensions dimensions;
  for (const auto& system : catalog.systems())
    for (const auto& s : system.scopes) dimensions[system.entity(s.of)] = catalog.dimension(s.name);
  std::vector<const Entity*> stored, passing;  // what an offer takes and gives is no record
  for (const auto& system : catalog.systems())
    for (const auto& entity : system.entities) stored.push_back(&entity);
  for (const auto& contract : catalog.contracts()) passing.insert(passing.end(), {&contract->takes, &contract->gives});
  for (const auto* group : {&stored, &passing})
    for (const Entity* of : *group) schemas_.emplace(of, std::make_unique<query::FieldList>());
  for (const auto* group : {&stored, &passing})
    for (const Entity* described : *group) {
      const Entity& entity = *described;
      query::FieldList& list = *schemas_.at(&entity);
      const auto of = dimensions.find(&entity);
      if (group == &stored) add_common_fields(list, of == dimensions.end() ? nullptr : of->second);
      for (const auto& f : entity.fields)
        if (f.type != FieldType::secret) list.add(own_field(entity, f, dimensions, cipher));
      if (entity.process) add_process(list, entity);
    }
}

// What every record has beside its fields. `dimension`: that of which the records are.
void Conditions::add_common_fields(query::FieldList& list, const identity::Dimension* dimension) {
  query::FieldInfo id = plain("id", query::FieldType::integer);
  if (dimension) {
    id.scope = dimension->name;
    id.scope_path_column = dimension->path;
  }
  list.add(std::move(id));
  list.add(plain("version", query::FieldType::integer));
  list.add(plain("created_at", query::FieldType::instant));
  list.add(plain("updated_at", query::FieldType::instant));
  list.add(plain("created_by", query::FieldType::integer));
  list.add(plain("updated_by", query::FieldType::integer));
  list.add(plain("state", query::FieldType::text));
  list.add(plain("valid_from", query::FieldType::text));
  list.add(plain("valid_to", query::FieldType::text));
}

query::FieldInfo Conditions::own_field(const Entity& entity, const Field& f, const Dimensions& dimensions,
                                       const crypto::FieldCipher* cipher) {
  query::FieldInfo info = info_of(f);
  if (f.sealed) {
    info.sealing = std::make_shared<FieldSealing>(cipher, entity.table, f.name, f.type);
    if (f.find != Find::none) info.blind_column = Storage::blind_column(f);
  }
  if (f.type == FieldType::ref || f.type == FieldType::refs) point_to_target(info, f, dimensions);
  if (&f == box_field_of(entity)) info.box_index = entity.table + "_box";
  if (ChildTable::has_table(f)) {
    info.parent_column = "of_record";
    info.link_table = ChildTable::table_of(entity, f.name);
    info.version_table = info.link_table + "_history";
    info.link_column = "target";
  }
  if (f.type == FieldType::rows) {
    auto cells = std::make_unique<query::FieldList>();
    for (const auto& cell : f.fields) {
      query::FieldInfo column = info_of(cell);
      if (cell.type == FieldType::ref) point_to_target(column, cell, dimensions);
      cells->add(std::move(column));
    }
    info.target_table = info.link_table;
    info.target = rows_.emplace_back(std::move(cells)).get();
  }
  return info;
}

// A dimension without codes needs no column beside the reference, so every reference to its records has the scope.
void Conditions::point_to_target(query::FieldInfo& from, const Field& field, const Dimensions& dimensions) const {
  const Entity* target = catalog_.target_of(field);
  if (!target) return;  // of several types: its id alone is known
  from.target_table = target->table;
  from.target = schemas_.at(target).get();
  const auto found = dimensions.find(target);
  if (field.type == FieldType::ref && from.scope.empty() && found != dimensions.end() && found->second->path.empty())
    from.scope = found->second->name;
}

// Kept by the room process.
void Conditions::add_process(query::FieldList& list, const Entity& entity) const {
  query::StepTable steps{"process_trace", "record", "transition", {"who", "acting_for"}, "department", {}};
  for (const auto& t : entity.process->transitions) steps.steps.push_back(t.name);
  list.set_steps(std::move(steps));
  if (!entity.field("case")) list.add(case_relation(*case_));
}

const query::Schema& Conditions::schema(const Entity& entity) const { return *schemas_.at(&entity); }

Result<query::Typed> Conditions::typed(const Entity& entity, const std::string& text) {
  const std::string key = entity.table + '\n' + text;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
  }
  CIVITAS_TRY(auto made, query::read_condition(text.empty() ? "TRUE" : text, schema(entity)));
  const std::lock_guard lock(mutex_);
  if (known_.size() >= known_limit) known_.clear();
  known_.emplace(key, made);
  return made;
}

Result<query::Typed> Conditions::expression(const Entity& entity, const std::string& text) {
  const std::string key = entity.table + "\n=" + text;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
  }
  query::Environment environment;
  environment.sources = sources_.at(entity.system).get();
  CIVITAS_TRY(auto made, query::read_expression(text, schema(entity), environment));
  const std::lock_guard lock(mutex_);
  known_.emplace(key, made);
  return made;
}

Result<query::Typed> Conditions::options(const Entity& entity, const Field& field) {
  const std::string key = entity.table + "\n$" + field.name;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(key); found != known_.end()) return found->second;
  }
  query::Environment environment;
  environment.outer = &schema(entity);
  CIVITAS_TRY(auto made, query::read_condition(field.options, schema(*catalog_.target_of(field)), environment));
  const std::lock_guard lock(mutex_);
  known_.emplace(key, made);
  return made;
}

const Entity* Conditions::entity_of(const query::Schema& schema) const {
  for (const auto& [entity, list] : schemas_)
    if (list.get() == &schema) return entity;
  return nullptr;
}

Result<query::Typed> Conditions::filter(const Entity& entity, const std::string& text,
                                        const std::vector<std::string>& readable) {
  CIVITAS_TRY(auto made, typed(entity, text));
  if (uses_old(made.root()))
    return fail(
        invalid("query.cql2.old", "old() 是修改前的值，只能用在修改规则和流转条件中，不能用来筛选列表。",
                "old() is the value before a change: rules of changes and of transitions may use it, lists may not.")
            .with_field("filter"));
  if (readable.empty()) return made;
  std::vector<std::string> used;
  collect_fields(made.root(), used);
  for (const auto& name : used) {
    const bool common = entity.field(name) == nullptr;
    if (!common && std::find(readable.begin(), readable.end(), name) == readable.end())
      return fail(invalid("query.cql2.property", "没有可用于筛选的字段 " + name + "。",
                          "There is no field " + name + " to filter by.")
                      .with_field("filter"));
  }
  return made;
}

bool Conditions::reads_case(const query::Typed& condition) {
  const auto walk = [](const auto& self, const query::Node& node) -> bool {
    if (node.through && node.through->beside) return true;
    return std::any_of(node.args.begin(), node.args.end(), [&](const auto& arg) { return self(self, arg); });
  };
  return walk(walk, condition.root());
}

std::vector<Conditions::Elsewhere> Conditions::elsewhere(const query::Typed& condition) const {
  std::vector<Elsewhere> out;
  const auto add = [&](const query::FieldInfo& reference, const std::string& field) {
    if (const Entity* entity = reference.target ? entity_of(*reference.target) : nullptr)
      out.push_back({entity, field});
  };
  // `inside`: the references whose records the condition is about here.
  const auto walk = [&](const auto& self, const query::Node& node, const query::FieldInfo* inside) -> void {
    const bool any = node.builtin == query::Builtin::any;
    if (node.through) {
      add(*node.through, node.field->name);
      if (inside) add(*inside, node.through->name);
    } else if (inside && node.field) {
      add(*inside, node.field->name);
    }
    if (any) inside = node.field->type == query::FieldType::refs ? node.field : nullptr;
    for (const auto& arg : node.args) self(self, arg, inside);
  };
  walk(walk, condition.root(), nullptr);
  return out;
}

Result<Condition> Conditions::compile(const query::Typed& condition, sql::Dialect dialect,
                                      const query::Bindings& bindings) const {
  CIVITAS_TRY(
      auto compiled,
      query::compile(condition, dialect == sql::Dialect::sqlite ? query::Dialect::sqlite : query::Dialect::postgres,
                     bindings));
  Condition out;
  out.clause.sql = "(" + compiled.sql + ")";
  for (auto& p : compiled.params) {
    if (auto* i = std::get_if<std::int64_t>(&p))
      out.clause.params.emplace_back(*i);
    else if (auto* d = std::get_if<double>(&p))
      out.clause.params.emplace_back(*d);
    else if (auto* s = std::get_if<std::string>(&p))
      out.clause.params.emplace_back(std::move(*s));
    else
      out.clause.params.emplace_back();
  }
  if (compiled.residual && looks_elsewhere(compiled.residual->root()))
    return fail(
        invalid("query.cql2.elsewhere",
                "对所引用记录的条件不能与空间关系、ACCENTI 等只能逐条判断的条件写在同一个 OR、NOT 或 any() 中。",
                "A condition on records referred to cannot stand in one OR, NOT or any() with what is decided record "
                "by record, such as shapes and ACCENTI.")
            .with_field("filter"));
  out.residual = std::move(compiled.residual);
  return out;
}

query::Bindings bindings_for(const identity::Principal& who, Instant now) {
  query::Bindings b;
  if (who.id) b.me = who.id;
  b.now = now;
  if (who.department) b.department = who.department;
  b.scopes = who.scopes;
  b.everywhere = who.is_system();
  return b;
}

}  // namespace civitas::entities
