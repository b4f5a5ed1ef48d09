// What is wrong with a declared value, told when the declarations are loaded.
#include <algorithm>

#include "entities/reader.hpp"
#include "entities/validate.hpp"
#include "entities/values.hpp"

namespace civitas::entities {

namespace {

bool is_number(query::Type type) { return type == query::Type::integer || type == query::Type::number; }

bool fits(query::Type type, const Field& field) {
  using T = query::Type;
  switch (field.type) {
    case FieldType::integer:
    case FieldType::duration:
    case FieldType::decimal: return is_number(type);
    case FieldType::boolean: return type == T::boolean;
    case FieldType::date:
    case FieldType::instant: return type == T::date || type == T::instant;
    case FieldType::ref: return type == T::id;
    case FieldType::labels:
    case FieldType::refs: return type == T::text_list;
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
    case FieldType::secret:
    case FieldType::code:
    case FieldType::computed: return type == T::text;
    case FieldType::uncertain_date: return type == T::text || type == T::date;
    default: return false;
  }
}

// The record type whose key the value is; nullptr where that cannot be told.
const Entity* referred(const Conditions& conditions, const Catalog& catalog, const query::Node& node) {
  if (node.builtin == query::Builtin::me) return catalog.entity_by_path("identity/person");
  if (node.builtin == query::Builtin::my_department) return catalog.entity_by_path("identity/department");
  if (node.builtin == query::Builtin::first && node.args.size() == 1) return conditions.entity_of(*node.source);
  if (node.builtin == query::Builtin::first) return referred(conditions, catalog, node.args[1]);
  if ((node.op == query::Op::property || node.builtin == query::Builtin::old) && node.field->target)
    return conditions.entity_of(*node.field->target);
  return nullptr;
}

// Why the field cannot keep what the value gives; nothing when it can.
std::optional<Text> misfit(const Conditions& conditions, const Catalog& catalog, const query::Typed& value,
                           const Entity& subject, const FieldOf& target) {
  const query::Node& root = value.root();
  const Field& field = target.field;
  const bool refers = field.type == FieldType::ref || field.type == FieldType::refs;
  // `id` is the key of the record itself.
  const bool own_id = root.op == query::Op::property && !root.through && root.field->name == "id";
  if (!own_id && !fits(root.type, field)) {
    const Text type = query::type_name(root.type);
    return Text{"取值是" + type.zh + "，不合字段 " + field.name + " 的类型 " + std::string(type_name(field.type)),
                "the value is " + type.en + ", which the field " + field.name + " of the type " +
                    std::string(type_name(field.type)) + " does not take"};
  }
  if (own_id && field.type != FieldType::ref)
    return Text{"id 只能给 ref 字段，" + field.name + " 不是", "id is for a field of the type ref, which " + field.name +
                                                                    " is not"};
  if (refers) {
    const Entity* found = own_id ? &subject : referred(conditions, catalog, root);
    const auto targets = catalog.targets_of(field);
    if (found && std::find(targets.begin(), targets.end(), found) == targets.end())
      return Text{"取值是 " + found->path() + " 的记录，" + field.name + " 引用的是 " + field.to_system + "/" + field.to,
                  "the value is a record of " + found->path() + ", and " + field.name + " refers to " +
                      field.to_system + "/" + field.to};
  }
  if (root.op == query::Op::literal) {
    Json literal = wire_value(field.type, root.value);
    if (const auto valid = validate_value(catalog, target.entity, field, literal); !valid)
      return valid.error().message;
  }
  return std::nullopt;
}

}  // namespace

void check_value(Conditions& conditions, const Catalog& catalog, const Entity& subject, const FieldOf& field,
                 const std::string& value, int line, Mistakes& mistakes) {
  const auto made = conditions.expression(subject, value);
  if (!made) {
    mistakes.add(subject.file, line, field.field.name + "：" + made.error().message.zh,
                 field.field.name + ": " + made.error().message.en);
    return;
  }
  if (const auto wrong = misfit(conditions, catalog, *made, subject, field))
    mistakes.add(subject.file, line, wrong->zh + "：" + value, wrong->en + ": " + value);
}

}  // namespace civitas::entities
