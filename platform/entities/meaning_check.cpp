#include "entities/meaning_check.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "base/strings.hpp"

namespace civitas::entities {

namespace {

using query::Node;
using query::Op;
using query::Truth;

// A property of the record itself or one step away: the same field, the same way.
using Place = std::pair<const query::FieldInfo*, const query::FieldInfo*>;

std::optional<Place> place_of(const Node& n) {
  if (n.op != Op::property || n.outer || !n.field) return std::nullopt;
  return Place{n.through, n.field};
}

bool is_state(const Node& n) {
  return n.op == Op::property && !n.outer && !n.through && n.field && n.field->name == "state";
}

const std::string* text_of(const Node& n) {
  return n.op == Op::literal ? std::get_if<std::string>(&n.value) : nullptr;
}

std::optional<double> number_of(const Node& n) {
  if (n.op != Op::literal) return std::nullopt;
  if (const auto* i = std::get_if<std::int64_t>(&n.value)) return static_cast<double>(*i);
  if (const auto* d = std::get_if<double>(&n.value)) return *d;
  return std::nullopt;
}

// --- what cannot hold

Truth both_of(Truth a, Truth b) {
  if (a == Truth::no || b == Truth::no) return Truth::no;
  return a == Truth::yes && b == Truth::yes ? Truth::yes : Truth::unknown;
}

Truth compared(Op op, int order) {
  bool yes = false;
  switch (op) {
    case Op::eq: yes = order == 0; break;
    case Op::ne: yes = order != 0; break;
    case Op::lt: yes = order < 0; break;
    case Op::gt: yes = order > 0; break;
    case Op::le: yes = order <= 0; break;
    case Op::ge: yes = order >= 0; break;
    default: return Truth::unknown;
  }
  return yes ? Truth::yes : Truth::no;
}

void flatten(const Node& n, std::vector<const Node*>& out) {
  if (n.op != Op::and_) return out.push_back(&n);
  for (const auto& arg : n.args) flatten(arg, out);
}

// What one field must be, by all that is asked of it at once.
struct Span {
  double least = -std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::infinity();
  bool open_below = false, open_above = false;
  std::optional<std::set<std::string>> texts;
  std::set<std::string> not_these;

  void at_least(double x, bool open) {
    if (x > least || (x == least && open)) least = x, open_below = open;
  }
  void at_most(double x, bool open) {
    if (x < most || (x == most && open)) most = x, open_above = open;
  }
  void one_of(std::set<std::string> words) {
    if (texts) std::erase_if(words, [&](const std::string& w) { return !texts->contains(w); });
    texts = std::move(words);
  }
  bool empty() const {
    if (least > most || (least == most && (open_below || open_above))) return true;
    return texts && std::all_of(texts->begin(), texts->end(),
                                [&](const std::string& word) { return not_these.contains(word); });
  }
};

// Of `x IN ('a', 'b')`, whose items stand behind x.
std::optional<std::set<std::string>> words_of(const Node& in) {
  std::set<std::string> out;
  for (std::size_t i = 1; i < in.args.size(); ++i) {
    const std::string* word = text_of(in.args[i]);
    if (!word) return std::nullopt;
    out.insert(*word);
  }
  return out;
}

void narrow(const Node& n, std::map<Place, Span>& spans) {
  const auto place = n.args.size() >= 2 ? place_of(n.args[0]) : std::nullopt;
  if (!place) return;
  if (n.op == Op::in) {
    if (auto words = words_of(n)) spans[*place].one_of(std::move(*words));
    return;
  }
  if (n.op == Op::between && n.args.size() == 3) {
    if (const auto from = number_of(n.args[1])) spans[*place].at_least(*from, false);
    if (const auto to = number_of(n.args[2])) spans[*place].at_most(*to, false);
    return;
  }
  if (!query::is_comparison(n.op)) return;
  Span& span = spans[*place];
  if (const std::string* word = text_of(n.args[1])) {
    if (n.op == Op::eq) span.one_of({*word});
    if (n.op == Op::ne) span.not_these.insert(*word);
  } else if (const auto x = number_of(n.args[1])) {
    if (n.op == Op::eq || n.op == Op::ge || n.op == Op::gt) span.at_least(*x, n.op == Op::gt);
    if (n.op == Op::eq || n.op == Op::le || n.op == Op::lt) span.at_most(*x, n.op == Op::lt);
  }
}

class Folder {
 public:
  explicit Folder(const std::set<std::string>& states) : states_(states) {}

