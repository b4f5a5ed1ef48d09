#include "place_names/engine/judge.hpp"

#include <algorithm>

namespace civitas::place_names {

using namespace index_format;

namespace {

int level_of(const Findings& f) { return f.index->nodes[f.best->node].level; }
const Placement& deepest(const Findings& f) { return f.best->level[f.index->nodes[f.best->node].level - 1u]; }

/// A road with a house number or a crossing, before anything else that has a name: a house is meant, and not some
/// place of that name.
bool leads_to_house(const AddressSpans& rest) {
  for (std::size_t s = 0; s < rest.count; ++s) {
    const auto part = rest.span[s].part;
    if (part == AddressPart::area || part == AddressPart::organisation) return false;
    if (part != AddressPart::road) continue;
    for (std::size_t t = s + 1; t < rest.count; ++t) {
      const auto behind = rest.span[t].part;
      if (behind == AddressPart::number || behind == AddressPart::relation) return true;
      if (behind != AddressPart::road) return false;
    }
    return false;
  }
  return false;
}

/// 鑫源 of 鑫源网络科技有限公司 and 天成 of 泰诚天成医疗器械公司 are words of a firm's name.
bool is_part_of_a_firm(const Findings& f, const Placement& deep) {
  if (!(deep.damage & suffix_missing)) return false;
  const auto& cells = f.search->view.cells;
  bool glued_before = false, firm = false;
  for (std::size_t s = 0; s < f.best->rest.count; ++s) {
    const auto& span = f.best->rest.span[s];
    if (span.end == deep.begin && span.part == AddressPart::words && !cells[deep.begin].break_before)
      glued_before = true;
    if (span.begin == deep.end && span.part == AddressPart::organisation && !cells[span.begin].break_before)
      firm = true;
  }
  return firm && (glued_before || f.best->covered == mask_of(deep.begin, deep.end));
}

/// All that was not found is the county in front of a township and village that agree: it may have had another name.
bool only_the_county_is_unknown(const Findings& f, const Calibration& w) {
  constexpr std::uint16_t doubts = character_damage | suffix_missing | suffix_differs;
  const auto &town = f.best->level[3], &village = f.best->level[4];
  if (level_of(f) != 5 || town.end == 0 || (town.damage & doubts) || (village.damage & doubts) || f.best->level[2].end ||
      f.best->out_of_order || f.best->unread || f.evidence < w.match_evidence || f.margin < w.match_margin)
    return false;
  std::size_t claims = 0;
  for (std::size_t s = 0; s < f.best->rest.count; ++s)
    if (const auto& span = f.best->rest.span[s]; span.part == AddressPart::division)
      claims += span.end == town.begin ? 1 : 2;
  return claims == 1;
}

MatchVerdict judge_division(const Findings& f, const Calibration& w) {
  const auto& best = *f.best;
  const int level = level_of(f);
  const Placement& deep = deepest(f);
  bool named_rest = false;
  for (std::size_t s = 0; s < best.rest.count; ++s) {
    const auto part = best.rest.span[s].part;
    named_rest =
        named_rest || part == AddressPart::road || part == AddressPart::area || part == AddressPart::organisation;
  }
  // Two characters one of which is another, and nothing else to hold on to: 测试 is not 测石村.
  const bool hardly_read = best.covered == mask_of(deep.begin, deep.end) && (deep.damage & suffix_missing) &&
                           (deep.damage & character_damage) && deep.core_end - deep.begin <= 2;
  std::size_t read = 0;
  for (std::size_t i = 0; i < f.search->view.cells.count; ++i) read += (best.covered >> i) & 1;
  if ((best.claim && !only_the_county_is_unknown(f, w)) || is_part_of_a_firm(f, deep) || hardly_read ||
      best.unread > read || f.evidence < w.review_evidence || (level <= 4 && best.unread >= 2) || best.unread > 6)
    return MatchVerdict::none;
  // A county with an estate or a firm may be anywhere in it.
  if (level <= 3 && named_rest)
    return level >= 2 && leads_to_house(best.rest) ? MatchVerdict::review : MatchVerdict::none;
  return f.evidence >= w.match_evidence && f.margin >= w.match_margin && best.unread == 0 && !best.claim &&
                 best.loss < 8 && !f.remark_claims
             ? MatchVerdict::match
             : MatchVerdict::review;
}

/// A name of a road, an estate, a house or an institution, or a free word; not 3栋, B座, 派出所.
bool is_name(const Cells& cells, const AddressSpan& span, const Placement& deep) {
  if (span.part == AddressPart::road && span.begin == deep.end && (deep.damage & suffix_missing)) return true;  // 汉阳|大街
  switch (span.part) {
    case AddressPart::road:
    case AddressPart::area:
    case AddressPart::building:
    case AddressPart::organisation:
    case AddressPart::words: break;
    default: return false;
  }
  const std::size_t length = span.end - span.begin;
  // 特一号楼 is a number, 附属小学 is a name.
  const bool led = length > 1 && std::u16string_view(u"附特临甲乙丙丁负第号").find(cells[span.begin].ch) !=
                                     std::u16string_view::npos;
  const bool numbered = numeral(cells[led ? span.begin + 1u : span.begin].ch) >= 0;
  if (!cells[span.begin].han || (numbered && span.part != AddressPart::road)) return false;
  return length >= 2 && (span.part == AddressPart::words || length > closing_at(cells, span.begin, span.end).length);
}

/// Right behind the road that was found stands a house number: names that follow are what stands there.
bool has_house_number(const Search& search, const Candidate& c) {
  if (!search.names_road(c.node)) return false;
  for (std::size_t s = 0; s < c.rest.count; ++s)
    if (c.rest.span[s].begin == c.level[5].end) return c.rest.span[s].part == AddressPart::number;
  return false;
}

/// The text names something within the division or behind the place that is not known.
bool names_more(const Findings& f) {
  const bool house = has_house_number(*f.search, *f.best);
  if (level_of(f) <= 2)  // 汉口 is more than 武汉市, and no division
    for (const auto& mention : f.search->mentions)
      if (mention.part) return true;
  for (std::size_t s = 0; s < f.best->rest.count; ++s)
    if (const auto& span = f.best->rest.span[s];
        is_name(f.search->view.cells, span, deepest(f)) && !(house && span.begin > f.best->level[5].end))
      return true;
  return false;
}

/// Glued to another name in front: the 第一医院 of 武汉市东西湖第一医院.
bool is_end_of_a_name(const Findings& f, const Placement& deep) {
  const auto& cells = f.search->view.cells;
  if (deep.begin == 0 || cells[deep.begin].break_before) return false;
  for (std::size_t s = 0; s < f.best->rest.count; ++s) {
    const auto& span = f.best->rest.span[s];
    if (span.end != deep.begin) continue;
    return span.part == AddressPart::words || span.part == AddressPart::division ||
           (span.part == AddressPart::road ? f.search->names_road(f.best->node) : is_name(cells, span, deep));
  }
  return false;
}

/// 开发区 without a name of its own.
bool is_only_a_term(const Cells& cells, const Placement& p) {
  return closing_at(cells, p.begin, p.end).length == std::size_t{p.end} - p.begin;
}

/// 与 and 交叉口: a crossing is no road.
bool is_crossing(const Findings& f) {
  const auto& cells = f.search->view.cells;
  for (std::size_t s = 0; s < f.best->rest.count; ++s)
    if (const auto& span = f.best->rest.span[s]; span.part == AddressPart::relation)
      for (std::size_t i = span.begin; i < span.end; ++i)
        if (cells[i].ch == u'与' || cells[i].ch == u'交') return true;
  return false;
}

/// Something around the place is written: a division, a part of the city, another name that is known.
bool has_surroundings(const Findings& f) {
  const Placement& deep = deepest(f);
  return (f.best->covered & ~mask_of(deep.begin, deep.end)) != 0;
}

/// A place is taken without a person when its name stands in the text as it should, nothing speaks against its division,
/// and nothing more specific is named. A road alone may be any city's: every second one has a 中山路.
MatchVerdict judge_place(const Findings& f, const Calibration& w) {
  const auto& best = *f.best;
  const Placement& deep = deepest(f);
  const bool county_agrees = best.level[2].end != 0 && !best.other_county;
  if (f.evidence < w.review_evidence || (best.claim && !county_agrees)) return MatchVerdict::none;
  // A name of three characters that stands there letter by letter is no chance, however common they are.
  const bool whole = !(deep.damage & character_damage) && deep.core_end - deep.begin >= 3;
  const bool certain = !best.claim && !best.other_county && !(deep.damage & character_damage) &&
                       (whole || f.evidence >= w.match_evidence) && f.margin >= w.match_margin && best.loss < 8 &&
                       !f.remark_claims && !names_more(f) && !is_crossing(f) && !is_end_of_a_name(f, deep) &&
                       (!f.search->names_road(best.node) || has_surroundings(f));
  return certain ? MatchVerdict::match : MatchVerdict::review;
}

/// A division where places are known: what is unknown in it ought to be known.
MatchVerdict judge_among_places(const Findings& f, const Calibration& w) {
  const auto& best = *f.best;
  const Placement& deep = deepest(f);
  const auto& cells = f.search->view.cells;
  if (!names_more(f)) {
    const auto verdict = judge_division(f, w);
    // 武昌区派出所: some place within, without a name.
    const bool within = !best.claim && best.unread == 0 && level_of(f) <= 3 &&
                        !(deep.damage & (suffix_missing | suffix_differs | character_damage));
    if (verdict == MatchVerdict::none && within && f.evidence >= w.review_evidence) return MatchVerdict::review;
    if (verdict != MatchVerdict::match) return verdict;
    // 鸿山街道 alone may be another city's, 开发区 every city's; 杨园街116号 is a road.
    const bool above = std::any_of(best.level.begin(), best.level.begin() + level_of(f) - 1,
                                   [](const Placement& p) { return p.end && !(p.damage & character_damage); });
    const bool is_street = level_of(f) == 4 && deep.end == deep.core_end + 1 && cells[deep.end - 1u].ch == u'街' &&
                           deep.end < cells.count && !cells[deep.end].han && !cells[deep.end].break_before;
    const bool vague = !above && level_of(f) >= 4 &&
                       ((deep.damage & (character_damage | suffix_missing)) || is_only_a_term(cells, deep));
    return vague || is_street ? MatchVerdict::review : verdict;
  }
  if (best.claim || is_part_of_a_firm(f, deep) || f.evidence < w.review_evidence) return MatchVerdict::none;
  // Words that are nothing of an address speak against it (武昌今天天气), and so does much that is not explained, unless a
  // county or subdistrict stands there as it should.
  const bool whole = (level_of(f) == 3 || level_of(f) == 4) && best.unread < 2 &&
                     !(deep.damage & (suffix_missing | suffix_differs | character_damage)) && !is_only_a_term(cells, deep);
  const bool talk = best.unread >= 2 && (deep.damage & suffix_missing);
  return talk || (!whole && explained_share(*f.search, best) < 0.3) ? MatchVerdict::none : MatchVerdict::review;
}

}  // namespace

bool lies_elsewhere(const Findings& f) {
  const auto& node = f.index->nodes[f.best->node];
  for (const auto& mention : f.search->mentions) {
    if ((mention.part && node.level < 3) || !mention.contradicts(node.code_high / 1000)) continue;
    // What stands there as a whole is a name of the place or of a division around it; 汉口 as one of the city's is not.
    bool own = false;
    for (std::size_t level = mention.part ? 2 : 0; level < f.best->level.size() && !own; ++level) {
      const Placement& p = f.best->level[level];
      own = p.end && p.begin <= mention.begin && p.end >= mention.end &&
            !(p.damage & (character_damage | suffix_differs));
    }
    if (!own) return true;
  }
  return false;
}

MatchVerdict judge(const Findings& f) {
  const auto& w = *f.index->calibration;
  const auto verdict = level_of(f) == 6                     ? judge_place(f, w)
                       : f.search->knows_places(f.best->node) ? judge_among_places(f, w)
                                                            : judge_division(f, w);
  if (verdict == MatchVerdict::none || !lies_elsewhere(f)) return verdict;
  // Another part of the same city, or a short name that may be a word, leaves a doubt; another city leaves none.
  const bool doubt = std::ranges::all_of(f.search->mentions, [](const Mention& m) {
    return m.part || (!m.full && !m.prefecture_or_above());
  });
  return doubt && !(deepest(f).damage & character_damage) ? MatchVerdict::review : MatchVerdict::none;
}

double explained_share(const Search& search, const Candidate& c) {
  const auto& cells = search.view.cells;
  double explained = 0, open = 0;
  for (std::size_t i = 0; i < cells.count; ++i) explained += (c.covered >> i) & 1;
  const bool house = has_house_number(search, c);
  const Placement& deep = c.level[search.level_of(c.node) - 1u];
  for (std::size_t s = 0; s < c.rest.count; ++s) {
    const auto& span = c.rest.span[s];
    if (!is_name(cells, span, deep) && span.part != AddressPart::division && span.part != AddressPart::words) continue;
    const double weight = house && span.begin > c.level[5].end ? 0.5 : 1;
    for (std::size_t i = span.begin; i < span.end; ++i) open += cells[i].han || cells[i].ch == 0 ? weight : 0;
  }
  return explained + open > 0 ? explained / (explained + open) : 0;
}

double score_within(MatchVerdict verdict, double score) {
  switch (verdict) {
    case MatchVerdict::match: return std::clamp(score, 0.8, 1.0);
    case MatchVerdict::review: return std::clamp(score, 0.4, 0.79);
    case MatchVerdict::none: return std::clamp(score, 0.0, 0.39);
  }
  return 0;
}

}  // namespace civitas::place_names
