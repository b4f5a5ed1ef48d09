#include "place_names/engine/index_build.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <unordered_map>

#include "base/strings.hpp"
#include "base/utf8.hpp"
#include "place_names/engine/calibration.hpp"
#include "place_names/engine/cells.hpp"
#include "place_names/engine/char_facts.hpp"
#include "place_names/engine/code.hpp"
#include "place_names/engine/history.hpp"
#include "place_names/engine/index_format.hpp"
#include "place_names/engine/suffix.hpp"

namespace civitas::place_names {

using namespace index_format;

namespace {

Problem bad_entry(const std::string& code, const char* zh, const char* en) {
  return invalid("place_names.index.entry", "条目“" + code + "”" + zh, "Entry \"" + code + "\" " + en).with_field(code);
}

/// Order of a pre-order walk: divisions before places among siblings, then by code.
struct Tree {
  std::vector<std::uint32_t> order;   // entry number of each node
  std::vector<std::uint32_t> parent;  // node number
  std::vector<std::uint32_t> end;
  std::size_t without_parent = 0;
};

Result<Tree> make_tree(const std::vector<Entry>& entries) {
  std::unordered_map<std::string_view, std::uint32_t> by_code;
  by_code.reserve(entries.size() * 2);
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    const auto& e = entries[i];
    if (!is_division_code(e.code) && !is_place_name_code(e.code))
      return fail(bad_entry(e.code, "的代码不是 12 或 20 位数字", "has a code that is not 12 or 20 digits"));
    if (e.name.empty() || e.name.size() > 300)
      return fail(bad_entry(e.code, "没有名称或名称过长", "has no name, or one too long"));
    if (!by_code.emplace(e.code, i).second) return fail(bad_entry(e.code, "的代码重复", "has a code used twice"));
  }
  Tree tree;
  std::vector<std::vector<std::uint32_t>> children(entries.size() + 1);
  const auto top = static_cast<std::uint32_t>(entries.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    const auto& e = entries[i];
    auto find = [&](const std::string& code) {
      auto found = by_code.find(code);
      return found == by_code.end() || found->second == i ||
                     (entries[found->second].level >= e.level && e.level != Level::place)
                 ? none
                 : found->second;
    };
    std::uint32_t p = e.parent.empty() ? none : find(e.parent);
    if (p == none && !e.parent.empty()) ++tree.without_parent;
    std::string code = e.code.size() == 20 ? e.code.substr(0, 9) + "000" : e.code;
    if (p == none && e.code.size() == 20) p = find(code);
    for (code = parent_division(code); p == none && !code.empty(); code = parent_division(code)) p = find(code);
    if (p != none && entries[p].level == Level::place) p = none;
    children[p == none ? top : p].push_back(i);
  }
  for (auto& list : children)
    std::sort(list.begin(), list.end(), [&](std::uint32_t a, std::uint32_t b) {
      const bool pa = entries[a].level == Level::place, pb = entries[b].level == Level::place;
      return pa != pb ? pb : entries[a].code < entries[b].code;
    });
  struct Step {
    std::uint32_t entry, node, next;
  };
  std::vector<Step> stack{{top, none, 0}};
  while (!stack.empty()) {
    auto& step = stack.back();
    auto& list = children[step.entry];
    if (step.next == list.size()) {
      if (step.node != none) tree.end[step.node] = static_cast<std::uint32_t>(tree.order.size());
      stack.pop_back();
      continue;
    }
    const auto child = list[step.next++];
    const auto node = static_cast<std::uint32_t>(tree.order.size());
    tree.order.push_back(child);
    tree.parent.push_back(step.node);
    tree.end.push_back(0);
    stack.push_back({child, node, 0});
  }
  return tree;
}

Status check_parts(const std::vector<CityPart>& parts) {
  for (const auto& part : parts)
    if (part.name.empty() || part.name.find_first_of("\t\n") != std::string::npos || part.divisions.empty() ||
        !std::all_of(part.divisions.begin(), part.divisions.end(), is_division_code))
      return fail(invalid("place_names.index.part", "城市片区“" + part.name + "”没有名称或没有 12 位区县代码。",
                          "The part of the city \"" + part.name + "\" has no name or no 12-digit codes of counties.")
                      .with_field(part.name));
  return {};
}

/// Who writes only the part of a city means a place in the city: its name is another name of the city.
void name_parts(const std::vector<CityPart>& parts, std::vector<Entry>& entries) {
  for (auto& e : entries)
    for (const auto& part : parts)
      if (e.level == Level::city && e.code == parent_division(part.divisions.front()) &&
          std::none_of(e.other_names.begin(), e.other_names.end(), [&](const auto& o) { return o.name == part.name; }))
        e.other_names.push_back({part.name, OtherName::Kind::alias});
}

class Builder {
 public:
  explicit Builder(const std::vector<Entry>& entries) : entries_(entries) {}

