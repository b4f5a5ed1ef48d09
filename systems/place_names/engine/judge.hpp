// Whether the best reading of a text may be taken without a person, and how much of the text it explains. Private to the
// engine.
#pragma once

#include "place_names/engine/matcher.hpp"
#include "place_names/engine/search.hpp"

namespace civitas::place_names {

struct Findings {
  const IndexFile* index;
  const Search* search;
  const Candidate* best;
  float evidence, margin;  // of the best over chance, over the next that is something else
  bool remark_claims;      // brackets hold a division that was not found
};

MatchVerdict judge(const Findings& f);

/// The share, 0 … 1, of the words of the text that a candidate explains. Numbers, units and words of relation count for
/// nothing, a name behind a house number of the road that was found counts half: that is what stands there.
double explained_share(const Search& search, const Candidate& c);

/// The score of the first match in the band of its verdict: match 0.8 to 1, review 0.4 to below 0.8, none below 0.4.
double score_within(MatchVerdict verdict, double score);

/// The text names a division in which the candidate does not lie.
bool lies_elsewhere(const Findings& f);

}  // namespace civitas::place_names
