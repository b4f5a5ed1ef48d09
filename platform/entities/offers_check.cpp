// What is wrong between those who offer and those who call, told when the declarations are loaded.
#include <algorithm>
#include <set>

#include "base/strings.hpp"
#include "entities/contract.hpp"
#include "entities/loader_offers.hpp"
#include "entities/process_references.hpp"
#include "entities/values.hpp"

namespace civitas::entities {

namespace {

std::string file_of(const System& system) { return system.name + "/system.yaml"; }

template <class Items>
std::vector<std::string> names_of(const Items& items) {
  std::vector<std::string> out;
  for (const auto& item : items) out.push_back(item.name);
  return out;
}

/// Adds one mistake, with the word probably meant.
void unknown(Mistakes& mistakes, const std::string& file, int line, const Text& what, const std::string& written,
             const std::vector<std::string>& known) {
  const std::string meant(nearest_word(written, known));
  mistakes.add(file, line, what.zh + " " + written + (meant.empty() ? "" : "，是否想写 " + meant),
               what.en + " " + written + (meant.empty() ? "" : "; did you mean " + meant));
}

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void check_created(const Contract& contract, Mistakes& mistakes) {
  const Offer& offer = *contract.offer;
  const std::string file = file_of(*contract.system);
  const Entity* made = contract.system->entity(offer.create.entity);
  if (!made)
    return unknown(mistakes, file, offer.line, {"create 里没有本系统的记录类型", "create names no entity of this system:"},
                   offer.create.entity, names_of(contract.system->entities));
  for (const auto& v : offer.create.set)
    if (!made->field(v.field))
      unknown(mistakes, file, offer.line, {made->name + " 没有字段", made->name + " has no field"}, v.field,
              names_of(made->fields));
  for (const auto& f : made->fields)  // a hook may fill in what is left empty
    if (f.required && made->before_write.empty() && f.type != FieldType::code && f.computed.empty() && f.default_value.is_null() && f.default_rule.empty() &&
        std::ranges::find(offer.create.set, f.name, &SetValue::field) == offer.create.set.end())
      mistakes.add(file, offer.line, "create 的 set 缺少 " + made->name + " 的必填字段 " + f.name,
                   "set of create lacks " + f.name + ", which " + made->name + " requires");
  for (const auto& v : offer.given)
    if (!contract.gives.field(v.field))
      unknown(mistakes, file, offer.line, {"offers 没有声明给出", "the offer does not declare to give"}, v.field,
              names_of(offer.gives));
  for (const auto& f : offer.gives)
    if (f.required && std::ranges::find(offer.given, f.name, &SetValue::field) == offer.given.end())
      mistakes.add(file, offer.line, "create 的 gives 缺少必给的 " + f.name, "gives of create lacks " + f.name + ", which is always given");
  if (offer.step.empty()) return;
  const Transition* step = made->process ? made->process->transition(offer.step) : nullptr;
  if (!step)
    return unknown(mistakes, file, offer.line, {made->name + " 没有流转", made->name + " has no transition"}, offer.step,
                   made->process ? names_of(made->process->transitions) : std::vector<std::string>());
  if (!step->leaves(made->process->initial) || !has(step->roles, "system") || step->comment_required ||
      std::any_of(step->form.begin(), step->form.end(), [](const FormField& f) { return f.required; }))
    mistakes.add(file, offer.line,
                 "流转 " + offer.step + " 应从初始状态 " + made->process->initial + " 出发、role 含 system，且没有必填的表单项",
                 "the transition " + offer.step + " must leave the initial state " + made->process->initial +
                     ", be for the role system and ask for nothing");
}

// An offer whose step calls an offer whose step calls …
void check_circle(const Catalog& catalog, const Contract& first, Mistakes& mistakes) {
  std::set<std::string> seen;
  std::string way = first.offer->name;
  for (const Contract* at = &first; at && seen.insert(at->offer->name).second;) {
    const Entity* made = at->system->entity(at->offer->create.entity);
    const Transition* step = made && made->process ? made->process->transition(at->offer->step) : nullptr;
    if (!step || !step->call) return;
    way += " → " + step->call->offer;
    at = catalog.contract(step->call->offer);
    if (at == &first)
      return mistakes.add(file_of(*first.system), first.offer->line, "服务循环调用，没完没了：" + way,
                          "the offers call one another in a circle: " + way);
  }
}

void check_need(const Catalog& catalog, const System& system, const Need& need, Mistakes& mistakes) {
  const std::string file = file_of(system);
  const Contract* contract = catalog.contract(need.name);
  if (!contract) {
    std::vector<std::string> known;
    for (const auto& c : catalog.contracts()) known.push_back(c->offer->name);
    const std::string meant(nearest_word(need.name, known));
    const std::string zh = "城市里没有系统提供 " + need.name + "（" + system.name + " 要用它）",
                      en = "no system of the city offers " + need.name + ", which " + system.name + " calls";
    if (need.optional)
      mistakes.remark(file, need.line, zh + "，相应的环节不出现", en + "; its steps are not shown");
    else
      mistakes.add(file, need.line,
                   zh + (meant.empty() ? "；安装提供它的系统，或写 optional: true" : "，是否想写 " + meant),
                   en + (meant.empty() ? "; install one that does, or write optional: true" : "; did you mean " + meant));
    return;
  }
  for (const auto& name : need.takes)
    if (!contract->takes.field(name))
      unknown(mistakes, file, need.line, {need.name + " 不接收", need.name + " does not take"}, name,
              names_of(contract->takes.fields));
  for (const auto& name : need.gives)
    if (!contract->gives.field(name))
      unknown(mistakes, file, need.line, {need.name + " 不给出", need.name + " does not give"}, name,
              names_of(contract->gives.fields));
  if (need.takes.empty()) return;
  for (const auto& f : contract->takes.fields)
    if (f.required && !has(need.takes, f.name))
      mistakes.add(file, need.line, need.name + " 必须有 " + f.name + "，takes 里没有",
                   need.name + " requires " + f.name + ", which takes does not name");
}

void check_call(const Catalog& catalog, const System& system, const Entity& e, const Transition& t, Mistakes& mistakes) {
  const OfferCall& call = *t.call;
  for (const auto& v : call.set)
    if (!e.field(v.field))
      unknown(mistakes, e.file, t.line, {"call 的 set 里没有字段", "set of call names no field"}, v.field,
              names_of(e.fields));
  const auto need = std::ranges::find(system.calls, call.offer, &Need::name);
  if (need == system.calls.end())
    return unknown(mistakes, e.file, t.line,
                   {"流转 " + t.name + " 调用的服务没有写在 system.yaml 的 calls 里：",
                    "the transition " + t.name + " calls what `calls` of system.yaml does not name:"},
                   call.offer, names_of(system.calls));
  const Contract* contract = catalog.contract(call.offer);
  for (const auto& v : call.with) {
    if (contract && !contract->takes.field(v.field))
      unknown(mistakes, e.file, t.line, {call.offer + " 不接收", call.offer + " does not take"}, v.field,
              names_of(contract->takes.fields));
    else if (!need->takes.empty() && !has(need->takes, v.field))
      unknown(mistakes, e.file, t.line, {"calls 的 takes 里没有", "takes of `calls` does not name"}, v.field, need->takes);
  }
  if (!contract) return;
  for (const auto& f : contract->takes.fields)
    if (f.required && f.default_value.is_null() &&
        std::ranges::find(call.with, f.name, &SetValue::field) == call.with.end())
      mistakes.add(e.file, t.line, "流转 " + t.name + "：" + call.offer + " 必须有 " + f.name,
                   "the transition " + t.name + ": " + call.offer + " requires " + f.name);
}

// A code goes where every code of its list is known.
bool same_codes(const Catalog& catalog, const FieldOf& from, const FieldOf& to) {
  const TermList *given = catalog.terms_of(from.entity, from.field), *wanted = catalog.terms_of(to.entity, to.field);
  return !given || !wanted || given == wanted ||
         std::ranges::all_of(given->codes, [&](const TermCode& c) { return wanted->find(c.code) != nullptr; });
}

class Types {
 public:
  Types(Conditions& conditions, const Catalog& catalog, Mistakes& mistakes)
      : conditions_(conditions), catalog_(catalog), mistakes_(mistakes) {}

