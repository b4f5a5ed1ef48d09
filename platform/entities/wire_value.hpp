// Inside this room: the value of an expression as the field that takes it has it on the wire.
#pragma once

#include "entities/declaration.hpp"
#include "query/value.hpp"

namespace civitas::entities {

/// Null where it does not fit.
Json wire_value(FieldType type, const query::Value& v);

}  // namespace civitas::entities
