#include "entities/access.hpp"

#include <algorithm>

#include "query/alternatives.hpp"

namespace civitas::entities {

namespace {

constexpr std::size_t most_alternatives = 16;

const std::string& rule_for(const AccessRule& rule, Act act) {
  switch (act) {
    case Act::read: return rule.read;
    case Act::write: return rule.write;
    case Act::create: return rule.create;
    case Act::remove: return rule.remove;
  }
  return rule.read;
}

std::string with_owner(const AccessRule& rule, const std::string& condition) {
  return rule.role == "owner" ? "created_by = me() AND (" + condition + ")" : condition;
}

bool applies(const Entity& e, const AccessRule& rule, const identity::Principal& who) {
  return rule.role == "owner" ? who.id != 0 : who.has_role(e.system, rule.role);
}

Storage::Reading reading_of(const Entity& e, const AccessRule& rule) {
  Storage::Reading r{std::vector<char>(e.fields.size(), false), std::vector<char>(e.fields.size(), false)};
  for (std::size_t i = 0; i < e.fields.size(); ++i) {
    const auto named = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), e.fields[i].name) != list.end();
    };
    r.hidden[i] = !rule.shows(e.fields[i]);
    r.in_clear[i] = !is_masked(e.fields[i]) || named(rule.unmasked);
  }
  return r;
}

// Everything that `b` shows, `a` shows as well.
bool covers(const Storage::Reading& a, const Storage::Reading& b) {
  for (std::size_t i = 0; i < a.hidden.size(); ++i)
    if ((a.hidden[i] && !b.hidden[i]) || (!a.in_clear[i] && b.in_clear[i] && !b.hidden[i])) return false;
  return true;
}

bool same(const Storage::Reading& a, const Storage::Reading& b) {
  return a.hidden == b.hidden && a.in_clear == b.in_clear;
}

}  // namespace

Access::Access(const Catalog& catalog, Conditions& conditions) : conditions_(conditions) {
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities)
      for (const auto& rule : e.access)
        if (!rule.read.empty()) readings_.emplace(&rule, reading_of(e, rule));
}

std::vector<std::string> ReadPlan::filterable(const Entity& e) const {
  if (!filters.empty()) return filters;
  std::vector<std::string> out;
  out.reserve(e.fields.size());
  for (std::size_t i = 0; i < e.fields.size(); ++i)
    if (std::all_of(groups.begin(), groups.end(), [&](const Group& g) {
          return !g.reading.hidden[i] && (g.reading.in_clear[i] || !is_masked(e.fields[i]));
        }))
      out.push_back(e.fields[i].name);
  if (out.empty()) out.emplace_back("id");
  return out;
}

Clause ReadPlan::groups_held() const {
  Clause out{"0", {}};
  for (std::size_t g = 0; g < groups.size(); ++g) {
    out.sql += "+(CASE WHEN " + groups[g].clause.sql + " THEN " + std::to_string(1 << g) + " ELSE 0 END)";
    append_params(out, groups[g].clause.params);
  }
  return out;
}

Storage::Reading ReadPlan::reading_of(unsigned held) const {
  const std::size_t fields = groups.front().reading.hidden.size();
  Storage::Reading out{std::vector<char>(fields, true), std::vector<char>(fields, false)};
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (!(held >> g & 1)) continue;
    for (std::size_t i = 0; i < fields; ++i) {
      out.hidden[i] = out.hidden[i] && groups[g].reading.hidden[i];
      out.in_clear[i] = out.in_clear[i] || groups[g].reading.in_clear[i];
    }
  }
  return out;
}

bool sees_cases(const Entity& e, const identity::Principal& who) {
  return who.is_system() || who.has_role(e.system, "staff");
}

Problem Access::refusal(const Entity& e, const identity::Principal& who) const {
  if (!who.signed_in())
    return problem(Kind::unauthenticated, "entities.access.sign_in", "请先登录。", "Sign in first.");
  return problem(Kind::forbidden, "entities.access.forbidden", "您没有对“" + e.title.zh + "”进行此操作的权限。",
                 "You have no right to do this to “" + e.title.en + "”.");
}