  /// A value over `subject` that `target` gets; mistakes are those of `file`.
  void check(const Entity& subject, const FieldOf& target, const std::string& value, const std::string& file, int line) {
    if (is_nothing(value)) return;
    const auto made = conditions_.expression(subject, value);
    const auto copied = made ? field_as_it_stands(catalog_, subject, made->root()) : std::nullopt;
    if (copied && !same_codes(catalog_, *copied, target)) {
      const std::string &from = copied->field.terms, &to = target.field.terms;
      return mistakes_.add(file, line, target.field.name + "：字段 " + copied->field.name + " 用的是另一个代码表（" + from + "，不是 " + to + "）",
                           target.field.name + ": the field " + copied->field.name + " has codes of another list (" + from + ", not " + to + ")");
    }
    Mistakes found;
    check_value(conditions_, catalog_, subject, target, value, target.field.name, line, found);
    for (const auto& m : found.all()) mistakes_.add(file, line, m.message.zh, m.message.en);
  }
  /// Of an offer that is not there only what the value itself says is known.
  void check_alone(const Entity& subject, const std::string& value, int line) {
    if (is_nothing(value)) return;
    if (const auto made = conditions_.expression(subject, value); !made)
      mistakes_.add(subject.file, line, made.error().message.zh, made.error().message.en);
  }

