// Which of 2,000 areas of 200 positions contains a point (a city has about 200 townships and 3,000
// communities).
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>

#include "geo/locator.hpp"

using namespace civitas::geo;

int main() {
  using clock = std::chrono::steady_clock;
  const auto since = [](clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
  };
  std::mt19937 random(1);
  std::uniform_real_distribution<double> x(113.7, 115.1), y(29.9, 31.4), reach(0.8, 1);
  std::vector<Locator::Area> areas;
  for (int i = 0; i < 2'000; ++i) {
    Path ring{PathKind::shell, {}};
    const Point c{x(random), y(random)};
    for (int k = 0; k < 199; ++k) {
      const double r = 0.02 * reach(random);
      ring.positions.push_back({c.x + r * std::cos(6.283185307 * k / 199), c.y + r * std::sin(6.283185307 * k / 199)});
    }
    ring.positions.push_back(ring.positions.front());
    areas.push_back({i, *Geometry::from_paths({ring})});
  }
  auto start = clock::now();
  const auto locator = *Locator::build(areas);
  std::printf("build %zu areas      %.1f ms\n", locator.size(), since(start) * 1e3);

  constexpr int questions = 1'000'000;
  std::vector<Point> points;
  for (int i = 0; i < questions; ++i) points.push_back({x(random), y(random)});
  std::size_t hits = 0;
  start = clock::now();
  for (const Point p : points) hits += locator.containing(p).size();
  double seconds = since(start);
  std::printf("containing(point)     %.0f a second, %.2f areas each\n", questions / seconds, double(hits) / questions);
  hits = 0;
  start = clock::now();
  for (int i = 0; i < questions / 10; ++i)
    hits += locator.intersecting({points[i].x, points[i].y, points[i].x + 0.02, points[i].y + 0.02}).size();
  seconds = since(start);
  std::printf("intersecting(box)     %.0f a second, %.2f areas each\n", questions / 10 / seconds,
              double(hits) / (questions / 10));
}
