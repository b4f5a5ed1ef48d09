// How long one crowded tile takes: 10,000 points and 1,000 polygons of 60 positions, at zoom 12 of Wuhan.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>

#include "geo/tile.hpp"

using namespace civitas::geo;

namespace {
double milliseconds(auto work) {
  std::vector<double> times;
  for (int i = 0; i < 11; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + 5, times.end());
  return times[5];
}
}  // namespace

int main() {
  std::mt19937 random(1);
  const TileId id = tile_at({114.3055, 30.5928}, 12);
  const Box box = tile_box(id);
  std::uniform_real_distribution<double> x(box.min_x, box.max_x), y(box.min_y, box.max_y), reach(0.6, 1);
  std::vector<Point> points;
  std::vector<std::string> names;
  for (int i = 0; i < 10'000; ++i) {
    points.push_back({x(random), y(random)});
    names.push_back("地名" + std::to_string(i));
  }
  std::vector<Geometry> areas;
  for (int i = 0; i < 1'000; ++i) {
    Path ring{PathKind::shell, {}};
    const Point c{x(random), y(random)};
    for (int k = 0; k < 59; ++k) {
      const double r = 0.002 * reach(random);
      ring.positions.push_back({c.x + r * std::cos(6.283185307 * k / 59), c.y + r * std::sin(6.283185307 * k / 59)});
    }
    ring.positions.push_back(ring.positions.front());
    areas.push_back(*Geometry::from_paths({ring}));
  }

  std::size_t bytes = 0;
  const double point_ms = milliseconds([&] {
    TileWriter writer(id);
    writer.layer("points");
    for (std::size_t i = 0; i < points.size(); ++i) {
      const TileAttribute attributes[] = {{"name", names[i]}, {"rank", static_cast<std::int64_t>(i % 10)}};
      writer.add(points[i], static_cast<std::int64_t>(i), attributes);
    }
    bytes = writer.finish().size();
  });
  std::printf("10,000 points            %8.2f ms  %zu bytes\n", point_ms, bytes);
  const double area_ms = milliseconds([&] {
    TileWriter writer(id);
    writer.layer("areas");
    for (std::size_t i = 0; i < areas.size(); ++i) writer.add(areas[i], static_cast<std::int64_t>(i), {});
    bytes = writer.finish().size();
  });
  std::printf("1,000 polygons of 60     %8.2f ms  %zu bytes\n", area_ms, bytes);
}
