// Child rows and several references: EXISTS over the table that holds them.
#include "base/strings.hpp"
#include "query/emitter.hpp"

namespace civitas::query {

// FROM … WHERE: the child rows of the record, or of the version of it that is asked about; with a step those of the
// record that `through` refers to, as they now are.
void Emitter::child_rows(const FieldInfo& f, const FieldInfo* through, const std::string& alias) {
  const bool versions = bindings_.versions && alias_ == base_ && through == nullptr;
  const std::string& table = f.type == FieldType::refs ? f.link_table : f.target_table;
  const std::string& key = through != nullptr ? through->column : f.type == FieldType::rows ? f.target_key : "id";
  put(quoted(versions ? f.version_table : table) + " AS " + alias + " WHERE " + alias + "." + quoted(f.parent_column) +
      " = " + alias_ + "." + quoted(key));
  if (!versions) return;
  const std::string version = alias_ + ".version";
  put(" AND " + alias + ".since_version <= " + version + " AND (" + alias + ".until_version IS NULL OR " + alias +
      ".until_version > " + version + ")");
}

bool Emitter::none(const Node& field, Want want) {
  if (field.through != nullptr) return false;
  ++subqueries_;
  put(want == Want::yes ? "NOT EXISTS (SELECT 1 FROM " : "EXISTS (SELECT 1 FROM ");
  child_rows(*field.field, nullptr, next_alias());
  put(")");
  --subqueries_;
  return true;
}

bool Emitter::any(const Node& n, Want want) {
  const FieldInfo& f = *n.field;
  const std::string child = next_alias(), parent = alias_;
  const bool inexact_before = inexact;
  inexact = false;
  ++subqueries_;
  put(want == Want::yes ? "EXISTS (SELECT 1 FROM " : "NOT EXISTS (SELECT 1 FROM ");
  child_rows(f, n.through, child);
  if (f.type == FieldType::refs) {
    const std::string target = next_alias();
    put(" AND EXISTS (SELECT 1 FROM " + quoted(f.target_table) + " AS " + target + " WHERE " + target + "." +
        quoted(f.target_key) + " = " + child + "." + quoted(f.link_column));
    alias_ = target;
    ++subqueries_;
  } else {
    alias_ = child;
  }
  put(" AND ");
  condition(n.args[0], Want::yes);
  alias_ = parent;
  put(")");
  --subqueries_;
  if (f.type == FieldType::refs) {
    put(")");
    --subqueries_;
  }
  const bool widened = inexact;
  inexact = inexact_before || widened;
  return !widened || want == Want::yes;
}

bool Emitter::took_part(const Node& n, Want want) {
  const StepTable& steps = *n.steps;
  const bool departments = n.args[0].builtin == Builtin::my_scope;
  const Scope* scope = departments ? &bindings_.scope(std::get<std::string>(n.args[0].value)) : nullptr;
  if (scope && !scope->everything && scope->records.empty()) return truth(want == Want::no), true;
  const std::string alias = next_alias(), dot = alias + ".";
  ++subqueries_;
  put(std::string(want == Want::yes ? "" : "NOT ") + "EXISTS (SELECT 1 FROM " + quoted(steps.table) + " AS " + alias +
      " WHERE " + dot + quoted(steps.record_column) + " = " + alias_ + "." + quoted("id"));
  if (const auto& step = std::get<std::string>(n.value); !step.empty()) {
    put(" AND " + dot + quoted(steps.step_column) + " = ");
    param(step);
  }
  bool good = true;
  if (scope && scope->everything) {
    put(" AND " + dot + quoted(steps.department_column) + " IS NOT NULL");
  } else if (scope) {
    put(" AND " + dot + quoted(steps.department_column) + " IN ");
    open();
    for (std::size_t i = 0; i < scope->records.size(); ++i) {
      if (i > 0) put(", ");
      param(scope->records[i]);
    }
    close();
  } else {
    put(" AND ");
    open();
    for (std::size_t i = 0; i < steps.person_columns.size(); ++i) {
      put((i > 0 ? " OR " : "") + dot + quoted(steps.person_columns[i]) + " = ");
      good = good && value(n.args[0]);
    }
    close();
  }
  put(")");
  --subqueries_;
  return good;
}

// A_CONTAINS and the like over several references. None is null, so neither true nor false.
bool Emitter::members(const Node& n, Want want) {
  const Node& field = n.args[0];
  if (field.through != nullptr) return false;
  std::vector<std::int64_t> keys;
  bool all_are_keys = true;
  for (const auto& item : std::get<TextList>(n.args[1].value)) {
    const auto key = parse_integer(item);
    if (key)
      keys.push_back(*key);
    else
      all_are_keys = false;
  }
  const auto some = [&](std::string_view before, std::string_view word, std::size_t from, std::size_t to) {
    const std::string alias = next_alias();
    put(std::string(before) + "EXISTS (SELECT 1 FROM ");
    child_rows(*field.field, nullptr, alias);
    if (from < to || !word.empty()) {
      put(" AND " + alias + "." + quoted(field.field->link_column) + std::string(word) + " (");
      for (std::size_t i = from; i < to; ++i) {
        if (i > from) put(", ");
        param(keys[i]);
      }
      put(")");
    }
    put(")");
  };
  ++subqueries_;
  open();
  some("", "", 0, 0);
  put(want == Want::yes ? " AND " : " AND NOT ");
  open();
  if (n.op == Op::a_overlaps) {
    if (keys.empty())
      truth(false);
    else
      some("", " IN", 0, keys.size());
  } else {
    const bool holds_all = n.op == Op::a_contains || n.op == Op::a_equals;
    truth(!holds_all || all_are_keys);
    if (holds_all)
      for (std::size_t i = 0; i < keys.size(); ++i) some(" AND ", " IN", i, i + 1);
    if (n.op == Op::a_contained_by || n.op == Op::a_equals) {
      if (keys.empty())
        put(" AND 1=0");
      else
        some(" AND NOT ", " NOT IN", 0, keys.size());
    }
  }
  close();
  close();
  --subqueries_;
  return true;
}

}  // namespace civitas::query
