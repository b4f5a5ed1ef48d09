#include "process/check.hpp"

#include <algorithm>
#include <set>

#include "entities/process_references.hpp"
#include "entities/process_text.hpp"
#include "entities/value_mistake.hpp"

namespace civitas::process {

using entities::Catalog;
using entities::Entity;
using entities::ProcessDeclaration;
using entities::Transition;

namespace {

// States that a case in `state` is in or can still come to. What it has left it can come back to by `previous`.
std::set<std::string> ahead_of(const ProcessDeclaration& p, const std::string& state) {
  std::set<std::string> out{state};
  for (bool grew = true; grew;) {
    grew = false;
    for (const auto& t : p.transitions)
      if (!t.stays() && !t.goes_back() &&
          std::any_of(t.from.begin(), t.from.end(), [&](const auto& from) { return out.contains(from); }) &&
          out.insert(t.to).second)
        grew = true;
  }
  return out;
}

bool known_role(const Catalog& catalog, const Entity& e, const std::string& role) {
  for (std::string_view builtin : {"public", "citizen", "staff", "owner", "system"})
    if (role == builtin) return true;
  const auto& roles = catalog.system(e.system)->roles;
  return std::any_of(roles.begin(), roles.end(), [&](const auto& r) { return r.name == role; });
}

// What is missing, with the number of open cases that need it, in the order found.
class Missing {
 public:
  void add(const Text& what, std::int64_t cases) {
    for (auto& [text, count] : all_)
      if (text.zh == what.zh) {
        count += cases;
        return;
      }
    all_.emplace_back(what, cases);
  }
  Status status() const {
    if (all_.empty()) return {};
    Text message{
        "不能升级：有在办的件还要用到已删除的内容。请恢复，或先办结这些件。",
        "This upgrade is refused: open cases need what was taken away. Bring it back, or finish these cases first."};
    for (const auto& [what, count] : all_) {
      message.zh += "\n" + what.zh + "（在办 " + std::to_string(count) + " 件）";
      message.en += "\n" + what.en + " (" + std::to_string(count) + " open cases)";
    }
    return fail(problem(Kind::precondition, "process.upgrade.open_cases", message.zh, message.en));
  }

 private:
  std::vector<std::pair<Text, std::int64_t>> all_;
};

// What a step still to be taken calls, with what goes in and what comes out.
void check_call(const Catalog& catalog, entities::Conditions& conditions, const Entity& e,
                const entities::OfferCall& call, const Text& step, std::int64_t cases, Missing& missing) {
  const auto lacks = [&](const std::string& zh, const std::string& en) {
    missing.add({step.zh + "：" + zh, step.en + ": " + en}, cases);
  };
  const auto* contract = catalog.contract(call.offer);
  const auto& needs = catalog.system(e.system)->calls;
  const auto need = std::ranges::find(needs, call.offer, &entities::Need::name);
  if (!contract) {  // a step that can do without is not shown
    if (need == needs.end() || !need->optional) lacks("没有服务 " + call.offer, "nobody offers " + call.offer);
    return;
  }
  const auto check = [&](const Entity& of, const Entity& to, const std::vector<entities::SetValue>& values) {
    for (const auto& v : values) {
      const auto* field = to.field(v.field);
      if (!field)
        lacks("没有字段 " + v.field, "no field " + v.field);
      else if (const auto wrong = entities::value_mistake(conditions, catalog, of, {to, *field}, v.value))
        lacks(wrong->zh, wrong->en);
    }
  };
  check(e, contract->takes, call.with);
  check(contract->gives, e, call.set);
}

}  // namespace

Result<std::vector<OpenCases>> open_cases(sql::Connection& c) {
  std::vector<OpenCases> out;
  CIVITAS_TRY(
      const auto any,
      c.query_integer(c.dialect() == sql::Dialect::sqlite
                          ? "SELECT 1 FROM sqlite_master WHERE type='table' AND name='process_case'"
                          : "SELECT 1 FROM pg_tables WHERE schemaname=current_schema() AND tablename='process_case'"));
  if (!any) return out;
  CIVITAS_CHECK(c.query(
      "SELECT k.entity,d.text,k.state,count(*) FROM process_case k JOIN process_definition d ON d.hash=k.definition "
      "WHERE k.finished_at IS NULL "
      "GROUP BY k.entity,d.hash,d.text,k.state ORDER BY k.entity,k.state",
      {}, [&](const sql::Row& row) {
        out.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)), row.integer(3)});
        return sql::Continue::yes;
      }));
  return out;
}

