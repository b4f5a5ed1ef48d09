// `clocks:` of a process.
#include <algorithm>

#include "base/strings.hpp"
#include "entities/loader_messages.hpp"
#include "entities/loader_parts.hpp"

namespace civitas::entities {

namespace {

LateDeclaration read_late(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  LateDeclaration out;
  // The people alone, or with way, template and condition as everywhere.
  const YamlNode* tell = in.get("tell");
  if (tell && (tell->is_scalar() || (!tell->items.empty() && tell->items.front().is_scalar()))) {
    Tell people;
    people.line = tell->line;
    people.to = in.words("tell");
    out.tell.push_back(std::move(people));
  } else if (tell) {
    out.tell = read_tells(in, "tell", file, mistakes);
    in.or_words("tell");
  }
  for (auto& [field, value] : in.entries("set")) out.set.push_back({field, value});
  out.go = in.text("go");
  in.finish();
  return out;
}

}  // namespace

std::vector<ClockDeclaration> read_clocks(MapReader& process, const std::string& file, Mistakes& mistakes) {
  std::vector<ClockDeclaration> out;
  for (const YamlNode* item : process.items("clocks")) {
    MapReader in(*item, file, mistakes);
    ClockDeclaration clock;
    clock.line = item->line;
    clock.name = read_name(in, "name");
    clock.title = in.title("title");
    clock.limit = in.required_text("limit");
    clock.starts = in.text("starts");
    clock.stops_in = in.words("stops_in");
    clock.counts_in = in.words("counts_in");
    clock.warn = in.text("warn");
    if (const YamlNode* late = in.get("late")) clock.late = read_late(*late, file, mistakes);
    in.finish();
    out.push_back(std::move(clock));
  }
  return out;
}

void check_clocks(const Entity& e, const ProcessDeclaration& p, Mistakes& mistakes, int line) {
  std::vector<std::string> states, transitions, clocks, fields;
  for (const auto& s : p.states) states.push_back(s.name);
  for (const auto& t : p.transitions) transitions.push_back(t.name);
  for (const auto& f : e.fields) fields.push_back(f.name);
  if (!p.limit.empty()) clocks.emplace_back(limit_clock_name);
  for (const auto& c : p.clocks) clocks.push_back(c.name);
  const auto unknown = [&](int at, const char* what_zh, const char* what_en, const std::string& name,
                           const std::vector<std::string>& known) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return;
    const std::string meant(nearest_word(name, known));
    mistakes.add(e.file, at ? at : line,
                 "没有" + std::string(what_zh) + " " + name + (meant.empty() ? "" : "，是否想写 " + meant),
                 "no " + std::string(what_en) + " " + name + (meant.empty() ? "" : "; did you mean " + meant));
  };
  for (const auto& c : p.clocks) {
    if (c.name == step_clock_name || (c.name == limit_clock_name && !p.limit.empty()))
      mistakes.add(e.file, c.line, "时钟名 " + c.name + " 已由 limit 或 within 占用",
                   "the clock name " + c.name + " is taken by limit or within");
    if (!c.stops_in.empty() && !c.counts_in.empty())
      mistakes.add(e.file, c.line, "时钟 " + c.name + " 的 stops_in 和 counts_in 只能写一个",
                   "the clock " + c.name + " has either stops_in or counts_in");
    if (!c.starts.empty() && !p.state(c.starts)) unknown(c.line, "状态或流转", "state or transition", c.starts, transitions);
    for (const auto* list : {&c.stops_in, &c.counts_in})
      for (const auto& state : *list) unknown(c.line, "状态", "state", state, states);
    if (!c.late.go.empty()) unknown(c.line, "流转", "transition", c.late.go, transitions);
    for (const auto& v : c.late.set) unknown(c.line, "字段", "field", v.field, fields);
  }
  for (const auto& t : p.transitions) {
    if (!t.clock.empty() && t.extend.empty())
      mistakes.add(e.file, t.line, "流转 " + t.name + " 有 clock 而没有 extend",
                   "the transition " + t.name + " has clock without extend");
    if (!t.extend.empty()) unknown(t.line, "时钟", "clock", t.extends_clock(), clocks);
  }
}

}  // namespace civitas::entities
