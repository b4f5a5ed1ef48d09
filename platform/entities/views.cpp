#include "entities/views.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "base/utf8.hpp"

namespace civitas::entities {

bool may_use(const Entity& e, const View& view, const identity::Principal& who) {
  if (who.is_system()) return true;
  if (view.roles.empty()) return who.has_role(e.system, "staff");
  return std::any_of(view.roles.begin(), view.roles.end(),
                     [&](const std::string& role) { return who.has_role(e.system, role); });
}

Result<const View*> find_view(const Entity& e, const std::string& name, const identity::Principal& who) {
  if (name.empty()) return nullptr;
  std::vector<std::string> known;
  for (const auto& view : e.views) {
    if (!may_use(e, view, who)) continue;
    if (view.name == name) return &view;
    known.push_back(view.name);
  }
  const std::string shown(utf8_prefix(name, 60)), meant(nearest_word(name, known));
  return fail(invalid("entities.view.unknown",
                      "您没有名为 " + shown + " 的视图" + (meant.empty() ? "。" : "，是否指 " + meant + "？"),
                      "You have no view " + shown + (meant.empty() ? "." : "; is " + meant + " meant?"))
                  .with_field("view"));
}

}  // namespace civitas::entities
