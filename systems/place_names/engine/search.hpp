// One search for the meaning of a text: candidates from the index, each scored by how its whole path agrees
// with the text. Private to the engine; scratch memory is kept from one search to the next of the same
// thread.
#pragma once

#include <cstdint>
#include <vector>

#include "place_names/engine/address.hpp"
#include "place_names/engine/mentions.hpp"
#include "place_names/engine/placement.hpp"

namespace civitas::place_names {

struct Candidate {
  std::uint32_t node = index_format::none;
  float total = 0;     // evidence of all levels less what speaks against
  float evidence = 0;  // of the deepest level over chance, among all nodes of its nearest placed ancestor
  float loss = 0;      // damages, levels left out, unread characters
  float upper_loss = 0;
  std::array<Placement, 6> level{};  // by level; end == 0: not in the text
  Mask covered = 0;
  AddressSpans rest;
  std::uint8_t absent = 0;  // bit a level left out below the highest placed one
  bool claim = false;       // the unread text names another division
  bool named = false;       // the rest holds a name: a road, an estate, an organisation
  bool out_of_order = false;
  bool home = false;
  bool other_county = false;  // a place, and the text names a county through which it is not known to run
  std::uint8_t unread = 0;  // unexplained characters
  bool clean() const { return loss < 1.3f && !claim && unread == 0; }
};

/// What a search reads from, the same for many texts.
struct SearchBase {
  const IndexFile& index;
  const CharTable& table;
  const CityParts& parts;
  std::uint32_t home_begin = 0, home_end = 0;  // nodes of the preferred division
};

class Search {
 public:
  void run(const SearchBase& base, std::string_view text, Spelling spelling, Brackets brackets = Brackets::remark);

  std::vector<Candidate> found;  // best first, distinct nodes
  TextView view;
  Mentions mentions;  // customary parts of a city, and divisions that the index does not have

  /// Whether standard place names below the divisions are known where the node lies: then an unknown road or house is
  /// something that ought to be known, and not just what an index of divisions cannot know.
  bool knows_places(std::uint32_t node) const;
  /// The division of this level in which the node lies, itself included; `none` without one.
  std::uint32_t ancestor(std::uint32_t node, int level) const;
  std::uint8_t level_of(std::uint32_t node) const { return index_->nodes[node].level; }
  bool names_road(std::uint32_t place) const;
  /// The best candidate that is something else than the first one and what surrounds it.
  const Candidate* rival() const;
  /// Puts a county or township that stands in the text as it should in front; false without one, or where no places are
  /// known.
  bool prefer_written_division();

 private:
  struct Hit {
    std::uint8_t begin, end;
    std::span<const std::uint32_t> upper, lower;
  };
  struct Context {
    std::uint32_t begin, end;  // nodes
    float cover;
    std::uint32_t node;
  };
  void search_divisions();
  void search_places();
  void find_settings();
  Mask named_cells(std::uint32_t node) const;
  bool read_place(Candidate& c, const Placement& deep);
  bool begins_piece(const Candidate& c, std::size_t at) const;
  void settle(Candidate& c, std::size_t at);
  void note_other_county(Candidate& c) const;
  bool reaches(std::uint32_t place, const CityParts::Part& part) const;
  bool is_closed(const Placement& p) const;
  bool begins_longer_name(const Placement& p) const;
  void find_hits();
  void find_contexts();
  void add_lower_hits(const Context& context, std::size_t at_most);
  void add_township_contexts(const Context& context);
  void add_candidate(std::uint32_t node, bool loosely);
  void scan_children(std::uint32_t parent);
  /// All names, only those with their ending behind them, or only places that are no divisions.
  enum class Among : std::uint8_t { all, with_ending, places };
  void fuzzy_keys(const Context& context, bool upper, Among among = Among::all);
  bool certain(std::uint32_t node) const;
  void read_county(const Context& county);
  void read_elsewhere(const Context& root, std::size_t counties);
  bool spend(std::size_t work);
  bool good_enough() const;
  Placements& placements(std::uint32_t node);
  void score(std::uint32_t node, bool loosely, Candidate& out);
  bool is_road(const Placement& p) const;
  bool is_road_term_last(const Placement& p) const;
  bool is_road_term(const AddressSpan& span) const;
  void weigh_rest(Candidate& c);
  const AddressSpans& parts(std::size_t begin, std::size_t end, After after);
  /// Whether a village bears the full name of its township.
  bool bears_name_of(std::uint32_t child, std::uint32_t parent) const;

  const IndexFile* index_ = nullptr;
  const CharTable* table_ = nullptr;
  std::uint32_t home_begin_ = 0, home_end_ = 0;
  std::vector<Hit> hits_;
  IndexedNames indexed_;
  /// A division or road of the home division that stands in the text as it should: what surrounds a place.
  struct Setting {
    std::uint8_t begin, end;
    bool whole;  // with its ending
    float evidence;
    std::uint32_t node;
  };
  std::vector<Setting> settings_;
  bool settings_found_ = false;
  bool places_known_ = false;  // in the home division
  std::vector<Context> upper_contexts_, town_contexts_;
  std::vector<float> own_;
  struct Memo {
    std::uint32_t node;
    std::uint32_t run;
    Placements places;
  };
  std::vector<Memo> memo_;
  struct Parts {
    std::uint32_t run = 0;
    std::uint8_t begin = 0, end = 0;
    After after{};
    AddressSpans spans;
  };
  std::array<Parts, 64> parts_{};                              // candidates leave the same cells unread again and again
  std::vector<std::pair<std::uint32_t, std::uint32_t>> seen_;  // node, run
  std::uint32_t run_ = 0;
  std::size_t budget_ = 0;
};

}  // namespace civitas::place_names
