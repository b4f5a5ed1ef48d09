#include "place_names/engine/code.hpp"

#include <algorithm>
#include <cstdio>

namespace civitas::place_names {

namespace {

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Problem bad_part(const char* field, std::string_view value, int digits) {
  return invalid("place_names.code.part",
                 "地名代码的组成部分应为 " + std::to_string(digits) + " 位数字，得到“" + std::string(value) + "”。",
                 "This part of a place-name code is " + std::to_string(digits) + " digits; got \"" +
                     std::string(value) + "\".")
      .with_field(field);
}

}  // namespace

std::string_view level_name(Level level) {
  switch (level) {
    case Level::province: return "province";
    case Level::city: return "city";
    case Level::county: return "county";
    case Level::township: return "township";
    case Level::village: return "village";
    case Level::place: return "place";
  }
  return "";
}

std::optional<Level> parse_level(std::string_view name) {
  for (auto level : {Level::province, Level::city, Level::county, Level::township, Level::village, Level::place})
    if (level_name(level) == name) return level;
  return std::nullopt;
}

Result<std::string> PlaceNameCode::format() const {
  if (county.size() != 6 || !all_digits(county)) return fail(bad_part("county", county, 6));
  if (township.size() != 3 || !all_digits(township)) return fail(bad_part("township", township, 3));
  if (category.size() != 5 || !all_digits(category)) return fail(bad_part("category", category, 5));
  if (serial == 0 || serial > 999999) return fail(bad_part("serial", std::to_string(serial), 6));
  char digits[8];
  std::snprintf(digits, sizeof digits, "%06u", serial);
  return county + township + category + digits;
}

Result<PlaceNameCode> PlaceNameCode::parse(std::string_view text) {
  if (text.size() != 20 || !all_digits(text) || text.substr(0, 2) == "00" || text.substr(14) == "000000" ||
      text[9] == '0')
    return fail(invalid("place_names.code.syntax", "地名代码应为 20 位数字：县级 6、乡级 3、类别 5、顺序 6。",
                        "A place-name code is 20 digits: county 6, township 3, class 5, serial 6."));
  PlaceNameCode code;
  code.county = text.substr(0, 6);
  code.township = text.substr(6, 3);
  code.category = text.substr(9, 5);
  for (char c : text.substr(14)) code.serial = code.serial * 10 + static_cast<std::uint32_t>(c - '0');
  return code;
}

std::string PlaceNameCode::division() const { return county + township + "000"; }

bool is_division_code(std::string_view text) {
  return text.size() == 12 && all_digits(text) && text.substr(0, 2) != "00";
}

bool is_place_name_code(std::string_view text) { return PlaceNameCode::parse(text).has_value(); }

std::string pad_division_code(std::string_view digits) {
  std::string code(digits.substr(0, 12));
  code.append(12 - code.size(), '0');
  return code;
}

std::string_view significant_digits(std::string_view division) {
  static constexpr std::size_t ends[] = {12, 9, 6, 4, 2};
  std::string_view code = division.substr(0, 12);
  for (std::size_t i = 0; i + 1 < std::size(ends); ++i) {
    if (code.size() < ends[i]) continue;
    auto group = code.substr(ends[i + 1], ends[i] - ends[i + 1]);
    if (group.find_first_not_of('0') != std::string_view::npos) return code.substr(0, ends[i]);
    code = code.substr(0, ends[i + 1]);
  }
  return code;
}

Level division_level(std::string_view division) {
  switch (significant_digits(division).size()) {
    case 2: return Level::province;
    case 4: return Level::city;
    case 6: return Level::county;
    case 9: return Level::township;
    default: return Level::village;
  }
}

std::string parent_division(std::string_view division) {
  auto digits = significant_digits(division);
  switch (digits.size()) {
    case 12: return pad_division_code(digits.substr(0, 9));
    case 9: return pad_division_code(digits.substr(0, 6));
    case 6: return pad_division_code(digits.substr(0, 4));
    case 4: return pad_division_code(digits.substr(0, 2));
    default: return "";
  }
}

bool lies_within(std::string_view division, std::string_view ancestor) {
  return division.starts_with(significant_digits(ancestor));
}

}  // namespace civitas::place_names
