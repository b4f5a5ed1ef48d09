// Telephone numbers by the plan of numbers: mainland mobile and fixed numbers (national numbering plan, area codes of
// 2 and 3 digits behind the 0), 400 and 800, Hong Kong, Macao, Taiwan, and others in the international form of E.164.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace civitas::text {

/// The one form in which a number is kept, or nothing when it is none: "13800138000", "027-82345678",
/// "027-82345678-12" with an extension, "4008001234", "+85291234567". Read with blanks, dashes, brackets and full-width
/// characters, with +86, 0086 or 86 in front. A fixed number needs its area code.
std::optional<std::string> phone_number(std::string_view typed);
/// Of a number as kept: a mobile number of the mainland, which short messages reach.
bool is_mobile_number(std::string_view kept);

}  // namespace civitas::text
