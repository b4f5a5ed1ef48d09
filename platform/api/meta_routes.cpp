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

void write_text_or_null(JsonWriter& w, std::string_view key, const std::string& text) {
  w.key(key);
  if (text.empty())
    w.null();
  else
    w.value(text);
}

namespace {

void write_words(JsonWriter& w, std::string_view key, const std::vector<std::string>& words) {
  w.key(key).begin_array();
  for (const auto& word : words) w.value(word);
  w.end_array();
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

void write_process(JsonWriter& w, const Catalog& catalog, const ProcessDeclaration& p) {
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
    if (t.call && !catalog.contract(t.call->offer)) continue;  // nobody does what it asks for
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

void write_scopes(JsonWriter& w, const Catalog& catalog) {
  w.key("scopes").begin_array();
  for (const auto& system : catalog.systems())
    for (const auto& s : system.scopes) {
      w.begin_object().key("name").value(s.name).key("system").value(system.name).key("entity").value(s.of);
      write_title(w, "title", s.title);
      w.end_object();
    }
  w.end_array();
}

bool shows_item(const Access& access, const System& system, const MenuItem& item, const identity::Principal& who) {
  const Entity* e = item.entity.empty() ? nullptr : system.entity(item.entity);
  const auto held = [&](const std::string& role) { return who.has_role(system.name, role); };
  if (e ? !access.ever(*e, Act::read, who) : !who.has_role(system.name, "staff")) return false;
  const Dashboard* dashboard = item.dashboard.empty() ? nullptr : system.dashboard(item.dashboard);
  if (dashboard && !shows_dashboard(system, *dashboard, who)) return false;
  if (!item.roles.empty() && std::none_of(item.roles.begin(), item.roles.end(), held)) return false;
  return shows_menu_item(item, e, who);
}

// The groups that have something for the caller.
void write_menu(JsonWriter& w, const Access& access, const System& system, const identity::Principal& who) {
  w.key("menu").begin_array();
  for (const auto& group : system.menu) {
    const auto shown = [&](const MenuItem& item) { return shows_item(access, system, item, who); };
    if (std::none_of(group.items.begin(), group.items.end(), shown)) continue;
    w.begin_object();
    write_title(w, "title", group.title);
    w.key("items").begin_array();
    for (const auto& item : group.items) {
      if (!shown(item)) continue;
      if (!item.dashboard.empty() && system.dashboard(item.dashboard))
        write_dashboard_item(w, item, *system.dashboard(item.dashboard));
      else
        write_menu_item(w, item, item.entity.empty() ? nullptr : system.entity(item.entity), who);
    }
    w.end_array().end_object();
  }
  w.end_array();
}

void write_roles(JsonWriter& w, const System& system) {
  w.key("roles").begin_array();
  for (const auto& role : system.roles) {
    w.begin_object().key("name").value(system.name + "." + role.name);
    write_title(w, "title", role.title);
    w.end_object();
  }
  w.end_array();
}

// A system of which the caller may see nothing is not there.
void write_system(JsonWriter& w, const Parts& p, const System& system, const identity::Principal& who) {
  const Access& access = p.store.access();
  std::vector<const Entity*> seen;
  for (const auto& e : system.entities)
    if (access.ever(e, Act::read, who) || access.ever(e, Act::create, who)) seen.push_back(&e);
  if (seen.empty()) return;
  w.begin_object().key("name").value(system.name);
  write_title(w, "title", system.title);
  w.key("entities").begin_array();
  for (const Entity* e : seen) w.value(e->name);
  w.end_array().key("entity_titles").begin_object();
  for (const Entity* e : seen) write_title(w, e->name, e->title);
  w.end_object();
  if (who.has_role("identity", "security_administrator") || who.has_role("identity", "system_administrator"))
    write_roles(w, system);
  if (who.has_role("identity", "system_administrator")) write_offers(w, p.store.catalog(), system);
  write_menu(w, access, system, who);
  w.end_object();
}

std::string describe_city(Parts& p, const identity::Principal& who, http::Language language) {
  const Catalog& catalog = p.store.catalog();
  std::string out;
  JsonWriter w(out);
  w.begin_object()
      .key("version")
      .value(p.version)
      .key("language")
      .value(language == http::Language::zh ? "zh" : "en")
      .key("map")
      .tree(p.map);
  write_scopes(w, catalog);
  if (p.movable_clock) w.key("moved_to").value(format_date(date_in_china(p.clock.now())));
  w.key("systems").begin_array();
  for (const auto& system : catalog.systems()) write_system(w, p, system, who);
  w.end_array().key("warnings").begin_array();
  if (handles_cases(catalog, who))
    if (const auto warning = p.engine.calendar().warning(date_in_china(p.clock.now())))
      w.begin_object().key("zh").value(warning->zh).key("en").value(warning->en).end_object();
  w.end_array().end_object();
  return out;
}

// A record type for one reader: what names a field that they may not see is left out.
class EntityWriter {
 public:
  EntityWriter(Parts& p, const Entity& e, const identity::Principal& who) : p_(p), e_(e), who_(who) {
    for (const auto& f : e.fields)
      if (reads_field(e, f, who)) shown_.push_back(f.name);
  }

  std::string write() {
    w_.begin_object().key("system").value(e_.system).key("name").value(e_.name).key("title_field").value(e_.title_field);
    write_title(w_, "title", e_.title);
    write_fields();
    write_list();
    write_form();
    if (e_.process) write_process(w_, p_.store.catalog(), *e_.process);
    write_flags();
    w_.key("history").value(e_.history);
    write_statistics();
    write_documents();
    write_rights();
    w_.end_object();
    return std::move(out_);
  }

 private:
  bool shows(const std::string& name) const {
    return !e_.field(name) || std::find(shown_.begin(), shown_.end(), name) != shown_.end();
  }
  std::vector<std::string> only_shown(const std::vector<std::string>& names) const {
    std::vector<std::string> kept;
    for (const auto& name : names)
      if (shows(name)) kept.push_back(name);
    return kept;
  }

  void write_fields() {
    const Date settled_to = p_.engine.calendar().settled_to(p_.clock.today());
    w_.key("fields").begin_array();
    for (const auto& name : shown_) write_field(w_, p_.store.catalog(), e_, *e_.field(name), settled_to, &who_);
    w_.end_array();
  }

  void write_list() {
    const auto shown = [this](const std::string& name) { return shows(name); };
    w_.key("list").begin_object();
    write_words(w_, "columns", only_shown(e_.list.columns));
    write_words(w_, "filters", only_shown(e_.list.filters));
    write_words(w_, "sort", e_.list.sort);
    write_text_or_null(w_, "map", e_.list.map);
    if (!e_.list.symbol.empty()) w_.key("symbol").value(e_.list.symbol);
    write_list_shapes(w_, e_.list, shown);
    w_.end_object();
    write_views(w_, p_.store.catalog(), p_.store.access(), e_, who_, shown);
  }

  void write_form() {
    w_.key("form").begin_array();
    for (const auto& section : e_.form) {
      const auto names = only_shown(section.fields);
      if (names.empty()) continue;
      w_.begin_object();
      write_title(w_, "title", section.title);
      write_words(w_, "fields", names);
      w_.end_object();
    }
    w_.end_array();
  }

  void write_flags() {
    w_.key("flags").begin_array();
    for (const auto& flag : e_.flags) {
      if (!who_.has_role(e_.system, "staff")) break;
      w_.begin_object().key("name").value(flag.name).key("tone").value(flag.tone);
      write_title(w_, "title", flag.title);
      w_.end_object();
    }
    w_.end_array();
  }

  void write_statistics() {
    w_.key("statistics").begin_array();
    for (const auto& s : e_.statistics) {
      if (!shows(s.of.field) ||
          !std::all_of(s.group.begin(), s.group.end(), [this](const auto& g) { return shows(g.path.field); }))
        continue;
      w_.begin_object().key("name").value(s.name).key("chart").value(s.chart);
      write_title(w_, "title", s.title);
      w_.end_object();
    }
    w_.end_array();
  }

  void write_documents() {
    w_.key("documents").begin_array();
    for (const auto& d : e_.documents) {
      w_.begin_object().key("name").value(d.name);
      write_title(w_, "title", d.title);
      w_.end_object();
    }
    w_.end_array();
  }

  void write_rights() {
    const Access& access = p_.store.access();
    const bool reads = access.ever(e_, Act::read, who_), creates = access.ever(e_, Act::create, who_),
               staff = who_.has_role(e_.system, "staff");
    w_.key("can").begin_object().key("create").value(creates).key("import").value(creates && staff);
    w_.key("export").value(reads && staff).end_object();
  }

  Parts& p_;
  const Entity& e_;
  const identity::Principal& who_;
  std::vector<std::string> shown_;  // fields
  std::string out_;
  JsonWriter w_{out_};
};

}  // namespace

void Service::add_meta_routes(http::Router& router) {
  router.add_simple(http::Method::get, "/api/v1/meta", http::RouteOptions("public: only what the caller may see"),
                    [this](Request& r) {
                      return http::json_response(200, describe_city(parts_, principal(r), r.language()));
                    });

  router.add_simple(http::Method::get, "/api/v1/meta/{system}/{entity}",
                    http::RouteOptions("public: only what the caller may see"), [this](Request& r) {
                      const auto& who = principal(r);
                      const auto e = entity_of(parts_.store, r);
                      if (!e) return http::problem_response(e.error(), r);
                      const Access& access = parts_.store.access();
                      if (access.ever(**e, Act::read, who) || access.ever(**e, Act::create, who))
                        return http::json_response(200, EntityWriter(parts_, **e, who).write());
                      return http::problem_response(who.signed_in() ? problem(Kind::forbidden, "entities.access.forbidden",
                                                                              "您无权查看。", "You may not see this.")
                                                                    : sign_in_first(),
                                                    r);
                    });
}

}  // namespace civitas::api
