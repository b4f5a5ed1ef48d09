#include "text/automaton.hpp"

#include <algorithm>
#include <map>

namespace civitas::text {

Automaton::Automaton(const std::vector<std::pair<std::string_view, int>>& words) {
  struct Node {
    std::map<unsigned char, std::uint32_t> next;
    std::vector<std::pair<std::uint32_t, int>> outputs;
  };
  std::vector<Node> trie(1);
  for (const auto& [word, payload] : words) {
    if (word.empty()) continue;
    ++word_count_;
    std::uint32_t at = 0;
    for (unsigned char byte : word) {
      const auto found = trie[at].next.find(byte);
      if (found != trie[at].next.end()) {
        at = found->second;
      } else {
        trie[at].next[byte] = static_cast<std::uint32_t>(trie.size());
        at = static_cast<std::uint32_t>(trie.size());
        trie.emplace_back();
      }
    }
    trie[at].outputs.emplace_back(static_cast<std::uint32_t>(word.size()), payload);
  }

  states_.resize(trie.size());
  for (std::size_t i = 0; i < trie.size(); ++i) {
    State& state = states_[i];
    state.first_edge = static_cast<std::uint32_t>(edge_bytes_.size());
    state.edge_count = static_cast<std::uint16_t>(trie[i].next.size());
    for (const auto& [byte, target] : trie[i].next) {
      edge_bytes_.push_back(byte);
      edge_targets_.push_back(target);
    }
    state.first_output = static_cast<std::uint32_t>(outputs_.size());
    state.output_count = static_cast<std::uint32_t>(trie[i].outputs.size());
    outputs_.insert(outputs_.end(), trie[i].outputs.begin(), trie[i].outputs.end());
  }
  for (const auto& [byte, target] : trie[0].next) root_[byte] = target;

  std::vector<std::uint32_t> queue;
  for (const auto& [byte, target] : trie[0].next) queue.push_back(target);
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const std::uint32_t at = queue[head];
    for (const auto& [byte, target] : trie[at].next) {
      const std::uint32_t fail = step(states_[at].fail, byte);
      states_[target].fail = fail;
      states_[target].output_link = states_[fail].output_count > 0 ? fail : states_[fail].output_link;
      queue.push_back(target);
    }
  }
}

std::uint32_t Automaton::step(std::uint32_t state, unsigned char byte) const {
  for (;;) {
    if (state == 0) return root_[byte];
    const State& s = states_[state];
    const auto begin = edge_bytes_.begin() + s.first_edge, end = begin + s.edge_count;
    const auto found = std::lower_bound(begin, end, byte);
    if (found != end && *found == byte) return edge_targets_[static_cast<std::size_t>(found - edge_bytes_.begin())];
    state = s.fail;
  }
}

void Automaton::scan(std::string_view text, const std::function<bool(const Match&)>& found) const {
  std::uint32_t state = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    state = step(state, static_cast<unsigned char>(text[at]));
    for (std::uint32_t out = state; out != 0; out = states_[out].output_link)
      for (std::uint32_t i = 0; i < states_[out].output_count; ++i) {
        const auto& [length, payload] = outputs_[states_[out].first_output + i];
        if (!found(Match{at + 1 - length, at + 1, payload})) return;
      }
  }
}

std::vector<Match> Automaton::find_all(std::string_view text) const {
  std::vector<Match> result;
  scan(text, [&](const Match& match) {
    result.push_back(match);
    return true;
  });
  return result;
}

std::vector<Match> Automaton::find_longest(std::string_view text) const {
  std::vector<Match> all = find_all(text);
  std::stable_sort(all.begin(), all.end(), [](const Match& a, const Match& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
  });
  std::vector<Match> result;
  for (const Match& match : all)
    if (result.empty() || match.begin >= result.back().end) result.push_back(match);
  return result;
}

bool Automaton::contains_any(std::string_view text) const {
  bool any = false;
  scan(text, [&](const Match&) {
    any = true;
    return false;
  });
  return any;
}

}  // namespace civitas::text
