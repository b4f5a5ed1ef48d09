// Rendered tiles in memory, the least recently used dropped first. A change of data drops the tiles that show
// its box, in all zooms, and no others; a tile rendered from data read before the change can never be stored
// after it.
//
//   auto render = cache.begin(key);   // before the read transaction starts
//   … read rows, write the tile …
//   render.store(bytes);              // false when the box of the tile changed meanwhile; serve the bytes
//   all the same
//
// `invalidate` is called after COMMIT, before the writer is answered. Safe for threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "geo/tile.hpp"

namespace civitas::geo {

struct TileKey {
  std::string layer;
  TileId tile;
  bool operator==(const TileKey&) const = default;
};

class TileCache {
  struct State;

 public:
  using Bytes = std::shared_ptr<const std::string>;

  struct Options {
    std::size_t max_bytes = 256u << 20;  // tiles with their keys and bookkeeping
    double buffer = 64.0 / 4096;         // TileOptions::buffer_share() of what is rendered
  };

  struct Stats {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evicted = 0;      // for space
    std::uint64_t invalidated = 0;  // for a change
    std::uint64_t refused = 0;      // renders that were overtaken by a change
    std::size_t tiles = 0;
    std::size_t bytes = 0;
  };

  /// A render under way. Ends when stored or destroyed.
  class Render {
   public:
    ~Render();
    Render(Render&& other) noexcept;
    Render& operator=(Render&&) = delete;
    /// False when an invalidation touched the tile since `begin`, when it is bigger than the whole cache, or
    /// when called a second time.
    bool store(Bytes bytes);
    bool store(std::string bytes) { return store(std::make_shared<const std::string>(std::move(bytes))); }

   private:
    friend class TileCache;
    Render(std::shared_ptr<State> state, TileKey key, std::uint64_t ticket);
    std::shared_ptr<State> state_;
    TileKey key_;
    std::uint64_t ticket_;
  };

  TileCache();
  explicit TileCache(Options options);
  ~TileCache();

  /// Null when absent.
  Bytes find(const TileKey& key);
  Render begin(TileKey key);

  /// Drops the tiles of the layer that show something of the box. At each zoom that holds tiles, work is the
  /// smaller of the tiles touched (1 to 4 for a place) and the tiles held.
  void invalidate(std::string_view layer, const Box& box);
  void invalidate_layer(std::string_view layer);
  void clear();
  Stats stats() const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace civitas::geo
