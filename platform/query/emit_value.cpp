#include <algorithm>

#include "query/emitter.hpp"

namespace civitas::query {

namespace {
constexpr std::int64_t day_micros = 86'400'000'000, china_micros = 28'800'000'000;

Param as_param(const Value& v) {
  if (const auto* b = std::get_if<bool>(&v)) return std::int64_t{*b};
  if (const auto* i = std::get_if<std::int64_t>(&v)) return *i;
  if (const auto* d = std::get_if<double>(&v)) return *d;
  if (const auto* s = std::get_if<std::string>(&v)) return *s;
  if (const auto* date = std::get_if<Date>(&v)) return std::int64_t{date->days};
  if (const auto* instant = std::get_if<Instant>(&v)) return instant->micros;
  return nullptr;
}
bool has_param(const Value& v) {
  return !std::holds_alternative<DateSpan>(v) && !std::holds_alternative<TextList>(v) &&
         !std::holds_alternative<geo::Geometry>(v);
}

class Nothing final : public Record {
 public:
  Value get(std::string_view) const override { return {}; }
};

// The same for every record: `add_days(today(), -6)`.
bool is_fixed(const Node& n) {
  if (n.op == Op::literal) return true;
  const bool known = n.function != nullptr || n.builtin == Builtin::me || n.builtin == Builtin::my_department ||
                     n.builtin == Builtin::today || n.builtin == Builtin::now;
  return (is_arithmetic(n.op) || (n.op == Op::function && known)) &&
         std::all_of(n.args.begin(), n.args.end(), is_fixed);
}
}  // namespace

std::string Emitter::quoted(std::string_view identifier) {
  std::string out = "\"";
  for (const char c : identifier) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

void Emitter::put(std::string_view text) {
  if (sql.size() + text.size() > 256 * 1024)
    too_long_ = true;
  else
    sql += text;
}

// PostgreSQL must know the type of a parameter; it would take it from the column otherwise and refuse 1.5 for a BIGINT.
void Emitter::param(Param p) {
  if (too_long_) return;
  if (dialect_ == Dialect::sqlite)
    put("?");
  else if (std::holds_alternative<double>(p))
    put("CAST(? AS double precision)");
  else if (std::holds_alternative<std::string>(p))
    put("CAST(? AS text)");
  else
    put("CAST(? AS bigint)");
  if (!too_long_) params.push_back(std::move(p));
}

void Emitter::constant_param(const Value& v) { param(as_param(v)); }

std::optional<Value> Emitter::constant(const Node& n) const {
  if (n.op == Op::literal) return n.value;
  if (n.outer) return outer_value(n, bindings_);
  if (n.op != Op::function) return std::nullopt;
  if (n.function != nullptr) {
    if (!is_fixed(n)) return std::nullopt;
    return evaluate_expression(Typed(std::make_shared<const Node>(n)), Nothing(), bindings_);
  }
  switch (n.builtin) {
    case Builtin::me: return bindings_.me ? Value(*bindings_.me) : Value();
    case Builtin::my_department: return bindings_.department ? Value(*bindings_.department) : Value();
    case Builtin::today: return Value(bindings_.today());
    case Builtin::now: return Value(bindings_.now);
    case Builtin::old: return old_value(n, bindings_);
    default: return std::nullopt;
  }
}

bool Emitter::property(const Node& n, const std::string& column) {
  if (column.empty()) return false;
  if (n.through == nullptr) return put(alias_ + "." + quoted(column)), true;
  if (inside_ == n.through) return put(inside_alias_ + "." + quoted(column)), true;
  const FieldInfo& step = *n.through;
  const std::string alias = next_alias();
  put("(SELECT " + alias + "." + quoted(column) + " FROM " + quoted(step.target_table) + " AS " + alias + " WHERE " +
      alias + "." + quoted(step.target_key) + " = " + alias_ + "." + quoted(step.column) + ")");
  return true;
}

bool Emitter::value(const Node& n) {
  if (deep()) return false;
  if (const auto fixed = constant(n)) {
    if (!has_param(*fixed)) return false;
    // A null of unknown type: PostgreSQL wants to know which.
    if (is_null(*fixed)) {
      const bool text = n.type == Type::text;
      put(dialect_ == Dialect::sqlite ? "NULL" : text ? "CAST(NULL AS text)" : "CAST(NULL AS bigint)");
    } else {
      constant_param(*fixed);
    }
    return true;
  }
  if (n.op == Op::property) {
    if (n.type == Type::date_span || n.type == Type::geometry || n.type == Type::text_list || n.type == Type::json)
      return false;
    return property(n, n.field->column);
  }
  if (n.op == Op::casei || n.op == Op::accenti) return false;
  if (n.op == Op::function && n.builtin == Builtin::none) return call(n);
  if (is_arithmetic(n.op)) return arithmetic(n);
  if (n.type == Type::boolean) return truth_value(n);
  return false;
}

bool Emitter::truth_value(const Node& n) {
  const bool before = inexact;
  inexact = false;
  put("CASE WHEN ");
  depth_ += 3;
  condition(n, Want::yes);
  put(" THEN 1 WHEN ");
  condition(n, Want::no);
  put(" THEN 0 END");
  depth_ -= 3;
  const bool good = !inexact;
  inexact = before;
  return good;
}

bool Emitter::call(const Node& n) {
  const std::string& form = dialect_ == Dialect::sqlite ? n.function->sqlite : n.function->postgres;
  if (form.empty()) return false;
  if (n.function->repeats) return joined(n, form);
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] == '{' && i + 2 < form.size() && form[i + 2] == '}') {
      const auto index = static_cast<std::size_t>(form[i + 1] - '0');
      if (index >= n.args.size() || !argument(n, index)) return false;
      i += 2;
    } else {
      put(std::string_view(form).substr(i, 1));
    }
  }
  return true;
}

