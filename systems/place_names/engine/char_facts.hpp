// Character facts for the index, taken from the text room: simplified form, toneless readings, look-alikes.
// Private to the engine.
#pragma once

#include <span>
#include <vector>

#include "place_names/engine/index_format.hpp"

namespace civitas::place_names {

/// Fills one row for each UTF-16 unit and the list of syllables. `used` marks the characters of the names:
/// look-alikes are sought among them only.
/// `rare`: the code points of the names that have units of their own (cells.hpp), in ascending order.
void read_char_facts(const std::vector<bool>& used, std::span<const char32_t> rare,
                     std::vector<index_format::CharRow>& chars, std::vector<index_format::SoundRow>& sounds);

}  // namespace civitas::place_names
