// Whatever text comes: it is refused, or the shape survives a round trip through every format and every
// question.
#include <cstdint>
#include <cstdlib>

#include "geo/measure.hpp"
#include "geo/tile.hpp"
#include "geo/wkt.hpp"

using namespace civitas;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  geo::Limits limits;
  limits.max_positions = 2000;
  std::size_t bytes = 0;
  const auto prefix = geo::read_wkt(text, bytes, limits);
  if (bytes > text.size()) std::abort();
  if (prefix) (void)geo::Geometry::from_geojson(*prefix, limits);
  Result<geo::Geometry> g = geo::Geometry::from_wkt(text, limits);
  if (!g) {
    const auto json = Json::parse(text);
    if (!json) return 0;
    g = geo::Geometry::from_geojson(*json, limits);
  }
  if (!g) return 0;
  const auto again = Json::parse(g->to_geojson());
  if (!again || !geo::Geometry::from_geojson(*again)) std::abort();
  if (!geo::Geometry::from_wkt(g->to_wkt())) std::abort();
  const auto wkb = g->to_wkb();
  const auto same = geo::Geometry::from_wkb(wkb);
  if (!same || same->to_wkb() != wkb) std::abort();
  (void)geo::validity(*g);
  (void)geo::area(*g);
  for (const int zoom : {0, 4, 14}) {
    geo::TileWriter tile(geo::tile_at(g->bounds().center(), zoom));
    tile.layer("x");
    tile.add(*g, 1, {});
    (void)tile.finish();
  }
  return 0;
}
