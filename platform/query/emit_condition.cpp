#include <algorithm>
#include <utility>

#include "query/emitter.hpp"
#include "query/fold.hpp"

namespace civitas::query {

namespace {
std::string_view symbol(Op op) { return op_name(op); }

/// The ref that all properties below stand behind, when nothing else is read and any null makes the whole null.
bool strict_step(const Node& n, const FieldInfo*& step) {
  if (n.type == Type::boolean || n.type == Type::geometry || n.type == Type::interval) return false;
  if (n.outer) return true;
  if (n.op == Op::property) {
    if (n.through == nullptr || (step != nullptr && step != n.through)) return false;
    step = n.through;
  }
  return std::all_of(n.args.begin(), n.args.end(), [&](const Node& arg) { return strict_step(arg, step); });
}

/// The ref of a leaf that can be true or false only when the row it points to exists.
const FieldInfo* step_of(const Node& leaf) {
  const bool first_decides = leaf.op == Op::like || leaf.op == Op::in || leaf.op == Op::between;
  if (!first_decides && !is_comparison(leaf.op) && !is_temporal(leaf.op) && !is_array(leaf.op)) return nullptr;
  const FieldInfo* step = nullptr;
  for (const auto& arg : leaf.args) {
    if (arg.builtin == Builtin::my_scope) return nullptr;
    if (!strict_step(arg, step) || (first_decides && step == nullptr)) return nullptr;
  }
  return step;
}
}  // namespace

void Emitter::back_to(const Mark& m) {
  sql.resize(m.sql);
  params.resize(m.params);
  depth_ = m.depth;
  subqueries_ = m.subqueries;
  inexact = m.inexact;
}

void Emitter::collect(const Node& n, Want want, bool conjunction,
                      std::vector<std::pair<const Node*, Want>>& parts) const {
  if (n.op == Op::not_) return collect(n.args[0], opposite(want), conjunction, parts);
  if ((n.op == Op::and_ || n.op == Op::or_) && ((n.op == Op::and_) == (want == Want::yes)) == conjunction) {
    for (const auto& arg : n.args) collect(arg, want, conjunction, parts);
    return;
  }
  parts.emplace_back(&n, want);
}

// SQLite limits the depth of an expression to 1000 and reads `a OR b OR c` as a chain: long chains are halved.
void Emitter::chain(const std::vector<std::pair<const Node*, Want>>& parts, std::size_t from, std::size_t to,
                    std::string_view word) {
  if (to - from <= 200) {
    for (std::size_t i = from; i < to; ++i) {
      if (i > from) put(word);
      condition(*parts[i].first, parts[i].second);
    }
    return;
  }
  const std::size_t middle = from + (to - from) / 2;
  open();
  chain(parts, from, middle, word);
  close();
  put(word);
  open();
  chain(parts, middle, to, word);
  close();
}

std::vector<Node> Emitter::conjunction(const Node& n) {
  std::vector<Node> widened;
  open();
  for (std::size_t i = 0; i < n.args.size(); ++i) {
    if (i > 0) put(" AND ");
    inexact = false;
    condition(n.args[i], Want::yes);
    if (inexact) widened.push_back(n.args[i]);
  }
  close();
  return widened;
}

void Emitter::condition(const Node& n, Want want) {
  if (deep()) {
    inexact = true;
    return truth(true);
  }
  if (n.op == Op::not_) return condition(n.args[0], opposite(want));
  if (n.op == Op::and_ || n.op == Op::or_) {
    const bool conjunction = (n.op == Op::and_) == (want == Want::yes);
    std::vector<std::pair<const Node*, Want>> parts;
    collect(n, want, conjunction, parts);
    open();
    chain(parts, 0, parts.size(), conjunction ? " AND " : " OR ");
    return close();
  }
  const Mark before = mark();
  const auto inside = inside_;
  const auto inside_alias = inside_alias_, alias = alias_;
  if (!leaf(n, want)) {
    back_to(before);
    inside_ = inside;
    inside_alias_ = inside_alias;
    alias_ = alias;
    inexact = true;
    truth(true);
  }
}

bool Emitter::leaf(const Node& n, Want want) {
  if (inside_ == nullptr)
    if (const FieldInfo* step = step_of(n)) return through_subquery(n, want, *step);
  switch (n.op) {
    case Op::literal: return truth(std::get<bool>(n.value) == (want == Want::yes)), true;
    case Op::like: return like_test(n, want);
    case Op::between: return between(n, want);
    case Op::in: return in(n, want);
    case Op::is_null: {
      const Node& operand = n.args[0];
      if (operand.op == Op::property && !operand.outer &&
          (operand.field->type == FieldType::rows || operand.field->type == FieldType::refs))
        return none(operand, want);
      open();
      if (operand.type == Type::date_span && operand.op == Op::property && !operand.outer) {
        if (!property(operand, operand.field->earliest_column)) return false;
      } else if (operand.op == Op::property && !operand.outer) {
        if (!property(operand, operand.field->column)) return false;
      } else if (!value(operand)) {
        return false;
      }
      put(want == Want::yes ? " IS NULL" : " IS NOT NULL");
      close();
      return true;
    }
    case Op::function:
      if (n.builtin == Builtin::any) return any(n, want);
      if (n.builtin == Builtin::took_part) return took_part(n, want);
      [[fallthrough]];
    case Op::property:
      open();
      if (!value(n)) return false;
      put(want == Want::yes ? " = 1" : " = 0");
      close();
      return true;
    default: break;
  }
  if (is_temporal(n.op)) return temporal(n, want);
  if (is_comparison(n.op)) return comparison(n, want);
  if (is_spatial(n.op)) return spatial(n, want);
  if (is_array(n.op)) return array(n, want);
  return false;
}

// `division.code LIKE '4201%'` asks the target first, so that the index of the ref serves the outer query.
bool Emitter::through_subquery(const Node& n, Want want, const FieldInfo& step) {
  const std::string alias = next_alias();
  ++subqueries_;
  put("(" + alias_ + "." + quoted(step.column) + " IN (SELECT " + alias + "." + quoted(step.target_key) + " FROM " +
      quoted(step.target_table) + " AS " + alias + " WHERE ");
  inside_ = &step;
  inside_alias_ = alias;
  const bool good = leaf(n, want);
  inside_ = nullptr;
  put("))");
  --subqueries_;
  return good;
}

// `number = '…'` and IN of what is encrypted: by its digests.
bool Emitter::sealed_equality(const Node& n, Want want) {
  const FieldInfo& f = *n.args[0].field;
  const bool equal = (n.op != Op::ne) == (want == Want::yes);
  open();
  if (!property(n.args[0], f.blind_column)) return false;
  put(equal ? " IN " : " NOT IN ");
  open();
  bool first = true;
  for (std::size_t i = 1; i < n.args.size(); ++i)
    for (auto& digest : f.sealing->digests(std::get<std::string>(n.args[i].value))) {
      if (!std::exchange(first, false)) put(", ");
      param(std::move(digest));
    }
  close();
  close();
  return true;
}

bool Emitter::comparison(const Node& n, Want want) {
  const Node& a = n.args[0];
  const Node& b = n.args[1];
  const auto is_time = [](Type t) { return t == Type::date || t == Type::instant || t == Type::date_span; };
  if (is_time(a.type)) return temporal(n, want);
  if (a.op == Op::property && a.field->sealing && !a.outer) return sealed_equality(n, want);
  const Op op = want == Want::yes ? n.op : negated(n.op);
  if (a.type == Type::boolean) {
    if (b.op == Op::literal) {
      condition(a, std::get<bool>(b.value) == (op == Op::eq) ? Want::yes : Want::no);
      return true;
    }
    open();
    if (!value(a)) return false;
    put(" " + std::string(symbol(op)) + " ");
    if (!value(b)) return false;
    close();
    return true;
  }
  const bool text = a.type == Type::text, ordered = op != Op::eq && op != Op::ne;
  open();
  if (text ? !text_value(a, !ordered && b.op == Op::literal && is_plain(std::get<std::string>(b.value))) : !value(a))
    return false;
  if (text && ordered) put(code_order());
  put(" " + std::string(symbol(op)) + " ");
  if (text ? !text_value(b, false) : !value(b)) return false;
  close();
  return true;
}

// CASEI is LOWER where that gives the same answer.
bool Emitter::text_value(const Node& n, bool constants_plain) {
  if (n.op != Op::casei) return value(n);
  if (!constants_plain || n.args[0].op == Op::casei) return false;
  put("LOWER(");
  depth_ += 3;
  if (!value(n.args[0])) return false;
  put(code_order());
  close();
  return true;
}

void Emitter::range(const Node& n, std::string_view prefix, Want want, bool& good) {
  const auto end = prefix_end(prefix);
  good = good && text_value(n, true);
  put(code_order() + (want == Want::yes ? " >= " : " < "));
  param(std::string(prefix));
  if (!end) return;
  put(want == Want::yes ? " AND " : " OR ");
  good = good && text_value(n, true);
  put(code_order() + (want == Want::yes ? " < " : " >= "));
  param(*end);
}

bool Emitter::like_test(const Node& n, Want want) {
  const Node& text = n.args[0];
  const auto& pattern = std::get<std::string>(n.args[1].value);
  if (text.op == Op::casei && !is_plain(pattern)) return false;
  const PatternPrefix prefix = pattern_prefix(pattern);
  bool good = true;
  open();
  if (prefix.rest == PatternPrefix::Rest::nothing) {
    good = text_value(text, true);
    put(want == Want::yes ? " = " : " <> ");
    param(prefix.text);
  } else if (prefix.rest == PatternPrefix::Rest::anything && !prefix.text.empty()) {
    range(text, prefix.text, want, good);
  } else {
    if (want == Want::yes && !prefix.text.empty()) {
      range(text, prefix.text, want, good);
      put(" AND ");
    }
    good = good && text_value(text, true);
    if (want == Want::no) put(" NOT");
    put(dialect_ == Dialect::sqlite ? " GLOB " : " LIKE ");
    param(dialect_ == Dialect::sqlite ? to_glob(pattern) : pattern);
  }
  close();
  return good;
}

bool Emitter::between(const Node& n, Want want) {
  open();
  if (!value(n.args[0])) return false;
  if (n.args[0].type == Type::text) put(code_order());
  put(want == Want::yes ? " BETWEEN " : " NOT BETWEEN ");
  if (!value(n.args[1])) return false;
  put(" AND ");
  if (!value(n.args[2])) return false;
  close();
  return true;
}

bool Emitter::in(const Node& n, Want want) {
  const Node& first = n.args[1];
  if (first.builtin == Builtin::my_scope) return in_scope(n, want);
  if (first.type == Type::text_list) return false;
  if (n.args[0].op == Op::property && n.args[0].field->sealing && !n.args[0].outer) return sealed_equality(n, want);
  bool plain = n.args[0].type == Type::text;
  for (std::size_t i = 1; plain && i < n.args.size(); ++i)
    plain = n.args[i].op == Op::literal && is_plain(std::get<std::string>(n.args[i].value));
  open();
  if (!text_value(n.args[0], plain)) return false;
  put(want == Want::yes ? " IN " : " NOT IN ");
  open();
  for (std::size_t i = 1; i < n.args.size(); ++i) {
    if (i > 1) put(", ");
    if (!value(n.args[i])) return false;
  }
  close();
  close();
  return true;
}

// GB/T 2260: a county or district is six digits.
constexpr std::size_t district_digits = 6;

bool Emitter::in_scope(const Node& n, Want want) {
  const Scope& scope = bindings_.scope(std::get<std::string>(n.args[1].value));
  const bool by_key = n.args[0].field->scope_path_column.empty();
  if (scope.everything) return truth(want == Want::yes), true;
  if (by_key ? scope.records.empty() : scope.prefixes.empty()) return truth(want == Want::no), true;
  return by_key ? in_records(n, scope.records, want) : in_subtrees(n, scope.prefixes, want);
}

bool Emitter::in_records(const Node& n, const std::vector<std::int64_t>& records, Want want) {
  open();
  if (!property(n.args[0], n.args[0].field->column)) return false;
  put(want == Want::yes ? " IN " : " NOT IN ");
  open();
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (i > 0) put(", ");
    param(records[i]);
  }
  close();
  close();
  return true;
}

