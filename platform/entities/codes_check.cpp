#include "entities/codes_check.hpp"

#include "base/strings.hpp"
#include "entities/catalog.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

namespace {

// What stands in a code as it is kept: one short value.
bool is_plain(const Field& f) {
  switch (f.type) {
    case FieldType::text:
    case FieldType::integer:
    case FieldType::term:
    case FieldType::code:
    case FieldType::phone:
    case FieldType::date:
    case FieldType::time: return !f.sealed;
    default: return false;
  }
}

}  // namespace

void check_numbering(const Catalog& catalog, const Entity& e, const Field& f, Mistakes& mistakes) {
  const auto wrong = [&](const std::string& zh, const std::string& en) {
    mistakes.add(e.file, f.line, "编号规则 " + f.rule + "：" + zh, "the numbering rule " + f.rule + ": " + en);
  };
  int serials = 0;
  for (std::size_t at = f.rule.find('{'); at != f.rule.npos; at = f.rule.find('{', at + 1)) {
    const auto end = f.rule.find('}', at);
    if (end == f.rule.npos) return wrong("花括号没有合上", "a brace is not closed");
    const std::string part = f.rule.substr(at + 1, end - at - 1);
    const auto parts = split(part, ':');
    const std::string source(parts[0]);
    for (std::size_t i = 1; i < parts.size(); ++i)
      if (!parse_integer(parts[i])) wrong("{" + part + "} 冒号后应为数字", "{" + part + "} needs a number behind its colon");
    if (source == "serial") {
      if (++serials > 1) wrong("只能有一个 {serial}", "there can be one {serial} only");
      if (const auto digits = parts.size() > 1 ? parse_integer(parts[1]).value_or(0) : 6; digits < 1 || digits > 12)
        wrong("流水号应为 1 到 12 位", "a serial number has 1 to 12 digits");
      continue;
    }
    if (source.starts_with("profile.")) continue;  // told where the city's words are put in
    const auto dot = source.find('.');
    const Field* own = e.field(source.substr(0, dot));
    if (dot == source.npos) {
      if (own ? is_plain(*own) || own->type == FieldType::ref : source == "year" || source == "month" || source == "day")
        continue;
    } else if (const Entity* target = own && own->type == FieldType::ref ? catalog.target_of(*own) : nullptr) {
      const Field* there = target->field(source.substr(dot + 1));
      if (there && is_plain(*there)) continue;
    }
    wrong("不能用 {" + source + "}，可写 serial、year、month、day、本记录或所引用记录的短字段",
          "{" + source + "} cannot stand there: serial, year, month, day, a short field of the record or of one that it refers to");
  }
}

}  // namespace civitas::entities
