// Codes of divisions and place names: splitting, checking and padding. Serial numbers are given out
// elsewhere.
//
// Division code, 12 digits: GB/T 2260 (2 + 2 + 2), GB/T 10114-2003 (3), village part of the statistics bureau
// (3). Place-name code, 20 digits (《国家地名数据库代码编制规则》): county 6 + township 3 (000 across
// townships) + class 5 + serial 6, e.g. 42011500122100000001. Neither carries a check digit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "place_names/engine/entry.hpp"

namespace civitas::place_names {

struct PlaceNameCode {
  std::string county;            // 6 digits
  std::string township = "000";  // 3 digits, 000 above or across townships
  std::string category;          // 5 digits, GB/T 18521
  std::uint32_t serial = 0;      // 1 … 999999

  /// Fails with `place_names.code.part` naming the part as field.
  Result<std::string> format() const;
  /// Fails with `place_names.code.syntax` unless the text is 20 digits with a possible county part and a
  /// serial above 0.
  static Result<PlaceNameCode> parse(std::string_view text);
  /// The 12-digit code of the division that the name belongs to (the county when across townships).
  std::string division() const;
};

bool is_division_code(std::string_view text);    // 12 digits, first two not 00
bool is_place_name_code(std::string_view text);  // PlaceNameCode::parse succeeds

/// 4201 → 420100000000. The text must be at most 12 digits.
std::string pad_division_code(std::string_view digits);
/// 420111002000 → 420111002: without the trailing zero groups, keeping whole levels. "" for no digits.
std::string_view significant_digits(std::string_view division);
/// The level that a 12-digit code is written at, by its zero groups.
Level division_level(std::string_view division);
/// 420111002001 → 420111002000; "" for a province. Directly governed counties give their city group 4290.
std::string parent_division(std::string_view division);
/// Whether `division` is `ancestor` or lies inside it, by digits.
bool lies_within(std::string_view division, std::string_view ancestor);

}  // namespace civitas::place_names
