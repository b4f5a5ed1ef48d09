#include "text/similarity.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/utf8.hpp"
#include "text/shape.hpp"
#include "text/sound.hpp"

namespace civitas::text {

namespace {
constexpr std::size_t most = 256;

std::u32string points(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size() && out.size() < most;) out += next_code_point(text, at);
  return out;
}

// Three rows are enough: the one before the last is needed for the exchange of neighbours.
template <class Number, class Replace>
Number alignment(const std::u32string& a, const std::u32string& b, Number gap, Number exchange, Replace replace) {
  std::array<Number, most + 1> rows[3];
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = static_cast<Number>(j) * gap;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& row = rows[i % 3];
    const auto& above = rows[(i + 2) % 3];
    const auto& before = rows[(i + 1) % 3];
    row[0] = static_cast<Number>(i) * gap;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      Number best = std::min(above[j] + gap, row[j - 1] + gap);
      best = std::min(best, above[j - 1] + (a[i - 1] == b[j - 1] ? Number{} : replace(a[i - 1], b[j - 1])));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = std::min(best, before[j - 2] + exchange);
      row[j] = best;
    }
  }
  return rows[a.size() % 3][b.size()];
}

double replacement(char32_t a, char32_t b, const EditCosts& costs) {
  double cost = costs.other;
  if (same_sound(a, b, SoundLevel::toneless))
    cost = std::min(cost, costs.same_sound);
  else if (same_sound(a, b, SoundLevel::near))
    cost = std::min(cost, costs.near_sound);
  if (const double shape = shape_similarity(a, b); shape >= similar_shape_threshold)
    cost = std::min(cost,
                    costs.same_shape * (1.0 - 0.5 * (shape - similar_shape_threshold) / (1 - similar_shape_threshold)));
  return cost;
}

std::vector<std::uint64_t> bigrams(std::string_view text) {
  const std::u32string s = points(text);
  std::vector<std::uint64_t> grams;
  if (s.size() == 1) grams.push_back(s[0]);
  for (std::size_t i = 0; i + 1 < s.size(); ++i) grams.push_back(std::uint64_t{s[i]} << 32 | s[i + 1]);
  std::sort(grams.begin(), grams.end());
  grams.erase(std::unique(grams.begin(), grams.end()), grams.end());
  return grams;
}
}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  return alignment<std::size_t>(points(a), points(b), 1, 1, [](char32_t, char32_t) { return std::size_t{1}; });
}

double weighted_distance(std::string_view a, std::string_view b, const EditCosts& costs) {
  return alignment<double>(points(a), points(b), costs.other, costs.transposed,
                           [&](char32_t x, char32_t y) { return replacement(x, y, costs); });
}

double similarity(std::string_view a, std::string_view b, const EditCosts& costs) {
  const std::size_t longer = std::min(most, std::max(points(a).size(), points(b).size()));
  if (longer == 0) return 1;
  return std::max(0.0, 1.0 - weighted_distance(a, b, costs) / static_cast<double>(longer));
}

double bigram_jaccard(std::string_view a, std::string_view b) {
  const auto left = bigrams(a), right = bigrams(b);
  if (left.empty() && right.empty()) return 1;
  std::size_t common = 0;
  for (auto i = left.begin(), j = right.begin(); i != left.end() && j != right.end();) {
    if (*i < *j)
      ++i;
    else if (*j < *i)
      ++j;
    else
      ++common, ++i, ++j;
  }
  return static_cast<double>(common) / static_cast<double>(left.size() + right.size() - common);
}

}  // namespace civitas::text
