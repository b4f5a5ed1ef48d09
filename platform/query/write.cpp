#include <charconv>

#include "base/utf8.hpp"
#include "query/parse.hpp"
#include "query/syntax.hpp"
#include "query/wkt.hpp"

namespace civitas::query {

namespace {

// Binding strength; an operand that binds less than its place asks for gets parentheses.
enum Strength { any, or_level, and_level, not_level, predicate_level, sum, product, power_level, atom };

int strength(const Expr& e) {
  switch (e.op) {
    case Op::or_: return e.args.size() < 2 ? atom : or_level;
    case Op::and_: return e.args.size() < 2 ? atom : and_level;
    case Op::not_: return not_level;
    case Op::like:
    case Op::between:
    case Op::in:
    case Op::is_null: return predicate_level;
    case Op::add:
    case Op::subtract: return sum;
    case Op::multiply:
    case Op::divide:
    case Op::integer_divide:
    case Op::modulo: return product;
    case Op::power: return power_level;
    default: return is_comparison(e.op) ? predicate_level : atom;
  }
}

void write_string(const std::string& text, std::string& out) {
  static constexpr std::string_view controls = "\a\b\t\n\v\f\r", letters = "abtnvfr";
  out += '\'';
  for (const char c : text) {
    if (c == '\'')
      out += "''";
    else if (c == '\\')
      out += "\\\\";
    else if (const auto i = controls.find(c); i != std::string_view::npos)
      (out += '\\') += letters[i];
    else
      out += c;
  }
  out += '\'';
}

std::string capitals(std::string_view name) {
  std::string text(name);
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return text;
}

// Writes and, when asked, sets the position of every node to where it was written.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void write(const Expr& e, int place = any, Expr* positioned = nullptr) {
    const bool brackets = strength(e) < place;
    if (brackets) put("(");
    if (positioned != nullptr) {
      for (; counted_ < out_.size(); ++counted_)
        characters_ += (static_cast<unsigned char>(out_[counted_]) & 0xC0) != 0x80;
      positioned->at = {static_cast<std::uint32_t>(out_.size()), characters_};
    }
    body(e, positioned);
    if (brackets) put(")");
  }

 private:
  void put(std::string_view text) { out_ += text; }
  void arg(const Expr& e, std::size_t i, int place, Expr* positioned) {
    write(e.args[i], place, positioned != nullptr ? &positioned->args[i] : nullptr);
  }
  void list(const Expr& e, std::string_view separator, int place, Expr* positioned) {
    for (std::size_t i = 0; i < e.args.size(); ++i) {
      if (i > 0) put(separator);
      arg(e, i, place, positioned);
    }
  }
  void infix(const Expr& e, std::string_view word, int left, int right, Expr* positioned) {
    arg(e, 0, left, positioned);
    put(word);
    arg(e, 1, right, positioned);
  }
  void call(std::string_view name, const Expr& e, Expr* positioned) {
    put(name);
    put("(");
    list(e, ",", any, positioned);
    put(")");
  }

  void literal(const Literal& value, bool bare_instant = false) {
    if (const auto* flag = std::get_if<bool>(&value)) return put(*flag ? "TRUE" : "FALSE");
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return put(std::to_string(*integer));
    if (const auto* text = std::get_if<std::string>(&value)) return write_string(*text, out_);
    if (const auto* shape = std::get_if<GeometryLiteral>(&value)) return write_wkt(**shape, out_);
    if (const auto* date = std::get_if<Date>(&value))
      return put((bare_instant ? "'" : "DATE('") + format_date(*date) + (bare_instant ? "'" : "')"));
    if (const auto* instant = std::get_if<Instant>(&value))
      return put((bare_instant ? "'" : "TIMESTAMP('") + format_timestamp(*instant) + (bare_instant ? "'" : "')"));
    if (const auto* real = std::get_if<double>(&value)) {
      char buffer[40];
      std::string_view digits(buffer, std::to_chars(buffer, buffer + sizeof buffer, *real).ptr);
      put(digits);
      if (digits.find_first_of(".e") == std::string_view::npos) put(".0");
      return;
    }
    put("NULL");
  }

  void name(const std::string& text) {
    std::size_t i = 0;
    bool plain = !is_reserved(text) && !is_geometry_word(text);
    while (plain && i < text.size()) {
      const char32_t c = next_code_point(text, i);
      plain = c < 0xFF00 && c > 0x20 && (c < 0x3001 || c > 0x3011);
    }
    put(plain ? text : "\"" + text + "\"");
  }

