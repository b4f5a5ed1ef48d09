#include "place_names/engine/search.hpp"

#include <algorithm>

namespace civitas::place_names {

using namespace index_format;

namespace {

constexpr std::size_t memo_size = 2048;
constexpr std::size_t longest_key = 20;
constexpr std::size_t most_candidates = 12;
/// Bound on the work for one text, in compared cells: ordinary damaged addresses need a fifth of it, and a
/// text made to cost much costs about a millisecond.
constexpr std::size_t most_work = 20000;

}  // namespace

void Search::run(const SearchBase& base, std::string_view text, Spelling spelling, Brackets brackets) {
  index_ = &base.index;
  table_ = &base.table;
  home_begin_ = base.home_begin;
  home_end_ = base.home_end;
  if (memo_.empty()) {
    memo_.resize(memo_size);
    seen_.resize(memo_size);
  }
  if (++run_ == 0x7FFFFFFF) {
    for (auto& m : memo_) m.run = 0;
    for (auto& s : seen_) s.second = 0;
    for (auto& p : parts_) p.run = 0;
    run_ = 1;
  }
  found.clear();
  hits_.clear();
  upper_contexts_.clear();
  town_contexts_.clear();
  settings_.clear();
  settings_found_ = false;
  places_known_ = home_begin_ != home_end_ && (base.index.nodes[home_begin_].flags & holds_places);
  mentions.count = 0;
  budget_ = most_work;
  view.prepare(base.index, base.table, text, spelling, brackets);
  if (view.cells.count == 0) return;

  find_hits();
  find_contexts();
  read_mentions(view.cells, base.parts, indexed_, mentions);
  search_divisions();
  if (!places_known_) return;
  budget_ = std::max(budget_, most_work / 2);
  search_places();
}

void Search::search_divisions() {
  const auto& index = *index_;
  const Context root{0, static_cast<std::uint32_t>(index.nodes.size()), 0, none};
  for (const auto& c : upper_contexts_) add_township_contexts(c);
  if (upper_contexts_.empty()) add_township_contexts(root);
  std::sort(town_contexts_.begin(), town_contexts_.end(), [](const Context& a, const Context& b) {
    return a.cover != b.cover ? a.cover > b.cover : a.node < b.node;
  });
  if (town_contexts_.size() > 12) town_contexts_.resize(12);
  float last_cover = 0;
  for (const auto& c : town_contexts_) {
    if (good_enough() && c.cover + 0.5f < last_cover) return;  // covers less than what explained all
    last_cover = c.cover;
    add_candidate(c.node, false);
    add_lower_hits(c, 12);
  }
  for (const auto& c : upper_contexts_) add_candidate(c.node, false);
  if (good_enough() && found.front().named) {
    // A road or estate read as the rest of an address may be a place name of the index.
    const auto node = found.front().node;
    add_lower_hits({node, index.nodes[node].subtree_end, 0, node}, 12);
    for (const auto& c : upper_contexts_) add_lower_hits(c, 12);
  }
  if (good_enough()) return;
  if (!town_contexts_.empty() && certain(town_contexts_[0].node) &&
      (town_contexts_.size() == 1 || town_contexts_[1].cover + 1 < town_contexts_[0].cover)) {
    scan_children(town_contexts_[0].node);  // the rest is one of its villages, damaged, or none
    return;
  }
  for (const auto& c : upper_contexts_) {
    add_lower_hits(c, 24);
    if (good_enough()) return;
  }
  bool county_certain = false;
  std::size_t counties = 0;
  for (const auto& c : upper_contexts_) {
    if (index.nodes[c.node].level != 3 || counties == 2 || (counties && c.cover + 0.5f < upper_contexts_[0].cover))
      continue;
    ++counties;
    read_county(c);
    county_certain = county_certain || certain(c.node);
    if (good_enough()) return;
  }
  if (county_certain) return;
  read_elsewhere(root, counties);
}

/// Stands in the text with its own ending, and so does the division right above (for a county: any above).
bool Search::certain(std::uint32_t node) const {
  constexpr std::uint16_t doubts = suffix_missing | suffix_differs | alias | character_damage;
  const auto level = index_->nodes[node].level;
  for (const auto& c : found) {
    if (c.node != node || (c.level[level - 1u].damage & doubts)) continue;
    for (auto n = index_->nodes[node].parent; n != none; n = index_->nodes[n].parent) {
      if (index_->nodes[n].flags & 1) continue;
      const auto& p = c.level[index_->nodes[n].level - 1u];
      if (p.end && !(p.damage & (alias | character_damage))) return true;
      if (level > 3) break;
    }
  }
  return false;
}

/// The townships of a county with damages, the villages of the best of them, then the county's villages by
/// key.
void Search::read_county(const Context& county) {
  std::uint32_t best = none;
  float most = -1;
  Mask taken = 0;
  for (const auto& f : found)
    if (f.node == county.node) taken = f.covered;
  view.look_outside(taken);
  for (std::uint32_t t = county.node + 1; t < county.end; t = index_->nodes[t].subtree_end) {
    if (index_->nodes[t].level != 4 || !view.may_hold(t)) continue;
    add_candidate(t, true);
    const auto& p = placements(t);
    for (std::uint8_t k = 0; k < p.count; ++k)
      if (p.place[k].evidence > most) most = p.place[k].evidence, best = t;
  }
  if (best != none) {
    add_lower_hits({best, index_->nodes[best].subtree_end, 0, best}, 12);
    scan_children(best);
  }
  if (!good_enough()) fuzzy_keys(county, false);
}

/// Without a county that stands in the text as it should.
void Search::read_elsewhere(const Context& root, std::size_t counties) {
  const auto& index = *index_;
  if (!upper_contexts_.empty()) {
    // What looked like a county may be part of a township: 五台街道.
    const std::size_t before = town_contexts_.size();
    add_township_contexts(root);
    for (std::size_t i = before; i < town_contexts_.size() && i < before + 40; ++i) {
      const Context c = town_contexts_[i];
      add_candidate(c.node, false);
      add_lower_hits(c, 12);
    }
    town_contexts_.resize(before);
    if (good_enough()) return;
  }
  add_lower_hits(root, 64);
  if (good_enough()) return;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, town_contexts_.size()); ++i)
    scan_children(town_contexts_[i].node);
  if (good_enough()) return;
  if (counties == 0) {
    // The county is missing or damaged: look among those of the city or province, or anywhere by key.
    const std::size_t known = upper_contexts_.size();
    for (std::size_t i = 0; i < std::min<std::size_t>(2, known); ++i) scan_children(upper_contexts_[i].node);
    // In letters every other pair of syllables is some township: those with their ending first.
    if (known == 0 && view.cells.has_letters) fuzzy_keys(root, true, Among::with_ending);
    if (known == 0 && (!view.cells.has_letters || found.empty())) fuzzy_keys(root, true);
    std::array<std::uint32_t, 3> fresh{};
    std::size_t fresh_count = 0;
    for (const auto& c : found)
      if (index.nodes[c.node].level <= 4 && fresh_count < 3 && c.level[index.nodes[c.node].level - 1u].loss > 0)
        fresh[fresh_count++] = c.node;
    for (std::size_t f = 0; f < fresh_count; ++f) {
      const auto node = fresh[f];
      const Context c{node, index.nodes[node].subtree_end, 0, node};
      if (index.nodes[node].level == 4) {
        add_lower_hits(c, 12);
        scan_children(node);
        continue;
      }
      const std::size_t before = town_contexts_.size();
      add_township_contexts(c);
      for (std::size_t i = before; i < town_contexts_.size() && i < before + 4; ++i) {
        add_lower_hits(town_contexts_[i], 12);
        add_candidate(town_contexts_[i].node, false);
        scan_children(town_contexts_[i].node);
      }
      add_lower_hits(c, 24);
      if (index.nodes[node].level == 3) read_county(c);
      if (good_enough()) return;
    }
  }
  if (counties == 0) fuzzy_keys(upper_contexts_.empty() ? root : upper_contexts_[0], false);
}

