// What of a dimension (divisions, departments, halls …) somebody works in: the right-hand side of `field IN my_scope(…)`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace civitas::query {

struct Scope {
  bool everything = false;
  /// Dimensions with codes: codes cut to their significant digits ("420115"), each the record and all below it.
  std::vector<std::string> prefixes;
  /// Other dimensions: the records themselves, those below them among them; sorted.
  std::vector<std::int64_t> records;
  bool operator==(const Scope&) const = default;
};

/// A code without its trailing zero levels, which end at 2, 4, 6 and 9 digits (GB/T 2260, GB/T 10114): 420115001000 →
/// 420115001.
std::string scope_path(std::string_view code);

/// By dimension; one that is missing gives nothing.
using Scopes = std::map<std::string, Scope, std::less<>>;

}  // namespace civitas::query
