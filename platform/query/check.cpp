#include <algorithm>
#include <cmath>

#include "base/strings.hpp"
#include "query/fold.hpp"
#include "query/parse.hpp"
#include "query/syntax.hpp"
#include "query/typed.hpp"

namespace civitas::query {

namespace {

constexpr double exact_integers = 9007199254740992.0;  // 2^53

bool is_numeric(Type t) { return t == Type::integer || t == Type::number; }
bool is_time(Type t) { return t == Type::date || t == Type::instant || t == Type::date_span; }
bool is_literal(const Node& n) { return n.op == Op::literal; }

Type type_of(FieldType type) {
  switch (type) {
    case FieldType::text: return Type::text;
    case FieldType::integer: return Type::integer;
    case FieldType::number: return Type::number;
    case FieldType::boolean: return Type::boolean;
    case FieldType::date: return Type::date;
    case FieldType::instant: return Type::instant;
    case FieldType::uncertain_date: return Type::date_span;
    case FieldType::geometry: return Type::geometry;
    case FieldType::json: return Type::json;
    case FieldType::text_list: return Type::text_list;
    case FieldType::ref: return Type::id;
    case FieldType::rows: return Type::rows;
    case FieldType::refs: return Type::text_list;
  }
  return Type::json;
}

Json box_as_geometry(const Json& box) {
  const auto& numbers = box.as_array();
  const std::size_t half = numbers.size() / 2;
  const double west = numbers[0].as_number(), south = numbers[1].as_number();
  const double east = numbers[half].as_number(), north = numbers[half + 1].as_number();
  const auto position = [](double x, double y) { return Json(Json::Array{Json(x), Json(y)}); };
  const auto rings = [&](double w, double e) {
    return Json(Json::Array{Json(Json::Array{position(w, south), position(e, south), position(e, north),
                                             position(w, north), position(w, south)})});
  };
  Json shape;
  if (west > east) {  // across the antimeridian
    shape.set("type", "MultiPolygon");
    shape.set("coordinates", Json::Array{rings(west, 180), rings(-180, east)});
  } else if (west == east && south == north) {
    shape.set("type", "Point");
    shape.set("coordinates", position(west, south));
  } else if (west == east || south == north) {
    shape.set("type", "LineString");
    shape.set("coordinates", Json::Array{position(west, south), position(east, north)});
  } else {
    shape.set("type", "Polygon");
    shape.set("coordinates", rings(west, east));
  }
  return shape;
}

Op mirrored(Op op) {
  switch (op) {
    case Op::lt: return Op::gt;
    case Op::gt: return Op::lt;
    case Op::le: return Op::ge;
    case Op::ge: return Op::le;
    default: return op;
  }
}

class Checker {
 public:
  Checker(const Schema& schema, const Environment& environment)
      : schema_(&schema), functions_(*environment.functions) {}

  Result<Node> condition(const Expr& e) {
    CIVITAS_TRY(Node node, check(e));
    if (node.type != Type::boolean)
      return fail(problem_at(e.at, "boolean", "此处应为条件,却是" + type_name(node.type).zh + "。",
                             "a condition should stand here, not " + type_name(node.type).en + "."));
    return node;
  }

  Result<Node> expression(const Expr& e) { return check(e); }

 private:
  static Problem wrong_type(const Node& n, const std::string& zh, const std::string& en) {
    return problem_at(n.at, "type", "此处应为" + zh + ",却是" + type_name(n.type).zh + "。",
                      en + " should stand here, not " + type_name(n.type).en + ".");
  }
  static Problem wrong_pair(const Node& a, const Node& b) {
    const Text x = type_name(a.type), y = type_name(b.type);
    return problem_at(b.at, "type", x.zh + "不能与" + y.zh + "比较。", x.en + " cannot be compared with " + y.en + ".");
  }

