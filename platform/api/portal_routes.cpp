// The portal as it is declared: its home and the forms.
#include <algorithm>

#include "api/anonymous_guard.hpp"
#include "api/meta_writer.hpp"
#include "api/portal_view.hpp"
#include "api/service.hpp"

namespace civitas::api {

using namespace entities;

namespace {

void write_title_or_null(JsonWriter& w, std::string_view key, const Text& title) {
  if (!title.empty()) return write_title(w, key, title);
  w.key(key).null();
}

// One entry of the home: a service of a record type, or a page of a system's own.
struct Entry {
  const System* system;
  const Entity* entity;  // nullptr: a page
  const PortalPage* page;
  const Text& group() const { return entity ? entity->portal->group : page->group; }
  int order() const { return entity ? entity->portal->order : page->order; }
};

std::vector<Entry> entries_of(const Catalog& catalog) {
  std::vector<Entry> out;
  for (const auto& system : catalog.systems()) {
    for (const auto& e : system.entities)
      if (e.portal && e.portal->is_service() && !e.portal->group.empty()) out.push_back({&system, &e, nullptr});
    for (const auto& page : system.portal_pages) out.push_back({&system, nullptr, &page});
  }
  std::stable_sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.order() < b.order(); });
  return out;
}

void write_entry(JsonWriter& w, const Entry& entry, const PortalOptions& options) {
  w.begin_object().key("system").value(entry.system->name).key("entity");
  if (!entry.entity) {
    w.null();
    write_title(w, "title", entry.page->title);
    write_title_or_null(w, "text", entry.page->text);
    write_text_or_null(w, "glyph", entry.page->glyph);
    w.key("sign_in").value("none").key("page").value(entry.page->page).end_object();
    return;
  }
  const PortalDeclaration& p = *entry.entity->portal;
  w.value(entry.entity->name);
  write_title(w, "title", service_title(*entry.entity));
  write_title_or_null(w, "text", p.text);
  write_text_or_null(w, "glyph", p.glyph);
  w.key("sign_in").value(sign_in_name(options.sign_in(p.sign_in)));
  write_text_or_null(w, "page", p.page);
  w.end_object();
}

void write_groups(JsonWriter& w, const Catalog& catalog, const PortalOptions& options) {
  const auto entries = entries_of(catalog);
  std::vector<Text> groups;
  for (const auto& entry : entries)
    if (std::none_of(groups.begin(), groups.end(), [&](const Text& g) { return g.zh == entry.group().zh; }))
      groups.push_back(entry.group());
  w.key("groups").begin_array();
  for (const auto& group : groups) {
    w.begin_object();
    write_title(w, "title", group);
    w.key("services").begin_array();
    for (const auto& entry : entries)
      if (entry.group().zh == group.zh) write_entry(w, entry, options);
    w.end_array().end_object();
  }
  w.end_array();
}

// What the public may read of the columns of a list.
std::vector<std::string> public_columns(const Entity& e) {
  std::vector<std::string> out;
  for (const auto& name : e.portal->open->list.empty() ? e.list.columns : e.portal->open->list) {
    const bool shown = !e.field(name) || std::any_of(e.access.begin(), e.access.end(), [&](const AccessRule& rule) {
      return rule.role == "public" && !rule.read.empty() &&
             (rule.fields.empty() || std::find(rule.fields.begin(), rule.fields.end(), name) != rule.fields.end());
    });
    if (shown) out.push_back(name);
  }
  return out;
}

void write_lists(JsonWriter& w, const Catalog& catalog, bool notices) {
  w.key(notices ? "notices" : "lists").begin_array();
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities) {
      if (!e.portal || !e.portal->open || e.portal->open->notice != notices) continue;
      const PublicList& open = *e.portal->open;
      w.begin_object().key("system").value(e.system).key("entity").value(e.name);
      write_title(w, "title", open.title.empty() ? e.title : open.title);
      w.key("columns").begin_array();
      for (const auto& name : public_columns(e)) w.value(name);
      w.end_array();
      write_text_or_null(w, "when", open.when);
      w.key("search").value(open.search);
      if (notices) {
        write_text_or_null(w, "open", open.notice_when);
        w.key("comment");
        if (open.comment.empty())
          w.null();
        else
          w.begin_object()
              .key("system")
              .value(e.system)
              .key("entity")
              .value(open.comment)
              .key("field")
              .value(open.comment_field)
              .end_object();
      }
      w.end_object();
    }
  w.end_array();
}