bool Emitter::in_subtrees(const Node& n, std::vector<std::string> prefixes, Want want) {
  std::sort(prefixes.begin(), prefixes.end());
  // A subtree inside a granted subtree adds nothing; sorted, it follows directly.
  std::vector<std::string> granted;
  for (auto& prefix : prefixes)
    if (granted.empty() || !prefix.starts_with(granted.back())) granted.push_back(std::move(prefix));
  const std::string& column = n.args[0].field->scope_path_column;
  const std::string_view next = want == Want::yes ? " OR " : " AND ";
  bool first = true;
  open();
  // Whole districts by equality: a list's index begins with the district and goes on in the list's order.
  const auto others = std::stable_partition(granted.begin(), granted.end(),
                                            [](const std::string& p) { return p.size() == district_digits; });
  if (others != granted.begin()) {
    put("substr(");
    if (!property(n.args[0], column)) return false;
    put(",1," + std::to_string(district_digits) + (want == Want::yes ? ") IN " : ") NOT IN "));
    open();
    for (auto it = granted.begin(); it != others; ++it) {
      if (it != granted.begin()) put(",");
      param(*it);
    }
    close();
    first = false;
  }
  for (auto it = others; it != granted.end(); ++it) {
    if (!first) put(next);
    first = false;
    const auto end = prefix_end(*it);
    open();
    if (!property(n.args[0], column)) return false;
    put(code_order() + (want == Want::yes ? " >= " : " < "));
    param(*it);
    if (end) {
      put(want == Want::yes ? " AND " : " OR ");
      if (!property(n.args[0], column)) return false;
      put(code_order() + (want == Want::yes ? " < " : " >= "));
      param(*end);
    }
    close();
  }
  close();
  return true;
}