  void body(const Expr& e, Expr* p) {
    switch (e.op) {
      case Op::literal: return literal(e.value);
      case Op::property: return name(e.name);
      case Op::function: return call(e.name, e, p);
      case Op::unbounded: return put("'..'");
      case Op::list:
        put("(");
        list(e, ",", any, p);
        return put(")");
      case Op::interval:
        put("INTERVAL(");
        for (std::size_t i = 0; i < e.args.size(); ++i) {
          if (i > 0) put(",");
          if (e.args[i].op == Op::literal)
            literal(e.args[i].value, true);
          else
            arg(e, i, any, p);
        }
        return put(")");
      case Op::or_: return list(e, " OR ", and_level, p);
      case Op::and_: return list(e, " AND ", not_level, p);
      case Op::not_: {
        const Expr& inner = e.args[0];
        if (inner.op == Op::not_) {
          put("NOT (");
          arg(e, 0, any, p);
          return put(")");
        }
        put("NOT ");
        return arg(e, 0, not_level, p);
      }
      case Op::like: return infix(e, " LIKE ", sum, sum, p);
      case Op::in:
        arg(e, 0, sum, p);
        put(" IN ");
        return arg(e, 1, atom, p);
      case Op::between:
        arg(e, 0, sum, p);
        put(" BETWEEN ");
        arg(e, 1, sum, p);
        put(" AND ");
        return arg(e, 2, sum, p);
      case Op::is_null: arg(e, 0, sum, p); return put(" IS NULL");
      case Op::add:
      case Op::subtract: return infix(e, e.op == Op::add ? " + " : " - ", sum, product, p);
      case Op::multiply: return infix(e, " * ", product, power_level, p);
      case Op::divide: return infix(e, " / ", product, power_level, p);
      case Op::modulo: return infix(e, " % ", product, power_level, p);
      case Op::integer_divide: return infix(e, " div ", product, power_level, p);
      case Op::power: return infix(e, " ^ ", atom, atom, p);
      default:
        if (is_comparison(e.op)) return infix(e, " " + std::string(op_name(e.op)) + " ", sum, sum, p);
        return call(capitals(op_name(e.op)), e, p);
    }
  }

  std::string& out_;
  std::size_t counted_ = 0;
  std::uint32_t characters_ = 0;
};

Json bare_end(const Expr& e) {
  if (e.op == Op::unbounded) return Json("..");
  if (const auto* date = std::get_if<Date>(&e.value)) return Json(format_date(*date));
  if (const auto* instant = std::get_if<Instant>(&e.value)) return Json(format_timestamp(*instant));
  return to_json(e);
}

Json literal_json(const Literal& value) {
  Json json;
  if (const auto* flag = std::get_if<bool>(&value)) return Json(*flag);
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return Json(*integer);
  if (const auto* real = std::get_if<double>(&value)) return Json(*real);
  if (const auto* text = std::get_if<std::string>(&value)) return Json(*text);
  if (const auto* shape = std::get_if<GeometryLiteral>(&value)) return **shape;
  if (const auto* date = std::get_if<Date>(&value)) json.set("date", format_date(*date));
  if (const auto* instant = std::get_if<Instant>(&value)) json.set("timestamp", format_timestamp(*instant));
  return json;
}
}  // namespace

std::string to_text(const Expr& expr) {
  std::string out;
  Writer(out).write(expr);
  return out;
}

void place_by_text(Expr& expr) {
  std::string out;
  Writer(out).write(expr, any, &expr);
}

Json to_json(const Expr& e) {
  if (e.op == Op::literal) return literal_json(e.value);
  if (e.op == Op::unbounded) return Json("..");
  Json json;
  if (e.op == Op::property) {
    json.set("property", e.name);
    return json;
  }
  Json::Array args;
  args.reserve(e.args.size());
  for (const auto& arg : e.args) args.push_back(e.op == Op::interval ? bare_end(arg) : to_json(arg));
  if (e.op == Op::list) return Json(std::move(args));
  if (e.op == Op::interval) {
    json.set("interval", std::move(args));
    return json;
  }
  json.set("op", e.op == Op::function ? std::string_view(e.name) : op_name(e.op));
  json.set("args", std::move(args));
  return json;
}

}  // namespace civitas::query
