// Whether a drawn place lies in the division that was chosen for it.
#pragma once

#include <optional>

#include "entities/store.hpp"
#include "geo/geometry.hpp"
#include "place_names/engine/name_check.hpp"

namespace civitas::place_names {

struct PlaceFinding {
  Severity severity =
      Severity::warn;  // block: wholly outside; warn: some of it outside, or within the accuracy of the border
  Text message;
};

/// Nothing when the place lies inside, or when the division has no boundary on record.
Result<std::optional<PlaceFinding>> compare_place(sql::Connection& db, entities::Store& store, std::int64_t division,
                                                  const geo::Geometry& place);

/// {"rule":"place_division","title","severity","message"}, as the name check writes its findings.
Json to_json(const PlaceFinding& finding);

}  // namespace civitas::place_names
