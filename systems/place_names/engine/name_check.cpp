#include "place_names/engine/name_check.hpp"

#include <algorithm>
#include <atomic>

#include "base/utf8.hpp"
#include "place_names/engine/code.hpp"
#include "text/automaton.hpp"
#include "text/characters.hpp"
#include "text/convert.hpp"
#include "text/generic.hpp"
#include "text/ideographs.hpp"
#include "text/sound.hpp"

namespace civitas::place_names {

namespace {

struct Words {
  std::vector<RestrictedWord> list;
  text::Automaton automaton;
};

constexpr std::string_view known_kinds[] = {"same_name",        "same_sound",  "specific_same", "specific_same_sound",
                                            "restricted_words", "characters",  "digits",        "foreign_letters",
                                            "symbols",          "generic_fit", "length",        "unchanged"};

bool contains_text(const Json& list, std::string_view word) {
  for (const auto& item : list.as_array())
    if (item.as_string() == word) return true;
  return false;
}

}  // namespace

std::string_view verdict_name(CheckVerdict verdict) {
  switch (verdict) {
    case CheckVerdict::pass: return "pass";
    case CheckVerdict::warn: return "warn";
    case CheckVerdict::block: return "block";
  }
  return "";
}

struct NameCheck::Impl {
  std::vector<Rule> rules;
  std::shared_ptr<NameIndex> names;
  std::atomic<std::shared_ptr<const Words>> words{std::make_shared<const Words>()};
  std::atomic<std::shared_ptr<const std::function<bool(Position)>>> built_up;

  struct Subject {
    std::string name, specific, generic;
    text::Feature features = text::Feature::none;
    LegalKind kind = LegalKind::other;
    const CheckContext* context = nullptr;
  };

  static Finding finding(const Rule& rule, Severity severity, Text message, std::string word) {
    return {rule.id, rule.title, rule.source, severity, std::move(message), std::move(word), std::nullopt, {}};
  }

  bool in_scope(Scope scope, const Subject& s, const ExistingName& other) const {
    const auto& context = *s.context;
    auto same = [&](std::size_t digits) {
      return context.division.size() >= digits && other.division.size() >= digits &&
             std::string_view(context.division).substr(0, digits) == std::string_view(other.division).substr(0, digits);
    };
    switch (scope) {
      case Scope::off: return false;
      case Scope::nation: return true;
      case Scope::province: return same(2);
      case Scope::city: return same(4);
      case Scope::county: return same(6);
      case Scope::township: return same(9);
      case Scope::built_up_area: {
        if (!same(4)) return false;
        const auto inside = built_up.load();
        // Without the polygon or a position nobody can tell: the whole city counts.
        if (!inside || !*inside || !context.position || !other.position) return true;
        return (*inside)(*context.position) && (*inside)(*other.position);
      }
    }
    return false;
  }