void Search::find_hits() {
  const auto& cells = view.cells;
  for (std::size_t i = 0; i < cells.count; ++i) {
    if (!cells[i].han) continue;
    auto key = key_begin(KeyKind::core);
    for (std::size_t j = i; j < cells.count && j < i + longest_key && cells[j].han; ++j) {
      key = key_add(key, cells[j].ch);
      const auto full = key_end(key);
      if (!index_->bloom_may_hold(full)) continue;
      if (j == i && !(i == 0 || cells[i].break_before)) continue;
      const auto upper = index_format::find(index_->upper, index_->postings, full);
      const auto lower = index_format::find(index_->lower, index_->postings, full);
      if (!upper.empty() || !lower.empty())
        hits_.push_back({static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(j + 1), upper, lower});
    }
  }
}

void Search::find_contexts() {
  indexed_ = {};
  for (const auto& hit : hits_)
    for (auto id : hit.upper) {
      if (index_->nodes[id].level > 3) continue;
      if (std::any_of(upper_contexts_.begin(), upper_contexts_.end(), [&](const Context& c) { return c.node == id; }))
        continue;
      auto& places = placements(id);
      float cover = 0;
      for (std::uint8_t k = 0; k < places.count; ++k) {
        const auto& p = places.place[k];
        float value = static_cast<float>(p.end - p.begin);
        if (p.damage & (suffix_missing | suffix_differs)) value -= 0.5f;
        cover = std::max(cover, value);
        if (auto& name = indexed_.at[p.begin]; p.end >= name.end && !(p.damage & (suffix_differs | character_damage)))
          name = {p.end, !(p.damage & suffix_missing), index_->nodes[id].level > 1};
      }
      if (cover > 0) upper_contexts_.push_back({id, index_->nodes[id].subtree_end, cover, id});
    }
  // What the ancestors cover counts for a division too.
  own_.clear();
  for (const auto& c : upper_contexts_) own_.push_back(c.cover);
  for (auto& c : upper_contexts_)
    for (std::size_t k = 0; k < own_.size(); ++k) {
      const auto& other = upper_contexts_[k];
      if (other.node != c.node && other.begin < c.node && c.node < other.end) c.cover += own_[k];
    }
  std::sort(upper_contexts_.begin(), upper_contexts_.end(), [&](const Context& a, const Context& b) {
    if (a.cover != b.cover) return a.cover > b.cover;
    const bool ha = a.node >= home_begin_ && a.node < home_end_, hb = b.node >= home_begin_ && b.node < home_end_;
    if (ha != hb) return ha;
    const auto la = index_->nodes[a.node].level, lb = index_->nodes[b.node].level;
    return la != lb ? la > lb : a.node < b.node;
  });
  if (upper_contexts_.size() > 6) upper_contexts_.resize(6);
}

