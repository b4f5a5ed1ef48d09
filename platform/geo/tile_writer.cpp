#include <bit>
#include <stdexcept>
#include <unordered_map>

#include "geo/tile.hpp"
#include "geo/tile_shapes.hpp"

namespace civitas::geo {

namespace {

using detail::TileShape;

void append_varint(std::string& out, std::uint64_t v) {
  while (v >= 128) {
    out += static_cast<char>(v | 128);
    v >>= 7;
  }
  out += static_cast<char>(v);
}

enum class Wire : std::uint32_t { varint = 0, fixed64 = 1, bytes = 2 };

void append_tag(std::string& out, std::uint32_t field, Wire wire) {
  append_varint(out, field << 3 | static_cast<std::uint32_t>(wire));
}
void append_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  append_tag(out, field, Wire::bytes);
  append_varint(out, bytes.size());
  out += bytes;
}
void append_packed(std::string& out, std::uint32_t field, std::span<const std::uint32_t> numbers,
                   std::string& scratch) {
  scratch.clear();
  for (const auto n : numbers) append_varint(scratch, n);
  append_bytes(out, field, scratch);
}

// The message Value, with the shortest of its forms.
void append_value(std::string& out, const TileValue& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    append_bytes(out, 1, *text);
  } else if (const auto* number = std::get_if<double>(&value)) {
    append_tag(out, 3, Wire::fixed64);
    const auto bits = std::bit_cast<std::uint64_t>(*number);
    for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(bits >> shift & 255);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    const auto bits = static_cast<std::uint64_t>(*integer);
    append_tag(out, *integer < 0 ? 6 : 4, Wire::varint);
    append_varint(out, *integer < 0 ? bits << 1 ^ ~std::uint64_t{0} : bits);
  } else {
    append_tag(out, 7, Wire::varint);
    out += std::get<bool>(value) ? '\1' : '\0';
  }
}

// Strings that a layer writes once and names by number.
class Pool {
 public:
  std::uint32_t index_of(std::string_view text) {
    const auto [found, added] = index_.try_emplace(std::string(text), static_cast<std::uint32_t>(order_.size()));
    if (added) order_.push_back(&found->first);
    return found->second;
  }
  const std::vector<const std::string*>& order() const { return order_; }

 private:
  std::unordered_map<std::string, std::uint32_t> index_;
  std::vector<const std::string*> order_;
};

struct Layer {
  std::string name;
  std::string features;
  Pool keys;
  Pool values;
};

}  // namespace

struct TileWriter::Impl {
  Impl(TileId tile, TileOptions o) : options(o), grid(tile, o) {}

  bool write(TileShape shape, const std::vector<Path>& paths, std::optional<std::int64_t> id,
             std::span<const TileAttribute> attributes) {
    const auto commands = grid.encode(shape, paths);
    if (commands.empty()) return false;
    feature.clear();
    if (id && *id >= 0) {
      append_tag(feature, 1, Wire::varint);
      append_varint(feature, static_cast<std::uint64_t>(*id));
    }
    tags.clear();
    for (const auto& [key, value] : attributes) {
      encoded.clear();
      append_value(encoded, value);
      tags.push_back(current->keys.index_of(key));
      tags.push_back(current->values.index_of(encoded));
    }
    if (!tags.empty()) append_packed(feature, 2, tags, scratch);
    append_tag(feature, 3, Wire::varint);
    append_varint(feature, static_cast<std::uint32_t>(shape));
    append_packed(feature, 4, commands, scratch);
    append_bytes(current->features, 2, feature);
    ++count;
    return true;
  }

  TileOptions options;
  detail::TileGrid grid;
  std::vector<std::unique_ptr<Layer>> layers;
  Layer* current = nullptr;
  std::size_t count = 0;
  std::string feature;
  std::string encoded;
  std::string scratch;
  std::vector<std::uint32_t> tags;
};

TileWriter::TileWriter(TileId tile, TileOptions options) : impl_(std::make_unique<Impl>(tile, options)) {}
TileWriter::~TileWriter() = default;
TileWriter::TileWriter(TileWriter&&) noexcept = default;
TileWriter& TileWriter::operator=(TileWriter&&) noexcept = default;

void TileWriter::layer(std::string_view name) {
  for (const auto& layer : impl_->layers)
    if (layer->name == name) {
      impl_->current = layer.get();
      return;
    }
  impl_->current = impl_->layers.emplace_back(std::make_unique<Layer>()).get();
  impl_->current->name = name;
}

bool TileWriter::add(const Geometry& shape, std::optional<std::int64_t> id, std::span<const TileAttribute> attributes) {
  if (!impl_->current) throw std::logic_error("TileWriter::add before layer");
  if (shape.empty() || !impl_->grid.reach().intersects(shape.bounds())) return false;
  const auto paths = shape.paths();
  bool drawn = false;
  for (const auto kind : {TileShape::points, TileShape::lines, TileShape::areas})
    drawn |= impl_->write(kind, paths, id, attributes);
  return drawn;
}

bool TileWriter::add(Point point, std::optional<std::int64_t> id, std::span<const TileAttribute> attributes) {
  if (!impl_->current) throw std::logic_error("TileWriter::add before layer");
  if (!impl_->grid.reach().contains(point)) return false;
  return impl_->write(TileShape::points, {{PathKind::point, {point}}}, id, attributes);
}

bool TileWriter::add(const std::vector<Path>& paths, std::span<const TileAttribute> attributes) {
  if (!impl_->current) throw std::logic_error("TileWriter::add before layer");
  bool drawn = false;
  for (const auto kind : {TileShape::points, TileShape::lines, TileShape::areas})
    drawn |= impl_->write(kind, paths, std::nullopt, attributes);
  return drawn;
}

std::size_t TileWriter::feature_count() const { return impl_->count; }

std::string TileWriter::finish() const {
  std::string tile;
  std::string body;
  for (const auto& layer : impl_->layers) {
    if (layer->features.empty()) continue;
    body.clear();
    append_tag(body, 15, Wire::varint);
    append_varint(body, 2);
    append_bytes(body, 1, layer->name);
    body += layer->features;
    for (const auto* key : layer->keys.order()) append_bytes(body, 3, *key);
    for (const auto* value : layer->values.order()) append_bytes(body, 4, *value);
    append_tag(body, 5, Wire::varint);
    append_varint(body, impl_->options.extent);
    append_bytes(tile, 3, body);
  }
  return tile;
}

}  // namespace civitas::geo
