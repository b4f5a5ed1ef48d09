// What is wrong with a declared value: for whoever checks values elsewhere than the loader does (values.hpp).
#pragma once

#include "entities/values.hpp"

namespace civitas::entities {

/// Why `field` cannot get this value over records of `subject`; nothing when it can.
std::optional<Text> value_mistake(Conditions& conditions, const Catalog& catalog, const Entity& subject,
                                  const FieldOf& field, const std::string& value);

}  // namespace civitas::entities
