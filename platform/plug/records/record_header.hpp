// Typed accessors for the records of one system, as C++ (plug/typed_record.hpp): what the build writes before it
// compiles the system's own C++. For each record type a view of its JSON with a method for each field, what changes it,
// the names of its fields, states, steps and documents; for each code list its codes; the names of the profile.
#pragma once

#include <string>

#include "base/result.hpp"
#include "entities/declaration.hpp"

namespace civitas::plug {

/// The header `NAME/records.hpp`, of the namespace civitas::NAME::records. Words that C++ keeps for itself get a `_`
/// behind them (`class_`), codes that begin with a digit a `c` before them (`c21610`); codes of other letters than
/// ASCII get no constant. Fails with `plug.records.name` when two names become one.
Result<std::string> record_header(const entities::System& system);

}  // namespace civitas::plug
