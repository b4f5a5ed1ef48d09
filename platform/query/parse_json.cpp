#include <cmath>

#include "base/utf8.hpp"
#include "query/parse.hpp"
#include "query/syntax.hpp"
#include "query/wkt.hpp"

namespace civitas::query {

void place_by_text(Expr& expr);  // write.cpp

namespace {

class JsonReader {
 public:
  Result<Expr> read(const Json& json, const std::string& where, int depth) {
    if (depth > Limits::depth)
      return fail(wrong("depth", where, "嵌套过深，最多 100 层", "is nested too deeply, 100 levels at most"));
    if (json.is_bool()) return leaf(Literal(json.as_bool()), where);
    if (json.is_integer()) return leaf(Literal(json.as_integer()), where);
    if (json.is_number()) {
      if (!std::isfinite(json.as_number()))
        return fail(wrong("number", where, "超出数的范围", "is out of the range of numbers"));
      return leaf(Literal(json.as_number()), where);
    }
    if (json.is_string()) return text(json.as_string(), where);
    if (json.is_array()) {
      CIVITAS_TRY(std::vector<Expr> items, operands(json, where, depth));
      return node(Op::list, std::move(items), where);
    }
    if (!json.is_object()) return fail(wrong("syntax", where, "不能为 null;请用 isNull", "cannot be null; use isNull"));
    if (const Json* name = json.find("property")) {
      const std::string_view named = name->is_string() ? std::string_view(name->as_string()) : std::string_view();
      if (!is_name(named.substr(named.starts_with('$') ? 1 : 0)))
        return fail(wrong("syntax", where, "的 property 不是合法的字段名", "has a property that is no property name"));
      return node(Op::property, {}, where, name->as_string());
    }
    if (const Json* date = json.find("date")) return instant(*date, true, where);
    if (const Json* time = json.find("timestamp")) return instant(*time, false, where);
    if (const Json* interval = json.find("interval")) return read_interval(*interval, where, depth);
    if (json.find("op") != nullptr) return operation(json, where, depth);
    if (json.find("type") != nullptr || json.find("bbox") != nullptr) {
      CIVITAS_CHECK(check_geometry_json(json, where.empty() ? "/" : where));
      return leaf(Literal(std::make_shared<const Json>(json)), where);
    }
    return fail(wrong("syntax", where, "应有 op、property、date、timestamp、interval、bbox 或几何",
                      "should have op, property, date, timestamp, interval, bbox or be a geometry"));
  }

 private:
  static Problem wrong(std::string_view reason, const std::string& where, const std::string& zh,
                       const std::string& en) {
    const std::string at = where.empty() ? "/" : where;
    return invalid("query.cql2." + std::string(reason), "条件中 " + at + " " + zh + "。",
                   "In the condition, " + at + " " + en + ".");
  }
  static bool is_name(std::string_view name) {
    std::size_t i = 0;
    if (name.empty() || !is_identifier_start(next_code_point(name, i))) return false;
    while (i < name.size())
      if (!is_identifier_part(next_code_point(name, i))) return false;
    return true;
  }

  Result<Expr> node(Op op, std::vector<Expr> args, const std::string& where, std::string name = {},
                    Literal value = {}) {
    if (++nodes_ > Limits::nodes)
      return fail(wrong("nodes", where, "之前已有 10000 个成分，过长", "is past the limit of 10,000 parts"));
    Expr expr{op, 1, {}, std::move(name), std::move(value), std::move(args)};
    if (!settle_depth(expr))
      return fail(wrong("depth", where, "嵌套过深，最多 100 层", "is nested too deeply, 100 levels at most"));
    return expr;
  }
  Result<Expr> leaf(Literal value, const std::string& where) {
    return node(Op::literal, {}, where, {}, std::move(value));
  }

  Result<Expr> text(const std::string& value, const std::string& where) {
    for (const char c : value) {
      const auto u = static_cast<unsigned char>(c);
      if (u < 0x20 && (u < 0x07 || u > 0x0D))
        return fail(wrong("character", where, "含有不允许的控制字符", "holds a control character that is not allowed"));
    }
    return leaf(Literal(value), where);
  }

