#include "api/live_routes.hpp"

#include <algorithm>

#include "api/anonymous_guard.hpp"
#include "api/dashboard_routes.hpp"
#include "base/strings.hpp"
#include "entities/views.hpp"

namespace civitas::api {

namespace {

using namespace entities;
using http::Method;
using http::RouteOptions;

constexpr std::string_view copies = "process_copy", notices = "notify_notice";
constexpr std::size_t most_topics = 12;
constexpr int patience_of_menus = 5;  // every member of staff has them, and most changes are of somebody's concern

Problem unknown_topic(std::string_view name) {
  const std::string shown(name.substr(0, 80));
  return invalid("api.live.topic", "没有可以关注的 " + shown + "；可写 todo、badges、notices 或 dashboard:系统.名称。",
                 "There is no topic " + shown + "; write todo, badges, notices or dashboard:system.name.")
      .with_field("topics");
}

Status add_dashboard(const Catalog& catalog, const identity::Principal& who, std::string_view name, live::Topic& topic) {
  const auto dot = name.find('.');
  const System* system = dot == name.npos ? nullptr : catalog.system(name.substr(0, dot));
  const Dashboard* d = system ? system->dashboard(name.substr(dot + 1)) : nullptr;
  if (!d || !shows_dashboard(*system, *d, who))
    return fail(problem(Kind::not_found, "api.dashboard.unknown", "没有这个驾驶舱，或您无权查看。",
                        "There is no such dashboard, or you may not see it."));
  for (const auto& panel : d->panels) {
    const Entity* e = system->entity(panel.entity);
    if (std::find(topic.records.begin(), topic.records.end(), e) == topic.records.end()) topic.records.push_back(e);
  }
  return {};
}

Result<std::vector<live::Topic>> topics_of(const Store& store, const identity::Principal& who, std::string_view text) {
  std::vector<live::Topic> out;
  const auto add_records = [&](live::Topic& topic, const auto& wanted) {
    for (const auto& system : store.catalog().systems())
      for (const auto& e : system.entities)
        if (wanted(e)) topic.records.push_back(&e);
  };
  for (const auto part : split(text, ',')) {
    const std::string_view name = trim(part);
    if (name.empty()) continue;
    live::Topic topic;
    topic.what = name;
    if (name == "todo") {
      add_records(topic, [](const Entity& e) { return e.process.has_value(); });
      topic.personal = {copies};
      topic.patience = patience_of_menus;
    } else if (name == "badges") {
      add_records(topic, [&](const Entity& e) {
        return std::any_of(e.views.begin(), e.views.end(),
                           [&](const View& view) { return view.badge && may_use(e, view, who); });
      });
      topic.patience = patience_of_menus;
    } else if (name == "notices") {
      topic.personal = {notices};
    } else if (name.starts_with("dashboard:")) {
      CIVITAS_CHECK(add_dashboard(store.catalog(), who, name.substr(10), topic));
    } else {
      return fail(unknown_topic(name));
    }
    out.push_back(std::move(topic));
  }
  if (out.size() > most_topics)
    return fail(invalid("api.live.topics", "一次最多关注 12 项。", "At most 12 topics at once.").with_field("topics"));
  return out;
}

// The parameters of the list: it is of the present, and its first page.
Result<ListQuery> query_of(const Request& r) {
  Request list;
  for (const auto& [name, value] : r.query_parameters) {
    if (name == "topics" || name == "list" || name == "last_event_id") continue;
    for (const std::string_view no : {"after", "as_of", "recorded_as_of", "total"})
      if (name == no)
        return fail(invalid("api.parameter", "实时列表只有当前数据的第一页，不能带 " + name + "。",
                            "A live list is the first page of the present; leave " + name + " out.")
                        .with_field(name));
    list.query_parameters.emplace_back(name, value);
  }
  return list_query(list);
}

std::string canonical(const Request& r, const std::string& list) {
  auto parameters = r.query_parameters;
  std::erase_if(parameters, [](const auto& p) { return p.first == "last_event_id" || p.first == "list"; });
  std::sort(parameters.begin(), parameters.end());
  std::string out = list;
  for (const auto& [name, value] : parameters) out += "&" + name + "=" + http::percent_encode(value);
  return out;
}

Result<Response> listen(Service& service, live::Hub& hub, const Request& r, const Entity* list) {
  const auto& who = Service::principal(r);
  if (!who.signed_in()) return fail(sign_in_first());
  live::Wish wish;
  wish.list = list;
  if (list) {
    CIVITAS_TRY(wish.query, query_of(r));
  } else {
    CIVITAS_CHECK(only_parameters(r, {"topics", "list", "last_event_id"}));
  }
  CIVITAS_TRY(wish.topics, topics_of(service.parts().store, who, r.query("topics").value_or("")));
  if (!list && wish.topics.empty())
    return fail(invalid("api.live.topics", "请用 topics 或 list 说明要关注什么。",
                        "Say by topics or list what to listen to.")
                    .with_field("topics"));
  wish.same = canonical(r, list ? list->path() : "");
  const auto known = r.headers.find("Last-Event-ID");
  const std::string position(known ? *known : r.query("last_event_id").value_or(""));
  CIVITAS_TRY(auto place, hub.prepare(who, std::string(r.cookie(session_cookie).value_or("")), std::move(wish),
                                      position));
  return http::event_stream_response([&hub, place](const auto& stream) { hub.open(place, stream); },
                                     [&hub, place](const auto&) { hub.close(place); });
}

Response answered(Result<Response> made, const Request& r) {
  if (made) return std::move(*made);
  return refusal_response({made.error(), made.error().kind == Kind::exhausted ? 60 : 0}, r);
}

}  // namespace

live::HubOptions live_options() {
  live::HubOptions out;
  out.personal = {copies, notices};
  return out;
}

live::WhoIs live_sessions(identity::Identity& identity) {
  return [&identity](const std::string& token) -> std::optional<identity::Principal> {
    auto caller = identity.look(token);
    if (!caller.who.signed_in() || caller.owes_password) return std::nullopt;
    return std::move(caller.who);
  };
}

void add_live_routes(http::Router& router, Service& service, live::Hub& hub) {
  router.add_simple(Method::get, "/api/v1/live",
                    RouteOptions("signed in; by the access rules of the record types, asked again for each event"),
                    [&service, &hub](Request& r) {
                      const std::string path(r.query("list").value_or(""));
                      const Entity* list = nullptr;
                      if (!path.empty() && !(list = service.parts().store.catalog().entity_by_path(path)))
                        return http::problem_response(problem(Kind::not_found, "entities.entity.unknown",
                                                              "没有这种记录类型。", "There is no such record type.")
                                                          .with_field("list"),
                                                      r);
                      return answered(listen(service, hub, r, list), r);
                    });
  router.add_simple(Method::get, "/api/v1/{system}/{entity}/live",
                    RouteOptions("signed in; by the access rules of the record type, asked again for each event"),
                    [&service, &hub](Request& r) {
                      const auto list = entity_of(service.parts().store, r);
                      if (!list) return http::problem_response(list.error(), r);
                      return answered(listen(service, hub, r, *list), r);
                    });
}

}  // namespace civitas::api
