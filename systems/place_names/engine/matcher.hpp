// Finds the division or standard place name that a written address means (地名匹配): levels left out, endings
// left out, wrong, missing, extra or exchanged characters, same sound, spelled in pinyin, old names, other
// order, house numbers behind. Says why, and says `none` when nothing of the index is meant.
//
// A Matcher reads a memory-mapped index (build_index) and is safe to use from any number of threads.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "place_names/engine/entry.hpp"
#include "place_names/engine/origin.hpp"

namespace civitas::place_names {

enum class MatchVerdict {
  match,   // safe to take the first match without a person: it is the most specific thing that the text names
  review,  // the first match is probable, or several are, or the text names something within it that is not known
  none,    // no entry is meant; matches, if any, are only the nearest
};
std::string_view verdict_name(MatchVerdict verdict);

/// Why a match was made or what speaks against it. `kind` is stable: exact, alias, old_name, same_sound,
/// similar_shape, wrong_char, missing_char, extra_char, swapped, pinyin, suffix_missing, suffix_differs,
/// level_missing, order, home, ambiguous, unread, claim, elsewhere, other_county.
struct MatchReason {
  std::string kind;
  Text text;
};

struct Match {
  std::string code;       // 12 or 20 digits
  std::string name;       // standard name
  std::string full_name;  // from the province down: 湖北省武汉市洪山区关山街道…
  Level level = Level::village;
  /// 0 … 1: how much of the text is explained, less what is damaged; never more than that of the match before. The first
  /// one's agrees with the verdict: match 0.8 and more, review 0.4 and more, none below.
  double score = 0;
  std::vector<MatchReason> because;
  std::optional<Position> position;
};

/// A part of the text that belongs to no division: kind is an address part (road, number, area, building,
/// unit, floor, room, organisation, relation, person, telephone, words, division).
struct RestPart {
  std::string kind;
  std::string text;
};

struct MatchAnswer {
  MatchVerdict verdict = MatchVerdict::none;
  std::vector<Match> matches;  // best first
  std::vector<RestPart> rest;  // of the first match
};

struct MatchOptions {
  std::size_t limit = 5;
  /// Division preferred among equals; "" for none.
  std::string home = "420100000000";
};

struct MatcherInfo {
  std::size_t entries = 0;
  std::size_t bytes = 0;
  Origin origin = {};
  std::string parts;  // the customary parts of the city that it knows (parts_text)
};

class Matcher {
 public:
  /// Fails with `place_names.index.missing`, `place_names.index.version` or `place_names.index.damaged`.
  static Result<Matcher> open(const std::filesystem::path& index);
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;
  ~Matcher();

  /// Any bytes; malformed UTF-8 is skipped. Text beyond 96 characters is not read.
  MatchAnswer match(std::string_view text, const MatchOptions& options = {}) const;
  MatcherInfo info() const;
  /// Gives the pages of the index that were read back to the system, for a matcher that is not used for a while.
  void release_pages() const;

 private:
  struct Impl;
  explicit Matcher(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace civitas::place_names
