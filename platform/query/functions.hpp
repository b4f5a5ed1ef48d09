// Functions that conditions may call. me(), my_department(), my_departments(), my_divisions(), my_scope('hall'), today(),
// now(), old(field), any(rows, condition) and took_part(person, 'step') are part of the language; the others are
// registered here.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "query/value.hpp"

namespace civitas::query {

struct Function {
  std::string name;
  std::vector<Type> arguments;
  Type result = Type::text;
  /// Total: null for what it cannot do. It is not called with a null argument: the result is null then.
  std::function<Value(std::span<const Value>)> evaluate;
  /// SQL with {0}, {1} for the arguments, exactly equal to `evaluate`; "" when it can only be evaluated in process.
  std::string sqlite;
  std::string postgres;
  /// The last argument may be repeated, up to `most_arguments` in all; the SQL is then the operator between them. Whole
  /// numbers stand for their digits where text is asked for.
  bool repeats = false;
  static constexpr std::size_t most_arguments = 50;
  Type argument(std::size_t i) const { return arguments[std::min(i, arguments.size() - 1)]; }
};

class Functions {
 public:
  /// lower, upper (A-Z and a-z only), length (characters), trim (spaces), concat (two texts or more), abs, year (of a date); add_days (a date and
  /// days), add_hours and add_minutes (a time and how many, also parts), days_between, hours_between and
  /// minutes_between (from, to; whole ones, towards zero); weekday (1 Monday … 7 Sunday), hour (of a time, 0 to 23 in
  /// China). Where a day is asked for, a time stands for its civil day in China.
  static const Functions& standard();

  void add(Function function);
  const Function* find(std::string_view name) const;
  std::vector<std::string> names() const;

 private:
  std::map<std::string, Function, std::less<>> functions_;
};

}  // namespace civitas::query