  Result<Node> check(const Expr& e) {
    Node node;
    node.op = e.op;
    node.at = e.at;
    switch (e.op) {
      case Op::literal: return literal(e, std::move(node));
      case Op::property: return property(e.name, e.at);
      case Op::function: return function(e, std::move(node));
      case Op::list: return list(e, std::move(node));
      case Op::interval: return interval(e, std::move(node));
      case Op::unbounded:
        return fail(problem_at(e.at, "type", "'..' 只能用在 INTERVAL 中。", "'..' belongs into INTERVAL."));
      case Op::and_:
      case Op::or_:
      case Op::not_:
        for (const auto& arg : e.args) {
          CIVITAS_TRY(Node operand, condition(arg));
          node.args.push_back(std::move(operand));
        }
        return node;
      case Op::like: return like_test(e, std::move(node));
      case Op::between: return between(e, std::move(node));
      case Op::in: return in(e, std::move(node));
      case Op::is_null: {
        CIVITAS_TRY(Node operand, check(e.args[0]));
        if (operand.type == Type::list || operand.type == Type::interval)
          return fail(wrong_type(operand, "字段", "a property"));
        node.args.push_back(std::move(operand));
        return node;
      }
      case Op::casei:
      case Op::accenti: return folded(e, std::move(node));
      default: break;
    }
    if (is_comparison(e.op)) {
      CIVITAS_TRY(Node a, check(e.args[0]));
      CIVITAS_TRY(Node b, check(e.args[1]));
      return comparison(e.op, std::move(a), std::move(b), e.at);
    }
    if (is_arithmetic(e.op)) return arithmetic(e, std::move(node));
    if (is_spatial(e.op)) return spatial(e, std::move(node));
    if (is_temporal(e.op)) return temporal(e, std::move(node));
    return array(e, std::move(node));
  }

  Result<Node> literal(const Expr& e, Node node) {
    if (const auto* v = std::get_if<bool>(&e.value))
      node.value = *v, node.type = Type::boolean;
    else if (const auto* i = std::get_if<std::int64_t>(&e.value))
      node.value = *i, node.type = Type::integer;
    else if (const auto* d = std::get_if<double>(&e.value))
      node.value = *d, node.type = Type::number;
    else if (const auto* s = std::get_if<std::string>(&e.value))
      node.value = *s, node.type = Type::text;
    else if (const auto* date = std::get_if<Date>(&e.value))
      node.value = *date, node.type = Type::date;
    else if (const auto* instant = std::get_if<Instant>(&e.value))
      node.value = *instant, node.type = Type::instant;
    else if (const auto* shape = std::get_if<GeometryLiteral>(&e.value)) {
      const Json* box = (*shape)->find("bbox");
      auto geometry = geo::Geometry::from_geojson(box != nullptr ? box_as_geometry(*box) : **shape);
      if (!geometry)
        return fail(problem_at(e.at, "geometry", geometry.error().message.zh, geometry.error().message.en)
                        .with_detail(geometry.error().reason));
      node.value = *std::move(geometry);
      node.type = Type::geometry;
    }
    return node;
  }

  Problem unknown_property(std::string_view name, Position at, const Schema& schema) {
    const auto meant = std::string(nearest_word(name, schema.names()));
    return problem_at(
        at, "property", "没有字段 " + std::string(name) + (meant.empty() ? "。" : ",是否指 " + meant + "?"),
        "there is no property " + std::string(name) + (meant.empty() ? "." : "; is " + meant + " meant?"));
  }

  Result<Node> property(std::string_view name, Position at) {
    Node node;
    node.op = Op::property;
    node.at = at;
    node.field = schema_->find(name);
    if (node.field == nullptr) {
      const auto dot = name.find('.');
      if (dot == std::string_view::npos) return fail(unknown_property(name, at, *schema_));
      node.through = schema_->find(name.substr(0, dot));
      if (node.through == nullptr) return fail(unknown_property(name.substr(0, dot), at, *schema_));
      const std::string_view rest = name.substr(dot + 1);
      if (node.through->type != FieldType::ref || node.through->target == nullptr)
        return fail(problem_at(at, "step", node.through->name + " 不是可以引用的字段。",
                               node.through->name + " is no reference that a step can follow."));
      node.field = node.through->target->find(rest);
      if (node.field == nullptr) {
        if (rest.find('.') != std::string_view::npos)
          return fail(problem_at(at, "step", "只能引用一步,如 division.code。",
                                 "only one step of reference is possible, as in division.code."));
        return fail(unknown_property(rest, at, *node.through->target));
      }
      if (node.field->type == FieldType::rows || node.field->type == FieldType::refs)
        return fail(
            problem_at(at, "step", "不能引用另一条记录的子表。", "child rows of another record cannot be used."));
    }
    node.type = type_of(node.field->type);
    return node;
  }