  Truth truth(const Node& n) const {
    std::vector<const Node*> parts;
    flatten(n, parts);
    Truth out = Truth::yes;
    std::map<Place, Span> spans;
    for (const Node* part : parts) {
      out = both_of(out, single(*part));
      narrow(*part, spans);
    }
    const bool never = std::any_of(spans.begin(), spans.end(), [](const auto& one) { return one.second.empty(); });
    return never ? Truth::no : out;
  }

 private:
  Truth single(const Node& n) const {
    switch (n.op) {
      case Op::literal:
        if (const bool* flag = std::get_if<bool>(&n.value)) return *flag ? Truth::yes : Truth::no;
        return Truth::unknown;
      case Op::not_: return query::truth_not(truth(n.args[0]));
      case Op::or_: {
        Truth out = Truth::no;
        for (const auto& arg : n.args) {
          const Truth one = truth(arg);
          if (one == Truth::yes) return one;
          if (one == Truth::unknown) out = one;
        }
        return out;
      }
      case Op::in: return in(n);
      default: return query::is_comparison(n.op) ? comparison(n) : Truth::unknown;
    }
  }
  Truth state_in(const std::set<std::string>& words) const {
    if (states_.empty()) return Truth::unknown;
    const auto hits = std::count_if(states_.begin(), states_.end(), [&](const auto& s) { return words.contains(s); });
    if (hits == 0) return Truth::no;
    return static_cast<std::size_t>(hits) == states_.size() ? Truth::yes : Truth::unknown;
  }
  Truth in(const Node& n) const {
    const auto words = words_of(n);
    return words && is_state(n.args[0]) ? state_in(*words) : Truth::unknown;
  }
  Truth comparison(const Node& n) const {
    const Node &a = n.args[0], &b = n.args[1];
    const std::string* word = text_of(b);
    if (word && is_state(a) && (n.op == Op::eq || n.op == Op::ne)) {
      const Truth is = state_in({*word});
      return n.op == Op::eq ? is : query::truth_not(is);
    }
    if (const std::string* left = text_of(a); left && word) return compared(n.op, left->compare(*word));
    const auto x = number_of(a), y = number_of(b);
    if (x && y) return compared(n.op, *x < *y ? -1 : *x > *y ? 1 : 0);
    return Truth::unknown;
  }

  const std::set<std::string>& states_;
};

// --- words that a field cannot hold

class Literals {
 public:
  Literals(const Conditions& conditions, const Catalog& catalog, const Entity& e, int line, Mistakes& mistakes)
      : conditions_(conditions), catalog_(catalog), e_(e), line_(line), mistakes_(mistakes) {}

  // `in`: the record type whose fields are named here; `rows`: the field whose columns are.
  void walk(const Node& n, const Entity* in, const Field* rows) const {
    if (n.args.size() >= 2 && (query::is_comparison(n.op) || n.op == Op::in || n.op == Op::between ||
                               query::is_array(n.op)))
      compare(n, in, rows);
    const Entity* inside = in;
    const Field* inside_rows = rows;
    if (n.builtin == query::Builtin::any && n.field) {
      const Entity* holder = n.through ? target_of(*n.through) : in;
      const Field* f = holder ? holder->field(n.field->name) : nullptr;
      inside_rows = f && f->type == FieldType::rows ? f : nullptr;
      inside = inside_rows ? holder : n.field->target ? conditions_.entity_of(*n.field->target) : nullptr;
    } else if (n.source) {
      inside = conditions_.entity_of(*n.source);
      inside_rows = nullptr;
    }
    for (const auto& arg : n.args) walk(arg, inside, inside_rows);
  }