void Search::add_township_contexts(const Context& context) {
  for (const auto& hit : hits_) {
    if (hit.upper.empty()) continue;
    auto first = std::lower_bound(hit.upper.begin(), hit.upper.end(), context.begin);
    auto last = std::lower_bound(first, hit.upper.end(), context.end);
    std::size_t taken = 0;
    for (auto at = first; at != last && taken < 48; ++at) {
      const Node& node = index_->nodes[*at];
      if (node.level != 4) continue;
      if (context.node == none && !hit.lower.empty() && hit.upper.size() > 200) continue;
      if (std::any_of(town_contexts_.begin(), town_contexts_.end(), [&](const Context& c) { return c.node == *at; }))
        continue;
      auto& places = placements(*at);
      float cover = 0;
      for (std::uint8_t k = 0; k < places.count; ++k) {
        const auto& p = places.place[k];
        if (context.node == none && (p.damage & suffix_missing)) continue;
        cover = std::max(cover, static_cast<float>(p.end - p.begin) - ((p.damage & suffix_differs) ? 0.5f : 0.0f));
      }
      if (cover == 0) continue;
      const bool home = *at >= home_begin_ && *at < home_end_;
      ++taken;
      town_contexts_.push_back({*at, node.subtree_end, context.cover + cover + (home ? 0.25f : 0.0f), *at});
    }
  }
}

