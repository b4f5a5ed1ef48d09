#include "plug/records/record_header.hpp"

#include <algorithm>
#include <set>
#include <sstream>

namespace civitas::plug {

namespace {

using entities::Entity;
using entities::Field;
using entities::FieldType;

// What cannot name a method: keywords, macros of the standard library, and what generated code reaches by its name.
bool is_kept(std::string_view name) {
  static const std::set<std::string, std::less<>> words = [] {
    std::istringstream in(R"(
      alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class co_await
      co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype default delete do
      double dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable
      namespace new noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast
      requires return short signed sizeof static static_assert static_cast struct switch template this thread_local throw
      true try typedef typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq
      assert errno stderr stdin stdout
      civitas std json_ operator)");
    std::set<std::string, std::less<>> out;
    for (std::string word; in >> word;) out.insert(word);
    return out;
  }();
  return words.contains(name);
}

std::string plain(std::string_view name) { return std::string(name) + (is_kept(name) ? "_" : ""); }

// name_application: NameApplication
std::string title_case(std::string_view name) {
  std::string out;
  bool begins = true;
  for (const char c : name) {
    if (c == '_') {
      begins = true;
      continue;
    }
    out += begins && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    begins = false;
  }
  return out;
}

// Of a code; empty when it has other letters.
std::string constant(std::string_view code) {
  std::string out;
  for (const char c : code) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!letter && c != '-' && c != '.') return "";
    out += letter ? c : '_';
  }
  if (!out.empty() && out[0] >= '0' && out[0] <= '9') out.insert(0, "c");
  return plain(out);
}

/// Names of one scope of C++: two of the declaration that would be one there are a mistake.
class Scope {
 public:
  Scope(std::string of, std::set<std::string> taken = {}) : of_(std::move(of)), taken_(std::move(taken)) {}
  Status add(const std::string& name, std::string_view declared) {
    if (taken_.insert(name).second) return {};
    const std::string written(declared);
    return fail(problem(Kind::invalid, "plug.records.name",
                        of_ + "：“" + written + "”与另一个名称在 C++ 中都成为 " + name + "，请改名。",
                        of_ + ": “" + written + "” and another name both become " + name + " in C++; rename one."));
  }

 private:
  std::string of_;
  std::set<std::string> taken_;
};

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string comment(const Text& title) {
  std::string out = "/// " + title.zh + (title.en == title.zh ? "" : ", " + title.en);
  std::replace(out.begin(), out.end(), '\n', ' ');
  if (out.ends_with('\\')) out += '.';
  return out + "\n";
}

class Writer {
 public:
  explicit Writer(const entities::System& system) : system_(system), space_("civitas::" + system.name + "::records") {}

  Result<std::string> write() {
    out_ += "// Made by civitas_records from the declarations of systems/" + system_.name + ", at every build.\n";
    out_ += "#pragma once\n\n#include \"plug/typed_record.hpp\"\n\nnamespace " + space_ + " {\n\n";
    out_ += "namespace terms {\n\n";
    for (const auto& list : system_.terms) CIVITAS_CHECK(add_terms(list));
    out_ += "}  // namespace terms\n\n";
    CIVITAS_CHECK(add_profile());
    Scope classes(system_.name, {"Profile"});
    for (const auto& e : system_.entities) {
      CIVITAS_CHECK(classes.add(title_case(e.name), e.name));
      CIVITAS_CHECK(add_entity(e));
    }
    out_ += "}  // namespace " + space_ + "\n";
    return std::move(out_);
  }

 private:
  Status add_terms(const entities::TermList& list) {
    const std::string name = plain(list.name);
    out_ += comment(list.title) + "struct " + name + " {\n";
    out_ += "  using Code = civitas::plug::Code<" + name + ">;\n";
    Scope codes(list.name, {"Code", name});
    for (const auto& code : list.codes) {
      const std::string word = constant(code.code);
      if (word.empty()) continue;
      CIVITAS_CHECK(codes.add(word, code.code));
      out_ += "  static constexpr Code " + word + "{" + quoted(code.code) + "};\n";
    }
    out_ += "};\n\n";
    return {};
  }