  void same(const Rule& rule, const Subject& s, Severity severity, std::vector<Finding>& out) const {
    const Scope scope = rule.scope[static_cast<std::size_t>(s.kind)];
    if (scope == Scope::off) return;
    const bool specific = rule.kind.starts_with("specific");
    const bool sound = rule.kind.ends_with("sound");
    // 李家湾村 may sound like a road; the specific part alone says little unless the kinds agree.
    const bool same_kind = rule.parameters["among"].as_string() == "same_kind";
    const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, rule.parameters["most"].as_integer()));
    const NameKey key = specific ? (sound ? NameKey::specific_sound : NameKey::specific)
                                 : (sound ? NameKey::whole_sound : NameKey::whole);
    if (specific && utf8_length(s.specific) < 2) return;
    std::size_t count = 0;
    std::vector<ExistingName> hits;
    names->find(key, s.name, [&](const ExistingName& other) {
      if (other.code == s.context->own_code || (same_kind && other.kind != s.kind)) return true;
      if (sound && other.name == s.name) return true;  // the same name is the other rule's
      if (specific && other.name == s.name) return true;
      if (!in_scope(scope, s, other)) return true;
      hits.push_back(other);
      return ++count < most;
    });
    for (const auto& other : hits) {
      const auto path = names->path_of(other.division);
      Text message{"与“" + path + "”的“" + other.name + "”" + (specific ? "专名" : "") + (sound ? "同音" : "相同"),
                   std::string(specific ? "The specific part " : "The name ") +
                       (sound ? "sounds like" : "is the same as") + " \"" + other.name + "\" in " + path};
      auto f = finding(rule, severity, std::move(message), other.name);
      f.conflict = Conflict{other.code, other.name, path, other.position};
      out.push_back(std::move(f));
    }
  }

  void restricted(const Rule& rule, const Subject& s, Severity severity, std::vector<Finding>& out) const {
    const auto current = words.load();
    for (const auto& match : current->automaton.find_all(s.name)) {
      const auto& word = current->list[static_cast<std::size_t>(match.payload)];
      if (!contains_text(rule.parameters["lists"], word.list)) continue;
      if (std::any_of(out.begin(), out.end(),
                      [&](const Finding& f) { return f.rule == rule.id && f.word == word.word; }))
        continue;
      auto f = finding(rule, std::min(severity, word.severity),
                       {"含有限制词“" + word.word + "”：" + rule.title.zh,
                        "Contains the restricted word \"" + word.word + "\": " + rule.title.en},
                       word.word);
      if (!word.source.empty() && f.source.find(word.source) == std::string::npos) f.source += "；" + word.source;
      out.push_back(std::move(f));
    }
  }

  void characters(const Rule& rule, const Subject& s, Severity severity, std::vector<Finding>& out) const {
    const auto least_common = rule.parameters["worst_level"].as_integer();
    std::string rare;
    for (char32_t c : to_utf32(s.name)) {
      if (!text::is_chinese(c)) continue;
      const int level = text::standard_level(c);
      std::string one;
      append_utf8(one, c);
      if ((level == 0 || level > least_common) && rare.find(one) == std::string::npos) rare += one;
    }
    if (!rare.empty())
      out.push_back(finding(rule, severity,
                            {"含有生僻字或非规范字“" + rare + "”", "Contains rare or non-standard characters: " + rare},
                            rare));
  }

  void writing(const Rule& rule, const Subject& s, Severity severity, std::vector<Finding>& out) const {
    std::string wrong;
    bool only_digits = !s.specific.empty();
    const auto specific = to_utf32(s.specific);
    for (char32_t c : to_utf32(s.name)) {
      const auto half = c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c;
      const bool digit = half >= '0' && half <= '9';
      const bool letter = (half >= 'A' && half <= 'Z') || (half >= 'a' && half <= 'z') ||
                          text::character_class(half) == text::CharacterClass::letter;
      const bool bad = rule.kind == "digits"            ? digit
                       : rule.kind == "foreign_letters" ? letter
                                                        : !digit && !letter && !text::is_chinese(c);
      if (bad) append_utf8(wrong, c);
    }
    for (char32_t c : specific) {
      std::string one;
      append_utf8(one, c);
      const auto half = c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c;
      only_digits = only_digits && ((half >= '0' && half <= '9') || one == "号");
    }
    if (wrong.empty()) return;
    if (rule.kind == "digits") {
      if (rule.parameters["only"].as_bool() != only_digits) return;
      out.push_back(finding(rule, severity,
                            only_digits
                                ? Text{"专名只有数字“" + wrong + "”", "The specific part is digits only: " + wrong}
                                : Text{"数字“" + wrong + "”夹在文字中", "Digits mixed with characters: " + wrong},
                            wrong));
      return;
    }
    out.push_back(finding(rule, severity,
                          rule.kind == "symbols" ? Text{"含有符号“" + wrong + "”", "Contains symbols: " + wrong}
                                                 : Text{"含有字母“" + wrong + "”", "Contains letters: " + wrong},
                          wrong));
  }

  void generic_fit(const Rule& rule, const Subject& s, Severity severity, std::vector<Finding>& out) const {
    const auto& category = s.context->category;
    if (category.empty()) return;
    const Json* best = nullptr;
    std::size_t length = 0;
    for (const auto& [prefix, features] : rule.parameters["features"].as_object())
      if (category.starts_with(prefix) && prefix.size() > length) best = &features, length = prefix.size();
    if (!best) return;
    auto expected = text::Feature::none;
    for (const auto& item : best->as_array()) expected = expected | text::feature_named(item.as_string());
    const auto split = text::split_name(s.name, expected);
    if (!split.generic.empty() && text::has(split.features, expected)) return;
    if (s.generic.empty())
      out.push_back(
          finding(rule, severity, {"没有通名，或通名不在表中", "The generic term is missing or unknown"}, ""));
    else
      out.push_back(finding(
          rule, severity,
          {"通名“" + s.generic + "”与类别不符", "The generic term \"" + s.generic + "\" does not fit the class"},
          s.generic));
  }

  void unchanged(const Rule& rule, const Subject& s, Severity severity, std::vector<Finding>& out) const {
    const auto& context = *s.context;
    if (context.change == NameChange::rename && !context.own_code.empty() && names->name_of(context.own_code) == s.name)
      out.push_back(finding(rule, severity, {"新名称与原名称相同", "The new name is the present one"}, s.name));
  }

  void length(const Rule& rule, const Subject& s, Severity severity, std::vector<Finding>& out) const {
    const auto n = static_cast<std::int64_t>(utf8_length(s.name));
    const auto least = rule.parameters["least"].as_integer(), most = rule.parameters["most"].as_integer();
    if (n < least || n > most)
      out.push_back(finding(
          rule, severity,
          {"名称 " + std::to_string(n) + " 字，应为 " + std::to_string(least) + " 至 " + std::to_string(most) + " 字",
           "The name has " + std::to_string(n) + " characters; " + std::to_string(least) + " to " +
               std::to_string(most) + " are usual"},
          ""));
  }
};

