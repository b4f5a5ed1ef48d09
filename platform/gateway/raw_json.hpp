// Walking through JSON text that this program wrote itself, without building a tree: long lists become GeoJSON by
// moving pieces of text. Not for text from outside: malformed text ends the walk early.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace civitas::gateway {

/// Index behind the value that begins at `at` (after blanks).
std::size_t skip_value(std::string_view text, std::size_t at);
void each_member(std::string_view object, const std::function<void(std::string_view key, std::string_view value)>& use);
void each_element(std::string_view array, const std::function<void(std::string_view value)>& use);
/// The value of a member, "" when absent.
std::string_view raw_member(std::string_view object, std::string_view key);

/// Exchanges the first two numbers of every position in a GeoJSON geometry: EPSG:4490 has latitude before longitude.
/// The digits stay as they are.
std::string swap_axes(std::string_view geometry);

}  // namespace civitas::gateway
