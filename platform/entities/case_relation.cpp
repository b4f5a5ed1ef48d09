#include "entities/case_relation.hpp"

namespace civitas::entities {

namespace {
constexpr std::string_view table = "process_case", key = "record";
}

query::FieldInfo case_relation(const query::Schema& of_case) {
  query::FieldInfo info;
  info.name = "case";
  info.type = query::FieldType::ref;
  info.column = "id";
  info.target_table = table;
  info.target_key = key;
  info.target = &of_case;
  info.beside = true;
  return info;
}

query::FieldList fields_of_case() {
  using T = query::FieldType;
  query::FieldList list;
  const auto add = [&](const char* name, T type, const char* scope = "") {
    query::FieldInfo info;
    info.name = info.column = name;
    info.type = type;
    info.scope = scope;
    list.add(std::move(info));
  };
  add("due_at", T::instant);
  add("entered_at", T::instant);
  add("person", T::ref);
  add("department", T::ref, "department");
  add("claimed_by", T::ref);
  query::FieldInfo late;
  late.name = "late";
  late.type = T::boolean;
  late.means = "case.due_at IS NOT NULL AND case.due_at < now()";
  list.add(std::move(late));
  return list;
}

bool is_case_order(std::string_view name) { return name == "case.due_at" || name == "case.entered_at"; }

std::string case_value(std::string_view name) {
  const std::string column(name.substr(name.find('.') + 1));
  return "(SELECT k." + column + " FROM " + std::string(table) + " k WHERE k." + std::string(key) + "=t.id)";
}

}  // namespace civitas::entities
