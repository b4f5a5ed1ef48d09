#include "api/map_tiles.hpp"

#include <vector>

#include "entities/storage.hpp"
#include "geo/geometry.hpp"

namespace civitas::api {

void drop_changed_tiles(entities::Hooks& hooks, geo::TileCache& tiles) {
  hooks.add("map.shape_changed", [&tiles](entities::HookCall& call) -> Status {
    const entities::Field* place = entities::box_field_of(call.entity);
    if (!place) return {};
    std::vector<geo::Box> boxes;
    const auto add = [&](const Json& shape) {
      if (shape.is_null()) return;
      boxes.push_back(geo::bounds_of_geojson(shape));
    };
    if (call.before) add((*call.before)[place->name]);
    add(call.record[place->name]);
    if (boxes.empty()) return {};
    call.transaction.after_commit([&tiles, boxes = std::move(boxes), layer = call.entity.path()] {
      for (const auto& box : boxes) tiles.invalidate(layer, box);
    });
    return {};
  });
}

}  // namespace civitas::api