 private:
  const Entity* target_of(const query::FieldInfo& reference) const {
    return reference.target ? conditions_.entity_of(*reference.target) : nullptr;
  }
  void compare(const Node& n, const Entity* in, const Field* rows) const {
    const Node& property = n.args[0];
    if (property.op != Op::property || !property.field) return;
    if (property.through && property.through->beside) return;
    const Entity* holder = property.outer ? &e_ : in;
    if (property.through) holder = target_of(*property.through), rows = nullptr;
    if (!holder) return;
    const Field* f = nullptr;
    const auto& fields = rows && !property.outer ? rows->fields : holder->fields;
    for (const auto& one : fields)
      if (one.name == property.field->name) f = &one;
    std::vector<std::string> known;
    Text what;
    if (f && !f->terms.empty()) {
      const TermList* list = catalog_.terms_of(*holder, *f);
      if (!list) return;  // said by the catalog
      for (const auto& code : list->codes) known.push_back(code.code);
      what = {"代码表 " + list->name + " 没有代码 ", "the code list " + list->name + " has no code "};
    } else if (!f && !rows && property.field->name == "state" && holder->process) {
      for (const auto& state : holder->process->states) known.push_back(state.name);
      what = {holder->name + " 没有状态 ", holder->name + " has no state "};
    } else {
      return;
    }
    for (std::size_t i = 1; i < n.args.size(); ++i) literal(n.args[i], known, what);
  }
  void literal(const Node& n, const std::vector<std::string>& known, const Text& what) const {
    for (const auto& item : n.args)
      if (n.op == Op::list) literal(item, known, what);
    std::vector<std::string> words;
    if (const std::string* word = text_of(n)) words = {*word};
    if (n.op == Op::literal)
      if (const auto* list = std::get_if<query::TextList>(&n.value)) words = *list;
    for (const auto& word : words) {
      if (std::find(known.begin(), known.end(), word) != known.end()) continue;
      const std::string meant(nearest_word(word, known));
      mistakes_.add(e_.file, line_, what.zh + word + (meant.empty() ? "" : "，是否想写 " + meant),
                    what.en + word + (meant.empty() ? "" : "; did you mean " + meant));
    }
  }

  const Conditions& conditions_;
  const Catalog& catalog_;
  const Entity& e_;
  int line_;
  Mistakes& mistakes_;
};

// --- who can read where

class Reach {
 public:
  Reach(Conditions& conditions, const Entity& e, Mistakes& mistakes)
      : conditions_(conditions), e_(e), mistakes_(mistakes) {}

  void run() {
    if (e_.open_attributes || e_.open_features) open();
    for (const auto& view : e_.views) never(view.when, {}, view.line, "视图 " + view.name, "the view " + view.name);
    for (const auto& flag : e_.flags) never(flag.when, {}, flag.line, "标记 " + flag.name, "the flag " + flag.name);
    if (!e_.process) return;
    for (const auto& t : e_.process->transitions) {
      never(t.when, {t.from.begin(), t.from.end()}, t.line, "流转 " + t.name + " 的 when",
            "the guard of the transition " + t.name);
      for (const auto& role : t.roles)
        if (role != "system") step(t, role);
    }
    for (const auto& s : e_.process->states)
      if (s.joint) signers(s);
  }

