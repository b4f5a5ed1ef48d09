// What statistics and dashboards name exists and fits.
#include <algorithm>

#include "base/strings.hpp"
#include "entities/catalog.hpp"
#include "entities/children.hpp"
#include "entities/loader_statistics.hpp"
#include "entities/meaning_check.hpp"

namespace civitas::entities {

namespace {

bool is_number(const Field& f) {
  return f.type == FieldType::integer || f.type == FieldType::decimal || f.type == FieldType::duration;
}

bool can_group(const Field& f) {
  switch (f.type) {
    case FieldType::text:
    case FieldType::code:
    case FieldType::term:
    case FieldType::integer:
    case FieldType::decimal:
    case FieldType::duration:
    case FieldType::boolean:
    case FieldType::date:
    case FieldType::instant:
    case FieldType::time: return true;
    case FieldType::ref: return f.to_any.empty();
    case FieldType::computed: return !f.computed.empty();
    default: return false;
  }
}

class Check {
 public:
  Check(const Catalog& catalog, const Entity& e, const StatisticsDeclaration& s, Mistakes& mistakes)
      : catalog_(catalog), e_(e), s_(s), mistakes_(mistakes) {}

  void run() {
    for (const auto& g : s_.group) group(g);
    if (!s_.of.field.empty()) measured();
    if (s_.chart == "number" && !s_.group.empty())
      wrong("图形 number 只显示一个数，不能有 group", "the chart `number` shows one number and has no group");
  }

 private:
  void wrong(std::string zh, std::string en) {
    mistakes_.add(e_.file, s_.line, "statistics " + s_.name + "：" + zh, "statistics " + s_.name + ": " + en);
  }
  void unknown(const Entity& in, const std::string& name) {
    std::vector<std::string> known{"state", "created_at", "updated_at"};
    for (const auto& f : in.fields) known.push_back(f.name);
    const std::string meant(nearest_word(name, known));
    wrong(in.name + " 没有字段 " + name + (meant.empty() ? "" : "，是否想写 " + meant),
          in.name + " has no field " + name + (meant.empty() ? "" : "; did you mean " + meant));
  }
  // The record type at the end of the path, or nullptr after it was said what is wrong.
  const Entity* end_of(const FieldPath& path) {
    if (path.step.empty()) return &e_;
    const Field* f = e_.field(path.field);
    if (!f) return unknown(e_, path.field), nullptr;
    const Entity* target = f->type == FieldType::ref && f->to_any.empty() ? catalog_.target_of(*f) : nullptr;
    if (!target && (f->type != FieldType::ref || !f->to_any.empty()))
      wrong(path.field + " 不是对一种记录的引用", path.field + " is no reference to one type of records");
    if (path.step.find('.') != path.step.npos)
      return wrong("只能走一步引用：" + path.text(), "one step of reference only: " + path.text()), nullptr;
    return target;
  }
  bool in_clear(const Field& f, const FieldPath& path) {
    if (f.sealed || is_masked(f) || f.type == FieldType::secret || f.type == FieldType::citizen_id)
      return wrong("不能用加密或遮蔽的字段 " + path.text(), path.text() + " is sealed or masked"), false;
    return true;
  }
  void group(const StatisticsGroup& g) {
    const Entity* end = end_of(g.path);
    if (!end) return;
    const std::string& name = g.path.step.empty() ? g.path.field : g.path.step;
    const Field* f = end->field(name);
    const bool common_time = name == "created_at" || name == "updated_at";
    if (!f) {
      if (!common_time && !(name == "state" && end->process)) return unknown(*end, name);
    } else if (!in_clear(*f, g.path)) {
      return;
    } else if (ChildTable::has_table(*f)) {
      return wrong("字段 " + g.path.text() + " 有多个值", g.path.text() + " has several values");
    } else if (!can_group(*f)) {
      return wrong("不能按字段 " + g.path.text() + " 归并", "cannot group by " + g.path.text());
    }
    const bool time = common_time || (f && f->type == FieldType::instant), day = f && f->type == FieldType::date;
    if (g.every != Every::none && !time && !day)
      wrong(g.path.text() + " 不是时间或日期", g.path.text() + " is no time or day");
    else if (g.every == Every::hour && day)
      wrong(g.path.text() + " 是日期，没有钟点", g.path.text() + " is a day and has no hours");
  }
  void measured() {
    const Entity* end = end_of(s_.of);
    if (!end) return;
    const Field* f = end->field(s_.of.step.empty() ? s_.of.field : s_.of.step);
    if (!f) return unknown(*end, s_.of.step.empty() ? s_.of.field : s_.of.step);
    if (in_clear(*f, s_.of) && !is_number(*f))
      wrong("字段 " + s_.of.text() + " 不是数字", s_.of.text() + " is no number");
  }

