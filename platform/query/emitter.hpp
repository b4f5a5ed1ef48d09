// SQL of one condition. Every condition is written in the form "certainly true" or "certainly false": NOT is pushed
// down to the leaves, so that a leaf that SQL cannot decide may be widened to "true" without losing a row.
#pragma once

#include "query/compile.hpp"
#include "query/relation.hpp"

namespace civitas::query {

enum class Want : bool { no, yes };
inline Want opposite(Want w) { return w == Want::yes ? Want::no : Want::yes; }

class Emitter {
 public:
  Emitter(Dialect dialect, const Bindings& bindings)
      : dialect_(dialect), bindings_(bindings), base_(quoted(bindings.table)), alias_(base_) {}

  /// Appends a boolean expression that is true when `n` is (or, with Want::no, is false), and perhaps more often:
  /// then `inexact` is set.
  void condition(const Node& n, Want want);

  /// The same for a conjunction; gives back the parts that are inexact.
  std::vector<Node> conjunction(const Node& n);

  std::string sql;
  std::vector<Param> params;
  bool inexact = false;
  bool too_long() const { return too_long_ || params.size() > 30'000; }

  static std::string quoted(std::string_view identifier);

 private:
  // A start or end of a time: a constant, an open end, or an expression.
  struct End {
    enum class Kind : std::uint8_t { date, instant, earliest, latest } kind = Kind::date;
    const Node* node = nullptr;
    bool end = false;
    bool constant = false;
    Value value;
  };
  struct Mark {
    std::size_t sql, params;
    int depth, subqueries;
    bool inexact;
  };

  bool leaf(const Node& n, Want want);
  bool comparison(const Node& n, Want want);
  bool sealed_equality(const Node& n, Want want);
  bool like_test(const Node& n, Want want);
  bool between(const Node& n, Want want);
  bool in(const Node& n, Want want);
  bool in_scope(const Node& n, Want want);
  bool in_records(const Node& n, const std::vector<std::int64_t>& records, Want want);
  bool in_subtrees(const Node& n, std::vector<std::string> prefixes, Want want);
  bool any(const Node& n, Want want);
  bool none(const Node& n, Want want);
  bool took_part(const Node& n, Want want);
  void child_rows(const FieldInfo& f, const FieldInfo* through, const std::string& alias);
  bool members(const Node& n, Want want);
  bool temporal(const Node& n, Want want);
  bool clause(const End& a, Op op, const End& b);
  bool instant_against_day(const End& instant, Op op, const End& day);
  bool spatial(const Node& n, Want want);
  bool box_index(const FieldInfo& f, const geo::Box& bounds);
  bool array(const Node& n, Want want);
  bool through_subquery(const Node& n, Want want, const FieldInfo& step);

  /// Appends a scalar expression; false when SQL cannot give it.
  bool value(const Node& n);
  bool text_value(const Node& n, bool constants_plain);
  bool property(const Node& n, const std::string& column);
  bool number(const Node& n);
  bool arithmetic(const Node& n);
  bool call(const Node& n);
  bool argument(const Node& n, std::size_t index);
  bool joined(const Node& n, const std::string& by);
  bool truth_value(const Node& n);
  std::optional<Value> constant(const Node& n) const;
  End end_of(const Node& n, bool end) const;
  bool end_value(const End& e);
  void range(const Node& n, std::string_view prefix, Want want, bool& good);

  void chain(const std::vector<std::pair<const Node*, Want>>& parts, std::size_t from, std::size_t to,
             std::string_view word);
  void collect(const Node& n, Want want, bool conjunction, std::vector<std::pair<const Node*, Want>>& parts) const;

  void put(std::string_view text);
  void open(std::string_view text = "(") { put(text), depth_ += 3; }
  void close() { put(")"), depth_ -= 3; }
  void param(Param p);
  void constant_param(const Value& v);
  void truth(bool b) { put(b ? "1=1" : "1=0"); }
  std::string code_order() const { return dialect_ == Dialect::postgres ? " COLLATE \"C\"" : ""; }
  std::string next_alias() { return "r" + std::to_string(++aliases_); }
  Mark mark() const { return {sql.size(), params.size(), depth_, subqueries_, inexact}; }
  void back_to(const Mark& m);
  // SQLite's parser has a stack of 100 symbols; beyond this an expression is left to the residual.
  bool deep() const { return too_long_ || depth_ + 12 * subqueries_ > 66; }

  Dialect dialect_;
  const Bindings& bindings_;
  std::string base_;                   // alias of the record's own table
  std::string alias_;                  // of the table that properties belong to, quoted
  const FieldInfo* inside_ = nullptr;  // the ref whose target row `inside_alias_` is at hand
  std::string inside_alias_;
  int aliases_ = 0;
  int depth_ = 0;
  int subqueries_ = 0;
  bool too_long_ = false;
};

}  // namespace civitas::query