 private:
  Conditions& conditions_;
  const Catalog& catalog_;
  Mistakes& mistakes_;
};

}  // namespace

void check_offers(const Catalog& catalog, Mistakes& mistakes) {
  for (const auto& contract : catalog.contracts()) {
    const Contract* first = catalog.contract(contract->offer->name);
    if (first != contract.get())
      mistakes.add(file_of(*contract->system), contract->offer->line,
                   "服务 " + contract->offer->name + " 已由 " + first->system->name + " 提供，一个城市里只能有一个",
                   contract->system->name + " offers " + contract->offer->name + ", which " + first->system->name +
                       " offers already: there can be one in a city");
    if (!contract->offer->create.entity.empty()) check_created(*contract, mistakes);
    check_circle(catalog, *contract, mistakes);
  }
  for (const auto& system : catalog.systems()) {
    for (const auto& need : system.calls) check_need(catalog, system, need, mistakes);
    for (const auto& e : system.entities)
      if (e.process)
        for (const auto& t : e.process->transitions)
          if (t.call) check_call(catalog, system, e, t, mistakes);
  }
}

void check_offer_values(Conditions& conditions, const Catalog& catalog, Mistakes& mistakes) {
  Types types(conditions, catalog, mistakes);
  for (const auto& contract : catalog.contracts()) {
    const Offer& offer = *contract->offer;
    const Entity* made = contract->system->entity(offer.create.entity);
    if (!made) continue;
    const std::string file = file_of(*contract->system);
    for (const auto& v : offer.create.set)
      if (const Field* f = made->field(v.field)) types.check(contract->takes, {*made, *f}, v.value, file, offer.line);
    for (const auto& v : offer.given)
      if (const Field* f = contract->gives.field(v.field))
        types.check(*made, {contract->gives, *f}, v.value, file, offer.line);
  }
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities) {
      if (!e.process) continue;
      for (const auto& t : e.process->transitions) {
        if (!t.call) continue;
        const Contract* contract = catalog.contract(t.call->offer);
        for (const auto& v : t.call->with) {
          if (!contract)
            types.check_alone(e, v.value, t.line);
          else if (const Field* f = contract->takes.field(v.field))
            types.check(e, {contract->takes, *f}, v.value, e.file, t.line);
        }
        if (!contract) continue;
        for (const auto& v : t.call->set)
          if (const Field* f = e.field(v.field)) types.check(contract->gives, {e, *f}, v.value, e.file, t.line);
      }
    }
}

}  // namespace civitas::entities
