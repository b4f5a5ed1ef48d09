#include "entities/reference.hpp"

#include "base/strings.hpp"

namespace civitas::entities {

namespace {

std::string both(const Text& title) {
  return title.zh == title.en || title.en.empty() ? title.zh : title.zh + " " + title.en;
}

// Text in a cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string code(std::string_view text) { return text.empty() ? "" : "`" + cell(text) + "`"; }

std::string codes(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + code(name);
  return out;
}

std::string number(double value) {
  std::string out;
  append_json_number(out, value);
  return out;
}

std::string row(std::initializer_list<std::string> cells) {
  std::string out = "|";
  for (const auto& text : cells) out += " " + text + " |";
  return out + "\n";
}

// What a field must be, in the words of the declaration.
std::string limits(const Field& f) {
  std::vector<std::string> parts;
  if (f.required) parts.emplace_back("required");
  if (f.unique)
    parts.push_back("unique" + (f.unique_with.empty() ? "" : " with " + codes(f.unique_with)) +
                    (f.unique_while.empty() ? "" : " while " + code(f.unique_while)));
  if (f.read_only) parts.emplace_back("read only");
  if (f.masked) parts.emplace_back("masked");
  if (f.search) parts.emplace_back("searched");
  if (f.sealed) parts.push_back(f.find == Find::none ? "sealed" : f.find == Find::exact ? "sealed, found" : "sealed, found by words");
  if (f.append) parts.emplace_back("rows are only added");
  if (!f.write.empty()) parts.push_back("written by " + codes(f.write));
  if (!f.scope.empty()) parts.emplace_back("data scope " + f.scope);
  if (f.min) parts.push_back("min " + number(*f.min));
  if (f.max) parts.push_back("max " + number(*f.max));
  if (!f.pattern.empty()) parts.push_back("pattern " + code(f.pattern));
  if (!f.accept.empty()) parts.push_back(codes(f.accept));
  if (!f.rule.empty()) parts.push_back("rule " + code(f.rule));
  if (!f.computed.empty()) parts.push_back("computed " + code(f.computed));
  if (!f.default_value.is_null()) parts.push_back("default " + code(f.default_value.dump()));
  if (!f.default_rule.empty()) parts.push_back("default " + code(f.default_rule));
  if (!f.options.empty()) parts.push_back("one of those with " + code(f.options));
  if (!f.visible.empty()) parts.push_back("shown when " + code(f.visible));
  if (!f.required_if.empty()) parts.push_back("required when " + code(f.required_if));
  return join(parts, "; ");
}

std::string type_of(const Entity& e, const Field& f) {
  std::string out(type_name(f.type));
  if (!f.terms.empty()) out += " of " + code(f.terms);
  for (const auto& path : f.to_any) out += (&path == f.to_any.data() ? " to " : " or ") + code(path);
  if (!f.to.empty()) out += " to " + code(f.to_system == e.system ? f.to : f.to_system + "/" + f.to);
  return out;
}

void add_fields(std::string& out, const Entity& e, const std::vector<Field>& fields, const std::string& of = "") {
  for (const auto& f : fields) {
    out += row({code(of + f.name), cell(both(f.title)), type_of(e, f), limits(f)});
    add_fields(out, e, f.fields, of + f.name + ".");
  }
}

void add_process(std::string& out, const ProcessDeclaration& p) {
  out += "\n### Course\n\nBegins as " + code(p.initial);
  if (!p.limit.empty()) out += "; " + p.limit + " in all";
  out += ".\n\n" + row({"state", "title", "stays at most", "may be written"}) + row({"---", "---", "---", "---"});
  for (const auto& s : p.states) {
    std::string within = s.within;
    if (s.kind == StateKind::stopped) within += within.empty() ? "the clock stands" : "; the clock stands";
    if (s.kind == StateKind::final || s.kind == StateKind::rejected) within = "ends the case";
    if (!s.after.empty()) within += "; after " + s.after + " " + code(s.then) + " by itself";
    out += row({code(s.name), cell(both(s.title)), within, codes(s.editable)});
  }
  if (!p.clocks.empty())
    out += "\n" + row({"clock", "title", "limit", "begins", "stands in", "runs only in", "when it has run out"}) +
           row({"---", "---", "---", "---", "---", "---", "---"});
  for (const auto& c : p.clocks) {
    std::string late;
    for (const auto& tell : c.late.tell) late += (late.empty() ? "tells " : ", ") + codes(tell.to);
    for (const auto& v : c.late.set) late += (late.empty() ? "" : "; ") + code(v.field) + " becomes " + code(v.value);
    if (!c.late.go.empty()) late += (late.empty() ? "" : "; ") + code(c.late.go) + " by itself";
    out += row({code(c.name), cell(both(c.title)), c.limit, code(c.starts), codes(c.stops_in), codes(c.counts_in), late});
  }
  out += "\n" + row({"step", "title", "from", "to", "by", "asks for", "only when"}) +
         row({"---", "---", "---", "---", "---", "---", "---"});
  for (const auto& t : p.transitions) {
    std::vector<std::string> asked;
    for (const auto& f : t.form) asked.push_back(f.name + (f.required ? "!" : ""));
    if (t.comment) asked.push_back(t.comment_required ? "comment!" : "comment");
    out +=
        row({code(t.name), cell(both(t.title)), codes(t.from), code(t.to), codes(t.roles), codes(asked), code(t.when)});
  }
}

void add_access(std::string& out, const Entity& e) {
  out += "\n### Who may\n\n" + row({"who", "read", "write", "create", "remove", "fields", "in clear"}) +
         row({"---", "---", "---", "---", "---", "---", "---"});
  const auto condition = [](const std::string& text) { return text == "TRUE" ? "all" : code(text); };
  for (const auto& a : e.access)
    out += row({code(a.role), condition(a.read), condition(a.write), condition(a.create), condition(a.remove),
                a.fields.empty() ? "all" : codes(a.fields), codes(a.unmasked)});
}

void add_entity(std::string& out, const Entity& e) {
  out += "\n## " + both(e.title) + " {#" + e.system + "_" + e.name + "}\n\n`/api/v1/" + e.path() + "`";
  if (e.open_attributes) out += ", open interface";
  if (e.open_features) out += ", OGC collection " + code(e.system + "." + e.name);
  if (!e.open_filter.empty()) out += " where " + code(e.open_filter);
  out += ". Sorted by " + codes(e.list.sort) + "; filtered by " + codes(e.list.filters) + ".";
  if (!e.history) out += " Keeps no history.";
  out += "\n\n" + row({"field", "title", "type", "limits"}) + row({"---", "---", "---", "---"});
  add_fields(out, e, e.fields);
  if (e.process) add_process(out, *e.process);
  add_access(out, e);
  if (!e.documents.empty()) {
    out += "\n### Printed\n\n";
    for (const auto& d : e.documents)
      out += "- " + code(d.name) + " " + both(d.title) + (d.when.empty() ? "" : ", when " + code(d.when)) + "\n";
  }
}

void add_offers(std::string& out, const System& system) {
  if (system.offers.empty() && system.calls.empty()) return;
  out += "\n## Across systems {#" + system.name + "_across}\n";
  const auto fields = [](const std::vector<Field>& all) {
    std::vector<std::string> names;
    for (const auto& f : all) names.push_back(f.name + (f.required ? "!" : ""));
    return codes(names);
  };
  if (!system.offers.empty()) out += "\n" + row({"offers", "title", "takes", "gives"}) + row({"---", "---", "---", "---"});
  for (const auto& offer : system.offers)
    out += row({code(offer.name), cell(both(offer.title)), fields(offer.takes), fields(offer.gives)});
  if (!system.calls.empty()) out += "\n" + row({"calls", "takes", "gives", ""}) + row({"---", "---", "---", "---"});
  for (const auto& need : system.calls)
    out += row({code(need.name), codes(need.takes), codes(need.gives), need.optional ? "can do without" : ""});
}

}  // namespace

std::string reference_page(const System& system) {
  std::string out = "# " + both(system.title) + " {#" + system.name + "}\n\n";
  if (!system.roles.empty()) {
    out += row({"permission set", "title"}) + row({"---", "---"});
    for (const auto& role : system.roles) out += row({code(system.name + "." + role.name), cell(both(role.title))});
  }
  for (const auto& e : system.entities) add_entity(out, e);
  add_offers(out, system);
  if (!system.terms.empty()) out += "\n## Code lists {#" + system.name + "_terms}\n";
  for (const auto& list : system.terms) {
    out += "\n### " + list.name + ": " + both(list.title) + "\n\n" + row({"code", "title"}) + row({"---", "---"});
    for (const auto& c : list.codes) out += row({code(c.code), cell(both(c.title))});
  }
  return out;
}

}  // namespace civitas::entities
