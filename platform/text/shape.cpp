#include "text/shape.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.hpp"
#include "text/embedded.hpp"

namespace civitas::text {

namespace {
struct Shape {
  std::string_view cangjie;  // empty: none known
  std::string_view corners;
  int strokes = 0;
};

struct Shapes {
  static constexpr char32_t begin = 0x3400, end = 0xA000;
  std::vector<Shape> plane = std::vector<Shape>(end - begin);
  std::vector<std::pair<char32_t, char32_t>> alike;  // both directions, sorted

  Shapes() {
    each_row<4>(shapes_table(), [&](const std::string_view* row) {
      std::size_t at = 0;
      const char32_t c = next_code_point(row[0], at);
      if (c < begin || c >= end) return;
      // A leading X only tells apart characters whose code would be the same.
      const bool marked = row[1].size() > 1 && row[1][0] == 'X';
      plane[c - begin] = {row[1].substr(marked), row[2], std::atoi(std::string(row[3]).c_str())};
    });
    each_row<2>(alike_table(), [&](const std::string_view* row) {
      const std::u32string group = to_utf32(row[0]);
      for (char32_t a : group)
        for (char32_t b : group)
          if (a != b) alike.emplace_back(a, b);
    });
    std::sort(alike.begin(), alike.end());
    alike.erase(std::unique(alike.begin(), alike.end()), alike.end());
  }
  const Shape* find(char32_t c) const {
    if (c < begin || c >= end || plane[c - begin].cangjie.empty()) return nullptr;
    return &plane[c - begin];
  }
};

const Shapes& shapes() {
  static const Shapes instance;
  return instance;
}

// Letters that two codes have in common in the same order, of at most six each.
std::size_t common_subsequence(std::string_view a, std::string_view b) {
  std::uint8_t row[8] = {};
  b = b.substr(0, 7);
  for (char left : a) {
    std::uint8_t diagonal = 0;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::uint8_t above = row[j + 1];
      row[j + 1] = left == b[j] ? static_cast<std::uint8_t>(diagonal + 1) : std::max(row[j], above);
      diagonal = above;
    }
  }
  return row[b.size()];
}
}  // namespace

double shape_similarity(char32_t a, char32_t b) {
  if (a == b) return 1;
  const Shapes& all = shapes();
  if (std::binary_search(all.alike.begin(), all.alike.end(), std::pair{a, b})) return 0.95;
  const Shape* left = all.find(a);
  const Shape* right = all.find(b);
  if (!left || !right) return 0;
  const std::string_view x = left->cangjie, y = right->cangjie;
  const std::size_t longer = std::max(x.size(), y.size()), shorter = std::min(x.size(), y.size());
  const double letters = 2.0 * static_cast<double>(common_subsequence(x, y)) / static_cast<double>(x.size() + y.size());
  const int difference = std::abs(left->strokes - right->strokes);
  const double strokes = 1.0 - static_cast<double>(difference) / std::max({left->strokes, right->strokes, 1});
  double score = 0.7 * letters + 0.3 * strokes;
  if (left->corners.size() >= 4 && right->corners.size() >= 4) {
    int same = 0;
    for (std::size_t i = 0; i < 4; ++i) same += left->corners[i] == right->corners[i];
    score = 0.5 * letters + 0.2 * strokes + 0.3 * same / 4.0;
  }
  // Codes of one or two letters say little: 土 G and 王 MG.
  if (longer <= 2 && letters < 1) score *= 0.8;
  // The same main part with another radical (陂 and 坡), which stands at one end of the code.
  std::size_t tail = 0, head = 0;
  while (tail < shorter && x[x.size() - 1 - tail] == y[y.size() - 1 - tail]) ++tail;
  while (head < shorter && x[head] == y[head]) ++head;
  const bool same_part = (tail >= 2 && tail * 10 >= longer * 6) || (head >= 3 && head * 10 >= longer * 6);
  if (same_part && difference <= 4) score = std::max(score, 0.6 + 0.1 * letters + 0.2 * strokes);
  return std::min(0.9, score);
}

bool similar_shape(char32_t a, char32_t b) { return shape_similarity(a, b) >= similar_shape_threshold; }

std::vector<char32_t> taken_for(char32_t c) {
  std::vector<char32_t> result;
  const auto& alike = shapes().alike;
  for (auto at = std::lower_bound(alike.begin(), alike.end(), std::pair{c, char32_t{0}});
       at != alike.end() && at->first == c; ++at)
    result.push_back(at->second);
  return result;
}

}  // namespace civitas::text
