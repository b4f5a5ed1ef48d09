// Makes test texts for the matcher from the real division tree: addresses damaged in known ways, with the
// code that is meant, and addresses that exist nowhere. Deterministic for a seed. Two mixes: `a` is for
// setting weights, `b` is held out and damages differently (other proportions, shorter names, two damages,
// names invented another way).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "place_names/engine/entry.hpp"

namespace civitas::bench {

struct TestText {
  std::string text;
  std::string code;  // "" when nothing of the tree is meant
  std::string kind;
};

struct GenerateOptions {
  std::uint64_t seed = 1;
  char mix = 'a';
  std::size_t damaged = 20000;
  std::size_t invented = 5000;
  std::string home = "4201";
  double home_share = 0.5;
};

std::vector<TestText> generate(const std::vector<place_names::Entry>& entries, const GenerateOptions& options);

}  // namespace civitas::bench
