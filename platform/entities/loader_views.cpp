// Views, and the shapes that a list can have.
#include <algorithm>

#include "base/strings.hpp"
#include "entities/case_relation.hpp"
#include "entities/children.hpp"
#include "entities/loader_parts.hpp"

namespace civitas::entities {

namespace {

void unknown(const Entity& e, int line, const std::string& where, const std::string& name,
             const std::vector<std::string>& known, Mistakes& mistakes) {
  const std::string meant(nearest_word(name, known));
  mistakes.add(e.file, line, where + " 里没有 " + name + (meant.empty() ? "" : "，是否想写 " + meant),
               where + " names " + name + ", which there is not" + (meant.empty() ? "" : "; did you mean " + meant));
}

std::vector<std::string> names_of(const Entity& e, std::initializer_list<const char*> more) {
  std::vector<std::string> out(more.begin(), more.end());
  for (const auto& f : e.fields) out.push_back(f.name);
  return out;
}

bool is_day(const Field& f) { return f.type == FieldType::date || f.type == FieldType::instant; }

void check_calendar(const Entity& e, int line, Mistakes& mistakes) {
  for (const std::string* name : {&e.list.calendar->from, &e.list.calendar->to}) {
    if (name->empty() || *name == "created_at" || *name == "updated_at") continue;
    const Field* f = e.field(*name);
    if (!f)
      unknown(e, line, "list.calendar", *name, names_of(e, {"created_at", "updated_at"}), mistakes);
    else if (!is_day(*f))
      mistakes.add(e.file, line, "list.calendar 的字段 " + *name + " 应为日期或时间",
                   "list.calendar: " + *name + " must be a date or an instant");
  }
}

void check_board(const Entity& e, int line, Mistakes& mistakes) {
  if (e.list.board == "state") {
    if (!e.process)
      mistakes.add(e.file, line, "list.board: state 需要 process", "list.board: state needs a process");
    return;
  }
  const Field* f = e.field(e.list.board);
  if (!f)
    unknown(e, line, "list.board", e.list.board, names_of(e, {"state"}), mistakes);
  else if (f->type != FieldType::term && f->type != FieldType::boolean)
    mistakes.add(e.file, line, "list.board 应为 state、代码字段或是否字段",
                 "list.board must be state, or a term or boolean field");
}

void check_tree(const Entity& e, int line, Mistakes& mistakes) {
  const Field* f = e.field(e.list.tree);
  if (!f)
    unknown(e, line, "list.tree", e.list.tree, names_of(e, {}), mistakes);
  else if (f->type != FieldType::ref || f->to_system != e.system || f->to != e.name)
    mistakes.add(e.file, line, "list.tree 应为引用本类型上级记录的字段",
                 "list.tree must be a reference to the record above, of the same type");
}

}  // namespace

ListView read_list(const YamlNode& node, const std::string& file, Mistakes& mistakes) {
  MapReader l(node, file, mistakes);
  ListView out;
  out.columns = l.words("columns");
  out.filters = l.words("filters");
  out.sort = l.words("sort");
  out.map = l.text("map");
  out.symbol = l.text("symbol");
  out.board = l.text("board");
  if (const auto [text, map] = l.text_or_map("calendar"); map) {
    MapReader c(*map, file, mistakes);
    out.calendar = CalendarFields{c.required_text("from"), c.text("to")};
    c.finish();
  } else if (!text.empty()) {
    out.calendar = CalendarFields{text, ""};
  }
  out.tree = l.text("tree");
  l.finish();
  return out;
}

std::vector<View> read_views(MapReader& in, const std::string& file, Mistakes& mistakes) {
  std::vector<View> out;
  for (const YamlNode* item : in.items("views")) {
    MapReader v(*item, file, mistakes);
    View view;
    view.line = item->line;
    view.name = read_name(v, "name");
    view.title = v.title("title");
    view.when = v.text("when");
    view.roles = v.words("role");
    view.columns = v.words("columns");
    view.filters = v.words("filters");
    view.sort = v.words("sort");
    view.layout = v.choice("layout", {"list", "board", "calendar", "tree", "map"}, "list");
    view.badge = v.flag("badge");
    v.finish();
    out.push_back(std::move(view));
  }
  return out;
}

std::vector<Related> read_related(MapReader& in, const std::string& file, Mistakes& mistakes) {
  std::vector<Related> out;
  for (const YamlNode* item : in.items("related")) {
    MapReader r(*item, file, mistakes);
    out.push_back({r.required_text("entity"), r.required_text("by"), r.flag("create"), r.title("title", false),
                   item->line});
    r.finish();
  }
  return out;
}

void check_views(const Entity& e, int list_line, Mistakes& mistakes) {
  if (e.list.calendar) check_calendar(e, list_line, mistakes);
  if (!e.list.board.empty()) check_board(e, list_line, mistakes);
  if (!e.list.tree.empty()) check_tree(e, list_line, mistakes);
  const auto common = names_of(e, {"id", "state", "created_at", "updated_at", "version", "valid_from", "valid_to"});
  const auto listed = [](const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  for (const auto& view : e.views) {
    const std::string where = "views." + view.name;
    for (const auto* names : {&view.columns, &view.filters})
      for (const auto& name : *names)
        if (!listed(common, name)) unknown(e, view.line, where, name, common, mistakes);
    auto orders = common;
    if (e.process) orders.insert(orders.end(), {"case.due_at", "case.entered_at"});
    for (std::string name : view.sort) {
      if (name.starts_with('-')) name.erase(0, 1);
      const Field* f = e.field(name);
      if (!listed(orders, name))
        unknown(e, view.line, where + ".sort", name, orders, mistakes);
      else if (f && (ChildTable::has_table(*f) || f->sealed || is_spatial(f->type)))
        mistakes.add(e.file, view.line, where + " 不能按 " + name + " 排序", where + " cannot be sorted by " + name);
    }
    const bool drawn = view.layout == "list" || (view.layout == "board" && !e.list.board.empty()) ||
                       (view.layout == "calendar" && e.list.calendar) ||
                       (view.layout == "tree" && !e.list.tree.empty()) || (view.layout == "map" && !e.list.map.empty());
    if (!drawn)
      mistakes.add(e.file, view.line, where + " 的 layout: " + view.layout + " 要先写 list." + view.layout,
                   where + " has layout: " + view.layout + ", which needs list." + view.layout);
  }
}

}  // namespace civitas::entities
