// What a declaration says of time.
#include <algorithm>

#include "process/check.hpp"
#include "process/duration.hpp"

namespace civitas::process {

using entities::Catalog;
using entities::Entity;
using entities::FieldType;
using entities::ProcessDeclaration;

namespace {

class PeriodCheck {
 public:
  PeriodCheck(const Catalog& catalog, const Entity& e, Text& message) : catalog_(catalog), e_(e), message_(message) {}

  void run() {
    const ProcessDeclaration& p = *e_.process;
    if (!p.limit.empty()) limit(p.limit, 0);
    duration(p.remind, 0);
    for (const auto& clock : p.clocks) {
      limit(clock.limit, clock.line);
      if (!clock.warn.empty()) note(parse_warning(clock.warn), clock.line);
    }
    for (const auto& s : p.states) {
      for (const std::string* text : {&s.within, &s.after, &s.remind}) duration(*text, 0);
      if (s.joint) duration(s.joint->within, s.line);
    }
    for (const auto& t : p.transitions)
      if (!t.extend.empty()) extension(p, t);
  }

 private:
  void wrong(int line, const Text& what) {
    const std::string where = catalog_.place(e_.file, line);
    message_.zh += (message_.zh.empty() ? "" : "\n") + where + ": " + what.zh;
    message_.en += (message_.en.empty() ? "" : "\n") + where + ": " + what.en;
  }
  template <class T>
  bool note(const Result<T>& parsed, int line) {
    if (!parsed) wrong(line, parsed.error().message);
    return static_cast<bool>(parsed);
  }
  void duration(const std::string& text, int line) {
    if (!text.empty()) note(parse_duration(text), line);
  }
  void limit(const std::string& text, int line) {
    const auto parsed = parse_limit(text);
    if (note(parsed, line) && !parsed->field.empty()) number_in(parsed->field, line, true);
  }
  // The field, or the one a step away, holds a number.
  void number_in(const std::string& path, int line, bool one_away) {
    const auto dot = path.find('.');
    const auto* field = e_.field(path.substr(0, dot));
    if (field && dot != path.npos) {
      const Entity* target = field->type == FieldType::ref ? catalog_.target_of(*field) : nullptr;
      field = target ? target->field(path.substr(dot + 1)) : nullptr;
    }
    if (field && (field->type == FieldType::integer || field->type == FieldType::decimal) &&
        (one_away || dot == path.npos))
      return;
    wrong(line, {"期限里的 " + path + " 不是数字字段", "the period names " + path + ", which is no field with a number"});
  }
  void extension(const ProcessDeclaration& p, const entities::Transition& t) {
    const auto parsed = parse_limit(t.extend);
    if (!note(parsed, t.line)) return;
    if (!parsed->field.empty()) number_in(parsed->field, t.line, false);
    const std::string name = t.extends_clock();
    const auto at = std::find_if(p.clocks.begin(), p.clocks.end(), [&](const auto& c) { return c.name == name; });
    const auto clock = parse_limit(at == p.clocks.end() ? p.limit : at->limit);
    if (!clock) return;  // said above, or by the loader
    const auto by_the_clock = [](DurationUnit u) { return u == DurationUnit::hours || u == DurationUnit::minutes; };
    if (parsed->unit == clock->unit || (by_the_clock(parsed->unit) && by_the_clock(clock->unit))) return;
    wrong(t.line, {"时钟 " + name + " 按 " + std::string(unit_name(clock->unit)) + " 计，extend 应使用同一单位",
                   "the clock " + name + " counts in " + std::string(unit_name(clock->unit)) +
                       "; extend has to use the same unit"});
  }

  const Catalog& catalog_;
  const Entity& e_;
  Text& message_;
};

}  // namespace

Status check_periods(const Catalog& catalog) {
  Text message;
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities)
      if (e.process) PeriodCheck(catalog, e, message).run();
  if (!message.empty()) return fail(invalid("entities.declaration", message.zh, message.en));
  return {};
}

}  // namespace civitas::process