  void characters() {
    std::vector<bool> used(65536);
    std::set<char32_t> rare;
    auto note = [&](std::string_view name) {
      for (std::size_t at = 0; at < name.size();) {
        const char32_t c = comparable(next_code_point(name, at));
        if (!is_rare(c))
          used[c] = true;
        else if (rare.size() < std::size_t{unknown_unit - first_rare_unit})
          rare.insert(c);
      }
    };
    for (const auto& e : entries_) {
      note(e.name);
      for (const auto& other : e.other_names) note(other.name);
    }
    rare_.assign(rare.begin(), rare.end());
    read_char_facts(used, rare_, chars_, sounds_);
    table_ = CharTable(chars_, sounds_, rare_);
  }

  void nodes(const Tree& tree) {
    nodes_.resize(tree.order.size());
    // Memory that is reserved and not used costs nothing; a vector that grows is there twice.
    lower_.reserve(nodes_.size() * 2);
    fuzzy_.reserve(nodes_.size() * 12);
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      const Entry& e = entries_[tree.order[i]];
      Node& n = nodes_[i];
      n.parent = tree.parent[i];
      n.subtree_end = tree.end[i];
      n.level = static_cast<std::uint8_t>(e.level);
      n.name_begin = static_cast<std::uint32_t>(names_.size());
      n.name_bytes = static_cast<std::uint16_t>(e.name.size());
      names_ += e.name;
      n.code_digits = static_cast<std::uint8_t>(e.code.size());
      n.code_high = static_cast<std::uint32_t>(*parse_integer(e.code.substr(0, 9)));
      n.code_low = static_cast<std::uint64_t>(*parse_integer(e.code.substr(9)));
      n.lon_e6 = e.position ? static_cast<std::int32_t>(std::lround(e.position->lon * 1e6))
                            : std::numeric_limits<std::int32_t>::min();
      n.lat_e6 = e.position ? static_cast<std::int32_t>(std::lround(e.position->lat * 1e6)) : n.lon_e6;
      n.form_begin = static_cast<std::uint32_t>(forms_.size());
      const auto name = normal_name(e.name, table_);
      if (is_pseudo_level(name, e.level)) {
        n.flags = pseudo_level;
        continue;
      }
      if (e.level == Level::place)
        for (auto p = n.parent; p != none && !(nodes_[p].flags & holds_places); p = nodes_[p].parent)
          nodes_[p].flags |= holds_places;
      add_name(i, name, e.level, FormKind::standard);
      for (const auto& other : e.other_names)
        add_name(i, normal_name(other.name, table_), e.level,
                 other.kind == OtherName::Kind::old ? FormKind::old : FormKind::alias);
    }
  }

  /// A county without any place name in a city whose names are recorded: unknown roads are as unknown there.
  void counties_of_recorded_cities() {
    constexpr std::size_t many = 50;
    for (std::uint32_t city = 0; city < nodes_.size(); ++city) {
      if (nodes_[city].level != 2 || !(nodes_[city].flags & holds_places)) continue;
      const auto places = std::count_if(nodes_.begin() + city, nodes_.begin() + nodes_[city].subtree_end,
                                        [](const Node& n) { return n.level == 6; });
      for (std::uint32_t n = city; n < nodes_[city].subtree_end && places >= std::ptrdiff_t{many}; ++n)
        if (nodes_[n].level == 3) nodes_[n].flags |= holds_places;
    }
  }

  /// What knows nodes by their codes: parts of cities, and places that run through several divisions.
  void relations(const Tree& tree, const std::vector<CityPart>& parts) {
    parts_ = parts_text(parts);
    std::unordered_map<std::string_view, std::uint32_t> divisions;
    for (std::uint32_t i = 0; i < nodes_.size(); ++i)
      if (const Entry& e = entries_[tree.order[i]]; e.level <= Level::county) divisions.emplace(e.code, i);
    for (std::uint32_t i = 0; i < nodes_.size(); ++i)
      for (const auto& code : entries_[tree.order[i]].runs_through)
        if (const auto at = divisions.find(code); at != divisions.end()) crossings_.push_back({i, at->second});
    std::sort(crossings_.begin(), crossings_.end());
  }

