// The input is a list of words, one a line, then an empty line, then the text; compared with a plain search.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <tuple>
#include <vector>

#include "text/automaton.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace civitas::text;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.size() > 600) return 0;
  std::vector<std::pair<std::string_view, int>> words;
  while (!input.empty()) {
    const std::size_t end = std::min(input.find('\n'), input.size());
    const std::string_view word = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    if (word.empty()) break;
    words.emplace_back(word, static_cast<int>(words.size()));
  }
  const Automaton automaton(words);
  auto found = automaton.find_all(input);
  std::vector<Match> expected;
  for (const auto& [word, payload] : words)
    for (std::size_t at = 0; (at = input.find(word, at)) != std::string_view::npos; ++at)
      expected.push_back({at, at + word.size(), payload});
  const auto order = [](const Match& a, const Match& b) {
    return std::tie(a.begin, a.end, a.payload) < std::tie(b.begin, b.end, b.payload);
  };
  std::sort(found.begin(), found.end(), order);
  std::sort(expected.begin(), expected.end(), order);
  if (found != expected || automaton.contains_any(input) == expected.empty()) std::abort();
  std::size_t last = 0;
  for (const Match& match : automaton.find_longest(input)) {
    if (match.begin < last) std::abort();
    last = match.end;
  }
  return 0;
}
