// Layout of the matching index, a section file. Private to the engine: builder, reader and matcher share it.
//
// Nodes stand in pre-order (parents before children, divisions before places among siblings), so a subtree is
// a range of node numbers and every list of nodes can be narrowed to a division by binary search.
#pragma once

#include <cstddef>
#include <cstdint>

#include "place_names/engine/section_file.hpp"

namespace civitas::place_names::index_format {

inline constexpr std::uint32_t none = 0xFFFFFFFFu;

enum class Section : std::uint32_t {
  nodes,        // Node[]
  forms,        // Form[]
  form_chars,   // char16_t[]
  names,        // UTF-8 bytes
  chars,        // CharRow[65536]
  sounds,       // SoundRow[]
  upper_table,  // Slot[2^k]: provinces to townships, by core, sound, deletion, initials
  lower_table,  // Slot[2^k]: villages and places, by core
  fuzzy_table,  // Slot[2^k]: villages and places, by sound, deletion, initials
  postings,     // node numbers, ascending within a list
  bloom,        // uint64[2^k], over the core keys of both exact tables
  bigrams,      // BigramSlot[2^k]
  unigrams,     // std::uint8_t[65536], surprise in 1/16 nat
  calibration,  // Calibration
  rare,         // char32_t[], ascending: code points of the names that have units of their own
  parts,        // UTF-8: a line for each customary part of a city (IndexOptions::parts): name, tab, county codes
  crossings,    // Crossing[], by place
  count_
};
inline constexpr std::size_t section_count = static_cast<std::size_t>(Section::count_);
inline constexpr FileKind matching_file{{'C', 'V', 'P', 'N', 'I', 'D', 'X', '\n'}, 3, section_count};

enum NodeFlag : std::uint8_t {
  pseudo_level = 1,   // such as 市辖区, never written in an address
  holds_places = 2,   // standard place names that are no divisions hang below, or many of them below the same city
};

struct Node {
  std::uint32_t parent;       // none at the top
  std::uint32_t subtree_end;  // nodes [self, subtree_end) lie inside
  std::uint32_t form_begin;
  std::uint32_t name_begin;
  std::uint32_t code_high;      // first 9 digits
  std::int32_t lon_e6, lat_e6;  // micro-degrees; INT32_MIN without position
  std::uint16_t name_bytes;
  std::uint8_t form_count;
  std::uint8_t level;
  std::uint64_t code_low;  // the other 3 or 11 digits
  std::uint8_t code_digits;
  std::uint8_t flags;  // NodeFlag
  std::uint8_t pad[6];
};
static_assert(sizeof(Node) == 48);

/// A place runs through a division that is not its parent.
struct Crossing {
  std::uint32_t place, division;  // nodes
  auto operator<=>(const Crossing&) const = default;
};

enum class FormKind : std::uint8_t { standard, shorter, alias, old };

/// One way to write the specific part (专名) of a node, and the suffix that belongs to it.
struct Form {
  std::uint32_t chars_begin;
  std::uint8_t length;
  FormKind kind;
  std::uint8_t suffix;  // number in the suffix table, 0 none
  std::uint8_t pad;
};
static_assert(sizeof(Form) == 8);

struct CharRow {
  char16_t simplified;      // 0: itself
  std::uint16_t sounds[3];  // toneless syllables, 0 none
  char16_t lookalikes[8];   // 0 none
};
static_assert(sizeof(CharRow) == 24);

struct SoundRow {
  char letters[7];  // "zhuang"
  std::uint8_t length;
  std::uint16_t loose;  // representative of its class under zh=z, ch=c, sh=s, n=l, ng=n, h=f
  std::uint16_t pad;
};
static_assert(sizeof(SoundRow) == 12);

struct BigramSlot {
  std::uint32_t key;       // 0 empty; left << 16 | right
  std::uint32_t surprise;  // 1/16 nat
};

/// Weights and thresholds in nats, learned from generated texts (data/matching.yaml).
struct Calibration {
  float same_sound, loose_sound, similar_shape, substitution, missing_char, extra_char, swapped, pinyin, initial;
  float suffix_differs, suffix_bonus, old_name;
  float absent_city, absent_county, absent_township, out_of_order, unread_char, unread_claim, glued;
  float review_evidence, match_evidence, match_margin, home_bonus, score_scale;
};

enum class KeyKind : std::uint64_t { core = 1, sound = 2, deletion = 3, initials = 4 };

/// Keys grow symbol by symbol, so that all prefixes from one start cost one step each.
inline std::uint64_t key_begin(KeyKind kind) { return static_cast<std::uint64_t>(kind) * 0x9e3779b97f4a7c15ull; }
inline std::uint64_t key_add(std::uint64_t key, std::uint32_t symbol) {
  return (key ^ symbol) * 0x9fb21c651e98df25ull + 0x2545f4914f6cdd1dull;
}
inline std::uint64_t key_end(std::uint64_t key) {
  auto k = mix(key);
  return k ? k : 1;
}

}  // namespace civitas::place_names::index_format