  Status add_profile() {
    if (system_.profile.values.empty()) return {};
    Scope names("profile");
    out_ += "/// What the system wants to know of its city: Profile::text(…).\nstruct Profile {\n";
    for (const auto& value : system_.profile.values) {
      CIVITAS_CHECK(names.add(plain(value.name), value.name));
      out_ += "  static constexpr std::string_view " + plain(value.name) + " = " + quoted(value.name) + ";\n";
    }
    out_ += "};\n\n";
    return {};
  }

  Status add_entity(const Entity& e) {
    const std::string name = title_case(e.name);
    out_ += comment(e.title) + "class " + name + " : public civitas::plug::View<" + name + "> {\n public:\n";
    out_ += "  using View::View;\n";
    out_ += "  struct Type {\n";
    out_ += "    static constexpr std::string_view system = " + quoted(e.system) + ", entity = " + quoted(e.name) +
            ", path = " + quoted(e.path()) + ", table = " + quoted(e.table) + ";\n  };\n";
    std::vector<std::string> names{"id", "version", "created_at", "updated_at", "created_by", "valid_from", "valid_to"};
    if (e.process) names.emplace_back("state");
    for (const auto& f : e.fields) names.push_back(f.name);
    add_names("Field", "civitas::plug::FieldName<" + name + ">", names);
    if (e.process) {
      names.clear();
      for (const auto& state : e.process->states) names.push_back(state.name);
      add_names("State", "civitas::plug::Code<State>", names);
      names.clear();
      for (const auto& step : e.process->transitions) names.push_back(step.name);
      add_names("Step", "civitas::plug::Code<Step>", names);
    }
    if (!e.documents.empty()) {
      out_ += "  struct Document {\n";
      for (const auto& d : e.documents)
        out_ +=
            "    static constexpr std::string_view " + plain(d.name) + " = " + quoted(e.path() + "/" + d.name) + ";\n";
      out_ += "  };\n";
    }
    for (const auto& f : e.fields)
      if (f.type == FieldType::rows) CIVITAS_CHECK(add_row(f));
    out_ += "\n  /// 0 while it is being made.\n";
    out_ += "  std::int64_t id() const { return civitas::plug::id_of(*json_); }\n";
    if (e.process)
      out_ += "  civitas::plug::Code<State> state() const { return " + value_of("civitas::plug::Code<State>", "state") +
              "; }\n";
    CIVITAS_CHECK(add_readers(e.fields, name, {"id", "state", "json"}, "  "));
    add_changes(e);
    out_ += "};\n\n";
    return {};
  }

  void add_names(const std::string& scope, const std::string& type, const std::vector<std::string>& names) {
    out_ += "  struct " + scope + " {\n";
    for (const auto& name : names)
      out_ += "    static constexpr " + type + " " + plain(name) + "{" + quoted(name) + "};\n";
    out_ += "  };\n";
  }

  // A row is read as a record is.
  Status add_row(const Field& f) {
    const std::string name = row_class(f);
    out_ +=
        "\n  " + comment(f.title) + "  class " + name + " : public civitas::plug::View<" + name + "> {\n   public:\n";
    out_ += "    using View::View;\n";
    CIVITAS_CHECK(add_readers(f.fields, name, {"json"}, "    "));
    out_ += "  };\n";
    return {};
  }

  static std::string row_class(const Field& f) { return title_case(f.name) + "Row"; }

  Status add_readers(const std::vector<Field>& fields, const std::string& of, std::set<std::string> taken,
                     const std::string& indent) {
    Scope methods(of, std::move(taken));
    for (const auto& f : fields) {
      CIVITAS_CHECK(methods.add(plain(f.name), f.name));
      const auto [type, body] = reader(f);
      out_ += indent + comment(f.title) + indent + type + " " + plain(f.name) + "() const { return " + body + "; }\n";
    }
    return {};
  }

