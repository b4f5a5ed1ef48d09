// Values that declarations give to fields (`set:`): typed against the field that takes them.
#include "base/strings.hpp"
#include "entities/conditions.hpp"
#include "entities/process_references.hpp"

namespace civitas::entities {

namespace {

bool is_text(FieldType type) {
  switch (type) {
    case FieldType::text:
    case FieldType::long_text:
    case FieldType::term:
    case FieldType::phone: return true;
    default: return false;
  }
}

// Whether an expression can give such a field something; what it gives is checked like what people write.
bool gives(const query::Node& root, FieldType wanted) {
  using query::Type;
  switch (wanted) {
    case FieldType::integer:
    case FieldType::decimal: return root.type == Type::integer || root.type == Type::number;
    case FieldType::boolean: return root.type == Type::boolean;
    case FieldType::date:
    case FieldType::uncertain_date: return root.type == Type::date;
    case FieldType::instant: return root.type == Type::instant;
    case FieldType::ref:
    case FieldType::refs: return root.type == Type::id;
    default: return is_text(wanted) && root.type == Type::text;
  }
}

}  // namespace

Result<std::optional<query::Typed>> Conditions::value(const Entity& entity, const Field& target,
                                                      const std::string& text) {
  if (text == "NULL" || text == "null") return std::nullopt;
  CIVITAS_TRY(auto typed, expression(entity, text));
  const query::Node& root = typed.root();
  bool fits = gives(root, target.type);
  const bool old = root.builtin == query::Builtin::old;
  if (old || (root.op == query::Op::property && root.builtin == query::Builtin::none)) {
    const Entity* of = &entity;
    if (root.through) {
      const Field* reference = entity.field(root.through->name);
      of = reference ? catalog_.target_of(*reference) : nullptr;
    }
    const Field* from = of ? of->field(root.field->name) : nullptr;
    const bool refers = target.type == FieldType::ref || target.type == FieldType::refs;
    if (from)
      fits = (from->type == target.type || (is_text(from->type) && is_text(target.type)) ||
              (from->type == FieldType::integer && target.type == FieldType::decimal) ||
              (from->type == FieldType::code && is_text(target.type)) ||
              (from->type == FieldType::computed && gives(root, target.type))) &&
             (!refers || catalog_.target_of(*from) == catalog_.target_of(target));
    else if (of && refers && root.field->name == "id")
      fits = catalog_.target_of(target) == of;
    else if (of && refers)
      fits = root.field->name.ends_with("_by") && catalog_.target_of(target)->path() == "identity/person";
  }
  if (!fits || target.type == FieldType::code || target.type == FieldType::computed)
    return fail(invalid("entities.declaration",
                        "“" + text + "”的结果（" + type_name(root.type).zh + "）不能写入字段 " + target.name + "（" +
                            std::string(type_name(target.type)) + "）",
                        "“" + text + "” gives " + type_name(root.type).en + ", which the field " + target.name + " (" +
                            std::string(type_name(target.type)) + ") cannot take"));
  return std::optional(std::move(typed));
}

void Conditions::check_values(const Entity& e, const Transition& t, Mistakes& mistakes) {
  const auto check = [&](const std::vector<SetValue>& values, const Entity& of) {
    for (const auto& v : values)
      if (const Field* f = of.field(v.field))
        if (const auto made = value(e, *f, v.value); !made)
          mistakes.add(e.file, t.line, "set " + v.field + "：" + made.error().message.zh,
                       "set " + v.field + ": " + made.error().message.en);
  };
  check(t.set, e);
  for (const auto* made : {&t.creates, &t.starts})
    if (*made)
      if (const Entity* of = entities::entity_of(catalog_, e, **made)) check((*made)->set, *of);
}

}  // namespace civitas::entities
