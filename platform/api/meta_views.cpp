// Views, shapes of lists and related records, as the pages read them.
#include <algorithm>

#include "api/meta_writer.hpp"
#include "entities/access.hpp"
#include "entities/views.hpp"

namespace civitas::api {

using namespace entities;

namespace {

void words(JsonWriter& w, std::string_view key, const std::vector<std::string>& all) {
  w.key(key).begin_array();
  for (const auto& word : all) w.value(word);
  w.end_array();
}

void write_item(JsonWriter& w, const MenuItem& item, const Text& title, const View* view) {
  w.begin_object();
  if (!item.entity.empty()) w.key("entity").value(item.entity);
  if (!item.page.empty()) w.key("page").value(item.page);
  if (view) w.key("view").value(view->name).key("badge").value(view->badge);
  write_title(w, "title", title);
  w.end_object();
}

}  // namespace

void write_dashboard_item(JsonWriter& w, const MenuItem& item, const Dashboard& dashboard) {
  w.begin_object().key("dashboard").value(item.dashboard);
  write_title(w, "title", item.title.empty() ? dashboard.title : item.title);
  w.end_object();
}

void write_menu_item(JsonWriter& w, const MenuItem& item, const Entity* e, const identity::Principal& who) {
  if (e && item.views) {
    for (const auto& view : e->views)
      if (may_use(*e, view, who)) write_item(w, item, view.title, &view);
    return;
  }
  const View* view = nullptr;
  if (e)
    for (const auto& one : e->views)
      if (one.name == item.view) view = &one;
  write_item(w, item, !item.title.empty() ? item.title : view ? view->title : e ? e->title : item.title, view);
}

bool shows_menu_item(const MenuItem& item, const Entity* e, const identity::Principal& who) {
  if (!e || (item.view.empty() && !item.views)) return true;
  return std::any_of(e->views.begin(), e->views.end(), [&](const View& view) {
    return (item.views || view.name == item.view) && may_use(*e, view, who);
  });
}

void write_list_shapes(JsonWriter& w, const ListView& list, const std::function<bool(const std::string&)>& shown) {
  if (!list.board.empty() && shown(list.board)) w.key("board").value(list.board);
  if (list.calendar && shown(list.calendar->from)) {
    w.key("calendar").begin_object().key("from").value(list.calendar->from);
    if (!list.calendar->to.empty() && shown(list.calendar->to)) w.key("to").value(list.calendar->to);
    w.end_object();
  }
  if (!list.tree.empty() && shown(list.tree)) w.key("tree").value(list.tree);
}

void write_views(JsonWriter& w, const Catalog& catalog, const Access& access, const Entity& e,
                 const identity::Principal& who, const std::function<bool(const std::string&)>& shown) {
  const auto only = [&](const std::vector<std::string>& names) {
    std::vector<std::string> out;
    std::copy_if(names.begin(), names.end(), std::back_inserter(out), shown);
    return out;
  };
  w.key("views").begin_array();
  for (const auto& view : e.views) {
    if (!may_use(e, view, who)) continue;
    w.begin_object().key("name").value(view.name).key("layout").value(view.layout).key("badge").value(view.badge);
    write_title(w, "title", view.title);
    words(w, "columns", only(view.columns.empty() ? e.list.columns : view.columns));
    words(w, "filters", only(view.filters.empty() ? e.list.filters : view.filters));
    words(w, "sort", view.sort.empty() ? e.list.sort : view.sort);
    w.end_object();
  }
  w.end_array().key("related").begin_array();
  for (const auto& r : e.related) {
    const Entity* other = related_entity(catalog, e, r);
    if (!other || !access.ever(*other, Act::read, who)) continue;
    w.begin_object().key("system").value(other->system).key("entity").value(other->name).key("by").value(r.by);
    w.key("create").value(r.create && access.ever(*other, Act::create, who));
    write_title(w, "title", r.title.empty() ? other->title : r.title);
    w.end_object();
  }
  w.end_array();
}

}  // namespace civitas::api
