// What is found in other records: first(), and the counts and sums of what refers here.
#include <utility>

#include "base/strings.hpp"
#include "query/checker.hpp"
#include "query/syntax.hpp"

namespace civitas::query {

Result<Node> Checker::first(const Expr& e, Node node) {
  if (sources_ == nullptr)
    return fail(problem_at(e.at, "function", "first() 只能用在 default、set 等取值的地方。",
                           "first() belongs into values, such as those of default and set."));
  if (e.args.size() != 2 && e.args.size() != 3)
    return fail(problem_at(e.at, "arguments", "first() 需要记录类型、条件，可再加一个取值。",
                           "first() takes a record type, a condition and, if wanted, a value."));
  const Expr& named = e.args[0];
  node.source = named.op == Op::property ? sources_->find(named.name) : nullptr;
  if (node.source == nullptr) {
    const auto meant = std::string(nearest_word(named.name, sources_->names()));
    return fail(problem_at(named.at, "arguments",
                           "没有记录类型 " + named.name + (meant.empty() ? "。" : "，是否指 " + meant + "？"),
                           "there is no record type " + named.name +
                               (meant.empty() ? "." : "; is " + meant + " meant?")));
  }
  // What is looked for is about the record at hand, and about nothing further out.
  const Schema* const around = std::exchange(outer_, schema_);
  const Schema* const inside = std::exchange(schema_, node.source);
  const Sources* const sources = std::exchange(sources_, nullptr);
  auto condition_of = condition(e.args[1]);
  auto value_of = e.args.size() == 3 ? check(e.args[2]) : Result<Node>(Node());
  outer_ = around;
  schema_ = inside;
  sources_ = sources;
  if (!condition_of) return condition_of;
  if (!value_of) return value_of;
  node.type = e.args.size() == 3 ? value_of->type : Type::id;
  node.args.push_back(*std::move(condition_of));
  if (e.args.size() == 3) node.args.push_back(*std::move(value_of));
  return node;
}

Result<Node> Checker::tally(const Expr& e, Node node) {
  const bool sums = node.builtin == Builtin::sum;
  const auto wrong = [&](Position at, const std::string& zh, const std::string& en) {
    return fail(problem_at(at, "arguments", zh, en));
  };
  if (sources_ == nullptr)
    return fail(problem_at(e.at, "function", e.name + "() 只能用在 computed 的 rule 中。",
                           e.name + "() belongs into the rule of a computed field."));
  if (e.args.empty() || e.args[0].op != Op::property)
    return wrong(e.at, e.name + "() 的第一个参数应为引用到这里的字段，如 booking.slot，或本记录的子表。",
                 "the first argument of " + e.name + "() is a reference to here, such as booking.slot, or a field of rows.");
  const std::string& named = e.args[0].name;
  const auto dot = named.rfind('.');
  const std::string before = named.substr(0, dot == named.npos ? named.size() : dot);
  const std::string after = dot == named.npos ? "" : named.substr(dot + 1);
  node.type = sums ? Type::number : Type::integer;
  std::size_t next = 1;
  if (const FieldInfo* rows = schema_->find(before); rows != nullptr && rows->type == FieldType::rows) {
    node.field = rows;
    if (sums) {
      const FieldInfo* column = after.empty() ? nullptr : rows->target->find(after);
      if (column == nullptr || (column->type != FieldType::integer && column->type != FieldType::number))
        return wrong(e.args[0].at, "sum() 应写子表的一个数字列，如 disks.gib。",
                     "sum() takes a column of numbers of the rows, such as disks.gib.");
      Node summed;
      summed.op = Op::property;
      summed.field = column;
      summed.type = column->type == FieldType::integer ? Type::integer : Type::number;
      node.args.push_back(std::move(summed));
    } else if (!after.empty()) {
      return wrong(e.args[0].at, "count() 只写子表的名称。", "count() takes the name of the rows alone.");
    }
  } else {
    node.source = after.empty() ? nullptr : sources_->find(before);
    node.field = node.source ? node.source->find(after) : nullptr;
    if (node.field == nullptr || node.field->type != FieldType::ref || node.field->target != schema_)
      return wrong(e.args[0].at, named + " 不是引用到这里的字段，应如 booking.slot。",
                   named + " is no reference to this record type; write one such as booking.slot.");
    if (sums) {
      const FieldInfo* column =
          e.args.size() > 1 && e.args[1].op == Op::property ? node.source->find(e.args[1].name) : nullptr;
      if (column == nullptr || (column->type != FieldType::integer && column->type != FieldType::number))
        return wrong(e.at, "sum() 的第二个参数应为一个数字字段。", "the second argument of sum() is a field of numbers.");
      Node summed;
      summed.op = Op::property;
      summed.field = column;
      summed.type = column->type == FieldType::integer ? Type::integer : Type::number;
      node.args.push_back(std::move(summed));
      next = 2;
    }
  }
  if (e.args.size() > next + 1) return wrong(e.at, e.name + "() 的参数过多。", e.name + "() takes fewer arguments.");
  if (e.args.size() > next) {
    const Schema* const inside = std::exchange(schema_, node.source ? node.source : node.field->target);
    const Sources* const sources = std::exchange(sources_, nullptr);
    auto counted = condition(e.args[next]);
    schema_ = inside;
    sources_ = sources;
    if (!counted) return counted;
    node.args.push_back(*std::move(counted));
  }
  return node;
}

}  // namespace civitas::query
