// Standard place names that are no divisions (roads, bridges, estates, institutions): which of the home division's a text
// names, and whether the divisions and roads around it agree.
#include <algorithm>

#include "place_names/engine/search.hpp"

namespace civitas::place_names {

using namespace index_format;

namespace {

constexpr std::uint16_t not_as_it_should = character_damage | suffix_differs | old_name;

}  // namespace

std::uint32_t Search::ancestor(std::uint32_t node, int level) const {
  while (node != none && index_->nodes[node].level > level) node = index_->nodes[node].parent;
  return node != none && index_->nodes[node].level == level ? node : none;
}

bool Search::knows_places(std::uint32_t node) const {
  const auto county = ancestor(node, 3);
  return index_->nodes[county == none ? node : county].flags & holds_places;
}

bool Search::names_road(std::uint32_t place) const {
  const auto& node = index_->nodes[place];
  if (node.level != 6 || node.form_count == 0) return false;
  const auto name = index_->chars_of(index_->forms[node.form_begin]);
  return std::u16string_view(u"路街巷道弄线").find(name.back()) != std::u16string_view::npos;
}

/// Cells that name something else letter by letter: no damaged form of the node stands there.
Mask Search::named_cells(std::uint32_t node) const {
  Mask cells = 0;
  for (const auto& mention : mentions)
    if (!mention.part && mention.full) cells |= mask_of(mention.begin, mention.end);
  for (const auto& s : settings_)
    if (s.node != node && s.whole && index_->nodes[s.node].level == 3) cells |= mask_of(s.begin, s.end);
  return cells;
}

void Search::find_settings() {
  settings_found_ = true;
  for (const auto& hit : hits_)
    for (const auto list : {hit.upper, hit.lower}) {
      const auto last = std::ranges::lower_bound(list, home_end_);
      std::size_t taken = 0;
      for (auto at = std::ranges::lower_bound(list, home_begin_); at < last && taken < 24; ++at, ++taken) {
        const auto level = index_->nodes[*at].level;
        if (level < 3 || (level == 6 && !names_road(*at))) continue;
        const auto& places = placements(*at);
        for (std::uint8_t k = 0; k < places.count; ++k) {
          const auto& p = places.place[k];
          const bool whole = !(p.damage & suffix_missing);
          if (p.begin != hit.begin || (p.damage & not_as_it_should) || (!whole && level > 4)) continue;
          if ((!whole || level == 6) && begins_longer_name(p)) continue;
          settings_.push_back({p.begin, p.end, whole, p.evidence, *at});
        }
      }
    }
}

/// The place's surroundings in the text from one cell on: what agrees is read, another county is noted.
void Search::settle(Candidate& c, std::size_t at) {
  for (auto n = index_->nodes[c.node].parent; n != none; n = index_->nodes[n].parent) {  // said twice
    const auto& again = placements(n);
    for (std::uint8_t k = 0; k < again.count; ++k)
      if (const auto& p = again.place[k]; p.begin == at && !(p.damage & not_as_it_should) &&
                                          !(p.damage & suffix_missing) && !(c.covered & mask_of(p.begin, p.end))) {
        c.covered |= mask_of(p.begin, p.end);
        return;
      }
  }
  const auto county = ancestor(c.node, 3);
  const Setting* best = nullptr;
  bool best_agrees = false;
  for (const auto& s : settings_) {
    if (s.begin != at || s.node == c.node || (c.covered & mask_of(s.begin, s.end))) continue;
    if (index_->nodes[s.node].level == 6 && names_road(c.node)) continue;  // two roads: a crossing, or two addresses
    const auto own = ancestor(s.node, 3);
    const bool agrees = county == none || own == county || index_->runs_through(c.node, own);
    if (!agrees && (!s.whole || index_->nodes[s.node].level == 6)) continue;
    // 积玉桥 without its ending is read where something known follows.
    if (!s.whole && s.end < view.cells.count && !view.cells[s.end].break_before && !((c.covered >> s.end) & 1)) continue;
    if (!best || s.end > best->end || (s.end == best->end && agrees && !best_agrees)) best = &s, best_agrees = agrees;
  }
  if (!best) return;
  c.covered |= mask_of(best->begin, best->end);
  c.total += best->evidence;
  if (!best_agrees) note_other_county(c);
}

void Search::note_other_county(Candidate& c) const {
  if (c.other_county) return;
  c.other_county = true;
  c.total -= index_->calibration->glued;
  c.loss += index_->calibration->glued;
}

/// The place is known to lie within the customary part of the city, or to run through it.
bool Search::reaches(std::uint32_t place, const CityParts::Part& part) const {
  const auto six_digits = [&](std::uint32_t node) { return index_->nodes[node].code_high / 1000; };
  if (part.holds(six_digits(place))) return true;
  auto at = std::ranges::lower_bound(index_->crossings, index_format::Crossing{place, 0});
  for (; at != index_->crossings.end() && at->place == place; ++at)
    if (part.holds(six_digits(at->division))) return true;
  return false;
}

/// Where a name may begin: behind what is read, a break or a house number.
bool Search::begins_piece(const Candidate& c, std::size_t at) const {
  const auto& cells = view.cells;
  return at == 0 || cells[at].break_before || ((c.covered >> (at - 1)) & 1) || !cells[at - 1].han ||
         cells[at - 1].ch == u'号';
}

/// Reads what surrounds a place; false when the name is only a part of another one.
bool Search::read_place(Candidate& c, const Placement& deep) {
  if (begins_longer_name(deep)) return false;
  for (const auto& mention : mentions)  // 东湖 of 东湖高新区
    if (deep.begin < mention.end && mention.begin < deep.end &&
        (mention.begin < deep.begin || mention.end > deep.end))
      return false;
  // A short name with another character in it is another name.
  const auto length = index_->chars_of(index_->forms[index_->nodes[c.node].form_begin]).size();
  const bool alone = deep.begin == 0 && deep.end == view.cells.count;
  if ((deep.damage & (wrong_char | missing_char | extra_char)) && length < 7 && !alone) return false;
  if (!settings_found_) find_settings();
  for (int pass = 0; pass < 2; ++pass)  // what was read is where the next may begin
    for (std::size_t at = 0; at < view.cells.count; ++at)
      if (!((c.covered >> at) & 1) && begins_piece(c, at)) settle(c, at);
  for (const auto& mention : mentions)  // the 解放大道 of 东西湖区 is not in 汉口
    if (mention.part && !reaches(c.node, *mention.part)) note_other_county(c);
  return true;
}

const Candidate* Search::rival() const {
  const auto& best = found.front();
  for (std::size_t i = 1; i < found.size(); ++i) {
    const auto node = found[i].node;
    if (index_->nodes[best.node].level == 6) {
      // A division in which the place lies, or another thing that the reading of the place takes for its surroundings.
      if (node <= best.node && best.node < index_->nodes[node].subtree_end) continue;
      if (std::ranges::any_of(settings_, [&](const Setting& s) {
            return s.node == node && (mask_of(s.begin, s.end) & ~best.covered) == 0 &&
                   !(best.level[5].begin < s.end && s.begin < best.level[5].end);
          }))
        continue;
    }
    return &found[i];
  }
  return nullptr;
}

bool Search::prefer_written_division() {
  if (!places_known_) return false;
  constexpr std::uint16_t doubts = suffix_missing | not_as_it_should | alias;
  for (const int level : {4, 3})
    for (auto at = found.begin() + 1; at < found.end(); ++at) {
      const auto& p = at->level[static_cast<std::size_t>(level) - 1];
      if (level_of(at->node) != level || at->claim || !begins_piece(*at, p.begin) || !p.end || (p.damage & doubts) || !knows_places(at->node)) continue;
      std::rotate(found.begin(), at, at + 1);
      return true;
    }
  return false;
}

void Search::search_places() {
  for (const auto& hit : hits_) {
    const auto last = std::ranges::lower_bound(hit.lower, home_end_);
    std::size_t added = 0;
    for (auto at = std::ranges::lower_bound(hit.lower, home_begin_); at < last && added < 24; ++at)
      if (index_->nodes[*at].level == 6) add_candidate(*at, false), ++added;
  }
  // What the best reading leaves may be a road that is written as it sounds.
  if (found.empty() || index_->nodes[found.front().node].level == 6) return;
  const auto& best = found.front();
  if (!best.named && !best.unread) return;
  const auto county = ancestor(best.node, 3);
  if (county != none) fuzzy_keys({county, index_->nodes[county].subtree_end, 0, county}, false, Among::places);
  if (index_->nodes[found.front().node].level != 6) fuzzy_keys({home_begin_, home_end_, 0, home_begin_}, false, Among::places);
}

}  // namespace civitas::place_names
