#include <algorithm>
#include <array>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "query/lexer.hpp"
#include "query/parse.hpp"
#include "query/wkt.hpp"

namespace civitas::query {

namespace {

class TextParser {
 public:
  explicit TextParser(std::string_view text) : lexer_(text) {}

  Result<Expr> parse() {
    CIVITAS_CHECK(lexer_.next());
    CIVITAS_TRY(Expr expr, disjunction());
    if (lexer_.token != Token::end) return fail(unexpected("AND、OR 或结尾", "AND, OR or the end"));
    return expr;
  }

 private:
  // Counts a level of recursion; every cycle of the grammar passes through one of these.
  struct Level {
    explicit Level(int& depth) : depth_(depth) { ++depth_; }
    ~Level() { --depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    int& depth_;
  };

  Problem unexpected(std::string zh, std::string en) const {
    const std::string found = lexer_.shown();
    if (found.empty())
      return problem_at(lexer_.at, "syntax", "条件到此中断，应有" + zh + "。",
                        "the condition ends where " + en + " should follow.");
    return problem_at(lexer_.at, "syntax", "此处应有" + zh + "，却是 " + found + "。",
                      en + " should stand here, not " + found + ".");
  }
  Problem too_deep() const {
    return problem_at(lexer_.at, "depth", "条件嵌套过深，最多 100 层。",
                      "the condition is nested too deeply, 100 levels at most.");
  }

  Result<Expr> node(Op op, Position at, std::vector<Expr> args, std::string name = {}, Literal value = {}) {
    if (++nodes_ > Limits::nodes)
      return fail(problem_at(at, "nodes", "条件过长，最多 10000 个成分。", "the condition has more than 10,000 parts."));
    Result<Expr> expr(std::in_place, op, std::uint16_t{1}, at, std::move(name), std::move(value), std::move(args));
    if (!settle_depth(*expr)) expr = fail(too_deep());
    return expr;
  }
  template <class... E>
  static std::vector<Expr> operands(E&&... e) {
    std::vector<Expr> list;
    list.reserve(sizeof...(e));
    (list.push_back(std::forward<E>(e)), ...);
    return list;
  }

  Status expect(std::string_view symbol) {
    if (!lexer_.is_symbol(symbol)) return fail(unexpected(" " + std::string(symbol) + " ", std::string(symbol)));
    return lexer_.next();
  }

  Result<Expr> chain(Op op, std::string_view word, Result<Expr> (TextParser::*operand)()) {
    Result<Expr> first = (this->*operand)();
    if (!first || !lexer_.is_word(word)) return first;
    const Position at = first->at;
    std::vector<Expr> args;
    args.push_back(*std::move(first));
    while (lexer_.is_word(word)) {
      CIVITAS_CHECK(lexer_.next());
      CIVITAS_TRY(Expr next, (this->*operand)());
      args.push_back(std::move(next));
    }
    first = node(op, at, std::move(args));
    return first;
  }

  Result<Expr> disjunction() {
    if (depth_ >= Limits::depth) return fail(too_deep());
    const Level level(depth_);
    return chain(Op::or_, "or", &TextParser::conjunction);
  }
  Result<Expr> conjunction() { return chain(Op::and_, "and", &TextParser::negation); }

  Result<Expr> negation() {
    if (!lexer_.is_word("not")) return predicate();
    if (depth_ >= Limits::depth) return fail(too_deep());
    const Level level(depth_);
    const Position at = lexer_.at;
    CIVITAS_CHECK(lexer_.next());
    CIVITAS_TRY(Expr inner, negation());
    return node(Op::not_, at, operands(std::move(inner)));
  }

  Result<Expr> predicate() {
    Result<Expr> left = additive();
    if (!left || lexer_.token == Token::end) return left;
    if (lexer_.token == Token::symbol) {
      static constexpr std::pair<std::string_view, Op> symbols[] = {{"=", Op::eq}, {"<>", Op::ne}, {"<", Op::lt},
                                                                    {">", Op::gt}, {"<=", Op::le}, {">=", Op::ge}};
      for (const auto& [symbol, op] : symbols)
        if (lexer_.word == symbol) {
          combine(left, op, &TextParser::additive);
          break;
        }
    } else if (lexer_.token == Token::word && !lexer_.is_word("and") && !lexer_.is_word("or")) {
      left = word_predicate(std::move(left));
    }
    return left;
  }

