// Generic terms (通名): a name is split into its specific part (专名) and generic part from the right, longest term
// first. The split is a proposal: it is stored with the name and may be corrected there (景德镇, 六渡桥).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace civitas::text {

/// What kind of feature a generic term names; several for terms such as 湾. Bits of a set.
enum class Feature : std::uint32_t {
  none = 0,
  water = 1,       // rivers, lakes, springs, shores
  land = 2,        // mountains, valleys, plains, islands
  division = 4,    // administrative divisions and committees
  settlement = 8,  // villages and natural settlements
  residence = 16,  // urban residential areas
  building = 32,
  road = 64,             // roads, streets, lanes
  road_structure = 128,  // bridges, tunnels, interchanges
  transport = 256,       // stations, harbours, railways
  works = 512,           // water, power, telecommunication
  sight = 1024,          // parks, memorials, temples
  organisation = 2048,
};
constexpr Feature operator|(Feature a, Feature b) {
  return static_cast<Feature>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr bool has(Feature set, Feature one) {
  return (static_cast<std::uint32_t>(set) & static_cast<std::uint32_t>(one)) != 0;
}
/// Name of one bit in the data tables ("road_structure"), and back; `none` for an unknown name.
std::string_view feature_name(Feature one);
Feature feature_named(std::string_view name);

struct GenericTerm {
  std::string_view term;
  Feature features = Feature::none;
  std::vector<std::size_t> breaks;  // byte offsets where the spelling separates words: 村民|委员会
};

/// A name in two parts; `generic` is empty when the whole name is specific. Views into the name given.
struct NameSplit {
  std::string_view specific;
  std::string_view generic;
  Feature features = Feature::none;
};

/// Splits `name`. With `expected` only terms of these features count, and names that are known as a whole are split
/// all the same when they are expected to be such a feature (水果湖 as a lake: 水果|湖).
NameSplit split_name(std::string_view name, Feature expected = Feature::none);
/// The term exactly as it is in the table, or nullptr.
const GenericTerm* find_generic(std::string_view term);
/// All terms, longest first.
const std::vector<GenericTerm>& generic_terms();

}  // namespace civitas::text
