#include "query/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "geo/predicates.hpp"
#include "query/fold.hpp"
#include "query/relation.hpp"

namespace civitas::query {

namespace {

Truth truth_of(bool b) { return b ? Truth::yes : Truth::no; }

struct Endpoint {
  enum class Kind { null, earliest, latest, date, instant } kind = Kind::null;
  std::int64_t value = 0;
};

bool holds_order(int order, Op op) {
  switch (op) {
    case Op::eq: return order == 0;
    case Op::ne: return order != 0;
    case Op::lt: return order < 0;
    case Op::gt: return order > 0;
    case Op::le: return order <= 0;
    default: return order >= 0;
  }
}
template <class T>
int order_of(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

Truth compare_ends(Endpoint a, Op op, Endpoint b) {
  using Kind = Endpoint::Kind;
  if (a.kind == Kind::null || b.kind == Kind::null) return Truth::unknown;
  const auto rank = [](Kind k) { return k == Kind::earliest ? -1 : k == Kind::latest ? 1 : 0; };
  if (rank(a.kind) != 0 || rank(b.kind) != 0) return truth_of(holds_order(order_of(rank(a.kind), rank(b.kind)), op));
  if (a.kind != b.kind) {
    const auto day = [](Endpoint& e) {
      if (e.kind == Kind::instant) e.value = date_in_china(Instant{e.value}).days;
    };
    day(a);
    day(b);
  }
  return truth_of(holds_order(order_of(a.value, b.value), op));
}

/// A value as the type its node promises; anything else is null.
Value as_type(Value v, Type type) {
  switch (type) {
    case Type::boolean:
      if (const auto* i = std::get_if<std::int64_t>(&v)) return *i != 0;
      return std::holds_alternative<bool>(v) ? std::move(v) : Value();
    case Type::integer:
    case Type::id: return std::holds_alternative<std::int64_t>(v) ? std::move(v) : Value();
    case Type::number:
      if (const auto* i = std::get_if<std::int64_t>(&v)) return static_cast<double>(*i);
      if (const auto* d = std::get_if<double>(&v)) return std::isnan(*d) ? Value() : Value(*d);
      return {};
    case Type::text: return std::holds_alternative<std::string>(v) ? std::move(v) : Value();
    case Type::date: return std::holds_alternative<Date>(v) ? std::move(v) : Value();
    case Type::instant: return std::holds_alternative<Instant>(v) ? std::move(v) : Value();
    case Type::date_span: return std::holds_alternative<DateSpan>(v) ? std::move(v) : Value();
    case Type::text_list: return std::holds_alternative<TextList>(v) ? std::move(v) : Value();
    case Type::geometry:
      if (const auto* text = std::get_if<std::string>(&v)) {
        const auto json = Json::parse(*text);
        if (!json) return {};
        auto shape = geo::Geometry::from_geojson(*json);
        return shape ? Value(*std::move(shape)) : Value();
      }
      return std::holds_alternative<geo::Geometry>(v) ? std::move(v) : Value();
    default: return v;
  }
}

class Evaluator {
 public:
  Evaluator(const Record& record, const Bindings& bindings) : record_(record), bindings_(bindings) {}

  Truth truth(const Node& n) const {
    switch (n.op) {
      case Op::and_:
      case Op::or_: {
        const Truth decisive = n.op == Op::and_ ? Truth::no : Truth::yes;
        Truth result = truth_not(decisive);
        for (const auto& arg : n.args) {
          const Truth t = truth(arg);
          if (t == decisive) return t;
          if (t == Truth::unknown) result = t;
        }
        return result;
      }
      case Op::not_: return truth_not(truth(n.args[0]));
      case Op::is_null:
        if (n.args[0].type == Type::rows)
          return truth_of(!record_.any_row(n.args[0].field->name, [](const Record&) { return true; }));
        return truth_of(is_null(value(n.args[0])));
      case Op::like: {
        const Value text = value(n.args[0]);
        const auto* s = std::get_if<std::string>(&text);
        return s == nullptr ? Truth::unknown : truth_of(like(*s, std::get<std::string>(n.args[1].value)));
      }
      case Op::between: {
        const Value v = value(n.args[0]);
        const Truth low = compare(v, Op::ge, value(n.args[1])), high = compare(v, Op::le, value(n.args[2]));
        if (low == Truth::no || high == Truth::no) return Truth::no;
        return low == Truth::unknown || high == Truth::unknown ? Truth::unknown : Truth::yes;
      }
      case Op::in: return in(n);
      case Op::function:
        if (n.builtin == Builtin::any) return any(n);
        if (n.builtin == Builtin::took_part) return took_part(n);
        break;
      default: break;
    }
    if (is_temporal(n.op)) return temporal(n);
    if (is_comparison(n.op)) {
      const Type a = n.args[0].type, b = n.args[1].type;
      if (a == Type::date || a == Type::instant || a == Type::date_span || b == Type::date_span) return temporal(n);
      return compare(value(n.args[0]), n.op, value(n.args[1]));
    }
    if (is_spatial(n.op)) return spatial(n);
    if (is_array(n.op)) return array(n);
    const Value v = value(n);
    const auto* flag = std::get_if<bool>(&v);
    return flag == nullptr ? Truth::unknown : truth_of(*flag);
  }

  Value value(const Node& n) const {
    switch (n.op) {
      case Op::literal: return n.value;
      case Op::property:
        if (n.outer) return outer_value(n, bindings_);
        if (n.through != nullptr) return as_type(record_.get_through(n.through->name, n.field->name), n.type);
        return as_type(record_.get(n.field->name), n.type);
      case Op::casei:
      case Op::accenti: {
        const Value v = value(n.args[0]);
        const auto* text = std::get_if<std::string>(&v);
        if (text == nullptr) return {};
        return n.op == Op::casei ? fold_case(*text) : fold_accents(*text);
      }
      case Op::function: return call(n);
      default: break;
    }
    if (is_arithmetic(n.op)) return arithmetic(n);
    const Truth t = truth(n);
    return t == Truth::unknown ? Value() : Value(t == Truth::yes);
  }

 private:
  Value call(const Node& n) const {
    switch (n.builtin) {
      case Builtin::me: return bindings_.me ? Value(*bindings_.me) : Value();
      case Builtin::my_department: return bindings_.department ? Value(*bindings_.department) : Value();
      case Builtin::today: return bindings_.today();
      case Builtin::now: return bindings_.now;
      case Builtin::old: return old_value(n, bindings_);
      case Builtin::any:
      case Builtin::took_part: return truth(n) == Truth::yes;
      case Builtin::count:
      case Builtin::sum:
        if (n.source == nullptr) return over_rows(n);
        [[fallthrough]];
      case Builtin::first: return bindings_.elsewhere ? as_type(bindings_.elsewhere(n, record_), n.type) : Value();
      default: break;
    }
    if (n.function == nullptr) return {};
    std::vector<Value> args;
    for (std::size_t i = 0; i < n.args.size(); ++i) {
      const Type wanted = n.function->argument(i);
      Value arg = value(n.args[i]);
      if (const auto* at = std::get_if<Instant>(&arg); at != nullptr && wanted == Type::date) arg = date_in_china(*at);
      if (const auto* whole = std::get_if<std::int64_t>(&arg); whole != nullptr && wanted == Type::text)
        arg = std::to_string(*whole);
      args.push_back(as_type(std::move(arg), wanted));
      if (is_null(args.back())) return {};
    }
    return as_type(n.function->evaluate(args), n.type);
  }

  // count(disks), sum(disks.gib).
  Value over_rows(const Node& n) const {
    const bool sums = n.builtin == Builtin::sum;
    const Node* condition = n.args.size() > (sums ? 1 : 0) ? &n.args.back() : nullptr;
    std::int64_t count = 0;
    double total = 0;
    record_.any_row(n.field->name, [&](const Record& row) {
      const Evaluator inner(row, bindings_);
      if (condition != nullptr && inner.truth(*condition) != Truth::yes) return false;
      ++count;
      if (!sums) return false;
      const Value v = as_type(inner.value(n.args[0]), Type::number);
      if (const auto* number = std::get_if<double>(&v)) total += *number;
      return false;
    });
    return sums ? Value(total) : Value(count);
  }

  Value arithmetic(const Node& n) const {
    const auto number = [&](const Node& arg) { return as_type(value(arg), Type::number); };
    const Value x = number(n.args[0]), y = number(n.args[1]);
    const auto* a = std::get_if<double>(&x);
    const auto* b = std::get_if<double>(&y);
    if (a == nullptr || b == nullptr) return {};
    double result = 0;
    switch (n.op) {
      case Op::add: result = *a + *b; break;
      case Op::subtract: result = *a - *b; break;
      case Op::multiply: result = *a * *b; break;
      case Op::power: result = std::pow(*a, *b); break;
      default: {
        if (*b == 0) return {};
        const double quotient = *a / *b;
        if (n.op == Op::divide)
          result = quotient;
        else if (n.op == Op::integer_divide)
          result = std::trunc(quotient);
        else
          result = *a - *b * std::trunc(quotient);
      }
    }
    return std::isnan(result) ? Value() : Value(result);
  }

  static Truth compare(const Value& a, Op op, const Value& b) {
    if (is_null(a) || is_null(b)) return Truth::unknown;
    if (const auto* x = std::get_if<std::string>(&a))
      if (const auto* y = std::get_if<std::string>(&b)) return truth_of(holds_order(order_of(*x, *y), op));
    if (const auto* x = std::get_if<bool>(&a))
      if (const auto* y = std::get_if<bool>(&b)) return truth_of(holds_order(order_of(*x, *y), op));
    const auto* i = std::get_if<std::int64_t>(&a);
    const auto* j = std::get_if<std::int64_t>(&b);
    if (i != nullptr && j != nullptr) return truth_of(holds_order(order_of(*i, *j), op));
    const auto* d = std::get_if<double>(&a);
    const auto* e = std::get_if<double>(&b);
    if ((i == nullptr && d == nullptr) || (j == nullptr && e == nullptr)) return Truth::unknown;
    // An integer and a decimal are compared exactly, as SQLite does.
    static_assert(std::numeric_limits<long double>::digits >= 53);
    const auto x = i != nullptr ? static_cast<long double>(*i) : static_cast<long double>(*d);
    const auto y = j != nullptr ? static_cast<long double>(*j) : static_cast<long double>(*e);
    return truth_of(holds_order(order_of(x, y), op));
  }

  Truth in(const Node& n) const {
    if (n.args[1].builtin == Builtin::my_scope) return in_scope(n);
    const Value v = value(n.args[0]);
    if (n.args[1].type == Type::text_list) {
      const Value list = value(n.args[1]);
      const auto* text = std::get_if<std::string>(&v);
      const auto* items = std::get_if<TextList>(&list);
      if (text == nullptr || items == nullptr) return Truth::unknown;
      return truth_of(std::find(items->begin(), items->end(), *text) != items->end());
    }
    Truth result = Truth::no;
    for (std::size_t i = 1; i < n.args.size(); ++i) {
      const Truth t = compare(v, Op::eq, value(n.args[i]));
      if (t == Truth::yes) return t;
      if (t == Truth::unknown) result = t;
    }
    return result;
  }

  Truth in_scope(const Node& n) const {
    const Scope& scope = bindings_.scope(std::get<std::string>(n.args[1].value));
    const FieldInfo& field = *n.args[0].field;
    if (scope.everything) return Truth::yes;
    if (field.scope_path_column.empty()) {
      if (scope.records.empty()) return Truth::no;
      const Value key = value(n.args[0]);
      const auto* id = std::get_if<std::int64_t>(&key);
      if (id == nullptr) return Truth::unknown;
      return truth_of(std::binary_search(scope.records.begin(), scope.records.end(), *id));
    }
    if (scope.prefixes.empty()) return Truth::no;
    const FieldInfo* step = n.args[0].through;
    const Value path = record_.scope_path(step != nullptr ? step->name + "." + field.name : field.name);
    const auto* text = std::get_if<std::string>(&path);
    if (text == nullptr) return Truth::unknown;
    return truth_of(std::any_of(scope.prefixes.begin(), scope.prefixes.end(),
                                [&](const std::string& prefix) { return text->starts_with(prefix); }));
  }

  Truth took_part(const Node& n) const {
    if (n.args[0].builtin == Builtin::my_scope)
      return truth_of(record_.department_took_part(bindings_.scope(std::get<std::string>(n.args[0].value)),
                                                   std::get<std::string>(n.value)));
    const Value person = value(n.args[0]);
    const auto* id = std::get_if<std::int64_t>(&person);
    return truth_of(id != nullptr && record_.took_part(*id, std::get<std::string>(n.value)));
  }

  Truth any(const Node& n) const {
    const std::string rows = n.through != nullptr ? n.through->name + "." + n.field->name : n.field->name;
    return truth_of(record_.any_row(
        rows, [&](const Record& row) { return Evaluator(row, bindings_).truth(n.args[0]) == Truth::yes; }));
  }

  Endpoint end_of(const Node& n, bool end) const {
    using Kind = Endpoint::Kind;
    if (n.op == Op::interval) return end_of(n.args[end ? 1 : 0], end);
    if (n.op == Op::unbounded) return {end ? Kind::latest : Kind::earliest, 0};
    const Value v = value(n);
    if (const auto* date = std::get_if<Date>(&v)) return {Kind::date, date->days};
    if (const auto* instant = std::get_if<Instant>(&v)) return {Kind::instant, instant->micros};
    if (const auto* span = std::get_if<DateSpan>(&v)) return {Kind::date, (end ? span->latest : span->earliest).days};
    return {};
  }

  Truth relate(const Relation& relation, const Node& a, const Node& b) const {
    Truth result = truth_of(relation.all);
    for (std::size_t i = 0; i < relation.size; ++i) {
      const Clause& clause = relation.clauses[i];
      const Truth t = compare_ends(end_of(a, clause.a_end), clause.op, end_of(b, clause.b_end));
      if (t == truth_of(!relation.all)) return t;
      if (t == Truth::unknown) result = t;
    }
    return result;
  }

  Truth temporal(const Node& n) const {
    if (relate(holds(n.op), n.args[0], n.args[1]) == Truth::yes) return Truth::yes;
    return relate(fails(n.op), n.args[0], n.args[1]) == Truth::yes ? Truth::no : Truth::unknown;
  }

  Truth spatial(const Node& n) const {
    const Value x = value(n.args[0]), y = value(n.args[1]);
    const auto* a = std::get_if<geo::Geometry>(&x);
    const auto* b = std::get_if<geo::Geometry>(&y);
    if (a == nullptr || b == nullptr) return Truth::unknown;
    static constexpr geo::Relation relations[] = {
        geo::Relation::intersects, geo::Relation::equals,   geo::Relation::disjoint, geo::Relation::touches,
        geo::Relation::within,     geo::Relation::overlaps, geo::Relation::crosses,  geo::Relation::contains};
    const auto result = geo::relate(*a, relations[static_cast<int>(n.op) - static_cast<int>(Op::s_intersects)], *b);
    return result ? truth_of(*result) : Truth::unknown;
  }

  Truth array(const Node& n) const {
    const Value x = value(n.args[0]), y = value(n.args[1]);
    const auto* a = std::get_if<TextList>(&x);
    const auto* b = std::get_if<TextList>(&y);
    if (a == nullptr || b == nullptr) return Truth::unknown;
    const auto has = [](const TextList& list, const std::string& s) {
      return std::find(list.begin(), list.end(), s) != list.end();
    };
    const auto superset = [&](const TextList& big, const TextList& small) {
      return std::all_of(small.begin(), small.end(), [&](const auto& s) { return has(big, s); });
    };
    switch (n.op) {
      case Op::a_contains: return truth_of(superset(*a, *b));
      case Op::a_contained_by: return truth_of(superset(*b, *a));
      case Op::a_equals: return truth_of(superset(*a, *b) && superset(*b, *a));
      default: return truth_of(std::any_of(b->begin(), b->end(), [&](const auto& s) { return has(*a, s); }));
    }
  }

  const Record& record_;
  const Bindings& bindings_;
};

}  // namespace

const Scope& Bindings::scope(std::string_view dimension) const {
  static const Scope nothing, all{true, {}, {}};
  if (everywhere) return all;
  if (scopes == nullptr) return nothing;
  const auto found = scopes->find(dimension);
  return found == scopes->end() ? nothing : found->second;
}

Value old_value(const Node& n, const Bindings& bindings) {
  return bindings.old == nullptr ? Value() : as_type(bindings.old->get(n.field->name), n.type);
}

Value outer_value(const Node& n, const Bindings& bindings) {
  if (bindings.outer == nullptr) return {};
  return as_type(n.through != nullptr ? bindings.outer->get_through(n.through->name, n.field->name)
                                      : bindings.outer->get(n.field->name),
                 n.type);
}

Truth evaluate(const Typed& condition, const Record& record, const Bindings& bindings) {
  return Evaluator(record, bindings).truth(condition.root());
}

Value evaluate_expression(const Typed& expression, const Record& record, const Bindings& bindings) {
  return Evaluator(record, bindings).value(expression.root());
}

}  // namespace civitas::query