NameCheck::NameCheck(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
NameCheck::NameCheck(NameCheck&&) noexcept = default;
NameCheck& NameCheck::operator=(NameCheck&&) noexcept = default;
NameCheck::~NameCheck() = default;

Result<NameCheck> NameCheck::create(std::vector<Rule> rules, std::shared_ptr<NameIndex> names) {
  for (const auto& rule : rules)
    if (std::find(std::begin(known_kinds), std::end(known_kinds), rule.kind) == std::end(known_kinds))
      return fail(invalid("place_names.rule.kind", "规则 " + rule.id + " 的检查种类“" + rule.kind + "”未知。",
                          "Rule " + rule.id + " has the unknown kind \"" + rule.kind + "\"."));
  auto impl = std::make_unique<Impl>();
  impl->rules = std::move(rules);
  impl->names = std::move(names);
  return NameCheck(std::move(impl));
}

void NameCheck::set_words(const std::vector<RestrictedWord>& words) {
  auto fresh = std::make_shared<Words>();
  for (const auto& word : words)
    if (word.enabled && !word.word.empty()) fresh->list.push_back(word);
  std::vector<std::pair<std::string_view, int>> keyed;
  for (std::size_t i = 0; i < fresh->list.size(); ++i) keyed.emplace_back(fresh->list[i].word, static_cast<int>(i));
  fresh->automaton = text::Automaton(keyed);
  impl_->words.store(std::move(fresh));
}

void NameCheck::set_built_up_area(std::function<bool(Position)> contains) {
  impl_->built_up.store(std::make_shared<const std::function<bool(Position)>>(std::move(contains)));
}

const std::vector<Rule>& NameCheck::rules() const { return impl_->rules; }

CheckAnswer NameCheck::check(std::string_view raw, const CheckContext& context) const {
  CheckAnswer answer;
  Impl::Subject s;
  s.context = &context;
  s.name = is_valid_utf8(raw) ? std::string(raw.substr(0, 600)) : std::string();
  if (!is_valid_utf8(s.name)) s.name = std::string(utf8_prefix(raw, 150));
  s.name = text::unify_ideographs(s.name);
  s.kind = context.legal_kind ? *context.legal_kind : legal_kind_of_category(context.category);
  const auto split = text::split_name(s.name);
  s.specific = split.specific.empty() ? s.name : std::string(split.specific);
  s.generic = split.generic;
  s.features = split.features;
  for (const auto& rule : impl_->rules) {
    if (!rule.enabled) continue;
    const auto special = rule.by_kind[static_cast<std::size_t>(s.kind)];
    const Severity severity = special == Severity::none ? rule.severity : special;
    auto& out = answer.findings;
    if (rule.kind == "restricted_words")
      impl_->restricted(rule, s, severity, out);
    else if (rule.kind == "characters")
      impl_->characters(rule, s, severity, out);
    else if (rule.kind == "digits" || rule.kind == "foreign_letters" || rule.kind == "symbols")
      impl_->writing(rule, s, severity, out);
    else if (rule.kind == "generic_fit")
      impl_->generic_fit(rule, s, severity, out);
    else if (rule.kind == "length")
      impl_->length(rule, s, severity, out);
    else if (rule.kind == "unchanged")
      impl_->unchanged(rule, s, severity, out);
    else
      impl_->same(rule, s, severity, out);
  }
  for (auto& f : answer.findings) {
    for (const auto& e : context.exemptions)
      if ((e.rule.empty() || e.rule == f.rule) && (e.word.empty() || e.word == f.word) && !e.reason.empty())
        f.exemption = e.reason;
    if (!f.exemption.empty()) continue;
    if (f.severity == Severity::block)
      answer.verdict = CheckVerdict::block;
    else if (answer.verdict == CheckVerdict::pass)
      answer.verdict = CheckVerdict::warn;
  }
  std::stable_sort(answer.findings.begin(), answer.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return answer;
}

}  // namespace civitas::place_names
