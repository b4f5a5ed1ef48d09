// Where and how well a name of the index stands in a text. Private to the engine.
//
// Weights are nats: `evidence` is how much better the name explains the characters than chance does (the
// bigrams of all names are the chance), `loss` is what its damages cost.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "place_names/engine/cells.hpp"
#include "place_names/engine/index_file.hpp"

namespace civitas::place_names {

/// Bits of Placement::damage.
enum Damage : std::uint16_t {
  same_sound = 1,
  similar_shape = 2,
  wrong_char = 4,
  missing_char = 8,
  extra_char = 16,
  swapped = 32,
  spelled = 64,
  suffix_missing = 128,
  suffix_differs = 256,
  old_name = 512,
  alias = 1024,
  shorter_name = 2048,
  extra_at_end = 4096,  // between the specific part and its ending: 西岭湾村 for 西岭村
};
inline constexpr std::uint16_t character_damage =
    same_sound | similar_shape | wrong_char | missing_char | extra_char | swapped;

struct Placement {
  float evidence = 0;
  float loss = 0;
  std::uint16_t damage = 0;
  std::uint8_t begin = 0, core_end = 0, end = 0;  // cells; end with the suffix
  float value() const { return evidence; }
};

struct Placements {
  std::array<Placement, 4> place;
  std::uint8_t count = 0;
  bool tried_fuzzy = false;
  void add(const Placement& p);  // keeps the best four, those at different cells
};

__extension__ typedef unsigned __int128 Mask;  // one bit a cell
static_assert(max_cells <= 128);
inline Mask mask_of(unsigned begin, unsigned end) {
  return ((end >= 128 ? Mask(0) : (Mask(1) << end)) - (Mask(1) << begin));
}

/// A text prepared for placing: suffixes and surprises by cell.
class TextView {
 public:
  void prepare(const IndexFile& index, const CharTable& table, std::string_view text, Spelling spelling,
               Brackets brackets);

  /// All places where a form of `node` stands letter by letter (with its ending, without, or with another).
  void place_exactly(std::uint32_t node, Placements& out) const;
  /// Best place with damages, outside the cells of `taken`.
  void place_loosely(std::uint32_t node, Mask taken, Placements& out);
  /// From now on may_hold asks for characters outside these cells.
  void look_outside(Mask taken);
  /// Whether the text may hold the name with damages at all: a cheap test before place_loosely.
  bool may_hold(std::uint32_t node) const;

  /// Whether an ending of the level stands at the cell.
  bool ending_at(std::size_t cell, int level) const { return suffix_at_[cell][static_cast<std::size_t>(level)] != 0; }

  Cells cells;

 private:
  /// Reads the ending behind a placed core; false when the ending makes it a name of another level.
  bool finish(const index_format::Node& node, const index_format::Form& form, Placement& p) const;

  /// What only place_loosely needs: most texts are settled without it.
  void prepare_loosely();
  /// What a cell may be for a character of a name, and what each costs.
  enum Likeness : std::uint8_t {
    other,
    same,
    sounds_same,
    looks_alike,
    sounds_alike,
    syllable,
    initial,
    likeness_count
  };
  struct Cost {
    float loss = 0;
    std::uint16_t damage = 0;
  };
  /// 64-bit sketches of a character: what shares no bit is not alike.
  struct Outline {
    std::uint64_t self = 0, sounds = 0, lookalikes = 0;
  };
  Outline outline(char16_t c) const;
  Likeness likeness(const Cell& cell, char16_t c, bool heard, bool seen) const;
  struct StandIn {
    std::uint8_t cell;
    Likeness likeness;
  };
  /// The cells that may stand for a character of a name; valid until the next call.
  std::span<const StandIn> stand_ins(char16_t c);

  const IndexFile* index_ = nullptr;
  const CharTable* table_ = nullptr;
  std::array<std::array<std::uint8_t, 6>, max_cells + 1> suffix_at_{};  // by cell and level
  std::array<float, max_cells> first_{}, next_{};                       // surprise as first or later character
  std::uint64_t spelled_ = 0;                                           // sketch of the syllables spelled in letters
  bool initials_ = false;                                               // some cells are single letters of syllables
  std::uint64_t signature_ = 0, window_ = 0;                            // 64-bit sketches of the text's characters
  bool ready_for_damages_ = false;
  std::array<Outline, max_cells> outline_{};
  std::array<Cost, likeness_count> cost_{};
  // Stand-ins of the characters asked for: names of one place share many.
  struct Known {
    char16_t c = 0;
    std::uint32_t begin = 0, end = 0;
  };
  std::array<Known, 256> known_{};
  std::vector<StandIn> stand_ins_;
};

}  // namespace civitas::place_names
