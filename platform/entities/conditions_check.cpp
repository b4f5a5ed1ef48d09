// What is wrong with the conditions and values of the declarations, told when they are loaded.
#include <algorithm>

#include "entities/conditions.hpp"
#include "entities/loader_offers.hpp"
#include "entities/loader_statistics.hpp"
#include "entities/meaning_check.hpp"
#include "entities/process_references.hpp"
#include "entities/reader.hpp"
#include "entities/tallies.hpp"
#include "entities/values.hpp"

namespace civitas::entities {

namespace {

// A computed value is about the record alone: not about the moment, the reader, or what else is made with the record.
// `e` is nullptr inside of any(), where columns of rows are named.
bool is_steady(const query::Node& node, const Entity* e) {
  if (node.builtin == query::Builtin::any) return is_steady(node.args[0], nullptr);
  if (node.builtin == query::Builtin::count || node.builtin == query::Builtin::sum)
    return node.source ||  // what refers here is looked at by check_tallies
           std::all_of(node.args.begin(), node.args.end(), [&](const auto& arg) { return is_steady(arg, nullptr); });
  if (node.builtin != query::Builtin::none) return false;
  if (e && node.field) {
    const Field* f = e->field(node.field->name);
    if (!f || f->type == FieldType::code || !f->computed.empty()) return false;
  }
  return std::all_of(node.args.begin(), node.args.end(), [&](const auto& arg) { return is_steady(arg, e); });
}

// What the public may filter by; empty: every field.
std::vector<std::string> fields_of_public(const Entity& e) {
  std::vector<std::string> out;
  for (const auto& rule : e.access)
    if (rule.role == "public" && !rule.read.empty()) {
      if (rule.fields.empty()) return {};
      out.insert(out.end(), rule.fields.begin(), rule.fields.end());
    }
  return out;
}

// A value cannot be made from one that is made after it.
void check_default(Conditions& conditions, const Catalog& catalog, const Entity& e, const Field& f,
                   Mistakes& mistakes) {
  if (f.default_rule.empty()) return;
  check_value(conditions, catalog, e, {e, f}, f.default_rule, f.name, f.line, mistakes);
  const auto made = conditions.expression(e, f.default_rule);
  if (!made) return;
  const auto walk = [&](const auto& self, const query::Node& node, bool own) -> void {
    const query::FieldInfo* read = node.through ? node.through : node.field;
    const Field* used = read && (own || node.outer) ? e.field(read->name) : nullptr;
    if (used && used >= &f && (used == &f || !used->default_rule.empty()))
      mistakes.add(e.file, f.line,
                   "default 用到的 " + used->name + " 要在 " + f.name + " 之后才有值，请把它写在前面",
                   "the default uses " + used->name + ", which gets its value after " + f.name + "; put it before");
    for (const auto& arg : node.args) self(self, arg, own && node.builtin != query::Builtin::first);
  };
  walk(walk, made->root(), true);
}

// What is unique must not change by itself, and the database must be able to say it of all records at once.
void check_unique_while(Conditions& conditions, const Entity& e, const Field& f, Mistakes& mistakes) {
  const auto made = conditions.typed(e, f.unique_while);
  if (!made) return mistakes.add(e.file, f.line, made.error().message.zh, made.error().message.en);
  bool whole = !looks_elsewhere(made->root()) && is_steady(made->root(), nullptr);
  for (const auto dialect : {sql::Dialect::sqlite, sql::Dialect::postgres}) {
    const auto condition = conditions.compile(*made, dialect, {});
    whole = whole && condition && !condition->residual;
  }
  if (!whole)
    mistakes.add(e.file, f.line, "unique 的 while 只能用本记录自己的字段和状态：" + f.unique_while,
                 "the `while` of unique knows the record's own fields and its state only: " + f.unique_while);
}

}  // namespace

Status Conditions::check_all() {
  Mistakes mistakes(catalog_.overlays());
  for (const auto& system : catalog_.systems())
    for (const auto& e : system.entities) {
      const auto check_change = [&](const std::string& text, int line) {
        if (text.empty()) return;
        if (auto made = typed(e, text); !made)
          mistakes.add(e.file, line, made.error().message.zh, made.error().message.en);
        else
          check_literals(*this, catalog_, e, *made, line, mistakes);
      };
      // Decided in memory, from the record alone.
      const auto check_field = [&](const std::string& text, int line) {
        check_change(text, line);
        if (const auto made = typed(e, text); !text.empty() && made && looks_elsewhere(made->root()))
          mistakes.add(e.file, line, "必填和显示条件只能用本记录的字段：" + text,
                       "a condition of visible or required_if knows the record's own fields only: " + text);
      };
      // What is asked of many rows at once knows no value before.
      const auto check = [&](const std::string& text, int line) {
        if (text.empty()) return;
        if (auto made = filter(e, text, {}); !made)
          mistakes.add(e.file, line, made.error().message.zh, made.error().message.en);
        else
          check_literals(*this, catalog_, e, *made, line, mistakes);
      };
      for (const auto& a : e.access)
        for (const std::string* rule : {&a.read, &a.write, &a.create, &a.remove}) check(*rule, a.line);
      for (const auto& f : e.fields) {
        for (const std::string* rule : {&f.visible, &f.required_if}) check_field(*rule, f.line);
        if (!f.options.empty()) {
          if (const auto made = options(e, f); !made)
            mistakes.add(e.file, f.line, made.error().message.zh, made.error().message.en);
          else
            check_literals(*this, catalog_, e, *made, f.line, mistakes, catalog_.target_of(f));
        }
        check_default(*this, catalog_, e, f, mistakes);
        if (!f.unique_while.empty()) check_unique_while(*this, e, f, mistakes);
        if (f.computed.empty()) continue;
        check_value(*this, catalog_, e, {e, f}, f.computed, f.name, f.line, mistakes);
        const auto made = expression(e, f.computed);
        if (made) check_literals(*this, catalog_, e, *made, f.line, mistakes);
        if (made && (looks_elsewhere(made->root()) || !is_steady(made->root(), &e)))
          mistakes.add(e.file, f.line, "computed 的 rule 只能用本记录中自己填写的字段：" + f.computed,
                       "the rule of a computed field knows the record's own fields only: " + f.computed);
      }
      check_tallies(*this, catalog_, e, mistakes);
      if (e.process)
        for (const auto& t : e.process->transitions) {
          check_change(t.when, t.line);
          for (const auto& tell : t.tell) check_change(tell.when, tell.line);
          check_set(*this, catalog_, e, t.set, e, t.line, mistakes);
          for (const auto* made : {&t.creates, &t.starts})
            if (*made)
              if (const Entity* of = entities::entity_of(catalog_, e, **made))
                check_set(*this, catalog_, e, (*made)->set, *of, t.line, mistakes);
        }
      if (e.process)
        for (const auto& s : e.process->states)
          for (const auto& tell : s.tell) check_change(tell.when, tell.line);
      for (const auto& push : e.pushes) check(push.when, push.line);
      for (const auto& tell : e.tell) check(tell.when, tell.line);
      if (e.process)
        for (const auto& clock : e.process->clocks) {
          for (const auto& tell : clock.late.tell) check_change(tell.when, tell.line);
          check_set(*this, catalog_, e, clock.late.set, e, clock.line, mistakes);
        }
      for (const auto& f : e.flags) check(f.when, f.line);
      for (const auto& view : e.views) {
        check(view.when, view.line);
        if (const auto made = typed(e, view.when); made && view.badge)
          if (const auto condition = compile(*made, sql::Dialect::sqlite, {}); condition && condition->residual)
            mistakes.add(e.file, view.line, "badge 的条件须能由数据库数出，不能用空间关系和 ACCENTI：" + view.when,
                         "the condition of a badge must be one that the database counts, without shapes and ACCENTI: " +
                             view.when);
      }
      for (const auto& d : e.documents) check(d.when, 1);
      check(e.open_filter, e.open_line);
      check_reach(*this, e, mistakes);
      if (e.portal && e.portal->open) {
        for (const std::string* text : {&e.portal->open->when, &e.portal->open->notice_when})
          if (auto made = filter(e, *text, fields_of_public(e)); !made)
            mistakes.add(e.file, e.portal->line, "portal.public：" + made.error().message.zh,
                         "portal.public: " + made.error().message.en);
          else if (reads_case(*made))
            mistakes.add(e.file, e.portal->line, "portal.public 的条件不能用 case：" + *text,
                         "a condition of portal.public cannot use case: " + *text);
          else
            check_literals(*this, catalog_, e, *made, e.portal->line, mistakes);
      }
      if (e.verify) check(e.verify->when, e.verify->line);
    }
  for (const auto& system : catalog_.systems())
    for (const auto& j : system.jobs)
      if (const Entity* e = system.entity(j.entity); e && !j.when.empty()) {
        if (const auto made = filter(*e, j.when, {}); !made)
          mistakes.add(system.name + "/system.yaml", j.line, made.error().message.zh, made.error().message.en);
        else if (!can_hold(*made, {}))
          mistakes.add(system.name + "/system.yaml", j.line, "永远不会成立：" + j.when, "can never hold: " + j.when);
      }
  check_statistics_conditions(*this, catalog_, mistakes);
  check_offer_values(*this, catalog_, mistakes);
  if (!mistakes.none()) return fail(mistakes.to_problem());
  return {};
}

}  // namespace civitas::entities
