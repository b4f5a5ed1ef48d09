// Characters that look alike or are taken for one another in place names (塆/湾, 咀/嘴, 未/末). Two sources: a curated
// list (data/alike.tsv), and a measure computed from the input codes of Unihan that describe the form of a character
// (Cangjie letters, four corners, strokes; 27,543 characters of the basic plane). The measure orders candidates for a
// person to look at; it is no proof.
#pragma once

#include <vector>

namespace civitas::text {

/// 1 for the same character, 0.95 for a curated pair, otherwise 0 to 0.9 from the codes; 0 when one has no code.
double shape_similarity(char32_t a, char32_t b);
/// From here on two characters count as similar; of a common character about eight others do.
constexpr double similar_shape_threshold = 0.75;
bool similar_shape(char32_t a, char32_t b);
/// The curated partners of a character.
std::vector<char32_t> taken_for(char32_t c);

}  // namespace civitas::text
