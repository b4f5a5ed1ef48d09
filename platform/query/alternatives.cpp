#include "query/alternatives.hpp"

#include <algorithm>

namespace civitas::query {

namespace {

// Conditions in a row that all hold.
using Parts = std::vector<Node>;

std::vector<Parts> split(const Node& n, std::size_t most) {
  std::vector<Parts> out;
  if (n.op == Op::or_) {
    for (const Node& arg : n.args)
      for (auto& parts : split(arg, most)) out.push_back(std::move(parts));
  } else if (n.op == Op::and_) {
    out.emplace_back();
    for (const Node& arg : n.args) {
      std::vector<Parts> crossed;
      for (const auto& right : split(arg, most))
        for (const Parts& left : out) {
          crossed.push_back(left);
          crossed.back().insert(crossed.back().end(), right.begin(), right.end());
        }
      out = std::move(crossed);
      if (out.size() > most) break;
    }
  } else if (n.op == Op::in && n.args.size() > 2 &&
             std::all_of(n.args.begin() + 1, n.args.end(), [](const Node& a) { return a.op == Op::literal; })) {
    for (std::size_t i = 1; i < n.args.size(); ++i) {
      Node equal = n;
      equal.op = Op::eq;
      equal.args = {n.args[0], n.args[i]};
      out.push_back({std::move(equal)});
    }
  } else {
    out.push_back({n});
  }
  if (out.size() > most) out = {{n}};
  return out;
}

}  // namespace

std::vector<Typed> alternatives(const Typed& condition, std::size_t most) {
  std::vector<Typed> out;
  for (auto& parts : split(condition.root(), most)) {
    if (parts.size() == 1) {
      out.emplace_back(std::make_shared<const Node>(std::move(parts.front())));
      continue;
    }
    Node all;
    all.op = Op::and_;
    all.at = condition.root().at;
    all.args = std::move(parts);
    out.emplace_back(std::make_shared<const Node>(std::move(all)));
  }
  return out;
}

}  // namespace civitas::query