Result<ReadPlan> Access::read(const Storage& storage, const identity::Principal& who, Instant now,
                              Versions versions) const {
  const Entity& e = storage.entity();
  ReadPlan plan;
  auto bindings = bindings_for(who, now);
  bindings.versions = versions == Versions::all;
  if (who.is_system()) {
    plan.where.sql = "TRUE";
    plan.groups.push_back({{"TRUE", {}}, storage.reading_all()});
    plan.every_row = true;
    return plan;
  }
  // A rule that holds for every row and shows all that another shows makes the other needless.
  struct Rule {
    const AccessRule* declared;
    const Storage::Reading* reading;
    bool every_row;
  };
  std::vector<Rule> rules;
  rules.reserve(e.access.size());
  for (const auto& rule : e.access)
    if (!rule.read.empty() && applies(e, rule, who))
      rules.push_back({&rule, &readings_.at(&rule), rule.read == "TRUE" && rule.role != "owner"});
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!rules[i].every_row) continue;
    const Rule winner = rules[i];
    std::erase_if(rules, [&](const Rule& other) {
      return other.declared != winner.declared && covers(*winner.reading, *other.reading);
    });
    i = static_cast<std::size_t>(
        std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.declared == winner.declared; }) -
        rules.begin());
  }
  for (const Rule& rule : rules) {
    Clause clause{"TRUE", {}};
    if (!rule.every_row) {
      CIVITAS_TRY(auto typed, conditions_.typed(e, with_owner(*rule.declared, rule.declared->read)));
      CIVITAS_TRY(auto condition, conditions_.compile(typed, storage.dialect(), bindings));
      clause = std::move(condition.clause);
      for (const auto& alternative : query::alternatives(typed, most_alternatives)) {
        CIVITAS_TRY(auto part, conditions_.compile(alternative, storage.dialect(), bindings));
        plan.alternatives.push_back(std::move(part.clause));
      }
    }
    const auto known = std::find_if(plan.groups.begin(), plan.groups.end(),
                                    [&](const auto& g) { return same(g.reading, *rule.reading); });
    if (known == plan.groups.end())
      plan.groups.push_back({std::move(clause), *rule.reading});
    else
      add_or(known->clause, std::move(clause));
  }
  if (plan.groups.empty()) return fail(refusal(e, who));
  if (std::any_of(rules.begin(), rules.end(), [](const Rule& r) { return r.every_row; })) {
    plan.where.sql = "TRUE";
    plan.every_row = plan.groups.size() == 1;
    plan.alternatives.clear();
    return plan;
  }
  if (plan.alternatives.size() < 2 || plan.alternatives.size() > most_alternatives) plan.alternatives.clear();
  for (const auto& g : plan.groups) add_or(plan.where, {"(" + g.clause.sql + ")", g.clause.params});
  plan.where.sql = "(" + plan.where.sql + ")";
  return plan;
}

Result<Clause> Access::may(const Storage& storage, Act act, const identity::Principal& who, Instant now) const {
  const Entity& e = storage.entity();
  if (who.is_system()) return Clause{"TRUE", {}};
  Clause out;
  for (const auto& rule : e.access) {
    const std::string& text = rule_for(rule, act);
    if (text.empty() || !applies(e, rule, who)) continue;
    if (text == "TRUE" && rule.role != "owner") return Clause{"TRUE", {}};
    CIVITAS_TRY(auto typed, conditions_.typed(e, with_owner(rule, text)));
    CIVITAS_TRY(auto condition, conditions_.compile(typed, storage.dialect(), bindings_for(who, now)));
    add_or(out, std::move(condition.clause));
  }
  if (out.sql.empty()) return fail(refusal(e, who));
  out.sql = "(" + out.sql + ")";
  return out;
}

bool Access::ever(const Entity& e, Act act, const identity::Principal& who) const {
  if (who.is_system()) return true;
  return std::any_of(e.access.begin(), e.access.end(),
                     [&](const AccessRule& rule) { return !rule_for(rule, act).empty() && applies(e, rule, who); });
}

std::optional<std::string> Access::role_condition(const Entity& e, const std::string& role,
                                                  const identity::Principal& who) const {
  if (role == "owner") return who.id ? std::optional<std::string>("created_by = me()") : std::nullopt;
  if (!who.has_role(e.system, role)) return std::nullopt;
  return "TRUE";
}

}  // namespace civitas::entities
