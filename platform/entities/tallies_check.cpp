// What is wrong with counts, sums and limits, told when the declarations are loaded.
#include <algorithm>

#include "entities/reader.hpp"
#include "entities/store.hpp"
#include "entities/tallies.hpp"

namespace civitas::entities {

namespace {

// About the record alone and what people fill in, so that it changes with a write of it only.
bool is_own(const query::Node& node, const Entity& e) {
  if (node.builtin != query::Builtin::none || node.through) return false;
  if (node.field) {
    const Field* f = e.field(node.field->name);
    if (!f && node.field->name != "state") return false;
    if (f && !f->computed.empty()) return false;
  }
  return std::all_of(node.args.begin(), node.args.end(), [&](const auto& arg) { return is_own(arg, e); });
}

bool is_whole(const Conditions& conditions, const query::Typed& condition) {
  for (const auto dialect : {sql::Dialect::sqlite, sql::Dialect::postgres})
    if (const auto made = conditions.compile(condition, dialect, {}); !made || made->residual) return false;
  return true;
}

void check_limit(Conditions& conditions, const Catalog& catalog, const Entity& e, const LimitDeclaration& limit,
                 Mistakes& mistakes) {
  const auto wrong = [&](const std::string& zh, const std::string& en) {
    mistakes.add(e.file, limit.line, "limit：" + zh, "limit: " + en);
  };
  const Field* f = e.field(limit.of);
  if (!f || f->type != FieldType::ref || !catalog.target_of(*f))
    return wrong("of 应为一个 ref 字段，" + limit.of + " 不是", "of must be a field of the type ref, which " + limit.of +
                                                                   " is not");
  const auto most = conditions.expression(e, limit.at_most);
  if (!most)
    wrong(most.error().message.zh, most.error().message.en);
  else if (most->root().type != query::Type::integer && most->root().type != query::Type::number)
    wrong("at_most 应为数字：" + limit.at_most, "at_most must be a number: " + limit.at_most);
  const auto counted = conditions.typed(e, limit.when);
  if (!counted)
    wrong(counted.error().message.zh, counted.error().message.en);
  else if (!is_own(counted->root(), e) || !is_whole(conditions, *counted))
    wrong("while 只能用本记录自己的字段和状态：" + limit.when,
          "while knows the record's own fields and its state only: " + limit.when);
}

}  // namespace

bool database_counts(const Conditions& conditions, const query::Node& value) {
  const bool tally = value.source && (value.builtin == query::Builtin::count || value.builtin == query::Builtin::sum);
  return std::all_of(value.args.begin(), value.args.end(), [&](const query::Node& arg) {
    if (!tally) return database_counts(conditions, arg);
    return arg.type != query::Type::boolean || is_whole(conditions, query::Typed(std::make_shared<const query::Node>(arg)));
  });
}

void check_tallies(Conditions& conditions, const Catalog& catalog, const Entity& e, Mistakes& mistakes) {
  for (const auto& limit : e.limits) check_limit(conditions, catalog, e, limit, mistakes);
  for (const auto& f : e.fields) {
    if (f.computed.empty()) continue;
    const auto rule = conditions.expression(e, f.computed);
    if (!rule) continue;
    const auto walk = [&](const auto& self, const query::Node& node) -> void {
      const bool tally = node.builtin == query::Builtin::count || node.builtin == query::Builtin::sum;
      const Entity* referring = tally && node.source ? conditions.entity_of(*node.source) : nullptr;
      if (referring)
        for (const auto& arg : node.args)
          if (!is_own(arg, *referring) || (arg.type == query::Type::boolean &&
                                           !is_whole(conditions, query::Typed(std::make_shared<const query::Node>(arg)))))
            mistakes.add(e.file, f.line,
                         f.name + "：count 和 sum 的条件只能用 " + referring->path() + " 自己填写的字段和状态",
                         f.name + ": the conditions of count and sum know the fields that people fill in of " +
                             referring->path() + ", and its state, only");
      for (const auto& arg : node.args) self(self, arg);
    };
    walk(walk, rule->root());
  }
}

}  // namespace civitas::entities
