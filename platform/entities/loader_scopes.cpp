// What a system declares for others: dimensions of data scopes, and hooks of its own on the records of registers.
#include "entities/loader_parts.hpp"

namespace civitas::entities {

std::vector<AddedHooks> read_added_hooks(MapReader& in, const std::string& file, Mistakes& mistakes) {
  std::vector<AddedHooks> out;
  for (const YamlNode* item : in.items("hooks")) {
    MapReader h(*item, file, mistakes);
    out.push_back({h.required_text("to"), h.words("before_write"), h.words("after_write"), item->line});
    h.finish();
  }
  return out;
}

std::vector<ScopeDeclaration> read_scopes(MapReader& in, const std::string& file, Mistakes& mistakes) {
  std::vector<ScopeDeclaration> out;
  for (const YamlNode* item : in.items("scopes")) {
    MapReader s(*item, file, mistakes);
    out.push_back({read_name(s, "name"), s.title("title"), s.required_text("of"), s.text("path"), s.text("parent"),
                   item->line});
    if (!out.back().path.empty() && !out.back().parent.empty())
      s.wrong(0, "path 和 parent 只能写一个", "path and parent exclude each other");
    s.finish();
  }
  return out;
}

}  // namespace civitas::entities