  Result<Expr> instant(const Json& value, bool date, const std::string& where) {
    auto literal = temporal_literal(value.as_string());
    if (!literal || std::holds_alternative<Date>(*literal) != date)
      return fail(
          date ? wrong("date", where, "不是日期，应如 2026-11-21", "is no date like 2026-11-21")
               : wrong("date", where, "不是时间，应如 2026-11-21T03:47:00Z", "is no time like 2026-11-21T03:47:00Z"));
    return leaf(std::move(*literal), where);
  }

  Result<Expr> read_interval(const Json& ends, const std::string& where, int depth) {
    if (!ends.is_array() || ends.size() != 2)
      return fail(wrong("arguments", where, "的 interval 应有两个端点", "has an interval without two ends"));
    std::vector<Expr> args;
    for (const auto& end : ends.as_array()) {
      const std::string here = where + "/interval/" + std::to_string(args.size());
      Result<Expr> arg = Expr{};
      if (!end.is_string()) {
        arg = read(end, here, depth + 1);
        if (arg && arg->op != Op::property && arg->op != Op::function && !std::holds_alternative<Date>(arg->value) &&
            !std::holds_alternative<Instant>(arg->value))
          return fail(wrong("date", here, "应为日期、时间、字段或 \"..\"", "is a date, a time, a property or \"..\""));
      } else if (end.as_string() == "..") {
        arg = node(Op::unbounded, {}, here);
      } else {
        arg = instant(end, end.as_string().size() <= 10, here);
      }
      if (!arg) return arg;
      args.push_back(*std::move(arg));
    }
    return node(Op::interval, std::move(args), where);
  }

  Result<std::vector<Expr>> operands(const Json& list, const std::string& where, int depth) {
    std::vector<Expr> items;
    items.reserve(list.size());
    for (const auto& item : list.as_array()) {
      CIVITAS_TRY(Expr expr, read(item, where + "/" + std::to_string(items.size()), depth + 1));
      items.push_back(std::move(expr));
    }
    return items;
  }

  Result<Expr> operation(const Json& json, const std::string& where, int depth) {
    const std::string& name = json["op"].as_string();
    const Json& list = json["args"];
    if (name.empty()) return fail(wrong("syntax", where, "的 op 应为文本", "has an op that is no text"));
    if (!list.is_array()) return fail(wrong("arguments", where, "的 args 应为数组", "has args that are no array"));
    CIVITAS_TRY(std::vector<Expr> args, operands(list, where + "/args", depth));
    const auto op = op_from_json_name(name);
    if (!op) {
      if (!is_name(name)) return fail(wrong("operator", where, "的 op 不认识:" + name, "has an unknown op: " + name));
      return node(Op::function, std::move(args), where, name);
    }
    std::size_t least = 2, most = 2;
    switch (*op) {
      case Op::and_:
      case Op::or_: most = Limits::nodes; break;
      case Op::not_:
      case Op::is_null:
      case Op::casei:
      case Op::accenti: least = most = 1; break;
      case Op::between: least = most = 3; break;
      case Op::subtract: least = 1; break;
      default: break;
    }
    if (args.size() < least || args.size() > most)
      return fail(wrong("arguments", where, "的 " + name + " 参数个数不对", "has a wrong number of args for " + name));
    if (*op == Op::subtract && args.size() == 1) {
      CIVITAS_TRY(Expr minus_one, leaf(Literal(std::int64_t{-1}), where));
      args.insert(args.begin(), std::move(minus_one));
      return node(Op::multiply, std::move(args), where);
    }
    if (*op == Op::in && args[1].op != Op::list && args[1].op != Op::function)
      return fail(wrong("arguments", where + "/args/1", "应为列表", "should be a list"));
    if (*op == Op::in && args[1].op == Op::list && args[1].args.empty())
      return fail(wrong("arguments", where + "/args/1", "不能为空", "must not be empty"));
    return node(*op, std::move(args), where);
  }

  std::size_t nodes_ = 0;
};

}  // namespace

Result<Expr> parse_json(const Json& json) {
  CIVITAS_TRY(Expr expr, JsonReader().read(json, "", 1));
  place_by_text(expr);
  return expr;
}

Result<Expr> parse_json_text(std::string_view text) {
  if (text.size() > Limits::bytes)
    return fail(invalid("query.cql2.length", "条件超过 100 KB。", "The condition is longer than 100 KB."));
  CIVITAS_TRY(Json json, Json::parse(text, 2 * Limits::depth + 20));
  return parse_json(json);
}

}  // namespace civitas::query