bool Emitter::argument(const Node& n, std::size_t index) {
  depth_ += 3;
  const Type wanted = n.function->argument(index);
  const Node& arg = n.args[index];
  // A time stands for its civil day in China, a whole number for its digits.
  const bool day_of_time = wanted == Type::date && arg.type == Type::instant;
  const bool digits = wanted == Type::text && arg.type == Type::integer;
  if (day_of_time) put("((");
  if (digits) put("CAST(");
  const bool good = wanted == Type::number ? number(arg) : value(arg);
  if (day_of_time) put(" + 86400028800000000) / 86400000000 - 1000000)");
  if (digits) put(" AS TEXT)");
  depth_ -= 3;
  return good;
}

bool Emitter::joined(const Node& n, const std::string& by) {
  open();
  for (std::size_t i = 0; i < n.args.size(); ++i) {
    if (i > 0) put(by);
    if (!argument(n, i)) return false;
  }
  close();
  return true;
}

bool Emitter::number(const Node& n) {
  if (n.type == Type::number && (n.op == Op::literal || is_arithmetic(n.op))) return value(n);
  put("CAST(");
  depth_ += 3;
  if (!value(n)) return false;
  depth_ -= 3;
  put(dialect_ == Dialect::sqlite ? " AS REAL)" : " AS double precision)");
  return true;
}

// In double precision on both databases; division by zero is null.
bool Emitter::arithmetic(const Node& n) {
  if (n.op == Op::power) return false;
  const Node& a = n.args[0];
  const Node& b = n.args[1];
  const auto quotient = [&] {
    if (!number(a)) return false;
    put(" / NULLIF(");
    if (!number(b)) return false;
    put(", 0)");
    return true;
  };
  bool good = true;
  open();
  switch (n.op) {
    case Op::add:
    case Op::subtract:
    case Op::multiply:
      good = number(a);
      put(" " + std::string(op_name(n.op)) + " ");
      good = good && number(b);
      break;
    case Op::divide: good = quotient(); break;
    case Op::integer_divide:
      put("TRUNC(");
      good = quotient();
      put(")");
      break;
    default:  // modulo
      good = number(a);
      put(" - ");
      good = good && number(b);
      put(" * TRUNC(");
      good = good && quotient();
      put(")");
  }
  close();
  return good;
}

