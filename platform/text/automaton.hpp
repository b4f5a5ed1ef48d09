// Aho-Corasick automaton over bytes of UTF-8 for lists of keywords: one pass over a text finds all of them. Built once,
// then read by any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

namespace civitas::text {

struct Match {
  std::size_t begin = 0;  // byte offsets in the text
  std::size_t end = 0;
  int payload = 0;
  bool operator==(const Match&) const = default;
};

class Automaton {
 public:
  Automaton() : Automaton(std::vector<std::pair<std::string_view, int>>{}) {}
  /// Empty words are ignored; a word given twice matches with both payloads.
  explicit Automaton(const std::vector<std::pair<std::string_view, int>>& words);

  /// All matches, also overlapping ones, by their end and then the longer first.
  std::vector<Match> find_all(std::string_view text) const;
  /// Longest matches from the left that do not overlap.
  std::vector<Match> find_longest(std::string_view text) const;
  bool contains_any(std::string_view text) const;
  /// Calls `found` for every match until it returns false.
  void scan(std::string_view text, const std::function<bool(const Match&)>& found) const;
  std::size_t word_count() const { return word_count_; }

 private:
  struct State {
    std::uint32_t first_edge = 0;
    std::uint16_t edge_count = 0;
    std::uint32_t fail = 0;
    std::uint32_t output_link = 0;  // next state on the fail path that ends a word, 0 for none
    std::uint32_t first_output = 0;
    std::uint32_t output_count = 0;
  };
  std::uint32_t step(std::uint32_t state, unsigned char byte) const;

  std::vector<State> states_;
  std::vector<unsigned char> edge_bytes_;
  std::vector<std::uint32_t> edge_targets_;
  std::vector<std::pair<std::uint32_t, int>> outputs_;  // length of the word, payload
  std::uint32_t root_[256] = {};
  std::size_t word_count_ = 0;
};

}  // namespace civitas::text
