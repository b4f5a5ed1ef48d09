// How alike two names are: edit distance over code points with transposition (optimal string alignment), and overlap of
// bigrams. Lengths are bounded by the names themselves; texts of more than 256 code points are cut there.
#pragma once

#include <cstddef>
#include <string_view>

namespace civitas::text {

/// What it costs to replace a character by another one.
struct EditCosts {
  double other = 1.0;
  double same_sound = 0.3;  // the same reading without tone
  double near_sound = 0.5;  // near as in SoundLevel::near
  double same_shape = 0.4;  // times (1 to 0.5) with growing shape_similarity from the threshold on
  double transposed = 0.7;  // two neighbours exchanged
};

/// Number of insertions, deletions, replacements and exchanges of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b);
double weighted_distance(std::string_view a, std::string_view b, const EditCosts& costs = {});
/// 1 - weighted_distance / longer length: 1 for equal texts, 0 for nothing in common; 1 for two empty texts.
double similarity(std::string_view a, std::string_view b, const EditCosts& costs = {});
/// Common bigrams / all bigrams, as sets; names of one character compare as one unit.
double bigram_jaccard(std::string_view a, std::string_view b);

}  // namespace civitas::text
