#include "place_names/engine/matcher.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <initializer_list>
#include <limits>

#include "place_names/engine/code.hpp"
#include "place_names/engine/search.hpp"

namespace civitas::place_names {

using namespace index_format;

std::string_view verdict_name(MatchVerdict verdict) {
  switch (verdict) {
    case MatchVerdict::match: return "match";
    case MatchVerdict::review: return "review";
    case MatchVerdict::none: return "none";
  }
  return "";
}

struct Matcher::Impl {
  std::unique_ptr<IndexFile> index;
  CharTable table;

  std::string full_name(std::uint32_t node) const {
    std::vector<std::uint32_t> chain;
    for (auto n = node; n != none; n = index->nodes[n].parent)
      if (!(index->nodes[n].flags & 1)) chain.push_back(n);
    std::string name;
    for (auto n = chain.rbegin(); n != chain.rend(); ++n) name += index->name_of(*n);
    return name;
  }

  struct Home {
    std::string division;
    std::uint32_t begin, end;
  };
  mutable std::atomic<std::shared_ptr<const Home>> home;

  /// The nodes of the preferred division. It is the same one for nearly every text, and finding it reads all over the
  /// file.
  std::shared_ptr<const Home> home_of(const std::string& division) const {
    auto known = home.load();
    if (known && known->division == division) return known;
    const auto [begin, end] = range_of(division);
    known = std::make_shared<const Home>(division, begin, end);
    home.store(known);
    return known;
  }

  /// The nodes inside a division; an empty range when it is not in the index.
  std::pair<std::uint32_t, std::uint32_t> range_of(const std::string& division) const {
    if (!is_division_code(division)) return {0, 0};
    const auto digits = significant_digits(division);
    std::uint32_t begin = 0, end = static_cast<std::uint32_t>(index->nodes.size());
    // Down the tree: at each level the child whose digits begin the code.
    for (std::uint32_t n = begin; n < end;) {
      const auto code = index->code_of(n);
      const auto own = significant_digits(code);
      if (index->nodes[n].level <= 5 && own == digits) return {n, index->nodes[n].subtree_end};
      if (index->nodes[n].level <= 5 && digits.starts_with(own)) {
        end = index->nodes[n].subtree_end;
        ++n;
      } else {
        n = index->nodes[n].subtree_end;
      }
    }
    return {0, 0};
  }

  void explain(const Search& search, std::string_view text, const Candidate& c, Match& out) const;
};

namespace {

const char* level_zh(std::size_t level) {
  static constexpr const char* names[] = {"省", "市", "区县", "街道乡镇", "村社区", "地名"};
  return names[level - 1];
}
const char* level_en(std::size_t level) {
  static constexpr const char* names[] = {"province", "city", "county", "township", "village", "place"};
  return names[level - 1];
}

struct Findings {
  const Search& search;
  const Candidate& best;
  int level;
  float evidence, margin;  // of the best over chance, over the next
  bool remark_claims;      // brackets hold a division that was not found
};

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
  const auto& cells = f.search.view.cells;
  bool glued_before = false, firm = false;
  for (std::size_t s = 0; s < f.best.rest.count; ++s) {
    const auto& span = f.best.rest.span[s];
    if (span.end == deep.begin && span.part == AddressPart::words && !cells[deep.begin].break_before)
      glued_before = true;
    if (span.begin == deep.end && span.part == AddressPart::organisation && !cells[span.begin].break_before)
      firm = true;
  }
  return firm && (glued_before || f.best.covered == mask_of(deep.begin, deep.end));
}

/// All that was not found is the county in front of a township and village that agree: it may have had another name.
bool only_the_county_is_unknown(const Findings& f, const index_format::Calibration& w) {
  constexpr std::uint16_t doubts = character_damage | suffix_missing | suffix_differs;
  const auto &town = f.best.level[3], &village = f.best.level[4];
  if (f.level != 5 || town.end == 0 || (town.damage & doubts) || (village.damage & doubts) || f.best.level[2].end ||
      f.best.out_of_order || f.best.unread || f.evidence < w.match_evidence || f.margin < w.match_margin)
    return false;
  std::size_t claims = 0;
  for (std::size_t s = 0; s < f.best.rest.count; ++s)
    if (const auto& span = f.best.rest.span[s]; span.part == AddressPart::division)
      claims += span.end == town.begin ? 1 : 2;
  return claims == 1;
}

MatchVerdict judge(const Findings& f, const index_format::Calibration& w) {
  const auto& best = f.best;
  const Placement& deep = best.level[static_cast<std::size_t>(f.level) - 1];
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
  for (std::size_t i = 0; i < f.search.view.cells.count; ++i) read += (best.covered >> i) & 1;
  if ((best.claim && !only_the_county_is_unknown(f, w)) || is_part_of_a_firm(f, deep) || hardly_read ||
      best.unread > read || f.evidence < w.review_evidence || (f.level <= 4 && best.unread >= 2) || best.unread > 6)
    return MatchVerdict::none;
  // A county with an estate or a firm may be anywhere in it.
  if (f.level <= 3 && named_rest)
    return f.level >= 2 && leads_to_house(best.rest) ? MatchVerdict::review : MatchVerdict::none;
  return f.evidence >= w.match_evidence && f.margin >= w.match_margin && best.unread == 0 && !best.claim &&
                 best.loss < 8 && !f.remark_claims
             ? MatchVerdict::match
             : MatchVerdict::review;
}

/// All pieces in one string, made at its final size.
std::string joined(std::initializer_list<std::string_view> pieces) {
  std::size_t size = 0;
  for (const auto piece : pieces) size += piece.size();
  std::string all;
  all.reserve(size);
  for (const auto piece : pieces) all += piece;
  return all;
}

}  // namespace

