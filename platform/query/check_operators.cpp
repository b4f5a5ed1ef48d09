// The operators: which values they take, and what they give.
#include <algorithm>
#include <cmath>

#include "base/strings.hpp"
#include "query/checker.hpp"
#include "query/fold.hpp"
#include "query/syntax.hpp"

namespace civitas::query {

namespace {

constexpr double exact_integers = 9007199254740992.0;  // 2^53

bool is_numeric(Type t) { return t == Type::integer || t == Type::number; }
bool is_time(Type t) { return t == Type::date || t == Type::instant || t == Type::date_span; }
bool is_literal(const Node& n) { return n.op == Op::literal; }

Op mirrored(Op op) {
  switch (op) {
    case Op::lt: return Op::gt;
    case Op::gt: return Op::lt;
    case Op::le: return Op::ge;
    case Op::ge: return Op::le;
    default: return op;
  }
}

}  // namespace

Problem Checker::wrong_type(const Node& n, const std::string& zh, const std::string& en) {
  return problem_at(n.at, "type", "此处应为" + zh + "，却是" + type_name(n.type).zh + "。",
                    en + " should stand here, not " + type_name(n.type).en + ".");
}

Problem Checker::wrong_pair(const Node& a, const Node& b) {
  const Text x = type_name(a.type), y = type_name(b.type);
  return problem_at(b.at, "type", x.zh + "不能与" + y.zh + "比较。", x.en + " cannot be compared with " + y.en + ".");
}

void Checker::cast(Node& n, Type wanted) {
  if (!is_literal(n) || n.type == wanted) return;
  if (const auto* text = std::get_if<std::string>(&n.value)) {
    if (wanted == Type::date || wanted == Type::instant || wanted == Type::date_span) {
      const auto value = temporal_literal(*text);
      if (!value) return;
      if (const auto* date = std::get_if<Date>(&*value))
        n.type = Type::date, n.value = *date;
      else
        n.type = Type::instant, n.value = std::get<Instant>(*value);
    } else if (wanted == Type::id) {
      if (const auto id = parse_integer(*text)) n.type = Type::id, n.value = *id;
    }
  } else if (const auto* integer = std::get_if<std::int64_t>(&n.value)) {
    if (wanted == Type::number && std::fabs(static_cast<double>(*integer)) <= exact_integers)
      n.type = Type::number, n.value = static_cast<double>(*integer);
    else if (wanted == Type::id)
      n.type = Type::id;
  } else if (const auto* real = std::get_if<double>(&n.value)) {
    if ((wanted == Type::integer || wanted == Type::id) && std::trunc(*real) == *real &&
        std::fabs(*real) <= exact_integers)
      n.type = wanted, n.value = static_cast<std::int64_t>(*real);
  }
}

Status Checker::pair(Node& a, Node& b, bool ordered) {
  cast(a, b.type);
  cast(b, a.type);
  const bool number = is_numeric(a.type) && is_numeric(b.type);
  const bool time = is_time(a.type) && is_time(b.type);
  const bool id = (a.type == Type::id && (b.type == Type::id || b.type == Type::integer)) ||
                  (b.type == Type::id && a.type == Type::integer);
  const bool text = a.type == Type::text && b.type == Type::text;
  const bool flag = a.type == Type::boolean && b.type == Type::boolean;
  if (!number && !time && !id && !text && !flag) return fail(wrong_pair(a, b));
  if (ordered && (id || flag))
    return fail(problem_at(a.at, "type", type_name(a.type).zh + "没有大小之分，只能用 = 或 <>。",
                           type_name(a.type).en + " has no order; use = or <>."));
  return {};
}

Result<Node> Checker::comparison(Op op, Node a, Node b, Position at) {
  CIVITAS_CHECK(pair(a, b, op != Op::eq && op != Op::ne));
  Node node;
  node.at = at;
  if (is_literal(a) && !is_literal(b)) {
    std::swap(a, b);
    op = mirrored(op);
  }
  node.op = op;
  node.args.push_back(std::move(a));
  node.args.push_back(std::move(b));
  return node;
}

Result<Node> Checker::like_test(const Expr& e, Node node) {
  CIVITAS_TRY(Node value, check(e.args[0]));
  CIVITAS_TRY(Node pattern, check(e.args[1]));
  if (value.type != Type::text) return fail(wrong_type(value, "文本", "text"));
  const auto* text = std::get_if<std::string>(&pattern.value);
  if (!is_literal(pattern) || text == nullptr)
    return fail(problem_at(pattern.at, "pattern", "LIKE 之后应为单引号中的式样，如 'A%'。",
                           "LIKE takes a pattern in quotation marks, such as 'A%'."));
  if (text->size() > Limits::pattern_bytes)
    return fail(problem_at(pattern.at, "pattern", "LIKE 的式样超过 1000 字节。",
                           "the pattern of LIKE is longer than 1000 bytes."));
  if (!is_valid_pattern(*text))
    return fail(problem_at(pattern.at, "pattern", "LIKE 的式样不能以反斜杠结尾。",
                           "the pattern of LIKE must not end with a lone backslash."));
  node.args.push_back(std::move(value));
  node.args.push_back(std::move(pattern));
  return node;
}

Result<Node> Checker::between(const Expr& e, Node node) {
  CIVITAS_TRY(Node value, check(e.args[0]));
  CIVITAS_TRY(Node low, check(e.args[1]));
  CIVITAS_TRY(Node high, check(e.args[2]));
  CIVITAS_CHECK(pair(value, low, true));
  CIVITAS_CHECK(pair(value, high, true));
  if (is_time(value.type)) {
    CIVITAS_TRY(Node from, comparison(Op::ge, value, std::move(low), e.at));
    CIVITAS_TRY(Node to, comparison(Op::le, std::move(value), std::move(high), e.at));
    node.op = Op::and_;
    node.args.push_back(std::move(from));
    node.args.push_back(std::move(to));
    return node;
  }
  node.args.push_back(std::move(value));
  node.args.push_back(std::move(low));
  node.args.push_back(std::move(high));
  return node;
}

Result<Node> Checker::in(const Expr& e, Node node) {
  CIVITAS_TRY(Node value, check(e.args[0]));
  const Expr& list = e.args[1];
  if (list.op == Op::function) {
    if (is_scope(list)) return in_scope(list, std::move(value), std::move(node));
    CIVITAS_TRY(Node call, check(list));
    if (call.type != Type::text_list) return fail(wrong_type(call, "列表", "a list"));
    if (value.type != Type::text) return fail(wrong_pair(value, call));
    node.args.push_back(std::move(value));
    node.args.push_back(std::move(call));
    return node;
  }
  node.args.push_back(std::move(value));
  bool simple = true;
  for (const auto& item : list.args) {
    CIVITAS_TRY(Node operand, check(item));
    CIVITAS_CHECK(pair(node.args[0], operand, false));
    simple = simple && !is_time(operand.type) && operand.type != Type::boolean;
    node.args.push_back(std::move(operand));
  }
  if (simple) return node;
  Node any;
  any.op = Op::or_;
  any.at = e.at;
  for (std::size_t i = 1; i < node.args.size(); ++i) {
    CIVITAS_TRY(Node equal, comparison(Op::eq, node.args[0], std::move(node.args[i]), e.at));
    any.args.push_back(std::move(equal));
  }
  return any;
}

Result<Node> Checker::scope(const Expr& call) {
  std::string dimension = call.name == "my_divisions" ? "division" : "department";
  if (call.name == "my_scope") {
    const auto* named = call.args.size() == 1 ? std::get_if<std::string>(&call.args[0].value) : nullptr;
    if (named == nullptr || call.args[0].op != Op::literal)
      return fail(problem_at(call.at, "arguments", "my_scope() 需要一个范围名，如 my_scope('hall')。",
                             "my_scope() takes the name of a dimension, as in my_scope('hall')."));
    dimension = *named;
  } else if (!call.args.empty()) {
    return fail(problem_at(call.at, "arguments", call.name + "() 不需要参数。", call.name + "() takes no arguments."));
  }
  Node out;
  out.op = Op::function;
  out.builtin = Builtin::my_scope;
  out.type = Type::list;
  out.at = call.at;
  out.value = std::move(dimension);
  return out;
}

Result<Node> Checker::in_scope(const Expr& call, Node value, Node node) {
  CIVITAS_TRY(Node scope, Checker::scope(call));
  const std::string& dimension = std::get<std::string>(scope.value);
  if (value.op != Op::property || value.outer || value.field->scope != dimension) {
    const std::string is = value.op == Op::property && !value.outer && !value.field->scope.empty() ? value.field->scope : "";
    return fail(problem_at(
        value.at, "type",
        "IN " + call.name + "(…) 之前应为引用 " + dimension + " 的字段" + (is.empty() ? "。" : "，这里引用的是 " + is + "。"),
        "before IN " + call.name + "(…) stands a reference to a " + dimension +
            (is.empty() ? "." : "; this one refers to a " + is + ".")));
  }
  node.args.push_back(std::move(value));
  node.args.push_back(std::move(scope));
  return node;
}

Result<Node> Checker::folded(const Expr& e, Node node) {
  CIVITAS_TRY(Node operand, check(e.args[0]));
  if (operand.type != Type::text) return fail(wrong_type(operand, "文本", "text"));
  if (is_literal(operand)) {
    const auto& text = std::get<std::string>(operand.value);
    operand.value = e.op == Op::casei ? fold_case(text) : fold_accents(text);
    operand.at = e.at;
    return operand;
  }
  node.type = Type::text;
  node.args.push_back(std::move(operand));
  return node;
}

Result<Node> Checker::arithmetic(const Expr& e, Node node) {
  node.type = Type::number;
  for (const auto& arg : e.args) {
    CIVITAS_TRY(Node operand, check(arg));
    if (!is_numeric(operand.type)) return fail(wrong_type(operand, "数", "a number"));
    if (const auto* integer = std::get_if<std::int64_t>(&operand.value); integer != nullptr && is_literal(operand)) {
      operand.value = static_cast<double>(*integer);
      operand.type = Type::number;
    }
    node.args.push_back(std::move(operand));
  }
  return node;
}

Result<Node> Checker::spatial(const Expr& e, Node node) {
  for (const auto& arg : e.args) {
    CIVITAS_TRY(Node operand, check(arg));
    if (operand.type != Type::geometry) return fail(wrong_type(operand, "几何", "a geometry"));
    node.args.push_back(std::move(operand));
  }
  return node;
}

Result<Node> Checker::interval(const Expr& e, Node node) {
  node.type = Type::interval;
  for (const auto& arg : e.args) {
    if (arg.op == Op::unbounded) {
      Node end;
      end.op = Op::unbounded;
      end.at = arg.at;
      end.type = Type::instant;
      node.args.push_back(std::move(end));
      continue;
    }
    CIVITAS_TRY(Node end, check(arg));
    if (end.type != Type::date && end.type != Type::instant)
      return fail(wrong_type(end, "日期或时间", "a date or a time"));
    node.args.push_back(std::move(end));
  }
  return node;
}

Result<Node> Checker::temporal(const Expr& e, Node node) {
  const bool intervals_only = e.op != Op::t_after && e.op != Op::t_before && e.op != Op::t_disjoint &&
                              e.op != Op::t_equals && e.op != Op::t_intersects;
  for (const auto& arg : e.args) {
    CIVITAS_TRY(Node operand, check(arg));
    cast(operand, Type::instant);
    if (!is_time(operand.type) && operand.type != Type::interval)
      return fail(wrong_type(operand, "日期、时间或区间", "a date, a time or an interval"));
    if (intervals_only && operand.type != Type::interval && operand.type != Type::date_span)
      return fail(problem_at(operand.at, "type", std::string(op_name(e.op)) + " 只能用于区间；时点请用 T_INTERSECTS。",
                             std::string(op_name(e.op)) + " is for intervals; for points in time use T_INTERSECTS."));
    node.args.push_back(std::move(operand));
  }
  return node;
}

Result<Node> Checker::list(const Expr& e, Node node) {
  TextList texts;
  for (const auto& arg : e.args) {
    CIVITAS_TRY(Node item, check(arg));
    const auto* text = std::get_if<std::string>(&item.value);
    if (!is_literal(item) || text == nullptr)
      return fail(problem_at(arg.at, "list", "列表中应为单引号中的文本。", "a list holds texts in quotation marks."));
    texts.push_back(*text);
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  node.op = Op::literal;
  node.type = Type::text_list;
  node.value = std::move(texts);
  return node;
}

Result<Node> Checker::array(const Expr& e, Node node) {
  for (const auto& arg : e.args) {
    Result<Node> operand = Node{};
    if (arg.op == Op::literal && std::holds_alternative<std::string>(arg.value)) {
      // `('a')` is a group in the grammar; among arrays it can only be an array of one.
      Expr one;
      one.op = Op::list;
      one.at = arg.at;
      one.args.push_back(arg);
      operand = check(one);
    } else {
      operand = check(arg);
    }
    if (!operand) return operand;
    if (operand->type != Type::text_list) return fail(wrong_type(*operand, "文本列表", "a list of texts"));
    node.args.push_back(*std::move(operand));
  }
  if (is_literal(node.args[0]) && !is_literal(node.args[1])) {
    std::swap(node.args[0], node.args[1]);
    if (node.op == Op::a_contains)
      node.op = Op::a_contained_by;
    else if (node.op == Op::a_contained_by)
      node.op = Op::a_contains;
  }
  return node;
}

}  // namespace civitas::query
