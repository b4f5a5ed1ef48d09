// Who took a step last, and when: what a printed form shows as evidence.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "sql/connection.hpp"

namespace civitas::process {

struct TakenStep {
  std::string person;
  Instant at;
};

/// Nothing when the case of `record` never took the transition.
Result<std::optional<TakenStep>> last_step(sql::Connection& c, std::int64_t record, std::string_view transition);

}  // namespace civitas::process