  Result<Expr> word_predicate(Result<Expr> left) {
    const Position at = left->at;
    if (lexer_.is_word("is")) return null_test(*std::move(left));
    const Position negated_at = lexer_.at;
    bool negated = false;
    if (lexer_.is_word("not")) {
      negated = true;
      CIVITAS_CHECK(lexer_.next());
    }
    if (lexer_.is_word("like")) {
      combine(left, Op::like, &TextParser::additive);
    } else if (lexer_.is_word("between")) {
      CIVITAS_CHECK(lexer_.next());
      CIVITAS_TRY(Expr low, additive());
      if (!lexer_.is_word("and")) return fail(unexpected(" AND ", "AND"));
      CIVITAS_CHECK(lexer_.next());
      CIVITAS_TRY(Expr high, additive());
      left = node(Op::between, at, operands(*std::move(left), std::move(low), std::move(high)));
    } else if (lexer_.is_word("in")) {
      combine(left, Op::in, &TextParser::in_list);
    } else if (negated) {
      return fail(unexpected(" LIKE、BETWEEN 或 IN ", "LIKE, BETWEEN or IN"));
    }
    if (negated && left) left = node(Op::not_, negated_at, operands(*std::move(left)));
    return left;
  }

  Result<Expr> null_test(Expr left) {
    const Position at = left.at, is_at = lexer_.at;
    CIVITAS_CHECK(lexer_.next());
    const bool negated = lexer_.is_word("not");
    if (negated) CIVITAS_CHECK(lexer_.next());
    if (!lexer_.is_word("null")) return fail(unexpected(" NULL ", "NULL"));
    CIVITAS_CHECK(lexer_.next());
    auto test = node(Op::is_null, at, operands(std::move(left)));
    if (!negated || !test) return test;
    return node(Op::not_, is_at, operands(*std::move(test)));
  }

  Result<Expr> in_list() {
    const Position at = lexer_.at;
    if (lexer_.token == Token::word && lexer_.call) {
      // A function may give a list; an operator written like one (A_CONTAINS, CASEI) does not.
      auto list = primary();
      if (list && list->op != Op::function)
        list = fail(problem_at(at, "syntax", "此处应有括号中的列表。", "a list in parentheses should stand here."));
      return list;
    }
    if (!lexer_.is_symbol("(")) return fail(unexpected("括号中的列表", "a list in parentheses"));
    CIVITAS_CHECK(lexer_.next());
    CIVITAS_TRY(std::vector<Expr> items, arguments());
    if (items.empty())
      return fail(problem_at(at, "arguments", "IN 的列表不能为空。", "the list of IN must not be empty."));
    return node(Op::list, at, std::move(items));
  }

  /// After '(': expressions up to and including ')'.
  Result<std::vector<Expr>> arguments() {
    std::vector<Expr> list;
    if (!lexer_.is_symbol(")")) {
      for (;;) {
        CIVITAS_TRY(Expr item, disjunction());
        list.push_back(std::move(item));
        if (!lexer_.is_symbol(",")) break;
        CIVITAS_CHECK(lexer_.next());
      }
    }
    if (!lexer_.is_symbol(")")) return fail(unexpected("逗号或右括号", "a comma or a closing parenthesis"));
    CIVITAS_CHECK(lexer_.next());
    return list;
  }

  // One local Result that is always the one returned: the compiler then moves no tree on the way up.
  Result<Expr> additive() {
    Result<Expr> left = multiplicative();
    while (left && lexer_.token == Token::symbol && (lexer_.is_symbol("+") || lexer_.is_symbol("-")))
      combine(left, lexer_.is_symbol("+") ? Op::add : Op::subtract, &TextParser::multiplicative);
    return left;
  }

  Result<Expr> multiplicative() {
    Result<Expr> left = power();
    while (left) {
      if (lexer_.is_symbol("*"))
        combine(left, Op::multiply, &TextParser::power);
      else if (lexer_.is_symbol("/"))
        combine(left, Op::divide, &TextParser::power);
      else if (lexer_.is_symbol("%"))
        combine(left, Op::modulo, &TextParser::power);
      else if (lexer_.is_word("div"))
        combine(left, Op::integer_divide, &TextParser::power);
      else
        break;
    }
    return left;
  }

