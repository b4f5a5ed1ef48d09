#include "place_names/engine/mentions.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "place_names/engine/address.hpp"

namespace civitas::place_names {

namespace {

/// 上海西路, 长沙路, 汉口火车站 are names of their own: a generic term stands right behind, or a road's one character on.
bool begins_longer_name(const Cells& cells, std::size_t end) {
  if (closing_at(cells, end, cells.count).length && !cells[end].break_before) return true;
  if (end + 1 >= cells.count || cells[end].break_before || cells[end + 1].break_before || !cells[end].han) return false;
  const auto behind = closing_at(cells, end + 1, cells.count);
  return behind.length &&
         (behind.part == AddressPart::road || (behind.part == AddressPart::division && behind.length == 1));
}

/// 东湖高新区 ends in a term of its own, 汉口 does not.
bool is_closed(const Cells& cells, std::size_t begin, std::size_t end) {
  for (std::size_t b = begin + 1; b < end; ++b)
    if (closing_at(cells, b, end).length == end - b) return true;
  return false;
}

}  // namespace

CityParts::CityParts(const IndexFile& index, const CharTable& table) {
  for (const auto line : split(index.parts, '\n')) {
    const auto tab = line.find('\t');
    if (tab == std::string_view::npos) continue;
    Part part;
    part.name = normal_name(line.substr(0, tab), table);
    for (const auto code : split(line.substr(tab + 1), ' '))
      if (const auto digits = parse_integer(code.substr(0, 6)))
        part.counties.push_back(static_cast<std::uint32_t>(*digits));
    if (part.name.size() >= 2 && !part.counties.empty()) parts_.push_back(std::move(part));
  }
  std::stable_sort(parts_.begin(), parts_.end(),
                   [](const Part& a, const Part& b) { return a.name.size() > b.name.size(); });
}

bool CityParts::Part::holds(std::uint32_t county) const { return std::ranges::find(counties, county) != counties.end(); }

const CityParts::Part* CityParts::longest_at(const Cells& cells, std::size_t at) const {
  for (const auto& part : parts_) {
    bool fits = at + part.name.size() <= cells.count;
    for (std::size_t k = 0; fits && k < part.name.size(); ++k) fits = cells[at + k].ch == part.name[k];
    if (fits) return &part;
  }
  return nullptr;
}

bool Mention::contradicts(std::uint32_t six_digits) const {
  if (part) return !part->holds(six_digits);
  return std::ranges::none_of(known.codes, [&](const DivisionPrefix& code) { return code.holds(six_digits); });
}

bool Mention::prefecture_or_above() const {
  return std::ranges::any_of(known.codes, [](const DivisionPrefix& code) { return code.length < 6; });
}

void read_mentions(const Cells& cells, const CityParts& parts, const IndexedNames& indexed, Mentions& out) {
  out.count = 0;
  std::size_t chained = 0;  // behind the last name
  bool city_written = false;
  for (std::size_t p = 0; p < cells.count && out.count < out.list.size(); ++p) {
    if ((p != chained && !cells[p].break_before) || !cells[p].han) continue;
    const auto& own = indexed.at[p];
    Mention found;
    if (!own.whole) {
      std::array<char16_t, longest_known_name> name;
      std::size_t length = 0;
      const std::size_t longest = longest_known_from(cells[p].ch);
      while (length < longest && p + length < cells.count && cells[p + length].han &&
             !(length && cells[p + length].break_before)) {
        name[length] = cells[p + length].ch;
        ++length;
      }
      for (; length >= 2 && p + length > own.end && found.end == 0; --length)
        if (const auto known = known_divisions({name.data(), length}); !known.codes.empty()) {
          found.end = static_cast<std::uint8_t>(p + length);
          found.known = known;
          found.full = known.full;
        }
      // The 朝阳 of 武汉朝阳… may be anything.
      if (found.end && !found.full && (city_written || begins_longer_name(cells, found.end))) found = {};
    }
    if (const auto* part = parts.longest_at(cells, p);
        part && p + part->name.size() >= std::max(found.end, own.end)) {
      const std::size_t end = p + part->name.size();
      if (is_closed(cells, p, end) || !begins_longer_name(cells, end)) {
        found = {};
        found.part = part;
        found.end = static_cast<std::uint8_t>(end);
      }
    }
    if (found.end) {
      found.begin = static_cast<std::uint8_t>(p);
      out.list[out.count++] = found;
      city_written = city_written || found.part;
    } else {
      city_written = city_written || own.below_province;
    }
    if (const std::size_t end = std::max(found.end, own.end)) p = (chained = end) - 1;
  }
}

}  // namespace civitas::place_names
