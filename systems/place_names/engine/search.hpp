// One search for the meaning of a text: candidates from the index, each scored by how its whole path agrees
// with the text. Private to the engine; scratch memory is kept from one search to the next of the same
// thread.
#pragma once

#include <cstdint>
#include <vector>

#include "place_names/engine/address.hpp"
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
  std::uint8_t unread = 0;  // unexplained characters
  bool clean() const { return loss < 1.3f && !claim && unread == 0; }
};

class Search {
 public:
  void run(const IndexFile& index, const CharTable& table, std::string_view text, std::uint32_t home_begin,
           std::uint32_t home_end, Spelling spelling, Brackets brackets = Brackets::remark);

  std::vector<Candidate> found;  // best first, distinct nodes
  TextView view;

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
  void find_hits();
  void find_contexts();
  void add_lower_hits(const Context& context, std::size_t at_most);
  void add_township_contexts(const Context& context);
  void add_candidate(std::uint32_t node, bool loosely);
  void scan_children(std::uint32_t parent);
  /// Only names with their ending behind them, or any.
  enum class Endings : std::uint8_t { written, any };
  void fuzzy_keys(const Context& context, bool upper, Endings endings = Endings::any);
  bool certain(std::uint32_t node) const;
  void read_county(const Context& county);
  void read_elsewhere(const Context& root, std::size_t counties);
  bool spend(std::size_t work);
  bool good_enough() const;
  Placements& placements(std::uint32_t node);
  void score(std::uint32_t node, bool loosely, Candidate& out);
  bool is_road(const Placement& p) const;
  void weigh_rest(Candidate& c);
  const AddressSpans& parts(std::size_t begin, std::size_t end, After after);
  /// Whether a village bears the full name of its township.
  bool bears_name_of(std::uint32_t child, std::uint32_t parent) const;

  const IndexFile* index_ = nullptr;
  const CharTable* table_ = nullptr;
  std::uint32_t home_begin_ = 0, home_end_ = 0;
  std::vector<Hit> hits_;
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