Status check_open_cases(const Catalog& catalog, const std::vector<OpenCases>& open, const entities::Hooks* hooks) {
  Missing missing;
  entities::Conditions conditions(catalog);
  for (const auto& cases : open) {
    const Entity* e = catalog.entity_by_path(cases.entity);
    if (!e || !e->process) {
      missing.add({e ? "“" + e->title.zh + "”不再有办理流程" : "没有记录类型 " + cases.entity,
                   e ? "“" + e->title.en + "” has no process any more" : "there is no entity " + cases.entity},
                  cases.count);
      continue;
    }
    if (cases.definition == e->process->text && !hooks) continue;
    CIVITAS_TRY(const ProcessDeclaration p, entities::read_process_text(cases.definition, cases.entity));
    const std::string zh = "“" + e->title.zh + "”", en = "“" + e->title.en + "”";
    const auto need_field = [&](const std::string& name) {
      if (!e->field(name)) missing.add({zh + "没有字段 " + name, en + " has no field " + name}, cases.count);
    };
    for (const auto& name : ahead_of(p, cases.state)) {
      const auto* state = p.state(name);
      const Text title = state ? state->title : Text{name, name};
      if (!e->process->state(name))
        missing.add(
            {zh + "没有状态 " + name + "（" + title.zh + "）", en + " has no state " + name + " (" + title.en + ")"},
            cases.count);
      if (state)
        for (const auto& field : state->editable) need_field(field);
      for (const auto& t : p.transitions) {
        if (std::find(t.from.begin(), t.from.end(), name) == t.from.end()) continue;
        const std::string step_zh = zh + "的“" + t.title.zh + "”", step_en = "“" + t.title.en + "” of " + en;
        for (const auto& f : t.form) need_field(f.name);
        for (const auto& role : t.roles)
          if (!known_role(catalog, *e, role))
            missing.add({step_zh + "：没有角色 " + role, step_en + ": no role " + role}, cases.count);
        for (const auto& v : t.set) {
          need_field(v.field);
          if (const auto* f = e->field(v.field))
            if (const auto wrong = entities::value_mistake(conditions, catalog, *e, {*e, *f}, v.value))
              missing.add({step_zh + "：" + wrong->zh, step_en + ": " + wrong->en},
                          cases.count);
        }
        for (const auto* made : {&t.creates, &t.starts})
          if (*made && !entities::entity_of(catalog, *e, **made))
            missing.add({step_zh + "：没有记录类型 " + (*made)->entity, step_en + ": no entity " + (*made)->entity},
                        cases.count);
        if (t.call) check_call(catalog, conditions, *e, *t.call, {step_zh, step_en}, cases.count, missing);
        if (!t.when.empty())
          if (const auto typed = conditions.typed(*e, t.when); !typed)
            missing.add({step_zh + "：" + typed.error().message.zh, step_en + ": " + typed.error().message.en},
                        cases.count);
        auto actions = t.actions;
        if (t.undo) actions.insert(actions.end(), t.undo->begin(), t.undo->end());
        if (hooks)
          for (const auto& action : actions)
            if (!hooks->find(action))
              missing.add({step_zh + "：没有动作 " + action, step_en + ": no action " + action}, cases.count);
      }
    }
  }
  return missing.status();
}

}  // namespace civitas::process
