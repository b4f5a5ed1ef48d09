#include "geo/area_index.hpp"

#include <algorithm>
#include <cmath>

#include "geo/geos_context.hpp"

namespace civitas::geo::detail {

namespace {

// Sign of the turn a -> b -> p: above 0 when p lies left. Plain doubles decide clear cases (the bound is
// Shewchuk's); GEOS, with doubled precision, the others.
int turn(Point a, Point b, Point p) {
  const double left = (a.x - p.x) * (b.y - p.y);
  const double right = (a.y - p.y) * (b.x - p.x);
  const double det = left - right;
  if (std::abs(det) > 3.4e-16 * (std::abs(left) + std::abs(right))) return det > 0 ? 1 : -1;
  return GEOSOrientationIndex_r(context(), a.x, a.y, b.x, b.y, p.x, p.y);
}

}  // namespace

AreaIndex::AreaIndex(const Geometry& g) {
  for (const auto& path : g.paths()) {
    if (path.kind != PathKind::shell && path.kind != PathKind::hole) continue;
    for (std::size_t i = 1; i < path.positions.size(); ++i)
      edges_.push_back({path.positions[i - 1], path.positions[i]});
    for (const Point p : path.positions) bounds_.extend(p);
  }
  if (edges_.empty()) return;
  // An edge is listed in every band that it crosses. Fewer bands where edges are tall keep the list at about
  // four entries an edge, whatever shape comes.
  const double height = bounds_.max_y - bounds_.min_y;
  double crossings = 1;  // of a level line with all edges, on average
  if (height > 0)
    for (const auto& [a, b] : edges_) crossings += std::abs(a.y - b.y) / height;
  const auto count = static_cast<double>(edges_.size());
  const auto bands = static_cast<std::size_t>(std::clamp(std::min(count / 4, 3 * count / crossings), 1.0, 65536.0));
  // A height near zero would make the scale infinite; all edges then share the first band.
  scale_ = height > 1e-12 ? static_cast<double>(bands) / height : 0;
  band_begin_.assign(bands + 1, 0);
  const auto each = [&](auto visit) {
    for (std::uint32_t i = 0; i < edges_.size(); ++i) {
      const auto [low, high] = std::minmax(edges_[i].a.y, edges_[i].b.y);
      for (std::size_t band = band_of(low); band <= band_of(high); ++band) visit(band, i);
    }
  };
  each([&](std::size_t band, std::uint32_t) { ++band_begin_[band + 1]; });
  for (std::size_t band = 0; band < bands; ++band) band_begin_[band + 1] += band_begin_[band];
  band_edges_.resize(band_begin_.back());
  auto next = band_begin_;
  each([&](std::size_t band, std::uint32_t i) { band_edges_[next[band]++] = i; });
}

std::size_t AreaIndex::band_of(double y) const {
  const double last = static_cast<double>(band_begin_.size() - 2);
  const double band = (y - bounds_.min_y) * scale_;
  return band > 0 ? static_cast<std::size_t>(std::min(band, last)) : 0;
}

bool AreaIndex::covers(Point p) const {
  if (edges_.empty() || !bounds_.contains(p)) return false;
  const std::size_t band = band_of(p.y);
  bool inside = false;
  for (std::uint32_t at = band_begin_[band]; at < band_begin_[band + 1]; ++at) {
    const auto& [a, b] = edges_[band_edges_[at]];
    if (a.y > p.y && b.y > p.y) continue;
    if (a.y < p.y && b.y < p.y) continue;
    if (a.x < p.x && b.x < p.x) continue;
    if (a.y == b.y) {
      if (a.y == p.y && p.x >= std::min(a.x, b.x) && p.x <= std::max(a.x, b.x)) return true;
      continue;
    }
    const int side = turn(a, b, p);
    if (side == 0) return true;
    // The ray to the east crosses when the edge passes the latitude of p with p on its western side; the
    // upper end of an edge does not count, so that a corner is not counted twice.
    const bool upward = b.y > a.y;
    const double low = upward ? a.y : b.y;
    const double high = upward ? b.y : a.y;
    if (p.y >= low && p.y < high && (side > 0) == upward) inside = !inside;
  }
  return inside;
}

bool AreaIndex::intersects(const Box& box) const {
  if (edges_.empty() || box.is_none() || !bounds_.intersects(box)) return false;
  const Point corners[] = {
      {box.min_x, box.min_y}, {box.max_x, box.min_y}, {box.max_x, box.max_y}, {box.min_x, box.max_y}};
  const std::uint32_t end = band_begin_[band_of(box.max_y) + 1];
  for (std::uint32_t at = band_begin_[band_of(box.min_y)]; at < end; ++at) {
    const auto& [a, b] = edges_[band_edges_[at]];
    if (std::max(a.x, b.x) < box.min_x || std::min(a.x, b.x) > box.max_x || std::max(a.y, b.y) < box.min_y ||
        std::min(a.y, b.y) > box.max_y)
      continue;
    if (box.contains(a) || box.contains(b)) return true;
    int left = 0;
    int right = 0;
    for (const Point corner : corners) {
      const int side = turn(a, b, corner);
      left += side >= 0;
      right += side <= 0;
    }
    if (left > 0 && right > 0) return true;
  }
  // No edge in the box: it lies wholly inside or wholly outside.
  return covers(corners[0]);
}

}  // namespace civitas::geo::detail
