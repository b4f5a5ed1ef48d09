// Reading the trail, newest first, for whoever audits.
#pragma once

#include <functional>
#include <limits>
#include <string>

#include "audit/audit.hpp"

namespace civitas::audit {

struct TrailQuery {
  std::string object, action, who;  // whole object, part of an action, whole name; "": any
  Instant from{std::numeric_limits<std::int64_t>::min()}, until{std::numeric_limits<std::int64_t>::max()};
  std::int64_t before = std::numeric_limits<std::int64_t>::max();  // the sequence of the last entry seen
  std::int64_t limit = 100;
};

struct TrailEntry {
  std::int64_t sequence = 0;
  Instant at;
  Entry entry;
};

Status read_trail(sql::Connection& c, const TrailQuery& query, const std::function<void(const TrailEntry&)>& use);

}  // namespace civitas::audit