  static std::string value_of(const std::string& type, const std::string& field) {
    return type + "(std::string_view((*json_)[" + quoted(field) + "].as_string()))";
  }

  std::string code_type(const Field& f) const {
    const bool known =
        std::any_of(system_.terms.begin(), system_.terms.end(), [&](const auto& t) { return t.name == f.terms; });
    return known ? space_ + "::terms::" + plain(f.terms) + "::Code" : "std::string_view";
  }

  struct Reading {
    std::string type, body;
  };
  Reading reader(const Field& f) const {
    const std::string json = "(*json_)[" + quoted(f.name) + "]", plug = "civitas::plug::";
    const auto made = [&](const std::string& type) { return Reading{type, type + "(" + json + ")"}; };
    switch (f.type) {
      case FieldType::integer:
      case FieldType::duration: return {"std::optional<std::int64_t>", plug + "integer_of(" + json + ")"};
      case FieldType::decimal: return {"std::optional<double>", plug + "number_of(" + json + ")"};
      case FieldType::boolean: return {"bool", json + ".as_bool()"};
      case FieldType::date: return {"std::optional<civitas::Date>", plug + "date_of(" + json + ")"};
      case FieldType::instant: return {"std::optional<civitas::Instant>", plug + "instant_of(" + json + ")"};
      case FieldType::term: return {code_type(f), value_of(code_type(f), f.name)};
      case FieldType::ref: return made(plug + "Reference");
      case FieldType::refs: return made(plug + "List<" + plug + "Reference>");
      case FieldType::files: return made(plug + "List<" + plug + "File>");
      case FieldType::labels: return made(plug + "List<" + code_type(f) + ">");
      case FieldType::rows: return made(plug + "List<" + row_class(f) + ">");
      case FieldType::point:
      case FieldType::line:
      case FieldType::polygon:
      case FieldType::geometry:
      case FieldType::json:
      case FieldType::schedule: return {"const civitas::Json&", json};
      case FieldType::text:
      case FieldType::long_text:
      case FieldType::uncertain_date:
      case FieldType::code:
      case FieldType::secret:
      case FieldType::citizen_id:
      case FieldType::phone:
      case FieldType::time:
      case FieldType::computed: break;
    }
    return {"std::string_view", json + ".as_string()"};
  }

  void add_changes(const Entity& e) {
    out_ += "\n  class Changes : public civitas::plug::Changes {\n   public:\n";
    for (const auto& f : e.fields)
      if (f.type != FieldType::code && f.computed.empty()) add_setter(f);
    out_ += "  };\n";
  }

  void add_setter(const Field& f) {
    const auto add = [&](const std::string& before, const std::string& parameter, const std::string& value) {
      out_ += "    " + before + "Changes& " + plain(f.name) + "(" + parameter + ") {\n      json_.set(" +
              quoted(f.name) + ", " + value + ");\n      return *this;\n    }\n";
    };
    const std::string plug = "civitas::plug::";
    switch (f.type) {
      // Only a bool: a text would become one.
      case FieldType::boolean:
        return add("template <std::same_as<bool> Flag>\n    ", "Flag value", "civitas::Json(value)");
      case FieldType::ref:
        add("", "std::optional<std::int64_t> id", plug + "to_reference(id)");
        return add("", "const " + plug + "Reference& to", plug + "to_reference(to.id())");
      case FieldType::refs: return add("", "const std::vector<std::int64_t>& ids", plug + "to_references(ids)");
      case FieldType::rows:
      case FieldType::files:
      case FieldType::labels: return add("", "civitas::Json value", "std::move(value)");
      default: break;
    }
    const std::string type = reader(f).type;
    if (type == "const civitas::Json&") return add("", "civitas::Json value", "std::move(value)");
    add("", type + " value", plug + "to_json(value)");
  }

  const entities::System& system_;
  const std::string space_;
  std::string out_;
};

}  // namespace

Result<std::string> record_header(const entities::System& system) { return Writer(system).write(); }

}  // namespace civitas::plug