void Search::add_lower_hits(const Context& context, std::size_t at_most) {
  for (const auto& hit : hits_) {
    if (hit.lower.empty()) continue;
    auto add_range = [&](std::uint32_t begin, std::uint32_t end) {
      auto first = std::lower_bound(hit.lower.begin(), hit.lower.end(), begin);
      auto last = std::lower_bound(first, hit.lower.end(), end);
      std::size_t added = 0;
      for (auto at = first; at != last && added < at_most; ++at, ++added) add_candidate(*at, false);
    };
    if (context.node == none) {
      add_range(home_begin_, home_end_);
      if (hit.lower.size() > at_most) continue;
    }
    add_range(context.begin, context.end);
  }
}

void Search::scan_children(std::uint32_t parent) {
  const Node& p = index_->nodes[parent];
  Mask taken = 0;
  for (const auto& c : found)
    if (c.node == parent) taken = c.covered;
  view.look_outside(taken);
  for (std::uint32_t child = parent + 1; child < p.subtree_end; child = index_->nodes[child].subtree_end) {
    const Node& node = index_->nodes[child];
    if (node.level == 6) break;  // places come last
    if (node.flags & 1) {
      scan_children(child);
      continue;
    }
    if (view.may_hold(child)) add_candidate(child, true);
  }
}

void Search::fuzzy_keys(const Context& context, bool upper, Among among) {
  const auto& cells = view.cells;
  const auto table = upper ? index_->upper : index_->fuzzy;
  // Only what the best reading so far leaves unread.
  const Mask covered = found.empty() || upper ? Mask(0) : found.front().covered;
  std::size_t lookups = 0;
  std::size_t after = 0;  // the cell behind the key
  auto add = [&](std::uint64_t key, std::span<const Slot> slots) {
    ++lookups;
    const auto list = index_format::find(slots, index_->postings, key);
    auto first = std::lower_bound(list.begin(), list.end(), context.begin);
    auto last = std::lower_bound(first, list.end(), context.end);
    if (context.node == none && last - first > 48) {  // too many: the home division only
      first = std::lower_bound(list.begin(), list.end(), home_begin_);
      last = std::lower_bound(first, list.end(), home_end_);
    }
    std::size_t added = 0;
    for (auto at = first; at != last && added < 24; ++at) {
      const auto level = index_->nodes[*at].level;
      if ((among == Among::with_ending && !view.ending_at(after, level)) || (among == Among::places && level != 6)) continue;
      add_candidate(*at, true);
      ++added;
    }
  };
  for (std::size_t i = 0; i < cells.count && lookups < 320; ++i) {
    if ((covered >> i) & 1) continue;
    const bool start = i == 0 || ((covered >> (i - 1)) & 1) || cells[i].break_before || upper || cells.has_letters;
    const bool second = !start && i > 0 && (i == 1 || ((covered >> (i - 2)) & 1));
    if (!start && !second) continue;
    std::size_t end = i;
    while (end < cells.count && end < i + 8 && !((covered >> end) & 1) && (cells[end].han || cells[end].ch == 0)) ++end;
    auto sound = key_begin(KeyKind::sound), initials = key_begin(KeyKind::initials);
    bool all_sound = true, all_initials = true, letters = false;
    for (std::size_t j = i; j < end; ++j) {
      const Cell& cell = cells[j];
      after = j + 1;
      all_sound = all_sound && cell.sound;
      letters = letters || cell.ch == 0;
      sound = key_add(sound, table_->loose(cell.sound));
      const char letter = cell.initial ? cell.initial : cell.sound ? table_->initial(cell.sound) : 0;
      all_initials = all_initials && letter;
      initials = key_add(initials, static_cast<unsigned char>(letter));
      const std::size_t length = j - i + 1;
      if (length < 2) continue;
      if (all_sound) add(key_end(sound), table);
      if (all_initials && !all_sound && (length >= 3 || context.node != none)) add(key_end(initials), table);
      if (letters) continue;
      // One character missing here; one wrong; one too many.
      if (length <= 6) {
        auto whole = key_begin(KeyKind::deletion);
        for (std::size_t k = i; k <= j; ++k) whole = key_add(whole, cells[k].ch);
        add(key_end(whole), table);
      }
      if (length >= 3 || context.node != none)
        for (std::size_t skip = i; skip <= j && length <= 7; ++skip) {
          auto wrong = key_begin(KeyKind::deletion), extra = key_begin(KeyKind::core);
          for (std::size_t k = i; k <= j; ++k)
            if (k != skip) {
              wrong = key_add(wrong, cells[k].ch);
              extra = key_add(extra, cells[k].ch);
            }
          add(key_end(wrong), table);
          if (length >= 3) add(key_end(extra), upper ? index_->upper : index_->lower);
        }
    }
  }
}