bool Emitter::array(const Node& n, Want want) {
  const Node& field = n.args[0];
  if (field.op != Op::property || field.outer || n.args[1].op != Op::literal) return false;
  if (field.field->type == FieldType::refs) return members(n, want);
  const auto& items = std::get<TextList>(n.args[1].value);
  const auto column = [&] { return property(field, field.field->column); };
  const auto elements = [&](std::string_view before) {
    put(before);
    const bool sqlite = dialect_ == Dialect::sqlite;
    put(sqlite ? "EXISTS (SELECT 1 FROM json_each(" : "EXISTS (SELECT 1 FROM jsonb_array_elements_text(CAST(");
    const bool good = column();
    put(sqlite ? ") AS e WHERE e.value" : " AS jsonb)) AS e(value) WHERE e.value");
    return good;
  };
  const auto listed = [&](std::string_view word) {
    put(word);
    put(" (");
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) put(", ");
      param(items[i]);
    }
    put(")");
  };
  bool good = true;
  ++subqueries_;
  open();
  good = column();
  put(" IS NOT NULL AND ");
  if (want == Want::no) put("NOT ");
  open();
  if (n.op == Op::a_overlaps) {
    if (items.empty()) {
      truth(false);
    } else {
      good = good && elements("");
      listed(" IN");
      put(")");
    }
  } else {
    truth(true);
    if (n.op == Op::a_contains || n.op == Op::a_equals)
      for (const auto& item : items) {
        good = good && elements(" AND ");
        put(" = ");
        param(item);
        put(")");
      }
    if (n.op == Op::a_contained_by || n.op == Op::a_equals) {
      good = good && elements(" AND NOT ");
      if (items.empty())
        put(" IS NOT NULL");
      else
        listed(" NOT IN");
      put(")");
    }
  }
  close();
  close();
  --subqueries_;
  return good;
}

}  // namespace civitas::query
