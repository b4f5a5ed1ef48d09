// Whatever bytes come: they are refused, or the shape they hold is written and read back the same.
#include <cstdint>
#include <cstdlib>

#include "geo/geometry.hpp"
#include "geo/locator.hpp"

using namespace civitas;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto g = geo::Geometry::from_wkb({reinterpret_cast<const char*>(data), size});
  if (!g) return 0;
  const auto wkb = g->to_wkb();
  const auto again = geo::Geometry::from_wkb(wkb);
  if (!again || again->to_wkb() != wkb) std::abort();
  if (again->bounds() != g->bounds() || again->position_count() != g->position_count()) std::abort();
  if (const auto locator = geo::Locator::build({{1, *g}})) {
    (void)locator->containing(g->bounds().center());
    if (locator->intersecting(g->bounds()).empty()) std::abort();
  }
  return 0;
}
