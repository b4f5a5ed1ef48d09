#include "geo/tile_cache.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

namespace civitas::geo {
namespace {

const Point place{114.3055, 30.5928};
const Box place_box{place.x, place.y, place.x, place.y};

TileKey key(TileId tile, std::string layer = "poi") { return {std::move(layer), tile}; }
bool put(TileCache& cache, const TileKey& k, std::string bytes = "x") { return cache.begin(k).store(std::move(bytes)); }

TEST(TileCache, KeepsByLayerAndTile) {
  TileCache cache;
  EXPECT_FALSE(cache.find(key({3, 1, 2})));
  EXPECT_TRUE(put(cache, key({3, 1, 2}), "one"));
  EXPECT_EQ(*cache.find(key({3, 1, 2})), "one");
  EXPECT_FALSE(cache.find(key({3, 2, 1})));
  EXPECT_FALSE(cache.find(key({3, 1, 2}, "road")));
  EXPECT_TRUE(put(cache, key({3, 1, 2}), "two"));
  EXPECT_EQ(*cache.find(key({3, 1, 2})), "two");
  EXPECT_EQ(cache.stats().tiles, 1u);
  cache.clear();
  EXPECT_EQ(cache.stats().tiles, 0u);
  EXPECT_EQ(cache.stats().bytes, 0u);
}

TEST(TileCache, DropsExactlyTheTouchedTilesOfAllZooms) {
  TileCache cache;
  std::size_t touched = 0;
  std::size_t others = 0;
  for (int z = 0; z <= 20; ++z) {
    const TileId center = tile_at(place, z);
    for (int dx = -3; dx <= 3; ++dx)
      for (int dy = -3; dy <= 3; ++dy) {
        const auto tile = make_tile(z, std::int64_t{center.x} + dx, std::int64_t{center.y} + dy);
        if (!tile) continue;
        ASSERT_TRUE(put(cache, key(*tile)));
        ASSERT_TRUE(put(cache, key(*tile, "road")));
        (tile_box(*tile, 64.0 / 4096).contains(place) ? touched : others)++;
      }
  }
  ASSERT_GE(touched, 21u);
  cache.invalidate("poi", place_box);
  EXPECT_EQ(cache.stats().invalidated, touched);
  EXPECT_EQ(cache.stats().tiles, 2 * others + touched);
  for (int z = 0; z <= 20; ++z) {
    EXPECT_FALSE(cache.find(key(tile_at(place, z))));
    EXPECT_TRUE(cache.find(key(tile_at(place, z), "road")));
  }
  cache.invalidate("poi", Box::none());
  EXPECT_EQ(cache.stats().invalidated, touched);
  // A box over the whole country: 2^40 tiles at zoom 20, of which only those held cost anything.
  cache.invalidate("poi", {73, 18, 135, 54});
  EXPECT_FALSE(cache.find(key(make_tile(20, tile_at(place, 20).x + 3, tile_at(place, 20).y).value())));
  cache.invalidate_layer("road");
  EXPECT_FALSE(cache.find(key(tile_at(place, 9), "road")));
}

TEST(TileCache, ATileFromOldDataIsNotStored) {
  TileCache cache;
  auto old = cache.begin(key(tile_at(place, 14)));
  auto elsewhere = cache.begin(key(tile_at({100, 20}, 14)));
  cache.invalidate("poi", place_box);
  auto fresh = cache.begin(key(tile_at(place, 14)));
  EXPECT_FALSE(old.store("old"));
  EXPECT_TRUE(elsewhere.store("elsewhere"));
  EXPECT_TRUE(fresh.store("fresh"));
  EXPECT_FALSE(fresh.store("twice"));
  EXPECT_EQ(*cache.find(key(tile_at(place, 14))), "fresh");
  EXPECT_EQ(cache.stats().refused, 1u);
  auto before_clear = cache.begin(key(tile_at(place, 3)));
  cache.clear();
  EXPECT_FALSE(before_clear.store("old"));
  {
    const auto dropped = cache.begin(key(tile_at(place, 5)));
  }
  EXPECT_EQ(cache.stats().tiles, 0u);
}

TEST(TileCache, TheLeastRecentlyUsedLeavesFirst) {
  TileCache cache({.max_bytes = 4000, .buffer = 0});
  for (std::uint32_t x = 0; x < 3; ++x) ASSERT_TRUE(put(cache, key({5, x, 0}), std::string(1000, 'x')));
  EXPECT_TRUE(cache.find(key({5, 0, 0})));
  ASSERT_TRUE(put(cache, key({5, 3, 0}), std::string(1000, 'x')));
  EXPECT_TRUE(cache.find(key({5, 0, 0})));
  EXPECT_FALSE(cache.find(key({5, 1, 0})));
  EXPECT_EQ(cache.stats().evicted, 1u);
  EXPECT_LE(cache.stats().bytes, 4000u);
  EXPECT_FALSE(put(cache, key({5, 4, 0}), std::string(5000, 'x')));
  EXPECT_TRUE(cache.find(key({5, 0, 0})));
}

// Writers change the data and invalidate; readers render and store. Once all is quiet, and after each
// invalidation as seen by the writer, the cache never gives a tile that is older than the data of that
// moment.
TEST(TileCache, RaceOfRenderAndChangeNeverLeavesAnOldTile) {
  TileCache cache({.max_bytes = 20'000, .buffer = 0});
  constexpr int places = 8;
  std::array<std::atomic<int>, places> data{};
  const auto tile_of = [](int i) { return tile_at({100.0 + 3 * i, 30}, 14); };
  std::atomic<bool> stop = false;
  std::atomic<int> old_tiles = 0;
  std::atomic<int> served = 0;
  {
    std::vector<std::jthread> threads;
    for (int r = 0; r < 3; ++r)
      threads.emplace_back([&, r] {
        for (int n = r; !stop; ++n) {
          const int i = n % places;
          if (const auto bytes = cache.find(key(tile_of(i)))) {
            ++served;
            continue;
          }
          auto render = cache.begin(key(tile_of(i)));
          const int read = data[i].load();
          if (n % 3 == 0) std::this_thread::yield();
          render.store(std::to_string(read));
        }
      });
    for (int w = 0; w < 2; ++w)
      threads.emplace_back([&, w] {
        // On a busy machine the readers may not have run yet: go on until one was served.
        for (int n = 0; n < 20'000 || (served == 0 && n < 50'000'000); ++n) {
          const int i = (n % (places / 2)) * 2 + w;  // each place has one writer
          const int now = ++data[i];
          const double x = 100.0 + 3 * i;
          cache.invalidate("poi", {x, 30, x, 30});
          if (const auto bytes = cache.find(key(tile_of(i))); bytes && std::stoi(*bytes) < now) ++old_tiles;
        }
        if (w == 0) stop = true;
      });
  }
  EXPECT_EQ(old_tiles, 0);
  EXPECT_GT(served, 0);
  for (int i = 0; i < places; ++i) {
    const auto bytes = cache.find(key(tile_of(i)));
    if (bytes) {
      EXPECT_EQ(std::stoi(*bytes), data[i].load());
    }
  }
}

}  // namespace
}  // namespace civitas::geo