Emitter::End Emitter::end_of(const Node& n, bool end) const {
  if (n.op == Op::interval) return end_of(n.args[end ? 1 : 0], end);
  End e;
  e.node = &n;
  e.end = end;
  if (n.op == Op::unbounded) {
    e.kind = end ? End::Kind::latest : End::Kind::earliest;
    e.constant = true;
    return e;
  }
  e.kind = n.type == Type::instant ? End::Kind::instant : End::Kind::date;
  if (auto fixed = constant(n)) {
    e.constant = true;
    e.value = *std::move(fixed);
    if (const auto* span = std::get_if<DateSpan>(&e.value)) e.value = Value(end ? span->latest : span->earliest);
  }
  return e;
}

bool Emitter::end_value(const End& e) {
  if (e.constant) return constant_param(e.value), true;
  const Node& n = *e.node;
  if (n.type == Type::date_span)
    return n.op == Op::property && property(n, e.end ? n.field->latest_column : n.field->earliest_column);
  return value(n);
}

bool Emitter::temporal(const Node& n, Want want) {
  Relation relation = want == Want::yes ? holds(n.op) : fails(n.op);
  if (is_comparison(n.op) && n.args[0].type != Type::date_span && n.args[1].type != Type::date_span)
    relation = {true, 1, {{{false, want == Want::yes ? n.op : negated(n.op), false}}}};
  open();
  for (std::size_t i = 0; i < relation.size; ++i) {
    if (i > 0) put(relation.all ? " AND " : " OR ");
    const Clause& c = relation.clauses[i];
    if (!clause(end_of(n.args[0], c.a_end), c.op, end_of(n.args[1], c.b_end))) return false;
  }
  close();
  return true;
}

// Only "certainly true" is asked for here, so null and false need not be told apart.
bool Emitter::clause(const End& a, Op op, const End& b) {
  const auto open_end = [](const End& e) {
    return e.kind == End::Kind::earliest ? -1 : e.kind == End::Kind::latest ? 1 : 0;
  };
  const int x = open_end(a), y = open_end(b);
  if (x != 0 || y != 0) {
    const int order = x < y ? -1 : x > y ? 1 : 0;
    const bool result = op == Op::eq   ? order == 0
                        : op == Op::ne ? order != 0
                        : op == Op::lt ? order < 0
                        : op == Op::gt ? order > 0
                        : op == Op::le ? order <= 0
                                       : order >= 0;
    if (!result || (x != 0 && y != 0)) return truth(result), true;
    const End& known = x == 0 ? a : b;
    if (known.constant) return truth(!is_null(known.value)), true;
    if (!end_value(known)) return false;
    put(" IS NOT NULL");
    return true;
  }
  if ((a.constant && is_null(a.value)) || (b.constant && is_null(b.value))) return truth(false), true;
  if (a.kind == b.kind) {
    if (!end_value(a)) return false;
    put(" " + std::string(op_name(op)) + " ");
    return end_value(b);
  }
  if (a.kind == End::Kind::instant) return instant_against_day(a, op, b);
  static constexpr std::pair<Op, Op> mirror[] = {
      {Op::lt, Op::gt}, {Op::gt, Op::lt}, {Op::le, Op::ge}, {Op::ge, Op::le}};
  for (const auto& [from, to] : mirror)
    if (op == from) return instant_against_day(b, to, a);
  return instant_against_day(b, op, a);
}

// A time is compared with a day by its civil date in China, written as a range of microseconds.
bool Emitter::instant_against_day(const End& instant, Op op, const End& day) {
  const auto part = [&](std::string_view comparison, int offset) {
    if (!end_value(instant)) return false;
    put(comparison);
    if (day.constant) {
      param((std::int64_t{std::get<Date>(day.value).days} + offset) * day_micros - china_micros);
      return true;
    }
    open();
    if (!end_value(day)) return false;
    put(" * 86400000000 " + std::string(offset == 0 ? "- 28800000000" : "+ 57600000000"));
    close();
    return true;
  };
  switch (op) {
    case Op::lt: return part(" < ", 0);
    case Op::le: return part(" < ", 1);
    case Op::gt: return part(" >= ", 1);
    case Op::ge: return part(" >= ", 0);
    default: break;
  }
  open();
  bool good = part(op == Op::eq ? " >= " : " < ", 0);
  put(op == Op::eq ? " AND " : " OR ");
  good = good && part(op == Op::eq ? " < " : " >= ", 1);
  close();
  return good;
}

}  // namespace civitas::query
