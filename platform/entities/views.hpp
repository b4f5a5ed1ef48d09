// The views of a record type, for whoever asks.
#pragma once

#include "base/result.hpp"
#include "entities/declaration.hpp"
#include "identity/principal.hpp"

namespace civitas::entities {

bool may_use(const Entity& entity, const View& view, const identity::Principal& who);
/// nullptr for "". Fails with `entities.view.unknown`, field `view`, naming the one probably meant.
Result<const View*> find_view(const Entity& entity, const std::string& name, const identity::Principal& who);

}  // namespace civitas::entities
