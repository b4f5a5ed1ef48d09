// What there is: systems, menus, record types with their fields, lists, forms and processes, as far as the caller may
// see.
#include <algorithm>
#include <cctype>

#include "api/dashboard_routes.hpp"
#include "api/meta_writer.hpp"
#include "api/service.hpp"

namespace civitas::api {

using namespace entities;

void write_title(JsonWriter& w, std::string_view key, const Text& title) {
  w.key(key).begin_object().key("zh").value(title.zh).key("en").value(title.en).end_object();
}

namespace {

void write_words(JsonWriter& w, std::string_view key, const std::vector<std::string>& words) {
  w.key(key).begin_array();
  for (const auto& word : words) w.value(word);
  w.end_array();
}

void write_text_or_null(JsonWriter& w, std::string_view key, const std::string& text) {
  w.key(key);
  if (text.empty())
    w.null();
  else
    w.value(text);
}

void write_number_or_null(JsonWriter& w, std::string_view key, const std::optional<double>& number) {
  w.key(key);
  if (number)
    w.value(*number);
  else
    w.null();
}

// Whether the field tells the last day of a period, which a calendar that is loaded later may move.
bool ends_period(const Entity& e, const Field& f) {
  return e.process && std::any_of(e.process->states.begin(), e.process->states.end(),
                                  [&](const State& s) { return s.until == f.name; });
}

// Whether a condition names `$field`.
bool names_outer(std::string_view condition, const std::string& field) {
  for (auto at = condition.find("$" + field); at != condition.npos; at = condition.find("$" + field, at + 1)) {
    const auto end = at + 1 + field.size();
    const char next = end < condition.size() ? condition[end] : ' ';
    if (next != '_' && !std::isalnum(static_cast<unsigned char>(next))) return true;
  }
  return false;
}

// A field with rights of its own is shown as read only to whoever has none of them.
bool writes_field(const Entity& e, const Field& f, const identity::Principal& who) {
  return f.write.empty() || std::any_of(f.write.begin(), f.write.end(), [&](const std::string& role) {
           return role == "owner" ? who.id != 0 : who.has_role(e.system, role);
         });
}

}  // namespace

void write_field(JsonWriter& w, const Catalog& catalog, const Entity& e, const Field& f,
                 std::optional<Date> settled_to, const identity::Principal* who) {
  w.begin_object().key("name").value(f.name).key("type").value(type_name(f.type));
  write_title(w, "title", f.title);
  if (!f.help.empty()) write_title(w, "help", f.help);
  w.key("required")
      .value(f.required)
      .key("read_only")
      .value(f.read_only || (who && !writes_field(e, f, *who)))
      .key("search")
      .value(f.search)
      .key("masked")
      .value(f.masked);
  write_number_or_null(w, "min", f.min);
  write_number_or_null(w, "max", f.max);
  write_text_or_null(w, "pattern", f.pattern);
  w.key("default").tree(f.default_value);
  // The product finds the value where it is left empty.
  if (!f.default_rule.empty()) w.key("defaulted").value(true);
  w.key("unique");
  if (f.unique_with.empty())
    w.value(f.unique);
  else if (f.unique_with.size() == 1)
    w.value(f.unique_with.front());
  else
    w.tree(Json(Json::Array(f.unique_with.begin(), f.unique_with.end())));
  write_text_or_null(w, "visible", f.visible);
  write_text_or_null(w, "required_if", f.required_if);
  if (settled_to && ends_period(e, f)) w.key("provisional_after").value(format_date(*settled_to));
  if (!f.scope.empty()) w.key("scope").value(f.scope);
  if (f.append) w.key("append").value(true);
  if (f.sealed) w.key("find").value(f.find == Find::none ? "none" : f.find == Find::exact ? "exact" : "words");
  if (!f.to_any.empty()) {
    w.key("to_any").begin_array();
    for (const Entity* target : catalog.targets_of(f)) {
      w.begin_object().key("system").value(target->system).key("entity").value(target->name);
      write_title(w, "title", target->title);
      w.end_object();
    }
    w.end_array();
  }
  if (const TermList* list = !f.terms.empty() ? catalog.terms_of(e, f) : nullptr) {
    w.key("options").begin_array();
    for (const auto& code : list->codes) {
      w.begin_object().key("code").value(code.code);
      write_title(w, "title", code.title);
      if (!code.parent.empty()) w.key("parent").value(code.parent);
      if (!code.symbol.empty()) w.key("symbol").value(code.symbol);
      w.end_object();
    }
    w.end_array();
  }
  if (!f.to.empty()) w.key("to").begin_object().key("system").value(f.to_system).key("entity").value(f.to).end_object();
  if (!f.options.empty()) {
    // Where to ask for what may be chosen, and on which values so far that depends.
    w.key("choices").begin_object().key("system").value(e.system).key("entity").value(e.name).key("by").begin_array();
    for (const auto& other : e.fields)
      if (names_outer(f.options, other.name)) w.value(other.name);
    w.end_array().end_object();
  }
  if (!f.fields.empty()) {
    w.key("fields").begin_array();
    for (const auto& inner : f.fields) write_field(w, catalog, e, inner, settled_to, who);
    w.end_array();
  }
  if (f.type == FieldType::files) {
    write_words(w, "accept", f.accept);
    write_number_or_null(w, "max_files", f.max);
  }
  w.end_object();
}

namespace {

constexpr std::string_view kind_names[] = {"normal", "stopped", "final", "rejected"};

void write_joint(JsonWriter& w, const JointDeclaration& joint) {
  w.key("joint").begin_object();
  write_words(w, "each", joint.each);
  w.key("until");
  if (joint.wanted == 0)
    w.value("all");
  else
    w.value(joint.wanted);
  write_text_or_null(w, "within", joint.within);
  w.key("opinion").value(joint.opinion).key("then").value(joint.then);
  write_text_or_null(w, "refused", joint.refused);
  w.end_object();
}

void write_process(JsonWriter& w, const ProcessDeclaration& p) {
  w.key("process")
      .begin_object()
      .key("initial")
      .value(p.initial)
      .key("limit")
      .value(p.limit)
      .key("clocks")
      .begin_array();
  for (const auto& c : p.clocks) {
    w.begin_object().key("name").value(c.name).key("limit").value(c.limit);
    write_title(w, "title", c.title);
    write_words(w, "stops_in", c.stops_in);
    write_words(w, "counts_in", c.counts_in);
    w.end_object();
  }
  w.end_array().key("states").begin_array();
  for (const auto& s : p.states) {
    w.begin_object().key("name").value(s.name).key("kind").value(kind_names[static_cast<int>(s.kind)]);
    write_title(w, "title", s.title);
    write_text_or_null(w, "within", s.within);
    write_text_or_null(w, "after", s.after);
    if (!s.until.empty()) w.key("until").value(s.until);
    write_words(w, "editable", s.editable);
    if (s.joint) write_joint(w, *s.joint);
    w.end_object();
  }
  w.end_array().key("transitions").begin_array();
  for (const auto& t : p.transitions) {
    w.begin_object().key("name").value(t.name).key("to").value(t.to).key("danger").value(t.danger);
    write_title(w, "title", t.title);
    write_words(w, "from", t.from);
    write_words(w, "role", t.roles);
    if (t.automatic) w.key("auto").value(true);
    if (t.side) w.key("side").value(true);
    if (!t.extend.empty()) w.key("extend").value(t.extend).key("clock").value(t.extends_clock());
    w.key("form").begin_array();
    for (const auto& f : t.form) w.value(f.required ? f.name + "!" : f.name);
    if (t.comment) w.value(t.comment_required ? "comment!" : "comment");
    w.end_array().end_object();
  }
  w.end_array().end_object();
}

// Whether deadlines are this person's business: a member of staff with a role in some transition, or who keeps the
// system.
bool handles_cases(const Catalog& catalog, const identity::Principal& who) {
  if (!who.has_role("identity", "staff")) return false;
  if (who.has_role("identity", "system_administrator")) return true;
  for (const auto& system : catalog.systems())
    for (const auto& e : system.entities) {
      if (!e.process) continue;
      for (const auto& t : e.process->transitions)
        for (const auto& role : t.roles)
          if (role != "owner" && role != "public" && role != "citizen" && who.has_role(e.system, role)) return true;
    }
  return false;
}

bool reads_field(const Entity& e, const Field& f, const identity::Principal& who) {
  if (who.is_system()) return !f.hidden;
  for (const auto& rule : e.access) {
    const bool applies = rule.role == "owner" ? who.id != 0 : who.has_role(e.system, rule.role);
    if (!applies || (rule.read.empty() && rule.create.empty())) continue;
    if (rule.shows(f)) return true;
  }
  return false;
}

}  // namespace

void Service::add_meta_routes(http::Router& router) {
  router.add_simple(
      http::Method::get, "/api/v1/meta", http::RouteOptions("public: only what the caller may see"),
      [this](Request& r) {
        const auto& who = principal(r);
        const Catalog& catalog = parts_.store.catalog();
        const Access& access = parts_.store.access();
        const auto visible = [&](const Entity& e) {
          return access.ever(e, Act::read, who) || access.ever(e, Act::create, who);
        };
        std::string out;
        JsonWriter w(out);
        w.begin_object()
            .key("version")
            .value(parts_.version)
            .key("language")
            .value(r.language() == http::Language::zh ? "zh" : "en")
            .key("map")
            .tree(parts_.map);
        w.key("scopes").begin_array();
        for (const auto& system : catalog.systems())
          for (const auto& s : system.scopes) {
            w.begin_object().key("name").value(s.name).key("system").value(system.name).key("entity").value(s.of);
            write_title(w, "title", s.title);
            w.end_object();
          }
        w.end_array();
        if (parts_.movable_clock) w.key("moved_to").value(format_date(date_in_china(parts_.clock.now())));
        w.key("systems").begin_array();
        for (const auto& system : catalog.systems()) {
          std::vector<std::string> entities;
          for (const auto& e : system.entities)
            if (visible(e)) entities.push_back(e.name);
          if (entities.empty()) continue;
          w.begin_object().key("name").value(system.name);
          write_title(w, "title", system.title);
          write_words(w, "entities", entities);
          w.key("entity_titles").begin_object();
          for (const auto& e : system.entities)
            if (visible(e)) write_title(w, e.name, e.title);
          w.end_object();
          if (who.has_role("identity", "security_administrator") || who.has_role("identity", "system_administrator")) {
            w.key("roles").begin_array();
            for (const auto& role : system.roles) {
              w.begin_object().key("name").value(system.name + "." + role.name);
              write_title(w, "title", role.title);
              w.end_object();
            }
            w.end_array();
          }
          w.key("menu").begin_array();
          for (const auto& group : system.menu) {
            bool any = false;
            for (const auto& item : group.items) {
              const Entity* e = item.entity.empty() ? nullptr : system.entity(item.entity);
              const auto held = [&](const std::string& role) { return who.has_role(system.name, role); };
              if (e ? !access.ever(*e, Act::read, who) : !who.has_role(system.name, "staff")) continue;
              const Dashboard* dashboard = item.dashboard.empty() ? nullptr : system.dashboard(item.dashboard);
              if (dashboard && !shows_dashboard(system, *dashboard, who)) continue;
              if (!item.roles.empty() && std::none_of(item.roles.begin(), item.roles.end(), held)) continue;
              if (!shows_menu_item(item, e, who)) continue;
              if (!any) {
                w.begin_object();
                write_title(w, "title", group.title);
                w.key("items").begin_array();
              }
              any = true;
              if (dashboard)
                write_dashboard_item(w, item, *dashboard);
              else
                write_menu_item(w, item, e, who);
            }
            if (any) w.end_array().end_object();
          }
          w.end_array().end_object();
        }
        w.end_array().key("warnings").begin_array();
        if (handles_cases(catalog, who))
          if (const auto warning = parts_.engine.calendar().warning(date_in_china(parts_.clock.now())))
            w.begin_object().key("zh").value(warning->zh).key("en").value(warning->en).end_object();
        w.end_array().end_object();
        return http::json_response(200, std::move(out));
      });

  router.add_simple(http::Method::get, "/api/v1/meta/{system}/{entity}",
                    http::RouteOptions("public: only what the caller may see"), [this](Request& r) {
                      const auto& who = principal(r);
                      const auto found = entity_of(parts_.store, r);
                      if (!found) return http::problem_response(found.error(), r);
                      const Entity& e = **found;
                      const Catalog& catalog = parts_.store.catalog();
                      const Access& access = parts_.store.access();
                      if (!access.ever(e, Act::read, who) && !access.ever(e, Act::create, who))
                        return http::problem_response(who.signed_in()
                                                          ? problem(Kind::forbidden, "entities.access.forbidden",
                                                                    "您无权查看。", "You may not see this.")
                                                          : sign_in_first(),
                                                      r);
                      std::string out;
                      JsonWriter w(out);
                      w.begin_object()
                          .key("system")
                          .value(e.system)
                          .key("name")
                          .value(e.name)
                          .key("title_field")
                          .value(e.title_field);
                      write_title(w, "title", e.title);
                      std::vector<std::string> shown;
                      const Date settled_to = parts_.engine.calendar().settled_to(parts_.clock.today());
                      w.key("fields").begin_array();
                      for (const auto& f : e.fields)
                        if (reads_field(e, f, who)) {
                          write_field(w, catalog, e, f, settled_to, &who);
                          shown.push_back(f.name);
                        }
                      w.end_array();
                      const auto only_shown = [&](const std::vector<std::string>& names) {
                        std::vector<std::string> kept;
                        for (const auto& name : names)
                          if (!e.field(name) || std::find(shown.begin(), shown.end(), name) != shown.end())
                            kept.push_back(name);
                        return kept;
                      };
                      w.key("list").begin_object();
                      write_words(w, "columns", only_shown(e.list.columns));
                      write_words(w, "filters", only_shown(e.list.filters));
                      write_words(w, "sort", e.list.sort);
                      write_text_or_null(w, "map", e.list.map);
                      if (!e.list.symbol.empty()) w.key("symbol").value(e.list.symbol);
                      const auto is_shown = [&](const std::string& name) {
                        return !e.field(name) || std::find(shown.begin(), shown.end(), name) != shown.end();
                      };
                      write_list_shapes(w, e.list, is_shown);
                      w.end_object();
                      write_views(w, catalog, access, e, who, is_shown);
                      w.key("form").begin_array();
                      for (const auto& section : e.form) {
                        const auto names = only_shown(section.fields);
                        if (names.empty()) continue;
                        w.begin_object();
                        write_title(w, "title", section.title);
                        write_words(w, "fields", names);
                        w.end_object();
                      }
                      w.end_array();
                      if (e.process) write_process(w, *e.process);
                      w.key("flags").begin_array();
                      for (const auto& flag : e.flags) {
                        if (!who.has_role(e.system, "staff")) break;
                        w.begin_object().key("name").value(flag.name).key("tone").value(flag.tone);
                        write_title(w, "title", flag.title);
                        w.end_object();
                      }
                      w.end_array();
                      w.key("history").value(e.history).key("statistics").begin_array();
                      const auto readable = [&](const FieldPath& path) {
                        return !e.field(path.field) || std::find(shown.begin(), shown.end(), path.field) != shown.end();
                      };
                      for (const auto& s : e.statistics) {
                        if (!readable(s.of) || !std::all_of(s.group.begin(), s.group.end(),
                                                            [&](const auto& g) { return readable(g.path); }))
                          continue;
                        w.begin_object().key("name").value(s.name).key("chart").value(s.chart);
                        write_title(w, "title", s.title);
                        w.end_object();
                      }
                      w.end_array().key("documents").begin_array();
                      for (const auto& d : e.documents) {
                        w.begin_object().key("name").value(d.name);
                        write_title(w, "title", d.title);
                        w.end_object();
                      }
                      const bool reads = access.ever(e, Act::read, who), creates = access.ever(e, Act::create, who),
                                 staff = who.has_role(e.system, "staff");
                      w.end_array()
                          .key("can")
                          .begin_object()
                          .key("create")
                          .value(creates)
                          .key("import")
                          .value(creates && staff)
                          .key("export")
                          .value(reads && staff)
                          .end_object()
                          .end_object();
                      return http::json_response(200, std::move(out));
                    });
}

}  // namespace civitas::api
