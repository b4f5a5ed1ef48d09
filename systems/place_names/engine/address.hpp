// What stands behind the division in an address: road and house number, estate, building, unit, floor, room,
// and what people add (crossings, distances, telephone numbers, names of persons). The grammar is that of
// urban standard addresses (order as in GB/T 23705); the parts are left unread by the matcher and handed on.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "place_names/engine/cells.hpp"

namespace civitas::place_names {

enum class AddressPart : std::uint8_t {
  road,
  number,
  area,
  building,
  unit,
  floor,
  room,
  organisation,
  relation,
  person,
  telephone,
  words,     // nothing of the grammar
  division,  // words that end like a division (…社区, …镇)
};
std::string_view address_part_name(AddressPart part);

struct AddressSpan {
  AddressPart part;
  std::uint8_t begin, end;  // cells
};

struct AddressSpans {
  std::array<AddressSpan, 24> span;  // `count` of them
  std::size_t count = 0;
  void add(const AddressSpan& s) {
    if (count < span.size())
      span[count++] = s;
    else
      span.back().end = s.end;  // the last one takes what is left
  }
};

/// Whether a village or community was read before: then natural villages (…湾) and free names of buildings
/// are no claim to be another division.
enum class After : std::uint8_t { higher_division, village };

/// Cells that a generic term (路, 小区, 医院, …) or an ending of a division takes up from `at`, 0 when none stands there.
struct Closing {
  std::size_t length = 0;
  AddressPart part = AddressPart::words;
};
Closing closing_at(const Cells& cells, std::size_t at, std::size_t end);

/// Cuts cells [begin, end) into parts, appended to `out`.
void read_address(const Cells& cells, std::size_t begin, std::size_t end, After after, AddressSpans& out);

}  // namespace civitas::place_names
