// Inside this room: gives every part of an expression its type, or says why it has none.
#pragma once

#include <string>

#include "query/parse.hpp"
#include "query/typed.hpp"

namespace civitas::query {

class Checker {
 public:
  /// Beside: whether `case.due_at` may be read, which SQL alone can.
  enum class Beside { no, yes };
  Checker(const Schema& schema, const Environment& environment, Beside beside)
      : schema_(&schema),
        outer_(environment.outer),
        sources_(environment.sources),
        functions_(*environment.functions),
        beside_(beside == Beside::yes && !environment.outer && !environment.sources) {}

  Result<Node> condition(const Expr& e);
  Result<Node> expression(const Expr& e) { return check(e); }
  /// What is encrypted stands where it can be looked for (check_sealed.cpp), in its normal form.
  static Status settle_sealed_root(Node& root);

 private:
  static Status settle_sealed(Node& n);
  static Problem wrong_type(const Node& n, const std::string& zh, const std::string& en);
  static Problem wrong_pair(const Node& a, const Node& b);

  Result<Node> check(const Expr& e);

  // What stands for a value (check.cpp).
  Result<Node> literal(const Expr& e, Node node);
  Problem unknown_property(std::string_view name, Position at, const Schema& schema);
  /// Child rows of another record have a meaning inside any() only.
  enum class Rows { of_the_record, also_a_step_away };
  Result<Node> property(std::string_view name, Position at, Rows rows = Rows::of_the_record);
  Result<Node> meaning(const FieldInfo& field, Position at);
  Result<Node> function(const Expr& e, Node node);
  Result<Node> any(const Expr& e, Node node);
  Result<Node> took_part(const Expr& e, Node node);
  static Result<Node> scope(const Expr& call);
  Result<Node> outer_property(std::string_view name, Position at);
  Result<Node> first(const Expr& e, Node node);
  Result<Node> tally(const Expr& e, Node node);

  // What is said of values (check_operators.cpp).
  /// A literal becomes the type asked for where nothing is lost.
  static void cast(Node& n, Type wanted);
  /// Makes two operands comparable or says why they are not.
  static Status pair(Node& a, Node& b, bool ordered);
  Result<Node> comparison(Op op, Node a, Node b, Position at);
  Result<Node> like_test(const Expr& e, Node node);
  Result<Node> between(const Expr& e, Node node);
  Result<Node> in(const Expr& e, Node node);
  static bool is_scope(const Expr& call);
  static Result<Node> in_scope(const Expr& call, Node value, Node node);
  Result<Node> folded(const Expr& e, Node node);
  Result<Node> arithmetic(const Expr& e, Node node);
  Result<Node> spatial(const Expr& e, Node node);
  Result<Node> interval(const Expr& e, Node node);
  Result<Node> temporal(const Expr& e, Node node);
  Result<Node> list(const Expr& e, Node node);
  Result<Node> array(const Expr& e, Node node);

  const Schema* schema_;
  const Schema* outer_;
  const Sources* sources_;
  const Functions& functions_;
  bool beside_;
};

}  // namespace civitas::query
