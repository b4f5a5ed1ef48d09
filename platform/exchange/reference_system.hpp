// Inside this room: what a GeoJSON file says of its own coordinates ("crs" of GeoJSON 2008, which QGIS and others still
// write).
#pragma once

#include "base/json.hpp"
#include "base/result.hpp"

namespace civitas::exchange {

/// Good for WGS 84 and CGCS2000 in degrees, and for none. Any other system would put every place 50 to 600 m, or far,
/// away: fails with `exchange.import.crs`, which names it.
Status check_reference_system(const Json& crs);

}  // namespace civitas::exchange