  void tables() {
    fill_table(upper_, upper_slots_, postings_);
    fill_table(lower_, lower_slots_, postings_);
    fill_table(fuzzy_, fuzzy_slots_, postings_);
    std::size_t keys = upper_cores_.size();
    for (const auto& s : lower_slots_) keys += s.key != 0;
    bloom_.assign(std::bit_ceil(keys / 4 + 1), 0);  // at least 16 bits a key
    auto note = [&](std::uint64_t key) {
      bloom_[(key >> 20) & (bloom_.size() - 1)] |=
          (1ull << (key & 63)) | (1ull << ((key >> 6) & 63)) | (1ull << ((key >> 12) & 63));
    };
    for (const auto& s : lower_slots_)
      if (s.key) note(s.key);
    for (auto key : upper_cores_) note(key);
    language();
  }

  Result<std::size_t> write(const std::filesystem::path& file, const Calibration& calibration, const Origin& origin) {
    CIVITAS_TRY(auto writer, SectionWriter::create(file, matching_file));
    auto put = [&](Section section, const auto& list) { return writer.put(static_cast<std::size_t>(section), list); };
    CIVITAS_CHECK(put(Section::nodes, nodes_));
    CIVITAS_CHECK(put(Section::forms, forms_));
    CIVITAS_CHECK(put(Section::form_chars, form_chars_));
    CIVITAS_CHECK(put(Section::names, names_));
    CIVITAS_CHECK(put(Section::chars, chars_));
    CIVITAS_CHECK(put(Section::sounds, sounds_));
    CIVITAS_CHECK(put(Section::upper_table, upper_slots_));
    CIVITAS_CHECK(put(Section::lower_table, lower_slots_));
    CIVITAS_CHECK(put(Section::fuzzy_table, fuzzy_slots_));
    CIVITAS_CHECK(put(Section::postings, postings_));
    CIVITAS_CHECK(put(Section::bloom, bloom_));
    CIVITAS_CHECK(put(Section::bigrams, bigrams_));
    CIVITAS_CHECK(put(Section::unigrams, unigrams_));
    CIVITAS_CHECK(put(Section::calibration, std::span(&calibration, 1)));
    CIVITAS_CHECK(put(Section::rare, rare_));
    CIVITAS_CHECK(put(Section::parts, parts_));
    CIVITAS_CHECK(put(Section::crossings, crossings_));
    return writer.finish(origin);
  }

 private:
  void add_name(std::uint32_t node, std::u16string_view name, Level level, FormKind kind) {
    if (name.empty()) return;
    auto cuts = cut_name(name, level);
    for (std::size_t c = 0; c < cuts.size(); ++c) {
      const auto& cut = cuts[c];
      if (cut.core.size() > 40 || nodes_[node].form_count == 255) continue;
      forms_.push_back({static_cast<std::uint32_t>(form_chars_.size()), static_cast<std::uint8_t>(cut.core.size()),
                        c > 0 && kind == FormKind::standard ? FormKind::shorter : kind, cut.suffix, 0});
      form_chars_ += cut.core;
      ++nodes_[node].form_count;
      const bool top = level <= Level::township;
      auto& exact = top ? upper_ : lower_;
      auto& fuzzy = top ? upper_ : fuzzy_;
      auto key = key_begin(KeyKind::core);
      for (char16_t ch : cut.core) key = key_add(key, ch);
      exact.push_back({key_end(key), node});
      if (top) upper_cores_.push_back(key_end(key));
      if (kind == FormKind::old || cut.core.size() > 12) continue;
      auto sound = key_begin(KeyKind::sound), initials = key_begin(KeyKind::initials);
      bool all_sound = true;
      for (char16_t ch : cut.core) {
        const auto s = table_.sound(ch);
        all_sound = all_sound && s;
        sound = key_add(sound, table_.loose(s));
        initials = key_add(initials, static_cast<unsigned char>(table_.initial(s)));
      }
      if (all_sound) {
        fuzzy.push_back({key_end(sound), node});
        fuzzy.push_back({key_end(initials), node});
      }
      if (c > 0) continue;
      for (std::size_t skip = 0; skip < cut.core.size(); ++skip) {
        auto del = key_begin(KeyKind::deletion);
        for (std::size_t i = 0; i < cut.core.size(); ++i)
          if (i != skip) del = key_add(del, cut.core[i]);
        fuzzy.push_back({key_end(del), node});
      }
    }
  }