void Matcher::Impl::explain(const Search& search, std::string_view text, const Candidate& c, Match& out) const {
  using Pieces = std::initializer_list<std::string_view>;
  out.because.reserve(8);
  auto add = [&](const char* kind, Pieces zh, Pieces en) { out.because.push_back({kind, {joined(zh), joined(en)}}); };
  struct Note {
    std::uint16_t bit;
    const char *kind, *zh, *en;
  };
  static constexpr Note notes[] = {
      {same_sound, "same_sound", "同音字", "a character of the same sound"},
      {similar_shape, "similar_shape", "形近字", "a character of similar shape"},
      {wrong_char, "wrong_char", "有错字", "a wrong character"},
      {missing_char, "missing_char", "缺字", "a missing character"},
      {extra_char, "extra_char", "多字", "an extra character"},
      {swapped, "swapped", "字序颠倒", "two characters exchanged"},
      {spelled, "pinyin", "用拼音书写", "spelled in pinyin"},
      {old_name, "old_name", "为旧名", "an old name"},
      {alias, "alias", "为别名", "another name"},
      {suffix_differs, "suffix_differs", "通名不同", "another generic term"},
  };
  std::vector<std::uint32_t> chain;
  for (auto n = c.node; n != none; n = index->nodes[n].parent) chain.push_back(n);
  for (std::size_t d = chain.size(); d-- > 0;) {
    const Node& node = index->nodes[chain[d]];
    if (node.flags & 1) continue;
    const std::size_t level = node.level;
    const auto& p = c.level[level - 1];
    const auto name = index->name_of(chain[d]);
    if (p.end == 0) {
      if (level > 1 && level < 6 && level <= static_cast<std::size_t>(index->nodes[c.node].level))
        add("level_missing", {"未写", level_zh(level), "“", name, "”"},
            {"the ", level_en(level), " \"", name, "\" is not written"});
      continue;
    }
    bool damaged = false;
    for (const auto& note : notes)
      if (p.damage & note.bit) {
        damaged = true;
        add(note.kind, {level_zh(level), "“", name, "”：", note.zh}, {level_en(level), " \"", name, "\": ", note.en});
      }
    if (!damaged) add("exact", {level_zh(level), "“", name, "”一致"}, {level_en(level), " \"", name, "\" agrees"});
    if (p.damage & suffix_missing)
      add("suffix_missing", {level_zh(level), "“", name, "”未写通名"},
          {level_en(level), " \"", name, "\": the generic term is left out"});
  }
  if (c.out_of_order) add("order", {"各级次序颠倒"}, {"the levels stand in another order"});
  if (c.home) add("home", {"属于本市"}, {"lies in the home division"});
  for (std::size_t s = 0; s < c.rest.count; ++s) {
    const auto& span = c.rest.span[s];
    const auto begin = search.view.cells[span.begin].begin;
    const auto words = text.substr(begin, search.view.cells[span.end - 1u].end - begin);
    if (span.part == AddressPart::division)
      add("claim", {"“", words, "”不在此处"}, {"\"", words, "\" is not found here"});
    else if (span.part == AddressPart::words)
      add("unread", {"未识别“", words, "”"}, {"\"", words, "\" was not understood"});
  }
}

