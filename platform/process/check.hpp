// What can be said of declared processes before they run, and of an upgrade before it starts.
#pragma once

#include "entities/conditions.hpp"
#include "entities/hooks.hpp"

namespace civitas::process {

/// Periods (`limit`, `within`, `after`, `remind`, `warn`, `extend`) are understood, fields that hold numbers for them
/// exist and are numbers, and what extends a clock counts in its unit. Fails with `entities.declaration`, all of it told
/// at once.
Status check_periods(const entities::Catalog& catalog);

/// Open cases of one definition that stand in one state.
struct OpenCases {
  std::string entity;      // "town/permit"
  std::string definition;  // its text, as stored with the cases
  std::string state;
  std::int64_t count = 0;
};
/// Empty for a database that has no cases yet.
Result<std::vector<OpenCases>> open_cases(sql::Connection& c);

/// A running case keeps the definition it began with; what this still needs must not have been taken away: the record
/// type and its process, the states ahead of the case, the fields, roles and conditions of their transitions, and with
/// `hooks` the actions. Fails with `process.upgrade.open_cases`, a line each that names the process, what is missing,
/// and how many open cases need it.
Status check_open_cases(const entities::Catalog& catalog, const std::vector<OpenCases>& open,
                        const entities::Hooks* hooks);

}  // namespace civitas::process
