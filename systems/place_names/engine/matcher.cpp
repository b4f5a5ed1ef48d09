#include "place_names/engine/matcher.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <initializer_list>
#include <limits>

#include "place_names/engine/code.hpp"
#include "place_names/engine/judge.hpp"

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
  CityParts parts;

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

Findings findings_of(const Search& search, const IndexFile& index, bool remark_claims) {
  const auto& w = *index.calibration;
  const Candidate& best = search.found.front();
  const Placement& deep = best.level[index.nodes[best.node].level - 1u];
  Findings f{&index, &search, &best, best.evidence, std::numeric_limits<float>::infinity(), remark_claims};
  const bool damaged = deep.damage & (character_damage | suffix_differs);
  if (!damaged && !(deep.damage & suffix_missing)) f.evidence = std::max(f.evidence, w.review_evidence + 0.1f);
  if (const auto* rival = search.rival()) f.margin = best.total - rival->total;
  return f;
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
  impl->table = CharTable(impl->index->chars, impl->index->sounds, impl->index->rare);
  impl->parts = CityParts(*impl->index, impl->table);
  impl->home_of(MatchOptions().home);
  impl->index->release_pages();
  return Matcher(std::move(impl));
}

MatcherInfo Matcher::info() const {
  return {impl_->index->nodes.size(), impl_->index->bytes(), impl_->index->origin(),
          std::string(impl_->index->parts)};
}

void Matcher::release_pages() const { impl_->index->release_pages(); }

MatchAnswer Matcher::match(std::string_view text, const MatchOptions& options) const {
  static thread_local Search search;
  const auto& index = *impl_->index;
  const auto& w = *index.calibration;
  const auto home = impl_->home_of(options.home);
  const SearchBase base{index, impl_->table, impl_->parts, home->begin, home->end};
  search.run(base, text, Spelling::early);
  // Reads the text another way and keeps the better reading; whether one that was not kept names another place.
  auto reread = [&](Spelling spelling, Brackets brackets) {
    auto found = search.found;
    const auto cells = search.view.cells;
    const auto mentions = search.mentions;
    const float total = found.empty() ? 0 : found.front().total;
    search.run(base, text, spelling, brackets);
    if (!search.found.empty() && search.found.front().total > total) return false;
    const bool claims = !search.found.empty() && search.found.front().claim;
    search.found.swap(found);
    search.view.cells = cells;
    search.mentions = mentions;
    return claims;
  };
  if (search.view.cells.has_letters && !search.found.empty() && !search.found.front().clean())
    reread(Spelling::late, Brackets::remark);
  // 梨坪镇（李家坝村） names a village in brackets; （请电话联系） is no part of any name.
  const bool remark_claims = search.view.cells.has_remark && reread(Spelling::early, Brackets::text);
  MatchAnswer answer;
  if (search.found.empty()) return answer;
  auto findings = findings_of(search, index, remark_claims);
  answer.verdict = judge(findings);
  // 武昌区武泰闸涂家沟万隆广场: no community of that name, and yet certainly in 武昌区.
  if (answer.verdict == MatchVerdict::none && search.prefer_written_division()) {
    findings = findings_of(search, index, remark_claims);
    answer.verdict = judge(findings);
  }
  const Candidate& best = search.found.front();
  const float margin = findings.margin;

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
    const double share = explained_share(search, c);
    const double score = share * std::exp(-(unsure + behind) / w.score_scale);
    m.score = i == 0 ? score_within(answer.verdict, score) : std::min(score, answer.matches.back().score);
    const Node& node = index.nodes[c.node];
    if (node.lon_e6 != std::numeric_limits<std::int32_t>::min())
      m.position = Position{node.lon_e6 / 1e6, node.lat_e6 / 1e6};
    impl_->explain(search, text, c, m);
    if (i == 0 && lies_elsewhere(findings))
      m.because.push_back({"elsewhere", {"文字中另有不含此地的政区名称", "the text names a division that this place is not in"}});
    if (c.other_county)
      m.because.push_back({"other_county", {"文字中写的是另一个区县", "the text names another county"}});
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
