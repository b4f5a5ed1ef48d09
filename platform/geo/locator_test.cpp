#include "geo/locator.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>
#include <thread>

#include "geo/predicates.hpp"

namespace civitas::geo {
namespace {

// A star-shaped polygon with `corners` corners, ragged, never crossing itself.
Geometry star(std::mt19937& random, Point center, double radius, int corners) {
  std::uniform_real_distribution<double> reach(0.4, 1.0);
  Path ring{PathKind::shell, {}};
  for (int i = 0; i < corners; ++i) {
    const double angle = 2 * std::numbers::pi * i / corners;
    const double r = radius * reach(random);
    ring.positions.push_back({center.x + r * std::cos(angle), center.y + r * std::sin(angle)});
  }
  ring.positions.push_back(ring.positions.front());
  return *Geometry::from_paths({ring});
}

TEST(Locator, SmallestAreaFirstAndBordersInBoth) {
  const auto box = [](double x, double y, double side) { return *Geometry::rectangle({x, y, x + side, y + side}); };
  const auto locator =
      Locator::build({{100, box(0, 0, 10)}, {101, box(0, 0, 5)}, {102, box(5, 0, 5)}, {101, box(0, 5, 1)}});
  ASSERT_TRUE(locator);
  EXPECT_EQ(locator->containing({1, 1}), (std::vector<std::int64_t>{101, 100}));
  EXPECT_EQ(locator->containing({5, 1}), (std::vector<std::int64_t>{101, 102, 100}));
  EXPECT_EQ(locator->containing({0.5, 5.5}), (std::vector<std::int64_t>{101, 100}));
  EXPECT_TRUE(locator->containing({11, 1}).empty());
  EXPECT_EQ(locator->intersecting({6, 1, 7, 2}), (std::vector<std::int64_t>{100, 102}));
  EXPECT_EQ(locator->size(), 4u);
  EXPECT_EQ(locator->bounds(), (Box{0, 0, 10, 10}));
  EXPECT_TRUE(Locator().containing({1, 1}).empty());
  EXPECT_EQ(Locator::build({{7, *Geometry::point({1, 1})}}).error().reason, "geo.locator.not_area");
}

TEST(Locator, HolesAreOutside) {
  const auto ring = Geometry::from_wkt("POLYGON((0 0,9 0,9 9,0 9,0 0),(3 3,6 3,6 6,3 6,3 3))");
  const auto locator = Locator::build({{1, *ring}});
  EXPECT_TRUE(locator->containing({4, 4}).empty());
  EXPECT_TRUE(locator->intersecting({4, 4, 5, 5}).empty());
  EXPECT_EQ(locator->containing({3, 4}).size(), 1u);
  EXPECT_EQ(locator->intersecting({4, 4, 7, 5}).size(), 1u);
  EXPECT_EQ(locator->intersecting({-1, -1, 10, 10}).size(), 1u);
}

TEST(Locator, AgreesWithGeosOnRandomShapes) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> place(0, 20);
  std::vector<Locator::Area> areas;
  for (int i = 0; i < 300; ++i)
    areas.push_back({i, star(random, {place(random), place(random)}, 0.3 + i % 7, 5 + i % 90)});
  const auto locator = Locator::build(areas);
  ASSERT_TRUE(locator);
  std::size_t hits = 0;
  for (int n = 0; n < 150; ++n) {
    Point p{place(random), place(random)};
    // Every third question is a corner or the middle of an edge of one of the shapes.
    if (n % 3 == 0) {
      const auto ring = areas[n].shape.paths()[0].positions;
      p = n % 2 ? ring[1] : Point{(ring[1].x + ring[2].x) / 2, (ring[1].y + ring[2].y) / 2};
    }
    auto found = locator->containing(p);
    std::sort(found.begin(), found.end());
    const auto shape = *Geometry::point(p);
    const Box box{p.x, p.y, p.x + 0.4, p.y + 0.3};
    const auto rectangle = *Geometry::rectangle(box);
    std::vector<std::int64_t> inside;
    std::vector<std::int64_t> meeting;
    for (const auto& area : areas) {
      if (covers(area.shape, shape)) inside.push_back(area.id);
      if (intersects(area.shape, rectangle)) meeting.push_back(area.id);
    }
    EXPECT_EQ(found, inside);
    EXPECT_EQ(locator->intersecting(box), meeting);
    hits += found.size();
  }
  EXPECT_GT(hits, 300u);
}

TEST(Locator, AreasOfHardlyAnyHeight) {
  const auto flat = Geometry::from_wkt("POLYGON((0 0,1 0,1 1e-310,0 0))");
  ASSERT_TRUE(flat);
  const auto locator = Locator::build({{1, *flat}});
  EXPECT_EQ(locator->intersecting(flat->bounds()).size(), 1u);
  EXPECT_EQ(locator->intersecting({-1e300, -1e300, 1e300, 1e300}).size(), 1u);
  EXPECT_EQ(locator->containing({0.5, 0}).size(), 1u);
  EXPECT_TRUE(locator->containing({0.5, 1}).empty());
}

TEST(Locator, TallZigzagStaysSmall) {
  Path ring{PathKind::shell, {{0, 0}}};
  for (int i = 0; i < 20'000; ++i) ring.positions.push_back({(i + 1) / 1000.0, i % 2 ? 1.0 : 50.0});
  ring.positions.push_back({20.1, 0});
  ring.positions.push_back({0, 0});
  const auto shape = *Geometry::from_paths({ring});
  const auto locator = Locator::build({{1, shape}});
  const Prepared prepared(shape);
  std::mt19937 random(3);
  std::uniform_real_distribution<double> x(0, 21), y(0, 51);
  for (int i = 0; i < 300; ++i) {
    const Point p{x(random), y(random)};
    EXPECT_EQ(!locator->containing(p).empty(), *prepared.relate(Relation::covers, *Geometry::point(p)));
  }
}

TEST(Locator, ManyThreadsReadAtOnce) {
  std::mt19937 random(11);
  std::vector<Locator::Area> areas;
  for (int i = 0; i < 100; ++i) areas.push_back({i, star(random, {i % 10 + 0.5, i / 10 + 0.5}, 0.6, 40)});
  const auto locator = *Locator::build(areas);
  const auto sum = [&locator] {
    std::int64_t total = 0;
    for (int i = 0; i < 1000; ++i)
      for (const auto id : locator.containing({i % 100 * 0.1, i / 100 * 1.0})) total += id + 1;
    return total;
  };
  const auto alone = sum();
  std::int64_t together[4] = {};
  {
    std::vector<std::jthread> threads;
    for (auto& result : together) threads.emplace_back([&result, &sum] { result = sum(); });
  }
  EXPECT_GT(alone, 0);
  for (const auto result : together) EXPECT_EQ(result, alone);
}

}  // namespace
}  // namespace civitas::geo
