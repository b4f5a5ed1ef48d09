// Checks a proposed name against the naming rules (不规范地名, 重名, 同音) of 《地名管理条例》 articles 9 and
// 10 and 民发〔2018〕146号. The rules are data: one YAML file each in systems/place_names/rules, read by
// read_rules.
//
// A NameCheck is safe to use from many threads; words and names may change while it works.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "place_names/engine/name_index.hpp"

namespace civitas::place_names {

enum class Severity : std::uint8_t { none, warn, block };

/// How widely a name must be unique.
enum class Scope : std::uint8_t { off, nation, province, city, county, township, built_up_area };

struct RuleExamples {
  std::vector<std::string> pass, refuse;
  std::string division, category, legal_kind;
  std::vector<std::string> existing;  // names that exist, in `division` and of the same legal kind
  std::string own;                    // the name to be renamed, one of `existing`
};

struct Rule {
  std::string id;
  Text title;
  Severity severity = Severity::warn;
  /// same_name, same_sound, specific_same, specific_same_sound, restricted_words, characters, digits,
  /// foreign_letters, symbols, generic_fit, length, unchanged (of a renaming)
  std::string kind;
  Json parameters;
  std::vector<Scope> scope;       // by LegalKind; off: the rule does not apply to that kind
  std::vector<Severity> by_kind;  // severity by LegalKind where it differs; none: `severity`
  std::string source;             // law and article, or standard
  bool enabled = true;
  RuleExamples examples;
};

/// Reads every *.yaml of the folder, ordered by file name. Fails with `place_names.rule.syntax`,
/// `.unknown_key`,
/// `.missing` (file and line in the message), or `base.*`.
Result<std::vector<Rule>> read_rules(const std::filesystem::path& folder);

/// A restricted word (限制词). The city keeps its own table; the lists in rules/words are the first content
/// of it.
struct RestrictedWord {
  std::string word;
  std::string list;  // rules name lists: leaders, foreign, big, feudal, vulgar, enterprise, heritage
  Severity severity = Severity::warn;
  std::string source;
  bool enabled = true;
};
/// Reads every *.tsv of the folder (word, severity, source, mark; the file name is the list).
Result<std::vector<RestrictedWord>> read_word_lists(const std::filesystem::path& folder);

struct Exemption {
  std::string rule;  // id, or "" for every rule
  std::string word;  // restricted word, or ""
  std::string reason;
};

enum class NameChange : std::uint8_t { fresh, rename };

struct CheckContext {
  std::string division;                 // 12-digit code in which the name will lie
  std::string category;                 // five-digit class code, "" unknown
  std::optional<LegalKind> legal_kind;  // from the category when absent
  std::optional<Position> position;
  NameChange change = NameChange::fresh;
  std::string own_code;  // the name being renamed or checked again is no conflict with itself
  std::vector<Exemption> exemptions;
};

struct Conflict {
  std::string code, name, division;  // division: path of names
  std::optional<Position> position;
};

struct Finding {
  std::string rule;
  Text title;
  std::string source;
  Severity severity = Severity::warn;
  Text message;
  std::string word;  // the word or characters matched
  std::optional<Conflict> conflict;
  std::string exemption;  // reason, when exempt: then it does not count for the verdict
};

enum class CheckVerdict : std::uint8_t { pass, warn, block };
std::string_view verdict_name(CheckVerdict verdict);

struct CheckAnswer {
  CheckVerdict verdict = CheckVerdict::pass;
  std::vector<Finding> findings;  // worst first
};

class NameCheck {
 public:
  /// `names` is shared with whoever adds approved names. Fails with `place_names.rule.kind` for an unknown
  /// rule kind.
  static Result<NameCheck> create(std::vector<Rule> rules, std::shared_ptr<NameIndex> names);
  NameCheck(NameCheck&&) noexcept;
  NameCheck& operator=(NameCheck&&) noexcept;
  ~NameCheck();

  /// Takes the city's words; checks that run keep the words they began with.
  void set_words(const std::vector<RestrictedWord>& words);
  /// Tells whether a point lies in the built-up area (建成区); without it that scope means the city.
  void set_built_up_area(std::function<bool(Position)> contains);

  CheckAnswer check(std::string_view name, const CheckContext& context) const;
  const std::vector<Rule>& rules() const;

 private:
  struct Impl;
  explicit NameCheck(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace civitas::place_names
