#include "geo/locator.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "geo/area_index.hpp"

namespace civitas::geo {

namespace {

// Distance along a Hilbert curve over 65536 x 65536 cells (the table-free walk from the coarsest quadrant
// down).
std::uint32_t hilbert(std::uint32_t x, std::uint32_t y) {
  std::uint32_t d = 0;
  for (std::uint32_t s = 1u << 15; s > 0; s >>= 1) {
    const std::uint32_t rx = (x & s) ? 1 : 0;
    const std::uint32_t ry = (y & s) ? 1 : 0;
    d += s * s * ((3 * rx) ^ ry);
    if (ry == 0) {
      if (rx == 1) {
        x = 65535 - x;
        y = 65535 - y;
      }
      std::swap(x, y);
    }
  }
  return d;
}

constexpr std::size_t fan_out = 8;

// Only for ordering answers by size, so degrees shrunk to the latitude are good enough and much faster than
// geodesics.
double rough_area(const Geometry& g) {
  double total = 0;
  for (const auto& [kind, ring] : g.paths()) {
    double sum = 0;
    for (std::size_t i = 1; i < ring.size(); ++i)
      sum +=
          (ring[i - 1].x - ring[0].x) * (ring[i].y - ring[0].y) - (ring[i].x - ring[0].x) * (ring[i - 1].y - ring[0].y);
    total += kind == PathKind::hole ? -std::abs(sum) : std::abs(sum);
  }
  return total * std::cos(g.bounds().center().y * std::numbers::pi / 180);
}

}  // namespace

struct Locator::Impl {
  struct Item {
    std::int64_t id;
    double area;
    detail::AreaIndex index;
  };

  std::vector<Item> items;               // in Hilbert order: children of a node lie together
  std::vector<std::vector<Box>> levels;  // levels[0]: boxes of the items, each further level groups fan_out of them
  Box bounds = Box::none();

  template <class Visit>
  void candidates(const Box& box, Visit visit) const {
    if (items.empty() || !bounds.intersects(box)) return;
    descend(levels.size() - 1, 0, levels.back().size(), box, visit);
  }

  template <class Visit>
  void descend(std::size_t level, std::size_t begin, std::size_t end, const Box& box, Visit& visit) const {
    for (std::size_t i = begin; i < end; ++i) {
      if (!levels[level][i].intersects(box)) continue;
      if (level == 0)
        visit(items[i]);
      else
        descend(level - 1, i * fan_out, std::min((i + 1) * fan_out, levels[level - 1].size()), box, visit);
    }
  }
};

Locator::Locator() : impl_(std::make_unique<Impl>()) {}
Locator::~Locator() = default;
Locator::Locator(Locator&&) noexcept = default;
Locator& Locator::operator=(Locator&&) noexcept = default;

Result<Locator> Locator::build(const std::vector<Area>& areas) {
  Locator locator;
  Impl& impl = *locator.impl_;
  for (const auto& area : areas) {
    if (area.shape.empty() ||
        (area.shape.type() != GeometryType::polygon && area.shape.type() != GeometryType::multi_polygon))
      return fail(invalid("geo.locator.not_area", "编号 " + std::to_string(area.id) + " 的图形不是面。",
                          "The shape of " + std::to_string(area.id) + " is no polygon."));
    impl.bounds.extend(area.shape.bounds());
  }
  if (areas.empty()) return locator;

  const double width = std::max(impl.bounds.max_x - impl.bounds.min_x, 1e-12);
  const double height = std::max(impl.bounds.max_y - impl.bounds.min_y, 1e-12);
  std::vector<std::uint32_t> keys;
  keys.reserve(areas.size());
  for (const auto& area : areas) {
    const Point center = area.shape.bounds().center();
    keys.push_back(hilbert(static_cast<std::uint32_t>((center.x - impl.bounds.min_x) / width * 65535),
                           static_cast<std::uint32_t>((center.y - impl.bounds.min_y) / height * 65535)));
  }
  std::vector<std::size_t> order(areas.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return keys[a] < keys[b]; });

  auto& boxes = impl.levels.emplace_back();
  impl.items.reserve(areas.size());
  for (const auto i : order) {
    impl.items.push_back({areas[i].id, rough_area(areas[i].shape), detail::AreaIndex(areas[i].shape)});
    boxes.push_back(areas[i].shape.bounds());
  }
  while (impl.levels.back().size() > fan_out) {
    std::vector<Box> parents((impl.levels.back().size() + fan_out - 1) / fan_out, Box::none());
    for (std::size_t i = 0; i < impl.levels.back().size(); ++i) parents[i / fan_out].extend(impl.levels.back()[i]);
    impl.levels.push_back(std::move(parents));
  }
  return locator;
}

std::vector<std::int64_t> Locator::containing(Point p) const {
  std::vector<const Impl::Item*> found;
  impl_->candidates({p.x, p.y, p.x, p.y}, [&](const Impl::Item& item) {
    if (item.index.covers(p)) found.push_back(&item);
  });
  std::sort(found.begin(), found.end(),
            [](const auto* a, const auto* b) { return a->area != b->area ? a->area < b->area : a->id < b->id; });
  std::vector<std::int64_t> ids;
  for (const auto* item : found)
    if (std::find(ids.begin(), ids.end(), item->id) == ids.end()) ids.push_back(item->id);
  return ids;
}

std::vector<std::int64_t> Locator::intersecting(const Box& box) const {
  std::vector<std::int64_t> ids;
  if (box.is_none()) return ids;
  impl_->candidates(box, [&](const Impl::Item& item) {
    if (item.index.intersects(box)) ids.push_back(item.id);
  });
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::size_t Locator::size() const { return impl_->items.size(); }
Box Locator::bounds() const { return impl_->bounds; }

}  // namespace civitas::geo
