// A moment as text, written where the caller has room for it.
#pragma once

#include <cstddef>

#include "base/time.hpp"

namespace civitas {

constexpr std::size_t instant_length = 24;
/// Writes what `format_instant` returns: `instant_length` characters.
void write_instant(char* to, Instant instant);

}  // namespace civitas
