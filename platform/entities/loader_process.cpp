// The states and transitions of an entity.
#include <algorithm>
#include <map>

#include "base/strings.hpp"
#include "entities/loader_messages.hpp"
#include "entities/loader_parts.hpp"
#include "entities/process_text.hpp"

namespace civitas::entities {

namespace {

StateKind read_kind(MapReader& in) {
  const std::string kind = in.choice("kind", {"normal", "stopped", "final", "rejected"}, "normal");
  return kind == "stopped"    ? StateKind::stopped
         : kind == "final"    ? StateKind::final
         : kind == "rejected" ? StateKind::rejected
                              : StateKind::normal;
}

}  // namespace

ProcessDeclaration read_process(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader in(node, file, mistakes);
  ProcessDeclaration p;
  p.initial = in.required_text("initial");
  p.limit = in.text("limit");
  p.starts = in.text("starts");
  p.remind = in.text("remind");
  p.clocks = read_clocks(in, file, mistakes);
  for (const YamlNode* item : in.items("states")) {
    MapReader s(*item, file, mistakes);
    State state;
    state.line = item->line;
    state.name = read_name(s, "name");
    state.title = s.title("title");
    state.kind = read_kind(s);
    state.within = s.text("within");
    state.remind = s.text("remind");
    state.then = s.text("then");
    state.after = s.text("after");
    state.until = s.text("until");
    state.editable = s.words("editable");
    state.tell = read_tells(s, "tell", file, mistakes);
    state.joint = read_joint(s, file, mistakes);
    s.finish();
    p.states.push_back(std::move(state));
  }
  for (const YamlNode* item : in.items("transitions")) {
    MapReader t(*item, file, mistakes);
    Transition out;
    out.line = item->line;
    out.name = read_name(t, "name");
    out.title = t.title("title");
    out.from = t.words("from");
    out.to = t.required_text("to");
    out.roles = t.words("role");
    out.when = t.text("when");
    out.when_message = t.title("else", false);
    for (std::string word : t.words("form")) {
      const bool required = word.ends_with('!');
      if (required) word.pop_back();
      if (word == "comment") {
        out.comment = true;
        out.comment_required = required;
        continue;
      }
      out.form.push_back({std::move(word), required});
    }
    out.danger = t.flag("danger");
    out.actions = t.words("do");
    out.copies = t.words("copies");
    out.tell = read_tells(t, "tell", file, mistakes);
    out.extend = t.text("extend");
    out.clock = t.text("clock");
    read_step(t, out, file, mistakes);
    if (out.roles.empty() && !out.automatic)
      t.wrong(0, "流转 " + out.name + " 没有写 role", "the transition " + out.name + " names no role");
    t.finish();
    p.transitions.push_back(std::move(out));
  }
  in.finish();
  check_once(p.clocks, file, node.line, mistakes);
  check_once(p.states, file, node.line, mistakes);
  check_once(p.transitions, file, node.line, mistakes);
  p.text = node.to_json().dump();
  p.hash = content_hash(p.text);
  return p;
}

void check_process(const Entity& e, const ProcessDeclaration& p, Mistakes& mistakes, int line) {
  const auto wrong = [&](int at, std::string zh, std::string en) {
    mistakes.add(e.file, at ? at : line, std::move(zh), std::move(en));
  };
  check_clocks(e, p, mistakes, line);
  std::vector<std::string> names;
  for (const auto& s : p.states) names.push_back(s.name);
  const auto check_state = [&](const std::string& name, int at) {
    if (p.state(name)) return;
    const std::string meant(nearest_word(name, names));
    wrong(at, "没有状态 " + name + (meant.empty() ? "" : "，是否想写 " + meant),
          "no state " + name + (meant.empty() ? "" : "; did you mean " + meant));
  };
  check_state(p.initial, 0);
  std::map<std::string_view, std::vector<std::string_view>> leads_to;
  for (const auto& t : p.transitions)
    for (const auto& from : t.from)
      if (!t.stays() && !t.goes_back()) leads_to[from].push_back(t.to);
  std::set<std::string_view> reached{p.initial};
  for (std::vector<std::string_view> next{p.initial}; !next.empty();) {
    const auto at = next.back();
    next.pop_back();
    for (const auto& to : leads_to[at])
      if (reached.insert(to).second) next.push_back(to);
  }
  for (const auto& t : p.transitions) {
    if (!t.stays() && !t.goes_back()) check_state(t.to, t.line);
    for (const auto& from : t.from) check_state(from, t.line);
    for (const auto& f : t.form)
      if (!e.field(f.name)) wrong(t.line, "表单里没有字段 " + f.name, "the form names no field " + f.name);
  }
  for (const auto& s : p.states) {
    if (!reached.contains(s.name))
      wrong(0, "状态 " + s.name + " 无法到达", "the state " + s.name + " cannot be reached");
    const bool ends = s.kind == StateKind::final || s.kind == StateKind::rejected;
    const bool leaves = std::any_of(p.transitions.begin(), p.transitions.end(),
                                    [&](const Transition& t) { return t.leaves(s.name) && !t.stays(); });
    if (!ends && !leaves) wrong(0, "状态 " + s.name + " 没有出路", "the state " + s.name + " is a dead end");
    if (!s.then.empty() && !p.transition(s.then)) wrong(0, "没有流转 " + s.then, "no transition " + s.then);
    const Field* until = s.until.empty() ? nullptr : e.field(s.until);
    if (!s.until.empty() && s.after.empty())
      wrong(0, "状态 " + s.name + " 有 until 而没有 after", "the state " + s.name + " has until without after");
    if (!s.until.empty() && (!until || until->type != FieldType::date))
      wrong(0, "until 应为日期字段：" + s.until, "until names a date field, not " + s.until);
    for (const auto& f : s.editable)
      if (!e.field(f)) wrong(0, "没有字段 " + f, "no field " + f);
  }
  check_periods_of_states(e, p, mistakes);
  check_steps(e, p, mistakes);
}

Result<ProcessDeclaration> read_process_text(const std::string& text, const std::string& name) {
  CIVITAS_TRY(const YamlNode node, parse_yaml(text, name));  // JSON is YAML
  Mistakes mistakes;
  ProcessDeclaration p = read_process(node, name, mistakes);
  if (!mistakes.none()) return fail(mistakes.to_problem());
  return p;
}

}  // namespace civitas::entities
