#include <algorithm>
#include <iterator>
#include <utility>

#include "base/strings.hpp"
#include "query/checker.hpp"
#include "query/syntax.hpp"

namespace civitas::query {

namespace {

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

}  // namespace

Result<Node> Checker::condition(const Expr& e) {
  CIVITAS_TRY(Node node, check(e));
  if (node.type != Type::boolean)
    return fail(problem_at(e.at, "boolean", "此处应为条件，却是" + type_name(node.type).zh + "。",
                           "a condition should stand here, not " + type_name(node.type).en + "."));
  return node;
}

Result<Node> Checker::check(const Expr& e) {
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

Result<Node> Checker::literal(const Expr& e, Node node) {
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

Problem Checker::unknown_property(std::string_view name, Position at, const Schema& schema) {
  const auto meant = std::string(nearest_word(name, schema.names()));
  return problem_at(at, "property", "没有字段 " + std::string(name) + (meant.empty() ? "。" : "，是否指 " + meant + "？"),
                    "there is no property " + std::string(name) + (meant.empty() ? "." : "; is " + meant + " meant?"));
}

Result<Node> Checker::property(std::string_view name, Position at, Rows rows) {
  Node node;
  node.op = Op::property;
  node.at = at;
  if (name.starts_with('$')) return outer_property(name.substr(1), at);
  node.field = schema_->find(name);
  if (node.field != nullptr && node.field->beside)
    return fail(problem_at(at, "step", std::string(name) + " 后面要写是什么，如 " + std::string(name) + ".due_at。",
                           "say what of the " + std::string(name) + ", as in " + std::string(name) + ".due_at."));
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
        return fail(problem_at(at, "step", "只能引用一步，如 division.code。",
                               "only one step of reference is possible, as in division.code."));
      return fail(unknown_property(rest, at, *node.through->target));
    }
    if (node.through->beside && !beside_)
      return fail(problem_at(at, "step", std::string(name) + " 只能用在列表、视图、权限和流转的条件中。",
                             std::string(name) + " belongs into conditions of lists, views, rights and steps."));
    if (!node.field->means.empty()) return meaning(*node.field, at);
    if (rows == Rows::of_the_record && (node.field->type == FieldType::rows || node.field->type == FieldType::refs))
      return fail(problem_at(at, "step", "另一条记录的子表只能用在 any() 中，如 any(line.keepers, id = me())。",
                             "child rows of another record are used inside any() only, as in any(line.keepers, id = "
                             "me())."));
  }
  node.type = type_of(node.field->type);
  return node;
}

Result<Node> Checker::meaning(const FieldInfo& field, Position at) {
  CIVITAS_TRY(const Expr expr, parse_text(field.means));
  CIVITAS_TRY(Node node, condition(expr));
  node.at = at;
  return node;
}

Result<Node> Checker::outer_property(std::string_view name, Position at) {
  if (outer_ == nullptr)
    return fail(problem_at(at, "property", "$" + std::string(name) + " 只能用在 first() 和 options 的条件中。",
                           "$" + std::string(name) + " belongs into first() and into conditions of options."));
  const Schema* const inside = std::exchange(schema_, outer_);
  auto node = property(name, at);
  schema_ = inside;
  if (!node) return node;
  if (node->type == Type::rows)
    return fail(problem_at(at, "property", "$" + std::string(name) + " 是子表，不能用作一个值。",
                           "$" + std::string(name) + " has child rows, which are no value."));
  node->outer = true;
  return node;
}

namespace {

constexpr std::pair<std::string_view, Builtin> builtins[] = {
    {"me", Builtin::me},       {"my_department", Builtin::my_department},
    {"today", Builtin::today}, {"now", Builtin::now},
    {"old", Builtin::old},     {"any", Builtin::any},
    {"took_part", Builtin::took_part},
    {"first", Builtin::first}, {"count", Builtin::count},
    {"sum", Builtin::sum}};
// What gives a list, and stands after IN.
constexpr std::string_view scopes[] = {"my_divisions", "my_departments", "my_scope"};

Problem wrong_count(const Expr& e, std::size_t wanted) {
  return problem_at(e.at, "arguments", e.name + "() 需要 " + std::to_string(wanted) + " 个参数。",
                    e.name + "() takes " + std::to_string(wanted) + (wanted == 1 ? " argument." : " arguments."));
}

}  // namespace

Result<Node> Checker::function(const Expr& e, Node node) {
  if (is_scope(e)) {
    const std::string field = e.name == "my_divisions" ? "division" : e.name == "my_departments" ? "department" : "hall";
    const std::string call = e.name + (e.name == "my_scope" ? "('hall')" : "()");
    return fail(problem_at(e.at, "type", call + " 只能用在 IN 之后，如 " + field + " IN " + call + "。",
                           call + " stands after IN, as in " + field + " IN " + call + "."));
  }
  const auto* builtin = std::find_if(std::begin(builtins), std::end(builtins),
                                     [&](const auto& known) { return known.first == e.name; });
  if (builtin != std::end(builtins)) {
    node.builtin = builtin->second;
    switch (node.builtin) {
      case Builtin::any: return any(e, std::move(node));
      case Builtin::took_part: return took_part(e, std::move(node));
      case Builtin::first: return first(e, std::move(node));
      case Builtin::count:
      case Builtin::sum: return tally(e, std::move(node));
      case Builtin::old: {
        if (e.args.size() != 1) return fail(wrong_count(e, 1));
        CIVITAS_TRY(Node operand, check(e.args[0]));
        if (operand.op != Op::property || operand.through != nullptr || operand.outer || operand.type == Type::rows)
          return fail(problem_at(e.args[0].at, "arguments", "old() 的参数应为本记录的字段。",
                                 "old() takes a property of the record itself."));
        node.field = operand.field;
        node.type = operand.type;
        return node;
      }
      case Builtin::today: node.type = Type::date; break;
      case Builtin::now: node.type = Type::instant; break;
      default: node.type = Type::id;
    }
    if (!e.args.empty()) return fail(wrong_count(e, 0));
    return node;
  }
  node.function = functions_.find(e.name);
  if (node.function == nullptr) {
    auto names = functions_.names();
    for (const auto& known : builtins) names.emplace_back(known.first);
    names.insert(names.end(), std::begin(scopes), std::end(scopes));
    const auto meant = std::string(nearest_word(e.name, names));
    return fail(problem_at(e.at, "function", "没有函数 " + e.name + (meant.empty() ? "。" : "，是否指 " + meant + "？"),
                           "there is no function " + e.name + (meant.empty() ? "." : "; is " + meant + " meant?")));
  }
  const std::size_t least = node.function->arguments.size();
  if (node.function->repeats && (e.args.size() < least || e.args.size() > Function::most_arguments))
    return fail(problem_at(e.at, "arguments",
                           e.name + "() 需要 " + std::to_string(least) + " 至 " +
                               std::to_string(Function::most_arguments) + " 个参数。",
                           e.name + "() takes " + std::to_string(least) + " to " +
                               std::to_string(Function::most_arguments) + " arguments."));
  if (!node.function->repeats && e.args.size() != least) return fail(wrong_count(e, least));
  for (std::size_t i = 0; i < e.args.size(); ++i) {
    CIVITAS_TRY(Node arg, check(e.args[i]));
    const Type wanted = node.function->argument(i);
    cast(arg, wanted);
    if (arg.type != wanted && !(wanted == Type::number && arg.type == Type::integer) &&
        !(wanted == Type::date && arg.type == Type::instant) &&
        !(wanted == Type::text && arg.type == Type::integer && node.function->repeats))
      return fail(wrong_type(arg, type_name(wanted).zh, type_name(wanted).en));
    node.args.push_back(std::move(arg));
  }
  node.type = node.function->result;
  return node;
}

bool Checker::is_scope(const Expr& call) {
  return std::find(std::begin(scopes), std::end(scopes), call.name) != std::end(scopes);
}

Result<Node> Checker::any(const Expr& e, Node node) {
  if (e.args.size() != 2) return fail(wrong_count(e, 2));
  Result<Node> rows =
      e.args[0].op == Op::property ? property(e.args[0].name, e.args[0].at, Rows::also_a_step_away) : check(e.args[0]);
  if (!rows) return rows;
  const bool several =
      rows->op == Op::property && !rows->outer &&
      (rows->field->type == FieldType::rows || rows->field->type == FieldType::refs);
  if (!several || rows->field->target == nullptr)
    return fail(problem_at(e.args[0].at, "arguments", "any() 的第一个参数应为子表字段或多值引用字段。",
                           "the first argument of any() is a field of child rows or of several references."));
  node.field = rows->field;
  node.through = rows->through;
  const Schema* const outside = schema_;
  schema_ = rows->field->target;
  auto inner = condition(e.args[1]);
  schema_ = outside;
  if (!inner) return inner;
  node.args.push_back(*std::move(inner));
  return node;
}

Result<Node> Checker::took_part(const Expr& e, Node node) {
  if (e.args.empty() || e.args.size() > 2)
    return fail(problem_at(e.at, "arguments", "took_part() 需要一个人和(可选)一个步骤，如 took_part(me(), 'verify')。",
                           "took_part() takes a person and perhaps a step, as in took_part(me(), 'verify')."));
  node.steps = schema_->steps();
  if (node.steps == nullptr)
    return fail(problem_at(e.at, "function", "此处的记录没有办理过程，不能用 took_part()。",
                           "these records have no process, so took_part() cannot be used."));
  if (e.args[0].op == Op::function && is_scope(e.args[0])) {
    CIVITAS_TRY(Node departments, scope(e.args[0]));
    if (std::get<std::string>(departments.value) != "department")
      return fail(problem_at(e.args[0].at, "arguments", "took_part() 的第一个参数应为人员或 my_departments()。",
                             "the first argument of took_part() is a person, or my_departments()."));
    node.args.push_back(std::move(departments));
  } else {
    CIVITAS_TRY(Node person, check(e.args[0]));
    cast(person, Type::id);
    if (person.type != Type::id && !(person.op == Op::property && person.type == Type::integer))
      return fail(wrong_type(person, "人员", "a person"));
    node.args.push_back(std::move(person));
  }
  node.value = std::string();
  if (e.args.size() == 1) return node;
  CIVITAS_TRY(const Node step, check(e.args[1]));
  const auto* name = std::get_if<std::string>(&step.value);
  if (step.op != Op::literal || name == nullptr) return fail(wrong_type(step, "步骤名", "the name of a step"));
  if (const auto& known = node.steps->steps; std::find(known.begin(), known.end(), *name) == known.end()) {
    const auto meant = std::string(nearest_word(*name, known));
    return fail(problem_at(step.at, "step", "没有步骤 " + *name + (meant.empty() ? "。" : "，是否指 " + meant + "？"),
                           "there is no step " + *name + (meant.empty() ? "." : "; is " + meant + " meant?")));
  }
  node.value = *name;
  return node;
}

Result<Typed> check(const Expr& expr, const Schema& schema, const Environment& environment) {
  CIVITAS_TRY(Node root, Checker(schema, environment, Checker::Beside::yes).condition(expr));
  CIVITAS_CHECK(Checker::settle_sealed_root(root));
  return Typed(std::make_shared<const Node>(std::move(root)));
}

Typed both(const Typed& a, const Typed& b) {
  Node all;
  all.op = Op::and_;
  all.args = {a.root(), b.root()};
  return Typed(std::make_shared<const Node>(std::move(all)));
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
  CIVITAS_TRY(Node root, Checker(schema, environment, Checker::Beside::no).expression(expr.args[0]));
  CIVITAS_CHECK(Checker::settle_sealed_root(root));
  return Typed(std::make_shared<const Node>(std::move(root)));
}

}  // namespace civitas::query