  /// Surprise of a character after another in the specific parts of all names: what chance alone explains.
  void language() {
    std::unordered_map<std::uint32_t, std::uint32_t> pairs;
    std::vector<std::uint64_t> left(65536), right(65536);
    std::uint64_t total = 0;
    for (const auto& n : nodes_) {
      if (n.form_count == 0) continue;
      const auto& f = forms_[n.form_begin];
      char16_t before = 1;  // the beginning
      for (std::size_t i = 0; i < f.length; ++i) {
        const char16_t c = form_chars_[f.chars_begin + i];
        ++pairs[(static_cast<std::uint32_t>(before) << 16) | c];
        ++left[before];
        ++right[c];
        ++total;
        before = c;
      }
    }
    auto sixteenths = [](double p) { return std::min(255.0, std::max(0.0, std::round(-16 * std::log(p)))); };
    unigrams_.resize(65536);
    auto unigram = [&](char16_t c) {
      return (static_cast<double>(right[c]) + 0.2) / (static_cast<double>(total) + 0.2 * 8000);
    };
    for (std::size_t c = 0; c < 65536; ++c)
      unigrams_[c] = static_cast<std::uint8_t>(sixteenths(unigram(static_cast<char16_t>(c))));
    bigrams_.assign(std::bit_ceil(pairs.size() * 3 / 2 + 2), BigramSlot{});
    for (const auto& [key, count] : pairs) {
      const double p = 0.8 * count / static_cast<double>(left[key >> 16]) + 0.2 * unigram(static_cast<char16_t>(key));
      std::size_t at = mix(key) & (bigrams_.size() - 1);
      while (bigrams_[at].key) at = (at + 1) & (bigrams_.size() - 1);
      bigrams_[at] = {key, static_cast<std::uint32_t>(sixteenths(p))};
    }
  }

  const std::vector<Entry>& entries_;
  std::vector<CharRow> chars_;
  std::vector<SoundRow> sounds_;
  std::vector<char32_t> rare_;
  std::string parts_;
  std::vector<Crossing> crossings_;
  CharTable table_;
  std::vector<Node> nodes_;
  std::vector<Form> forms_;
  std::u16string form_chars_;
  std::string names_;
  std::vector<Keyed> upper_, lower_, fuzzy_;
  std::vector<std::uint64_t> upper_cores_;
  std::vector<Slot> upper_slots_, lower_slots_, fuzzy_slots_;
  std::vector<std::uint32_t> postings_;
  std::vector<std::uint64_t> bloom_;
  std::vector<BigramSlot> bigrams_;
  std::vector<std::uint8_t> unigrams_;
};

}  // namespace

std::string parts_text(const std::vector<CityPart>& parts) {
  std::string text;
  for (const auto& part : parts) {
    text += part.name + '\t';
    for (const auto& code : part.divisions) text += code + ' ';
    text += '\n';
  }
  return text;
}

Result<IndexSummary> build_index(std::vector<Entry> entries, const std::filesystem::path& file,
                                 const IndexOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  CIVITAS_TRY(const Calibration calibration, read_calibration(options.calibration));
  if (options.known_names == KnownNames::add) CIVITAS_CHECK(add_known_names(entries));
  CIVITAS_CHECK(check_parts(options.parts));
  name_parts(options.parts, entries);
  CIVITAS_TRY(const Tree tree, make_tree(entries));
  Builder builder(entries);
  builder.characters();
  IndexSummary summary;
  summary.entries = entries.size();
  builder.nodes(tree);
  builder.counties_of_recorded_cities();
  builder.relations(tree, options.parts);
  std::vector<Entry>().swap(entries);  // the largest part of the memory, and no more needed
  builder.tables();
  CIVITAS_TRY(summary.bytes, builder.write(file, calibration, options.origin));
  summary.without_parent = tree.without_parent;
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return summary;
}

}  // namespace civitas::place_names
