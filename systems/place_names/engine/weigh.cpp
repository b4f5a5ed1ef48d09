// How well the path of one candidate agrees with the text: which level stands where, what is damaged, left
// out or unread.
#include <algorithm>
#include <cmath>

#include "place_names/engine/search.hpp"
#include "place_names/engine/suffix.hpp"

namespace civitas::place_names {

using namespace index_format;

namespace {

/// About how many nodes of the level lie in a range of `nodes` nodes: the choice among which a name is found
/// by chance.
float choices(std::uint32_t nodes, int level) {
  static constexpr float share[] = {1, 1.0f / 20000, 1.0f / 1900, 1.0f / 210, 1.0f / 16, 1, 1};
  return std::log(1.0f + static_cast<float>(nodes) * share[level]);
}

}  // namespace

void Search::score(std::uint32_t id, bool loosely, Candidate& out) {
  const auto& w = *index_->calibration;
  std::array<std::uint32_t, 6> chain;
  std::size_t depth = 0;
  for (auto n = id; n != none && depth < 6; n = index_->nodes[n].parent)
    if (!(index_->nodes[n].flags & 1)) chain[depth++] = n;
  if (depth == 0 || chain[0] != id) return;
  // memo_ entries stay valid while it is not resized; copies keep this free of aliasing.
  std::array<Placements, 6> places;
  for (std::size_t d = 0; d < depth; ++d) places[d] = placements(chain[d]);
  // A core without its ending may be a piece of a damaged longer one: 姚家湾|湾村委会.
  auto incomplete = [](const Placements& list) {
    for (std::uint8_t k = 0; k < list.count; ++k)
      if (!(list.place[k].damage & (suffix_missing | extra_char))) return false;
    return true;
  };
  std::array<Mask, 7> above{};  // what the levels above take letter by letter
  for (std::size_t d = depth; d-- > 0;)
    above[d] = d + 1 < depth && places[d + 1].count && !incomplete(places[d + 1])
                   ? above[d + 1] | mask_of(places[d + 1].place[0].begin, places[d + 1].place[0].end)
                   : above[d + 1];
  if (loosely && incomplete(places[0])) {
    auto& memo = placements(id);
    if (!memo.tried_fuzzy && spend(view.cells.count * 6)) {
      memo.tried_fuzzy = true;
      view.place_loosely(id, above[0] | named_cells(id), memo);
    }
    places[0] = memo;
  }
  if (places[0].count == 0) return;

  auto choose = [&](const Placement& deep, bool with_loose_parents, Candidate& c) {
    c.node = id;
    c.level[index_->nodes[id].level - 1u] = deep;
    c.covered = mask_of(deep.begin, deep.end);
    c.total = deep.evidence;
    c.loss = deep.loss;
    const Placement* below = &deep;
    std::uint32_t context = none;
    const int deep_level = index_->nodes[id].level;
    // 甘孜 in 甘孜藏族自治州 is the prefecture and not the county of that name.
    auto belongs_above = [&](const Placement& p, std::size_t d) {
      if (!(p.damage & suffix_missing)) return false;
      for (std::size_t a = d + 1; a < depth; ++a)
        for (std::uint8_t k = 0; k < places[a].count; ++k) {
          const auto& q = places[a].place[k];
          if (q.begin == p.begin && q.end > p.end && !(q.damage & (suffix_missing | suffix_differs | character_damage)))
            return true;
        }
      return false;
    };
    for (std::size_t d = 1; d < depth; ++d) {
      const Node& node = index_->nodes[chain[d]];
      const Placement* best = nullptr;
      float most = 0;
      auto consider = [&](const Placements& list) {
        for (std::uint8_t k = 0; k < list.count; ++k) {
          const auto& p = list.place[k];
          if (c.covered & mask_of(p.begin, p.end) || belongs_above(p, d)) continue;
          // 博 is not 淄博市.
          if ((p.damage & missing_char) && (p.damage & suffix_missing) && p.core_end == p.begin + 1) continue;
          // 雨碌碌乡 is not 雨碌(村) and then a damaged 雨碌乡: what stands in another order stands as it should.
          const bool unsure =
              (p.damage & character_damage) || ((below->damage & character_damage) && (below->damage & suffix_missing));
          if (p.begin >= below->end && unsure && !view.cells[p.begin].break_before) continue;
          float value = p.evidence - (p.begin >= below->end ? w.out_of_order : 0);
          // 湖北|北省: what follows will have to be explained.
          if (with_loose_parents && (p.damage & (suffix_missing | alias)) && p.end < view.cells.count &&
              view.cells[p.end].han && !view.cells[p.end].break_before && !((c.covered >> p.end) & 1))
            value -= w.unread_claim;
          if (value > most) most = value, best = &p;
        }
      };
      consider(places[d]);
      if (with_loose_parents && (!best || (best->damage & (suffix_missing | alias | character_damage)))) {
        auto& memo = placements(chain[d]);
        if (!memo.tried_fuzzy && view.may_hold(chain[d]) && spend(view.cells.count * 6)) {
          memo.tried_fuzzy = true;
          view.place_loosely(chain[d], c.covered | above[d] | named_cells(chain[d]), memo);
        }
        places[d] = memo;
        consider(places[d]);
      }
      if (!best) {
        const float cost = node.level == 2   ? w.absent_city
                           : node.level == 3 ? w.absent_county
                           : node.level == 4 ? w.absent_township
                                             : 0.0f;
        if (deep_level == 6) continue;
        c.absent |= static_cast<std::uint8_t>(1u << node.level);
        c.total -= cost;
        c.upper_loss += cost;
        continue;
      }
      if (best->begin >= below->end) c.out_of_order = true, c.loss += 0.5f;
      c.total += most;
      c.upper_loss += best->loss;
      c.level[node.level - 1u] = *best;
      c.covered |= mask_of(best->begin, best->end);
      below = &c.level[node.level - 1u];
      if (context == none) context = chain[d];
    }
    const auto size = context == none ? static_cast<std::uint32_t>(index_->nodes.size())
                                      : index_->nodes[context].subtree_end - context;
    c.evidence = deep.evidence - choices(size, deep_level);
    for (const auto& p : c.level)  // 西岭湾村 may be another village than 西岭村: a person looks at it
      if (p.damage & extra_at_end) c.evidence = std::min(c.evidence, w.match_evidence - 0.1f);
    c.home = id >= home_begin_ && id < home_end_;
    if (c.home) c.total += w.home_bonus;
    if (deep_level == 5 && depth > 1) {
      if ((deep.damage & suffix_missing) && bears_name_of(id, chain[1])) {
        c.total -= 12;  // 产业管理处 is the office itself and not its virtual community of the same name
        c.loss += 2;
      } else if (deep.damage & (suffix_missing | suffix_differs)) {
        for (std::uint8_t k = 0; k < places[1].count; ++k)
          if (places[1].place[k].begin >= deep.begin && places[1].place[k].end <= deep.end) {
            c.total -= 6;  // the township's name belongs to the township
            break;
          }
      }
    }
    if (deep_level == 4 && depth > 1 && (deep.damage & suffix_missing))
      for (std::uint8_t k = 0; k < places[1].count; ++k) {
        const auto& p = places[1].place[k];
        if (p.begin >= deep.begin && p.end == deep.end && p.end > p.core_end) {
          c.total -= 6;  // 晋江市 is the city and not the development zone that bears its name
          break;
        }
      }
    if ((deep_level == 4 || deep_level == 5) && (deep.damage & suffix_missing) &&
        (is_road(deep) || (places_known_ && is_road_term_last(deep)))) {
      c.total -= (deep.damage & character_damage) ? 2 * w.unread_claim : w.glued;
      c.loss += w.glued;
      // The community is a good guess of where the road runs, and no more.
      c.evidence = std::min(c.evidence, w.match_evidence - 0.1f);
      if (places_known_) c.total -= 2 * w.unread_claim;  // the road itself is recorded, or nothing is known of it
    }
    if ((deep_level == 6 && !read_place(c, deep)) ||
        (deep_level >= 4 && deep_level <= 5 && (deep.damage & suffix_missing) && knows_places(id) &&
         begins_longer_name(deep))) {
      c.node = none;
      return;
    }
    // What remains can only speak against it.
    if (!found.empty() && c.total < found.front().total - 12) {
      c.node = none;
      return;
    }
    for (const auto& mention : mentions)  // 汉口 beside 武汉市
      if (mention.part && mention.part->holds(index_->nodes[id].code_high / 1000) &&
          !(c.covered & mask_of(mention.begin, mention.end)))
        c.covered |= mask_of(mention.begin, mention.end);
    weigh_rest(c);
    if (deep_level != 6 || names_road(id)) return;
    // 武汉大学 of 武汉大学人民医院 is another institution, 东湖 of 东湖经济开发区 no lake.
    for (std::size_t s = 0; s < c.rest.count; ++s) {
      const auto& span = c.rest.span[s];
      if (span.begin != deep.end || span.end - span.begin < 3 || !view.cells[span.begin].han ||
          view.cells[span.begin].break_before || numeral(view.cells[span.begin].ch) >= 0)
        continue;
      if (span.part == AddressPart::organisation ||
          (!is_closed(deep) && (span.part == AddressPart::road || span.part == AddressPart::area ||
                                span.part == AddressPart::building || span.part == AddressPart::division)))
        c.node = none;
    }
  };

  for (std::uint8_t k = 0; k < places[0].count; ++k) {
    Candidate c;
    const Placement deep = places[0].place[k];
    choose(deep, loosely, c);
    if (c.node != none && !loosely && (c.claim || c.unread)) {
      Candidate again;
      choose(deep, true, again);
      if (again.node != none && again.total > c.total) c = again;
    }
    if (c.node == none) continue;
    if (out.node == none || c.total > out.total) out = c;
  }
}

bool Search::bears_name_of(std::uint32_t child, std::uint32_t parent) const {
  const Node &c = index_->nodes[child], &p = index_->nodes[parent];
  if (c.form_count == 0 || p.form_count == 0) return false;
  const auto own = index_->chars_of(index_->forms[c.form_begin]);
  const auto& form = index_->forms[p.form_begin];
  const auto core = index_->chars_of(form);
  const auto ending = suffixes()[form.suffix].text;
  return own.size() == core.size() + ending.size() && own.starts_with(core) && own.ends_with(ending);
}

/// Whether the name ends in a generic term: 中北路 does, 归元寺 does not.
bool Search::is_closed(const Placement& p) const {
  for (std::size_t b = p.begin + 1u; b < p.end; ++b)
    if (closing_at(view.cells, b, p.end).length == p.end - b) return true;
  return false;
}

/// 古田 in 古田四路 and 墨水湖 in 墨水湖路 are words of another name: a generic term stands behind, or a road's one
/// character on when the name has no generic term itself.
bool Search::begins_longer_name(const Placement& p) const {
  const auto& cells = view.cells;
  if (p.end >= cells.count || cells[p.end].break_before || !cells[p.end].han) return false;
  if (closing_at(cells, p.end, cells.count).length) return true;
  return !is_closed(p) && p.end + 1u < cells.count && !cells[p.end + 1u].break_before &&
         closing_at(cells, p.end + 1u, cells.count).part == AddressPart::road;
}

/// 珞喻路 before a number or a crossing is the road and not the community named after it; so is 八一 in
/// 八一路.
bool Search::is_road(const Placement& p) const {
  constexpr std::u16string_view roads = u"路街巷道";
  const auto& cells = view.cells;
  const bool ends = cells[p.end - 1u].ch && roads.find(cells[p.end - 1u].ch) != std::u16string_view::npos;
  if (p.end >= cells.count) return ends && (p.damage & character_damage);
  const auto next = cells[p.end].ch;
  return (next && roads.find(next) != std::u16string_view::npos) || (ends && !cells[p.end].break_before);
}

/// 复兴路 is the road and not its community, also where the text ends.
bool Search::is_road_term_last(const Placement& p) const {
  const char16_t last = view.cells[p.end - 1u].ch;
  return last && std::u16string_view(u"路街巷道").find(last) != std::u16string_view::npos;
}

/// 路 alone, without a break: what was read before it was a road's name.
bool Search::is_road_term(const AddressSpan& span) const {
  const auto term = closing_at(view.cells, span.begin, span.end);
  return term.part == AddressPart::road && term.length == std::size_t{span.end} - span.begin &&
         !view.cells[span.begin].break_before;
}

void Search::weigh_rest(Candidate& c) {
  const auto& w = *index_->calibration;
  const auto& cells = view.cells;
  const int deep_level = index_->nodes[c.node].level;
  const Placement deep = c.level[static_cast<std::size_t>(deep_level) - 1];
  c.rest.count = 0;
  for (std::size_t b = 0; b < cells.count;) {
    if ((c.covered >> b) & 1) {
      ++b;
      continue;
    }
    // A level written twice is no other place.
    std::size_t again = 0;
    for (const auto& p : c.level) {
      if (p.end == 0 || (p.damage & character_damage)) continue;
      for (const std::size_t length :
           {static_cast<std::size_t>(p.end - p.begin), static_cast<std::size_t>(p.core_end - p.begin)}) {
        if (length < 2 || b + length > cells.count || length <= again) continue;
        bool same = true;
        for (std::size_t k = 0; same && k < length; ++k)
          same = cells[b + k].reads_as(cells[p.begin + k]) && !((c.covered >> (b + k)) & 1);
        if (same) again = length;
      }
    }
    if (places_known_)  // 武汉市 beside 汉口, 江岸 beside 江岸区
      for (auto n = c.node; n != none && !again; n = index_->nodes[n].parent) {
        const auto& list = placements(n);
        for (std::uint8_t k = 0; k < list.count; ++k) {
          const auto& p = list.place[k];
          if (p.begin == b && !(p.damage & (character_damage | suffix_differs)) && !(c.covered & mask_of(p.begin, p.end)))
            again = std::max<std::size_t>(again, p.end - p.begin);
        }
      }
    if (again) {
      b += again;
      continue;
    }
    std::size_t e = b;
    while (e < cells.count && !((c.covered >> e) & 1)) ++e;
    const bool village = deep_level >= 5 && b >= deep.end && !(deep.damage & suffix_missing);
    const auto from = c.rest.count;
    const auto& unread = parts(b, e, village ? After::village : After::higher_division);
    for (std::size_t s = 0; s < unread.count; ++s) {
      const auto& span = unread.span[s];
      if (places_known_ && s > 0 && span.part == AddressPart::words && is_road_term(span)) {
        auto& name = c.rest.span[c.rest.count - 1];  // 佳园|路
        name.part = AddressPart::road;
        name.end = span.end;
      } else {
        c.rest.add(span);
      }
    }
    for (std::size_t s = from; s < c.rest.count; ++s) {
      auto& span = c.rest.span[s];
      // Words behind a road or a house number are the free name of what stands there.
      if (span.part == AddressPart::words && places_known_ && s > from &&
          (c.rest.span[s - 1].part == AddressPart::number || c.rest.span[s - 1].part == AddressPart::road) &&
          knows_places(c.node))
        span.part = AddressPart::area;
      if (span.begin == deep.end && (deep.damage & suffix_missing) && cells[span.begin].han &&
          !cells[span.begin].break_before && deep_level <= 5 && span.part != AddressPart::number &&
          span.part != AddressPart::building && span.part != AddressPart::unit && span.part != AddressPart::room &&
          span.part != AddressPart::relation && span.part != AddressPart::person) {
        c.total -= w.glued;
        c.loss += w.glued;
      }
      c.named = c.named || span.part == AddressPart::road || span.part == AddressPart::area ||
                span.part == AddressPart::organisation || span.part == AddressPart::building;
      if (span.part == AddressPart::division) {
        c.claim = true;
        c.total -= w.unread_claim;
        c.loss += w.unread_claim;
      } else if (span.part == AddressPart::words) {
        std::uint8_t words = 0;
        for (std::size_t k = span.begin; k < span.end; ++k) words += cells[k].han || cells[k].ch == 0;
        c.unread = static_cast<std::uint8_t>(c.unread + words);
        c.total -= w.unread_char * words;
        c.loss += w.unread_char * words;
      }
    }
    b = e;
  }
}

}  // namespace civitas::place_names
