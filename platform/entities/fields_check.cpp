// What fields ask for that nobody could give.
#include <algorithm>

#include "entities/children.hpp"
#include "entities/loader_parts.hpp"

namespace civitas::entities {

namespace {

bool can_filter(const Field& f) {
  if (f.sealed) return f.find != Find::none;
  switch (f.type) {
    case FieldType::rows:
    case FieldType::files:
    case FieldType::json:
    case FieldType::schedule:
    case FieldType::secret: return false;
    default: return !is_spatial(f.type);
  }
}

}  // namespace

void check_fields(const Entity& e, Mistakes& mistakes) {
  const auto wrong = [&](const Field& f, std::string zh, std::string en) {
    mistakes.add(e.file, f.line, "字段 " + f.name + "：" + std::move(zh), "the field " + f.name + ": " + std::move(en));
  };
  const auto limits = [&](const Field& f) {
    if (f.min && f.max && *f.min > *f.max) wrong(f, "min 大于 max，什么值都不合", "min is above max: no value fits");
  };
  // What the product alone makes it fills in itself.
  const bool people_make = std::any_of(e.access.begin(), e.access.end(), [](const AccessRule& a) { return !a.create.empty(); });
  for (const auto& f : e.fields) {
    limits(f);
    for (const auto& cell : f.fields) limits(cell);
    const bool made = f.type == FieldType::code || f.type == FieldType::computed || !f.computed.empty() ||
                      !f.default_value.is_null() || !f.default_rule.empty() || !e.before_write.empty();
    if (people_make && f.required && f.read_only && !f.hidden && !made)
      wrong(f, "required 又 read_only，却没有 default 和 before_write：没有人能填，记录永远建不成",
            "required and read_only without a default or before_write: nobody can give it, no record could be made");
  }
}

void check_filters(const Entity& e, const std::vector<std::string>& filters, int line, Mistakes& mistakes) {
  for (const auto& name : filters)
    if (const Field* f = e.field(name); f && !can_filter(*f))
      mistakes.add(e.file, line, "filters 里的字段 " + name + " 不能用来筛选",
                   "filters names " + name + ", by which nothing can be filtered");
}

void check_periods_of_states(const Entity& e, const ProcessDeclaration& p, Mistakes& mistakes) {
  for (const auto& s : p.states) {
    const auto wrong = [&](const std::string& zh, const std::string& en) {
      mistakes.add(e.file, s.line, "状态 " + s.name + zh, "the state " + s.name + en);
    };
    if (!s.then.empty() && s.after.empty()) wrong(" 有 then 而没有 after", " has `then` without `after`");
    if (!s.after.empty() && s.then.empty()) wrong(" 有 after 而没有 then", " has `after` without `then`");
    if (const Transition* then = p.transition(s.then); then && !then->leaves(s.name))
      wrong(" 的 then：流转 " + s.then + " 不从这里出发", ": the transition " + s.then + " of `then` does not leave it");
  }
}

}  // namespace civitas::entities