 private:
  void never(const std::string& when, const std::set<std::string>& states, int line, const std::string& zh,
             const std::string& en) {
    if (when.empty()) return;
    const auto made = conditions_.typed(e_, when);
    if (made && !can_hold(*made, states))
      mistakes_.add(e_.file, line, zh + " 永远不会成立：" + when, en + " can never hold: " + when);
  }
  bool reads(const AccessRule& rule, const std::string& state) {
    if (rule.read.empty()) return false;
    const auto made = conditions_.typed(e_, rule.read);
    return !made || can_hold(*made, {state});
  }
  template <class Fits>
  bool any_reads(const std::string& state, const Fits& fits) {
    return std::any_of(e_.access.begin(), e_.access.end(),
                       [&](const AccessRule& rule) { return fits(rule.role) && reads(rule, state); });
  }
  void step(const Transition& t, const std::string& role) {
    // An owner reads as a citizen or colleague, too; other roles take a step by the rule of that role.
    const auto fits = [&](const std::string& of) {
      return of == role || (role == "owner" && (of == "public" || of == "citizen" || of == "staff"));
    };
    const bool has_rule = std::any_of(e_.access.begin(), e_.access.end(),
                                      [&](const AccessRule& rule) { return rule.role == role && !rule.read.empty(); });
    if (!has_rule) return;  // said by the catalog
    for (const auto& from : t.from)
      if (!any_reads(from, fits))
        mistakes_.add(e_.file, t.line,
                      "流转 " + t.name + " 的角色 " + role + " 在状态 " + from + " 读不到记录，永远办不了",
                      "the transition " + t.name + " is for " + role + ", who can never read the record in the state " +
                          from);
  }
  void signers(const State& s) {
    const auto& roles = s.joint->roles;
    const auto fits = [&](const std::string& of) {
      if (of == "public" || of == "staff") return true;
      return roles.empty() ? of != "owner" && of != "citizen" && of != "system"
                           : std::find(roles.begin(), roles.end(), of) != roles.end();
    };
    if (!any_reads(s.name, fits))
      mistakes_.add(e_.file, s.line,
                    "会签 " + s.name + " 的办理人读不到记录：请在 access 给 " +
                        (roles.empty() ? std::string("他们的角色") : join(roles, "、")) + " 读这个状态的权限",
                    "the signers of the joint state " + s.name + " cannot read the record: give " +
                        (roles.empty() ? std::string("a role of theirs") : join(roles, ", ")) +
                        " the right to read it there, under access");
  }
  void open() {
    const auto fields = [&]() -> std::optional<std::vector<std::string>> {
      std::optional<std::vector<std::string>> out;
      for (const auto& rule : e_.access)
        if (rule.role == "public" && !rule.read.empty()) {
          if (rule.fields.empty()) return std::vector<std::string>{};
          if (!out) out.emplace();
          out->insert(out->end(), rule.fields.begin(), rule.fields.end());
        }
      return out;
    }();
    if (!fields)
      return mistakes_.add(e_.file, e_.open_line, "open 公开的记录要先让 public 能读：access 里没有 public 的 read",
                           "open publishes what the role public may read, and access has no such rule with `read`");
    if (const auto made = conditions_.filter(e_, e_.open_filter, *fields); !made)
      mistakes_.add(e_.file, e_.open_line, "open.filter 只能用公众可读的字段：" + made.error().message.zh,
                    "open.filter knows what the public may read only: " + made.error().message.en);
  }

  Conditions& conditions_;
  const Entity& e_;
  Mistakes& mistakes_;
};

}  // namespace

void check_literals(const Conditions& conditions, const Catalog& catalog, const Entity& e,
                    const query::Typed& condition, int line, Mistakes& mistakes, const Entity* about) {
  Literals(conditions, catalog, e, line, mistakes).walk(condition.root(), about ? about : &e, nullptr);
}

bool can_hold(const query::Typed& condition, const std::set<std::string>& states) {
  return Folder(states).truth(condition.root()) != Truth::no;
}

void check_reach(Conditions& conditions, const Entity& e, Mistakes& mistakes) {
  Reach(conditions, e, mistakes).run();
}

}  // namespace civitas::entities
