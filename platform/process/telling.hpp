// What a declared message (`tell:`) is about, besides the record.
#pragma once

#include <optional>
#include <string>

#include "base/problem.hpp"
#include "base/time.hpp"

namespace civitas::process {

struct Occasion {
  std::string kind;         // "step", "state", "late": kept with the message
  Text step;                // the title of the step that was taken
  Text state;               // of the state that the case stands in
  std::string who;          // the name of who did it
  std::string comment;      // what they said
  std::optional<Date> due;  // the last day of the limit it is about
  std::int64_t not_to = 0;  // who did it needs no news of it
  Text title, text;         // said when no template is named; empty: “title of the record”: state
};

}  // namespace civitas::process