bool anything_to_verify(const Catalog& catalog) {
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities)
      if (e.verify) return true;
  return false;
}

std::string form_of(const Catalog& catalog, const Entity& e, const PortalOptions& options) {
  const PortalDeclaration& p = *e.portal;
  std::string out;
  JsonWriter w(out);
  w.begin_object().key("system").value(e.system).key("entity").value(e.name);
  write_title(w, "title", service_title(e));
  write_title_or_null(w, "text", p.text);
  const SignIn sign_in = options.sign_in(p.sign_in);
  w.key("sign_in").value(sign_in_name(sign_in));
  write_text_or_null(w, "page", p.page);
  w.key("steps").begin_array();
  for (const auto& step : p.steps) {
    w.begin_object();
    write_title_or_null(w, "title", step.title);
    write_title_or_null(w, "help", step.help);
    w.key("fields").begin_array();
    for (const auto& name : step.fields) write_field(w, catalog, e, *e.field(name));
    w.end_array().end_object();
  }
  w.end_array().key("about");
  if (const Field* about = p.about.empty() ? nullptr : e.field(p.about))
    write_field(w, catalog, e, *about);
  else
    w.null();
  w.key("follow").begin_array();
  for (const auto& step : p.follow) {
    w.begin_object();
    write_title(w, "title", step.title);
    if (!step.text.empty()) write_title(w, "text", step.text);
    w.end_object();
  }
  w.end_array().key("puzzle").value(sign_in == SignIn::none);
  write_text_or_null(w, "submit", e.process ? submit_of(p, *e.process) : "");
  write_text_or_null(w, "initial", e.process ? e.process->initial : "");
  write_title_or_null(w, "after", p.after);
  write_title_or_null(w, "limit", e.process ? period_in_words(e.process->limit).value_or(Text{}) : Text{});
  w.end_object();
  return out;
}

}  // namespace

void Service::add_portal_routes(http::Router& router) {
  using http::Method;
  using http::RouteOptions;
  const auto everyone = [] { return RouteOptions("public: what is declared for the portal"); };
  Parts& p = parts_;

  router.add_simple(Method::get, "/api/v1/portal", everyone(), [&p](Request& r) {
    if (const auto known = only_parameters(r, {}); !known) return http::problem_response(known.error(), r);
    const Catalog& catalog = p.store.catalog();
    std::string out;
    JsonWriter w(out);
    w.begin_object();
    write_title(w, "title", p.portal.title);
    write_groups(w, catalog, p.portal);
    write_lists(w, catalog, false);
    write_lists(w, catalog, true);
    w.key("verify").value(anything_to_verify(catalog)).end_object();
    return http::json_response(200, std::move(out));
  });

  router.add_simple(Method::get, "/api/v1/portal/{system}/{entity}", everyone(), [&p](Request& r) {
    const auto e = entity_of(p.store, r);
    if (!e) return http::problem_response(e.error(), r);
    if (!(*e)->portal || !(*e)->portal->is_service())
      return http::problem_response(
          problem(Kind::not_found, "portal.service.none", "“" + (*e)->title.zh + "”没有网上办理。",
                  "“" + (*e)->title.en + "” cannot be asked for in the portal."),
          r);
    if (const auto known = only_parameters(r, {}); !known) return http::problem_response(known.error(), r);
    return http::json_response(200, form_of(p.store.catalog(), **e, p.portal));
  });

  router.add_simple(Method::get, "/api/v1/portal/puzzle",
                    RouteOptions("public: before something is sent without an account"), [this](Request& r) {
                      if (const auto known = only_parameters(r, {}); !known)
                        return http::problem_response(known.error(), r);
                      const Challenge made = guard_->puzzle();
                      Json out = Json::object();
                      out.set("challenge", Json(made.text)).set("bits", Json(std::int64_t{made.bits}));
                      out.set("expires_at", Json(format_instant(made.expires_at)));
                      return http::json_response(200, out.dump());
                    });
}

}  // namespace civitas::api