  const Catalog& catalog_;
  const Entity& e_;
  const StatisticsDeclaration& s_;
  Mistakes& mistakes_;
};

const StatisticsDeclaration* find(const Entity& e, const std::string& name) {
  for (const auto& s : e.statistics)
    if (s.name == name) return &s;
  return nullptr;
}

void check_panel(const System& system, const Panel& p, Mistakes& mistakes) {
  const auto wrong = [&](std::string zh, std::string en) {
    mistakes.add(system.name + "/system.yaml", p.line, std::move(zh), std::move(en));
  };
  const auto missing = [&](const std::string& zh, const std::string& en, const std::string& name, const auto& among) {
    std::vector<std::string> known;
    for (const auto& one : among) known.push_back(one.name);
    const std::string meant(nearest_word(name, known));
    wrong(zh + " " + name + (meant.empty() ? "" : "，是否想写 " + meant),
          en + " " + name + (meant.empty() ? "" : "; did you mean " + meant));
  };
  const Entity* e = system.entity(p.entity);
  if (!e) return missing("没有记录类型", "no entity", p.entity, system.entities);
  if (p.statistics.empty()) {
    if (p.chart != "number" && p.chart != "table" && p.chart != "map")
      wrong("没有 statistics 的面板只能是 number、table 或 map", "a panel without statistics is a number, a table or a map");
    if (p.chart == "map" && e->list.map.empty())
      wrong(p.entity + " 没有 list.map，画不出地图", p.entity + " has no list.map to draw");
    if (p.title.empty()) wrong("没有 statistics 的面板要写 title", "a panel without statistics needs a title");
    return;
  }
  const StatisticsDeclaration* s = find(*e, p.statistics);
  if (!s) return missing("没有统计", "no statistics", p.statistics, e->statistics);
  if (p.chart == "map") wrong("地图面板显示记录，不写 statistics", "a map shows records: leave statistics out");
  if (p.chart == "number" && !s->group.empty())
    wrong("图形 number 只显示一个数，而 " + s->name + " 有 group", "`number` shows one number, and " + s->name + " has groups");
}

}  // namespace

void check_statistics(const Catalog& catalog, const Entity& e, Mistakes& mistakes) {
  for (const auto& s : e.statistics) {
    if (find(e, s.name) != &s)
      mistakes.add(e.file, s.line, "重复的统计 " + s.name, "repeats the statistics " + s.name);
    Check(catalog, e, s, mistakes).run();
  }
}

void check_dashboards(const System& system, Mistakes& mistakes) {
  const std::string file = system.name + "/system.yaml";
  for (const auto& d : system.dashboards) {
    if (system.dashboard(d.name) != &d)
      mistakes.add(file, d.line, "重复的驾驶舱 " + d.name, "repeats the dashboard " + d.name);
    if (d.panels.empty())
      mistakes.add(file, d.line, "驾驶舱 " + d.name + " 没有面板", "the dashboard " + d.name + " has no panels");
    for (const auto& role : d.roles)
      if (std::none_of(system.roles.begin(), system.roles.end(), [&](const Role& r) { return r.name == role; }))
        mistakes.add(file, d.line, "没有角色 " + role, "no role " + role);
    for (const auto& p : d.panels) check_panel(system, p, mistakes);
  }
  for (const auto& group : system.menu)
    for (const auto& item : group.items)
      if (!item.dashboard.empty() && !system.dashboard(item.dashboard))
        mistakes.add(file, 1, "菜单里没有驾驶舱 " + item.dashboard, "the menu names no dashboard " + item.dashboard);
}

void check_statistics_conditions(Conditions& conditions, const Catalog& catalog, Mistakes& mistakes) {
  const auto check = [&](const Entity& e, const std::string& text, const std::string& file, int line) {
    if (text.empty()) return;
    const auto made = conditions.filter(e, text, {});
    if (!made) return mistakes.add(file, line, made.error().message.zh, made.error().message.en);
    Mistakes told(catalog.overlays());
    check_literals(conditions, catalog, e, *made, line, told);
    for (const auto& one : told.all()) mistakes.add(file, line, one.message.zh, one.message.en);
    for (const auto dialect : {sql::Dialect::sqlite, sql::Dialect::postgres}) {
      const auto condition = conditions.compile(*made, dialect, {});
      if (condition && !condition->residual) continue;
      return mistakes.add(file, line, "统计的条件要由数据库整批判断，不能用空间关系、ACCENTI 等：" + text,
                          "a database decides conditions of statistics, without shapes, ACCENTI and the like: " + text);
    }
  };
  for (const auto& system : catalog.systems()) {
    for (const auto& e : system.entities)
      for (const auto& s : e.statistics) {
        check(e, s.filter, e.file, s.line);
        check(e, s.condition, e.file, s.line);
      }
    for (const auto& d : system.dashboards)
      for (const auto& p : d.panels)
        if (const Entity* e = system.entity(p.entity)) check(*e, p.filter, system.name + "/system.yaml", p.line);
  }
}

}  // namespace civitas::entities
