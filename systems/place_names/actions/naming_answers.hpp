// The answers of the name check and the matcher as the open interface gives them (docs/api.md).
#pragma once

#include "base/json.hpp"
#include "place_names/engine/matcher.hpp"
#include "place_names/engine/name_check.hpp"

namespace civitas::place_names {

Json to_json(const MatchAnswer& answer);
Json to_json(const CheckAnswer& answer);

}  // namespace civitas::place_names
