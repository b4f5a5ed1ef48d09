// What is wrong with a declared value, told when the declarations are loaded.
#include <algorithm>

#include "entities/reader.hpp"
#include "entities/tallies.hpp"
#include "entities/validate.hpp"
#include "entities/value_mistake.hpp"

namespace civitas::entities {

namespace {

// Whether what an expression of this type gives can be kept; what it is then is checked like what people write.
bool fits(query::Type type, const Field& field) {
  using T = query::Type;
  switch (field.type) {
    case FieldType::integer:
    case FieldType::duration:
    case FieldType::decimal: return type == T::integer || type == T::number;
    case FieldType::boolean: return type == T::boolean;
    case FieldType::date:
    case FieldType::instant: return type == T::date || type == T::instant;
    case FieldType::ref: return type == T::id;
    case FieldType::refs: return type == T::id || type == T::text_list;
    case FieldType::labels: return type == T::text_list;
    case FieldType::point:
    case FieldType::line:
    case FieldType::polygon:
    case FieldType::geometry: return type == T::geometry;
    case FieldType::text:
    case FieldType::long_text:
    case FieldType::term:
    case FieldType::time:
    case FieldType::phone:
    case FieldType::citizen_id:
    case FieldType::secret: return type == T::text;
    case FieldType::uncertain_date: return type == T::text || type == T::date;
    default: return false;  // rows, files and the like are copied or not at all; codes and what hooks compute make themselves
  }
}

// The record types of which the value may be the key; empty where that cannot be told.
std::vector<const Entity*> referred(const Conditions& conditions, const Catalog& catalog, const Entity& subject,
                                    const query::Node& node) {
  if (node.outer) return {};
  const auto one = [](const Entity* e) { return e ? std::vector{e} : std::vector<const Entity*>(); };
  if (const auto field = field_as_it_stands(catalog, subject, node)) return catalog.targets_of(field->field);
  switch (node.builtin) {
    case query::Builtin::me: return one(catalog.entity_by_path("identity/person"));
    case query::Builtin::my_department: return one(catalog.entity_by_path("identity/department"));
    case query::Builtin::first: {
      const Entity* found = conditions.entity_of(*node.source);
      return node.args.size() == 1 || !found ? one(found) : referred(conditions, catalog, *found, node.args[1]);
    }
    default: break;
  }
  if (node.op != query::Op::property || node.builtin != query::Builtin::none) return {};
  // What every record carries.
  const std::string& name = node.field->name;
  if (name == "created_by" || name == "updated_by") return one(catalog.entity_by_path("identity/person"));
  if (name != "id") return {};
  return one(node.through ? conditions.entity_of(*node.through->target) : &subject);
}

bool is_key(const query::Node& node) {
  if (node.type == query::Type::id) return true;
  if (node.op != query::Op::property || node.builtin != query::Builtin::none) return false;
  const std::string& name = node.field->name;
  return name == "id" || name == "created_by" || name == "updated_by";
}

// Why the field cannot keep what the value gives; nothing when it can.
std::optional<Text> misfit(const Conditions& conditions, const Catalog& catalog, const query::Typed& value,
                           const Entity& subject, const FieldOf& target) {
  const query::Node& root = value.root();
  const Field& field = target.field;
  const auto gives = [&](const Text& what) {
    const std::string type(type_name(field.type));
    return Text{"得到" + what.zh + "，不能写入字段 " + field.name + "（" + type + "）",
                "gives " + what.en + ", which the field " + field.name + " (" + type + ") cannot take"};
  };
  const auto copied = field_as_it_stands(catalog, subject, root);
  if (copied && copied->field.sealed && !field.sealed)
    return Text{"是加密保存的，不能写入不加密的字段 " + field.name,
                "is encrypted at rest, and the field " + field.name + " is not"};
  const bool refers = field.type == FieldType::ref || field.type == FieldType::refs;
  const bool as_it_stands = copied && copied->field.type == field.type;
  if (field.type == FieldType::code || field.type == FieldType::computed) return gives(query::type_name(root.type));
  if (!as_it_stands && !fits(root.type, field) && !(refers && is_key(root)))
    return gives(query::type_name(root.type));
  if (!refers && root.op == query::Op::property && root.field->name == "id")
    return gives({"记录的编号", "the key of a record"});
  if (refers) {
    const auto targets = catalog.targets_of(field);
    for (const Entity* found : referred(conditions, catalog, subject, root))
      if (std::find(targets.begin(), targets.end(), found) == targets.end())
        return gives({"一条 " + found->path() + " 记录", "a record of " + found->path()});
  }
  if (root.op == query::Op::literal) {
    Json literal = wire_value(field.type, root.value);
    if (const auto valid = validate_value(catalog, target.entity, field, literal); !valid)
      return Text{"不行：" + valid.error().message.zh, "will not do: " + valid.error().message.en};
  }
  if (field.computed.empty() && !database_counts(conditions, root))
    return Text{"中 count 和 sum 的条件须能由数据库数出，不能用空间关系和 ACCENTI",
                "counts by a condition that the database cannot decide, such as shapes and ACCENTI"};
  return std::nullopt;
}

}  // namespace

std::optional<Text> value_mistake(Conditions& conditions, const Catalog& catalog, const Entity& subject,
                                  const FieldOf& field, const std::string& value) {
  if (is_nothing(value)) return std::nullopt;
  const auto made = conditions.expression(subject, value);
  if (!made) return made.error().message;
  const auto wrong = misfit(conditions, catalog, *made, subject, field);
  if (!wrong) return std::nullopt;
  return Text{"“" + value + "”" + wrong->zh, "“" + value + "” " + wrong->en};
}

void check_value(Conditions& conditions, const Catalog& catalog, const Entity& subject, const FieldOf& field,
                 const std::string& value, const std::string& key, int line, Mistakes& mistakes) {
  if (const auto wrong = value_mistake(conditions, catalog, subject, field, value))
    mistakes.add(subject.file, line, key + "：" + wrong->zh, key + ": " + wrong->en);
}

void check_set(Conditions& conditions, const Catalog& catalog, const Entity& subject, const std::vector<SetValue>& values,
               const Entity& made, int line, Mistakes& mistakes) {
  for (const auto& v : values)
    if (const Field* f = made.field(v.field))
      check_value(conditions, catalog, subject, {made, *f}, v.value, "set " + v.field, line, mistakes);
}

}  // namespace civitas::entities
