// The clocks of a process (`clocks:`, and `limit:` as the short form of one): how long something may take, when it
// counts, and what happens when it is late.
#pragma once

#include <string>
#include <vector>

#include "base/problem.hpp"
#include "entities/message_declaration.hpp"
#include "entities/step_declaration.hpp"

namespace civitas::entities {

struct LateDeclaration {
  std::vector<Tell> tell;  // empty: whose turn it is
  std::vector<SetValue> set;
  std::string go;  // transition taken by the product, whatever its roles
};

struct ClockDeclaration {
  std::string name;
  Text title;
  std::string limit;   // "20 working days", "class.limit_days working days"
  std::string starts;  // transition, or state that is entered; empty: as the process, else the creation
  std::vector<std::string> stops_in;   // states in which it stands
  std::vector<std::string> counts_in;  // the only states in which it runs; neither: stands in `stopped` states
  std::string warn;                    // "80%", "1 working days"
  LateDeclaration late;
  int line = 0;
};

/// The clock that `limit:` of a process is the short form of, and the one that a state's `within:` is.
inline constexpr std::string_view limit_clock_name = "limit";
inline constexpr std::string_view step_clock_name = "step";

}  // namespace civitas::entities
