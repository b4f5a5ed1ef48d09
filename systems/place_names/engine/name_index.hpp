// The names that exist, for the question "is there already one of this name or sound": all divisions and all
// standard place names, whole and by specific part (专名). Read by many threads while approvals add and
// remove names.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "place_names/engine/entry.hpp"

namespace civitas::place_names {

/// The kinds of the law (《地名管理条例》 articles 3 and 9): they decide the scope in which a name must be
/// unique.
enum class LegalKind : std::uint8_t {
  division,     // county level and above
  township,     // township, town
  subdistrict,  // 街道
  committee,    // seat of a village or residents' committee
  natural,      // natural feature
  road,         // street, road, lane
  residence,    // residential area
  building,
  park,
  facility,  // transport, water, power, telecommunication, weather
  other,
};
std::string_view legal_kind_name(LegalKind kind);
std::optional<LegalKind> parse_legal_kind(std::string_view name);
/// The legal kind of a division, by level and name (街道 is no township).
LegalKind legal_kind_of(Level level, std::string_view name);
/// The legal kind of a five-digit class code of GB/T 18521.
LegalKind legal_kind_of_category(std::string_view category);

struct ExistingName {
  std::string code;  // 12 or 20 digits
  std::string name;
  std::string division;  // 12-digit code of the division it lies in (for a division: of its parent)
  LegalKind kind = LegalKind::other;
  std::optional<Position> position;
};

/// Which part of two names is compared, and how.
enum class NameKey : std::uint8_t { whole, specific, whole_sound, specific_sound };

class NameIndex {
 public:
  NameIndex();
  ~NameIndex();
  /// Replaces the bulk. Costs some seconds for all of China; names added since are forgotten.
  void load(const std::vector<ExistingName>& names);
  /// One more name, at once visible. A code that is there already is replaced.
  void add(const ExistingName& name);
  void remove(std::string_view code);
  std::size_t size() const;

  /// Calls `found` with every name that shares this key with `name`, until it returns false.
  void find(NameKey key, std::string_view name, const std::function<bool(const ExistingName&)>& found) const;
  /// The name of a division by its code, "" when unknown.
  std::string name_of(std::string_view code) const;
  /// 湖北省武汉市洪山区, from the names of the divisions.
  std::string path_of(std::string_view division) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace civitas::place_names