  Result<Expr> power() {
    Result<Expr> base = factor();
    if (base && lexer_.is_symbol("^")) combine(base, Op::power, &TextParser::factor);
    return base;
  }

  /// Replaces `left` by `left op right`, or by what is wrong.
  void combine(Result<Expr>& left, Op op, Result<Expr> (TextParser::*operand)()) {
    if (auto read = lexer_.next(); !read) {
      left = fail(std::move(read).error());
      return;
    }
    Result<Expr> right = (this->*operand)();
    if (!right) {
      left = std::move(right);
      return;
    }
    const Position at = left->at;
    left = node(op, at, operands(*std::move(left), *std::move(right)));
  }

  Result<Expr> factor() {
    const bool minus = lexer_.is_symbol("-");
    if (!minus && !lexer_.is_symbol("+")) return primary();
    const Position at = lexer_.at;
    CIVITAS_CHECK(lexer_.next());
    if (lexer_.token == Token::integer || lexer_.token == Token::number) {
      CIVITAS_TRY(Expr value, primary());
      value.at = at;
      if (auto* integer = std::get_if<std::int64_t>(&value.value))
        *integer = minus ? -*integer : *integer;
      else if (auto* real = std::get_if<double>(&value.value))
        *real = minus ? -*real : *real;
      return value;
    }
    if (!minus) return fail(unexpected("一个数", "a number"));
    CIVITAS_TRY(Expr operand, primary());
    CIVITAS_TRY(Expr minus_one, node(Op::literal, at, {}, {}, std::int64_t{-1}));
    return node(Op::multiply, at, operands(std::move(minus_one), std::move(operand)));
  }

  Result<Expr> primary() {
    const Position at = lexer_.at;
    switch (lexer_.token) {
      case Token::string: {
        Literal value = std::move(lexer_.string);
        CIVITAS_CHECK(lexer_.next());
        return node(Op::literal, at, {}, {}, std::move(value));
      }
      case Token::integer: {
        const std::int64_t value = lexer_.integer;
        CIVITAS_CHECK(lexer_.next());
        return node(Op::literal, at, {}, {}, value);
      }
      case Token::number: {
        const double value = lexer_.number;
        CIVITAS_CHECK(lexer_.next());
        return node(Op::literal, at, {}, {}, value);
      }
      case Token::quoted_word: {
        std::string name(lexer_.word);
        CIVITAS_CHECK(lexer_.next());
        return node(Op::property, at, {}, std::move(name));
      }
      case Token::word: return word();
      case Token::symbol:
        if (lexer_.is_symbol("(")) return parenthesis();
        [[fallthrough]];
      default:
        return fail(unexpected("字段、值、函数或左括号", "a property, a value, a function or an opening parenthesis"));
    }
  }

  /// A group or an array.
  Result<Expr> parenthesis() {
    const Position at = lexer_.at;
    CIVITAS_CHECK(lexer_.next());
    CIVITAS_TRY(std::vector<Expr> items, arguments());
    if (items.size() == 1) {
      items.front().at = at;
      return std::move(items.front());
    }
    return node(Op::list, at, std::move(items));
  }

  Result<Expr> word() {
    const Position at = lexer_.at;
    const std::string_view name = lexer_.word;
    if (equal_ignoring_case(name, "true") || equal_ignoring_case(name, "false")) {
      const bool value = equal_ignoring_case(name, "true");
      CIVITAS_CHECK(lexer_.next());
      return node(Op::literal, at, {}, {}, value);
    }
    if (is_reserved(name)) return fail(unexpected("字段或值", "a property or a value"));
    if (is_geometry_word(name) && (lexer_.call || name.size() > 4)) {
      if (lexer_.call || geometry_follows()) return geometry();
    }
    if (!lexer_.call) {
      std::string property(name);
      CIVITAS_CHECK(lexer_.next());
      return node(Op::property, at, {}, std::move(property));
    }
    if (equal_ignoring_case(name, "date")) return instant(true);
    if (equal_ignoring_case(name, "timestamp")) return instant(false);
    if (equal_ignoring_case(name, "interval")) return interval();
    return call();
  }