bool Search::spend(std::size_t work) {
  if (budget_ < work) return false;
  budget_ -= work;
  return true;
}

bool Search::good_enough() const { return !found.empty() && found.front().clean(); }

Placements& Search::placements(std::uint32_t node) {
  std::size_t at = (node * 0x9E3779B1u) >> 21;
  for (int probes = 0; probes < 24; ++probes, at = (at + 1) & (memo_size - 1)) {
    auto& m = memo_[at];
    if (m.run == run_ && m.node == node) return m.places;
    if (m.run == run_ && probes < 23) continue;
    m.run = run_;
    m.node = node;
    m.places.count = 0;
    m.places.tried_fuzzy = false;
    view.place_exactly(node, m.places);
    return m.places;
  }
  return memo_[at].places;
}

/// The parts of an address in cells [begin, end).
const AddressSpans& Search::parts(std::size_t begin, std::size_t end, After after) {
  auto& p = parts_[(begin * 5 + end * 2 + static_cast<std::size_t>(after)) % parts_.size()];
  if (p.run != run_ || p.begin != begin || p.end != end || p.after != after) {
    p.run = run_;
    p.begin = static_cast<std::uint8_t>(begin);
    p.end = static_cast<std::uint8_t>(end);
    p.after = after;
    p.spans.count = 0;
    read_address(view.cells, begin, end, after, p.spans);
  }
  return p.spans;
}

void Search::add_candidate(std::uint32_t node, bool loosely) {
  std::size_t at = (node * 0x9E3779B1u) >> 21;
  while (seen_[at].second == run_ * 2 + 1 || seen_[at].second == run_ * 2) {
    if (seen_[at].first == node) {
      if (!loosely || (seen_[at].second & 1)) return;
      break;
    }
    at = (at + 1) & (memo_size - 1);
  }
  if (!spend(20 + 2 * view.cells.count)) return;
  seen_[at] = {node, run_ * 2 + (loosely ? 1u : 0u)};
  Candidate c;
  score(node, loosely, c);
  if (c.node == none) return;
  if (const auto parent = index_->nodes[node].parent;
      index_->nodes[node].level == 5 && parent != none && bears_name_of(node, parent))
    add_candidate(parent, loosely);
  auto at_found = std::find_if(found.begin(), found.end(), [&](const Candidate& old) { return old.node == node; });
  if (at_found != found.end()) {
    if (at_found->total >= c.total) return;
    *at_found = c;
  } else {
    if (found.size() >= most_candidates) {
      if (c.total <= found.back().total) return;
      found.pop_back();
    }
    found.push_back(c);
    at_found = found.end() - 1;
  }
  for (; at_found != found.begin() && (at_found - 1)->total < at_found->total; --at_found)
    std::swap(*(at_found - 1), *at_found);
}

}  // namespace civitas::place_names
