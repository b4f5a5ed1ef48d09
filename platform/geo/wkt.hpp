// WKT (OGC 06-103r4): the one reader of it, for whole texts (Geometry::from_wkt) and for what stands in a longer one.
#pragma once

#include <string_view>

#include "base/json.hpp"
#include "geo/geometry.hpp"

namespace civitas::geo {

/// Reads the WKT geometry at the beginning of `text` as GeoJSON, heights kept, measures left out. Letter case does not
/// matter; MULTIPOINT may be written without inner brackets. What is said about rings, ranges and emptiness is for
/// whoever makes a Geometry of it.
/// `bytes`: how much of the text it takes; of a failure, where that is. Failures: `geo.geometry.syntax`, whose sentence
/// says what should stand there, `type`, `too_large`, `too_deep`.
Result<Json> read_wkt(std::string_view text, std::size_t& bytes, const Limits& limits = {});

}  // namespace civitas::geo
