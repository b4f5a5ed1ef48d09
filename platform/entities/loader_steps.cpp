// What a step does besides leading from one state to another.
#include <algorithm>

#include "base/strings.hpp"
#include "entities/loader_offers.hpp"
#include "entities/loader_parts.hpp"

namespace civitas::entities {

namespace {

std::vector<SetValue> read_set(MapReader& in) {
  std::vector<SetValue> out;
  for (auto& [field, value] : in.entries("set")) out.push_back({std::move(field), std::move(value)});
  return out;
}

std::optional<MadeRecord> read_made(MapReader& in, std::string_view key, const std::string& file, Mistakes& mistakes,
                                    bool starts) {
  const auto [text, map] = in.text_or_map(key);
  if (!text.empty()) return MadeRecord{text, {}, "", "", ""};
  if (!map) return std::nullopt;
  MapReader m(*map, file, mistakes);
  MadeRecord out;
  out.entity = m.required_text("entity");
  out.set = read_set(m);
  out.link = m.text("link");
  if (starts) {
    out.done = m.text("when_done");
    out.rejected = m.text("when_rejected");
  }
  m.finish();
  return out;
}

// Names the word probably meant.
void unknown(const Entity& e, int line, const Text& what, const std::string& name,
             const std::vector<std::string>& known, Mistakes& mistakes) {
  const std::string meant(nearest_word(name, known));
  mistakes.add(e.file, line, what.zh + " " + name + (meant.empty() ? "" : "，是否想写 " + meant),
               what.en + " " + name + (meant.empty() ? "" : "; did you mean " + meant));
}

}  // namespace

void read_step(MapReader& in, Transition& out, const std::string& file, Mistakes& mistakes) {
  out.automatic = in.flag("auto");
  out.side = in.flag("side");
  out.anyone = in.flag("anyone");
  out.set = read_set(in);
  if (const YamlNode* assign = in.get("assign")) {
    MapReader a(*assign, file, mistakes);
    out.assign = {a.text("person"), a.text("department")};
    if (!out.assign.declared())
      a.wrong(0, "assign 应写 person 或 department", "assign names a person or a department");
    a.finish();
  }
  out.creates = read_made(in, "creates", file, mistakes, false);
  out.starts = read_made(in, "starts", file, mistakes, true);
  out.call = read_call(in, file, mistakes);
  const bool undone = in.has("undo");
  auto undo = in.words("undo");
  if (undone) out.undo = std::move(undo);
}

std::optional<JointDeclaration> read_joint(MapReader& in, const std::string& file, Mistakes& mistakes) {
  const YamlNode* joint = in.get("joint");
  if (!joint) return std::nullopt;
  MapReader j(*joint, file, mistakes);
  JointDeclaration out;
  out.each = j.words("each");
  out.roles = j.words("role");
  const std::string until = j.text("until", "all");
  if (until == "any")
    out.wanted = 1;
  else if (const auto wanted = parse_integer(until); wanted && *wanted >= 1 && *wanted <= 100)
    out.wanted = static_cast<int>(*wanted);
  else if (until != "all")
    j.wrong(0, "until 应为 all、any 或 1 到 100 的数", "until is all, any, or a number from 1 to 100");
  out.within = j.text("within");
  out.opinion = j.flag("opinion");
  out.then = j.required_text("then");
  out.refused = j.text("refused");
  if (out.each.empty()) j.wrong(0, "joint 缺少 each", "each of joint is missing");
  j.finish();
  return out;
}

std::vector<Flag> read_flags(MapReader& in, const std::string& file, Mistakes& mistakes) {
  std::vector<Flag> out;
  for (const YamlNode* item : in.items("flags")) {
    MapReader f(*item, file, mistakes);
    out.push_back({read_name(f, "name"), f.title("title"), f.required_text("when"),
                   f.choice("tone", {"bad", "warn", "info"}, "info"), item->line});
    f.finish();
  }
  check_once(out, file, in.line(), mistakes);
  return out;
}

void check_steps(const Entity& e, const ProcessDeclaration& p, Mistakes& mistakes) {
  std::vector<std::string> fields, transitions;
  for (const auto& f : e.fields) fields.push_back(f.name);
  for (const auto& t : p.transitions) transitions.push_back(t.name);
  const auto check_field = [&](const std::string& name, int line, const char* where) {
    if (!name.empty() && !e.field(name))
      unknown(e, line, {std::string(where) + " 里没有字段", std::string(where) + " names no field"}, name, fields,
              mistakes);
  };
  const auto check_step = [&](const std::string& name, const std::string& state, int line, const char* where) {
    if (name.empty()) return;
    const Transition* step = p.transition(name);
    if (!step)
      unknown(e, line, {std::string(where) + " 里没有流转", std::string(where) + " names no transition"}, name,
              transitions, mistakes);
    else if (!state.empty() && !step->leaves(state))
      mistakes.add(e.file, line, std::string(where) + " 的流转 " + name + " 不从状态 " + state + " 出发",
                   "the transition " + name + " of " + where + " does not leave the state " + state);
  };
  for (const char* word : {"same", "previous"})
    if (const State* s = p.state(word))
      mistakes.add(e.file, s->line, std::string("状态不能叫 ") + word + "：to 用它表示原状态或上一状态",
                   std::string("a state cannot be named ") + word + ": `to` means the same or the previous state by it");
  for (const auto& t : p.transitions) {
    for (const auto& v : t.set) check_field(v.field, t.line, "set");
    check_field(t.assign.person, t.line, "assign");
    check_field(t.assign.department, t.line, "assign");
    for (const auto* made : {&t.creates, &t.starts})
      if (*made) check_field((*made)->link, t.line, "link");
    if (t.starts) {
      check_step(t.starts->done, t.stays() || t.goes_back() ? "" : t.to, t.line, "when_done");
      check_step(t.starts->rejected, t.stays() || t.goes_back() ? "" : t.to, t.line, "when_rejected");
    }
    if (t.automatic && (t.comment_required ||
                        std::any_of(t.form.begin(), t.form.end(), [](const FormField& f) { return f.required; })))
      mistakes.add(e.file, t.line, "自动流转 " + t.name + " 不能有必填的表单项，没有人填写",
                   "the automatic transition " + t.name + " cannot ask for anything: nobody fills in its form");
    // Without a change that its guard could see, it would be taken again and again.
    const bool returns = t.stays() || t.leaves(t.to);
    if (t.automatic && returns && t.set.empty() && t.actions.empty() && !(t.call && !t.call->set.empty()))
      mistakes.add(e.file, t.line, "自动流转 " + t.name + " 停在原状态又不改变任何字段，会没完没了",
                   "the automatic transition " + t.name + " stays in its state and changes nothing: it would never stop");
    if (t.automatic && t.when.empty() && returns)
      mistakes.add(e.file, t.line, "自动流转 " + t.name + " 停在原状态，要有 when",
                   "the automatic transition " + t.name + " stays in its state and needs a guard (when)");
    if (t.undo && !t.makes())
      mistakes.add(e.file, t.line, "流转 " + t.name + " 有 undo 却没有 do、creates、starts 或 call",
                   "the transition " + t.name + " has undo but no do, creates, starts or call");
  }
  // Automatic steps without a guard that lead round in a circle.
  for (const auto& first : p.transitions) {
    if (!first.automatic || !first.when.empty() || first.stays() || first.goes_back()) continue;
    std::string at = first.to;
    for (std::size_t steps = 0; steps <= p.transitions.size(); ++steps) {
      const auto next = std::find_if(p.transitions.begin(), p.transitions.end(), [&](const Transition& t) {
        return t.automatic && t.when.empty() && t.leaves(at) && !t.stays() && !t.goes_back();
      });
      if (next == p.transitions.end()) break;
      if (next->name == first.name) {
        mistakes.add(e.file, first.line, "自动流转 " + first.name + " 会转回自己的出发状态，没完没了",
                     "the automatic transition " + first.name + " comes round to where it starts: it would never stop");
        break;
      }
      at = next->to;
    }
  }
  for (const auto& s : p.states) {
    if (!s.joint) continue;
    for (const auto& name : s.joint->each) check_field(name, s.line, "joint");
    check_step(s.joint->then, s.name, s.line, "then");
    check_step(s.joint->refused, s.name, s.line, "refused");
    if (!s.joint->then.empty() && s.joint->then == s.joint->refused)
      mistakes.add(e.file, s.line, "joint 的 then 和 refused 不能是同一个流转",
                   "then and refused of joint cannot be the same transition");
  }
}

}  // namespace civitas::entities
