// Inside of the XLSX reader: what a number format (ECMA-376 18.8.31) makes of a number.
#pragma once

#include <string>
#include <string_view>

namespace civitas::documents {

/// The text that a sheet shows for a decimal number such as "42" under a format such as "00000": "00042". "" where the
/// format changes nothing, cannot be followed (fractions, exponents, conditions, scaling) or would round digits away:
/// then the number itself is the best text.
std::string shown_number(std::string_view decimal, std::string_view code);

/// The code of a built-in number format; "" for General, dates and what is not fixed.
std::string_view builtin_number_format(int id);

}  // namespace civitas::documents