Matcher::Matcher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

Result<Matcher> Matcher::open(const std::filesystem::path& file) {
  auto impl = std::make_unique<Impl>();
  CIVITAS_TRY(impl->index, IndexFile::open(file));
  impl->table = CharTable(impl->index->chars, impl->index->sounds);
  impl->home_of(MatchOptions().home);
  impl->index->release_pages();
  return Matcher(std::move(impl));
}

MatcherInfo Matcher::info() const {
  return {impl_->index->nodes.size(), impl_->index->bytes(), impl_->index->origin()};
}

void Matcher::release_pages() const { impl_->index->release_pages(); }

MatchAnswer Matcher::match(std::string_view text, const MatchOptions& options) const {
  static thread_local Search search;
  const auto& index = *impl_->index;
  const auto& w = *index.calibration;
  const auto home = impl_->home_of(options.home);
  const auto home_begin = home->begin, home_end = home->end;
  search.run(index, impl_->table, text, home_begin, home_end, Spelling::early);
  // Reads the text another way and keeps the better reading; whether one that was not kept names another place.
  auto reread = [&](Spelling spelling, Brackets brackets) {
    auto found = search.found;
    const auto cells = search.view.cells;
    const float total = found.empty() ? 0 : found.front().total;
    search.run(index, impl_->table, text, home_begin, home_end, spelling, brackets);
    if (!search.found.empty() && search.found.front().total > total) return false;
    const bool claims = !search.found.empty() && search.found.front().claim;
    search.found.swap(found);
    search.view.cells = cells;
    return claims;
  };
  if (search.view.cells.has_letters && !search.found.empty() && !search.found.front().clean())
    reread(Spelling::late, Brackets::remark);
  // 梨坪镇（李家坝村） names a village in brackets; （请电话联系） is no part of any name.
  const bool remark_claims = search.view.cells.has_remark && reread(Spelling::early, Brackets::text);
  MatchAnswer answer;
  if (search.found.empty()) return answer;
  const Candidate& best = search.found.front();
  const Placement& deep = best.level[index.nodes[best.node].level - 1u];
  const int level = index.nodes[best.node].level;
  float evidence = best.evidence;
  const bool damaged = deep.damage & (character_damage | suffix_differs);
  if (!damaged && !(deep.damage & suffix_missing)) evidence = std::max(evidence, w.review_evidence + 0.1f);
  float margin = std::numeric_limits<float>::infinity();
  for (std::size_t i = 1; i < search.found.size() && i < 6; ++i) {
    const auto& other = search.found[i];
    margin = std::min(margin, best.total - other.total);
    break;
  }
  answer.verdict = judge({search, best, level, evidence, margin, remark_claims}, w);

  const std::size_t count = std::min(options.limit, search.found.size());
  answer.matches.reserve(count);
  // What is ranked behind another cannot be surer than that one, however little of the text it claims to explain.
  float unsure = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& c = search.found[i];
    if (i > 0 && c.total < best.total - 20) break;
    Match m;
    m.code = index.code_of(c.node);
    m.name = index.name_of(c.node);
    m.full_name = impl_->full_name(c.node);
    m.level = static_cast<Level>(index.nodes[c.node].level);
    const float behind = best.total - c.total;
    const float doubt = std::max(0.0f, w.review_evidence + 2 - c.evidence);
    unsure = std::max(unsure, c.loss + 0.5f * c.upper_loss + 0.5f * doubt);
    m.score = std::exp(-(unsure + behind) / w.score_scale);
    const Node& node = index.nodes[c.node];
    if (node.lon_e6 != std::numeric_limits<std::int32_t>::min())
      m.position = Position{node.lon_e6 / 1e6, node.lat_e6 / 1e6};
    impl_->explain(search, text, c, m);
    if (i == 0 && margin < w.match_margin)
      m.because.push_back({"ambiguous", {"另有相近的地名", "another place agrees nearly as well"}});
    answer.matches.push_back(std::move(m));
  }
  for (std::size_t s = 0; s < best.rest.count; ++s) {
    const auto& span = best.rest.span[s];
    const auto begin = search.view.cells[span.begin].begin, end = search.view.cells[span.end - 1u].end;
    answer.rest.push_back({std::string(address_part_name(span.part)), std::string(text.substr(begin, end - begin))});
  }
  return answer;
}

}  // namespace civitas::place_names