  Result<Node> function(const Expr& e, Node node) {
    static constexpr std::pair<std::string_view, Builtin> builtins[] = {
        {"me", Builtin::me},       {"my_divisions", Builtin::my_divisions},
        {"today", Builtin::today}, {"now", Builtin::now},
        {"old", Builtin::old},     {"any", Builtin::any}};
    const auto wrong_count = [&](std::size_t wanted) {
      return problem_at(e.at, "arguments", e.name + "() 需要 " + std::to_string(wanted) + " 个参数。",
                        e.name + "() takes " + std::to_string(wanted) + (wanted == 1 ? " argument." : " arguments."));
    };
    for (const auto& [name, builtin] : builtins) {
      if (name != e.name) continue;
      node.builtin = builtin;
      const std::size_t wanted = builtin == Builtin::any ? 2 : builtin == Builtin::old ? 1 : 0;
      if (e.args.size() != wanted) return fail(wrong_count(wanted));
      switch (builtin) {
        case Builtin::me: node.type = Type::id; break;
        case Builtin::today: node.type = Type::date; break;
        case Builtin::now: node.type = Type::instant; break;
        case Builtin::my_divisions:
          return fail(problem_at(e.at, "type", "my_divisions() 只能用在 IN 之后,如 division IN my_divisions()。",
                                 "my_divisions() stands after IN, as in division IN my_divisions()."));
        case Builtin::old: {
          CIVITAS_TRY(Node operand, check(e.args[0]));
          if (operand.op != Op::property || operand.through != nullptr || operand.type == Type::rows)
            return fail(problem_at(e.args[0].at, "arguments", "old() 的参数应为本记录的字段。",
                                   "old() takes a property of the record itself."));
          node.field = operand.field;
          node.type = operand.type;
          break;
        }
        default: {
          CIVITAS_TRY(Node rows, check(e.args[0]));
          const bool several =
              rows.op == Op::property && (rows.field->type == FieldType::rows || rows.field->type == FieldType::refs);
          if (!several || rows.field->target == nullptr)
            return fail(problem_at(e.args[0].at, "arguments", "any() 的第一个参数应为子表字段或多值引用字段。",
                                   "the first argument of any() is a field of child rows or of several references."));
          node.field = rows.field;
          const Schema* const outside = schema_;
          schema_ = rows.field->target;
          auto inner = condition(e.args[1]);
          schema_ = outside;
          if (!inner) return inner;
          node.args.push_back(*std::move(inner));
        }
      }
      return node;
    }
    node.function = functions_.find(e.name);
    if (node.function == nullptr) {
      auto names = functions_.names();
      for (const auto& [name, builtin] : builtins) names.emplace_back(name);
      const auto meant = std::string(nearest_word(e.name, names));
      return fail(problem_at(e.at, "function", "没有函数 " + e.name + (meant.empty() ? "。" : ",是否指 " + meant + "?"),
                             "there is no function " + e.name + (meant.empty() ? "." : "; is " + meant + " meant?")));
    }
    if (e.args.size() != node.function->arguments.size()) return fail(wrong_count(node.function->arguments.size()));
    for (std::size_t i = 0; i < e.args.size(); ++i) {
      CIVITAS_TRY(Node arg, check(e.args[i]));
      const Type wanted = node.function->arguments[i];
      cast(arg, wanted);
      if (arg.type != wanted && !(wanted == Type::number && arg.type == Type::integer))
        return fail(wrong_type(arg, type_name(wanted).zh, type_name(wanted).en));
      node.args.push_back(std::move(arg));
    }
    node.type = node.function->result;
    return node;
  }

