#include "geo/tile_cache.hpp"

#include <array>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace civitas::geo {

namespace {

std::uint64_t cell_of(TileId t) { return std::uint64_t{t.y} << 32 | t.x; }

struct CellHash {
  std::size_t operator()(std::uint64_t cell) const { return cell * 0x9e3779b97f4a7c15u >> 7; }
};

constexpr std::size_t overhead = 192;  // list node, two hash nodes, the shared string

}  // namespace

struct TileCache::State {
  struct Entry {
    TileKey key;
    Bytes bytes;
  };
  using Order = std::list<Entry>;  // the most recently used first

  struct Slot {
    std::optional<Order::iterator> stored;
    std::vector<std::uint64_t> renders;  // tickets under way and not overtaken
    bool idle() const { return !stored && renders.empty(); }
  };
  using Zoom = std::unordered_map<std::uint64_t, Slot, CellHash>;
  using Layer = std::array<Zoom, max_zoom + 1>;

  explicit State(Options o) : options(o) {}

  std::mutex mutex;
  Options options;
  Order order;
  std::map<std::string, Layer, std::less<>> layers;
  std::uint64_t last_ticket = 0;
  Stats stats;

  static std::size_t size_of(const Entry& e) { return e.bytes->size() + e.key.layer.size() + overhead; }

  Zoom* zoom_of(const TileKey& key) {
    if (key.tile.z < 0 || key.tile.z > max_zoom) return nullptr;
    const auto layer = layers.find(key.layer);
    return layer == layers.end() ? nullptr : &layer->second[static_cast<std::size_t>(key.tile.z)];
  }

  void forget(Slot& slot) {
    if (!slot.stored) return;
    stats.bytes -= size_of(**slot.stored);
    --stats.tiles;
    order.erase(*slot.stored);
    slot.stored.reset();
  }

  void overtake(Slot& slot) {
    if (slot.stored) ++stats.invalidated;
    forget(slot);
    slot.renders.clear();
  }

  void evict() {
    while (stats.bytes > options.max_bytes && !order.empty()) {
      const TileKey key = order.back().key;
      Zoom& zoom = *zoom_of(key);
      const auto found = zoom.find(cell_of(key.tile));
      forget(found->second);
      ++stats.evicted;
      if (found->second.idle()) zoom.erase(found);
    }
  }

  // Takes the ticket out; false when it was overtaken.
  bool redeem(const TileKey& key, std::uint64_t ticket) {
    Zoom* zoom = zoom_of(key);
    if (!zoom) return false;
    const auto found = zoom->find(cell_of(key.tile));
    if (found == zoom->end()) return false;
    const bool valid = std::erase(found->second.renders, ticket) > 0;
    if (found->second.idle()) zoom->erase(found);
    return valid;
  }

  void overtake(Zoom& zoom, const TileRange& range) {
    if (range.count() > zoom.size()) {
      for (auto at = zoom.begin(); at != zoom.end();) {
        const auto cell = at->first;
        if (range.contains({range.z, static_cast<std::uint32_t>(cell), static_cast<std::uint32_t>(cell >> 32)})) {
          overtake(at->second);
          at = zoom.erase(at);
        } else {
          ++at;
        }
      }
      return;
    }
    for (std::uint32_t y = range.min_y; y <= range.max_y; ++y)
      for (std::uint32_t x = range.min_x; x <= range.max_x; ++x)
        if (const auto found = zoom.find(cell_of({range.z, x, y})); found != zoom.end()) {
          overtake(found->second);
          zoom.erase(found);
        }
  }

  void overtake(Layer& layer) {
    for (auto& zoom : layer) {
      for (auto& [cell, slot] : zoom) overtake(slot);
      zoom.clear();
    }
  }
};

TileCache::Render::Render(std::shared_ptr<State> state, TileKey key, std::uint64_t ticket)
    : state_(std::move(state)), key_(std::move(key)), ticket_(ticket) {}
TileCache::Render::Render(Render&& other) noexcept = default;

TileCache::Render::~Render() {
  if (!state_) return;
  const std::lock_guard lock(state_->mutex);
  state_->redeem(key_, ticket_);
}

bool TileCache::Render::store(Bytes bytes) {
  if (!state_ || !bytes) return false;
  const auto state = std::exchange(state_, nullptr);
  const std::lock_guard lock(state->mutex);
  if (!state->redeem(key_, ticket_)) {
    ++state->stats.refused;
    return false;
  }
  State::Entry entry{key_, std::move(bytes)};
  const std::size_t size = State::size_of(entry);
  if (size > state->options.max_bytes) return false;
  auto& slot = state->layers[key_.layer][static_cast<std::size_t>(key_.tile.z)][cell_of(key_.tile)];
  state->forget(slot);
  state->order.push_front(std::move(entry));
  slot.stored = state->order.begin();
  state->stats.bytes += size;
  ++state->stats.tiles;
  state->evict();
  return true;
}

TileCache::TileCache() : TileCache(Options{}) {}
TileCache::TileCache(Options options) : state_(std::make_shared<State>(options)) {}
TileCache::~TileCache() = default;

TileCache::Bytes TileCache::find(const TileKey& key) {
  const std::lock_guard lock(state_->mutex);
  if (auto* zoom = state_->zoom_of(key))
    if (const auto found = zoom->find(cell_of(key.tile)); found != zoom->end() && found->second.stored) {
      const auto entry = *found->second.stored;
      state_->order.splice(state_->order.begin(), state_->order, entry);
      ++state_->stats.hits;
      return entry->bytes;
    }
  ++state_->stats.misses;
  return nullptr;
}

TileCache::Render TileCache::begin(TileKey key) {
  const std::lock_guard lock(state_->mutex);
  const std::uint64_t ticket = ++state_->last_ticket;
  if (key.tile.z >= 0 && key.tile.z <= max_zoom)
    state_->layers[key.layer][static_cast<std::size_t>(key.tile.z)][cell_of(key.tile)].renders.push_back(ticket);
  return Render(state_, std::move(key), ticket);
}

void TileCache::invalidate(std::string_view name, const Box& box) {
  const std::lock_guard lock(state_->mutex);
  const auto layer = state_->layers.find(name);
  if (layer == state_->layers.end()) return;
  for (int z = 0; z <= max_zoom; ++z) {
    auto& zoom = layer->second[static_cast<std::size_t>(z)];
    if (zoom.empty()) continue;
    if (const auto range = tiles_touched(box, z, state_->options.buffer)) state_->overtake(zoom, *range);
  }
}

void TileCache::invalidate_layer(std::string_view name) {
  const std::lock_guard lock(state_->mutex);
  const auto layer = state_->layers.find(name);
  if (layer != state_->layers.end()) state_->overtake(layer->second);
}

void TileCache::clear() {
  const std::lock_guard lock(state_->mutex);
  for (auto& [name, layer] : state_->layers) state_->overtake(layer);
}

TileCache::Stats TileCache::stats() const {
  const std::lock_guard lock(state_->mutex);
  return state_->stats;
}

}  // namespace civitas::geo
