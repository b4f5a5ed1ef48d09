// Every hook and action that a declaration names is there, told at the line that names it.
#include "base/strings.hpp"
#include "entities/hooks.hpp"
#include "entities/reader.hpp"

namespace civitas::entities {

namespace {

// Hooks that a system adds to records of a register are told of in the system's own file.
bool added(const Catalog& catalog, const Entity& e, const std::string& name) {
  for (const auto& system : catalog.systems())
    for (const auto& h : system.hooks)
      if (h.to == e.path())
        for (const auto* names : {&h.before_write, &h.after_write})
          for (const auto& one : *names)
            if (one == name) return true;
  return false;
}

}  // namespace

Status Hooks::check(const Catalog& catalog) const {
  Mistakes mistakes(catalog.overlays());
  check(catalog, mistakes);
  if (!mistakes.none()) return fail(mistakes.to_problem());
  return {};
}

void Hooks::check(const Catalog& catalog, Mistakes& mistakes) const {
  std::vector<std::string> known;
  for (const auto& [name, hook] : hooks_) known.push_back(name);
  const auto each = [&](const std::string& file, int line, const std::vector<std::string>& names) {
    for (const auto& name : names) {
      if (find(name)) continue;
      const std::string meant(nearest_word(name, known));
      mistakes.add(file, line, "没有动作 " + name + (meant.empty() ? "" : "，是否想写 " + meant),
                   "no action " + name + (meant.empty() ? "" : "; did you mean " + meant));
    }
  };
  for (const auto& system : catalog.systems()) {
    const std::string file = system.name + "/system.yaml";
    for (const auto& e : system.entities) {
      for (const auto* names : {&e.before_write, &e.after_write})
        for (const auto& name : *names)
          if (!added(catalog, e, name)) each(e.file, e.hooks_line, {name});
      if (!e.process) continue;
      for (const auto& t : e.process->transitions) {
        each(e.file, t.line, t.actions);
        if (t.undo) each(e.file, t.line, *t.undo);
      }
    }
    for (const auto& h : system.hooks)
      for (const auto* names : {&h.before_write, &h.after_write}) each(file, h.line, *names);
    for (const auto& s : system.subscriptions) each(file, s.line, {s.action});
    for (const auto& j : system.jobs)
      if (!j.action.empty()) each(file, j.line, {j.action});
  }
}

}  // namespace civitas::entities