  /// A literal becomes the type asked for where nothing is lost.
  static void cast(Node& n, Type wanted) {
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

  /// Makes two operands comparable or says why they are not.
  static Status pair(Node& a, Node& b, bool ordered) {
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
      return fail(problem_at(a.at, "type", type_name(a.type).zh + "没有大小之分,只能用 = 或 <>。",
                             type_name(a.type).en + " has no order; use = or <>."));
    return {};
  }

  Result<Node> comparison(Op op, Node a, Node b, Position at) {
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

  Result<Node> like_test(const Expr& e, Node node) {
    CIVITAS_TRY(Node value, check(e.args[0]));
    CIVITAS_TRY(Node pattern, check(e.args[1]));
    if (value.type != Type::text) return fail(wrong_type(value, "文本", "text"));
    const auto* text = std::get_if<std::string>(&pattern.value);
    if (!is_literal(pattern) || text == nullptr)
      return fail(problem_at(pattern.at, "pattern", "LIKE 之后应为单引号中的式样,如 'A%'。",
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

  Result<Node> between(const Expr& e, Node node) {
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

  Result<Node> in(const Expr& e, Node node) {
    CIVITAS_TRY(Node value, check(e.args[0]));
    const Expr& list = e.args[1];
    if (list.op == Op::function) {
      if (list.name == "my_divisions") return in_my_divisions(list, std::move(value), std::move(node));
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

  static Result<Node> in_my_divisions(const Expr& call, Node value, Node node) {
    if (!call.args.empty())
      return fail(
          problem_at(call.at, "arguments", "my_divisions() 不需要参数。", "my_divisions() takes no arguments."));
    if (value.op != Op::property || value.field->type != FieldType::ref || value.field->scope_path_column.empty())
      return fail(problem_at(value.at, "type", "IN my_divisions() 之前应为区划字段。",
                             "before IN my_divisions() stands a reference to a division."));
    Node divisions;
    divisions.op = Op::function;
    divisions.builtin = Builtin::my_divisions;
    divisions.type = Type::list;
    divisions.at = call.at;
    node.args.push_back(std::move(value));
    node.args.push_back(std::move(divisions));
    return node;
  }

  Result<Node> folded(const Expr& e, Node node) {
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

  Result<Node> arithmetic(const Expr& e, Node node) {
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

  Result<Node> spatial(const Expr& e, Node node) {
    for (const auto& arg : e.args) {
      CIVITAS_TRY(Node operand, check(arg));
      if (operand.type != Type::geometry) return fail(wrong_type(operand, "几何", "a geometry"));
      node.args.push_back(std::move(operand));
    }
    return node;
  }

  Result<Node> interval(const Expr& e, Node node) {
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

  Result<Node> temporal(const Expr& e, Node node) {
    const bool intervals_only = e.op != Op::t_after && e.op != Op::t_before && e.op != Op::t_disjoint &&
                                e.op != Op::t_equals && e.op != Op::t_intersects;
    for (const auto& arg : e.args) {
      CIVITAS_TRY(Node operand, check(arg));
      cast(operand, Type::instant);
      if (!is_time(operand.type) && operand.type != Type::interval)
        return fail(wrong_type(operand, "日期、时间或区间", "a date, a time or an interval"));
      if (intervals_only && operand.type != Type::interval && operand.type != Type::date_span)
        return fail(problem_at(operand.at, "type", std::string(op_name(e.op)) + " 只能用于区间;时点请用 T_INTERSECTS。",
                               std::string(op_name(e.op)) + " is for intervals; for points in time use T_INTERSECTS."));
      node.args.push_back(std::move(operand));
    }
    return node;
  }

  Result<Node> list(const Expr& e, Node node) {
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

  Result<Node> array(const Expr& e, Node node) {
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

  const Schema* schema_;
  const Functions& functions_;
};

}  // namespace

Result<Typed> check(const Expr& expr, const Schema& schema, const Environment& environment) {
  CIVITAS_TRY(Node root, Checker(schema, environment).condition(expr));
  return Typed(std::make_shared<const Node>(std::move(root)));
}

Result<Typed> read_condition(std::string_view text, const Schema& schema, const Environment& environment) {
  CIVITAS_TRY(const Expr expr, parse_text(text));
  return check(expr, schema, environment);
}

Result<Typed> read_expression(std::string_view text, const Schema& schema, const Environment& environment) {
  // The grammar begins with a condition; this is the smallest one about any value.
  CIVITAS_TRY(const Expr expr, parse_text("(" + std::string(text) + ") IS NULL"));
  if (expr.op != Op::is_null)
    return fail(problem_at({}, "type", "此处应为一个值。", "a single value should stand here."));
  CIVITAS_TRY(Node root, Checker(schema, environment).expression(expr.args[0]));
  return Typed(std::make_shared<const Node>(std::move(root)));
}

}  // namespace civitas::query
