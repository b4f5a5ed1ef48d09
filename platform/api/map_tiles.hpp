// Kept tiles follow the records that they show.
#pragma once

#include "entities/hooks.hpp"
#include "geo/tile_cache.hpp"

namespace civitas::api {

/// Registers "map.shape_changed", which the store calls after each write of a record type with a place: what lay and what
/// lies at the place is dropped from the kept tiles after the COMMIT, so that an edit is on the next tile asked for.
void drop_changed_tiles(entities::Hooks& hooks, geo::TileCache& tiles);

}  // namespace civitas::api