  /// `POINT Z (…)` or `POINT EMPTY`: the word alone may be a property as well.
  bool geometry_follows() const {
    Lexer ahead = lexer_;
    return ahead.next() && ((ahead.is_word("z") && ahead.call) || ahead.is_word("empty"));
  }

  Result<Expr> geometry() {
    const Position at = lexer_.at;
    CIVITAS_TRY(Json shape, parse_geometry(lexer_));
    return node(Op::literal, at, {}, {}, std::make_shared<const Json>(std::move(shape)));
  }

  Result<Expr> instant(bool date) {
    const Position at = lexer_.at;
    CIVITAS_CHECK(lexer_.next());
    CIVITAS_CHECK(expect("("));
    if (lexer_.token != Token::string)
      return fail(unexpected("单引号中的日期或时间", "a date or time in quotation marks"));
    auto value = temporal_literal(lexer_.string);
    if (!value || std::holds_alternative<Date>(*value) != date) return fail(bad_instant(date));
    CIVITAS_CHECK(lexer_.next());
    CIVITAS_CHECK(expect(")"));
    return node(Op::literal, at, {}, {}, std::move(*value));
  }
  Problem bad_instant(bool date) const {
    const std::string found = lexer_.shown();
    if (date)
      return problem_at(lexer_.at, "date", found + " 不是日期，应如 '2026-11-21'。",
                        found + " is no date like '2026-11-21'.");
    return problem_at(lexer_.at, "date", found + " 不是时间，应如 '2026-11-21T03:47:00Z'。",
                      found + " is no time like '2026-11-21T03:47:00Z'.");
  }

  Result<Expr> interval() {
    const Position at = lexer_.at;
    CIVITAS_CHECK(lexer_.next());
    CIVITAS_CHECK(expect("("));
    std::vector<Expr> ends;
    for (int i = 0; i < 2; ++i) {
      if (i == 1) CIVITAS_CHECK(expect(","));
      const Position end_at = lexer_.at;
      if (lexer_.token != Token::string) {
        CIVITAS_TRY(Expr end, primary());
        if (end.op == Op::literal && !std::holds_alternative<Date>(end.value) &&
            !std::holds_alternative<Instant>(end.value))
          return fail(problem_at(end_at, "date", "区间的端点应为日期、时间、字段或 '..'。",
                                 "an end of an interval is a date, a time, a property or '..'."));
        ends.push_back(std::move(end));
        continue;
      }
      if (lexer_.string == "..") {
        CIVITAS_TRY(Expr end, node(Op::unbounded, end_at, {}));
        ends.push_back(std::move(end));
      } else {
        auto value = temporal_literal(lexer_.string);
        if (!value) return fail(bad_instant(lexer_.string.size() <= 10));
        CIVITAS_TRY(Expr end, node(Op::literal, end_at, {}, {}, std::move(*value)));
        ends.push_back(std::move(end));
      }
      CIVITAS_CHECK(lexer_.next());
    }
    CIVITAS_CHECK(expect(")"));
    return node(Op::interval, at, std::move(ends));
  }

  Result<Expr> call() {
    const Position at = lexer_.at;
    std::string name(lexer_.word);
    CIVITAS_CHECK(lexer_.next());
    CIVITAS_CHECK(expect("("));
    CIVITAS_TRY(std::vector<Expr> args, arguments());
    const auto op = op_from_call_name(name);
    if (!op) return node(Op::function, at, std::move(args), std::move(name));
    const std::size_t wanted = *op == Op::casei || *op == Op::accenti ? 1 : 2;
    if (args.size() != wanted)
      return fail(problem_at(at, "arguments", name + " 需要 " + std::to_string(wanted) + " 个参数。",
                             name + " takes " + std::to_string(wanted) + (wanted == 1 ? " argument." : " arguments.")));
    return node(*op, at, std::move(args));
  }

  Lexer lexer_;
  std::size_t nodes_ = 0;
  int depth_ = 0;
};

}  // namespace

Result<Expr> parse_text(std::string_view text) {
  if (text.size() > Limits::bytes)
    return fail(invalid("query.cql2.length", "条件超过 100 KB。", "The condition is longer than 100 KB."));
  if (!is_valid_utf8(text))
    return fail(invalid("query.cql2.character", "条件不是合法的 UTF-8 文本。", "The condition is not valid UTF-8."));
  return TextParser(text).parse();
}

}  // namespace civitas::query
